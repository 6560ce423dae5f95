"""The convex hull of a part: what it measures whichever way it is turned.

A part fits a box if and only if its hull does. Length, surface, volume and least width of a convex body are not larger
than those of a convex body around it (monotonicity of the intrinsic volumes: Schneider, Convex Bodies, section 4.2), so
each of them can prove that a part fits in no orientation at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull, QhullError

from geometry.errors import GeometryError
from geometry.mesh import MESH_SUFFIXES, read_mesh
from geometry.solid import SOLID_SUFFIXES, read_solid

__all__ = ["Hull", "Points", "block_hull", "hull_of", "part_hull"]

Points = npt.NDArray[np.float64]

_FLAT = 1e-7  # of the longest extent: thinner than this a part is a sheet, or a rod
_INNER_POINTS = 48  # extreme points that stand for a hull of many where a bound suffices
_STRAIGHT_RAD = 1e-5  # an edge bent less than this lies within a face


@dataclass(frozen=True, eq=False)
class Hull:
    """The convex hull of a part.

    Attributes:
        vertices: its corners, shape (n, 3), in millimetres.
        volume_mm3, area_mm2: of the hull; a flat one has two sides.
        mean_length_mm: the first intrinsic volume: of a box the sum of its three sides, of a rod its length. It is
            twice the mean width.
    """

    vertices: Points
    volume_mm3: float
    area_mm2: float
    mean_length_mm: float

    @cached_property
    def inner(self) -> Points:
        """At most 48 of the corners, the extreme ones: a body inside the hull, shape (n, 3)."""
        if len(self.vertices) <= _INNER_POINTS:
            return self.vertices
        directions = _sphere(_INNER_POINTS)
        chosen = np.unique((self.vertices @ directions.T).argmax(axis=0))
        return np.asarray(self.vertices[chosen])

    @cached_property
    def reach_mm(self) -> float:
        """A lower bound of the greatest distance between two points, exact for up to 48 corners."""
        difference = self.inner[:, None, :] - self.inner[None, :, :]
        return float(np.sqrt((difference**2).sum(axis=2).max()))

    @cached_property
    def reach_direction(self) -> Points:
        """The unit vector along `reach_mm`, shape (3,)."""
        difference = self.inner[:, None, :] - self.inner[None, :, :]
        first, second = np.unravel_index((difference**2).sum(axis=2).argmax(), difference.shape[:2])
        return np.asarray(difference[first, second] / max(self.reach_mm, 1e-12))

    @cached_property
    def width_mm(self) -> float:
        """A lower bound of the least distance between two parallel planes around the part.

        It is exact for up to 48 corners: the least width is found at a face or between two edges that are opposite
        each other (Houle and Toussaint, Computing the width of a set, 1988).
        """
        if self.volume_mm3 == 0:
            return 0.0
        hull = ConvexHull(self.inner)
        directions = np.vstack([hull.equations[:, :3], _crossed(_edges(hull)[2])])
        return min(float(np.ptp(self.inner @ part.T, axis=0).min()) for part in _portions(directions))

    @cached_property
    def shadow_mm2(self) -> float:
        """A lower bound of the area of its shadow, from whichever side the light comes; of a block its least face.

        The shadow along a direction is half the sum of the faces' areas, each times the cosine of its tilt (Cauchy). It
        is least along a direction that lies in two of the faces: exact for up to 48 corners.
        """
        if self.volume_mm3 == 0:
            return 0.0
        hull = ConvexHull(self.inner)
        first, second, third = (hull.points[hull.simplices[:, corner]] for corner in range(3))
        areas = np.linalg.norm(np.cross(second - first, third - first), axis=1) / 2
        normals = hull.equations[:, :3]
        shadows = (np.abs(part @ normals.T) @ areas / 2 for part in _portions(_crossed(normals)))
        return min(float(each.min()) for each in shadows)


def hull_of(points: Points) -> Hull:
    """The hull of points, shape (n, 3), in millimetres; flat parts and rods have one too.

    Raises:
        ValueError: there is no point, or a coordinate is no finite number.
    """
    if not len(points) or not np.isfinite(points).all():
        raise ValueError("a hull is spanned by points with finite coordinates")
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    centred = np.asarray(points, dtype=np.float64) - middle
    scale = float(np.abs(centred).max())
    if scale == 0:
        return Hull(centred[:1], 0.0, 0.0, 0.0)
    _, _, axes = np.linalg.svd(_few(centred), full_matrices=False)
    spread = np.ptp(centred @ axes.T, axis=0)
    rank = int((spread > _FLAT * scale).sum())
    if rank == 1:
        along = centred @ axes[0]
        ends = centred[[int(along.argmin()), int(along.argmax())]]
        return Hull(ends, 0.0, 0.0, float(np.ptp(along)))
    try:
        if rank == 2:
            flat = ConvexHull(centred @ axes[:2].T)
            return Hull(centred[flat.vertices], 0.0, 2 * float(flat.volume), float(flat.area) / 2)
        solid = ConvexHull(centred)
    except QhullError:  # nearly flat, or nearly a rod: all that is known is where its points are
        return Hull(np.unique(centred, axis=0), 0.0, 0.0, 0.0)
    lengths, angles, _ = _edges(solid)
    mean_length = float(lengths @ angles) / (2 * np.pi)
    return Hull(centred[solid.vertices], float(solid.volume), float(solid.area), mean_length)


def block_hull(extents_mm: tuple[float, float, float]) -> Hull:
    """The hull of a block that fills its bounding box."""
    corners = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
    return hull_of(corners * np.array(extents_mm))


def part_hull(path: Path) -> Hull | None:
    """The hull of a part file, or None when it is no mesh and no solid.

    Raises:
        GeometryError: it cannot be measured; `code` says why.
        OSError: the file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in MESH_SUFFIXES:
        corners = read_mesh(path)
    elif suffix in SOLID_SUFFIXES:
        corners = read_solid(path)
    else:
        return None
    points = corners.reshape(-1, 3)
    if not len(points):
        raise GeometryError("the mesh has no facets", code="mesh-empty", where=path.name)
    return hull_of(points)


