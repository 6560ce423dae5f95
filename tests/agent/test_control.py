"""What people may ask of a run, and what is refused: by the state of the machine, its mode, and what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.control import Act, Ask, Control
from core.errors import DeviceError, StateError
from firmware_bridge.device import Progress, RunState, Status


@dataclass
class Machine:
    """A device that remembers what it was asked for."""

    done: list[str] = field(default_factory=list)
    report: str = ""
    alarm: str | None = None
    homes: bool = True

    async def status(self) -> Status:
        return Status(RunState.RUNNING, None, {}, self.report)

    async def pause(self) -> None:
        self.done.append("pause")

    async def resume(self) -> None:
        self.done.append("resume")

    async def cancel(self) -> None:
        self.done.append("cancel")

    async def stop_now(self) -> None:
        self.done.append("stop")

    async def locked(self) -> str | None:
        return self.alarm

    def pressed(self, report: str) -> str:
        return "X" if "Pn:X" in report else ""

    async def home(self) -> None:
        if not self.homes:
            raise DeviceError("$H was not done: alarm 9")
        self.done.append("home")
        self.alarm = None

    async def unlock(self) -> None:
        self.done.append("unlock")
        self.alarm = None


@dataclass
class Selective(Machine):
    async def cancel_object(self, label: str) -> str:
        self.done.append(f"leave {label}")
        return f"{label} is left out"


def steered(
    machine: Machine, work: Callable[[Control], Coroutine[Any, Any, None]], **how: Any
) -> tuple[list[str], list[RunState]]:
    """Steer a run on a machine; what was noted before it was done, and what was told."""
    noted: list[str] = []
    told: list[RunState] = []

    def note(what: str, who: str) -> None:
        noted.append(f"{what} by {who} after {len(machine.done)}")

    async def scene() -> None:
        control = Control(note, told.append, **how)
        control.begin(machine)  # type: ignore[arg-type] # as much of a device as is asked for
        await asyncio.wait_for(work(control), 20)

    asyncio.run(scene())
    return noted, told


def ask(act: Act, **how: Any) -> Ask:
    return Ask(act, "p-1", **how)


def at(control: Control, state: RunState) -> None:
    control.see(Progress(1, 2, state))


def test_what_is_done_is_noted_before_it_is_done() -> None:
    machine = Selective()

    async def work(control: Control) -> None:
        at(control, RunState.RUNNING)
        assert "rest" in await control.obey(ask(Act.PAUSE))
        at(control, RunState.PAUSED)
        await control.obey(ask(Act.RESUME))
        at(control, RunState.RUNNING)
        assert await control.obey(ask(Act.CANCEL_OBJECT, label="2")) == "2 is left out"
        await control.obey(ask(Act.CANCEL))
        await control.obey(ask(Act.STOP))

    noted, _ = steered(machine, work)
    assert machine.done == ["pause", "resume", "leave 2", "cancel", "stop"]
    assert noted == [
        "pause by p-1 after 0", "resume by p-1 after 1", "cancel object 2 by p-1 after 2", "cancel by p-1 after 3",
        "stop now by p-1 after 4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "act", "words"),
    [
        (RunState.PAUSED, Act.PAUSE, "paused already"),
        (RunState.CONNECTING, Act.PAUSE, "nothing to pause"),
        (RunState.CANCELLING, Act.PAUSE, "nothing to pause"),
        (RunState.RUNNING, Act.RESUME, "not paused"),
        (RunState.RUNNING, Act.CANCEL_OBJECT, "cannot leave an object out"),
        (RunState.RUNNING, Act.HOME, "does not wait to be unlocked"),
        (RunState.RUNNING, Act.UNLOCK, "does not wait to be unlocked"),
    ],
)
def test_what_cannot_be_done_now_is_refused_with_the_reason(state: RunState, act: Act, words: str) -> None:
    machine = Machine()

    async def work(control: Control) -> None:
        at(control, state)
        with pytest.raises(StateError, match=words):
            await control.obey(ask(act))

    assert steered(machine, work)[0] == []
    assert machine.done == []


def test_a_machine_that_paused_by_itself_goes_on_from_afar_only_where_its_mode_lets_it() -> None:
    machine = Machine()

    async def work(control: Control) -> None:
        at(control, RunState.PAUSED)  # M0, or the filament has run out
        with pytest.raises(StateError, match="by itself"):
            await control.obey(ask(Act.RESUME))
        assert machine.done == []
        await control.obey(ask(Act.RESUME, any_pause=True))

    steered(machine, work)
    assert machine.done == ["resume"]


def test_a_machine_paused_from_here_that_then_asks_for_a_person_waits_for_one() -> None:
    machine = Machine()

    async def work(control: Control) -> None:
        at(control, RunState.RUNNING)
        await control.obey(ask(Act.PAUSE))
        at(control, RunState.PAUSED)
        machine.report = "out_of_filament T0"
        with pytest.raises(StateError, match="by itself"):
            await control.obey(ask(Act.RESUME))
        at(control, RunState.RUNNING)  # somebody was there
        at(control, RunState.PAUSED)
        with pytest.raises(StateError, match="by itself"):
            await control.obey(ask(Act.RESUME))

    steered(machine, work)
    assert machine.done == ["pause"]


def test_no_resume_passes_over_a_look_at_the_first_layer() -> None:
    machine = Machine()

    async def work(control: Control) -> None:
        at(control, RunState.PAUSED)
        control.held_by = "it waits for a look at the first layer"
        with pytest.raises(StateError, match="first layer"):
            await control.obey(ask(Act.RESUME, any_pause=True))

    steered(machine, work)
    assert machine.done == []


def test_nothing_is_asked_of_a_run_that_has_ended() -> None:
    async def work(control: Control) -> None:
        control.end()
        for act in Act:
            with pytest.raises(StateError, match="has ended"):
                await control.obey(ask(act))

    steered(Machine(), work)


@pytest.mark.parametrize("act", [Act.HOME, Act.UNLOCK])
@pytest.mark.parametrize(("alarmed", "report"), [(True, "<Alarm|MPos:0,0,0>"), (False, "<Alarm|Pn:X>"), (True, None)])
def test_after_an_alarm_a_person_homes_or_unlocks(act: Act, alarmed: bool, report: str | None) -> None:
    machine = Machine(alarm=report)

    async def work(control: Control) -> None:
        waiting = asyncio.create_task(control.settle(machine, alarmed=alarmed))  # type: ignore[arg-type] # as above
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert control.state is RunState.LOCKED
        assert "look at the machine" in control.question
        for other in (Act.PAUSE, Act.RESUME, Act.CANCEL_OBJECT):
            with pytest.raises(StateError, match="has not begun"):
                await control.obey(ask(other))
        assert not waiting.done()
        assert "the job begins" in await control.obey(ask(act))
        await waiting

    _, told = steered(machine, work)
    assert told == [RunState.LOCKED, RunState.CONNECTING]
    assert machine.done == ([str(act)] if report is not None or act is Act.HOME else [])


def test_a_lock_by_a_reset_alone_is_no_question() -> None:
    machine = Machine(alarm="<Alarm|MPos:0,0,0>")
    _, told = steered(machine, lambda control: control.settle(machine, alarmed=False))  # type: ignore[arg-type]
    assert (told, machine.done) == ([], [])


def test_a_homing_that_fails_leaves_the_question_open_and_cancel_ends_it() -> None:
    machine = Machine(alarm="<Alarm|Pn:X>", homes=False)

    async def work(control: Control) -> None:
        waiting = asyncio.create_task(control.settle(machine, alarmed=True))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(DeviceError, match="alarm 9"):
            await control.obey(ask(Act.HOME))
        assert not waiting.done()
        assert await control.obey(ask(Act.CANCEL)) == "the job is not started"
        with pytest.raises(StateError, match="p-1 looked"):
            await waiting

    steered(machine, work)
    assert machine.done == []


def test_nobody_comes() -> None:
    machine = Machine(alarm="<Alarm|Pn:X>")

    async def work(control: Control) -> None:
        with pytest.raises(DeviceError, match="nobody came"):
            await control.settle(machine, alarmed=False)  # type: ignore[arg-type]

    steered(machine, work, ask_for_s=0.01)
