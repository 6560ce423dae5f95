"""A slicer's answer read: exit status 0 proves nothing.

Sources: the comments that PrusaSlicer 2.5 writes at the end of a file and around each object, and those that CuraEngine
4.13 writes at the end of each layer and before each mesh.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InputError
from gcode.facts import Bounds, ProgramFacts
from gcode.inspection import measure
from gcode.program import parse_program
from machines.toolpaths.holds import Hold
from machines.toolpaths.plates import Area
from machines.toolpaths.settings import bed_height_mm, number

__all__ = ["Answer", "Expected", "compare", "read_answer"]

_TIME = re.compile(rb"^; estimated printing time \(normal mode\) = ([^\r\n]+)", re.M)
_FILAMENT = re.compile(rb"^; filament used \[mm\] = ([0-9., ]+)", re.M)
_OBJECT = re.compile(rb"^; printing object ([^\r\n]+)", re.M)
_CURA = re.compile(rb"^;Generated with Cura_SteamEngine", re.M)
_ELAPSED = re.compile(rb"^;TIME_ELAPSED:([0-9.]+)", re.M)
_MESH = re.compile(rb"^;MESH:(?!NONMESH)([^\r\n]+)", re.M)
_DAYS = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?")
_MOST_APART = 0.4
_BED_TOLERANCE_MM = 0.5  # a line is wider than its middle


@dataclass(frozen=True, slots=True)
class Expected:
    """What a plate should take, by an estimate that did not ask the slicer; None is not estimated.

    Attributes:
        duration_s: of the print, without heating.
        filament_mm3: all that is extruded.
        by: who says so.
    """

    duration_s: float | None
    filament_mm3: float | None
    by: str

    def __post_init__(self) -> None:
        for value in (self.duration_s, self.filament_mm3):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError("an expected time or amount is a number above zero")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the slicer's G-code says of itself, and does.

    Attributes:
        duration_s: the slicer's own estimate, heating not counted.
        filament_mm: length of filament.
        filament_mm3: its volume.
        objects: how many pieces it prints.
        facts: what the moves do, measured.
    """

    duration_s: float
    filament_mm: float
    filament_mm3: float
    objects: int
    facts: ProgramFacts


def read_answer(gcode: bytes, settings: Mapping[str, str]) -> Answer:
    """Read a slicer's G-code.

    Raises:
        InputError: it is none, or does not say time and filament.
    """
    facts = measure(parse_program(gcode, name="plate.gcode"))
    diameter_mm = number(settings, "filament_diameter", 1.75)
    section_mm2 = math.pi * diameter_mm**2 / 4
    if _CURA.search(gcode):
        elapsed = _ELAPSED.findall(gcode)
        if not elapsed:
            raise InputError("the slicer's file says neither time nor filament", hint="slice it again")
        meshes = len(set(_MESH.findall(gcode)))
        return Answer(float(elapsed[-1]), facts.filament_mm, facts.filament_mm * section_mm2, meshes, facts)
    time, filament = _TIME.search(gcode), _FILAMENT.search(gcode)
    if time is None or filament is None:
        raise InputError("the slicer's file says neither time nor filament", hint="slice it again")
    length_mm = sum(float(each) for each in filament[1].decode().split(",") if each.strip())
    return Answer(
        duration_s=_seconds(time[1].decode("ascii", "replace")),
        filament_mm=length_mm,
        filament_mm3=length_mm * section_mm2,
        objects=len(set(_OBJECT.findall(gcode))),
        facts=facts,
    )


def compare(
    answer: Answer, *, pieces: int, bed: Area, settings: Mapping[str, str], expected: Expected | None
) -> tuple[Hold, ...]:
    """Why the slice must wait for a person; empty when it is as expected.

    Args:
        answer: as read.
        pieces: how many lie on the plate.
        bed: the whole bed.
        settings: with the greatest height.
        expected: what it should take; without it the slice waits, for want of a comparison.
    """
    holds = []
    if answer.objects != pieces:
        holds.append(Hold("pieces-differ", f"the slicer prints {answer.objects} pieces of the {pieces} on the plate"))
    if answer.filament_mm3 <= 0 or answer.duration_s <= 0 or answer.facts.work_bounds_mm is None:
        holds.append(Hold("slice-empty", "the slice extrudes nothing"))
    elif (outside := _outside(answer.facts.work_bounds_mm, bed, bed_height_mm(settings))) is not None:
        holds.append(Hold("slice-outside", outside))
    if expected is None or (expected.duration_s is None and expected.filament_mm3 is None):
        holds.append(Hold("not-compared", "there is no estimate to compare the slice with"))
        return tuple(holds)
    if expected.duration_s is not None and _apart(answer.duration_s, expected.duration_s):
        minutes = f"{answer.duration_s / 60:.1f} min, {expected.by} expects {expected.duration_s / 60:.1f} min"
        holds.append(Hold("time-differs", f"the slice takes {minutes}"))
    if expected.filament_mm3 is not None and _apart(answer.filament_mm3, expected.filament_mm3):
        volume = f"{answer.filament_mm3 / 1000:.2f} cm3, {expected.by} expects {expected.filament_mm3 / 1000:.2f} cm3"
        holds.append(Hold("material-differs", f"the slice extrudes {volume}"))
    return tuple(holds)


def _apart(found: float, expected: float) -> bool:
    return abs(found - expected) > _MOST_APART * expected


def _outside(work: Bounds, bed: Area, height_mm: float) -> str | None:
    low = (bed.x_mm, bed.y_mm, 0.0)
    high = (bed.x_mm + bed.width_mm, bed.y_mm + bed.depth_mm, height_mm)
    for axis, least, most, from_, to in zip("XYZ", work.minimum, work.maximum, low, high, strict=True):
        if least < from_ - _BED_TOLERANCE_MM or most > to + _BED_TOLERANCE_MM:
            return f"it extrudes from {axis} {least:.1f} to {most:.1f} mm, the printer has {from_:g} to {to:g} mm"
    return None


def _seconds(written: str) -> float:
    """From "1d 2h 3m 4s"."""
    found = _DAYS.fullmatch(written.strip())
    if found is None or not any(found.groups()):
        raise InputError(f"{written[:40]!r} is no time", where="estimated printing time")
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
