"""What in a program a machine must not be sent: an allow-list and the machine's limits.

Programs come from strangers. What is not known to be harmless is refused: the tables of `gcode.safety_rules` name what
passes, what is commonly met and refused, and who may lift a refusal. `gcode.safety_policy` is one machine's policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from core.errors import InputError
from gcode.klipper import Extended, parse_extended
from gcode.modal import Interpreter, Move
from gcode.program import Program
from gcode.safety_limits import MAX_DWELL_S, MAX_LASER_DWELL_S, Heat, command_reasons, dwell_s, extended_reasons
from gcode.safety_policy import SafetyPolicy, Tool
from gcode.safety_rules import LIFTED_BY, LINE_CHARS, REASONS, Lifter, Rule, refusing_rule
from gcode.words import Block, parse_line

__all__ = [
    "GRBL_LETTERS",
    "REALTIME",
    "TOLERANCE_MM",
    "LineCheck",
    "SafetyPolicy",
    "Tool",
    "Violation",
    "check_program",
    "comment_violation",
    "merged",
    "overridden",
    "without_overrides",
]

TOLERANCE_MM = 0.01
REALTIME = frozenset(b"!?~") | frozenset(range(1, 9)) | frozenset(range(14, 32)) | frozenset(range(127, 256))
"""Bytes that GRBL, or a controller that speaks like it, takes out of the stream and acts on at once, also in comments
(GRBL 1.1 serial.c: everything above 0x7F; grblHAL: most control characters)."""
GRBL_LETTERS = frozenset("FIJKLPRSTXYZ")
"""Words that GRBL 1.1 reads beside G, M and N."""
_REALTIME = re.compile("[" + "".join(re.escape(chr(byte)) for byte in sorted(REALTIME)) + "]")
_META = re.compile(r"(if|elif|else|while|break|continue|var|global|set|abort|echo|param|skip)\b", re.IGNORECASE)
_MOTIONS = {"G0", "G1", "G2", "G3"}
_EXPONENT = re.compile(r"[\d.][eE][+-]?\d")
_SYSTEM_PLUGIN = re.compile(r"OCTO\d", re.IGNORECASE)  # OctoPrint's GCODE System Commands: OCTO1 runs a shell command
_COMMAND = re.compile(r"([GM]) *0*(\d+(?:\.[1-9])?)(?![\d.])", re.IGNORECASE)
_UNKNOWN_ARGUMENT = "is not on the list of what {} may be sent"
_NUMBER = re.compile(r"N *\d{1,8} *(?!\d)", re.IGNORECASE)
_FIRST_SIGNS = {
    "N": (Rule.SENDER, "line numbers belong to the sender's protocol"),
    "$": (Rule.SYSTEM, REASONS[Rule.SYSTEM]),
    "@": (Rule.SERVER, "is a command to a print server"),
    "[": (Rule.SYSTEM, "is a command to the controller's web interface"),
}
_RETRACTION_WORDS = {"marlin": {"S"}, "klipper": {"S"}, "reprap": {"P", "S", "R"}, "grbl": set[str]()}
_MOST_TOOLS = 32
Reason = tuple[Rule, str]
Found = tuple[str, Rule, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a line must not be sent.

    Attributes:
        line: its number in the file, from 1; the last line's for what is missing at the end.
        command: the command or the beginning of the line.
        reason: one sentence.
        rule: which rule it is against.
    """

    line: int
    command: str
    reason: str
    rule: Rule = Rule.GRAMMAR

    @property
    def lifted_by(self) -> Lifter:
        """Who may let it pass."""
        return LIFTED_BY[self.rule]

    def __str__(self) -> str:
        return f"line {self.line}: {self.command}: {self.reason}"


def check_program(program: Program, policy: SafetyPolicy) -> tuple[Violation, ...]:
    """All that speaks against sending the program, in order of lines; empty when nothing does."""
    found = list(islice(LineCheck(policy).run(program), policy.max_violations))
    return merged(found, _comments(program, policy), policy)


