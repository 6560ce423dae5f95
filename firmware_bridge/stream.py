"""What every protocol of streaming has in common. No port, no clock: lines and moments are passed in."""

from __future__ import annotations

from typing import Protocol

from firmware_bridge.device import Progress, RunResult

__all__ = ["Stream"]


class Stream(Protocol):
    """One run, from the first byte to its end. Moments are seconds of a clock that does not go back."""

    @property
    def result(self) -> RunResult | None:
        """How it ended, or None while it goes on."""
        ...

    @property
    def progress(self) -> Progress:
        """How far it is."""
        ...

    @property
    def wake_at(self) -> float:
        """When `advance` is due although no line came. There always is such a moment: nothing hangs."""
        ...

    def receive(self, line: str, now: float) -> None:
        """A line came from the machine."""
        ...

    def advance(self, now: float) -> None:
        """Time has passed.

        Raises:
            LostContactError: the machine has been silent for too long.
        """
        ...

    def take_output(self) -> bytes:
        """Bytes to send since the last call."""
        ...

    def pause(self) -> None:
        """Bring the machine to rest where it is; heat stays. Not while the run ends."""
        ...

    def resume(self, now: float) -> None:
        """Go on after a pause."""
        ...

    def cancel(self, now: float) -> None:
        """End the run safely."""
        ...

    def stopped(self, now: float) -> None:
        """The machine was told to stop at once, past this stream: what was not taken yet is never sent."""
        ...
