"""A machine as a device: one protocol for every firmware, real or virtual."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from core.errors import InputError
from gcode.program import Program
from gcode.safety_policy import SafetyPolicy

__all__ = [
    "Commandable",
    "Configured",
    "Device",
    "Identity",
    "Lockable",
    "Outcome",
    "Progress",
    "Rejoinable",
    "RunResult",
    "RunState",
    "Selective",
    "Status",
    "check_job_id",
]

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class RunState(StrEnum):
    """What a device is doing."""

    IDLE = "idle"
    CONNECTING = "connecting"
    RUNNING = "running"
    PAUSED = "paused"  # at rest in the middle of a run, by this side or at the machine
    DRAINING = "draining"  # everything is sent; the last motion goes on
    CANCELLING = "cancelling"
    FAILING = "failing"  # on the way to a safe end
    LOCKED = "locked"  # the firmware refuses motion until a person has looked
    ENDED = "ended"


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"  # the firmware confirmed that motion has ended
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Identity:
    """What answered at the other end.

    Attributes:
        firmware: "marlin" or "grbl".
        version: as the firmware states it.
        name: the machine's name as stated, or "".
        capabilities: what it says it can do (Marlin's `Cap:` lines), by name.
    """

    firmware: str
    version: str
    name: str = ""
    capabilities: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, counted in lines of the program."""

    lines_done: int
    lines_total: int
    state: RunState

    def __post_init__(self) -> None:
        if not 0 <= self.lines_done <= self.lines_total:
            raise InputError(f"{self.lines_done} of {self.lines_total} lines done")


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes:
        outcome: how.
        lines_acknowledged: lines of the program that the firmware took; taken is not yet executed unless finished.
        message: one sentence, for a person.
        alarm: whether it ended by an alarm that has locked the machine: a limit switch, a lost position.
    """

    outcome: Outcome
    lines_acknowledged: int
    message: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a machine now.

    Attributes:
        state: what it is doing.
        progress: of the run that is going on, or None.
        temperatures_c: by heater ("T", "B"): actual and target.
        report: the firmware's last report as it stood, or "".
        file: what a print server prints or has loaded, or None.
        done: share of that file that is done, 0 to 1, or None.
        left_s: the server's guess of the time that is left, or None.
    """

    state: RunState
    progress: Progress | None = None
    temperatures_c: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    report: str = ""
    file: str | None = None
    done: float | None = None
    left_s: float | None = None


class Device(Protocol):
    """One machine. All methods but `run` return soon; one run at a time."""

    async def identify(self) -> Identity:
        """Ask what it is.

        Raises:
            DeviceError: it does not answer as its firmware should.
            LostContactError: the link broke.
        """
        ...

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        """Send a program and wait until the machine has executed it.

        The machine's own log shows the job between two marks that carry its id. `progress` is called in the caller's
        event loop, a few times a second.

        Raises:
            InputError: the job id or a line cannot be sent.
            StateError: a run is going on.
            LostContactError: the link broke; what the machine did is unknown.
        """
        ...

    async def pause(self) -> None:
        """Bring the machine to rest where it is, at once or after the moves it has taken. Without a run: nothing."""
        ...

    async def resume(self) -> None:
        """Go on after a pause. Without a run nothing happens."""
        ...

    async def cancel(self) -> None:
        """End the run safely; `run` then returns. Without a run nothing happens."""
        ...

    async def stop_now(self) -> None:
        """Stop at once, past every queue. The machine may lose its position and need a reset."""
        ...

    async def status(self) -> Status:
        """What is known now; without a run the firmware is asked."""
        ...

    async def close(self) -> None:
        """Cancel what runs and give the port back."""
        ...


@runtime_checkable
class Rejoinable(Protocol):
    """A machine that goes on by itself when this side has died, as one behind a print server does."""

    async def rejoin(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        """Follow a run that an earlier process started; nothing is started.

        Raises:
            StateError: a run is going on here.
            LostContactError: the run is neither going on, nor known how it ended.
        """
        ...


@runtime_checkable
class Commandable(Protocol):
    """A machine that takes single lines of a person between runs."""

    async def command(self, line: str) -> tuple[str, ...]:
        """Send one line and wait until the machine has answered it.

        Returns:
            The lines of the answer as far as they are told; the firmware's own error is among them.

        Raises:
            StateError: a run is going on, or this kind of machine takes no lines.
            DeviceError: there was no answer in time.
            LostContactError: the link broke.
        """
        ...


@runtime_checkable
class Configured(Protocol):
    """A machine that tells its own settings."""

    def contradiction(self, policy: SafetyPolicy) -> str | None:
        """Why a program that was checked for this policy must not run here as the machine is set, or None."""
        ...


@runtime_checkable
class Lockable(Protocol):
    """A machine that locks itself by an alarm, and after a reset where it is to be homed."""

    async def locked(self) -> str | None:
        """What it says of itself while it is locked, or None when it is not."""
        ...

    def pressed(self, report: str) -> str:
        """The axes whose limit switches are pressed by this report, such as "XZ"."""
        ...

    async def home(self) -> None:
        """Run the homing cycle: it moves.

        Raises:
            DeviceError: homing is switched off, or failed.
        """
        ...

    async def unlock(self) -> None:
        """Leave the alarm without homing: a person has made sure that the position is known.

        Raises:
            DeviceError: the firmware refuses.
        """
        ...


@runtime_checkable
class Selective(Protocol):
    """A machine that can leave out one object of a plate and go on with the others."""

    async def cancel_object(self, label: str) -> str:
        """Leave an object out of the run; returns in one sentence what is known of that.

        Raises:
            StateError: no run goes on, or the firmware does not know objects.
            DeviceError: it was refused.
        """
        ...


def check_job_id(job_id: str) -> str:
    """The job id, if it can stand in a machine's log.

    Raises:
        InputError: it is not 1 to 40 letters, digits, `_` or `-`.
    """
    if not _JOB_ID.fullmatch(job_id):
        raise InputError(f"{job_id!r} is no job id", hint="use 1 to 40 letters, digits, _ or -")
    return job_id
