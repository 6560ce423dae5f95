"""How long a run takes before its instructions exist: first estimates, each with its basis and an interval.

A program that exists is timed by `gcode`; these figures serve the plan until there is one. They are coarse on purpose
and say so: filament from volume and surface, sheets from contour length, the rest from defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.trees import processes
from machines.lab import Machine

__all__ = ["Estimate", "Shape", "estimate_run", "of_program"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What was measured of one piece; None where it could not be."""

    extents_mm: tuple[float, float, float] | None = None
    volume_mm3: float | None = None
    area_mm2: float | None = None
    cut_length_mm: float | None = None
    pierce_count: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Time of one run, an operator's minutes before and after it included.

    Attributes:
        duration_s: the expected time.
        low_s, high_s: where it should lie nine times in ten.
        basis: where the figure comes from, one clause.
    """

    duration_s: float
    low_s: float
    high_s: float
    basis: str

    def __post_init__(self) -> None:
        if not 0 < self.low_s <= self.duration_s <= self.high_s:
            raise ValueError("an estimate is above zero and lies in its interval")


_WALL_MM = 0.9  # two perimeters of a 0.45 mm line, and as much top and bottom
_INFILL = 0.15
_FLOW_MM3_S = 6.0  # what a plain 0.4 mm nozzle averages, travel and slowing included
_HEAT_UP_S = 240.0
_PIERCE_S = 1.0  # the beam burns through, and the head has come from the last contour
_CUT_MM_S = 15.0  # 3 mm plywood on a 60 W CO2 laser; thicker sheets are slower
_CONTOURS_PER_OUTLINE = 1.6  # inner contours, where only the outline is known
_DEFAULT_MIN = {  # per piece, for what cannot be measured; looked up at the process or its nearest ancestor
    "additive": 120.0,
    "forming_from_melt": 60.0,
    "forming": 15.0,
    "cutting": 20.0,
    "machining": 45.0,
    "sawing": 5.0,
    "manual_cutting": 5.0,
    "electronics": 60.0,
    "joining": 20.0,
    "coating": 30.0,
    "changing_properties": 60.0,
    "checking": 5.0,
    "handling": 10.0,
}


def of_program(program_s: float, machine: Machine) -> Estimate:
    """The time of a program that exists, with the operator's minutes."""
    total = program_s + _attendance_s(machine)
    return Estimate(total, 0.95 * total, 1.15 * total, "the program's own moves, timed")


def estimate_run(process: str | None, shape: Shape, pieces: float, machine: Machine) -> Estimate:
    """The time of a run that makes `pieces` pieces of one part.

    Args:
        process: id of the process tree, or None.
        shape: of one piece.
        pieces: how many the run makes, above zero.
        machine: where.
    """
    run_s, spread, basis = _run(process, shape, pieces)
    total = run_s + _attendance_s(machine)
    return Estimate(total, total * (1 - spread), total * (1 + 2 * spread), basis)


def _attendance_s(machine: Machine) -> float:
    return 60 * (machine.set_up_min + machine.take_off_min)


def _run(process: str | None, shape: Shape, pieces: float) -> tuple[float, float, str]:
    tree = processes()
    if process and tree.is_a(process, "additive") and shape.volume_mm3 and shape.area_mm2:
        shell = min(shape.volume_mm3, shape.area_mm2 * _WALL_MM)
        extruded = shell + _INFILL * (shape.volume_mm3 - shell)
        return _HEAT_UP_S + pieces * extruded / _FLOW_MM3_S, 0.35, "estimated from the mesh's volume and surface"
    if process and tree.is_a(process, "sheet_cutting") and (length := _cut_length(shape)):
        one = length / _CUT_MM_S + _PIERCE_S * (shape.pierce_count or 1)
        return 60 + pieces * one, 0.45, "estimated from the length to cut and the contours"
    minutes, word = _default(process)
    return 60 * minutes * pieces, 0.5, f"assumed: {minutes:g} min a piece for {word}"


def _cut_length(shape: Shape) -> float | None:
    if shape.cut_length_mm:
        return shape.cut_length_mm
    if shape.extents_mm:
        return 2 * (shape.extents_mm[0] + shape.extents_mm[1]) * _CONTOURS_PER_OUTLINE
    return None


def _default(process: str | None) -> tuple[float, str]:
    if process is None:
        return 60.0, "work of unknown kind"
    for each in processes().ancestry(process):
        if each in _DEFAULT_MIN:
            return _DEFAULT_MIN[each], processes()[process].label
    raise KeyError(process)
