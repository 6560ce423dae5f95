"""A part as columns: where vertical lines through the middles of a grid's cells enter and leave it.

The grid is turned so that its rows run along the infill's lines. Columns tell for any height whether a cell is inside,
and how thick the part is above and below there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from machines.printing.compiled import compiled
from machines.printing.sections import Floats, Ints

__all__ = ["Columns", "Grid", "bounds", "columns_of", "grid_over", "turned"]


_ASPECT = 1.3247  # no simple fraction


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
    turn: Ints
    slope: Floats


def turned(corners: Floats, angle_deg: float, middle: Floats) -> Floats:
    """Corners with a point as origin, turned by -angle about the z axis: lines at that angle run along x."""
    placed = np.empty_like(corners)
    _turn(corners, math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg)), middle, placed)
    return placed


@compiled
def _turn(corners: Floats, c: float, s: float, middle: Floats, placed: Floats) -> None:
    for i in range(corners.shape[0]):
        for k in range(3):
            x, y = corners[i, k, 0] - middle[0], corners[i, k, 1] - middle[1]
            placed[i, k, 0], placed[i, k, 1] = c * x + s * y, c * y - s * x
            placed[i, k, 2] = corners[i, k, 2] - middle[2]


@compiled
def bounds(corners: Floats) -> tuple[Floats, Floats]:
    """Least and greatest x, y, z."""
    low, high = corners[0, 0].copy(), corners[0, 0].copy()
    for axis in range(3):
        least, most = low[axis], high[axis]
        for i in range(corners.shape[0]):
            a, b, c = corners[i, 0, axis], corners[i, 1, axis], corners[i, 2, axis]
            least, most = min(least, a, b, c), max(most, a, b, c)
        low[axis], high[axis] = least, most
    return low, high


def grid_over(low: Floats, high: Floats, cell_mm: float, margin_mm: float) -> Grid:
    """A grid that covers a rectangle and a margin around it."""
    dx, dy = cell_mm * math.sqrt(_ASPECT), cell_mm / math.sqrt(_ASPECT)
    nx = math.ceil((high[0] - low[0] + 2 * margin_mm) / dx) + 1
    ny = math.ceil((high[1] - low[1] + 2 * margin_mm) / dy) + 1
    # the odd share keeps the cells' middles off round coordinates
    return Grid(float(low[0] - margin_mm + 0.317 * dx), float(low[1] - margin_mm + 0.271 * dy), dx, dy, nx, ny)


def columns_of(corners: Floats, grid: Grid) -> Columns:
    """The columns of a mesh.

    Args:
        corners: turned, shape (triangles, 3, 3).
        grid: as `grid_over`.
    """
    counts = np.zeros(grid.nx * grid.ny + 1, np.int64)
    nothing, none = np.empty(0), np.empty(0, np.int64)
    _cross(corners, grid, counts, nothing, none, nothing, fill=False)
    begin = np.zeros_like(counts)
    np.cumsum(counts[:-1], out=begin[1:])
    z, turn, slope = np.empty(begin[-1]), np.empty(begin[-1], np.int64), np.empty(begin[-1])
    _cross(corners, grid, begin[:-1].copy(), z, turn, slope, fill=True)
    _sort(begin, z, turn, slope)
    return Columns(begin, z, turn, slope)


@compiled
def _cross(corners: Floats, grid: Grid, cursor: Ints, z: Floats, turn: Ints, slope: Floats, *, fill: bool) -> None:
    dx, dy = grid.dx_mm, grid.dy_mm
    for triangle in corners:
        ax, ay, az = triangle[0, 0], triangle[0, 1], triangle[0, 2]
        by, cy = triangle[1, 1] - ay, triangle[2, 1] - ay
        first = max(0, (math.ceil((ay + min(0.0, by, cy) - grid.y_mm) / dy)))
        last = min(grid.ny - 1, (math.floor((ay + max(0.0, by, cy) - grid.y_mm) / dy)))
        if first > last:  # most of the small triangles of fine meshes lie between rows
            continue
        bx, cx = triangle[1, 0] - ax, triangle[2, 0] - ax
        shadow = bx * cy - by * cx
        if shadow == 0.0:
            continue
        dz_dx = dz_dy = rise = 0.0
        if fill:
            bz, cz = triangle[1, 2] - az, triangle[2, 2] - az
            dz_dx, dz_dy = (bz * cy - cz * by) / shadow, (cz * bx - bz * cx) / shadow
            rise = math.sqrt(dz_dx * dz_dx + dz_dy * dz_dy)
        sign = -1 if shadow > 0 else 1
        for row in range(first, last + 1):
            y = grid.y_mm + row * dy - ay
            low, high = _chord(y, bx, by, cx, cy)
            if low > high:
                continue
            begin = max(0, (math.ceil((ax + low - grid.x_mm) / dx)))
            end = min(grid.nx, (math.ceil((ax + high - grid.x_mm) / dx)))
            for column in range(begin, end):
                at = row * grid.nx + column
                place = cursor[at]
                cursor[at] = place + 1
                if fill:
                    x = grid.x_mm + column * dx - ax
                    z[place], turn[place], slope[place] = az + dz_dx * x + dz_dy * y, sign, rise


@compiled
def _chord(y: float, bx: float, by: float, cx: float, cy: float) -> tuple[float, float]:
    """Where a row crosses the sides of a triangle whose first corner is the origin; the first is greater if nowhere."""
    low, high = math.inf, -math.inf
    if (y >= 0.0) != (by <= y):
        x = bx * y / by
        low, high = min(low, x), max(high, x)
    if (y >= 0.0) != (cy <= y):
        x = cx * y / cy
        low, high = min(low, x), max(high, x)
    if (by <= y) != (cy <= y):
        x = bx + (cx - bx) * (y - by) / (cy - by)
        low, high = min(low, x), max(high, x)
    return low, high


@compiled
def _sort(begin: Ints, z: Floats, turn: Ints, slope: Floats) -> None:
    for column in range(len(begin) - 1):
        for i in range(begin[column] + 1, begin[column + 1]):
            j = i
            while j > begin[column] and z[j - 1] > z[j]:
                z[j - 1], z[j] = z[j], z[j - 1]
                turn[j - 1], turn[j] = turn[j], turn[j - 1]
                slope[j - 1], slope[j] = slope[j], slope[j - 1]
                j -= 1
