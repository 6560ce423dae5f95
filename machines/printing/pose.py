"""How a mesh lies while it is measured: moved and turned about the z axis on the way, so that no copy of it is made."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from machines.printing.compiled import Floats, compiled

__all__ = ["Bounds", "Pose", "bounds_of"]


class Pose(NamedTuple):
    """A point of the mesh becomes the origin, then it is turned.

    Attributes:
        x_mm, y_mm, z_mm: what becomes the origin.
        cos, sin: of the angle; lines at that angle run along x afterwards.
        outward: +1, or -1 where the facets look inwards and are taken the other way round.
    """

    x_mm: float = 0.0
    y_mm: float = 0.0
    z_mm: float = 0.0
    cos: float = 1.0
    sin: float = 0.0
    outward: int = 1


class Bounds(NamedTuple):
    """Least and greatest coordinates, mm, of a mesh as it lies and as it is posed.

    Attributes:
        low, high: x, y, z as it lies.
        pose: its middle on the plate as origin, turned.
        turned_low, turned_high: x, y posed so.
    """

    low: Floats
    high: Floats
    pose: Pose
    turned_low: Floats
    turned_high: Floats


def bounds_of(corners: Floats, angle_deg: float) -> Bounds:
    """Bounds of a mesh as it lies, and turned by -angle about its middle."""
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    found = np.empty((2, 5))
    _bounds(corners, cos, sin, found)
    low, high = found
    x, y = (low[:2] + high[:2]) / 2
    middle = np.array([cos * x + sin * y, cos * y - sin * x])
    pose = Pose(float(x), float(y), float(low[2]), cos, sin)
    return Bounds(low[:3], high[:3], pose, low[3:] - middle, high[3:] - middle)


@compiled
def _bounds(corners: Floats, cos: float, sin: float, found: Floats) -> None:
    low_x = low_y = low_z = low_u = low_v = math.inf
    high_x = high_y = high_z = high_u = high_v = -math.inf
    for i in range(corners.shape[0]):
        for k in range(3):
            x, y, z = corners[i, k, 0], corners[i, k, 1], corners[i, k, 2]
            u, v = cos * x + sin * y, cos * y - sin * x
            low_x, high_x = min(low_x, x), max(high_x, x)
            low_y, high_y = min(low_y, y), max(high_y, y)
            low_z, high_z = min(low_z, z), max(high_z, z)
            low_u, high_u = min(low_u, u), max(high_u, u)
            low_v, high_v = min(low_v, v), max(high_v, v)
    found[0, 0], found[0, 1], found[0, 2], found[0, 3], found[0, 4] = low_x, low_y, low_z, low_u, low_v
    found[1, 0], found[1, 1], found[1, 2], found[1, 3], found[1, 4] = high_x, high_y, high_z, high_u, high_v
