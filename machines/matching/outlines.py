"""Does a convex outline fit a rectangle when it is turned in its plane? Decided for sure, by interval search.

Turned by an angle t the outline is w(t) wide and w(t + 90°) deep. No width changes faster with the angle than the
outline's diameter, so an interval of angles whose middle misses the room by more than that times its half holds no
fit; the others are halved until one fits or all are ruled out (Piyavskii 1972, Shubert 1972: Lipschitz optimisation).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["turned_to_fit"]

Floats = npt.NDArray[np.float64]

_TOLERANCE_MM = 1e-3  # as in geometry.fit
_FIRST = 180  # intervals
_HALVINGS = 24
_MOST_POINTS = 2_000_000  # widths of points by angles at a time: some 16 MB
_MOST_INTERVALS = 20_000


def turned_to_fit(outline: Floats, room: tuple[float, float]) -> tuple[bool | None, float]:
    """Whether some angle lets the outline lie in the room, and that angle in degrees.

    Args:
        outline: the corners of its convex hull, or more points, shape (n, 2), in millimetres.
        room: width and depth in millimetres.

    Returns:
        True and the angle; False and 0 when no angle does; None and 0 when it is so close that neither is sure.
    """
    centred = outline - (outline.max(axis=0) + outline.min(axis=0)) / 2
    diameter = 2 * float(np.hypot(centred[:, 0], centred[:, 1]).max(initial=0.0))  # an upper bound
    half = math.pi / (2 * _FIRST)
    angles = ((np.arange(_FIRST) + 0.5) * 2 * half).astype(np.float64)
    for _ in range(_HALVINGS):
        excess = _excess(centred, angles, room)
        best = int(excess.argmin())
        if excess[best] <= _TOLERANCE_MM:
            return True, math.degrees(float(angles[best]))
        angles = angles[excess - diameter * half <= _TOLERANCE_MM]
        if not len(angles):
            return False, 0.0
        if len(angles) > _MOST_INTERVALS:
            return None, 0.0
        half /= 2
        angles = np.concatenate([angles - half, angles + half])
    return None, 0.0


def _excess(points: Floats, angles: Floats, room: tuple[float, float]) -> Floats:
    """By how much the outline, turned by each angle, is too large for the room, shape (angles,)."""
    step = max(1, _MOST_POINTS // max(1, len(points)))
    parts = []
    for start in range(0, len(angles), step):
        cos, sin = np.cos(angles[start : start + step]), np.sin(angles[start : start + step])
        across = np.ptp(points[:, :1] * cos - points[:, 1:] * sin, axis=0)
        along = np.ptp(points[:, :1] * sin + points[:, 1:] * cos, axis=0)
        parts.append(np.maximum(across - room[0], along - room[1]))
    return np.concatenate(parts)
