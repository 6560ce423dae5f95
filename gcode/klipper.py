"""Klipper's extended commands: a word, then parameters with names.

Source: Klipper's G-Codes page and the grammar of its `gcode.py`: whatever is not a letter and a number is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import InputError
from gcode.words import Block, parse_line

__all__ = ["Extended", "parse_extended", "read_block"]

_ACCELERATION = re.compile(r"SET_VELOCITY_LIMIT\b.*?\bACCEL=(\d{1,7}(?:\.\d{1,6})?)\s*(?:\s|$)", re.IGNORECASE)
_MARKS = ("EXCLUDE_OBJECT", "SET_PRINT_STATS_INFO", "TIMELAPSE_TAKE_FRAME")  # they move nothing
_PASSIVE = frozenset(  # nor do these, or, as G29, by an amount that only the machine knows
    {
        *("SET_DISPLAY_TEXT", "SET_PRESSURE_ADVANCE", "SET_INPUT_SHAPER"),
        *("BED_MESH_CALIBRATE", "BED_MESH_CLEAR", "BED_MESH_PROFILE", "QUAD_GANTRY_LEVEL", "Z_TILT_ADJUST"),
    }
)
_NAME = re.compile(r"[A-Z_]{2}[A-Z0-9_]*(?=\s|$)", re.IGNORECASE)
_PARAMETER = re.compile(r'\s+([A-Z_][A-Z0-9_]*)=("[^"]*"|[^\s"]*)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Extended:
    """An extended command.

    Attributes:
        name: in capitals.
        parameters: by name in capitals; quotes are taken off.
    """

    name: str
    parameters: Mapping[str, str]

    def number(self, parameter: str) -> float | None:
        """A parameter as a number; None when it is absent.

        Raises:
            InputError: it is no plain number.
        """
        text = self.parameters.get(parameter)
        if text is None:
            return None
        if not re.fullmatch(r"[+-]?(\d{1,9}\.?\d{0,9}|\.\d{1,9})", text):
            raise InputError(f"{parameter}={text[:20]!r} is no plain number")
        return float(text)


def parse_extended(line: str) -> Extended | None:
    """The extended command that a line is, or None when it is G-code of the old kind.

    Raises:
        InputError: what follows the word are no parameters.
    """
    found = _NAME.match(line)
    if found is None:
        return None
    parameters: dict[str, str] = {}
    at = found.end()
    while at < len(line):
        parameter = _PARAMETER.match(line, at)
        if parameter is None:
            if line[at:].isspace():
                break
            raise InputError(f"{line[at:].strip()[:20]!r} is no parameter of {found[0][:30]}")
        parameters[parameter[1].upper()] = parameter[2].strip('"')
        at = parameter.end()
    return Extended(found[0].upper(), MappingProxyType(parameters))


def read_block(text: str, *, klipper: bool) -> Block:
    """Read one line; for Klipper, an acceleration of SET_VELOCITY_LIMIT counts as M204; marks and probing as nothing.

    Raises:
        InputError: the line is not understood; a macro is whatever its printer makes of it.
    """
    if klipper:
        found = _ACCELERATION.match(text)
        if found:
            return Block(text, ("M204",), MappingProxyType({"S": float(found[1])}))
        word = _NAME.match(text)
        if text.upper().startswith(_MARKS) or (word is not None and word[0].upper() in _PASSIVE):
            return Block(text, (), MappingProxyType({}))
        if word is not None and "=" in text:
            raise InputError(f"{word[0][:30]} is a macro: only its printer knows what it does")
    return parse_line(text)
