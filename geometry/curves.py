"""Shapes of SVG flattened to polygons that stay within `SAG_MM`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import svgelements

from geometry.strokes import SAG_MM, Points

__all__ = ["shape_lines"]

_MOST = 2_000
_CURVES = (svgelements.Arc, svgelements.CubicBezier, svgelements.QuadraticBezier)


def shape_lines(shape: svgelements.Shape, unit_mm: float) -> Iterator[Points]:
    """The sub-paths of a shape, shape (n, 2) each, n from 1, in the drawing's unit.

    Args:
        shape: its transforms applied.
        unit_mm: millimetres of the drawing's unit.
    """
    line: list[tuple[float, float] | list[float]] = []
    for segment in shape.segments():
        if isinstance(segment, svgelements.Move):
            if line:
                yield np.array(line)
            line = []
        if segment.end is None or (segment.start is None and line):
            continue
        if isinstance(segment, _CURVES) and segment.start is not None:
            line += _flattened(segment, unit_mm).tolist()
        else:
            line.append((segment.end.x, segment.end.y))
    if line:
        yield np.array(line)


def _flattened(segment: svgelements.PathSegment, unit_mm: float) -> Points:
    """The points of a curve behind its first one."""
    if isinstance(segment, svgelements.Arc):
        return _elliptic_points(segment, unit_mm)
    first, last = np.array([*segment.start]), np.array([*segment.end])
    if isinstance(segment, svgelements.CubicBezier):
        return _cubic_points(np.array([first, [*segment.control1], [*segment.control2], last]), unit_mm)
    middle = np.array([*segment.control])
    return _cubic_points(np.array([first, (first + 2 * middle) / 3, (last + 2 * middle) / 3, last]), unit_mm)


def _cubic_points(controls: Points, unit_mm: float) -> Points:
    """Points of a cubic Bezier curve behind its first one.

    A piece over a step h of the parameter leaves its chord by at most h^2 / 8 of the largest second derivative, which
    is six times the largest second difference of the control points.
    """
    bend = float(np.linalg.norm(np.diff(controls, n=2, axis=0), axis=1).max()) * unit_mm
    pieces = _pieces(math.sqrt(6 * bend / (8 * SAG_MM)))
    t = np.linspace(0, 1, pieces + 1)[1:, None]
    u = 1 - t
    a, b, c, d = controls
    return np.asarray(u**3 * a + 3 * u**2 * t * b + 3 * u * t**2 * c + t**3 * d)


def _elliptic_points(arc: svgelements.Arc, unit_mm: float) -> Points:
    """Points of an elliptic arc behind its first one; the sagitta of a piece over an angle w is r (1 - cos(w/2))."""
    rx, ry = abs(arc.rx), abs(arc.ry)
    end, centre = np.array([[*arc.end]]), np.array([*arc.center])
    if not max(rx, ry) * unit_mm > SAG_MM or min(rx, ry) == 0:
        return end
    pieces = _pieces(abs(arc.sweep) / (2 * math.acos(1 - SAG_MM / (max(rx, ry) * unit_mm))))
    turn = float(arc.get_rotation())
    axes = np.array(((math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))))
    along = axes @ (np.array([*arc.start]) - centre)
    first = math.atan2(along[1] / ry, along[0] / rx)
    t = first + float(arc.sweep) * np.linspace(0, 1, pieces + 1)[1:-1, None]
    return np.concatenate((centre + rx * np.cos(t) * axes[0] + ry * np.sin(t) * axes[1], end))


def _pieces(wanted: float) -> int:
    """A whole number of pieces, from 1 to 2,000; a number that is none gives the most."""
    return max(1, min(_MOST, math.ceil(wanted))) if math.isfinite(wanted) else _MOST
