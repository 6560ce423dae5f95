"""How a run comes to its end: as it should, safely before its time, or by an emergency stop."""

from __future__ import annotations

from firmware_bridge.device import Outcome
from firmware_bridge.timing import MarlinTiming

__all__ = ["STOP_BYTES", "Ending"]

STOP_BYTES = b"\nM112\nM112\n"  # twice, and on a line of its own even if a line was cut short


class Ending:
    """What will be said of the run, and by when it has to be over.

    Args:
        timing: how long to wait for the machine to confirm.

    Attributes:
        outcome: how it ends, unless something else happens.
        cause: why, for a person; "" when all is well.
        by: when it is over, confirmed or not; None while it goes on as it should.
    """

    def __init__(self, timing: MarlinTiming) -> None:
        self._timing = timing
        self._stop_again_at: float | None = None
        self.outcome, self.cause = Outcome.FINISHED, ""
        self.by: float | None = None

    @property
    def stopping(self) -> bool:
        """Whether an emergency stop was written."""
        return self._stop_again_at is not None

    @property
    def wake_at(self) -> float | None:
        """When something is due, or None."""
        moments = [each for each in (self.by, self._stop_again_at) if each is not None]
        return min(moments, default=None)

    def begin(self, outcome: Outcome, cause: str, now: float) -> None:
        """The machine is told to switch everything off."""
        self.outcome, self.cause = outcome, cause
        self.by = now + self._timing.safe_end_s

    def stop(self, now: float) -> None:
        """It was told to stop at once."""
        self.outcome, self.cause = Outcome.CANCELLED, "stopped at once on request; the machine needs a reset"
        self.by = now + self._timing.stop_s
        self._stop_again_at = now + self._timing.stop_again_s

    def fail(self, cause: str) -> None:
        """The machine ended it, which a stop expects."""
        if not self.stopping:
            self.outcome, self.cause = Outcome.FAILED, cause

    def busy(self, now: float) -> None:
        """The machine works on its safe end: that may take longer."""
        if self.by is not None and not self.stopping:
            self.by = max(self.by, now + self._timing.safe_end_s)

    def stop_again(self, now: float) -> bytes:
        """The stop once more when that is due: a line cut short may have made the firmware flush the first one."""
        if self._stop_again_at is None or now < self._stop_again_at:
            return b""
        self._stop_again_at = now + self._timing.stop_again_s
        return STOP_BYTES
