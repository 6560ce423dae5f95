"""One layer as a slicer sees it: walls along the contours, and the inside as solid, top, bridge or sparse infill.

A cell belongs to the walls when it lies within their width of a contour. Deeper inside it is solid when the part ends
within the solid layers above or below it, a bridge when there is air (or sparse infill) below, and sparse otherwise.
Infill lines run along rows of the grid on even layers and along columns on odd ones; each run of cells of one kind
stands for lines of that length, which are timed as moves.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from machines.printing.columns import Columns, Grid
from machines.printing.compiled import compiled
from machines.printing.moves import ramp_s
from machines.printing.sections import Floats

__all__ = [
    "BRIDGE",
    "DEPTHS",
    "INNER_BRIDGE",
    "KINDS",
    "SOLID",
    "SPARSE",
    "TOP",
    "WALL_EXTERNAL",
    "WALL_INNER",
    "Recipe",
    "Room",
    "measure",
    "room_for",
]

OUTSIDE, WALL_EXTERNAL, WALL_INNER, SOLID, TOP, BRIDGE, SPARSE, INNER_BRIDGE = range(8)
KINDS = 8
DEPTHS = 24
_EPSILON_MM = 1e-4
_Bytes = npt.NDArray[np.int8]
_Far = npt.NDArray[np.float32]
_Places = npt.NDArray[np.int64]


class Recipe(NamedTuple):
    """What a layer is made with; arrays have one entry a kind.

    Attributes:
        external_mm: from the contour to the inner edge of the outermost line.
        walls_mm: from the contour to the inner edge of the innermost line.
        core_mm: from the contour to where infill begins; it overlaps the walls a little.
        anchor_mm: by how much tops and bridges reach over into other infill.
        layer_mm: height.
        top_layers, bottom_layers: solid layers.
        shell_mm: by how much solid layers below a slope reach further in.
        below_walls_mm: as far from the contour solid layers reach below the walls of a slope.
        steepest_top, steepest_bottom: rise by run beyond which they would be too narrow for a line.
        core_least_mm: narrower room between the walls is left empty.
        bridge_least_mm: a bridge over sparse infill is made where it is at least so wide.
        spacing_mm: between lines; of sparse infill, between the lines of one direction.
        sparse_mm: width that a sparse line fills.
        link_mm: from the end of a line to the next, as far as it takes time.
        joint_mm: the same as far as it takes plastic that the area does not tell.
        directions: of sparse infill, 1 or 2 (rows and columns in the same layer).
        speed_mm_s, acceleration_mm_s2: of lines.
        corner_mm_s: from one line to the next.
    """

    external_mm: float
    walls_mm: float
    core_mm: float
    anchor_mm: float
    layer_mm: float
    top_layers: int
    bottom_layers: int
    shell_mm: float
    below_walls_mm: float
    steepest_top: float
    steepest_bottom: float
    core_least_mm: float
    bridge_least_mm: float
    spacing_mm: Floats
    sparse_mm: float
    link_mm: Floats
    joint_mm: Floats
    directions: int
    speed_mm_s: Floats
    acceleration_mm_s2: Floats
    corner_mm_s: float


class Room(NamedTuple):
    """Working space of one grid.

    Attributes:
        near: squared distances to the contour, shape (ny, nx).
        kind: what fills each cell, shape (ny, nx).
        reach: marks, shape (ny, nx).
        left, right: first cell of each row that may be inside, and the one after the last, shape (ny).
        low, high: the same of each column, shape (nx).
    """

    near: _Far
    kind: _Bytes
    reach: _Bytes
    left: _Places
    right: _Places
    low: _Places
    high: _Places


def room_for(grid: Grid) -> Room:
    """Working space for a grid."""
    shape = (grid.ny, grid.nx)
    rows, columns = (np.zeros(length, np.int64) for length in shape)
    return Room(
        np.empty(shape, np.float32), np.zeros(shape, np.int8), np.zeros(shape, np.int8),
        rows, rows.copy(), columns, columns.copy(),
    )  # fmt: skip


@compiled
def measure(
    z: float, layer: int, points: Floats, begin: npt.NDArray[np.int64], grid: Grid, columns: Columns,
    recipe: Recipe, room: Room, found: Floats, depths: Floats,
) -> None:  # fmt: skip
    """Measure a layer.

    Args:
        z: where it is cut.
        layer: its number.
        points: its contours, turned, as `loops.chain`.
        begin: where each contour begins.
        grid: over the part.
        columns: of the part.
        recipe: what it is made with.
        room: working space.
        found: shape (KINDS, 5), receives by kind area in mm2, length of lines in mm, their seconds, their number,
            and the number of regions.
        depths: shape (DEPTHS,), receives the area at each depth from the contour, evenly down to the innermost wall.
    """
    far = recipe.walls_mm * recipe.walls_mm * 1.21
    room.near[:] = far
    room.kind[:] = OUTSIDE
    room.left[:], room.right[:], room.low[:], room.high[:] = grid.nx, 0, grid.ny, 0
    _stamp(points, begin, grid, math.sqrt(far), room)
    seen = _classify(z, layer == 0, grid, columns, recipe, room, found, depths)
    dx, dy = grid.dx_mm, grid.dy_mm
    _narrow(SOLID, OUTSIDE, recipe.core_least_mm / dx, room.kind, room.left, room.right)
    _narrow(SOLID, OUTSIDE, recipe.core_least_mm / dy, room.kind.T, room.low, room.high)
    if seen & 1 << INNER_BRIDGE:
        _narrow(INNER_BRIDGE, SOLID, recipe.bridge_least_mm / dx, room.kind, room.left, room.right)
        _narrow(INNER_BRIDGE, SOLID, recipe.bridge_least_mm / dy, room.kind.T, room.low, room.high)
    if recipe.anchor_mm > 0:
        across, along = round(recipe.anchor_mm / dx), round(recipe.anchor_mm / dy)
        if seen & 1 << BRIDGE:
            _grow(BRIDGE, across, along, room)
        if seen & 1 << TOP:
            _grow(TOP, across, along, room)
    if layer % 2 == 0 or recipe.directions == 2:
        _runs(grid, recipe, room.kind, room.left, room.right, layer % 2 == 0, found)
    if layer % 2 == 1 or recipe.directions == 2:
        turned = Grid(grid.y_mm, grid.x_mm, dy, dx, grid.ny, grid.nx)
        _runs(turned, recipe, room.kind.T, room.low, room.high, layer % 2 == 1, found)


@compiled
def _stamp(points: Floats, begin: npt.NDArray[np.int64], grid: Grid, reach: float, room: Room) -> None:
    """Write into each cell near a contour its squared distance, and how far the contours reach in rows and columns.

    A side writes what lies beside it, and beyond its ends what the bend to the next side leaves open.
    """
    for loop in range(len(begin) - 1):
        first, end = begin[loop], begin[loop + 1] - 1
        closed = points[first, 0] == points[end, 0] and points[first, 1] == points[end, 1]
        before = _bend(points, end - 1, end, first, first + 1) if closed else math.inf
        for i in range(first, end):
            if i + 1 < end:
                after = _bend(points, i, i + 1, i + 1, i + 2)
            else:
                after = _bend(points, i, end, first, first + 1) if closed else math.inf
            _stamp_side(points, i, grid, reach, min(reach, reach * before), min(reach, reach * after), room)
            before = after


@compiled
def _bend(points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Tangent of half the angle between two sides; infinite where one has no length or they turn back."""
    ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
    vx, vy = points[d, 0] - points[c, 0], points[d, 1] - points[c, 1]
    both = math.sqrt((ux * ux + uy * uy) * (vx * vx + vy * vy)) + ux * vx + uy * vy
    return abs(ux * vy - uy * vx) / both if both > 0.0 else math.inf


