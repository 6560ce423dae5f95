"""The objects of a plate, as slicers mark them in a program: one that fails can be left out while the others go on.

Marlin and RepRapFirmware count them (`M486 S1`, `A` names one), Klipper names them (`EXCLUDE_OBJECT_START NAME=foot`).
Sources: Marlin's and RepRapFirmware's pages on M486, Klipper's on `exclude_object`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import InputError

__all__ = ["Marking", "PlateObject", "is_label", "objects_of", "objects_of_file"]

MOST_OBJECTS = 1000
_LINE_BYTES = 4096
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_NUMBERED = re.compile(r"M486(?=[ASTPU ]|$)\s*(?:S\s*(-?\d{1,4}))?\s*(?:A\s*\"?([^\"]*?)\"?)?\s*$", re.IGNORECASE)
_NAMED = re.compile(r"EXCLUDE_OBJECT_(?:DEFINE|START)\s.*?\bNAME=(\S+)", re.IGNORECASE)


class Marking(StrEnum):
    """How a program marks its objects."""

    NUMBERED = "M486"
    NAMED = "EXCLUDE_OBJECT"


@dataclass(frozen=True, slots=True)
class PlateObject:
    """One thing on the plate.

    Attributes:
        label: by which the firmware knows it.
        name: by which the slicer calls it; the label where it calls it nothing.
        marking: how the program marks it.
    """

    label: str
    name: str
    marking: Marking

    def __post_init__(self) -> None:
        if not is_label(self.label):
            raise InputError(f"{self.label[:40]!r} is no label of an object", hint="letters, digits, and _ . -")
        if self.marking is Marking.NUMBERED and not self.label.isdigit():
            raise InputError(f"{self.label[:40]!r} is no number of an object")


def is_label(text: str) -> bool:
    """Whether a text can stand for an object in a command; anything else might be read as a command of its own."""
    return _LABEL.fullmatch(text) is not None


def objects_of(lines: Iterable[str]) -> tuple[PlateObject, ...]:
    """The objects that a program marks, in the order in which they appear; one whose label cannot be sent is none.

    Args:
        lines: of the program, with or without comments.
    """
    found: dict[str, PlateObject] = {}
    current: str | None = None
    for line in lines:
        head = line[:1]
        if head in "Mm" and (numbered := _NUMBERED.match(line.partition(";")[0].strip())) is not None:
            number, name = numbered.groups()
            if number is not None:
                current = str(int(number)) if int(number) >= 0 else None
            if current is not None and (name or current not in found):
                found[current] = PlateObject(current, _shown(name) or current, Marking.NUMBERED)
        elif head in "Ee" and (named := _NAMED.match(line)) is not None and is_label(named[1]):
            found.setdefault(named[1], PlateObject(named[1], named[1], Marking.NAMED))
        if len(found) >= MOST_OBJECTS:
            break
    return tuple(found.values())


def objects_of_file(path: Path) -> tuple[PlateObject, ...]:
    """The same for a file, which is not read into memory as a whole.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return objects_of(line.decode("latin-1") for line in _marked(iter(lambda: file.readline(_LINE_BYTES), b"")))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _marked(lines: Iterable[bytes]) -> Iterable[bytes]:
    return (line for line in lines if line[:4] in (b"M486", b"m486") or line[:14].upper() == b"EXCLUDE_OBJECT")


def _shown(name: str | None) -> str:
    return "".join(each for each in (name or "") if each.isprintable())[:100].strip()
