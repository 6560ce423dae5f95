"""A mesh cut into layers: length and area of every section, and the segments of chosen layers.

One pass over the triangles. A layer is cut at half its height, as slicers do. Segments run with the inside on their
left, so the shoelace formula gives a section's area with its holes taken off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from machines.printing.compiled import compiled

__all__ = ["Floats", "Ints", "Sections", "cut", "layer_heights", "segments_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sections:
    """All layers of a part; arrays have one entry a layer.

    Attributes:
        z_mm: where each layer is cut, above the plate.
        perimeter_mm: length of all contours.
        area_mm2: inside, holes taken off; signed, so below zero where a mesh is turned inside out.
        up_mm2, down_mm2: area seen from above and below of the faces that end in the layer, steep faces left out.
        segments: how many triangles are cut.
    """

    z_mm: Floats
    perimeter_mm: Floats
    area_mm2: Floats
    up_mm2: Floats
    down_mm2: Floats
    segments: Ints


def layer_heights(height_mm: float, layer_mm: float, first_layer_mm: float) -> Floats:
    """Where the layers of a part are cut: half a layer above its lower side, as long as that is below the top."""
    more = max(0, math.floor((height_mm - first_layer_mm) / layer_mm + 0.5 - 1e-6))
    return np.concatenate(([first_layer_mm / 2], first_layer_mm + layer_mm * (np.arange(more) + 0.5)))


def cut(corners: Floats, z_mm: Floats, layer_mm: float) -> Sections:
    """Cut a mesh.

    Args:
        corners: shape (triangles, 3, 3), mm; the lowest z is 0.
        z_mm: where, as `layer_heights`.
        layer_mm: distance of the cuts.
    """
    count = len(z_mm)
    perimeter, area = np.zeros(count), np.zeros(count)
    up, down, segments = np.zeros(count), np.zeros(count), np.zeros(count + 1, np.int64)
    _cut(corners, z_mm, layer_mm, perimeter, area, up, down, segments)
    return Sections(z_mm, perimeter, area, up, down, np.cumsum(segments[:-1]))


def segments_of(corners: Floats, z_mm: Floats, layer_mm: float, chosen: Ints, counts: Ints) -> tuple[Floats, Ints]:
    """The segments of chosen layers.

    Args:
        corners: as `cut`.
        z_mm: as `cut`.
        layer_mm: as `cut`.
        chosen: ascending numbers of layers.
        counts: `Sections.segments`.

    Returns:
        Segments, shape (all, 4): x, y of start and end; and where each layer's begin, with the end, shape (chosen + 1).
    """
    begin = np.zeros(len(chosen) + 1, np.int64)
    np.cumsum(counts[chosen], out=begin[1:])
    found = np.empty((begin[-1], 4))
    following = np.searchsorted(chosen, np.arange(len(z_mm) + 1))
    _collect(corners, z_mm, layer_mm, chosen, following, begin[:-1].copy(), found)
    return found, begin


@compiled
def _first_cut(z: float, z_mm: Floats, layer_mm: float) -> int:
    """The first layer that is cut at or above z."""
    if z <= z_mm[0]:
        return 0
    if len(z_mm) == 1:
        return 1
    number: int = math.ceil((z - z_mm[1]) / layer_mm) + 1
    number = min(max(number, 1), len(z_mm))
    while number < len(z_mm) and z_mm[number] < z:
        number += 1
    while number > 1 and z_mm[number - 1] >= z:
        number -= 1
    return number


@compiled
def _edges(triangle: Floats) -> tuple[float, float, float, float, float, float, float, float, float, bool]:
    """The corners of a triangle from low to high, and whether cuts run from the long edge to the short one.

    Edges are always followed upwards, so neighbours give bit for bit the same point, and the outside lies on the right.
    """
    ax, ay, az = triangle[0, 0], triangle[0, 1], triangle[0, 2]
    bx, by, bz = triangle[1, 0], triangle[1, 1], triangle[1, 2]
    cx, cy, cz = triangle[2, 0], triangle[2, 1], triangle[2, 2]
    flipped = False
    if az > bz:
        ax, ay, az, bx, by, bz = bx, by, bz, ax, ay, az
        flipped = not flipped
    if bz > cz:
        bx, by, bz, cx, cy, cz = cx, cy, cz, bx, by, bz
        flipped = not flipped
    if az > bz:
        ax, ay, az, bx, by, bz = bx, by, bz, ax, ay, az
        flipped = not flipped
    return ax, ay, az, bx, by, bz, cx, cy, cz, flipped


@compiled
def _cut(
    corners: Floats, z_mm: Floats, layer_mm: float,
    perimeter: Floats, area: Floats, up: Floats, down: Floats, segments: Ints,
) -> None:  # fmt: skip
    last = len(z_mm) - 1
    for triangle in corners:
        ax, ay, az, bx, by, bz, cx, cy, cz, flipped = _edges(triangle)
        first, end = _first_cut(az, z_mm, layer_mm), _first_cut(cz, z_mm, layer_mm)
        shadow = 0.5 * ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
        if flipped:
            shadow = -shadow
        if shadow > 0:
            up[max(0, min((first + end) // 2 - 1, last))] += shadow
        else:
            down[max(0, min((first + end) // 2, last))] -= shadow
        if first == end:
            continue
        middle = (end if z_mm[first] < bz else first) if end - first == 1 else _first_cut(bz, z_mm, layer_mm)
        segments[first] += 1
        segments[end] -= 1
        # all cuts of a triangle are parallel: their length grows evenly from the lowest corner, and from the highest
        fx, fy = (cx - ax) / (cz - az), (cy - ay) / (cz - az)
        sign = -0.5 if flipped else 0.5
        if first < middle:
            gx, gy = (bx - ax) / (bz - az), (by - ay) / (bz - az)
            grows = math.sqrt((gx - fx) ** 2 + (gy - fy) ** 2)
            linear, square = sign * (ax * (gy - fy) - ay * (gx - fx)), sign * (fx * gy - fy * gx)
            _add(z_mm, az, first, middle, grows, linear, square, perimeter, area)
        if middle < end:
            gx, gy = (cx - bx) / (cz - bz), (cy - by) / (cz - bz)
            grows = -math.sqrt((gx - fx) ** 2 + (gy - fy) ** 2)
            linear, square = sign * (cx * (gy - fy) - cy * (gx - fx)), sign * (fx * gy - fy * gx)
            _add(z_mm, cz, middle, end, grows, linear, square, perimeter, area)


@compiled
def _add(
    z_mm: Floats, corner: float, first: int, end: int, grows: float, linear: float, square: float,
    perimeter: Floats, area: Floats,
) -> None:  # fmt: skip
    """Add the cuts on one side of the middle corner."""
    for number in range(first, end):
        way = z_mm[number] - corner
        perimeter[number] += grows * way
        area[number] += way * (linear + square * way)


@compiled
def _collect(
    corners: Floats, z_mm: Floats, layer_mm: float, chosen: Ints, following: Ints, cursor: Ints, found: Floats
) -> None:
    for triangle in corners:
        ax, ay, az, bx, by, bz, cx, cy, cz, flipped = _edges(triangle)
        begin = following[_first_cut(az, z_mm, layer_mm)]
        for place in range(begin, following[_first_cut(cz, z_mm, layer_mm)]):
            z = z_mm[chosen[place]]
            share = (z - az) / (cz - az)
            px, py = ax + share * (cx - ax), ay + share * (cy - ay)
            if z < bz:
                share = (z - az) / (bz - az)
                qx, qy = ax + share * (bx - ax), ay + share * (by - ay)
            else:
                share = (z - bz) / (cz - bz)
                qx, qy = bx + share * (cx - bx), by + share * (cy - by)
            at = cursor[place]
            cursor[place] = at + 1
            if flipped:
                px, py, qx, qy = qx, qy, px, py
            found[at, 0], found[at, 1], found[at, 2], found[at, 3] = px, py, qx, qy
