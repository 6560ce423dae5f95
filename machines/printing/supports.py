"""Supports of every layer: lines of a coarse grid below what is held up, dense interfaces, and a wide foot.

As PrusaSlicer 2.5 builds them (`support_material_style = grid`): what is held up is widened to the cells of a grid
whose pitch is that of the support's lines and whose origin is the middle of the part. It stands down to the plate or
to the part; within a cell it goes on as long as anything of the cell is free. Lines run along x on the grid's lines
and are joined at their ends, those of an interface along y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from machines.printing.columns import Columns, Grid, Slopes, Turns, columns_of
from machines.printing.compiled import compiled
from machines.printing.moves import ramp_s
from machines.printing.overhangs import OverhangRules, overhangs
from machines.printing.pillars import PillarRules, Pillars, pillars
from machines.printing.pose import Pose
from machines.printing.profile import PrintProfile
from machines.printing.recipes import infill_recipe, spacing_mm
from machines.printing.sections import Floats, Ints

__all__ = ["SupportLayers", "overhang_mm2", "support_layers"]

_FOOT_MM, _FOOT_DENSITY = 3.0, 0.9  # the first layer of a support is wider and denser; as in `prusa_ini`
_EDGE_MM = 1.5  # PrusaSlicer 2.5: along the ends of bridges that rest on nothing
_INTERFACE_REACH = 0.6  # of the outer line's width: steps that reach out less get no interface
_FINE, _COARSE = 6, 3  # samples along a side of a cell, as many as there may be
_MOST_SAMPLES = 30_000
_Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class SupportLayers:
    """What the supports of each layer are; arrays have shape (layers,), or (layers, 2) for plain and interface.

    Attributes:
        length_mm: of lines.
        seconds: with ramps.
        naive_s: by length and speed alone.
        volume_mm3: plastic.
        paths: that begin after a travel.
    """

    length_mm: Floats
    seconds: Floats
    naive_s: Floats
    volume_mm3: Floats
    paths: Floats


def support_layers(
    corners: Floats, pose: Pose, size_mm: tuple[float, float], shadow_mm2: float, layers: int, profile: PrintProfile
) -> SupportLayers:
    """The supports of a part.

    Args:
        corners: of its triangles.
        pose: not turned, the middle of the part on the plate as origin.
        size_mm: along x and y.
        shadow_mm2: as `columns.columns_of`.
        layers: number of the part's layers.
        profile: how it is printed.
    """
    supports = profile.supports
    line = spacing_mm(profile.widths.support_mm, profile.layer_mm)
    pitch = supports.spacing_mm + line
    grid, samples = _grid(size_mm, pitch)
    columns = columns_of(corners, pose, grid, shadow_mm2)
    held = overhangs(columns, grid, _rules(profile))
    nothing = np.zeros((layers, 2))
    if not held.any():
        return SupportLayers(nothing, nothing, nothing, nothing, nothing[:, 0])
    rules = PillarRules(
        samples, profile.first_layer_mm, profile.layer_mm, round(supports.gap_mm / profile.layer_mm),
        supports.interface_layers, supports.plate_only,
    )  # fmt: skip
    found = pillars(columns, grid, held, layers, rules)
    return _timed(found, _foot_mm2(found.foot, columns, grid, profile), pitch, profile)


def _rules(profile: PrintProfile) -> OverhangRules:
    layer = profile.layer_mm
    return OverhangRules(
        # the slicer takes the threshold itself in by a degree more
        steepest=math.tan(math.radians(min(89.0, profile.supports.threshold_deg + 1))),
        dense=layer / (_INTERFACE_REACH * profile.widths.external_wall_mm),
        flat=layer / infill_recipe(profile, first=False).walls_mm,
        layer_mm=layer,
        edge_mm=_EDGE_MM + infill_recipe(profile, first=False).walls_mm,
        wall_mm=infill_recipe(profile, first=False).walls_mm,
        line_mm=profile.widths.solid_mm,
        plate_only=profile.supports.plate_only,
    )


def _grid(size_mm: tuple[float, float], pitch: float) -> tuple[Grid, int]:
    """Samples within the cells of the slicer's grid, and how many along a side of a cell; the origin is the middle."""
    margin = _FOOT_MM + pitch
    first = [math.floor((-each / 2 - margin) / pitch) for each in size_mm]
    cells = [math.ceil((size_mm[i] / 2 + margin) / pitch) - first[i] for i in range(2)]
    room = math.isqrt(_MOST_SAMPLES // (cells[0] * cells[1]))
    samples = min(_FINE, max(_COARSE, room))
    side = pitch / samples
    # the odd share keeps the samples off round coordinates
    x, y = (first[i] * pitch + 0.487 * side for i in range(2))
    return Grid(x, y, side, side, cells[0] * samples, cells[1] * samples), samples


def _timed(found: Pillars, foot_mm2: float, pitch: float, profile: PrintProfile) -> SupportLayers:
    """Lengths and seconds of all layers, from how the lines lie in those that were looked at."""
    supports, speeds = profile.supports, profile.speeds
    line = spacing_mm(profile.widths.support_mm, profile.layer_mm)
    section = profile.layer_mm * line
    flow = profile.filament.flow_max_mm3_s / section
    speed = np.array([min(speeds.support_mm_s, flow), min(speeds.support_interface_mm_s, flow)])
    per_area, pace, begins = np.array([_look(look, float(speed[0]), pitch, profile) for look in found.looks]).T
    plain = found.plain * per_area[found.look]
    spacing = supports.interface_spacing_mm + line
    cells, stretches, paths = found.plan
    chord = pitch * cells / max(stretches, 1.0)
    dense = found.dense * pitch * pitch / spacing
    length = np.stack([plain, dense * (1 + spacing / max(chord, spacing))], axis=1)
    dense_pace = _line_s(max(chord, spacing), float(speed[1]), spacing, profile) / max(chord, spacing)
    seconds = np.stack([plain * pace[found.look], dense * dense_pace], axis=1)
    naive, volume = length / speed, length * section
    first_line = spacing_mm(profile.widths.first_layer_mm, profile.first_layer_mm)
    length[0, 0] = _FOOT_DENSITY * foot_mm2 / first_line
    seconds[0, 0] = naive[0, 0] = length[0, 0] / speeds.first_layer_mm_s
    volume[0, 0] = _FOOT_DENSITY * foot_mm2 * profile.first_layer_mm
    return SupportLayers(
        length, seconds, naive, volume,
        np.where(found.plain > 0, begins[found.look], 0.0) + found.dense / max(cells, 1.0) * paths,
    )  # fmt: skip


def _look(look: Floats, speed: float, pitch: float, profile: PrintProfile) -> tuple[float, float, float]:
    """Length of line for a cell's area, seconds for its millimetre, and paths, in a layer that was looked at."""
    cells, lines, paths, area = (float(each) for each in look)
    if not (lines and area > 0):  # a layer between two looks: lines of one cell
        return 2 * pitch, _line_s(pitch, speed, pitch, profile) / (2 * pitch), 1.0
    length = pitch * (cells + max(0.0, lines - paths))
    return length / area, lines * _line_s(pitch * cells / lines, speed, pitch, profile) / length, paths


def _line_s(length: float, speed: float, joint: float, profile: PrintProfile) -> float:
    """Seconds of a line and the joint to the next."""
    corner = profile.axes.jerk_mm_s[0]
    acceleration = profile.accelerations.other_mm_s2
    return ramp_s(length, speed, acceleration, corner, corner) + ramp_s(joint, speed, acceleration, corner, corner)


def _foot_mm2(foot: _Bytes, columns: Columns, grid: Grid, profile: PrintProfile) -> float:
    """Area of the supports' first layer, widened to all sides but not into the part."""
    if not foot.any():
        return 0.0
    wide = np.zeros_like(foot)
    reach = _FOOT_MM + spacing_mm(profile.widths.support_mm, profile.layer_mm) / 2
    _widen(foot, reach / grid.dx_mm, columns.begin, columns.z_mm, profile.first_layer_mm / 2, wide)
    return float(np.count_nonzero(wide)) * grid.dx_mm * grid.dy_mm


def overhang_mm2(columns: Columns, grid: Grid, profile: PrintProfile) -> float:
    """Area of the surfaces that are flatter than the threshold and have nothing directly below."""
    steepest = math.tan(math.radians(profile.supports.threshold_deg))
    supports = profile.supports
    count = _count(columns.begin, columns.z_mm, columns.turn, columns.slope, steepest,
                   profile.first_layer_mm + supports.gap_mm, supports.gap_mm, supports.plate_only)  # fmt: skip
    return count * grid.dx_mm * grid.dy_mm


@compiled
def _count(
    begin: Ints, z: Floats, turn: Turns, slope: Slopes, steepest: float, least: float, gap: float, plate_only: bool
) -> int:
    """Columns with an overhang that has more than so much air below."""
    found = 0
    for column in range(len(begin) - 1):
        depth, floor, on_part = 0, 0.0, False
        for i in range(begin[column], begin[column + 1]):
            was = depth
            depth += turn[i]
            if was <= 0 and depth > 0:
                height = z[i] - floor - (gap if on_part else 0.0)
                if slope[i] < steepest and height > least and not (plate_only and on_part):
                    found += 1
                    break
            elif was > 0 and depth <= 0:
                floor, on_part = z[i], True
    return found


@compiled
def _widen(foot: _Bytes, radius: float, begin: Ints, z: Floats, first: float, wide: _Bytes) -> None:
    """Mark the cells within a radius of a foot that are not in the part at a height."""
    ny, nx = foot.shape
    reach = math.floor(radius)
    for row in range(ny):
        for column in range(nx):
            if not foot[row, column]:
                continue
            inner = 0 < column < nx - 1 and foot[row, column - 1] and foot[row, column + 1]
            if inner and 0 < row < ny - 1 and foot[row - 1, column] and foot[row + 1, column]:
                wide[row, column] = 1
                continue
            for y in range(max(0, row - reach), min(ny, row + reach + 1)):
                half = math.floor(math.sqrt(radius * radius - (y - row) * (y - row)))
                wide[y, max(0, column - half) : min(nx, column + half + 1)] = 1
    for row in range(ny):
        for column in range(nx):
            at = row * nx + column
            if wide[row, column] and begin[at + 1] > begin[at] and z[begin[at]] < first:
                wide[row, column] = 0
