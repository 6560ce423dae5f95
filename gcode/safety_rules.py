"""The tables of the safety check: what passes, what is refused and why.

Sources: Marlin 2.1 G-code index and MAX_CMD_SIZE, GRBL 1.1 interface notes and LINE_BUFFER_SIZE.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ALLOWED", "DIALECTS", "LINE_CHARS", "REFUSED"]

DIALECTS = ("marlin", "grbl")

# What the firmware holds of one line; Marlin's 96 includes number, checksum and end.
LINE_CHARS: Mapping[str, int] = MappingProxyType({"marlin": 80, "grbl": 79})

_MARLIN = {
    "motion": {"G0", "G1", "G2", "G3", "G4", "G28", "G92", "M400"},
    "modes": {"G17", "G20", "G21", "G90", "G91", "M82", "M83"},
    "retraction": {"G10", "G11"},
    "levelling as set up": {"G29", "M420"},
    "heaters, within limits": {"M104", "M109", "M140", "M190"},
    "fans and lights": {"M106", "M107", "M150", "M355"},
    "spindle and laser, within limits": {"M3", "M4", "M5"},
    "motors": {"M17", "M18", "M84"},
    "speeds that the firmware caps": {"M220", "M221"},
    "limits of motion, within reason; they last until the next reset": {"M201", "M203", "M204", "M205"},
    "questions": {"M105", "M114", "M115", "M155"},
    "display": {"M73", "M117", "M300"},
    "pressure advance": {"M900"},
    "tools": {"T"},
}
_GRBL = {
    "motion": {"G0", "G1", "G2", "G3", "G4", "G53"},
    "modes": {"G17", "G18", "G19", "G20", "G21", "G40", "G49", "G61", "G80", "G90", "G91", "G91.1", "G94"},
    "work coordinates, chosen not set": {"G54", "G55", "G56", "G57", "G58", "G59"},
    "spindle and laser, within limits": {"M3", "M4", "M5"},
    "coolant": {"M7", "M8", "M9"},
    "program end": {"M2", "M30"},
    "tools": {"T"},
}
ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {"marlin": frozenset().union(*_MARLIN.values()), "grbl": frozenset().union(*_GRBL.values())}
)

_REASONS = {
    "writes or restores stored settings": ("M500", "M501", "M502", "M504"),
    "changes the machine's calibration or motor settings": (
        *("M92", "M200", "M202", "M206", "M218", "M301", "M303", "M304", "M305", "M569"),
        *("M575", "M665", "M666", "M851", "M906", "M913", "M914", "M425"),
    ),
    "switches a protection off": ("M211", "M302", "M120", "M121", "M999"),
    "works the board's pins or power": ("M42", "M43", "M226", "M80", "M81"),
    "starts a firmware update": ("M997",),
    "reads, writes or starts files on the machine": (
        *("M20", "M21", "M23", "M24", "M25", "M26", "M27", "M28", "M29", "M32", "M928"),
    ),
    "renumbers the sender's lines": ("M110",),
    "makes the host act": ("M111", "M118"),
    "is the sender's to give, not the program's": ("M108", "M112", "M410", "M876"),
    "waits for a person": ("M0", "M1", "M6", "M600", "M603", "M701", "M702"),
    "changes a pass code": ("M510", "M511", "M512"),
    "loops or runs stored commands": ("M98", "M808", *(f"M{number}" for number in range(810, 820))),
    "probes or calibrates, which a person starts": (
        *("G26", "G30", "G33", "G34", "G38.2", "G38.3", "G38.4", "G38.5", "G76", "G425", "M48", "M428"),
    ),
    "stores a position or offset in the machine": ("G28.1", "G30.1", "G92.1", "G10"),
    "moves to a stored position that the program cannot know": ("G28", "G30"),
    "shifts the work coordinates under the check": ("G92",),
    "is a feed by inverse time, which no check here follows": ("G93",),
    "works outputs whose meaning only the machine knows": ("M62", "M63", "M64", "M65", "M66", "M67", "M68"),
}
# A command may be refused in one dialect and allowed in another: this is read only for what is not allowed.
REFUSED: Mapping[str, str] = MappingProxyType(
    {command: reason for reason, commands in _REASONS.items() for command in commands}
)
