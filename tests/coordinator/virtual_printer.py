"""The coordinator's own runs on the virtual Marlin, on a clock that only events move: hours pass in seconds.

The firmware is that of `firmware_bridge.twin`, with its queue, planner, homing and heaters; lines reach it through the
stream that drives real machines. What is left out is the serial port between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from agent.devices import Bench, MachineAddress
from coordinator.make.workshop import Workshop
from firmware_bridge.device import Device, Identity, Progress, RunResult, RunState, Status
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.port import LineSplitter
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin import MarlinFirmware
from gcode.program import Program
from machines.lab import Network

__all__ = ["EventPace", "VirtualWorkshop"]

_TICK_S = 1e-6
_MOST_S = 1e6


class EventPace:
    """A clock that goes on only where somebody works or waits."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    async def work(self, duration_s: float) -> None:
        end = self._now + timedelta(seconds=duration_s)
        await asyncio.sleep(0)
        self._now = max(self._now, end)

    async def wait_until(self, moment: datetime, *, idle: bool) -> None:
        await asyncio.sleep(0)
        if idle:
            self._now = max(self._now, moment)


class VirtualPrinter(Device):
    """A device whose machine takes `slowness` times as long as its program's moves and heaters say."""

    def __init__(self, log: Path, pace: EventPace, slowness: float) -> None:
        self._pace, self._began = pace, pace.now()
        self._firmware = MarlinFirmware(ExecutionLog(log), speed=1 / slowness)
        self._firmware.reset(0.0, "power")
        self._splitter = LineSplitter()

    async def identify(self) -> Identity:
        return Identity("marlin", "virtual")

    async def status(self) -> Status:
        return Status(RunState.IDLE)

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        begin = now = (self._pace.now() - self._began).total_seconds() + 1.0  # a second to open the port
        self._firmware.advance(now)
        self._firmware.take_output()
        stream = MarlinStream(program.lines, job_id=job_id, now=now)
        while stream.result is None:
            assert now < begin + _MOST_S, "the exchange has no end"
            if not self._exchange(stream, now):
                moments = (each for each in (stream.wake_at, self._firmware.wake_at) if each is not None)
                now = max(now + _TICK_S, min(moments))
        self._exchange(stream, now)
        progress(stream.progress)
        await self._pace.work(1.0 + now - begin)
        return stream.result

    def _exchange(self, stream: MarlinStream, now: float) -> bool:
        down = stream.take_output()
        if down:
            self._firmware.feed(down, now)
        self._firmware.advance(now)
        up = self._firmware.take_output()
        for line in self._splitter.feed(up):
            stream.receive(line, now)
        stream.advance(now)
        return bool(down or up)

    async def pause(self) -> None: ...
    async def resume(self) -> None: ...
    async def cancel(self) -> None: ...
    async def stop_now(self) -> None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True)
class _VirtualBench(Bench):
    """Opens virtual printers in this process."""

    pace: EventPace = field(kw_only=True)
    slowness: float = 1.0

    async def open(self, machine: MachineAddress) -> Device:
        return VirtualPrinter(self.log(machine.id), self.pace, self.slowness)


class VirtualWorkshop(Workshop):
    """A workshop whose printers are virtual and slower than their programs say."""

    def __init__(self, network: Network, folder: Path, pace: EventPace, slowness: float) -> None:
        super().__init__(network, folder, speed=1.0)
        folder.mkdir(parents=True, exist_ok=True)
        self._bench = _VirtualBench(folder, pace=pace, slowness=slowness)
