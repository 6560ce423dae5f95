"""Contours of a layer: segments joined to polylines, and points left out that a printer would not notice."""

from __future__ import annotations

import numpy as np

from machines.printing.compiled import compiled
from machines.printing.sections import Floats, Ints

__all__ = ["chain"]


@compiled
def _hash(x: int, y: int, mask: int) -> int:
    mixed = (int(x) * 0x9E3779B1) ^ (int(y) * 0x85EBCA77)  # plain numbers: numpy's warn when they overflow
    mixed ^= mixed >> 29
    mixed *= 0x2545F491
    return (mixed ^ (mixed >> 32)) & mask


@compiled
def chain(segments: Floats, tolerance_mm: float) -> tuple[Floats, Ints]:
    """Join the segments of one layer.

    Neighbouring triangles give the same point bit for bit, so points are compared as they are. A polyline that does not
    close (a mesh with holes) stays open.

    Args:
        segments: shape (any, 4), start and end.
        tolerance_mm: how far the simplified polyline may lie off.

    Returns:
        Points, shape (any, 2), a closed polyline's first point repeated at its end; and where each polyline begins,
        with the end.
    """
    count = len(segments)
    size = 16
    while size < 2 * count:
        size *= 2
    bits = segments.view(np.int64)
    table = np.full(size, -1, np.int32)
    following = np.empty(count, np.int32)  # of those with the same place in the table
    for i in range(count):
        place = _hash(bits[i, 0], bits[i, 1], size - 1)
        following[i] = table[place]
        table[place] = i
    used = np.zeros(count, np.bool_)
    points, begin = np.empty((2 * count + 2, 2)), np.zeros(count + 1, np.int64)
    at, loops = 0, 0
    for first in range(count):
        if used[first]:
            continue
        start = at
        points[at, 0], points[at, 1] = segments[first, 0], segments[first, 1]
        at += 1
        current = first
        while current >= 0:
            used[current] = True
            points[at, 0], points[at, 1] = segments[current, 2], segments[current, 3]
            at += 1
            candidate = table[_hash(bits[current, 2], bits[current, 3], size - 1)]
            while candidate >= 0 and (
                used[candidate] or bits[candidate, 0] != bits[current, 2] or bits[candidate, 1] != bits[current, 3]
            ):
                candidate = following[candidate]
            current = candidate
        at = _simplify(points, start, at, tolerance_mm)
        if at - start >= 3:
            loops += 1
            begin[loops] = at
        else:
            at = start
    return points[:at], begin[: loops + 1]


@compiled
def _simplify(points: Floats, start: int, end: int, tolerance_mm: float) -> int:
    """Leave out points in place as long as the area cut off stays a sliver; the polyline's new end."""
    # number by number: assigning rows has the compiler take in what would word an error about their shapes
    kept = start
    area, most = 0.0, tolerance_mm * tolerance_mm
    for i in range(start + 1, end - 1):
        ax, ay = points[kept, 0], points[kept, 1]
        bx, by = points[i, 0] - ax, points[i, 1] - ay
        cx, cy = points[i + 1, 0] - ax, points[i + 1, 1] - ay
        reach = most * (cx * cx + cy * cy)
        off = bx * cy - by * cx
        area += off
        back = bx * (cx - bx) + by * (cy - by) < 0.0
        if back or area * area > reach or off * off > reach:
            kept += 1
            points[kept, 0], points[kept, 1] = points[i, 0], points[i, 1]
            area = 0.0
    kept += 1
    points[kept, 0], points[kept, 1] = points[end - 1, 0], points[end - 1, 1]
    return kept + 1
