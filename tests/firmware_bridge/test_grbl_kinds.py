"""GRBL, grblHAL and FluidNC: buffers, check mode, jog, overrides, and what a person confirms."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.errors import DeviceError, InputError
from firmware_bridge.device import Outcome, RunState
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.grbl_script import DRAIN, GrblScript
from firmware_bridge.grbl_stream import GrblStream
from firmware_bridge.twin import jobs, read_log
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.grbl import KINDS, GrblFirmware
from firmware_bridge.twin.log import ExecutionLog
from gcode.program import parse_program

LINES = ["G21 G90", *(f"G1X{i % 100}.5Y{i * 7 % 100}F900" for i in range(300))]
BUFFERS = {"grbl": 127, "grblhal": 1023, "fluidnc": 127}


def drive(link: Path, timing, work: Callable[[GrblDevice], Awaitable[None]]) -> None:
    async def whole() -> None:
        device = await GrblDevice.open(str(link), timing=timing)
        try:
            await work(device)
        finally:
            await device.close()

    asyncio.run(whole())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_driven_to_the_end(twin, quick_grbl, kind: str) -> None:
    machine, log = twin(kind)

    async def work(device: GrblDevice) -> None:
        assert device.identity.capabilities == {"TOOL_CHANGE": kind == "grblhal"}
        result = await device.run(parse_program("\n".join(LINES).encode()), job_id="a", progress=lambda _: None)
        assert result.outcome is Outcome.FINISHED

    drive(machine.link, quick_grbl, work)
    assert jobs(log)[0].executed(LINES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_buffer_of_each_kind_is_filled_and_never_overrun(bench, tmp_path: Path, kind: str) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(GrblFirmware(log, kind=kind), Faults(), 0, baud=115_200)
    told = {"grbl": 128, "grblhal": 1024, "fluidnc": None}[kind]
    stream = GrblStream(LINES, job_id="a", now=table.now, receive_bytes=told)
    most = 0

    def watch(_: float) -> None:
        nonlocal most
        most = max(most, stream._flight_bytes)

    table.run(stream, each_turn=watch)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert BUFFERS[kind] - 25 < most <= BUFFERS[kind]
    assert jobs(tmp_path / "log")[0].executed(LINES)


def test_check_mode_names_the_first_error_and_moves_nothing(twin, quick_grbl) -> None:
    machine, log = twin("grbl")

    async def work(device: GrblDevice) -> None:
        good = parse_program(b"G21\nG90\nG1X10F100\n")
        assert (await device.check(good)).outcome is Outcome.FINISHED
        result = await device.check(parse_program(b"G21\nG1X10F100\nG81Z1\nG1X1\n"))
        assert result.outcome is Outcome.FAILED
        assert "G81Z1" in result.message
        assert (await device.status()).state is RunState.IDLE
        assert (await device.run(good, job_id="a", progress=lambda _: None)).outcome is Outcome.FINISHED

    drive(machine.link, quick_grbl, work)
    executed = [record["line"] for record in read_log(log) if "line" in record]
    assert executed[1:-2] == ["G21", "G90", "G1X10F100"]


def test_home_jog_override_and_unlock(twin, quick_grbl) -> None:
    machine, _ = twin("grbl", speed=1000)

    async def work(device: GrblDevice) -> None:
        await device.command("$22=1")
        await device.home()
        await device.jog(x_mm=10, feed_mm_min=60000)
        while "|MPos:10.000," not in (await device.status()).report:
            await asyncio.sleep(0)
        await device.cancel_jog()
        with pytest.raises(InputError):
            await device.jog(x_mm=float("nan"), feed_mm_min=100)
        with pytest.raises(InputError):
            await device.override_feed(5)
        await device.unlock()

    drive(machine.link, quick_grbl, work)


def test_a_jog_beyond_the_travel_is_refused(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    board = GrblFirmware(log)
    board.reset(0.0, "power")
    board.advance(1.0)
    board.take_output()

    def say(data: bytes) -> list[str]:
        board.feed(data, 2.0)
        return board.take_output().decode().splitlines()

    assert say(b"$20=1\n") == ["ok"]
    assert say(b"$J=G91X900F100\n") == ["error:15"]
    assert say(b"$J=G91X900\n") == ["error:16"]
    assert say(b"G1X900F100\n")[0] == "ALARM:2"
    assert say(b"G1X1\n")[-1] == "error:9"
    log.close()


@pytest.mark.parametrize("percent", [10, 95, 100, 137, 200])
def test_the_feed_override_is_made_of_steps(percent: int) -> None:
    class Device(GrblDevice):
        def __init__(self) -> None:
            self.bytes = b""

        def _wish(self, wish) -> None:
            stream = GrblStream(["G1X1"], job_id="j", now=0.0)
            wish(stream, 0.0)
            self.bytes = stream.take_output()

    device = Device()
    asyncio.run(device.override_feed(percent))
    reached = 0
    for byte in device.bytes:
        reached = {0x90: 100, 0x91: reached + 10, 0x92: reached - 10, 0x93: reached + 1, 0x94: reached - 1}[byte]
    assert reached == percent


# -- what a person confirms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "asked"), [("grbl", "change the tool to number 2"), ("grblhal", "")])
def test_a_tool_change_waits_for_a_person_also_where_the_firmware_does(
    bench, tmp_path: Path, kind: str, asked: str
) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(GrblFirmware(log, kind=kind), Faults(), 0)
    lines = ["G21", "G1X10F900", "T2 M6", "G1X20"]
    stream = GrblStream(lines, job_id="a", now=table.now, changes_tools=kind == "grblhal")
    seen: list[str] = []
    since = 0.0

    def person(now: float) -> None:
        nonlocal since
        if stream.progress.state is not RunState.PAUSED:
            since = now
        elif now > since + 60:
            seen.append(stream.waits_for)
            stream.resume(now)
            since = now

    table.run(stream, each_turn=person)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert len(seen) == 1
    assert asked in seen[0]
    assert stream.result.lines_acknowledged == 4
    assert "G1X20" in jobs(tmp_path / "log")[0].lines


def test_spindle_and_laser_are_armed_once(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(GrblFirmware(log), Faults(), 0)
    stream = GrblStream(["G21", "M3 S100", "G1X1F100", "M5", "M4 S5"], job_id="a", now=table.now, confirm_power=True)
    asked: list[float] = []

    def person(now: float) -> None:
        if stream.waits_for and (not asked or now > asked[-1]):
            asked.append(now)
            if len(asked) > 5:
                stream.resume(now)

    table.run(stream, each_turn=person)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    before = [record for record in read_log(tmp_path / "log") if record.get("line") in {"G21", DRAIN}]
    assert len(before) == 3  # the gate's own, and that of the end
    assert len(asked) == 6


def test_where_a_script_waits() -> None:
    script = GrblScript.of_run(["M6 T1", "G1 X1", "M03"], "a", changes_tools=False, confirm_power=True)
    assert script.texts == ("(a start)", DRAIN, "T1", "G1 X1", DRAIN, "M03", DRAIN, "(a end)")
    assert script.marks == (0, 0, 1, 2, 2, 3, 3, 3)
    assert sorted(script.gates) == [2, 5]
    assert not GrblScript.of_run(["M6 T1", "M30"], "a", changes_tools=True, confirm_power=False).gates


def test_what_is_refused_is_said(twin, quick_grbl) -> None:
    machine, _ = twin("grbl", faults=Faults.parse("endstop@3"))

    async def work(device: GrblDevice) -> None:
        result = await device.run(parse_program("\n".join(LINES).encode()), job_id="a", progress=lambda _: None)
        assert result.outcome is Outcome.FAILED
        assert "limit switch" in result.message
        assert (await device.status()).state is RunState.LOCKED
        with pytest.raises(DeviceError, match="locked"):
            await device.jog(x_mm=1, feed_mm_min=100)

    drive(machine.link, quick_grbl, work)
