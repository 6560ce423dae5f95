"""How long the answer that is due may take, and how many were missed."""

from __future__ import annotations

from core.errors import LostContactError
from firmware_bridge.marlin_patience import Patience, longest_answer_s
from firmware_bridge.timing import MarlinTiming

__all__ = ["LOST_HINT", "Watch"]

LOST_HINT = "look at the machine: heaters may be ON, and what it did is unknown"


class Watch:
    """The clock of one exchange.

    Args:
        timing: how long to wait.
        now: the present moment.

    Attributes:
        answer_by: when the answer that is due counts as lost.
    """

    def __init__(self, timing: MarlinTiming, now: float) -> None:
        self._timing = timing
        self._missed = 0
        self._syncs = 0
        self._keeps_alive = False  # it has said that it was busy: silence then means a lost answer
        self.answer_by = now

    def expect(self, now: float) -> None:
        """An answer is due from here on."""
        self.answer_by = now + self._timing.answer_s

    def heard(self) -> None:
        """It answers."""
        self._missed = 0

    def busy(self, now: float) -> None:
        """It says that it works; from here on its silence means something."""
        self._keeps_alive = True
        self._missed = 0
        self.expect(now)

    def allow(self, kind: Patience, text: str, now: float) -> None:
        """The line that was asked about may simply take its time, on a firmware that never said that it was busy."""
        if kind is not Patience.QUICK and not self._keeps_alive:
            self.answer_by = now + longest_answer_s(kind, text, self._timing)

    def miss(self) -> None:
        """An answer did not come.

        Raises:
            LostContactError: too many in a row.
        """
        self._missed += 1
        if self._missed > self._timing.probes:
            raise LostContactError(
                f"the machine left {self._timing.probes} questions without an answer", hint=LOST_HINT
            )

    def sync(self, now: float) -> None:
        """A line number is set.

        Raises:
            LostContactError: again and again.
        """
        self._syncs += 1
        if self._syncs > 2 * self._timing.probes:
            raise LostContactError("the machine does not take a line number", hint=LOST_HINT)
        self.expect(now)
