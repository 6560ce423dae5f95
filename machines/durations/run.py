"""How long a run takes before its instructions exist, with its basis and an interval.

A program that exists is timed by `gcode`; these figures serve the plan until there is one. Prints are reckoned from the
mesh (`machines.printing`), sheets from the length to cut, milling from the volume to remove, the rest from defaults
that say so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.errors import InputError
from core.part_settings import NO_SETTINGS, PartSettings
from core.trees import processes
from machines.calibration import UNCALIBRATED, Calibration
from machines.durations.estimate import Estimate, Shape
from machines.durations.layered import LayerPace, layer_pace
from machines.durations.removal import Pace, beam_pace, blade_pace, removal_mm3_s, tool_pace
from machines.machine import Machine
from machines.printing.defaults import print_profile
from machines.printing.estimate import PrintEstimate, estimate_print

__all__ = ["estimate_run", "of_program"]

_FLOW_MM3_S = 6.0  # what a plain 0.4 mm nozzle averages, travel and slowing included
_SHEET_MM = 3.0  # where no thickness is stated
_CONTOURS_PER_OUTLINE = 1.6  # inner contours, where only the outline is known
_STOCK_MM = 2.0  # the block is larger than the part by this on each side
_LOAD_S = 60.0  # a sheet or a block is laid in and zeroed
_UNKNOWN_PACE = Pace(15.0, 1, 1.0, 0.49, "15 mm/s assumed, no table has a speed for this")
_DEFAULT_MIN: Mapping[str, float] = MappingProxyType(
    {  # per piece, for what cannot be measured; looked up at the process or its nearest ancestor
        "additive": 120.0,
        "forming_from_melt": 60.0,
        "forming": 15.0,
        "cutting": 20.0,
        "machining": 45.0,
        "sawing": 5.0,
        "manual_cutting": 5.0,
        "electronics": 60.0,
        "joining": 20.0,
        "screwing": 2.0,
        "soldering": 15.0,
        "coating": 30.0,
        "changing_properties": 60.0,
        "checking": 5.0,
        "handling": 10.0,
    }
)


@dataclass(frozen=True, slots=True)
class _Run:
    """Seconds of the machine alone, with its interval."""

    seconds: float
    low_s: float
    high_s: float
    basis: str
    material_kg: float | None = None


def of_program(program_s: float, machine: Machine, calibration: Calibration = UNCALIBRATED) -> Estimate:
    """The time of a program that exists, with the operator's minutes.

    Args:
        program_s: its moves.
        machine: where.
        calibration: what the machine's own runs taught.
    """
    more = _attendance_s(machine)
    if calibration.jobs:
        low, high = calibration.interval_s(program_s)
        basis = f"the program's own moves, timed, as {calibration.jobs} runs of this machine teach"
        return Estimate(calibration.duration_s(program_s) + more, low + more, high + more, basis)
    total = program_s + more
    return Estimate(total, 0.95 * total, 1.15 * total, "the program's own moves, timed")


def estimate_run(
    process: str | None, shape: Shape, pieces: float, machine: Machine, *,
    material: str | None = None, thickness_mm: float | None = None,
    quality: str = "standard", settings: PartSettings = NO_SETTINGS, calibration: Calibration = UNCALIBRATED,
) -> Estimate:  # fmt: skip
    """The time of a run that makes `pieces` pieces of one part.

    Args:
        process: id of the process tree, or None.
        shape: of one piece.
        pieces: how many the run makes, above zero.
        machine: where.
        material: id of the material tree, or None.
        thickness_mm: of the sheet, or None.
        quality: of a print, as `machines.printing.defaults.QUALITIES`.
        settings: what is asked for the part; of a print reckoned from its mesh.
        calibration: what the machine's own runs taught; prints only.
    """
    run = _run(process, shape, pieces, machine, material, thickness_mm, (quality, settings), calibration)
    more = _attendance_s(machine)
    return Estimate(run.seconds + more, run.low_s + more, run.high_s + more, run.basis, run.material_kg)


def _attendance_s(machine: Machine) -> float:
    return 60 * (machine.set_up_min + machine.take_off_min)


def _run(
    process: str | None, shape: Shape, pieces: float, machine: Machine, material: str | None,
    thickness_mm: float | None, fineness: tuple[str, PartSettings], calibration: Calibration,
) -> _Run:  # fmt: skip
    tree = processes()
    if process and shape.extents_mm and shape.extents_mm[2] > 0 and (laid := layer_pace(process)):
        return _by_layers(laid, shape.extents_mm, calibration)
    if process and tree.is_a(process, "additive") and shape.volume_mm3 and shape.area_mm2:
        printed = _print(process, shape, pieces, machine, material, fineness)
        if printed is not None:
            return _calibrated(printed, calibration)
        return _by_volume(shape.printed_mm3 or shape.volume_mm3, pieces, calibration)
    if process and (length := _cut_length(shape)) and (pace := _pace(process, machine, material, thickness_mm, shape)):
        one = pace.passes * length / pace.speed_mm_s + pace.pierce_s * (shape.pierce_count or 1)
        return _spread(_LOAD_S + pieces * one, pace.spread, f"from the length to cut: {pace.basis}")
    if process and tree.is_a(process, "machining") and (removed := _removed_mm3(shape)):
        rate, words = removal_mm3_s(material, _tool_mm(machine), machine.power_w)
        minutes = 10.0  # clamping, probing, turning over
        return _spread(pieces * (60 * minutes + removed / rate), 0.5, f"from the volume to remove: {words}")
    minutes, word = _default(process)
    return _spread(60 * minutes * pieces, 0.5, f"assumed: {minutes:g} min a piece for {word}")


def _spread(seconds: float, share: float, basis: str) -> _Run:
    """An interval that reaches twice as far up as down: rough figures err on the short side."""
    return _Run(seconds, seconds * (1 - share), seconds * (1 + 2 * share), basis)


def _print(
    process: str,
    shape: Shape,
    pieces: float,
    machine: Machine,
    material: str | None,
    fineness: tuple[str, PartSettings],
) -> PrintEstimate | None:
    """A filament print reckoned from its mesh; None for other processes, or where mesh or material do not allow it."""
    if shape.mesh is None or (not processes().is_a("fdm", process) and not processes().is_a(process, "fdm")):
        return None
    corners = shape.mesh()
    if corners is None:
        return None
    try:
        quality, settings = fineness
        profile = print_profile(machine, material, quality, settings=settings)
        return estimate_print(corners, profile, pieces=math.ceil(pieces))
    except InputError:
        return None


def _calibrated(printed: PrintEstimate, calibration: Calibration) -> _Run:
    low, high = calibration.interval_s(printed.duration_s, printed.high_s / printed.duration_s - 1)
    learned = f"{calibration.jobs} runs of this machine" if calibration.jobs else "no run of this machine yet"
    seconds, basis = calibration.duration_s(printed.duration_s), f"{printed.basis}; {learned}"
    return _Run(seconds, low, high, basis, printed.mass_g / 1000)


def _by_layers(laid: LayerPace, extents_mm: tuple[float, float, float], calibration: Calibration) -> _Run:
    """As the part stands in its file; it may be laid flat, stood up or tilted, and light may be stronger or weaker."""
    heights = extents_mm[2], min(extents_mm), max(extents_mm)
    seconds, low, high = (laid.duration_s(height) for height in heights)
    if calibration.jobs:
        seconds, low, high = (calibration.duration_s(each) for each in (seconds, low, high))
    return _Run(seconds, 0.6 * low, 1.6 * high, f"from its height: {laid.words}")


def _by_volume(extruded_mm3: float, pieces: float, calibration: Calibration) -> _Run:
    seconds = calibration.duration_s(pieces * extruded_mm3 / _FLOW_MM3_S)
    return _spread(seconds, 0.35, "estimated from the mesh's volume and surface")


def _pace(
    process: str, machine: Machine, material: str | None, thickness_mm: float | None, shape: Shape
) -> Pace | None:
    """How the machine follows a contour; None where the process does not follow contours of sheets."""
    thickness = thickness_mm or (shape.extents_mm[2] if shape.extents_mm else None)
    pace = _pace_through(process, machine, material, thickness or _SHEET_MM, shape)
    if pace is None or thickness:
        return pace
    return replace(pace, basis=f"{pace.basis}; a sheet of {_SHEET_MM:g} mm assumed")


def _pace_through(process: str, machine: Machine, material: str | None, thickness: float, shape: Shape) -> Pace | None:
    tree = processes()
    flat = shape.cut_length_mm is not None
    if tree.is_a(process, "laser_cutting"):
        return beam_pace(material, thickness, machine.power_w) or _UNKNOWN_PACE
    if tree.is_a(process, "sheet_cutting"):
        return blade_pace(process, tuple(tree.ancestry(process)), thickness) or _UNKNOWN_PACE
    if flat and tree.is_a(process, "milling"):
        return tool_pace(material, thickness, _tool_mm(machine), machine.power_w)
    return None


def _tool_mm(machine: Machine) -> float | None:
    return machine.tools_mm[0] if machine.tools_mm else None


def _cut_length(shape: Shape) -> float | None:
    if shape.cut_length_mm:
        return shape.cut_length_mm
    if shape.extents_mm:
        return 2 * (shape.extents_mm[0] + shape.extents_mm[1]) * _CONTOURS_PER_OUTLINE
    return None


def _removed_mm3(shape: Shape) -> float | None:
    """What is cut off a block a little larger than the part."""
    if shape.extents_mm is None or not shape.volume_mm3:
        return None
    block = math.prod(each + 2 * _STOCK_MM for each in shape.extents_mm)
    return max(0.0, block - shape.volume_mm3)


def _default(process: str | None) -> tuple[float, str]:
    if process is None:
        return 60.0, "work of unknown kind"
    for each in processes().ancestry(process):
        if each in _DEFAULT_MIN:
            return _DEFAULT_MIN[each], processes()[process].label
    raise KeyError(process)
