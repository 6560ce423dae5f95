"""A GRBL that is locked, held or set for another tool; and answers that were miscounted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DeviceError
from firmware_bridge.device import Configured, Outcome, RunResult, RunState
from firmware_bridge.grbl import GrblDevice, WhenLocked
from firmware_bridge.grbl_settings import contradiction, read_settings
from firmware_bridge.grbl_stream import GrblStream, parse_report
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.grbl import KINDS, GrblFirmware
from firmware_bridge.twin.log import ExecutionLog, jobs, read_log
from gcode.program import parse_program
from gcode.safety_policy import SafetyPolicy, Tool

PROGRAM = parse_program(b"N10 G21 G90\nn20 G1X10F900\nN30G1X20\n")
LASER = SafetyPolicy("grbl", max_power=1000, tool=Tool.LASER)
MILL = SafetyPolicy("grbl", max_power=1000, tool=Tool.SPINDLE)


def with_device(link: Path, timing, work: Callable[[GrblDevice], Awaitable[None]], **options) -> None:
    async def whole() -> None:
        device = await GrblDevice.open(str(link), timing=timing, **options)
        try:
            await work(device)
        finally:
            await device.close()

    asyncio.run(whole())


async def run(device: GrblDevice) -> RunResult:
    return await device.run(PROGRAM, job_id="a", progress=lambda _: None)


@pytest.fixture
def locked(twin, quick_grbl):
    """Makes a machine of a kind whose homing is switched on, so that each reset locks it."""

    def make(kind: str = "grbl", **options):
        machine, log = twin(kind, speed=1000, **options)
        with_device(machine.link, quick_grbl, lambda device: device.command("$22=1"))
        return machine, log

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_a_locked_machine_is_named_and_gets_nothing(locked, quick_grbl, kind: str) -> None:
    machine, log = locked(kind)

    async def work(device: GrblDevice) -> None:
        assert (await device.status()).state is RunState.LOCKED
        result = await run(device)
        assert (result.outcome, result.lines_acknowledged) == (Outcome.FAILED, 0)
        assert "home it, or unlock it" in result.message

    with_device(machine.link, quick_grbl, work)
    assert not [record for record in read_log(log) if "line" in record]


@pytest.mark.parametrize("way", [WhenLocked.HOME, WhenLocked.UNLOCK])
def test_it_is_homed_or_unlocked_where_that_is_said(locked, quick_grbl, way: WhenLocked) -> None:
    machine, log = locked()

    async def work(device: GrblDevice) -> None:
        assert (await run(device)).outcome is Outcome.FINISHED

    with_device(machine.link, quick_grbl, work, when_locked=way)
    (job,) = jobs(log)
    assert job.executed(["G21 G90", "G1X10F900", "G1X20"])  # without its line numbers
    assert [record for record in read_log(log) if record.get("line") == "$H"] == [] or way is WhenLocked.HOME


def test_a_machine_whose_switches_do_not_work_is_not_driven(locked, quick_grbl) -> None:
    machine, log = locked(faults=Faults.parse("endstop@99999"))

    async def work(device: GrblDevice) -> None:
        with pytest.raises(DeviceError, match="alarm 9"):
            await run(device)

    with_device(machine.link, quick_grbl, work, when_locked=WhenLocked.HOME)
    assert not [record for record in read_log(log) if "line" in record]


def test_a_machine_that_is_held_is_recognised_and_not_driven(twin, quick_grbl) -> None:
    machine, _ = twin("grbl", reset_on_open=False)
    with_device(machine.link, quick_grbl, lambda device: device.signal(b"!"))

    async def work(device: GrblDevice) -> None:
        assert device.identity.firmware == "grbl"
        result = await run(device)
        assert (result.outcome, result.lines_acknowledged) == (Outcome.FAILED, 0)
        assert "Hold:0; resume or reset it" in result.message

    with_device(machine.link, replace(quick_grbl, report_s=2.0), work)


def test_settings_are_read_and_held_against_the_profile(twin, quick_grbl) -> None:
    machine, _ = twin("grbl")

    async def work(device: GrblDevice) -> None:
        assert isinstance(device, Configured)
        assert device.settings[30] == 1000
        assert "$32=0" in device.contradiction(LASER)
        assert device.contradiction(MILL) is None

    with_device(machine.link, quick_grbl, work)


@pytest.mark.parametrize(
    ("told", "policy", "reason"),
    [
        ("$32=1", LASER, None),
        ("$32=0", LASER, "laser mode is off"),
        ("$32=1", MILL, "laser mode is on"),
        ("$32=0", MILL, None),
        ("$32=2", MILL, None),
        ("", LASER, None),
        ("$32=one", LASER, None),
        ("$30=255.", LASER, None),  # damaged
        ("$30=255", LASER, "full power is S255"),
        ("$30=10000.000", LASER, None),
        ("$30=255 (max rpm)", LASER, "full power is S255"),
        ("$32=0", SafetyPolicy("grbl", max_power=1000), None),
    ],
)
def test_what_contradicts_the_profile(told: str, policy: SafetyPolicy, reason: str | None) -> None:
    found = contradiction(read_settings([told, "$110=6000.000", "ok"]), policy)
    assert (found is None) if reason is None else (reason in found)


@pytest.mark.parametrize(
    ("line", "state", "free"),
    [
        ("<Idle|MPos:0.000,0.000,0.000|FS:0,0>", "Idle", None),
        ("<Idle|WPos:0.000,0.000,0.000|Bf:15,128|FS:0,0|Ov:100,100,100>", "Idle", 128),
        ("<Alarm:11|MPos:0.000,0.000,0.000|Bf:100,1023|FS:0,0>", "Alarm:11", 1023),
        ("<Hold:0|MPos:1.000,0.000,0.000|WCO:0.000,0.000,0.000|Pn:PXYZ>", "Hold:0", None),
        ("<Idle|MPos:0.000,0.000", None, None),
        ("<Id<Run|MPos:0.000,0.000,0.000|FS:0,0>", None, None),
        ("[MSG:'$H'|'$X' to unlock]", None, None),
    ],
)
def test_reports_in_all_their_forms(line: str, state: str | None, free: int | None) -> None:
    report = parse_report(line)
    assert (report.state, report.rx_free) == (state, free) if report else state is None


@pytest.mark.parametrize("kind", ["double", "drop"])
def test_lines_that_were_doubled_or_lost_are_noticed_at_the_end(bench, tmp_path: Path, kind: str) -> None:
    """The answers tell, although GRBL has no checksum."""
    lines = ["G21 G90", *(f"G1X{i % 100}.5Y{i * 7 % 100}F900" for i in range(400))]
    for seed in range(20):
        log = ExecutionLog(tmp_path / f"log{seed}")
        table = bench(GrblFirmware(log, speed=1e6), Faults(**{kind: 0.002}), seed, baud=115_200)
        stream = GrblStream(lines, job_id="a", now=table.now, proves=True)
        table.run(stream)
        log.close()
        whole = any(job.executed(lines) for job in jobs(tmp_path / f"log{seed}"))
        assert (stream.result.outcome is Outcome.FINISHED) <= whole, seed


def test_a_failure_stays_one_although_all_is_answered_behind_it() -> None:
    stream = GrblStream(["G1X1", "G81", "G1X2"], job_id="a", now=0.0)
    stream.advance(0.0)
    stream.receive("<Idle|MPos:0,0,0>", 0.1)
    for answer in ("ok", "ok", "error:20", "ok", "ok", "ok", "<Hold:0|MPos:0,0,0>", "Grbl 1.1h ['$' for help]"):
        stream.receive(answer, 0.2)
        stream.advance(0.2)
    assert stream.result.outcome is Outcome.FAILED
    assert "error 20" in stream.result.message
