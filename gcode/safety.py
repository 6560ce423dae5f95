"""What in a program a machine must not be sent: an allow-list and the machine's limits.

Programs come from strangers. What is not known to be harmless is refused: the tables of `gcode.safety_rules` name what
passes, and for what is commonly met and refused, why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import InputError
from gcode.extent import Bounds
from gcode.modal import Interpreter, Move
from gcode.program import Program
from gcode.safety_rules import ALLOWED, DIALECTS, LINE_CHARS, REFUSED
from gcode.words import Block, parse_line

__all__ = ["TOLERANCE_MM", "LineCheck", "SafetyPolicy", "Violation", "check_program"]

TOLERANCE_MM = 0.01
MAX_JERK_MM_S = 50.0
_SETTERS = {
    "M201": ("XYZE", "an acceleration in mm/s2"),
    "M204": ("SPRT", "an acceleration in mm/s2"),
    "M205": ("XYZE", "a jump of speed in mm/s"),
}
_HOTEND = {"M104", "M109"}
_BED = {"M140", "M190"}


@dataclass(frozen=True, slots=True)
class SafetyPolicy:
    """What one machine may be sent.

    Attributes:
        dialect: "marlin" or "grbl".
        envelope_mm: where the tool may go, in the program's coordinates; None: not checked.
        max_hotend_c, max_bed_c: highest targets.
        max_feed_mm_min: highest F; None: the firmware's own limits suffice.
        max_acceleration_mm_s2: highest that M201 and M204 may set. (M203 is harmless: the feeds are checked.)
        max_power: highest S of a spindle or laser; None: none is stated, M3 and M4 are refused.
        extra_commands: what this machine may be sent beyond the dialect's table.
        max_violations: after so many the check stops.
    """

    dialect: str
    envelope_mm: Bounds | None = None
    max_hotend_c: float = 0.0
    max_bed_c: float = 0.0
    max_feed_mm_min: float | None = None
    max_acceleration_mm_s2: float = 20_000.0
    max_power: float | None = None
    extra_commands: frozenset[str] = field(default_factory=frozenset)
    max_violations: int = 100

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise InputError(f"{self.dialect!r} is no known dialect", hint=f"known are {', '.join(DIALECTS)}")
        for name in ("max_hotend_c", "max_bed_c", "max_feed_mm_min", "max_acceleration_mm_s2", "max_power"):
            value = getattr(self, name)
            if value is not None and not (value >= 0 and math.isfinite(value)):
                raise InputError(f"{name} must be a number from 0 up, got {value}")
        if self.max_violations < 1:
            raise InputError(f"max_violations must be 1 or more, got {self.max_violations}")


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a line must not be sent.

    Attributes:
        line: its number in the file, from 1; the last line's for what is missing at the end.
        command: the command or the beginning of the line.
        reason: one sentence.
    """

    line: int
    command: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.command}: {self.reason}"


def check_program(program: Program, policy: SafetyPolicy) -> tuple[Violation, ...]:
    """All that speaks against sending the program, in order of lines; empty when nothing does."""
    found: list[Violation] = []
    for violation in LineCheck(policy).run(program):
        found.append(violation)
        if len(found) >= policy.max_violations:
            break
    return tuple(found)


