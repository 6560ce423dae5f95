"""Shapes of which parts for measurements are made: prisms, surfaces round an axis, tubes, and what a formula encloses.

All are arrays of triangles' corners, shape (triangles, 3, 3), in millimetres, facets looking outwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon

from geometry.stl import Corners

__all__ = ["box", "enclosed", "inward", "joined", "moved", "prism", "round_axis", "swept"]

_Floats = npt.NDArray[np.float64]
Radius = Callable[[_Floats, float], _Floats]
# a cube in six tetrahedra round its diagonal, corners as bits of x, y, z
_TETRAHEDRA = ((0, 1, 3, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 6, 4, 7), (0, 4, 5, 7), (0, 5, 1, 7))


def joined(parts: Iterable[Corners]) -> Corners:
    """Several bodies as one part; they may overlap."""
    return np.concatenate(list(parts))


def moved(part: Corners, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Corners:
    """The part elsewhere."""
    return part + np.array([x, y, z])


def inward(part: Corners) -> Corners:
    """The part as a cavity: facets look to its inside."""
    return part[:, ::-1]


def box(x: float, y: float, z: float) -> Corners:
    """A box on the plate, its middle over the origin."""
    return prism(shapely.box(-x / 2, -y / 2, x / 2, y / 2), z)


def prism(outline: Polygon | MultiPolygon, height: float, *, twist_deg: float = 0.0, steps: int = 1) -> Corners:
    """An outline drawn upwards, turned on the way where a twist is given."""
    faces = []
    levels = np.linspace(0.0, 1.0, steps + 1)
    for polygon in getattr(outline, "geoms", [outline]):
        polygon = shapely.orient_polygons(polygon)
        flat = [np.array(each.exterior.coords)[:3] for each in shapely.constrained_delaunay_triangles(polygon).geoms]
        for triangle in flat:
            u, v = triangle[1] - triangle[0], triangle[2] - triangle[0]
            upward = triangle if u[0] * v[1] - u[1] * v[0] > 0 else triangle[::-1]
            faces += [_at(upward[::-1], 0.0, 0.0, height), _at(upward, 1.0, twist_deg, height)]
        for ring in (polygon.exterior, *polygon.interiors):
            points = np.array(ring.coords)
            for low, high in pairwise(levels):
                below, above = (_at(points, level, level * twist_deg, height) for level in (low, high))
                for a, b, c, d in zip(below, below[1:], above[1:], above, strict=False):
                    faces += [np.array([a, b, c]), np.array([a, c, d])]
    return np.array(faces)


def _at(points: _Floats, level: float, turn_deg: float, height: float) -> _Floats:
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([c * x - s * y, s * x + c * y, np.full(len(points), level * height)])


def round_axis(radius: Radius, height: float, *, around: int = 96, steps: int = 60) -> Corners:
    """A body round the z axis whose radius depends on angle and height, closed by flat ends."""
    angles = np.linspace(0.0, 2 * np.pi, around, endpoint=False)
    rings = []
    for z in np.linspace(0.0, height, steps + 1):
        r = radius(angles, float(z))
        rings.append(np.column_stack([r * np.cos(angles), r * np.sin(angles), np.full(around, z)]))
    return _between(rings)


def swept(path: _Floats, radius: float, *, around: int = 24) -> Corners:
    """A round bar along a path, shape (any, 3), closed by flat ends."""
    angles = np.linspace(0.0, 2 * np.pi, around, endpoint=False)
    way = np.gradient(path, axis=0)
    way /= np.linalg.norm(way, axis=1)[:, None]
    side = np.cross(way[0], (0.0, 0.0, 1.0) if abs(way[0, 2]) < 0.9 else (1.0, 0.0, 0.0))
    rings = []
    for point, along in zip(path, way, strict=True):
        side = side - along * (side @ along)  # carried along, so that rings do not turn
        side /= np.linalg.norm(side)
        other = np.cross(along, side)
        rings.append(point + radius * (np.outer(np.cos(angles), side) + np.outer(np.sin(angles), other)))
    return _between(rings)


def _between(rings: Sequence[_Floats]) -> Corners:
    faces = []
    for below, above in pairwise(rings):
        a, b, c, d = below, np.roll(below, -1, axis=0), np.roll(above, -1, axis=0), above
        faces += [np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]
    for ring, step in ((rings[0], -1), (rings[-1], 1)):
        beside = np.roll(ring, -1, axis=0)
        middle = np.broadcast_to(ring.mean(axis=0), ring.shape)
        faces.append(np.stack([middle, ring, beside][::1] if step > 0 else [middle, beside, ring], axis=1))
    return np.concatenate(faces)


def enclosed(inside: Callable[[_Floats, _Floats, _Floats], _Floats], size: float, cells: int) -> Corners:
    """The surface round all places of a cube where a formula is above zero, by marching tetrahedra."""
    ticks = np.linspace(-size / 2, size / 2, cells + 1)
    ticks = np.concatenate(([ticks[0] - size / cells], ticks, [ticks[-1] + size / cells]))
    x, y, z = np.meshgrid(ticks, ticks, ticks, indexing="ij")
    values = inside(x, y, z) + 1e-9
    for axis in range(3):  # nothing is inside at the border, so the surface closes
        for end in (0, -1):
            np.moveaxis(values, axis, 0)[end] = -0.5 * np.abs(values).max()
    n = len(ticks) - 1
    corner = [np.s_[b & 1 : n + (b & 1), b >> 1 & 1 : n + (b >> 1 & 1), b >> 2 : n + (b >> 2)] for b in range(8)]
    points = [np.stack([each[at].ravel() for each in (x, y, z)], axis=1) for at in corner]
    level = [values[at].ravel() for at in corner]
    faces = []
    for four in _TETRAHEDRA:
        faces += _tetrahedra(np.stack([points[i] for i in four], axis=1), np.stack([level[i] for i in four], axis=1))
    return np.concatenate(faces)


def _tetrahedra(points: _Floats, level: _Floats) -> list[Corners]:
    """Where tetrahedra, shape (any, 4, 3), meet level zero: one triangle round a single corner, two between pairs."""
    faces = []
    case = (level > 0) @ np.array([1, 2, 4, 8])
    for number in range(1, 15):
        chosen = case == number
        if not chosen.any():
            continue
        p, v = points[chosen], level[chosen]
        within = [i for i in range(4) if number >> i & 1]
        without = [i for i in range(4) if not number >> i & 1]
        if len(within) == 2:
            a, b = within
            c, d = without
            ring = [_cut(p, v, a, c), _cut(p, v, a, d), _cut(p, v, b, d), _cut(p, v, b, c)]
            found = [(ring[0], ring[1], ring[2]), (ring[0], ring[2], ring[3])]
        else:
            one, rest = (within[0], without) if len(within) == 1 else (without[0], within)
            found = [tuple(_cut(p, v, one, other) for other in rest)]
        inside = p[:, within].mean(axis=1)
        for triangle in found:
            face = np.stack(triangle, axis=1)
            normal = np.cross(face[:, 1] - face[:, 0], face[:, 2] - face[:, 0])
            wrong = np.einsum("ij,ij->i", normal, face.mean(axis=1) - inside) < 0
            face[wrong] = face[wrong][:, ::-1]
            faces.append(face)
    return faces


def _cut(p: _Floats, v: _Floats, a: int, b: int) -> _Floats:
    a, b = min(a, b), max(a, b)  # neighbours reckon alike
    share = v[:, a] / (v[:, a] - v[:, b])
    return p[:, a] + share[:, None] * (p[:, b] - p[:, a])