@compiled
def _stamp_side(
    points: Floats, i: int, grid: Grid, reach: float, before: float, after: float, room: Room
) -> None:  # fmt: skip
    """Write what lies within reach beside one side of a contour and so far beyond its ends."""
    near, most_left, most_right, lowest, highest = room.near, room.left, room.right, room.low, room.high
    cell_x, cell_y = grid.dx_mm, grid.dy_mm
    per_x, per_y = 1.0 / cell_x, 1.0 / cell_y
    ax, ay = points[i, 0] - grid.x_mm, points[i, 1] - grid.y_mm
    dx, dy = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
    squared = dx * dx + dy * dy
    if squared == 0.0:
        return
    length = math.sqrt(squared)
    ex, ey = dx / length, dy / length
    # a rectangle along the side: its corners bound the rows, its sides the cells of each row
    wide, tall = reach * abs(ey), reach * abs(ex)
    back_y, forth_y = -before * ey, dy + after * ey
    first = max(0, math.ceil((ay + min(back_y, forth_y) - tall) * per_y))
    last = min(grid.ny - 1, math.floor((ay + max(back_y, forth_y) + tall) * per_y))
    back_x, forth_x = -before * ex, dx + after * ex
    left, right = ax + min(back_x, forth_x) - wide, ax + max(back_x, forth_x) + wide
    half = reach / abs(ey) if ey != 0.0 else math.inf
    for row in range(first, last + 1):
        y = row * cell_y - ay
        low, high = left, right
        if ey != 0.0:
            middle = ax + ex / ey * y
            low, high = max(low, middle - half), min(high, middle + half)
        if ex != 0.0:
            one, other = ax + (-before - ey * y) / ex, ax + (length + after - ey * y) / ex
            low, high = max(low, min(one, other)), min(high, max(one, other))
        begin_x, end_x = max(0, math.ceil(low * per_x)), min(grid.nx, math.floor(high * per_x) + 1)
        most_left[row], most_right[row] = min(most_left[row], begin_x), max(most_right[row], end_x)
        if begin_x >= end_x:
            continue
        line = near[row, begin_x:end_x]
        along, across = (
            np.float32((begin_x * cell_x - ax) * ex + y * ey),
            np.float32((begin_x * cell_x - ax) * ey - y * ex),
        )
        step_along, step_across, far = np.float32(cell_x * ex), np.float32(cell_x * ey), np.float32(length)
        for k in range(len(line)):
            over = along + np.float32(k) * step_along
            beyond = over - min(far, max(np.float32(0.0), over))
            beside = across + np.float32(k) * step_across
            line[k] = min(line[k], beyond * beyond + beside * beside)
        below, above = lowest[begin_x:end_x], highest[begin_x:end_x]
        for k in range(len(below)):
            below[k], above[k] = min(below[k], row), max(above[k], row + 1)


