"""Klipper's extended commands, as far as a slicer writes them between the moves."""

from __future__ import annotations

import re
from types import MappingProxyType

from gcode.words import Block, parse_line

__all__ = ["read_block"]

_ACCELERATION = re.compile(r"SET_VELOCITY_LIMIT\b.*?\bACCEL=(\d{1,7}(?:\.\d{1,6})?)\s*(?:\s|$)", re.IGNORECASE)
_MARKS = ("EXCLUDE_OBJECT", "SET_PRINT_STATS_INFO", "TIMELAPSE_TAKE_FRAME")  # they move nothing


def read_block(text: str, *, klipper: bool) -> Block:
    """Read one line; for Klipper, an acceleration of SET_VELOCITY_LIMIT counts as M204, and marks as nothing.

    Raises:
        InputError: the line is not understood; a macro is whatever its printer makes of it.
    """
    if klipper:
        found = _ACCELERATION.match(text)
        if found:
            return Block(text, ("M204",), MappingProxyType({"S": float(found[1])}))
        if text.upper().startswith(_MARKS):
            return Block(text, (), MappingProxyType({}))
    return parse_line(text)