def _few(points: Points) -> Points:
    """Extreme points along 48 directions, for what needs only a rough idea of a large cloud."""
    if len(points) <= 1000:
        return points
    directions = _sphere(_INNER_POINTS)
    ends = np.concatenate([(points @ directions.T).argmax(axis=0), (points @ directions.T).argmin(axis=0)])
    return np.asarray(points[np.unique(ends)])


def _sphere(count: int) -> Points:
    """Directions spread evenly over the sphere along a golden spiral, shape (count, 3)."""
    index = np.arange(count) + 0.5
    height = 1 - 2 * index / count
    radius = np.sqrt(1 - height**2)
    turn = np.pi * (1 + 5**0.5) * index
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn), height])


def _edges(hull: ConvexHull) -> tuple[Points, Points, Points]:
    """Length, outer angle in radians and unit direction of each edge between two faces; straight ones are left out."""
    faces, corners = np.nonzero(hull.neighbors > np.arange(len(hull.simplices))[:, None])
    others = hull.neighbors[faces, corners]  # the neighbour lies opposite the corner of the same number
    normals = hull.equations[:, :3]
    sines = np.linalg.norm(np.cross(normals[faces], normals[others]), axis=1)
    angles = np.arctan2(sines, np.einsum("ij,ij->i", normals[faces], normals[others]))
    first = hull.points[hull.simplices[faces, (corners + 1) % 3]]
    along = hull.points[hull.simplices[faces, (corners + 2) % 3]] - first
    lengths = np.linalg.norm(along, axis=1)
    bent = (angles > _STRAIGHT_RAD) & (lengths > 0)
    return lengths[bent], angles[bent], along[bent] / lengths[bent, None]


def _crossed(directions: Points) -> Points:
    """Unit vectors across each pair of directions that are not parallel, shape (n, 3)."""
    first, second = np.triu_indices(len(directions), 1)
    across = np.cross(directions[first], directions[second])
    length = np.linalg.norm(across, axis=1)
    usable = length > _STRAIGHT_RAD
    return np.asarray(across[usable] / length[usable, None])


def _portions(directions: Points) -> Iterator[Points]:
    for start in range(0, len(directions), 4096):
        yield directions[start : start + 4096]
