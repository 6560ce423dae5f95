"""One machine's occupation, and the earliest place in it for another run."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from scheduler.hours import Hours

__all__ = ["Run", "RunRules", "Timetable"]


class Run(NamedTuple):
    """When a run starts, when the machine has finished it, and when the machine is free again."""

    start_s: int
    run_end_s: int
    end_s: int


class RunRules(NamedTuple):
    """What a machine's lab allows.

    Attributes:
        hours: the lab's.
        unattended: whether the middle of a run may lie in closed hours.
        free_from_s: nothing starts before.
        horizon_s: nothing ends after.
        pauses: whether a run stops while the lab is closed and goes on afterwards.
    """

    hours: Hours
    unattended: bool
    free_from_s: int
    horizon_s: int
    pauses: bool = False

    def earliest(self, ready_s: int, duration_s: int) -> Run | None:
        """The earliest run from `ready_s` on if the machine had nothing else to do, or None within the horizon."""
        moment_s = max(ready_s, self.free_from_s)
        if self.pauses:
            start_s = self.hours.next_start(moment_s)
            if start_s is None:
                return None
            paused_s = self.hours.after_open(start_s, duration_s)
            if paused_s is None:
                return None
            run_end_s = end_s = paused_s
        elif not self.unattended:
            start_s = self.hours.next_whole(moment_s, duration_s)
            if start_s is None:
                return None
            run_end_s = end_s = start_s + duration_s
        else:
            start_s = self.hours.next_start(moment_s)
            if start_s is None:
                return None
            run_end_s = start_s + duration_s
            taken_off_s = self.hours.next_end(run_end_s)
            if taken_off_s is None:
                return None
            end_s = taken_off_s
        return Run(start_s, run_end_s, end_s) if end_s <= self.horizon_s else None


class Timetable:
    """The runs of one machine, in order and apart."""

    def __init__(self, rules: RunRules) -> None:
        self._rules = rules
        self._starts: list[int] = []
        self._ends: list[int] = []

    def earliest(self, ready_s: int, duration_s: int) -> Run | None:
        """The run that ends earliest in a gap from `ready_s` on, or None within the horizon."""
        starts, ends = self._starts, self._ends
        position = bisect_right(ends, ready_s)
        while True:
            gap_end_s = starts[position] if position < len(starts) else self._rules.horizon_s
            if gap_end_s - ready_s >= duration_s:
                run = self._rules.earliest(ready_s, duration_s)
                if run is None or run.end_s <= gap_end_s:
                    return run
            if position == len(starts):
                return None
            ready_s = max(ready_s, ends[position])
            position += 1

    def book(self, start_s: int, end_s: int) -> None:
        """Occupy the machine; bookings are expected not to overlap."""
        position = bisect_right(self._starts, start_s)
        self._starts.insert(position, start_s)
        self._ends.insert(position, end_s)
