"""A part as columns: where vertical lines through the middles of a grid's cells enter and leave it.

The grid is turned so that its rows run along the infill's lines. Columns tell for any height whether a cell is inside,
and how thick the part is above and below there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from machines.printing.compiled import Floats, Ints, compiled
from machines.printing.pose import Pose

__all__ = ["Columns", "Grid", "Slopes", "Turns", "columns_of", "grid_over"]


_ASPECT = 1.3247  # no simple fraction
_TOUCHING_MM = 1e-4
_Side = tuple[float, float, float]
Turns = npt.NDArray[np.int8]
Slopes = npt.NDArray[np.float32]


class Grid(NamedTuple):
    """Cells, longer than wide so that walls at 45 degrees meet their middles at all depths.

    Attributes:
        x_mm, y_mm: middle of the first cell, in turned coordinates.
        dx_mm, dy_mm: sides.
        nx, ny: cells a row and a column.
    """

    x_mm: float
    y_mm: float
    dx_mm: float
    dy_mm: float
    nx: int
    ny: int


class Columns(NamedTuple):
    """Crossings of all columns, by column, ascending.

    Attributes:
        begin: where each column's crossings begin, with the end, shape (nx ny + 1).
        z_mm: heights.
        turn: +1 where the column enters the part going up, -1 where it leaves.
        slope: rise by run of the surface there (0 is level).
    """

    begin: Ints
    z_mm: Floats
    turn: Turns
    slope: Slopes


class _Crossings(NamedTuple):
    """Crossings in the order in which they are found; `column` is the number of each one's cell."""

    column: npt.NDArray[np.int32]
    z_mm: Floats
    turn: Turns
    slope: Slopes


def grid_over(low: Floats, high: Floats, cell_mm: float, margin_mm: float) -> Grid:
    """A grid that covers a rectangle and a margin around it."""
    dx, dy = cell_mm * math.sqrt(_ASPECT), cell_mm / math.sqrt(_ASPECT)
    nx = math.ceil((high[0] - low[0] + 2 * margin_mm) / dx) + 1
    ny = math.ceil((high[1] - low[1] + 2 * margin_mm) / dy) + 1
    # the odd share keeps the cells' middles off round coordinates
    return Grid(float(low[0] - margin_mm + 0.317 * dx), float(low[1] - margin_mm + 0.271 * dy), dx, dy, nx, ny)


def columns_of(corners: Floats, pose: Pose, grid: Grid, shadow_mm2: float) -> Columns:
    """The columns of a mesh.

    Args:
        corners: shape (triangles, 3, 3).
        pose: as which it stands on the grid.
        grid: as `grid_over`.
        shadow_mm2: area of all its faces seen from above, which tells about how many crossings there are.
    """
    room = int(1.1 * shadow_mm2 / (grid.dx_mm * grid.dy_mm)) + 4 * (grid.nx + grid.ny) + 1000
    while True:
        found = _Crossings(
            np.empty(room, np.int32), np.empty(room), np.empty(room, np.int8), np.empty(room, np.float32)
        )
        begin = np.zeros(grid.nx * grid.ny + 2, np.int64)
        count = _cross(corners, pose, grid, begin, found)
        if count <= room:
            break
        room = count
    np.cumsum(begin, out=begin)
    z, turn, slope = np.empty(count), np.empty(count, np.int8), np.empty(count, np.float32)
    _sort(count, found, begin, z, turn, slope)
    begin = begin[:-1]
    count = _merge(begin, z, turn, slope)
    return Columns(begin, z[:count], turn[:count], slope[:count])


