"""A mesh cut into layers: length and area of every section, and the segments of chosen layers.

One pass over the triangles. A layer is cut at half its height, as slicers do. Segments run with the inside on their
left, so the shoelace formula gives a section's area with its holes taken off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from machines.printing.compiled import Floats, Ints, compiled
from machines.printing.pose import Pose

__all__ = ["Floats", "Ints", "Sections", "cut", "layer_heights", "segments_of"]

_Spans = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sections:
    """All layers of a part; arrays have one entry a layer.

    Attributes:
        z_mm: where each layer is cut, above the plate.
        perimeter_mm: length of all contours.
        area_mm2: inside, holes taken off; signed, so below zero where a mesh is inside out.
        up_mm2, down_mm2: area seen from above and below of the faces that end in the layer, steep faces left out.
        segments: how many triangles are cut.
        spans: of each triangle the first layer that cuts it and the one after the last, shape (triangles, 2).
    """

    z_mm: Floats
    perimeter_mm: Floats
    area_mm2: Floats
    up_mm2: Floats
    down_mm2: Floats
    segments: Ints
    spans: _Spans


def layer_heights(height_mm: float, layer_mm: float, first_layer_mm: float) -> Floats:
    """Where the layers of a part are cut: half a layer above its lower side, as long as that is below the top."""
    more = max(0, math.floor((height_mm - first_layer_mm) / layer_mm + 0.5 - 1e-6))
    return np.concatenate(([first_layer_mm / 2], first_layer_mm + layer_mm * (np.arange(more) + 0.5)))


def cut(corners: Floats, pose: Pose, z_mm: Floats, layer_mm: float) -> Sections:
    """Cut a mesh.

    Args:
        corners: shape (triangles, 3, 3), mm.
        pose: its lowest z becomes 0.
        z_mm: where, as `layer_heights`.
        layer_mm: distance of the cuts.
    """
    count = len(z_mm)
    perimeter, area = np.zeros(count), np.zeros(count)
    up, down, segments = np.zeros(count), np.zeros(count), np.zeros(count + 1, np.int64)
    spans = np.empty((len(corners), 2), np.int32)
    _cut(corners, pose, z_mm, layer_mm, perimeter, area, up, down, segments, spans)
    return Sections(z_mm, perimeter, area, up, down, np.cumsum(segments[:-1]), spans)


def segments_of(corners: Floats, pose: Pose, sections: Sections, chosen: Ints) -> tuple[Floats, Ints]:
    """The segments of chosen layers.

    Args:
        corners: as `cut`.
        pose: as `cut`.
        sections: what `cut` found.
        chosen: ascending numbers of layers.

    Returns:
        Segments, shape (all, 4): x, y of start and end; and where each layer's begin, with the end, shape (chosen + 1).
    """
    begin = np.zeros(len(chosen) + 1, np.int64)
    np.cumsum(sections.segments[chosen], out=begin[1:])
    found = np.empty((begin[-1], 4))
    following = np.searchsorted(chosen, np.arange(len(sections.z_mm) + 1))
    _collect(corners, pose, sections.z_mm, chosen, following, sections.spans, begin[:-1].copy(), found)
    return found, begin


@compiled
def _first_cut(z: float, z_mm: Floats, per_layer: float) -> int:
    """The first layer that is cut at or above z."""
    if z <= z_mm[0]:
        return 0
    if len(z_mm) == 1:
        return 1
    number: int = math.ceil((z - z_mm[1]) * per_layer) + 1
    number = min(max(number, 1), len(z_mm))
    while number < len(z_mm) and z_mm[number] < z:
        number += 1
    while number > 1 and z_mm[number - 1] >= z:
        number -= 1
    return number


@compiled
def _rank(az: float, bz: float, cz: float) -> tuple[int, int, int, bool]:
    """Numbers of the corners from low to high, and whether that goes round the triangle the other way.

    Edges are always followed upwards, so neighbours give bit for bit the same point.
    """
    low = 0 if az <= bz else 1
    low = low if min(az, bz) <= cz else 2
    high = 1 if bz >= az else 0
    high = 2 if cz >= max(az, bz) else high
    middle = 3 - low - high
    return low, middle, high, (middle - low) % 3 == 2


@compiled
def _cut(
    corners: Floats, pose: Pose, z_mm: Floats, layer_mm: float,
    perimeter: Floats, area: Floats, up: Floats, down: Floats, segments: Ints, spans: _Spans,
) -> None:  # fmt: skip
    last, per_layer = len(z_mm) - 1, 1.0 / layer_mm
    x, y, bottom = pose.x_mm, pose.y_mm, pose.z_mm
    for i in range(len(corners)):
        triangle = corners[i]
        az, bz, cz = triangle[0, 2] - bottom, triangle[1, 2] - bottom, triangle[2, 2] - bottom
        lowest, highest = min(az, bz, cz), max(az, bz, cz)
        first, end = _first_cut(lowest, z_mm, per_layer), _first_cut(highest, z_mm, per_layer)
        spans[i, 0], spans[i, 1] = first, end
        ax, ay = triangle[0, 0], triangle[0, 1]
        shadow = (triangle[1, 0] - ax) * (triangle[2, 1] - ay) - (triangle[2, 0] - ax) * (triangle[1, 1] - ay)
        shadow *= 0.5 * pose.outward
        if shadow > 0:
            up[max(0, min((first + end) // 2 - 1, last))] += shadow
        else:
            down[max(0, min((first + end) // 2, last))] -= shadow
        if first == end:
            continue
        one, two, three, flipped = _rank(az, bz, cz)
        ax, ay, az = triangle[one, 0] - x, triangle[one, 1] - y, lowest
        bx, by, bz = triangle[two, 0] - x, triangle[two, 1] - y, triangle[two, 2] - bottom
        cx, cy, cz = triangle[three, 0] - x, triangle[three, 1] - y, highest
        middle = (end if z_mm[first] < bz else first) if end - first == 1 else _first_cut(bz, z_mm, per_layer)
        segments[first] += 1
        segments[end] -= 1
        # all cuts of a triangle are parallel: their length grows evenly from the lowest corner, and from the highest
        rise = 1.0 / (cz - az)
        fx, fy = (cx - ax) * rise, (cy - ay) * rise
        sign = (-0.5 if flipped else 0.5) * pose.outward
        if first < middle:
            rise = 1.0 / (bz - az)
            gx, gy = (bx - ax) * rise, (by - ay) * rise
            grows = math.sqrt((gx - fx) ** 2 + (gy - fy) ** 2)
            linear, square = sign * (ax * (gy - fy) - ay * (gx - fx)), sign * (fx * gy - fy * gx)
            _add(z_mm, az, first, middle, grows, linear, square, perimeter, area)
        if middle < end:
            rise = 1.0 / (cz - bz)
            gx, gy = (cx - bx) * rise, (cy - by) * rise
            grows = -math.sqrt((gx - fx) ** 2 + (gy - fy) ** 2)
            linear, square = sign * (cx * (gy - fy) - cy * (gx - fx)), sign * (fx * gy - fy * gx)
            _add(z_mm, cz, middle, end, grows, linear, square, perimeter, area)


@compiled
def _add(
    z_mm: Floats, corner: float, first: int, end: int, grows: float, linear: float, square: float,
    perimeter: Floats, area: Floats,
) -> None:  # fmt: skip
    """Add the cuts on one side of the middle corner."""
    z, lengths, areas = z_mm[first:end], perimeter[first:end], area[first:end]
    for k in range(len(z)):
        way = z[k] - corner
        lengths[k] += grows * way
        areas[k] += way * (linear + square * way)


@compiled
def _collect(
    corners: Floats, pose: Pose, z_mm: Floats, chosen: Ints, following: Ints, spans: _Spans, cursor: Ints, found: Floats
) -> None:
    x, y, bottom, c, s = pose.x_mm, pose.y_mm, pose.z_mm, pose.cos, pose.sin
    for number in range(len(corners)):
        begin, end = following[spans[number, 0]], following[spans[number, 1]]
        if begin == end:
            continue
        triangle = corners[number]
        one, two, three, flipped = _rank(triangle[0, 2], triangle[1, 2], triangle[2, 2])
        ax, ay, az = triangle[one, 0] - x, triangle[one, 1] - y, triangle[one, 2] - bottom
        bx, by, bz = triangle[two, 0] - x, triangle[two, 1] - y, triangle[two, 2] - bottom
        cx, cy, cz = triangle[three, 0] - x, triangle[three, 1] - y, triangle[three, 2] - bottom
        for place in range(begin, end):
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
            if flipped == (pose.outward > 0):
                px, py, qx, qy = qx, qy, px, py
            found[at, 0], found[at, 1] = c * px + s * py, c * py - s * px
            found[at, 2], found[at, 3] = c * qx + s * qy, c * qy - s * qx
