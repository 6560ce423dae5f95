"""Curves flattened to polygons that stay within `SAG_MM`."""

from __future__ import annotations

import math

import numpy as np
import svgelements

from geometry.strokes import SAG_MM, Points

__all__ = ["cubic_points", "elliptic_points"]

_MOST = 2_000


def cubic_points(controls: Points, unit_mm: float) -> Points:
    """Points of a cubic Bezier curve behind its first one.

    A piece over a step h of the parameter leaves its chord by at most h^2 / 8 of the largest second derivative, which
    is six times the largest second difference of the control points.

    Args:
        controls: shape (4, 2), in the drawing's unit.
        unit_mm: millimetres of that unit.
    """
    bend = float(np.linalg.norm(np.diff(controls, n=2, axis=0), axis=1).max()) * unit_mm
    pieces = _pieces(math.sqrt(6 * bend / (8 * SAG_MM)))
    t = np.linspace(0, 1, pieces + 1)[1:, None]
    u = 1 - t
    a, b, c, d = controls
    return np.asarray(u**3 * a + 3 * u**2 * t * b + 3 * u * t**2 * c + t**3 * d)


def elliptic_points(arc: svgelements.Arc, unit_mm: float) -> Points:
    """Points of an elliptic arc behind its first one; the sagitta of a piece over an angle w is r (1 - cos(w/2)).

    Args:
        arc: in the drawing's unit.
        unit_mm: millimetres of that unit.
    """
    radius = max(abs(arc.rx), abs(arc.ry)) * unit_mm
    if radius <= SAG_MM:
        return np.array([[*arc.end]])
    pieces = _pieces(abs(arc.sweep) / (2 * math.acos(1 - SAG_MM / radius)))
    points = [arc.point(at) for at in np.linspace(0, 1, pieces + 1)[1:]]
    points[-1] = arc.end
    return np.array([[*point] for point in points])


def _pieces(wanted: float) -> int:
    """A whole number of pieces, from 1 to 2,000; a number that is none gives the most."""
    return max(1, min(_MOST, math.ceil(wanted))) if math.isfinite(wanted) else _MOST
