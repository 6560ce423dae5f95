"""The cheap part of the safety check, for a small computer that is handed a program with a verdict.

Whoever handed it over has followed every move (`gcode.safety`), and the program's hash ties that verdict to these
bytes. What is looked at again costs next to nothing: that each line is one that may be sent at all, and heat, power,
settings and what is left on. Plain moves pass unread, so neither the envelope nor feeds are judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gcode.program import Program
from gcode.safety import LineCheck, SafetyPolicy, Violation
from gcode.safety_rules import LINE_CHARS

__all__ = ["recheck"]

_PLAIN_MOVE = re.compile(r"(?:G0?[0-3](?!\d))?(?: ?[XYZEFIJKR][+-]?\d{0,7}\.?\d{0,9})*")


def recheck(program: Program, policy: SafetyPolicy) -> Violation | None:
    """The first thing that speaks against sending the program, by the cheap rules; None when nothing does."""
    return next(_violations(program, policy), None)


def _violations(program: Program, policy: SafetyPolicy) -> Iterator[Violation]:
    check = LineCheck(policy, follow=False)
    is_plain, longest = _PLAIN_MOVE.fullmatch, LINE_CHARS[policy.dialect]
    plain = {"G0", "G1", "G2", "G3"} <= check.allowed
    for number, line in zip(program.numbers, program.lines, strict=True):
        if not (plain and is_plain(line) and len(line) <= longest):
            yield from check.line(line, number)
    yield from check.end(program.numbers[-1])
