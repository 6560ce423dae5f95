"""GRBL, and what speaks like it, on a serial port."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from typing import Self

from core.errors import DeviceError, InputError
from firmware_bridge.device import Identity, RunResult, RunState, Status
from firmware_bridge.grbl_codes import alarm_text, error_text
from firmware_bridge.grbl_stream import GrblStream, parse_report
from firmware_bridge.port import Port
from firmware_bridge.serial_device import SerialDevice, exchange
from firmware_bridge.stream import Stream
from firmware_bridge.timing import GrblTiming
from gcode.program import Program

__all__ = ["GrblDevice"]

_VERSION = re.compile(r"\[VER:([^:\]]*)[^\]]*?:?([^:\]]*)\]")
_OPTIONS = re.compile(r"\[OPT:([^,\]]*)(?:,(\d+))?(?:,(\d+))?")
_LOCKED = {"Alarm", "Sleep", "Door", "Tool"}
_FEED_STEPS = ((10, b"\x91"), (-10, b"\x92"), (1, b"\x93"), (-1, b"\x94"))  # realtime bytes; 0x90 is 100 %
_AXES = "XYZ"


class GrblDevice(SerialDevice):
    """A GRBL 1.1, grblHAL or FluidNC. Satisfies `firmware_bridge.device.Device`."""

    firmware = "grbl"

    def __init__(self, port: Port, timing: GrblTiming, *, confirm_power: bool = False) -> None:
        self._timing = timing
        self._confirm_power = confirm_power
        self._receive_bytes: int | None = None
        super().__init__(port)

    @classmethod
    async def open(
        cls, path: str, *, baud: int = 115200, timing: GrblTiming | None = None, confirm_power: bool = False
    ) -> Self:
        """Open the port, which resets most boards, and wait until the firmware answers.

        Args:
            path: of the port.
            baud: bits a second.
            timing: how long to wait.
            confirm_power: whether a run waits for a person before spindle or laser is first switched on.

        Raises:
            InputError: there is no such port.
            DeviceError: it is in use, or nothing answers as GRBL does.
            LostContactError: the link broke.
        """
        return await cls(Port(path, baud), timing or GrblTiming(), confirm_power=confirm_power)._connect()  # noqa: SLF001 - its own

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
                # Not the first ok: that may answer the blank line.
                exchange(port, b"\n", _ends_answer, timing.report_s)
                lines, _ = exchange(port, b"$I\n", _ends_answer, timing.report_s)
                found = [match for match in map(_VERSION.search, lines) if match]
                if found:
                    return self._identity(found[0][1], found[0][2], lines)
        raise DeviceError(
            "nothing answers as GRBL does",
            where=port.path,
            hint="check the port, the baud rate and that the machine is on",
        )

    def _identity(self, version: str, name: str, lines: Sequence[str]) -> Identity:
        """What `$I` told: the version, and how many bytes of lines the firmware holds."""
        for found in filter(None, map(_OPTIONS.search, lines)):
            if found[3]:
                self._receive_bytes = int(found[3])
        text = "\n".join(lines)
        return Identity("grbl", version, name, {"TOOL_CHANGE": re.search(r"\[NEWOPT:[^\]]*\bTC\b", text) is not None})

    def _make_stream(self, lines: Sequence[str], job_id: str, now: float) -> Stream:
        return GrblStream(
            lines,
            job_id=job_id,
            now=now,
            timing=self._timing,
            receive_bytes=self._receive_bytes,
            changes_tools=self.identity.capabilities.get("TOOL_CHANGE", False),
            confirm_power=self._confirm_power,
        )

    def _running_status(self, stream: Stream) -> Status:
        report = (stream.waits_for or stream.report) if isinstance(stream, GrblStream) else ""
        return Status(stream.progress.state, stream.progress, {}, report)

    def _ask_status(self) -> Status:
        lines, told = exchange(self._port, b"?", lambda line: line.startswith("<"), self._timing.report_s)
        report = parse_report(lines[-1]) if told else None
        if report is None:
            return Status(RunState.LOCKED, None, {}, "no answer")
        state = RunState.LOCKED if report.state.partition(":")[0] in _LOCKED else RunState.IDLE
        return Status(state, None, {}, lines[-1])

    # -- what only these machines do -----------------------------------------------------------------------------------

    async def check(self, program: Program) -> RunResult:
        """Have the firmware itself read a program in check mode (`$C`): nothing moves, its first error is told.

        Raises:
            InputError: a line cannot be sent.
            StateError: a run is going on.
            LostContactError: the link broke.
        """
        result = await self._run_stream(
            lambda now: GrblStream(
                program.lines,
                job_id="check",
                now=now,
                timing=self._timing,
                receive_bytes=self._receive_bytes,
                changes_tools=self.identity.capabilities.get("TOOL_CHANGE", False),
                check=True,
            ),
            lambda _: None,
        )
        await self._in_thread(self._leave_check)
        return result

    def _leave_check(self) -> None:
        """Switching check mode off resets the parser: let the banner pass, so that no run takes it for a restart."""
        exchange(self._port, b"", lambda line: line.startswith("Grbl"), self._timing.quiet_s)

    async def home(self) -> None:
        """Run the homing cycle; also the way out of an alarm when the position is lost.

        Raises:
            DeviceError: homing is switched off, or failed.
        """
        await self._command("$H", self._timing.homing_s)

    async def unlock(self) -> None:
        """Leave an alarm without homing: a person has made sure that the position is known.

        Raises:
            DeviceError: the firmware refuses.
        """
        await self._command("$X", self._timing.report_s)

    async def jog(self, *, feed_mm_min: float, x_mm: float = 0.0, y_mm: float = 0.0, z_mm: float = 0.0) -> None:
        """Move by hand, relative to here (`$J=`); the firmware ends it at the soft limits. Returns when it has begun.

        Raises:
            InputError: no finite way, or no feed.
            DeviceError: the firmware refuses: locked, or beyond the travel.
        """
        ways = dict(zip(_AXES, (x_mm, y_mm, z_mm), strict=True))
        if not all(map(math.isfinite, ways.values())) or not any(ways.values()) or not 0 < feed_mm_min < math.inf:
            raise InputError("a jog needs a way and a feed", hint="millimetres, and millimetres a minute above 0")
        words = "".join(f"{axis}{way:.3f}" for axis, way in ways.items() if way)
        await self._command(f"$J=G91G21{words}F{feed_mm_min:.0f}", self._timing.report_s)

    async def cancel_jog(self) -> None:
        """Bring a jog to rest."""
        self._port.write_urgently(b"\x85")

    async def override_feed(self, percent: int) -> None:
        """Set the feed override, 10 to 200 %, at once and past every queue.

        Raises:
            InputError: out of bounds.
        """
        if not 10 <= percent <= 200:
            raise InputError(f"a feed override of {percent} %", hint="from 10 to 200")
        data, at = b"\x90", 100
        for step, byte in _FEED_STEPS:
            while (at < percent) if step > 0 else (at > percent):
                if abs(percent - at) < abs(step):
                    break
                data, at = data + byte, at + step
        self._wish(lambda stream, _: stream.say_urgently(data) if isinstance(stream, GrblStream) else None)

    async def _command(self, text: str, limit_s: float) -> None:
        self._check_free()

        def work() -> None:
            lines, answered = exchange(self._port, text.encode("ascii") + b"\n", _ends_command, limit_s)
            last = lines[-1] if answered else ""
            if last != "ok":
                reason = error_text(last[6:]) if last.startswith("error:") else alarm_text(last[6:]) if last else ""
                raise DeviceError(f"{text} was not done: {reason or 'no answer'}", where=self._port.path)

        await self._in_thread(work)


def _ends_answer(line: str) -> bool:
    return line == "ok" or line.startswith("error")


def _ends_command(line: str) -> bool:
    return _ends_answer(line) or line.startswith("ALARM:")
