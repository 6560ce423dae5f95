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

from machines.printing.columns import Columns, Grid, bounds, columns_of
from machines.printing.compiled import compiled
from machines.printing.moves import ramp_s
from machines.printing.overhangs import DENSE, OverhangRules, overhangs
from machines.printing.profile import PrintProfile
from machines.printing.recipes import infill_recipe, spacing_mm
from machines.printing.sections import Floats, Ints

__all__ = ["SupportLayers", "overhang_mm2", "support_layers"]

_FOOT_MM, _FOOT_DENSITY = 3.0, 0.9  # the first layer of a support is wider and denser; as in `prusa_ini`
_EDGE_MM = 1.5  # PrusaSlicer 2.5: along the ends of bridges that rest on nothing
_INTERFACE_REACH = 0.6  # of the outer line's width: steps that reach out less get no interface
_FINE, _COARSE = 6, 3  # samples along a side of a cell
_MOST_SAMPLES = 200_000
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


def support_layers(corners: Floats, layers: int, profile: PrintProfile) -> SupportLayers:
    """The supports of a part.

    Args:
        corners: not turned, facets looking outwards; the origin is the middle of the part, on the plate.
        layers: number of the part's layers.
        profile: how it is printed.
    """
    supports = profile.supports
    line = spacing_mm(profile.widths.support_mm, profile.layer_mm)
    pitch = supports.spacing_mm + line
    low, high = bounds(corners)
    grid, samples = _grid(low, high, pitch)
    columns = columns_of(corners, grid)
    held = overhangs(columns, grid, _rules(profile))
    nothing = np.zeros((layers, 2))
    if not held.any():
        return SupportLayers(nothing, nothing, nothing, nothing, nothing[:, 0])
    found = np.zeros((layers, 6))
    foot = np.zeros((grid.ny, grid.nx), np.int8)
    scale = np.array([profile.first_layer_mm, profile.layer_mm, supports.gap_mm / profile.layer_mm])
    _build(
        columns.begin, columns.z_mm, columns.turn, held, grid.nx, grid.ny, samples, scale, supports.interface_layers,
        supports.plate_only, found, foot,
    )  # fmt: skip
    found *= np.array([pitch, 1.0, 1.0, pitch * pitch, pitch, 1.0])
    return _timed(found, _foot_mm2(foot, columns, grid, profile), pitch, profile)


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


def _grid(low: Floats, high: Floats, pitch: float) -> tuple[Grid, int]:
    """Samples within the cells of the slicer's grid, and how many along a side of a cell."""
    margin = _FOOT_MM + pitch
    first = [math.floor((float(low[i]) - margin) / pitch) for i in range(2)]
    cells = [math.ceil((float(high[i]) + margin) / pitch) - first[i] for i in range(2)]
    samples = _FINE if cells[0] * cells[1] * _FINE**2 <= _MOST_SAMPLES else _COARSE
    side = pitch / samples
    # the odd share keeps the samples off round coordinates
    x, y = (first[i] * pitch + 0.487 * side for i in range(2))
    return Grid(x, y, side, side, cells[0] * samples, cells[1] * samples), samples


def _timed(found: Floats, foot_mm2: float, pitch: float, profile: PrintProfile) -> SupportLayers:
    """Lengths and seconds from what `_build` found."""
    supports, speeds = profile.supports, profile.speeds
    width, layer = profile.widths.support_mm, profile.layer_mm
    line = spacing_mm(width, layer)
    section = layer * line
    flow = profile.filament.flow_max_mm3_s / section
    speed = np.array([min(speeds.support_mm_s, flow), min(speeds.support_interface_mm_s, flow)])
    dense = supports.interface_spacing_mm + line
    joints = np.maximum(0, found[:, 1] - found[:, 2]) * pitch
    lines = found[:, 4] / dense
    length = np.stack([found[:, 0] + joints, found[:, 3] / dense + lines * dense], axis=1)
    seconds, naive = np.zeros_like(length), length / speed
    for k in range(len(length)):
        if found[k, 1] > 0:
            seconds[k, 0] = found[k, 1] * _line_s(found[k, 0] / found[k, 1], float(speed[0]), pitch, profile)
        if lines[k] > 0:
            seconds[k, 1] = lines[k] * _line_s(found[k, 3] / found[k, 4], float(speed[1]), dense, profile)
    volume = length * section
    first_line = spacing_mm(profile.widths.first_layer_mm, profile.first_layer_mm)
    length[0, 0] = _FOOT_DENSITY * foot_mm2 / first_line
    seconds[0, 0] = naive[0, 0] = length[0, 0] / speeds.first_layer_mm_s
    volume[0, 0] = _FOOT_DENSITY * foot_mm2 * profile.first_layer_mm
    return SupportLayers(length, seconds, naive, volume, found[:, 2] + found[:, 5])


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
    begin: Ints, z: Floats, turn: Ints, slope: Floats, steepest: float, least: float, gap: float, plate_only: bool
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


@compiled
def _layer(z: float, first: float, layer: float) -> int:
    """The first layer that is cut above a height."""
    return max(0, math.ceil((z - first) / layer + 0.5 - 1e-6))


