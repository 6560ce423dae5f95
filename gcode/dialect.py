"""Which firmware a program was written for, by evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gcode.facts import Reading
from gcode.slicer import SlicerNotes

__all__ = ["DIALECT_NAMES", "Dialect", "guess_dialect", "reading_for"]

DIALECT_NAMES = ("marlin", "klipper", "reprap", "grbl")
_LOOKED_AT = 300_000  # bytes at both ends
_FLAVOURS = (
    ("klipper", "klipper"),
    ("reprapfirmware", "reprap"),
    ("rrf", "reprap"),
    ("duet", "reprap"),
    ("reprap (reprap)", "reprap"),  # Cura's name of RepRapFirmware
    ("reprap (marlin", "marlin"),
    ("marlin", "marlin"),
    ("repetier", "marlin"),  # read alike but for what M201 and M202 set
    ("smoothie", "marlin"),
    ("griffin", "marlin"),  # Ultimaker's Marlin
    ("reprap", "marlin"),  # the old RepRap firmwares read what Marlin reads
    ("grbl", "grbl"),
)
_KLIPPER = re.compile(
    rb"^ {0,8}(SET_VELOCITY_LIMIT|EXCLUDE_OBJECT\w{0,20}|[A-Z]{1,20}_PRINT|PRINT_[A-Z]{1,20}|BED_MESH_\w{1,20})\b",
    re.MULTILINE,
)
_REPRAP = re.compile(rb"^ {0,8}(M566|M572|M568|M581|M584|G10 P\d|G32)\b", re.MULTILINE)
_SPINDLE = re.compile(rb"^[^;(\n]{0,80}\bM0?[34]\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A firmware's language, and why it is taken for it.

    Attributes:
        name: "marlin", "klipper", "reprap" (RepRapFirmware), "grbl"; None when nothing speaks for any.
        reason: one sentence.
    """

    name: str | None
    reason: str


def guess_dialect(data: bytes, notes: SlicerNotes, *, feeds_filament: bool) -> Dialect:
    """What the evidence says.

    Args:
        data: the whole program.
        notes: of its slicer.
        feeds_filament: whether a line that begins with G has an E in it.
    """
    if notes.flavour:
        wanted = notes.flavour.lower()
        for word, name in _FLAVOURS:
            if word in wanted:
                return Dialect(name, f"the slicer's flavour is {notes.flavour}")
    ends = data if len(data) <= 2 * _LOOKED_AT else data[:_LOOKED_AT] + b"\n" + data[-_LOOKED_AT:]
    for name, pattern in (("klipper", _KLIPPER), ("reprap", _REPRAP)):
        found = pattern.search(ends)
        if found:
            return Dialect(name, f"it holds {found[1].decode('ascii')}")
    if feeds_filament:
        return Dialect("marlin", "it feeds filament and names no other firmware")
    if _SPINDLE.search(ends) or ends.lstrip()[:1] in {b"%", b"$"}:
        return Dialect("grbl", "it works a spindle or laser and feeds no filament")
    return Dialect(None, "it neither feeds filament nor works a spindle or laser")


def reading_for(dialect: str | None, *, tolerant: bool = False) -> Reading:
    """How a program in a dialect is read; None leaves it to the program's moves."""
    return Reading(
        grbl=None if dialect is None else dialect == "grbl",
        limits_per_minute=dialect == "reprap",
        klipper=dialect == "klipper",
        tolerant=tolerant,
    )
