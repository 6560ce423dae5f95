"""A virtual GRBL 1.1, grblHAL or FluidNC: a ring that drops silently, a planner, realtime bytes.

Behaviour after the GRBL 1.1 interface notes and `protocol.c`: realtime bytes are picked out as they arrive, even in
comments; every line, blank or not, gets one ok or error.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError
from firmware_bridge.twin.faults import Mishap
from firmware_bridge.twin.firmware import LineRing
from firmware_bridge.twin.grbl_kinds import KINDS
from firmware_bridge.twin.grbl_motion import GrblMotion
from firmware_bridge.twin.grbl_system import DEFAULTS, NOT_IDLE, GrblSystem
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.settings import Settings
from gcode.safety_rules import ALLOWED
from gcode.words import Block, parse_line

__all__ = ["KINDS", "GrblFirmware"]

_LINE_CHARS = 80
_BOOT_S = 0.05
_REALTIME = b"?!~\x18" + bytes(range(0x80, 0x100))
_STATUS, _HOLD, _RESUME, _RESET = b"?!~\x18"
_DOOR, _JOG_CANCEL = 0x84, 0x85
_MORE_COMMANDS = {"G10", "G28", "G28.1", "G30", "G30.1", "G92", "G92.1", "M0", "M1"}
_LOCKED = "[MSG:'$H'|'$X' to unlock]"
_EMPTY, _BAD_NUMBER, _LOCK, _TOO_LONG, _UNSUPPORTED, _NO_FEED = 1, 2, 9, 11, 20, 22
_JOG_LIMIT, _BAD_JOG = 15, 16


class GrblFirmware:
    """The firmware's state.

    Args:
        log: where each executed line is noted.
        speed: how many machine seconds pass in one second.
        kind: one of `KINDS`.
        store: the file that plays the EEPROM; None forgets with the power.
        mishaps: what happens to the machine.

    Attributes:
        gone: whether its cable is out.
    """

    realtime = _REALTIME

    def __init__(
        self,
        log: ExecutionLog,
        *,
        speed: float = 1.0,
        kind: str = "grbl",
        store: Path | None = None,
        mishaps: Sequence[Mishap] = (),
    ) -> None:
        self._log = log
        self._kind = KINDS[kind]
        self._known = ALLOWED["grbl"] | _MORE_COMMANDS | ({"M6"} if self._kind.changes_tools else set())
        self._mishaps = sorted(mishaps, key=lambda each: each.line)
        self._executed = 0
        self._out: list[str] = []
        self._system = GrblSystem(self._kind, Settings(DEFAULTS, store), self._out.append)
        self._motion = GrblMotion(self._system, self._kind.planner_blocks, speed)
        self.gone = False
        self._alarm = False
        self._clear()
        self._boot_at: float | None = _BOOT_S

    def _clear(self) -> None:
        self._rx = LineRing(self._kind.receive_bytes - 1)
        self._partial = b""
        self._current: str | None = None
        self._due_at: float | None = None
        self._motion.clear()
        self._check = False
        self._reset_after_answer = False
        self._door = False
        self._asleep = False
        self._feed_known = False
        self._spindle = 0.0

    @property
    def wake_at(self) -> float | None:
        """When `advance` is due although no byte came, or None."""
        if self._boot_at is not None:
            return self._boot_at
        return None if self._motion.held else self._due_at

    def reset(self, now: float, cause: str) -> None:
        """Start as after power-on; motion and position are gone."""
        self._log.event("reset", cause=cause, dropped_moves=self._motion.drop(now), dropped_lines=self._unexecuted())
        self._out.clear()
        self._system.settings.load()
        self._clear()
        self._motion.home()
        self._alarm = False
        self._boot_at = now + _BOOT_S

    def _unexecuted(self) -> int:
        return int(self._current is not None)

    def take_output(self) -> bytes:
        """What it has said since the last call."""
        if not self._out:
            return b""
        data = ("\r\n".join(self._out) + "\r\n").encode("latin-1")
        self._out.clear()
        return data

    def feed(self, data: bytes, now: float) -> None:
        """Bytes arrive; while the board boots they are lost."""
        if self._boot_at is not None or self.gone:
            return
        plain = data.translate(None, _REALTIME)
        if len(plain) != len(data):
            for byte in data:
                if byte in _REALTIME:
                    self._act(byte, now)
            if _RESET in data:
                plain = data.rpartition(b"\x18")[2].translate(None, _REALTIME)
        while plain:
            rest = self._rx.put(plain)
            self._work(now)
            if len(rest) == len(plain):
                return  # the ring is full: what remains is lost
            plain = rest

    def advance(self, now: float) -> None:
        """Time has passed."""
        if self._boot_at is not None and now >= self._boot_at:
            self._boot_at = None
            self._log.event("boot", firmware="grbl")
            self._out += ["", self._kind.banner]
            if self._system["$22"]:  # HOMING_INIT_LOCK: nobody knows where it stands
                self._alarm = True
                self._out.append(_LOCKED)
        if self._boot_at is None and not self.gone:
            self._work(now)

    # -- realtime -----------------------------------------------------------------------------------------------------

    def _act(self, byte: int, now: float) -> None:
        match byte:
            case _ if byte == _STATUS:
                self._out.append(self._report(now))
            case _ if byte == _HOLD:
                if not (self._alarm or self._check):  # an idle machine goes to hold as well
                    self._motion.hold(now)
            case _ if byte == _RESUME:
                self._door = False
                self._motion.resume(now)
            case _ if byte == _RESET:
                self._soft_reset(now)
            case _ if byte == _DOOR:
                self._open_door(now)
            case _ if byte == _JOG_CANCEL:
                self._motion.cancel_jog(now)
            case _:
                self._motion.override(byte)

    def _open_door(self, now: float) -> None:
        if not (self._alarm or self._check):
            self._door = True
            self._motion.hold(now)

    def _soft_reset(self, now: float) -> None:
        lost = self._motion.is_moving(now) and not self._motion.held
        self._log.event("reset", cause="soft", dropped_moves=self._motion.drop(now), dropped_lines=self._unexecuted())
        locked = lost or self._alarm
        self._clear()
        self._alarm = locked
        if lost:
            self._out.append("ALARM:3")
            self._log.event("alarm", number=3)
        self._out += ["", self._kind.banner]
        if locked:
            self._out.append(_LOCKED)

    def _raise_alarm(self, number: int, now: float) -> None:
        """Everything ends at once; only a reset, then a person, goes on."""
        self._motion.drop(now)
        self._rx.clear()
        self._partial, self._current, self._due_at = b"", None, None
        self._spindle, self._alarm = 0.0, True
        self._log.event("alarm", number=number)
        self._out.append(f"ALARM:{number}")
        if number == 1:
            self._out.append("[MSG:Reset to continue]")

    def _report(self, now: float) -> str:
        x, y, z, _ = self._motion.state.position
        free = f"|Bf:{self._motion.free(now)},{self._rx.free}" if self._kind.reports_buffers else ""
        override = "" if self._motion.feed_percent == 100 else f"|Ov:{self._motion.feed_percent},100,100"
        return f"<{self._mode(now)}|MPos:{x:.3f},{y:.3f},{z:.3f}{free}|FS:0,{self._spindle:g}{override}>"

    def _mode(self, now: float) -> str:
        modes = (
            (self._asleep, "Sleep"),
            (self._alarm, "Alarm"),
            (self._motion.homing, "Home"),
            (self._check, "Check"),
            (self._door, "Door:0"),
            (self._motion.changing_tool, "Tool"),
            (self._motion.held, "Hold:0"),
        )
        return next((name for holds, name in modes if holds), self._motion.mode(now))

    # -- lines --------------------------------------------------------------------------------------------------------

    def _is_off(self) -> bool:
        return self.gone or self._boot_at is not None

    def _next_line(self) -> str | None:
        piece, ends = self._rx.piece()
        self._partial += piece
        if not ends:
            self._partial = self._partial[: 4 * _LINE_CHARS]
            return None
        raw, self._partial = self._partial, b""
        return raw.decode("latin-1").strip()

    def _work(self, now: float) -> None:
        while not (self._is_off() or self._motion.held):  # in a hold no line is read
            if self._current is None:
                self._current = self._next_line()
                if self._current is None:
                    return
            line = self._current
            self._due_at = self._motion.due(line, now, check=self._check)
            if self._due_at is None or self._due_at > now:
                return
            self._current = self._due_at = None
            self._motion.begun()
            answer = self._execute(line, now)
            if not self._is_off():
                self._out.append("ok" if answer is None else f"error:{answer}")
            if self._reset_after_answer:
                self._soft_reset(now)

    def _execute(self, line: str, now: float) -> int | None:
        if len(line) >= _LINE_CHARS:
            return _TOO_LONG
        if line.startswith("$"):
            return self._command(line.upper(), now)
        if self._alarm or self._asleep:
            return _LOCK
        try:
            block = parse_line(line)
            answer = self._refusal(block)
            if answer is not None:
                return answer
            if not self._motion.take(block, now, check=self._check):
                self._raise_alarm(2, now)
                return None
        except InputError as error:
            return _BAD_NUMBER if "number" in error.what else _EMPTY
        if self._check:
            return None
        if line:
            self._log.line(None, line)
            self._count(now)
        self._follow(block)
        return None

    def _refusal(self, block: Block) -> int | None:
        for command in block.commands:
            if command not in self._known and command[0] != "T":
                return _UNSUPPORTED
        self._feed_known = self._feed_known or block.value("F") is not None
        if not self._feed_known and not {"G1", "G2", "G3"}.isdisjoint(block.commands):
            return _NO_FEED
        return None

    def _follow(self, block: Block) -> None:
        if not {"M5", "M2", "M30"}.isdisjoint(block.commands):
            self._spindle = 0.0
        elif block.value("S") is not None:
            self._spindle = block.value("S") or 0.0
        if not {"M2", "M30"}.isdisjoint(block.commands):
            self._out.append("[MSG:Pgm End]")

    def _command(self, line: str, now: float) -> int | None:
        idle = not (self._alarm or self._motion.is_moving(now))
        match line:
            case "$X":
                if self._alarm:
                    self._alarm = False
                    self._out.append("[MSG:Caution: Unlocked]")
            case "$H":
                return self._home(now)
            case "$C":
                return self._toggle_check(now)
            case "$SLP":
                self._asleep = True
                self._out.append("[MSG:Sleeping]")
            case _ if line.startswith("$J="):
                return self._jog(line[3:], now)
            case _:
                return self._system.answer(line, self._motion.state, idle=idle or self._alarm)
        return None

    def _jog(self, text: str, now: float) -> int | None:
        if self._alarm:
            return _LOCK
        try:
            block = parse_line(text)
        except InputError:
            return _BAD_JOG
        if block.value("F") is None or not set(block.commands) <= {"G20", "G21", "G53", "G90", "G91"}:
            return _BAD_JOG
        return None if self._motion.jog(block, now) else _JOG_LIMIT

    def _home(self, now: float) -> int | None:
        if not self._system["$22"]:
            return 5
        if any(each.name == "endstop" for each in self._mishaps):
            self._raise_alarm(9, now)
            return None
        self._alarm = False
        self._motion.home()
        self._log.line(None, "$H")
        return None

    def _toggle_check(self, now: float) -> int | None:
        if self._check:
            self._out.append("[MSG:Disabled]")
            self._reset_after_answer = True
            return None
        if self._alarm or self._motion.is_moving(now):
            return NOT_IDLE
        self._check = True
        self._out.append("[MSG:Enabled]")
        return None

    # -- mishaps ------------------------------------------------------------------------------------------------------

    def _count(self, now: float) -> None:
        self._executed += 1
        while self._mishaps and self._mishaps[0].line <= self._executed:
            self._suffer(self._mishaps.pop(0).name, now)

    def _suffer(self, mishap: str, now: float) -> None:
        self._log.event("mishap", kind=mishap)
        match mishap:
            case "reset":
                self.reset(now, "brown-out")
            case "unplug":
                self.gone = True
            case "endstop":
                self._raise_alarm(1, now)
            case "door":
                self._open_door(now)
            case _:  # heaters and filament are no affair of a mill
                pass