@compiled
def _air(
    begin: Ints, z: Floats, turn: Ints, held: _Bytes, at: int, layers: int, scale: Floats, plate_only: bool,
    count: int, spans: Ints,
) -> int:  # fmt: skip
    """Add a column's layers of air, gaps left out: first, last, what is held up above, and the column; how many now."""
    gap = math.floor(scale[2] + 0.5)
    depth, low = 0, 0
    for i in range(begin[at], begin[at + 1]):
        was = depth
        depth += turn[i]
        if was <= 0 and depth > 0:
            high = _layer(z[i], scale[0], scale[1]) - 1 - gap
            if high >= low and count < len(spans) - 1:
                spans[count, 0], spans[count, 1], spans[count, 2], spans[count, 3] = low, high, held[i], at
                count += 1
        elif was > 0 and depth <= 0:
            low = _layer(z[i], scale[0], scale[1]) + gap
            if plate_only:
                return count
    if depth <= 0 and low < layers:
        spans[count, 0], spans[count, 1], spans[count, 2], spans[count, 3] = low, layers - 1, 0, at
        count += 1
    return count


@compiled
def _stand(
    spans: Ints, count: int, share: float, filled: Floats, dense: _Bytes, interface: int, nx: int, foot: _Bytes
) -> None:
    """What stands in one cell of the slicer's grid: the share filled in each layer, and where it is an interface."""
    below = len(filled)  # what was built already reaches down to here
    while True:
        top = -1
        for i in range(count):
            if spans[i, 2] > 0 and spans[i, 1] < below:
                top = max(top, spans[i, 1])
        if top < 0:
            return
        below = _foot_of(spans, count, top)
        for i in range(count):
            first, last = max(below, spans[i, 0]), min(top, spans[i, 1])
            if first > last:
                continue
            filled[first : last + 1] += share
            if first == 0:
                foot[spans[i, 3] // nx, spans[i, 3] % nx] = 1
            if spans[i, 2] == DENSE and last == spans[i, 1]:
                dense[max(first, last - interface + 1) : last + 1] = 1


@compiled
def _foot_of(spans: Ints, count: int, top: int) -> int:
    """How far down a cell is filled below a layer: as long as some of it is free."""
    low = top + 1
    changed = True
    while changed:
        changed = False
        for i in range(count):
            if spans[i, 0] < low <= spans[i, 1] + 1 and spans[i, 0] <= top:
                low = spans[i, 0]
                changed = True
    return low


@compiled
def _build(
    begin: Ints, z: Floats, turn: Ints, held: _Bytes, nx: int, ny: int, samples: int, scale: Floats, interface: int,
    plate_only: bool, found: Floats, foot: _Bytes,
) -> None:  # fmt: skip
    """Add up all cells by layer, in their unit: plain length, lines, paths; interface area, length across, paths."""
    layers, across = len(found), ny // samples
    filled, dense = np.zeros((across + 1, layers)), np.zeros((across + 1, layers), np.int8)
    lines_before = np.zeros((across + 1, layers), np.int8)
    cells_before = np.zeros((across + 1, layers), np.int8)
    spans = np.empty((64 * samples * samples, 4), np.int64)
    for column in range(0, nx, samples):
        filled[:] = 0.0
        dense[:] = 0
        for cell in range(across):
            count, wanted = 0, False
            for y in range(cell * samples, (cell + 1) * samples):
                for i in range(begin[y * nx + column], begin[y * nx + column + samples]):
                    wanted = wanted or held[i] > 0
            if not wanted:
                continue
            for y in range(cell * samples, (cell + 1) * samples):
                for x in range(column, column + samples):
                    count = _air(begin, z, turn, held, y * nx + x, layers, scale, plate_only, count, spans)
            _stand(spans, count, 1.0 / (samples * samples), filled[cell], dense[cell], interface, nx, foot)
        for cell in range(across + 1):
            for k in range(layers):
                _lines(cell, k, filled, dense, lines_before, cells_before, found)


@compiled
def _lines(
    cell: int, k: int, filled: Floats, dense: _Bytes, lines_before: _Bytes, cells_before: _Bytes, found: Floats
) -> None:
    """Add the line below a cell, and its part of an interface."""
    own = filled[cell, k]
    beside = filled[cell - 1, k] if cell > 0 else 0.0
    plain = 0.0 if dense[cell, k] else own
    plain_beside = 0.0 if cell == 0 or dense[cell - 1, k] else beside
    length = max(plain, plain_beside)
    if length > 0.0:
        found[k, 0] += length
        if not lines_before[cell, k]:
            found[k, 1] += 1
            if plain_beside <= 0.0:
                found[k, 2] += 1
    lines_before[cell, k] = length > 0.0
    if own > 0.0 and dense[cell, k]:
        found[k, 3] += own
        if beside <= 0.0 or not dense[cell - 1, k]:
            found[k, 4] += 1
            if not cells_before[cell, k]:
                found[k, 5] += 1
    cells_before[cell, k] = own > 0.0 and dense[cell, k] == 1