def overridden(found: Sequence[Violation], policy: SafetyPolicy) -> tuple[Violation, ...]:
    """What of the violations found without overrides a policy's overrides let pass."""
    return tuple(each for each in found if policy.overrides_violation(each.rule, each.command))


def merged(lines: Iterable[Violation], comments: Iterable[Violation], policy: SafetyPolicy) -> tuple[Violation, ...]:
    """What was found in lines and in comments, in order of lines, as many as the policy asks for."""
    found = [*lines, *islice(comments, policy.max_violations)]
    return tuple(sorted(found, key=lambda each: each.line)[: policy.max_violations])


def comment_violation(source: str, sent: str, number: int, policy: SafetyPolicy) -> Violation | None:
    """What speaks against a line's comment.

    Args:
        source: the line as it stands in the file.
        sent: what of it a machine is sent.
        number: in the file.
        policy: of a machine that speaks GRBL.
    """
    signs = _REALTIME.findall(source)
    if len(signs) <= len(_REALTIME.findall(sent)) or policy.overrides_violation(Rule.COMMENT_BYTE, ""):
        return None
    reason = f"byte 0x{ord(signs[-1]):02X} in the comment acts as a realtime command where comments are sent along"
    return Violation(number, ascii(source.strip()[:20]), reason, Rule.COMMENT_BYTE)


def _comments(program: Program, policy: SafetyPolicy) -> Iterator[Violation]:
    if policy.dialect != "grbl":
        return
    sent = dict(zip(program.numbers, program.lines, strict=True))
    for number, line in enumerate(program.source, start=1):
        if not _REALTIME.search(line):
            continue
        violation = comment_violation(line, sent.get(number, ""), number, policy)
        if violation is not None:
            yield violation