@compiled
def _beside(thick: float, slope: float, steepest: float, shell: float, walls: float, layer: float) -> float:
    """How thick the part is as far as solid layers see, when its surface goes on as it slopes.

    They reach further in by `shell` below a step that is seen from above, and cover what lies below the walls of the
    layers above, which begin one layer higher.
    """
    return min(thick - shell * slope, thick - walls * slope + layer) if slope < steepest else thick


@compiled
def _kind(
    above: float, below: float, above_beside: float, below_beside: float,
    layer: float, top: int, bottom: int, first: bool,
) -> int:  # fmt: skip
    """What fills a cell of the inside that has so much of the part above and below, and a line further out."""
    if top > 0 and above <= layer + _EPSILON_MM:
        return TOP
    if not first and below <= layer + _EPSILON_MM:
        return BRIDGE
    if below_beside <= bottom * layer + _EPSILON_MM or (first and bottom > 0):
        return SOLID
    if above_beside > top * layer + _EPSILON_MM:
        return SPARSE
    if above > top * layer + _EPSILON_MM:
        return SOLID
    lowest = above > (top - 1) * layer + _EPSILON_MM
    return INNER_BRIDGE if lowest and below > (bottom + 1) * layer else SOLID


@compiled
def _classify(
    z: float, first: bool, grid: Grid, columns: Columns, recipe: Recipe, room: Room, found: Floats, depths: Floats
) -> int:
    """Say of each cell what fills it: the column above it tells how thick the part is there, above and below.

    And how thick it is a line's width further out, when the surfaces go on as they slope there. Returns a bit for each
    kind that was seen.
    """
    # arrays by name: a call for each cell that passes tuples of arrays is ten times as slow
    begin, heights, turn, slope = columns.begin, columns.z_mm, columns.turn, columns.slope
    near, kind, reach, below_walls = room.near, room.kind, recipe.shell_mm, recipe.below_walls_mm
    external, walls, core = recipe.external_mm**2, recipe.walls_mm**2, recipe.core_mm**2
    layer, top, bottom = recipe.layer_mm, recipe.top_layers, recipe.bottom_layers
    left, right = room.left, room.right
    outer = inner = seen = 0
    cell, per_depth = grid.dx_mm * grid.dy_mm, len(depths) / recipe.walls_mm
    for row in range(grid.ny):
        for column in range(left[row], right[row]):
            at = row * grid.nx + column
            depth, entered, under = 0, 0.0, 0.0
            for i in range(begin[at], begin[at + 1]):
                height, was = heights[i], depth
                depth += turn[i]
                if was <= 0 and depth > 0:
                    if height > z:
                        break
                    entered, under = height, slope[i]
                elif was > 0 and depth <= 0 and height > z:
                    distance = near[row, column]
                    outer += distance < external
                    inner += external <= distance < walls
                    if distance < walls:
                        depths[min(int(math.sqrt(distance) * per_depth), len(depths) - 1)] += cell
                    if distance >= core:
                        above, below = height - z, z - entered
                        what = _kind(
                            above,
                            below,
                            _beside(above, slope[i], recipe.steepest_top, reach, below_walls, layer),
                            _beside(below, under, recipe.steepest_bottom, reach, below_walls, layer),
                            layer,
                            top,
                            bottom,
                            first,
                        )
                        kind[row, column] = what
                        seen |= 1 << what
                    break
    found[WALL_EXTERNAL, 0] += outer * cell
    found[WALL_INNER, 0] += inner * cell
    return seen


