"""What a run on GRBL sends, in order, and where it waits for a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import InputError

__all__ = ["DRAIN", "PROOF", "GrblScript", "dwell_s", "writes_settings"]

DRAIN = "G4 P0.01"  # answered when all motion has ended
PROOF = "$G"  # answered by more than an ok: whose ok is whose is then beyond doubt
_MAX_CHARS = 79
# Writing these to EEPROM stops the receive interrupt: nothing else may be on its way.
_EEPROM = re.compile(r"\$(?!G$)|G10|G28\.1|G30\.1", re.IGNORECASE)
_NUMBER = re.compile(r"N\s*\d+\s*", re.IGNORECASE)  # of a line, which only costs room here
_DWELL = re.compile(r"G0*4(?!\d).*?P\s*(\d+\.?\d*)", re.IGNORECASE)
_TOOL_CHANGE = re.compile(r"\s*M0*6(?!\d)\s*", re.IGNORECASE)
_TOOL = re.compile(r"T\s*(\d+)", re.IGNORECASE)
_POWER = re.compile(r"M0*[34](?!\d)", re.IGNORECASE)


def writes_settings(text: str) -> bool:
    """Whether the firmware stops listening while it works on this line."""
    return _EEPROM.match(text) is not None


def dwell_s(text: str) -> float:
    """Seconds that a G4 states."""
    found = _DWELL.match(text)
    return float(found[1]) if found else 0.0


@dataclass(frozen=True, slots=True)
class GrblScript:
    """The texts of a run.

    Attributes:
        texts: what is sent, without ends.
        marks: how many lines of the program are done with each.
        gates: by index of a text, what a person has to confirm before it is sent.
    """

    texts: tuple[str, ...]
    marks: tuple[int, ...]
    gates: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of_run(
        cls, lines: Sequence[str], job_id: str, *, changes_tools: bool, confirm_power: bool, proves: bool = False
    ) -> GrblScript:
        """A program between the marks of its job.

        Args:
            lines: the program's, without comments.
            job_id: for the marks in the machine's log.
            changes_tools: whether the firmware knows M6; else a person changes the tool before the line goes on.
            confirm_power: whether a person arms spindle or laser before it is first switched on.
            proves: whether the firmware tells its modes, which shows at the end that no answer was lost or doubled.

        Raises:
            InputError: a line cannot be sent.
        """
        texts, marks, gates = [f"({job_id} start)"], [0], {}
        armed = not confirm_power
        for number, line in enumerate(map(_unnumbered, lines), start=1):
            _check(number, line)
            change = not changes_tools and _TOOL_CHANGE.search(line) is not None
            arm = not armed and _POWER.search(line) is not None
            if change or arm:
                texts.append(DRAIN)
                marks.append(number - 1)
                gates[len(texts)] = _reason(line, change=change)
                armed = armed or arm
            texts.append(_TOOL_CHANGE.sub(" ", line).strip() if change else line)
            marks.append(number)
        end = (DRAIN, f"({job_id} end)", *((PROOF,) if proves else ()))
        return cls((*texts, *end), (*marks, *(len(lines) for _ in end)), gates)

    @classmethod
    def of_check(cls, lines: Sequence[str]) -> GrblScript:
        """A program between the commands that switch check mode on and off: it is read, nothing moves.

        Raises:
            InputError: a line cannot be sent.
        """
        texts = tuple(map(_unnumbered, lines))
        for number, line in enumerate(texts, start=1):
            _check(number, line)
        return cls(("$C", *texts, "$C"), (*range(len(lines) + 1), len(lines)))


def _unnumbered(line: str) -> str:
    """The line without its number, as far as something else stands in it."""
    number = _NUMBER.match(line)
    return line if number is None else line[number.end() :] or line


def _check(number: int, line: str) -> None:
    plain = line.isascii() and line.isprintable() and not any(sign in line for sign in "?!~")
    if not plain or len(line) > _MAX_CHARS:
        raise InputError(f"line {number} cannot be sent: {line[:30]!a}", hint="ASCII without ?!~, 79 signs")


def _reason(line: str, *, change: bool) -> str:
    if not change:
        return "spindle or laser is to be switched on: see that nobody is in danger, then resume"
    tool = _TOOL.search(line)
    return f"change the tool{f' to number {tool[1]}' if tool else ''}, set its length, then resume"