class LineCheck:
    """One pass over a program, line by line.

    Attributes:
        state: the modal state after the lines so far.
        allowed: commands that may be sent.
        tool_on: whether a spindle or laser is.
    """

    def __init__(self, policy: SafetyPolicy) -> None:
        self._policy = policy
        self.state = Interpreter(grbl=policy.dialect == "grbl")
        self.allowed = ALLOWED[policy.dialect] | policy.extra_commands
        self.tool_on = False
        self._hot: dict[str, float] = {}
        self._tool = "T0"
        self._max_chars = LINE_CHARS[policy.dialect]

    def run(self, program: Program) -> Iterator[Violation]:
        """All lines, then the end."""
        for number, line in zip(program.numbers, program.lines, strict=True):
            yield from self.line(line, number)
        yield from self.end(program.numbers[-1])

    def line(self, line: str, number: int) -> Iterator[Violation]:
        """What speaks against the next line, of this number in the file."""
        for command, reason in self._line(line, number):
            yield Violation(number, command, reason)

    def end(self, last: int) -> Iterator[Violation]:
        """What speaks against ending here, after the line of this number."""
        for heater, target in self._hot.items():
            if target > 0:
                yield Violation(last, heater, f"the program ends with a heater set to {target:g} C")
        if self.tool_on:
            yield Violation(last, "M3", "the program ends with the spindle or laser on")

    def _line(self, line: str, number: int) -> Iterator[tuple[str, str]]:
        head = line[:20]
        if not (line.isascii() and line.isprintable()):
            bad = next(sign for sign in line if not " " <= sign <= "~")
            yield ascii(head), f"byte 0x{ord(bad):02X} is not printable ASCII and may act as a realtime command"
            return
        if len(line) > self._max_chars:
            yield head, f"{len(line)} signs are more than the {self._max_chars} that the firmware holds"
        reason = _protocol_reason(line, self._policy.dialect)
        if reason:
            yield head, reason
            return
        try:
            block = parse_line(line)
            refused = [c for c in block.commands if ("T" if c[0] == "T" else c) not in self.allowed]
            if refused:
                for command in refused:
                    yield (
                        command,
                        REFUSED.get(command, f"is not on the list of what {self._policy.dialect} may be sent"),
                    )
                return
            yield from self._block(block)
            for event in self.state.advance(block, number):
                if isinstance(event, Move):
                    outside = self._outside(event)
                    if outside:
                        yield head, outside
                        break
        except InputError as error:
            yield head, str(error)

    def _block(self, block: Block) -> Iterator[tuple[str, str]]:
        for command in block.commands:
            if command[0] == "T":
                self._tool = command
            yield from self._limits(command, block)
        feed = block.value("F")
        limit = self._policy.max_feed_mm_min
        if feed is not None and feed <= 0 and "G0" not in block.commands:
            yield block.command or "F", f"a feed of {feed:g} never arrives"
        if feed is not None and limit is not None and (feed := feed * self.state.unit_of(block)) > limit:
            yield block.command or "F", f"a feed of {feed:g} mm/min is more than the machine's {limit:g}"
        yield from self._power(block)

    def _limits(self, command: str, block: Block) -> Iterator[tuple[str, str]]:
        policy = self._policy
        if command in _HOTEND | _BED:
            limit, heater = (policy.max_hotend_c, "hotend") if command in _HOTEND else (policy.max_bed_c, "bed")
            target = block.value("S")
            target = block.value("R") if target is None else target
            if target is None:
                return
            which = block.value("T")
            tool = self._tool if which is None else f"T{which:g}"
            self._hot[f"hotend {tool}" if heater == "hotend" else heater] = target
            if target > limit:
                yield command, f"{target:g} C is more than the {limit:g} C of the machine's {heater}"
        elif command in _SETTERS:
            yield from self._settings(command, block)
        elif command in {"M3", "M4"}:
            self.tool_on = True
            if policy.max_power is None:
                yield command, "no highest power of a spindle or laser is stated for the machine"
        elif command in {"M5", "M2", "M30"}:
            self.tool_on = False

    def _settings(self, command: str, block: Block) -> Iterator[tuple[str, str]]:
        letters, what = _SETTERS[command]
        most = MAX_JERK_MM_S if command == "M205" else self._policy.max_acceleration_mm_s2
        for letter in letters:
            value = block.value(letter)
            if value is not None and value > most:
                yield command, f"{letter}{value:g} is {what} beyond {most:g}"

    def _power(self, block: Block) -> Iterator[tuple[str, str]]:
        power, limit = block.value("S"), self._policy.max_power
        if power is None or limit is None or any(c[0] == "M" and c not in {"M3", "M4"} for c in block.commands):
            return
        if "G4" not in block.commands and not 0 <= power <= limit:
            yield block.command or "S", f"S{power:g} is not between 0 and the machine's {limit:g}"

    def _outside(self, move: Move) -> str | None:
        box = self._policy.envelope_mm
        if box is None:
            return None
        for axis, value, low, high in zip("XYZ", move.end, box.minimum, box.maximum, strict=False):
            if not low - TOLERANCE_MM <= value <= high + TOLERANCE_MM:
                return f"goes to {axis} {value:.3f} mm, outside {low:g} to {high:g}"
        return None


def _protocol_reason(line: str, dialect: str) -> str | None:
    """What speaks against a line before its words are read."""
    first = line[0].upper()
    if first == "N":
        return "line numbers belong to the sender's protocol"
    if first == "$":
        return "is a settings or system command"
    if first == "@":
        return "is a command to a print server"
    if first == "[":
        return "is a command to the controller's web interface"
    text = line[:4].upper() in {"M117", "M118"}
    if "*" in line and not text:
        return "checksums belong to the sender's protocol"
    if dialect == "grbl" and any(sign in line for sign in "?!~"):
        return "holds a sign that acts as a realtime command"
    words = line.split()
    if text and len(words) == 3 and words[2] in {"start", "end"}:
        return "looks like the mark that opens or closes a job in the machine's log"
    return None
