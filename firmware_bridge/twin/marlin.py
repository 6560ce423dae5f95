"""A virtual Marlin 2.1: line numbers and checksums, a queue of four lines, a planner of sixteen moves.

Behaviour after Marlin 2.1.2 `queue.cpp` (order of the checks on a line, silent repeats, what an error flushes) and its
published G-code index. With an emergency parser, host keep-alive and, unless told otherwise, ADVANCED_OK.
"""

from __future__ import annotations

import re
from collections import deque
from functools import reduce
from operator import xor
from typing import NamedTuple

from core.errors import InputError
from firmware_bridge.twin.firmware import LineRing
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.planner import Heater, MotionQueue, nominal_duration_s
from gcode.modal import AXES, Interpreter
from gcode.words import Block, parse_line

__all__ = ["MarlinFirmware"]

_RX_BYTES = 128
_QUEUE_LINES = 4
_PLANNER_MOVES = 16
_BOOT_S = 0.05
_KEEPALIVE_S = 2.0
_HOMING_S = 8.0
_LEVELLING_S = 30.0
_WAITS = frozenset({"M400", "G4", "M109", "M190", "G28", "G29"})
_QUIET = frozenset(
    {"M3", "M4", "M5", "M17", "M18", "M20", "M73", "M75", "M77", "M82", "M83", "M84", "M106", "M107", "M108", "M110"}
    | {"M117", "M150", "M201", "M203", "M204", "M205", "M211", "M220", "M221", "M300", "M355", "M410", "M420", "M900"}
)
_CAPABILITIES = ("EEPROM:0", "AUTOREPORT_TEMP:0", "EMERGENCY_PARSER:1", "HOST_ACTION_COMMANDS:0", "PROMPT_SUPPORT:0")
_NUMBERED = re.compile(rb"N(-?\d*)\s*(.*)", re.DOTALL)
_DIGITS = re.compile(rb"\s*(\d+)")
_M110_NUMBER = re.compile(rb"M110.*?N(-?\d+)", re.DOTALL)


class _Command(NamedTuple):
    number: int | None
    text: str


