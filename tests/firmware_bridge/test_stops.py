"""A stop waits for nobody, and a cable that comes out leaves a state that says what is known."""

import asyncio
import os
import pty
import random
import threading
import tty

import pytest

from core.errors import LostContactError
from firmware_bridge.device import Outcome, Progress
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.port import Port
from firmware_bridge.serial_device import SerialDevice
from firmware_bridge.twin.firmware import Firmware
from firmware_bridge.twin.grbl import GrblFirmware
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin import MarlinFirmware
from gcode.program import Program, parse_program

PROGRAM = parse_program(("G21\nG90\n" + "".join(f"G1 X{i % 100} Y{i * 7 % 100} F900\n" for i in range(2000))).encode())
DEVICES = {"marlin": (MarlinDevice, MarlinFirmware), "grbl": (GrblDevice, GrblFirmware)}


class Notes(ExecutionLog):
    """A log without a file."""

    def __init__(self) -> None:
        self.executed: list[str] = []

    def line(self, number: int | None, text: str, *, skipped: bool = False) -> None:
        self.executed.append(text)

    def event(self, name: str, **facts: str | int | float) -> None:
        pass


class FirmwarePort:
    """A port with the firmware right behind it, whose thread can be held fast in the middle of its work."""

    path = "a virtual port"

    def __init__(self, firmware: Firmware, held_from_write: int) -> None:
        self._firmware = firmware
        self._held_from = held_from_write
        self._writes = 0
        self.now = 1.0
        self.held, self.release = threading.Event(), threading.Event()
        self.urgent: list[bytes] = []
        self.after_stop: list[bytes] = []
        self.held_back = False
        firmware.reset(0.0, "power")
        firmware.advance(self.now)
        firmware.take_output()

    def write(self, data: bytes) -> None:
        if not data:
            return
        self._writes += 1
        if self._writes == self._held_from:
            self.held.set()
            assert self.release.wait(60)
        if self.held_back:
            return
        if self.urgent:
            self.after_stop.append(data)
        self._firmware.feed(data, self.now)

    def read(self, wait_s: float) -> bytes:
        self.now += 0.001
        self._firmware.advance(self.now)
        return self._firmware.take_output()

    def write_urgently(self, data: bytes, *, hold_back: bool = False) -> None:
        self.urgent.append(data)
        self.held_back = hold_back

    def go_on(self) -> None:
        self.held_back = False

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("name", DEVICES)
def test_a_stop_needs_neither_the_ports_thread_nor_its_queue(name: str, quick_marlin, quick_grbl) -> None:
    opened, made = DEVICES[name]
    port = FirmwarePort(made(Notes(), speed=1e6), held_from_write=100)
    device: SerialDevice = opened(port, {"marlin": quick_marlin, "grbl": quick_grbl}[name])
    done = 0

    def note(step: Progress) -> None:
        nonlocal done
        done = step.lines_done

    async def work() -> None:
        running = asyncio.ensure_future(device.run(PROGRAM, job_id="a", progress=note))
        await asyncio.to_thread(port.held.wait, 60)
        # The thread that serves the port stands still in the middle of a write, and the stop is out all the same.
        await asyncio.wait_for(device.stop_now(), 10)
        assert port.urgent == [device._stop_bytes]
        port.release.set()
        result = await running
        assert result.outcome is Outcome.CANCELLED
        assert "stopped" in result.message
        await device.close()

    asyncio.run(work())
    assert not [data for data in port.after_stop if b"G1" in data]
    assert done < len(PROGRAM.lines)


class Cable:
    """A pseudo-terminal with a firmware at its far end, which comes out after so many bytes from the host."""

    def __init__(self, firmware: Firmware, bytes_left: int) -> None:
        self._firmware = firmware
        self._bytes_left = bytes_left
        self._now = 1.0
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave
        firmware.reset(0.0, "power")
        firmware.advance(self._now)
        firmware.take_output()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def plug_in(self) -> None:
        os.close(self._slave)
        self._thread.start()

    def _serve(self) -> None:
        while self._bytes_left > 0:
            data = os.read(self._master, min(4096, self._bytes_left))
            self._bytes_left -= len(data)
            self._now += 0.001
            self._firmware.feed(data, self._now)
            self._firmware.advance(self._now)
            os.write(self._master, self._firmware.take_output())
        os.close(self._master)

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.mark.parametrize("name", DEVICES)
def test_a_cable_out_at_any_moment_is_lost_contact_and_nothing_goes_on(name: str, quick_marlin, quick_grbl) -> None:
    opened, made = DEVICES[name]
    program = Program(PROGRAM.name, PROGRAM.sha256, PROGRAM.source[:500], PROGRAM.lines[:500], PROGRAM.numbers[:500])
    whole = sum(len(line) + 1 for line in program.lines)
    generator = random.Random(7)

    async def work(moment: int) -> None:
        cable = Cable(made(Notes(), speed=1e6), moment)
        port = Port(cable.path, 115200)
        cable.plug_in()
        device: SerialDevice = opened(port, {"marlin": quick_marlin, "grbl": quick_grbl}[name])
        steps: list[Progress] = []
        with pytest.raises(LostContactError, match="lost"):
            await device.run(program, job_id="a", progress=steps.append)
        cable.join()
        for again in (device.status(), device.run(program, job_id="a", progress=steps.append)):
            with pytest.raises(LostContactError):
                await again
        await device.close()
        assert not any(step.lines_done == step.lines_total for step in steps)

    for _ in range(50):
        asyncio.run(work(generator.randrange(1, whole)))
