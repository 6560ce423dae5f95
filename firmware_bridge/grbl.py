"""GRBL, and what speaks like it, on a serial port."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Self

from core.errors import DeviceError
from firmware_bridge.device import Identity, RunState, Status
from firmware_bridge.grbl_stream import GrblStream, parse_report
from firmware_bridge.port import Port
from firmware_bridge.serial_device import SerialDevice, exchange
from firmware_bridge.stream import Stream
from firmware_bridge.timing import GrblTiming

__all__ = ["GrblDevice"]

_VERSION = re.compile(r"\[VER:([^:\]]*)[^\]]*?:?([^:\]]*)\]")
_LOCKED = {"Alarm", "Sleep", "Door"}


class GrblDevice(SerialDevice):
    """A GRBL. Satisfies `firmware_bridge.device.Device`."""

    firmware = "grbl"

    def __init__(self, port: Port, timing: GrblTiming) -> None:
        self._timing = timing
        super().__init__(port)

    @classmethod
    async def open(cls, path: str, *, baud: int = 115200, timing: GrblTiming | None = None) -> Self:
        """Open the port, which resets most boards, and wait until the firmware answers.

        Raises:
            InputError: there is no such port.
            DeviceError: it is in use, or nothing answers as GRBL does.
            LostContactError: the link broke.
        """
        return await cls(Port(path, baud), timing or GrblTiming())._connect()  # noqa: SLF001 - its own

    @property
    def _stop_bytes(self) -> bytes:
        return b"\x18"

    def _greet(self) -> Identity:
        """Wait for the banner, or provoke a status report; then ask for the version."""
        timing, port = self._timing, self._port
        end = time.monotonic() + timing.connect_s
        exchange(port, b"", lambda line: line.startswith("Grbl"), timing.quiet_s)
        while time.monotonic() < end:
            _, alive = exchange(port, b"?", lambda line: line.startswith("<"), timing.quiet_s)
            if alive:
                lines, told = exchange(port, b"\n$I\n", _ends_version, timing.report_s)
                found = [match for match in map(_VERSION.search, lines) if match]
                if told and found:
                    return Identity("grbl", found[0][1], found[0][2])
        raise DeviceError(
            "nothing answers as GRBL does",
            where=port.path,
            hint="check the port, the baud rate and that the machine is on",
        )

    def _make_stream(self, lines: Sequence[str], job_id: str, now: float) -> Stream:
        return GrblStream(lines, job_id=job_id, now=now, timing=self._timing)

    def _running_status(self, stream: Stream) -> Status:
        report = stream.report if isinstance(stream, GrblStream) else ""
        return Status(stream.progress.state, stream.progress, {}, report)

    def _ask_status(self) -> Status:
        lines, told = exchange(self._port, b"?", lambda line: line.startswith("<"), self._timing.report_s)
        report = parse_report(lines[-1]) if told else None
        if report is None:
            return Status(RunState.LOCKED, None, {}, "no answer")
        state = RunState.LOCKED if report.state.partition(":")[0] in _LOCKED else RunState.IDLE
        return Status(state, None, {}, lines[-1])


def _ends_version(line: str) -> bool:
    return line.startswith(("[OPT", "error"))
