"""How long to go on: a limit of time, the patience without a gain, or a limit of work that does not look at a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

__all__ = ["Effort"]

_PASSES_A_UNIT = 100
_GAIN = 0.001


class Effort:
    """What a solver may still spend.

    Args:
        seconds: the limit of time.
        patience_s: stop when little was gained for so long, and for half of the time spent; None for never.
        work: instead of both, a limit of work (a unit is about a second); with it, equal inputs give equal plans.
        cancelled: stops everything when it tells True, whatever the limits.
        monotonic: tells seconds that never go back.
    """

    def __init__(
        self,
        seconds: float,
        *,
        patience_s: float | None = None,
        work: float | None = None,
        cancelled: Callable[[], bool] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.work = work
        self._patience_s = patience_s
        self.cancelled = cancelled or _never
        self._monotonic = monotonic
        self._start = self._gain = monotonic()
        self._limit = self._start + seconds
        self._passes = 0
        self._gap = inf

    @property
    def left_s(self) -> float:
        """Seconds until the limit of time, 0 at least."""
        return max(0.0, self._limit - self._monotonic())

    @property
    def left_passes(self) -> int | None:
        """Passes until the limit of work; None without one."""
        return None if self.work is None else max(0, int(self.work * _PASSES_A_UNIT) - self._passes)

    @property
    def patient(self) -> bool:
        """Whether it goes on to the limit, however little is gained."""
        return self._patience_s is None

    def note(self, gap: float) -> None:
        """Patience begins anew when the gap (a share of the makespan) has become smaller by 0.001 or more."""
        if gap <= self._gap - _GAIN:
            self._gap = gap
            self._gain = self._monotonic()

    def refresh(self) -> None:
        """Patience begins anew, for a solver that begins."""
        self._gain = self._monotonic()

    def over(self) -> bool:
        """Whether to stop by the clock, which a limit of work does not look at, or because it was cancelled."""
        if self.cancelled():
            return True
        if self.work is not None:
            return False
        now = self._monotonic()
        if now >= self._limit:
            return True
        return self._patience_s is not None and now - self._gain > max(self._patience_s, (now - self._start) / 2)

    def another_pass(self) -> bool:
        """Whether one more pass of a search that counts its passes may begin."""
        self._passes += 1
        return not self.over() and (self.work is None or self._passes <= self.work * _PASSES_A_UNIT)

    def part(self, share: float, most_s: float, *, patient: bool = True) -> Effort:
        """A smaller effort out of what is left: a share of it, at most `most_s` seconds or units of work.

        Unless it is patient, patience ends it as it would end the whole.
        """
        work = None if self.work is None else min(self.work * share, most_s)
        return Effort(
            min(self.left_s * share, most_s), patience_s=None if patient else self._patience_s, work=work,
            cancelled=self.cancelled, monotonic=self._monotonic,
        )  # fmt: skip


def _never() -> bool:
    return False
