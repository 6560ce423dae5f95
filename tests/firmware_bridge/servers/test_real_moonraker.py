"""The same device against a real Moonraker, with a fake Klipper behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.errors import LostContactError, StateError
from firmware_bridge.device import Outcome, Progress, RunState
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.moonraker import Moonraker
from firmware_bridge.servers.timing import ServerTiming
from gcode.program import Program, parse_program
from tests.firmware_bridge.servers.conftest import Server

TIMING = ServerTiming(poll_s=0.1, start_s=20, away_s=40, end_s=20)
pytestmark = pytest.mark.timeout(300)


def moves(count: int, last: str = "M104 S0") -> Program:
    lines = [f"G1 X{10 + i % 50} Y{10 + i % 7} F6000" for i in range(count)]
    return parse_program("\n".join(["G28", *lines, last, "M107", ""]).encode(), name="moves.gcode")


async def opened(server: Server) -> ServerDevice:
    return await ServerDevice.open(Moonraker(server.address), timing=TIMING)


def starts(log: Path) -> int:
    return sum(line.startswith("SDCARD_PRINT_FILE") for line in log.read_text().splitlines())


def test_prints_pause_cancel_and_fail(moonraker) -> None:
    async def main(server: Server, log: Path) -> None:
        device = await opened(server)
        assert device.identity.firmware == "moonraker"
        seen: list[Progress] = []
        whole = await device.run(moves(400), job_id="job-1", progress=seen.append)
        assert (whole.outcome, whole.lines_acknowledged) == (Outcome.FINISHED, 403)
        assert RunState.RUNNING in {progress.state for progress in seen}

        work = asyncio.ensure_future(device.run(moves(100_000), job_id="job-2", progress=lambda _: None))
        await until(device, RunState.RUNNING)
        await device.pause()
        await until(device, RunState.PAUSED)
        await device.resume()
        await until(device, RunState.RUNNING)
        await device.cancel()
        assert (await work).outcome is Outcome.CANCELLED
        assert "M104 S0" in log.read_text()

        failed = await device.run(moves(300, last="FAIL_HERE"), job_id="job-3", progress=lambda _: None)
        assert failed.outcome is Outcome.FAILED
        assert "FAIL_HERE" in failed.message
        with pytest.raises(StateError, match="never started again"):
            await device.run(moves(300, last="FAIL_HERE"), job_id="job-3", progress=lambda _: None)
        assert starts(log) == 3
        await device.close()

    with moonraker() as (server, _, log):
        asyncio.run(main(server, log))


def test_a_server_that_is_killed_and_comes_back_is_followed_on(moonraker) -> None:
    """Klipper prints on without Moonraker, so the print is not lost."""

    async def main(server: Server, log: Path) -> None:
        device = await opened(server)
        work = asyncio.ensure_future(device.run(moves(15_000), job_id="job-1", progress=lambda _: None))
        await until(device, RunState.RUNNING)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await device.cancel()
        assert (await work).outcome is Outcome.CANCELLED
        assert starts(log) == 1
        await device.close()

    with moonraker(lines_per_s=200) as (server, _, log):
        asyncio.run(main(server, log))


def test_stop_now_and_a_klipper_that_dies(moonraker) -> None:
    async def main(server: Server, klippy: Server) -> None:
        device = await opened(server)
        work = asyncio.ensure_future(device.run(moves(100_000), job_id="job-1", progress=lambda _: None))
        await until(device, RunState.RUNNING)
        await device.stop_now()
        result = await work
        assert result.outcome is Outcome.CANCELLED
        assert "needs a reset" in result.message
        assert (await device.status()).state is RunState.LOCKED
        with pytest.raises(StateError, match="not free"):
            await device.run(moves(3), job_id="job-2", progress=lambda _: None)
        await asyncio.to_thread(klippy.kill)
        await asyncio.to_thread(klippy.start)
        await until(device, RunState.IDLE)
        work = asyncio.ensure_future(device.run(moves(100_000), job_id="job-3", progress=lambda _: None))
        await until(device, RunState.RUNNING)
        await asyncio.to_thread(klippy.kill)
        with pytest.raises(LostContactError, match="heaters may be ON"):
            await work
        await device.close()

    with moonraker() as (server, klippy, _):
        asyncio.run(main(server, klippy))


async def until(device: ServerDevice, state: RunState) -> None:
    async with asyncio.timeout(30):
        while (await device.status()).state is not state:
            await asyncio.sleep(0.05)
