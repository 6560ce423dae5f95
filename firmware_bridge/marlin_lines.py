"""Marlin's serial lines: numbers and checksums out, answers in.

Source: Marlin 2.1 `queue.cpp`; the variants of a resend request are those of Marlin, Repetier and Sprinter.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import reduce
from operator import xor
from typing import NamedTuple

__all__ = ["Ok", "Trouble", "kind_of_error", "numbered", "parse_ok", "parse_resend", "parse_temperatures"]

_OK = re.compile(r"ok(?:$|\s)(?:N(\d+))?\s*(?:P(\d+))?\s*(?:B(\d+))?")
_RESEND = re.compile(r"(?:resend:?|rs:?)\s*N?\s*(\d+)\b", re.IGNORECASE)
_TEMPERATURE = re.compile(r"\b(T\d?|B|C):\s*(-?[\d.]+)\s*/\s*(-?[\d.]+)")


_FATAL = ("halted", "kill()", "MAXTEMP", "MINTEMP", "Thermal", "Heating failed")
_WIRE = ("hecksum", "Line Number", "Last Line")  # "No Checksum", "checksum mismatch"
_NONE = ("No thermistors",)  # the answer to M105 of a machine without heat


class Trouble(Enum):
    """What an error line means."""

    FATAL = "the firmware has stopped everything"
    WIRE = "a line was damaged; a resend request follows"
    NONE = "nothing"
    OTHER = "a fault of the machine, or the damaged text of another error"


class Ok(NamedTuple):
    """An acknowledgement: the line it names and the free buffers it tells of, each None when not said."""

    number: int | None
    planner_free: int | None
    queue_free: int | None


_PLAIN = Ok(None, None, None)


def numbered(number: int, text: str) -> bytes:
    """`N<number> <text>*<checksum>`, the checksum being the exclusive or of all bytes before the star."""
    body = b"N%d %b" % (number, text.encode("ascii"))
    return b"%b*%d\n" % (body, reduce(xor, body))


def parse_ok(line: str) -> Ok | None:
    """The acknowledgement, or None when the line is none."""
    if line == "ok":
        return _PLAIN
    found = _OK.match(line)
    if found is None:
        return None
    number, planner, queue = found.groups()
    return Ok(
        None if number is None else int(number),
        None if planner is None else int(planner),
        None if queue is None else int(queue),
    )


def parse_resend(line: str) -> int | None:
    """The line number that a resend request names, or None when the line is none."""
    found = _RESEND.match(line)
    return int(found[1]) if found else None


def kind_of_error(line: str) -> Trouble:
    """What an error line means, judged by its words, which differ between versions."""
    for words, kind in ((_FATAL, Trouble.FATAL), (_WIRE, Trouble.WIRE), (_NONE, Trouble.NONE)):
        if any(word in line for word in words):
            return kind
    return Trouble.OTHER


def parse_temperatures(line: str) -> dict[str, tuple[float, float]]:
    """Actual and target in C by heater ("T", "T1", "B"), as M105 and the reports state them; empty when none."""
    if ":" not in line or "/" not in line:
        return {}
    found: dict[str, tuple[float, float]] = {}
    for name, actual, target in _TEMPERATURE.findall(line):
        try:
            found[name] = (float(actual), float(target))
        except ValueError:  # damaged on the wire
            continue
    return found