class LineCheck:
    """One pass over a program, line by line.

    Attributes:
        state: the modal state after the lines so far.
        allowed: commands that may be sent.
        tool_on: whether a spindle or laser is.
    """

    def __init__(self, policy: SafetyPolicy, *, follow: bool = True) -> None:
        """Args: policy: of the machine; follow: whether moves are followed and held against envelope and tool."""
        self._policy = policy
        self._follow = follow
        self.state = Interpreter(grbl=policy.dialect == "grbl", limits_per_minute=policy.dialect == "reprap")
        self.allowed = policy.allowed
        self.tool_on = False
        self._heat = Heat(policy)
        self._told_of_numbers = False
        self._max_chars = LINE_CHARS[policy.dialect]

    def run(self, program: Program) -> Iterator[Violation]:
        """All lines, then the end."""
        for number, line in zip(program.numbers, program.lines, strict=True):
            yield from self.line(line, number)
        yield from self.end(program.numbers[-1])

    def line(self, line: str, number: int) -> Iterator[Violation]:
        """What speaks against the next line, of this number in the file."""
        for command, rule, reason in self._line(line, number):
            if not self._policy.overrides_violation(rule, command):
                yield Violation(number, command, reason, rule)

    def end(self, last: int) -> Iterator[Violation]:
        """What speaks against ending here, after the line of this number."""
        for heater, target in self._heat.left_on:
            yield Violation(last, heater, f"the program ends with a heater set to {target:g} C", Rule.LEFT_ON)
        if self.tool_on:
            yield Violation(last, "M3", "the program ends with the spindle or laser on", Rule.LEFT_ON)

    def _line(self, line: str, number: int) -> Iterator[Found]:
        head = line[:20].rstrip()
        if not (line.isascii() and line.isprintable()):
            bad = next(sign for sign in line if not " " <= sign <= "~")
            reason = f"byte 0x{ord(bad):02X} is not printable ASCII and may act as a realtime command"
            yield ascii(head), Rule.NOT_ASCII, reason
            return
        numbered = _NUMBER.match(line) if self.state.grbl else None
        if numbered:  # of all such lines the first is told, where the program is followed
            if not self._told_of_numbers and "N" not in self._policy.extra_commands:
                yield head, Rule.NUMBERS, REASONS[Rule.NUMBERS]
            self._told_of_numbers = self._follow
            line = line[numbered.end() :]
            head = line[:20].rstrip()
        if not line:
            return
        if len(line) > self._max_chars:
            reason = f"{len(line)} signs are more than the {self._max_chars} that the firmware holds"
            yield head, Rule.LINE_LENGTH, reason
        against = _protocol_reason(line, self._policy.dialect)
        if against:
            yield head, *against
            return
        try:
            extended = parse_extended(line) if self._policy.dialect == "klipper" else None
            yield from self._classic(line, number) if extended is None else self._extended(extended)
        except InputError as error:
            named = _COMMAND.match(line)
            command = f"{named[1].upper()}{named[2]}" if named else ""
            if not named or command in self.allowed:
                yield head, Rule.GRAMMAR, str(error)
            else:  # what it is weighs more than that its argument is no number
                yield command, *self._refusal(command)

    def _classic(self, line: str, number: int) -> Iterator[Found]:
        """A line of letters and numbers."""
        block = parse_line(line, messages=not self.state.grbl)
        refused = [c for c in block.commands if ("T" if c[0] == "T" else c) not in self.allowed]
        if refused:
            for command in refused:
                yield command, *self._refusal(command)
            return
        if self.state.grbl and not block.words.keys() <= GRBL_LETTERS:
            letter = min(block.words.keys() - GRBL_LETTERS)
            yield line[:20].rstrip(), Rule.GRAMMAR, f"{letter} is no word that GRBL knows"
            return
        if self.state.grbl and None in block.words.values():
            yield line[:20].rstrip(), Rule.GRAMMAR, "a letter stands without its number"
            return
        if self._policy.dialect == "reprap" and "H" in block.words and (block.command or "G1") in _MOTIONS:
            yield block.command or "H", Rule.PROTECTION, "H makes a move that heeds no limits of the axes"
            return
        yield from self._block(block)
        for event in self.state.advance(block, number) if self._follow else ():
            against = self._move(event) if isinstance(event, Move) else None
            if against:
                yield line[:20].rstrip(), *against
                break

    def _extended(self, command: Extended) -> Iterator[Found]:
        name, vouched = command.name, command.name in self._policy.extra_commands
        if name not in self.allowed:
            yield name, *self._refusal(name)
            return
        for rule, reason in self._heat.extended(command, vouched=vouched):
            yield name, rule, reason
        for rule, reason in extended_reasons(command, self._policy):
            yield name, rule, reason

    def _refusal(self, command: str) -> Reason:
        rule = refusing_rule(command, self._policy.dialect) or Rule.UNKNOWN
        return rule, REASONS.get(rule, _UNKNOWN_ARGUMENT.format(self._policy.dialect))

    def _block(self, block: Block) -> Iterator[Found]:
        for command in block.commands:
            for rule, reason in self._command(command, block):
                yield command, rule, reason
        what = block.command or "F"
        feed = block.value("F")
        limit = self._policy.max_feed_mm_min
        if feed is not None and feed <= 0 and "G0" not in block.commands:
            yield what, Rule.GRAMMAR, f"a feed of {feed:g} never arrives"
        if feed is not None and limit is not None and (feed := feed * self.state.unit_of(block)) > limit:
            yield what, Rule.FEED, f"a feed of {feed:g} mm/min is more than the machine's {limit:g}"
        yield from self._power(block)

    def _command(self, command: str, block: Block) -> Iterator[Reason]:
        yield from self._heat.block(command, block)
        yield from command_reasons(command, block, self._policy)
        if command == "G4":
            yield from self._dwell(block)
        elif command[0] == "T" and not self.state.grbl and not 0 <= float(command[1:]) < _MOST_TOOLS:
            yield Rule.GRAMMAR, "is a tool that no machine has"
        elif command in {"M3", "M4"}:
            self.tool_on = True
            if self._policy.max_power is None:
                yield Rule.POWER, "no highest power of a spindle or laser is stated for the machine"
            if command == "M4" and self._policy.tool is Tool.SPINDLE:
                yield Rule.BACKWARDS, REASONS[Rule.BACKWARDS]
        elif command in {"M5", "M2", "M30"}:
            self.tool_on = False
        elif command == "G10" and not block.words.keys() <= _RETRACTION_WORDS[self._policy.dialect]:
            yield Rule.WORK_ZERO, REASONS[Rule.WORK_ZERO]

    def _dwell(self, block: Block) -> Iterator[Reason]:
        waits = dwell_s(block, grbl=self.state.grbl)
        if waits > MAX_DWELL_S:
            yield Rule.DWELL, f"waits {waits:g} s, more than {MAX_DWELL_S:g}"
        if self.tool_on and self._policy.tool is Tool.LASER and waits > MAX_LASER_DWELL_S:
            yield Rule.TOOL, f"waits {waits:g} s with the laser on, which burns where it stands"

    def _power(self, block: Block) -> Iterator[Found]:
        power, limit = block.value("S"), self._policy.max_power
        if power is None or limit is None or any(c[0] == "M" and c not in {"M3", "M4"} for c in block.commands):
            return
        if block.commands and block.commands[0] in {"G4", "G10", "G29"}:
            return
        if not 0 <= power <= limit:
            yield block.command or "S", Rule.POWER, f"S{power:g} is not between 0 and the machine's {limit:g}"

    def _move(self, move: Move) -> Reason | None:
        box = self._policy.envelope_mm
        for axis, value, low, high in zip("XYZ", move.end, box.minimum, box.maximum, strict=False) if box else ():
            if not low - TOLERANCE_MM <= value <= high + TOLERANCE_MM:
                return Rule.ENVELOPE, f"goes to {axis} {value:.3f} mm, outside {low:g} to {high:g}"
        if move.rapid or self._policy.tool is None:
            return None
        if self._policy.tool is Tool.SPINDLE:
            if not self.tool_on and move.end[2] < -TOLERANCE_MM:
                return Rule.TOOL, "cuts below the work's zero while the spindle is off"
        elif move.power > 0 and move.end[2] < move.start[2]:
            return Rule.TOOL, "goes down while the laser is on: this is a milling program"
        return None


