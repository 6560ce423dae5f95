"""The same contract for both firmwares, through real ports to virtual machines."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DeviceError, InputError, LostContactError, StateError
from firmware_bridge.device import Device, Outcome, Progress, RunState
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin import jobs, read_log
from firmware_bridge.twin.faults import Faults
from gcode.program import Program, parse_program

FIRMWARES = ["marlin", "grbl"]
SQUARE = "G21\nG90\n" + "".join(f"G1 X{i % 100} Y{i * 7 % 100} F900\n" for i in range(600))
Opener = Callable[[str, Path], Awaitable[Device]]


def program(text: str = SQUARE) -> Program:
    return parse_program(text.encode())


@pytest.fixture
def connect(quick_marlin, quick_grbl) -> Opener:
    async def open_device(firmware: str, link: Path) -> Device:
        if firmware == "marlin":
            return await MarlinDevice.open(str(link), timing=quick_marlin)
        return await GrblDevice.open(str(link), timing=quick_grbl)

    return open_device


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_run_from_greeting_to_proof(twin, connect: Opener, firmware: str) -> None:
    machine, log = twin(firmware)
    steps: list[Progress] = []

    async def work() -> None:
        device = await connect(firmware, machine.link)
        identity = await device.identify()
        assert identity.firmware == firmware
        assert identity.version
        assert (await device.status()).state is RunState.IDLE
        for job_id in ("job-1", "job-2"):
            result = await device.run(program(), job_id=job_id, progress=steps.append)
            assert (result.outcome, result.lines_acknowledged) == (Outcome.FINISHED, 602)
        await device.close()
        with pytest.raises(StateError):
            await device.status()

    asyncio.run(work())
    assert [job.job_id for job in jobs(log)] == ["job-1", "job-2"]
    assert all(job.executed(program().lines) for job in jobs(log))
    assert steps[-1] == Progress(602, 602, RunState.ENDED)
    done = [step.lines_done for step in steps]
    assert done.index(602) >= 1
    assert done[0] == 0


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_cancel_leaves_the_machine_ready_for_the_next_job(twin, connect: Opener, firmware: str) -> None:
    machine, log = twin(firmware, speed=20)

    async def work() -> None:
        device = await connect(firmware, machine.link)
        running = asyncio.ensure_future(device.run(program(), job_id="first", progress=lambda _: None))
        while not ((now := (await device.status()).progress) and now.lines_done):  # held sooner, it reads no line
            await asyncio.sleep(0)
        with pytest.raises(StateError):
            await device.run(program(), job_id="second", progress=lambda _: None)
        await device.cancel()
        result = await running
        assert result.outcome is Outcome.CANCELLED
        assert result.lines_acknowledged < 602
        result = await device.run(program("G1 X1 F6000\n"), job_id="second", progress=lambda _: None)
        assert result.outcome is Outcome.FINISHED
        await device.close()

    asyncio.run(work())
    assert [(job.job_id, job.complete) for job in jobs(log)] == [("first", False), ("second", True)]


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_stop_now_passes_every_queue(twin, connect: Opener, firmware: str) -> None:
    machine, log = twin(firmware, speed=1)

    async def work() -> None:
        device = await connect(firmware, machine.link)
        running = asyncio.ensure_future(device.run(program(), job_id="first", progress=lambda _: None))
        while (await device.status()).state is not RunState.RUNNING:
            await asyncio.sleep(0)
        await device.stop_now()
        result = await running
        assert result.outcome is Outcome.CANCELLED
        assert "stopped" in result.message
        assert (await device.status()).state is RunState.LOCKED or firmware == "grbl"
        await device.close()

    asyncio.run(work())
    events = [record["event"] for record in read_log(log) if "event" in record]
    assert ("halt" if firmware == "marlin" else "reset") in events[events.index("open") :]


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_machine_that_goes_away_is_lost_contact(twin, connect: Opener, firmware: str) -> None:
    machine, _ = twin(firmware, speed=1)

    async def work() -> None:
        device = await connect(firmware, machine.link)
        running = asyncio.ensure_future(device.run(program(), job_id="first", progress=lambda _: None))
        while (await device.status()).state is not RunState.RUNNING:
            await asyncio.sleep(0)
        os.kill(machine.pid, signal.SIGKILL)
        with pytest.raises(LostContactError):
            await running
        with pytest.raises(LostContactError):
            await device.run(program(), job_id="second", progress=lambda _: None)
        await device.close()

    asyncio.run(work())


def test_a_machine_that_falls_silent_is_lost_contact(twin) -> None:
    machine, _ = twin("marlin", speed=1)

    async def work() -> None:
        timing = MarlinTiming(quiet_s=0.1, answer_s=0.1, probes=3)
        device = await MarlinDevice.open(str(machine.link), timing=timing)
        os.kill(machine.pid, signal.SIGSTOP)
        try:
            with pytest.raises(LostContactError):
                await device.run(program(), job_id="first", progress=lambda _: None)
        finally:
            os.kill(machine.pid, signal.SIGCONT)
        await device.close()

    asyncio.run(work())


def test_no_fragment_of_a_flushed_line_is_ever_executed(twin, quick_marlin: MarlinTiming) -> None:
    """Two lines at once, and this wire leaves "40 E0.01 F3000*6" behind a flush, which a firmware runs unchecked."""
    machine, log = twin("marlin", faults=Faults(drop=0.01, corrupt=0.01, delay=0.01), seed=2)
    moves = [f"G1 X{10 + i % 150} Y{20 + i % 97} E0.01 F3000" for i in range(300)]
    work_to_do = program("\n".join(["G28", "G90", "M83", *moves]))

    async def work() -> None:
        timing = replace(quick_marlin, lines_in_flight=MarlinTiming().lines_in_flight)
        device = await MarlinDevice.open(str(machine.link), timing=timing)
        assert (await device.run(work_to_do, job_id="J2", progress=lambda _: None)).outcome is Outcome.FINISHED
        await device.close()

    asyncio.run(work())
    (job,) = jobs(log)
    assert job.executed(work_to_do.lines)


@pytest.mark.parametrize("advanced_ok", [True, False], ids=["window", "one-in-flight"])
def test_a_bad_cable_costs_time_but_no_line(twin, connect: Opener, advanced_ok: bool) -> None:
    faults = Faults(drop=0.01, corrupt=0.01, delay=0.01, delay_s=0.002)
    machine, log = twin("marlin", faults=faults, seed=3, advanced_ok=advanced_ok)
    work_to_do = program(SQUARE[:4000])

    async def work() -> None:
        device = await connect("marlin", machine.link)
        result = await device.run(work_to_do, job_id="first", progress=lambda _: None)
        assert result.outcome is Outcome.FINISHED
        await device.close()

    asyncio.run(work())
    (job,) = jobs(log)
    assert job.executed(work_to_do.lines)


SENDER = """
import asyncio, sys
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from gcode.program import parse_program

