"""GRBL, and what speaks like it, on a serial port."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Self

from core.errors import DeviceError, InputError
from firmware_bridge.device import Identity, Progress, RunResult, RunState, Status
from firmware_bridge.grbl_codes import alarm_text, error_text
from firmware_bridge.grbl_script import PROOF
from firmware_bridge.grbl_settings import contradiction, read_settings
from firmware_bridge.grbl_stream import GrblStream, is_modes, parse_report
from firmware_bridge.port import Port
from firmware_bridge.serial_device import SerialDevice, exchange
from firmware_bridge.stream import Stream
from firmware_bridge.timing import GrblTiming
from gcode.program import Program
from gcode.safety_policy import SafetyPolicy

__all__ = ["GrblDevice", "WhenLocked"]

_VERSION = re.compile(r"\[VER:([^:\]]*)[^\]]*?:?([^:\]]*)\]")
_OPTIONS = re.compile(r"\[OPT:([^,\]]*)(?:,(\d+))?(?:,(\d+))?")
_LOCKED = {"Alarm", "Sleep", "Door", "Tool"}
_FEED_STEPS = ((10, b"\x91"), (-10, b"\x92"), (1, b"\x93"), (-1, b"\x94"))  # realtime bytes; 0x90 is 100 %
_AXES = "XYZ"
_PINS = re.compile(r"\|Pn:([A-Z]+)")
_DEAF_LIMIT = 2


class WhenLocked(StrEnum):
    """What a run does about a machine that is locked by an alarm, as one with homing is after each reset."""

    REFUSE = "refuse"  # a person has to look at it
    HOME = "home"  # home it, which is what gives stored work coordinates their meaning again
    UNLOCK = "unlock"  # a person has made sure that its position is known


class GrblDevice(SerialDevice):
    """A GRBL 1.1, grblHAL or FluidNC. Satisfies `firmware_bridge.device.Device`."""

    firmware = "grbl"

    def __init__(
        self,
        port: Port,
        timing: GrblTiming,
        *,
        confirm_power: bool = False,
        when_locked: WhenLocked = WhenLocked.REFUSE,
    ) -> None:
        self._timing = timing
        self._confirm_power = confirm_power
        self._when_locked = when_locked
        self._receive_bytes: int | None = None
        self._tells_modes = False
        self.settings: Mapping[int, float] = {}
        super().__init__(port)

    @classmethod
    async def open(
        cls,
        path: str,
        *,
        baud: int = 115200,
        timing: GrblTiming | None = None,
        confirm_power: bool = False,
        when_locked: WhenLocked = WhenLocked.REFUSE,
    ) -> Self:
        """Open the port, which resets most boards, and wait until the firmware answers.

        Args:
            path: of the port.
            baud: bits a second.
            timing: how long to wait.
            confirm_power: whether a run waits for a person before spindle or laser is first switched on.
            when_locked: what a run does about a machine that is locked.

        Raises:
            InputError: there is no such port.
            DeviceError: it is in use, or nothing answers as GRBL does.
            LostContactError: the link broke.
        """
        device = cls(Port(path, baud), timing or GrblTiming(), confirm_power=confirm_power, when_locked=when_locked)
        return await device._connect()

    @property
    def _stop_bytes(self) -> bytes:
        return b"\x18"

    def _greet(self) -> Identity:
        """Wait for the banner, or provoke a status report; then ask what it is, and how it is set."""
        timing, port = self._timing, self._port
        end = time.monotonic() + timing.connect_s
        greeting, _ = exchange(port, b"", lambda line: line.startswith("Grbl"), timing.quiet_s)
        deaf = 0  # times that it reported its state and took no line: it is held, asleep or busy
        while time.monotonic() < end and deaf < _DEAF_LIMIT:
            reports, alive = exchange(port, b"?", lambda line: parse_report(line) is not None, timing.quiet_s)
            greeting += reports
            if alive:
                # Not the first ok: that may answer the blank line.
                _, listens = exchange(port, b"\n", _ends_answer, timing.report_s)
                identity = self._asked() if listens else None
                if identity is not None:
                    return identity
                deaf += 1
        if deaf:
            return Identity("grbl", next((line for line in greeting if line.startswith("Grbl")), ""))
        raise DeviceError(
            "nothing answers as GRBL does",
            where=port.path,
            hint="check the port, the baud rate and that the machine is on",
        )

    def _asked(self) -> Identity | None:
        """What it says of itself; None when it does not say its version, as in the middle of something."""
        limit_s = self._timing.report_s
        lines, _ = exchange(self._port, b"$I\n", _ends_answer, limit_s)
        found = [match for match in map(_VERSION.search, lines) if match]
        if not found:
            return None
        modes, _ = exchange(self._port, f"{PROOF}\n".encode("ascii"), _ends_answer, limit_s)
        self._tells_modes = any(map(is_modes, modes))
        settings, _ = exchange(self._port, b"$$\n", _ends_answer, limit_s)
        self.settings = read_settings(settings)
        return self._identity(found[0][1], found[0][2], lines)

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
            proves=self._tells_modes,
        )

    def _running_status(self, stream: Stream) -> Status:
        report = (stream.waits_for or stream.report) if isinstance(stream, GrblStream) else ""
        return Status(stream.progress.state, stream.progress, {}, report)

    def _ask_status(self) -> Status:
        lines, told = exchange(self._port, b"?", lambda line: line.startswith("<"), self._timing.report_s)
        report = parse_report(lines[-1]) if told else None
        if report is None:
            return Status(RunState.LOCKED, None, {}, "no answer")
        state = RunState.LOCKED if report.name in _LOCKED else RunState.IDLE
        return Status(state, None, {}, lines[-1])

    def contradiction(self, policy: SafetyPolicy) -> str | None:
        """See `firmware_bridge.device.Configured`."""
        return contradiction(self.settings, policy)

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        """Send a program and wait until the machine has executed it; a locked machine is homed or unlocked as was said.

        Raises:
            DeviceError: the machine did not home, or does not let itself be unlocked; and as `SerialDevice.run`.
        """
        if self._when_locked is not WhenLocked.REFUSE and await self.locked() is not None:
            await (self.home() if self._when_locked is WhenLocked.HOME else self.unlock())
        return await super().run(program, job_id=job_id, progress=progress)

    async def locked(self) -> str | None:
        """See `firmware_bridge.device.Lockable`."""
        told = (await self.status()).report
        report = parse_report(told)
        return told if report is not None and report.name == "Alarm" else None

    def pressed(self, report: str) -> str:
        """See `firmware_bridge.device.Lockable`; the pins P, D, H, R and S are no limit switches."""
        found = _PINS.search(report)
        return "".join(each for each in (found[1] if found else "") if each in "XYZABC")

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