def _protocol_reason(line: str, dialect: str) -> Reason | None:
    """What speaks against a line before its words are read."""
    if line[0].upper() in _FIRST_SIGNS and not (dialect == "klipper" and re.match(r"[nN][A-Za-z_]", line)):
        return _FIRST_SIGNS[line[0].upper()]
    text = line[:4].upper() in {"M117", "M118"}
    if "*" in line and not text:
        return Rule.SENDER, "checksums belong to the sender's protocol"
    if dialect == "grbl" and any(sign in line for sign in "?!~"):
        return Rule.REALTIME, "holds a sign that acts as a realtime command"
    if _SYSTEM_PLUGIN.match(line):
        return Rule.SERVER, REASONS[Rule.SERVER]
    if dialect == "reprap":
        if _META.match(line) or "{" in line:
            return Rule.META, REASONS[Rule.META]
        if not text and _EXPONENT.search(line):
            return Rule.GRAMMAR, "holds an E behind a digit, which may be read as ten to a power; write a blank between"
    words = line.split()
    if text and len(words) == 3 and words[2] in {"start", "end"}:
        return Rule.MARK, REASONS[Rule.MARK]
    return None


def without_overrides(policy: SafetyPolicy) -> SafetyPolicy:
    """The same policy before any operator spoke."""
    return replace(policy, overrides=frozenset())
