"""Steering one run by what people ask: pause, resume, end, stop, leave an object out; and a machine that is locked.

Whoever asks stands at the machine's page, in the lab or far away. What moves a machine that has stopped by itself is
done only where the coordinator says that its mode lets it; firmware owns safety.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import DeviceError, StateError
from firmware_bridge.device import Device, Lockable, Progress, RunState, Selective

__all__ = ["Act", "Ask", "Control"]

_ASK_FOR_S = 1800.0  # a person who is to look at a locked machine
_BEGUN = (RunState.RUNNING, RunState.PAUSED, RunState.DRAINING)


class Act(StrEnum):
    """What can be asked of a run; the words are those of the coordinator."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    STOP = "stop now"
    CANCEL_OBJECT = "cancel object"
    HOME = "home"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a person asks.

    Attributes:
        act: what.
        who: asks, by a pseudonym or as "the agent's page".
        label: of the object that is to be left out.
        any_pause: whether a machine that has paused by itself may be resumed from where the person is.
    """

    act: Act
    who: str
    label: str | None = None
    any_pause: bool = False


class Control:
    """One run, from before the machine is reached to its end.

    Args:
        note: called with what is about to be done and who asked for it, before it is done.
        tell: called when the machine waits for a person before its run begins.
        ask_for_s: how long to wait then.
    """

    def __init__(
        self, note: Callable[[str, str], None], tell: Callable[[RunState], None], *, ask_for_s: float = _ASK_FOR_S
    ) -> None:
        self._note, self._tell, self._ask_for_s = note, tell, ask_for_s
        self._device: Device | None = None
        self._settled: asyncio.Future[None] | None = None
        self._own_pause: str | None = None  # what the machine said of itself when it was paused from here
        self.state = RunState.CONNECTING
        self.question = ""  # why the machine waits for a person before its run begins
        self.held_by = ""  # what else a person is asked for during the run, over which no resume helps

    @property
    def device(self) -> Device | None:
        """The machine, while it is open for the run."""
        return self._device

    def begin(self, device: Device) -> None:
        """The machine is open."""
        self._device = device

    def end(self) -> None:
        """The run has ended: nothing can be asked any more."""
        self._device = None

    def see(self, progress: Progress) -> None:
        """Take the run's progress."""
        self.state = progress.state
        if progress.state is not RunState.PAUSED:
            self._own_pause = None

    # -- before the run

    async def settle(self, device: Device, *, alarmed: bool) -> None:
        """Wait for a person where an alarm, and not only its reset, has locked the machine.

        Args:
            device: the open machine.
            alarmed: whether its last run here ended by an alarm.

        Raises:
            StateError: the person says that the job is not to start.
            DeviceError: nobody came in time, or the machine does not answer.
        """
        if not isinstance(device, Lockable):
            return
        report = await device.locked()
        pressed = device.pressed(report) if report is not None else ""
        if not alarmed and not pressed:
            return
        why = f"a limit switch is pressed ({pressed})" if pressed else "its last run ended by an alarm"
        self.question = f"{why}: look at the machine, then home it, or unlock it if its position is surely known"
        self._settled = asyncio.get_running_loop().create_future()
        self.state = RunState.LOCKED
        self._tell(RunState.LOCKED)
        try:
            await asyncio.wait_for(self._settled, self._ask_for_s)
        except TimeoutError:
            raise DeviceError(f"{why}, and nobody came to look within {self._ask_for_s / 60:.0f} min") from None
        finally:
            self._settled, self.question = None, ""
            self.state = RunState.CONNECTING
            self._tell(RunState.CONNECTING)

    # -- what is asked

    async def obey(self, ask: Ask) -> str:
        """Do what a person asks; what came of it, in one sentence.

        Raises:
            StateError: it cannot be done now; the reason is told.
            DeviceError: the machine refuses, or did not answer.
        """
        if self._device is None:
            raise StateError("the machine is not reached yet, or its run has ended")
        if self._settled is not None:
            return await self._settle_by(ask, self._device, self._settled)
        match ask.act:
            case Act.PAUSE:
                return await self._pause(ask, self._device)
            case Act.RESUME:
                return await self._resume(ask, self._device)
            case Act.CANCEL:
                self._note("cancel", ask.who)
                await self._device.cancel()
                return "the run ends safely: motion ends, then heaters, spindle and laser go off"
            case Act.STOP:
                return await self._stop(ask, self._device)
            case Act.CANCEL_OBJECT:
                return await self._leave_out(ask, self._device)
        raise StateError("the machine does not wait to be unlocked")

    async def _pause(self, ask: Ask, device: Device) -> str:
        if self.state is RunState.PAUSED:
            raise StateError("it is paused already")
        if self.state not in _BEGUN:
            raise StateError(f"it is {self.state}: there is nothing to pause")
        self._note("pause", ask.who)
        report = (await device.status()).report
        await device.pause()
        self._own_pause = report
        return "it comes to rest; heat stays on"

    async def _resume(self, ask: Ask, device: Device) -> str:
        if self.held_by:
            raise StateError(self.held_by)
        if self.state is not RunState.PAUSED:
            raise StateError(f"it is {self.state}, not paused")
        if not ask.any_pause and (self._own_pause is None or (await device.status()).report != self._own_pause):
            raise StateError("it has paused by itself (M0, M600, no filament), and its mode asks for a person there")
        self._note("resume", ask.who)
        await device.resume()
        return "it goes on"

    async def _stop(self, ask: Ask, device: Device) -> str:
        self._note("stop now", ask.who)
        await device.stop_now()
        return "stopped at once; the machine may need a reset, and only its own switch is a safe stop"

    async def _leave_out(self, ask: Ask, device: Device) -> str:
        if not isinstance(device, Selective):
            raise StateError("this machine cannot leave an object out")
        if self.state not in _BEGUN:
            raise StateError(f"it is {self.state}: there is nothing to leave out")
        self._note(f"cancel object {ask.label}", ask.who)
        return await device.cancel_object(ask.label or "")

    async def _settle_by(self, ask: Ask, device: Device, settled: asyncio.Future[None]) -> str:
        """What a person says of a locked machine."""
        if ask.act in (Act.CANCEL, Act.STOP):
            if not settled.done():
                settled.set_exception(StateError(f"{ask.who} looked at the locked machine and cancelled the job"))
            return "the job is not started"
        if ask.act not in (Act.HOME, Act.UNLOCK) or not isinstance(device, Lockable):
            raise StateError("the machine is locked and has not begun")
        if ask.act is Act.HOME:
            await device.home()
        elif await device.locked() is not None:
            await device.unlock()
        report = await device.locked()
        if report is not None:
            raise StateError(f"it is still locked: {report}")
        if not settled.done():
            settled.set_result(None)
        return "it is homed, the job begins" if ask.act is Act.HOME else "it is unlocked, the job begins"
