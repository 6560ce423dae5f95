"""A virtual GRBL 1.1: a ring of 128 bytes that drops silently, a planner of sixteen blocks, realtime bytes.

Behaviour after the GRBL 1.1 interface notes and `protocol.c`: realtime bytes are picked out as they arrive, even in
comments; every line, blank or not, gets one ok or error.
"""

from __future__ import annotations

from core.errors import InputError
from firmware_bridge.twin.firmware import LineRing
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.planner import MotionQueue, nominal_duration_s
from gcode.modal import Interpreter
from gcode.safety_rules import ALLOWED
from gcode.words import Block, parse_line

__all__ = ["GrblFirmware"]

_RX_BYTES = 128
_PLANNER_BLOCKS = 16
_LINE_CHARS = 80
_BOOT_S = 0.05
_HOMING_S = 8.0
_RAPID_MM_MIN = 6000.0
_REALTIME = b"?!~\x18" + bytes(range(0x80, 0x100))
_STATUS, _HOLD, _RESUME, _RESET = b"?!~\x18"
_SYNCHRONOUS = {"M3", "M4", "M5", "M7", "M8", "M9", "M2", "M30", "G4"}
_MORE_COMMANDS = {"G10", "G28", "G28.1", "G30", "G30.1", "G92", "G92.1", "M0", "M1"}
_SETTINGS = ("$0=10", "$1=25", "$10=3", "$13=0", "$22=1", "$30=1000", "$32=0", "$110=6000.000", "$130=800.000")
_BANNER = ["", "Grbl 1.1h ['$' for help]"]
_LOCKED = "[MSG:'$H'|'$X' to unlock]"
_EMPTY, _BAD_NUMBER, _NOT_IDLE, _LOCK, _TOO_LONG, _UNSUPPORTED, _NO_FEED, _BAD_STATEMENT = 1, 2, 8, 9, 11, 20, 22, 3


