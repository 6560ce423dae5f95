"""Drawings to laser programs, as many sheets as they need; each waits for an operator.

Filled areas are not engraved (no raster), and nothing is focused: the operator sets the beam's height.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.hashes import sha256_of_bytes, sha256_of_file
from gcode.facts import Bounds
from gcode.inspection import check, measure
from gcode.limits import MotionLimits
from gcode.program import parse_program
from gcode.safety import SafetyPolicy
from geometry.drawing import read_drawing
from machines.machine import Machine
from machines.toolpaths.cut_lines import Action, CutLine, compensated, layer_actions, ordered
from machines.toolpaths.holds import Hold
from machines.toolpaths.laser_program import laser_gcode
from machines.toolpaths.laser_settings import LaserSettings
from machines.toolpaths.plates import Area, Placement, arrange

__all__ = ["LaserBed", "LaserSheet", "laser_bed", "laser_sheets"]

_Y_DOWN = frozenset({".svg"})
_OPERATOR = Hold("operator", "an operator approves sheet, focus and zero, and stays with the beam")


@dataclass(frozen=True, slots=True)
class LaserBed:
    """What of a machine a program needs.

    Attributes:
        width_mm, depth_mm: of the sheet, or of the bed where it is smaller.
        full_power_s: the S word at full power (`$30`).
        max_feed_mm_min: highest feed, or None.
        motion: of its axes, for timing.
    """

    width_mm: float
    depth_mm: float
    full_power_s: float
    max_feed_mm_min: float | None = None
    motion: MotionLimits = field(default_factory=MotionLimits)

    def __post_init__(self) -> None:
        if not min(self.width_mm, self.depth_mm, self.full_power_s) > 0:
            raise ValueError("a laser bed has a width, a depth and a full power above zero")


@dataclass(frozen=True, slots=True)
class LaserSheet:
    """One sheet's program.

    Attributes:
        gcode: the program.
        sha256: of it.
        pieces: how many lie on the sheet.
        cut_mm, engrave_mm: lengths followed once.
        pierces: how often the beam begins.
        duration_s: by the motion planner.
        holds: why it waits: always for the operator, perhaps for more.
        notes: what was assumed, a clause each.
    """

    gcode: bytes = field(repr=False)
    sha256: str
    pieces: int
    cut_mm: float
    engrave_mm: float
    pierces: int
    duration_s: float
    holds: tuple[Hold, ...]
    notes: tuple[str, ...]


def laser_bed(machine: Machine, sheet_mm: tuple[float, float] | None = None) -> LaserBed:
    """A machine as a laser bed.

    Args:
        machine: with envelope and the greatest S word.
        sheet_mm: width and depth of the sheet, or None for one as large as the bed.

    Raises:
        InputError: the machine does not state what is needed, or the sheet is larger than the bed.
    """
    room = machine.sheet_room_mm
    if room is None:
        raise InputError(f"{machine.id} states no envelope", hint="envelope_mm: [600, 400, 10] in the labs file")
    if not machine.limits.spindle_s:
        raise InputError(f"{machine.id} states no power word", hint="limits: {spindle_s: 1000} in the labs file ($30)")
    width, depth = sheet_mm or room[:2]
    if width > room[0] or depth > room[1]:
        what = f"a sheet of {width:g} x {depth:g} mm is larger than {machine.id}"
        raise InputError(what, hint=f"it has {room[0]:g} x {room[1]:g} mm")
    stated, plain = machine.motion, MotionLimits()
    speed = stated.travel_mm_s or stated.work_mm_s or plain.max_speed_mm_s[0]
    acceleration = stated.acceleration_mm_s2 or plain.acceleration_mm_s2[0]
    motion = MotionLimits(
        max_speed_mm_s=(speed, speed, *plain.max_speed_mm_s[2:]),
        acceleration_mm_s2=(acceleration, acceleration, *plain.acceleration_mm_s2[2:]),
        junction_deviation_mm=stated.junction_deviation_mm or plain.junction_deviation_mm,
    )
    return LaserBed(width, depth, machine.limits.spindle_s, machine.limits.feed_mm_min, motion)


def laser_sheets(
    path: Path,
    pieces: int,
    bed: LaserBed,
    settings: LaserSettings,
    *,
    layers: Mapping[str, Action] | None = None,
    spacing_mm: float = 3.0,
    margin_mm: float = 2.0,
) -> tuple[LaserSheet, ...]:
    """Cut a drawing.

    Args:
        path: a DXF or SVG file.
        pieces: how often, from 1.
        bed: where.
        settings: how.
        layers: what is done with each layer or colour; what is not stated is told by its name, or asked.
        spacing_mm: kept free between pieces.
        margin_mm: kept free along the sheet's edges.

    Raises:
        InputError: the drawing cannot be read (`GeometryError`), a layer's meaning is open, it does not fit, or the
            program would not be safe on this machine.
        OSError: the file cannot be read.
    """
    drawing = read_drawing(path)
    actions, layer_notes = layer_actions([each.layer for each in drawing.contours], layers or {})
    upright = np.array((1.0, -1.0 if path.suffix.lower() in _Y_DOWN else 1.0))
    contours = [replace(each, points=each.points * upright) for each in drawing.contours]
    lines, kerf_notes = compensated(contours, actions, settings.kerf_mm)
    piece = _Piece(lines)
    try:
        area = Area(0.0, 0.0, bed.width_mm, bed.depth_mm).inside(margin_mm)
    except ValueError:
        raise InputError("the margin leaves nothing of the sheet", hint="give a smaller margin") from None
    try:
        sheets = arrange([piece.size_mm] * pieces, area, spacing_mm=spacing_mm, centred=False)
    except InputError as error:
        raise InputError(
            error.what, where=path.name, hint="take a larger laser or sheet, or a smaller margin"
        ) from None
    unit_holds = (
        []
        if drawing.sketch.unit_note is None
        else [Hold("unit-doubtful", f"{drawing.sketch.unit} are assumed: {drawing.sketch.unit_note}")]
    )
    unit_holds += [Hold("drawing-doubtful", doubt) for doubt in drawing.doubts]
    notes = (*layer_notes, *kerf_notes, *(f"not cut: {each}" for each in drawing.left_out), settings.basis)
    digest = sha256_of_file(path)
    made: dict[tuple[Placement, ...], LaserSheet] = {}
    for sheet in sheets:
        alike = tuple(replace(each, piece=0) for each in sheet)  # all pieces are the same
        if alike not in made:
            made[alike] = _sheet(piece, alike, bed, settings, digest, (_OPERATOR, *unit_holds), notes)
    return tuple(made[tuple(replace(each, piece=0) for each in sheet)] for sheet in sheets)


class _Piece:
    """The lines of one piece, its least corner at the origin."""

    def __init__(self, lines: Sequence[CutLine]) -> None:
        points = np.concatenate([line.points for line in lines])
        low, high = points.min(axis=0), points.max(axis=0)
        self.lines = tuple(replace(line, points=line.points - low) for line in lines)
        self.size_mm = (float(high[0] - low[0]), float(high[1] - low[1]))

    def placed(self, at: Placement) -> list[CutLine]:
        """Where it lies on the sheet."""
        if not at.turned:
            return [replace(line, points=line.points + np.array((at.x_mm, at.y_mm))) for line in self.lines]
        turn = np.array(((0.0, 1.0), (-1.0, 0.0)))  # rows: x, y become -y, x
        shift = np.array((self.size_mm[1] + at.x_mm, at.y_mm))
        return [replace(line, points=line.points @ turn + shift) for line in self.lines]


def _sheet(
    piece: _Piece,
    placements: Sequence[Placement],
    bed: LaserBed,
    settings: LaserSettings,
    digest: str,
    holds: tuple[Hold, ...],
    notes: tuple[str, ...],
) -> LaserSheet:
    lines = _in_order(piece, placements)
    lengths = Counter[Action]()
    for line in lines:
        lengths[line.action] += line.length_mm  # type: ignore[assignment]  # a Counter adds floats as well
    title = (
        f"fabcommons laser program: {len(placements)} of the drawing {digest[:16]}",
        f"cut F{settings.cut.feed_mm_min:g} at {settings.cut.power_share:.0%}, {settings.cut.passes} passes; "
        f"engrave F{settings.engrave.feed_mm_min:g} at {settings.engrave.power_share:.0%}; kerf {settings.kerf_mm:g}",
        "zero is the sheet's lower left corner; GRBL laser mode ($32=1); an operator stays with the beam",
    )
    gcode = laser_gcode(lines, settings, full_power_s=bed.full_power_s, title=title)
    program = parse_program(gcode, name="sheet.gcode")
    envelope = Bounds((0.0, 0.0, 0.0), (bed.width_mm, bed.depth_mm, 0.0))
    policy = SafetyPolicy(
        "grbl", envelope_mm=envelope, max_power=bed.full_power_s, max_feed_mm_min=bed.max_feed_mm_min, max_violations=1
    )
    for violation in check(program, policy):
        raise InputError(f"the program would not be safe: {violation.reason}", hint="check sheet, feed and power")
    facts = measure(program, bed.motion)
    return LaserSheet(
        gcode, sha256_of_bytes(gcode), len(placements), float(lengths[Action.CUT]), float(lengths[Action.ENGRAVE]),
        len(lines), facts.duration_s, holds, notes,
    )  # fmt: skip


def _in_order(piece: _Piece, placements: Sequence[Placement]) -> tuple[CutLine, ...]:
    """Piece by piece, nearest first, so that a sheet that shifts spoils one piece only."""
    lines: list[CutLine] = []
    left = list(placements)
    x, y = 0.0, 0.0
    while left:
        nearest = min(left, key=lambda each: (each.x_mm - x) ** 2 + (each.y_mm - y) ** 2)
        left.remove(nearest)
        lines += ordered(piece.placed(nearest), (x, y))
        x, y = lines[-1].points[-1].tolist()
    return tuple(lines)
