"""Moves in, seconds out, chunk by chunk: a program of any length takes little memory."""

from __future__ import annotations

from collections import deque

import numpy as np

from gcode.bulk import registers as r
from gcode.bulk.segments import Vector, add_segments, plan
from gcode.heating import HeaterEvent

__all__ = ["Planner"]

_KEPT = 4096  # segments that wait for what follows them: far more than any machine looks ahead


class Planner:
    """Holds the segments whose speeds may still change.

    Args:
        moves: how many are added at once, at most.

    Attributes:
        limits: of the machine; may be changed between additions.
        moved_s: seconds of the segments that are settled.
        timeline: marked events, each with the seconds of motion and dwells before it.
    """

    def __init__(self, moves: int) -> None:
        self.limits: Vector = np.zeros(r.MIN_TRAVEL + 2)
        self.moved_s = 0.0
        self.timeline: list[tuple[float, HeaterEvent]] = []
        size = moves + 4 * _KEPT
        self._room = size - moves
        self._segments, self._stops = np.zeros((size, r.SEGMENT_SIZE)), np.zeros(size, dtype=np.uint8)
        self._durations: Vector = np.zeros(size)
        self._before: Vector = np.zeros(r.BEFORE_SIZE)
        self._before[r.RESTED] = 1.0
        self._count = self._settled = 0
        self._marks: deque[tuple[int, float, HeaterEvent]] = deque()  # segments and dwells before each

    def add(self, moves: Vector, count: int) -> None:
        """Take the first `count` moves."""
        if self._count > self._room:
            self._settle(self._count - _KEPT)
        self._count = add_segments(moves, 0, count, self._before, self.limits, self._segments, self._stops, self._count)

    def mark(self, dwelt_s: float, event: HeaterEvent) -> None:
        """Ask for the moment of an event: after all moves so far, and dwells of so many seconds."""
        self._marks.append((self._settled + self._count, dwelt_s, event))

    def finish(self) -> None:
        """Come to rest."""
        self._settle(self._count)

    def _settle(self, done: int) -> None:
        """Plan all segments, and let go of the first `done`."""
        if self._count:
            plan(self._segments, self._stops, self._count, self._durations)
        passed_s = self.moved_s + np.concatenate(([0.0], np.cumsum(self._durations[:done])))
        while self._marks and self._marks[0][0] <= self._settled + done:
            place, dwelt_s, event = self._marks.popleft()
            self.timeline.append((float(passed_s[place - self._settled]) + dwelt_s, event))
        self.moved_s = float(passed_s[-1])
        kept = self._count - done
        self._segments[:kept] = self._segments[done : self._count].copy()
        self._stops[:kept] = self._stops[done : self._count].copy()
        self._settled, self._count = self._settled + done, kept