@compiled
def _cross(corners: Floats, pose: Pose, grid: Grid, counts: Ints, found: _Crossings) -> int:
    """Find all crossings, as far as there is room, and count those of each column; how many there are."""
    per_dx, per_dy, dx, dy, nx, last_row = 1 / grid.dx_mm, 1 / grid.dy_mm, grid.dx_mm, grid.dy_mm, grid.nx, grid.ny - 1
    left, low, bottom, c, s = grid.x_mm, grid.y_mm, pose.z_mm, pose.cos, pose.sin
    at, height, turn, slope = found.column, found.z_mm, found.turn, found.slope
    count, room = 0, len(found.z_mm)
    for i in range(len(corners)):
        triangle = corners[i]
        ax, ay = triangle[0, 0] - pose.x_mm, triangle[0, 1] - pose.y_mm
        bx, by = triangle[1, 0] - pose.x_mm, triangle[1, 1] - pose.y_mm
        cx, cy = triangle[2, 0] - pose.x_mm, triangle[2, 1] - pose.y_mm
        ay, by, cy, u, v, w = c * ay - s * ax, c * by - s * bx, c * cy - s * cx, ay, by, cy
        first = max(0, math.ceil((min(ay, by, cy) - low) * per_dy))
        last = min(last_row, math.floor((max(ay, by, cy) - low) * per_dy))
        if first > last:  # most of the small triangles of fine meshes lie between rows
            continue
        ax, bx, cx = c * ax + s * u, c * bx + s * v, c * cx + s * w
        if math.ceil((min(ax, bx, cx) - left) * per_dx) > math.floor((max(ax, bx, cx) - left) * per_dx):
            continue
        ux, uy, vx, vy = bx - ax, by - ay, cx - ax, cy - ay
        shadow = ux * vy - uy * vx
        if shadow == 0.0:
            continue
        az = triangle[0, 2] - bottom
        uz, vz = triangle[1, 2] - bottom - az, triangle[2, 2] - bottom - az
        dz_dx, dz_dy = (uz * vy - vz * uy) / shadow, (vz * ux - uz * vx) / shadow
        rise = math.sqrt(dz_dx * dz_dx + dz_dy * dz_dy)
        sign = -pose.outward if shadow > 0 else pose.outward
        ab, bc, ca = _side(ax, ay, bx, by), _side(bx, by, cx, cy), _side(cx, cy, ax, ay)
        for row in range(first, last + 1):
            y = low + row * dy
            begin_x, end_x = _within(y, ay > y, by > y, cy > y, ab, bc, ca)
            if begin_x > end_x:
                continue
            begin, end = max(0, math.ceil((begin_x - left) * per_dx)), min(nx, math.ceil((end_x - left) * per_dx))
            level = az + dz_dx * (left - ax) + dz_dy * (y - ay)
            for column in range(begin, end):
                if count < room:
                    counts[row * nx + column + 1] += 1
                    at[count], turn[count], slope[count] = row * nx + column, sign, rise
                    height[count] = level + dz_dx * dx * column
                count += 1
    return count


@compiled
def _side(ax: float, ay: float, bx: float, by: float) -> _Side:
    """The lower end of a side of a triangle, and its run by its rise: triangles on both sides of it reckon alike."""
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    return ax, ay, (bx - ax) / (by - ay) if by > ay else 0.0


@compiled
def _within(y: float, a: bool, b: bool, c: bool, ab: _Side, bc: _Side, ca: _Side) -> tuple[float, float]:
    """Where a row crosses two sides of a triangle of whose corners some lie above; the first is greater if nowhere."""
    low, high = math.inf, -math.inf
    if a != b:
        x = ab[0] + (y - ab[1]) * ab[2]
        low, high = min(low, x), max(high, x)
    if b != c:
        x = bc[0] + (y - bc[1]) * bc[2]
        low, high = min(low, x), max(high, x)
    if c != a:
        x = ca[0] + (y - ca[1]) * ca[2]
        low, high = min(low, x), max(high, x)
    return low, high


@compiled
def _sort(count: int, found: _Crossings, begin: Ints, z: Floats, turn: Turns, slope: Slopes) -> None:
    """Put each crossing in its place in its column."""
    filled = np.zeros(len(begin) - 1, np.int32)
    columns, heights, turns, slopes = found.column, found.z_mm, found.turn, found.slope
    for i in range(count):
        column, height = columns[i], heights[i]
        least = begin[column]
        place = least + filled[column]
        filled[column] += 1
        while place > least and z[place - 1] > height:
            z[place], turn[place], slope[place] = z[place - 1], turn[place - 1], slope[place - 1]
            place -= 1
        z[place], turn[place], slope[place] = height, turns[i], slopes[i]


@compiled
def _merge(begin: Ints, z: Floats, turn: Turns, slope: Slopes) -> int:
    """Leave out pairs that cancel at one height: bodies that stand on each other, sheets without thickness.

    Returns how many crossings are left; `begin` says where.
    """
    kept, first = 0, begin[0]
    for column in range(len(begin) - 1):
        least, end = kept, begin[column + 1]
        for i in range(first, end):
            if kept > least and turn[kept - 1] == -turn[i] and z[i] - z[kept - 1] < _TOUCHING_MM:
                kept -= 1
                continue
            z[kept], turn[kept], slope[kept] = z[i], turn[i], slope[i]
            kept += 1
        first = end
        begin[column + 1] = kept
    return kept
