"""When a run may stand on one machine that has nothing else to do."""

from __future__ import annotations

from typing import NamedTuple

from scheduler.hours import Hours

__all__ = ["Run", "RunRules"]


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
