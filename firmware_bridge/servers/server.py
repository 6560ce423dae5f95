"""What every print server can be asked, and how it answers.

The reply to a command says only that it was taken. What the machine does is told by `state`, and how a print ended by
the server's own `record` of the file, whose name is used for one job alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from firmware_bridge.device import Identity

if TYPE_CHECKING:
    from firmware_bridge.servers.push import Feed

__all__ = ["Condition", "PrintServer", "Record", "ServerState"]


class Condition(StrEnum):
    """What the machine behind a server is doing."""

    OFFLINE = "offline"  # the server runs, but it has no machine
    IDLE = "idle"
    PRINTING = "printing"
    PAUSED = "paused"
    ENDING = "ending"  # finishing or cancelling
    ERROR = "error"  # the firmware refuses until a person has looked


class Record(StrEnum):
    """What a server remembers of a file's print."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a server says now.

    Attributes:
        condition: of the machine.
        text: the server's own words.
        file: name of the file that is loaded, or None.
        done: share of the file's bytes that was sent, 0 to 1, or None when not said.
        left_s: the server's guess of the time that is left, or None.
        temperatures_c: by heater ("T", "T1", "B"): actual and target.
    """

    condition: Condition
    text: str = ""
    file: str | None = None
    done: float | None = None
    left_s: float | None = None
    temperatures_c: Mapping[str, tuple[float, float]] = field(default_factory=dict)


class PrintServer(Protocol):
    """One machine behind a print server.

    Every method raises `ServerAwayError` when the server cannot be reached or does not answer in time, `DeviceError`
    when it answers with an error, and `InputError` when it refuses the key.
    """

    address: str

    async def identify(self) -> Identity:
        """What the server is."""
        ...

    async def state(self) -> ServerState:
        """What the machine is doing."""
        ...

    def feed(self) -> Feed | None:
        """A new channel on which the server pushes its state, not started yet; None where it has none."""
        ...

    async def upload(self, name: str, data: bytes) -> None:
        """Store a file and check that the server has all of it. The same content under the same name is fine.

        Raises:
            DeviceError: a file of this name with other content is there.
        """
        ...

    async def start(self, name: str) -> None:
        """Ask for a file to be printed. Never ask again without having read the state."""
        ...

    async def record(self, name: str) -> Record | None:
        """How the last print of this file ended, or None when none has."""
        ...

    async def pause(self) -> None:
        """Ask for a pause."""
        ...

    async def resume(self) -> None:
        """Ask to go on."""
        ...

    async def cancel(self) -> None:
        """Ask for the end of the print; without one nothing happens."""
        ...

    async def stop_now(self) -> None:
        """Ask for an emergency stop."""
        ...

    async def command(self, lines: Sequence[str]) -> None:
        """Send lines of G-code between prints.

        Raises:
            StateError: this kind of server takes none.
        """
        ...

    async def remove(self, name: str) -> None:
        """Delete a file; one that is not there is fine."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