class GrblFirmware:
    """The firmware's state.

    Args:
        log: where each executed line is noted.
        speed: how many machine seconds pass in one second.
    """

    realtime = _REALTIME

    def __init__(self, log: ExecutionLog, *, speed: float = 1.0) -> None:
        self._log = log
        self._speed = speed
        self._known = ALLOWED["grbl"] | _MORE_COMMANDS
        self._out: list[str] = []
        self._power_on(0.0)

    def _power_on(self, now: float) -> None:
        self._clear()
        self._alarm = False
        self._boot_at: float | None = now + _BOOT_S

    def _clear(self) -> None:
        self._rx = LineRing(_RX_BYTES - 1)
        self._current: str | None = None
        self._due_at: float | None = None
        self._dwell_until: float | None = None
        self._homing_until: float | None = None
        self._motion = MotionQueue(_PLANNER_BLOCKS, self._speed)
        self._state = Interpreter(grbl=True)
        self._check = False
        self._feed_known = False
        self._spindle = 0.0

    @property
    def wake_at(self) -> float | None:
        """When `advance` is due although no byte came, or None."""
        return self._boot_at if self._boot_at is not None else self._due_at

    def reset(self, now: float, cause: str) -> None:
        """Start as after power-on; motion and position are gone."""
        self._log.event("reset", cause=cause, dropped_moves=self._motion.drop(now), dropped_lines=self._unexecuted())
        self._out.clear()
        self._power_on(now)

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
        if self._boot_at is not None:
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
            self._out += _BANNER
        if self._boot_at is None:
            self._work(now)

    # -- realtime -----------------------------------------------------------------------------------------------------

    def _act(self, byte: int, now: float) -> None:
        if byte == _STATUS:
            self._out.append(self._report(now))
        elif byte == _HOLD:
            if not (self._alarm or self._check):  # an idle machine goes to hold as well
                self._motion.hold(now)
        elif byte == _RESUME:
            self._motion.resume(now)
        elif byte == _RESET:
            self._soft_reset(now)

    def _soft_reset(self, now: float) -> None:
        lost = bool(self._motion.moving(now)) and not self._motion.held
        self._log.event("reset", cause="soft", dropped_moves=self._motion.drop(now), dropped_lines=self._unexecuted())
        locked = lost or self._alarm
        position = self._state.position
        self._clear()
        self._state.position = position
        self._alarm = locked
        if lost:
            self._out.append("ALARM:3")
            self._log.event("alarm", number=3)
        self._out += _BANNER
        if locked:
            self._out.append(_LOCKED)

    def _report(self, now: float) -> str:
        x, y, z, _ = self._state.position
        moves = self._motion.moving(now)
        blocks = max(0, _PLANNER_BLOCKS - 1 - moves)
        return f"<{self._mode(moves)}|MPos:{x:.3f},{y:.3f},{z:.3f}|Bf:{blocks},{self._rx.free}|FS:0,{self._spindle:g}>"

    def _mode(self, moves: int) -> str:
        if self._alarm:
            return "Alarm"
        if self._homing_until is not None:
            return "Home"
        if self._check:
            return "Check"
        if self._motion.held:
            return "Hold:0"
        return "Run" if moves or self._dwell_until is not None else "Idle"

    # -- lines --------------------------------------------------------------------------------------------------------

    def _work(self, now: float) -> None:
        while True:
            if self._current is None:
                raw = self._rx.line()
                if raw is None:
                    return
                self._current = raw.decode("latin-1").strip()
            line = self._current
            self._due_at = self._due(line, now)
            if self._due_at is None or self._due_at > now:
                return
            self._current = self._due_at = self._dwell_until = None
            answer = self._execute(line, now)
            self._out.append("ok" if answer is None else f"error:{answer}")

    def _due(self, line: str, now: float) -> float | None:
        """When the line can be done; None while a feed hold keeps it waiting."""
        if line.startswith("$H"):
            return self._home_due(now)
        if line.startswith(("$", "(")) or not line:
            return now
        try:
            block = parse_line(line)
        except InputError:
            return now
        if self._dwell_until is not None:
            return self._dwell_until
        if not _SYNCHRONOUS.isdisjoint(block.commands) and not self._check:
            drained = self._motion.empty_at(now)
            if drained is None or "G4" not in block.commands:
                return drained
            self._dwell_until = drained + (block.value("P") or 0.0) / self._speed
            return self._dwell_until
        return self._motion.slot_at(now)

    def _home_due(self, now: float) -> float | None:
        if self._homing_until is None:
            drained = self._motion.empty_at(now)
            self._homing_until = None if drained is None else drained + _HOMING_S / self._speed
        return self._homing_until

    def _execute(self, line: str, now: float) -> int | None:
        if len(line) >= _LINE_CHARS:
            return _TOO_LONG
        if line.startswith("$"):
            return self._system(line.upper(), now)
        if self._alarm:
            return _LOCK
        try:
            block = parse_line(line)
            answer = self._refusal(block)
            if answer is not None:
                return answer
            events = self._state.advance(block)
        except InputError as error:
            return _BAD_NUMBER if "number" in error.what else _EMPTY
        if self._check:
            return None
        if line:
            self._log.line(None, line)
        self._follow(block)
        if events and "G4" not in block.commands:
            self._motion.add(nominal_duration_s(events, _RAPID_MM_MIN), now)
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

    def _system(self, line: str, now: float) -> int | None:
        match line:
            case "$":
                self._out.append("[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]")
            case "$$":
                self._out += _SETTINGS
            case "$G":
                self._out.append(f"[GC:G0 G54 G17 G21 G90 G94 M5 M9 T0 F0 S{self._spindle:g}]")
            case "$I":
                self._out += ["[VER:1.1h.20190825:virtual]", "[OPT:V,15,128]"]
            case "$X":
                if self._alarm:
                    self._alarm = False
                    self._out.append("[MSG:Caution: Unlocked]")
            case "$H":
                return self._home()
            case "$C":
                return self._toggle_check(now)
            case _:
                return _NOT_IDLE if self._motion.moving(now) else _BAD_STATEMENT
        return None

    def _home(self) -> int | None:
        self._homing_until = None
        self._alarm = False
        self._state = Interpreter(grbl=True)
        self._log.line(None, "$H")
        return None

    def _toggle_check(self, now: float) -> int | None:
        if self._check:
            self._out.append("[MSG:Disabled]")
            self._soft_reset(now)
            return None
        if self._alarm or self._motion.moving(now):
            return _NOT_IDLE
        self._check = True
        self._out.append("[MSG:Enabled]")
        return None