@compiled
def _narrow(least_kind: int, becomes: int, cells: float, kinds: _Bytes, begin: _Places, end: _Places) -> None:
    """Make runs of a kind and those above it another kind where they are shorter than so many cells along rows."""
    if cells <= 1.0:
        return
    for row in range(kinds.shape[0]):
        length = 0
        for column in range(begin[row], end[row]):
            if kinds[row, column] >= least_kind:
                length += 1
                continue
            if 0 < length < cells:
                kinds[row, column - length : column] = becomes
            length = 0


@compiled
def _grow(kind: int, across: int, along: int, room: Room) -> None:
    """Let a kind take the infill within so many cells along rows and columns."""
    room.reach[:] = 0
    _reach(kind, across, room.kind, room.left, room.right, room.reach)
    ny, nx = room.kind.shape
    reach, kinds = room.reach, room.kind
    for column in range(nx):
        last = -along - 1
        for row in range(max(0, room.low[column] - along), min(ny, room.high[column] + along)):
            if reach[row, column] == 1:
                if last < row - 1:
                    for back in range(max(0, row - along), row):
                        if kinds[back, column] >= SOLID:
                            kinds[back, column] = kind
                last = row
            if row - last <= along and kinds[row, column] >= SOLID:
                kinds[row, column] = kind


@compiled
def _reach(kind: int, across: int, kinds: _Bytes, begin: _Places, end: _Places, reach: _Bytes) -> None:
    """Mark the cells within so many of a kind along rows."""
    for row in range(kinds.shape[0]):
        last = -across - 1
        for column in range(begin[row], min(end[row] + across, kinds.shape[1])):
            if kinds[row, column] == kind:
                if last < column - 1:  # the way back, where a run begins
                    reach[row, max(0, column - across) : column] = 1
                last = column
            if column - last <= across:
                reach[row, column] = 1


@compiled
def _begins(kinds: _Bytes, row: int, start: int, end: int) -> bool:
    """Whether a run has none of its kind beside it on the row before."""
    if row == 0:
        return True
    beside = 0
    for column in range(start, end):
        beside += kinds[row - 1, column] == kinds[row, start]
    return beside == 0


@compiled
def _runs(grid: Grid, recipe: Recipe, kinds: _Bytes, begin: _Places, end: _Places, own: bool, found: Floats) -> None:
    """Add the lines along the rows; `own` is this layer's direction, in the other one only sparse infill runs."""
    for row in range(grid.ny):
        column = begin[row]
        while column < end[row]:
            kind = kinds[row, column]
            if kind < SOLID:
                column += 1
                continue
            start = column
            while column < end[row] and kinds[row, column] == kind:
                column += 1
            if not own and kind != SPARSE:
                continue
            length = (column - start) * grid.dx_mm
            lines = grid.dy_mm / recipe.spacing_mm[kind]
            speed, acceleration = recipe.speed_mm_s[kind], recipe.acceleration_mm_s2[kind]
            corner = recipe.corner_mm_s
            seconds = ramp_s(length, speed, acceleration, corner, corner)
            seconds += ramp_s(recipe.link_mm[kind], speed, acceleration, corner, corner)
            found[kind, 0] += length * grid.dy_mm if own or kind != SPARSE else 0.0
            found[kind, 1] += lines * (length + recipe.joint_mm[kind])
            found[kind, 2] += lines * seconds
            found[kind, 3] += lines
            if own and length > recipe.core_least_mm and _begins(kinds, row, start, column):
                found[kind, 4] += 1