async def work(kind, link):
    device = await {"marlin": MarlinDevice, "grbl": GrblDevice}[kind].open(link)
    tell = lambda step: step.state == "running" and print("running", flush=True)
    await device.run(parse_program(b"G1 X10 F60\\nG1 X0\\n" * 500), job_id="first", progress=tell)

asyncio.run(work(*sys.argv[1:]))
"""


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_death_of_a_sender_ends_its_job(twin, connect: Opener, firmware: str) -> None:
    machine, log = twin(firmware, speed=1)
    command = [sys.executable, "-c", SENDER, firmware, str(machine.link)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as sender:
        assert sender.stdout is not None
        assert sender.stdout.readline() == b"running\n"
        sender.kill()

    async def work() -> None:
        device = await connect(firmware, machine.link)
        result = await device.run(program("G4 P0.01\n"), job_id="second", progress=lambda _: None)
        assert result.outcome is Outcome.FINISHED
        await device.close()

    asyncio.run(work())
    assert [(job.job_id, job.complete) for job in jobs(log)] == [("first", False), ("second", True)]
    resets = [record for record in read_log(log) if record.get("cause") == "open"]
    assert len(resets) == 2
    assert resets[1]["dropped_moves"] > 0


def test_one_port_has_one_owner(twin, connect: Opener) -> None:
    machine, _ = twin("marlin")

    async def work() -> None:
        device = await connect("marlin", machine.link)
        with pytest.raises(DeviceError, match="in use"):
            await connect("marlin", machine.link)
        await device.close()

    asyncio.run(work())


def test_a_port_that_is_none(tmp_path: Path, connect: Opener) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        asyncio.run(connect("marlin", tmp_path / "absent"))


def test_the_wrong_firmware_is_named(twin) -> None:
    machine, _ = twin("grbl")
    timing = MarlinTiming(quiet_s=0.05, connect_s=0.3, answer_s=0.1)
    with pytest.raises(DeviceError, match="as Marlin does"):
        asyncio.run(MarlinDevice.open(str(machine.link), timing=timing))


def test_a_cancelled_task_cancels_the_run(twin, connect: Opener) -> None:
    machine, log = twin("marlin", speed=20)

    async def work() -> None:
        device = await connect("marlin", machine.link)
        task = asyncio.ensure_future(device.run(program(), job_id="first", progress=lambda _: None))
        while (await device.status()).state is not RunState.RUNNING:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await device.status()).state is RunState.IDLE
        await device.close()

    asyncio.run(work())
    assert "M140 S0" in [record.get("line") for record in read_log(log)]