class MarlinFirmware:
    """The firmware's state.

    Args:
        log: where each executed line is noted.
        speed: how many machine seconds pass in one second.
        advanced_ok: whether an ok names the line and the free buffers.
    """

    realtime = b""

    def __init__(self, log: ExecutionLog, *, speed: float = 1.0, advanced_ok: bool = True) -> None:
        self._log = log
        self._speed = speed
        self._advanced_ok = advanced_ok
        self._out: list[str] = []
        self._power_on(0.0)

    def _power_on(self, now: float) -> None:
        self._rx = LineRing(_RX_BYTES)
        self._queue: deque[_Command] = deque()
        self._current: _Command | None = None
        self._ready_at: float | None = None
        self._busy_at = now + _KEEPALIVE_S
        self._last_number = 0
        self._motion = MotionQueue(_PLANNER_MOVES, self._speed)
        self._heaters = {"T": Heater(5.0, self._speed), "B": Heater(1.0, self._speed)}
        self._state = Interpreter()
        self._fan_and_tool_on = False
        self._halted = False
        self._boot_at: float | None = now + _BOOT_S

    @property
    def wake_at(self) -> float | None:
        """When `advance` is due although no byte came, or None."""
        if self._boot_at is not None:
            return self._boot_at
        if self._current is None or self._halted:
            return None
        return self._busy_at if self._ready_at is None else min(self._ready_at, self._busy_at)

    def reset(self, now: float, cause: str) -> None:
        """Start as after power-on; motion and heat are gone."""
        dropped = self._motion.drop(now)
        unexecuted = len(self._queue) + (self._current is not None)
        self._log.event("reset", cause=cause, dropped_moves=dropped, dropped_lines=unexecuted)
        self._out.clear()
        self._power_on(now)

    def take_output(self) -> bytes:
        """What it has said since the last call."""
        if not self._out:
            return b""
        data = ("\n".join(self._out) + "\n").encode("latin-1")
        self._out.clear()
        return data

    def feed(self, data: bytes, now: float) -> None:
        """Bytes arrive; while the board boots they are lost."""
        if self._boot_at is not None or self._halted:
            return
        if b"M1" in data:
            self._emergency(data, now)
        while data and not self._halted:
            rest = self._rx.put(data)
            self._work(now)
            if len(rest) == len(data):
                return  # the ring is full: what remains is lost
            data = rest

    def advance(self, now: float) -> None:
        """Time has passed."""
        if self._boot_at is not None and now >= self._boot_at:
            self._boot_at = None
            self._log.event("boot", firmware="marlin")
            self._out += ["start", "echo:Marlin 2.1.2.5", "echo: Last Updated: 2024-12-24 | Author: (virtual twin)"]
        if not self._halted and self._boot_at is None:
            self._work(now)

    def _emergency(self, data: bytes, now: float) -> None:
        """The emergency parser: it sees bytes as they arrive, ahead of every queue."""
        if b"M112" in data:
            self._halt()
        elif b"M410" in data:
            self._motion.drop(now)
        elif b"M108" in data and self._current is not None and self._current.text.startswith(("M109", "M190")):
            self._ready_at = now

    def _halt(self) -> None:
        self._halted = True
        for heater in self._heaters.values():
            heater.set_target(0.0, 0.0)
        self._log.event("halt")
        self._out += ["Error:Printer halted. kill() called!", "//action:poweroff"]

    # -- receiving ----------------------------------------------------------------------------------------------------

    def _work(self, now: float) -> None:
        while not self._halted:
            self._fill_queue()
            if self._current is None:
                if not self._queue:
                    return
                self._current = self._queue.popleft()
                self._begin(self._current, now)
            if not self._finish(now):
                return

    def _fill_queue(self) -> None:
        while len(self._queue) < _QUEUE_LINES:
            raw = self._rx.line()
            if raw is None:
                return
            raw = raw.partition(b";")[0].strip(b" \r")
            if not raw:
                continue  # a blank line gets no ok
            command = self._numbered(raw) if raw[:1] == b"N" else _Command(None, raw.decode("latin-1"))
            if command is not None:
                self._queue.append(command)

    def _numbered(self, raw: bytes) -> _Command | None:
        """Check a line as `queue.cpp` does: the number first, then the checksum."""
        found = _NUMBERED.match(raw)
        number = int(found[1]) if found and found[1] not in {b"", b"-"} else 0
        renumber = _M110_NUMBER.search(raw) if b"M110" in raw else None
        if renumber:
            number = int(renumber[1])
        elif number != self._last_number + 1 and b"M110" not in raw:
            if number in {self._last_number, self._last_number - 1}:
                return None  # a repeat was on its way already: dropped in silence
            self._refuse("Line Number is not Last Line Number+1")
            return None
        body, star, stated = raw.rpartition(b"*")
        if not star:
            self._refuse("No Checksum with line number")
            return None
        digits = _DIGITS.match(stated)
        if (int(digits[1]) if digits else 0) != reduce(xor, body, 0):
            self._refuse("checksum mismatch")
            return None
        self._last_number = number
        text = body[found.start(2) :] if found else body
        # `parser.cpp` ends the command at its first star, however many the wire made.
        return _Command(number, text.partition(b"*")[0].decode("latin-1").strip())

    def _refuse(self, reason: str) -> None:
        self._rx.clear()
        last = self._last_number
        self._out += [f"Error:{reason}, Last Line: {last}", f"Resend: {last + 1}", "ok"]

    # -- executing ----------------------------------------------------------------------------------------------------

    def _begin(self, command: _Command, now: float) -> None:
        """Find out when the command at the head can be done."""
        self._busy_at = now + _KEEPALIVE_S
        self._ready_at = self._motion.slot_at(now)
        name = command.text.split(" ", 1)[0]
        if name not in _WAITS:
            return
        try:
            block = parse_line(command.text)
        except InputError:
            return  # answered as unknown when its turn comes
        drained = self._motion.empty_at(now) or now
        target = block.value("S") if block.value("S") is not None else block.value("R")
        match name:
            case "M400":
                self._ready_at = drained
            case "G4":
                pause = (block.value("S") or 0.0) + (block.value("P") or 0.0) / 1000
                self._ready_at = drained + pause / self._speed
            case "G28" | "G29":
                self._ready_at = drained + (_HOMING_S if name == "G28" else _LEVELLING_S) / self._speed
            case _:
                heater = self._heaters["T" if name == "M109" else "B"]
                heater.set_target(target or 0.0, now)
                self._ready_at = heater.reached_at(now)

    def _finish(self, now: float) -> bool:
        """Execute the command at the head if its moment has come."""
        if self._ready_at is None or now < self._ready_at:
            if now >= self._busy_at:
                self._out.append("echo:busy: processing")
                self._busy_at = now + _KEEPALIVE_S
            return False
        command, self._current = self._current, None
        if command is None:
            return False
        self._log.line(command.number, command.text)
        if not self._execute(command.text, now):
            self._ok(command.number, now)
        return True

    def _ok(self, number: int | None, now: float) -> None:
        if not self._advanced_ok:
            self._out.append("ok")
            return
        named = "" if number is None else f" N{number}"
        self._out.append(f"ok{named} P{self._motion.free(now)} B{_QUEUE_LINES - 1 - len(self._queue)}")

    def _execute(self, text: str, now: float) -> bool:
        """Do it; True when the answer has been given already."""
        try:
            block = parse_line(text)
            if text[:1] not in "G" + AXES:
                return self._execute_m(block, text, now)
            moves = self._state.advance(block)
        except InputError:
            self._out.append(f'echo:Unknown command: "{text}"')
            return False
        if moves and block.command in {"G0", "G1", "G2", "G3"}:
            self._motion.add(nominal_duration_s(moves, None), now)
        return False

    def _execute_m(self, block: Block, text: str, now: float) -> bool:
        name = block.command or ""
        match name:
            case "M104" | "M140":
                self._heaters["T" if name == "M104" else "B"].set_target(block.value("S") or 0.0, now)
            case "M105":
                self._out.append(f"ok {self._temperatures(now)}")
                return True
            case "M114":
                at = " ".join(f"{axis}:{self._state.position[i]:.2f}" for i, axis in enumerate(AXES))
                self._out.append(f"{at} Count X:0 Y:0 Z:0")
            case "M115":
                self._out.append(
                    "FIRMWARE_NAME:Marlin 2.1.2.5 PROTOCOL_VERSION:1.0 MACHINE_TYPE:Virtual EXTRUDER_COUNT:1"
                )
                self._out += [f"Cap:{capability}" for capability in _CAPABILITIES]
            case "M118":
                self._out.append(block.text)
            case _:
                if not (name in _QUIET or name in _WAITS or name[:1] == "T"):
                    self._out.append(f'echo:Unknown command: "{text}"')
                self._state.advance(block)  # M82, M83, M204
        return False

    def _temperatures(self, now: float) -> str:
        parts = [f"{n}:{h.temperature_c(now):.2f} /{h.target_c:.2f}" for n, h in self._heaters.items()]
        return " ".join(parts) + " @:0 B@:0"
