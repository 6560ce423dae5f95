"""The same device against a real OctoPrint with its own virtual printer."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import InputError, LostContactError, StateError
from firmware_bridge.device import Outcome, Progress, RunState
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.octoprint import OctoPrint
from firmware_bridge.servers.timing import ServerTiming
from gcode.program import Program, parse_program
from tests.firmware_bridge.servers.conftest import KEY, Server

TIMING = ServerTiming(poll_s=0.1, start_s=30, away_s=60, end_s=30)
_ITS_FAULTS = '"100:resend", "105:resend_with_timeout", "110:missing_lineno", "115:checksum_mismatch"'
pytestmark = pytest.mark.timeout(300)


def moves(count: int) -> Program:
    lines = [f"G1 X{10 + i % 50} Y{10 + i % 7} F6000" for i in range(count)]
    return parse_program("\n".join(["G28", "M104 S50", *lines, "M104 S0", ""]).encode(), name="moves.gcode")


async def opened(server: Server) -> ServerDevice:
    return await ServerDevice.open(OctoPrint(server.address, KEY), timing=TIMING)


def test_whole_prints_one_after_another(octoprint) -> None:
    async def main(server: Server) -> None:
        device = await opened(server)
        assert device.identity.firmware == "octoprint"
        seen: list[Progress] = []
        for number in (1, 2):
            result = await device.run(moves(300), job_id=f"job-{number}", progress=seen.append)
            assert result.outcome is Outcome.FINISHED
            assert result.lines_acknowledged == 303
        assert RunState.RUNNING in {progress.state for progress in seen}
        assert (await device.status()).state is RunState.IDLE
        with pytest.raises(InputError, match="refuses the key"):
            await ServerDevice.open(OctoPrint(server.address, "x" * 32))
        await device.close()

    with octoprint(errors=_ITS_FAULTS) as server:
        asyncio.run(main(server))


def test_pause_resume_and_cancel(octoprint) -> None:
    async def main(server: Server) -> None:
        device = await opened(server)
        work = asyncio.ensure_future(device.run(moves(20_000), job_id="job-1", progress=lambda _: None))
        await until(device, RunState.RUNNING)
        with pytest.raises(StateError, match="run is going on"):
            await device.run(moves(3), job_id="job-2", progress=lambda _: None)
        await device.pause()
        await until(device, RunState.PAUSED)
        await device.pause()  # twice is the same
        await asyncio.sleep(0.5)
        await until(device, RunState.PAUSED)
        await device.resume()
        await until(device, RunState.RUNNING)
        await device.cancel()
        result = await work
        assert result.outcome is Outcome.CANCELLED
        assert "heaters and fan are off" in result.message
        async with asyncio.timeout(30):  # it asks the printer every few seconds
            while (await device.status()).temperatures_c.get("T", (0.0, -1.0))[1] != 0:
                await asyncio.sleep(0.1)
        await device.close()

    with octoprint() as server:
        asyncio.run(main(server))


def test_a_server_that_is_killed_during_a_print_is_lost_contact(octoprint) -> None:
    async def main(server: Server) -> None:
        device = await opened(server)
        work = asyncio.ensure_future(device.run(moves(20_000), job_id="job-1", progress=lambda _: None))
        await until(device, RunState.RUNNING)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        with pytest.raises(LostContactError, match="does not know how it ended"):
            await work
        assert (await device.status()).state is RunState.IDLE, "nothing started by itself"
        await device.close()

    with octoprint() as server:
        asyncio.run(main(server))


async def until(device: ServerDevice, state: RunState) -> None:
    async with asyncio.timeout(30):
        while (await device.status()).state is not state:
            await asyncio.sleep(0.05)
