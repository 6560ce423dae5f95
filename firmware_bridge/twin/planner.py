"""The motion queue and the heaters of a virtual machine, on the twin's clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from gcode.modal import Dwell, Move

__all__ = ["Heater", "MotionQueue", "nominal_duration_s"]

_DEFAULT_FEED_MM_MIN = 1500.0


def nominal_duration_s(events: Iterable[Move | Dwell], rapid_mm_min: float | None) -> float:
    """Seconds of moves at their programmed feed; rapids at `rapid_mm_min` unless None (then at the feed too)."""
    total = 0.0
    for event in events:
        if isinstance(event, Dwell):
            total += event.duration_s
            continue
        feed = event.feed_mm_min or _DEFAULT_FEED_MM_MIN
        total += event.length_mm * 60 / (rapid_mm_min if event.rapid and rapid_mm_min else feed)
    return total


class MotionQueue:
    """A planner's ring of moves, each with the moment it ends. Times are seconds of the caller's clock."""

    def __init__(self, depth: int, speed: float) -> None:
        self._depth = depth
        self._speed = speed
        self._ends: deque[float] = deque()
        self._held_at: float | None = None

    @property
    def held(self) -> bool:
        """Whether a feed hold is on."""
        return self._held_at is not None

    def moving(self, now: float) -> int:
        """How many moves are not finished."""
        ends, moment = self._ends, now if self._held_at is None else self._held_at
        while ends and ends[0] <= moment:
            ends.popleft()
        return len(ends)

    def free(self, now: float) -> int:
        """How many more moves fit."""
        return max(0, self._depth - 1 - self.moving(now))

    def slot_at(self, now: float) -> float | None:
        """When a move fits: `now`, a later moment, or None while held."""
        if self.moving(now) < self._depth:
            return now
        return None if self.held else self._ends[-self._depth]

    def empty_at(self, now: float) -> float | None:
        """When all motion has ended: `now`, a later moment, or None while held."""
        if not self.moving(now):
            return now
        return None if self.held else self._ends[-1]

    def add(self, duration_s: float, now: float) -> None:
        """Queue a move of so many machine seconds."""
        start = now if self._held_at is None else self._held_at
        if self._ends:
            start = max(start, self._ends[-1])
        self._ends.append(start + duration_s / self._speed)

    def hold(self, now: float) -> None:
        """Stop; what is queued waits."""
        if self._held_at is None:
            self.moving(now)
            self._held_at = now

    def resume(self, now: float) -> None:
        """Go on."""
        if self._held_at is not None:
            pause = now - self._held_at
            self._held_at = None
            self._ends = deque(end + pause for end in self._ends)

    def drop(self, now: float) -> int:
        """Forget all moves; how many were not finished."""
        count = self.moving(now)
        self._ends.clear()
        self._held_at = None
        return count


class Heater:
    """A heater whose temperature goes to its target at a steady rate, in C and machine seconds."""

    def __init__(self, rate_c_s: float, speed: float, ambient_c: float = 21.0) -> None:
        self._rate = rate_c_s * speed
        self._ambient = ambient_c
        self._from_c = ambient_c
        self._since = 0.0
        self.target_c = 0.0

    def temperature_c(self, now: float) -> float:
        """What a sensor would read."""
        goal = max(self.target_c, self._ambient)
        way = self._rate * (now - self._since)
        return min(goal, self._from_c + way) if goal >= self._from_c else max(goal, self._from_c - way)

    def set_target(self, target_c: float, now: float) -> None:
        """Heat or cool from here on; 0 is off."""
        self._from_c = self.temperature_c(now)
        self._since = now
        self.target_c = target_c

    def reached_at(self, now: float) -> float:
        """When the target will be reached."""
        goal = max(self.target_c, self._ambient)
        return now + abs(goal - self.temperature_c(now)) / self._rate
