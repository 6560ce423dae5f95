"""An object of a plate is left out while the others go on; an alarm is told apart from other failures."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import StateError
from firmware_bridge.device import Lockable, Selective
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.grbl_stream import GrblStream
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.marlin_script import Script
from firmware_bridge.servers.device import ServerDevice


def test_a_line_is_sent_before_the_rest_of_a_program() -> None:
    script = Script(["G28", "G1 X1"], "a")
    script.following()
    script.insert(["M486 P1"])
    assert [text for text, _ in (script.following(), script.following()) if text] == ["M486 P1", "G28"]  # type: ignore[misc]


@pytest.mark.parametrize("label", ["x", "1 M112", "-1", ""])
def test_a_marlin_is_sent_numbers_of_objects_only(twin, quick_marlin, label: str) -> None:
    machine, _ = twin("marlin")

    async def scene() -> None:
        device = await MarlinDevice.open(str(machine.link), timing=quick_marlin)
        device._running = True
        with pytest.raises(StateError, match="no number"):
            await device.cancel_object(label)
        device._knows_objects = False
        with pytest.raises(StateError, match="does not know objects"):
            await device.cancel_object("1")
        device._running = False
        await device.close()

    asyncio.run(scene())


def test_which_machines_can_be_locked_and_which_know_objects() -> None:
    assert issubclass(GrblDevice, Lockable)
    assert not issubclass(MarlinDevice, Lockable)
    assert issubclass(ServerDevice, Selective)
    assert not issubclass(GrblDevice, Selective)


@pytest.mark.parametrize(("said", "alarm"), [("ALARM:1", True), ("error:20", False)])
def test_a_run_that_ends_by_an_alarm_says_so(said: str, alarm: bool) -> None:
    stream = GrblStream(["G1 X1 F100", "G1 X2"], job_id="a", now=0.0)
    stream.receive("<Idle|MPos:0,0,0|FS:0,0>", 0.0)
    stream.receive(said, 0.1)
    stream.receive("<Hold:0|MPos:0,0,0|FS:0,0>", 0.2)
    stream.receive("Grbl 1.1h ['$' for help]", 0.3)
    assert stream.result is not None
    assert (stream.result.alarm, said[-1] in stream.result.message) == (alarm, True)


@pytest.mark.parametrize(
    ("report", "axes"), [("<Alarm|MPos:0,0,0|Pn:XZ>", "XZ"), ("<Idle|MPos:0,0,0|Pn:PDH>", ""), ("<Idle|MPos:0>", "")]
)
def test_limit_switches_are_told_apart_from_other_pins(report: str, axes: str) -> None:
    assert GrblDevice.pressed(None, report) == axes  # type: ignore[arg-type] # of no device
