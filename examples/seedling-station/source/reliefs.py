"""Solids without overhangs: nested contours, each with the height of what is inside it.

A relief stands on z = 0. A height of 0 inside another relief is a hole right through. Because every surface is either
level or upright, the solid is closed by construction and needs no boolean operations.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from contours import Contour, Point
from ezdxf.math.triangulation import mapbox_earcut_2d

__all__ = ["Relief", "Triangle", "stl_bytes", "triangles", "volume_mm3"]

Triangle = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Relief:
    """A region of one height.

    Attributes:
        outline: its border.
        height_mm: the level of its surface; 0 for a hole right through.
        inside: regions within the border that have another height; they neither touch it nor each other.
    """

    outline: Contour
    height_mm: float
    inside: tuple[Relief, ...] = ()

    def __post_init__(self) -> None:
        if self.height_mm < 0:
            raise ValueError("a height is not negative")
        if self.height_mm == 0 and self.inside:
            raise ValueError("a hole has nothing inside")
        if any(each.height_mm == self.height_mm for each in self.inside):
            raise ValueError("an inner region differs in height from the one around it")

    def walk(self) -> Iterator[Relief]:
        """The region and all regions inside it."""
        yield self
        for each in self.inside:
            yield from each.walk()


def volume_mm3(relief: Relief, above_mm: float = 0.0) -> float:
    """The exact volume over a level, hollows counted as negative."""
    own = relief.outline.area_mm2 * (relief.height_mm - above_mm)
    return own + sum(volume_mm3(each, relief.height_mm) for each in relief.inside)


def triangles(relief: Relief) -> Iterator[Triangle]:
    """The surface, corners counter-clockwise as seen from outside, in mm.

    Raises:
        ValueError: the outermost region has no height.
    """
    if relief.height_mm == 0:
        raise ValueError("a solid has a height")
    holes = [each.outline.points() for each in relief.walk() if each.height_mm == 0]
    for a, b, c in _level(relief.outline.points(), holes):
        yield (*a, 0.0), (*c, 0.0), (*b, 0.0)
    yield from _walls(relief.outline.points(), 0.0, relief.height_mm)
    for region in relief.walk():
        yield from _surface(region)


def _surface(region: Relief) -> Iterator[Triangle]:
    if region.height_mm == 0:
        return
    for a, b, c in _level(region.outline.points(), [each.outline.points() for each in region.inside]):
        yield (*a, region.height_mm), (*b, region.height_mm), (*c, region.height_mm)
    for each in region.inside:
        yield from _walls(each.outline.points(), region.height_mm, each.height_mm)


def _walls(loop: tuple[Point, ...], outer_mm: float, inner_mm: float) -> Iterator[Triangle]:
    """The step along a border; it faces outwards if the inside is higher and inwards if it is lower."""
    for a, b in zip(loop, (*loop[1:], loop[0]), strict=True):
        yield (*a, outer_mm), (*b, outer_mm), (*b, inner_mm)
        yield (*a, outer_mm), (*b, inner_mm), (*a, inner_mm)


def _level(outline: tuple[Point, ...], holes: list[tuple[Point, ...]]) -> Iterator[tuple[Point, Point, Point]]:
    """A level face as triangles, counter-clockwise as seen from above."""
    for corners in mapbox_earcut_2d(outline, holes):
        a, b, c = ((float(corner[0]), float(corner[1])) for corner in corners)
        upwards = (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])
        yield (a, b, c) if upwards else (a, c, b)


def stl_bytes(relief: Relief, title: str) -> bytes:
    """The solid as a binary STL file: 80 bytes of title, a count, 50 bytes a triangle (normals left to the reader)."""
    faces = list(triangles(relief))
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *(value for corner in face for value in corner), 0) for face in faces)
    return title.encode("ascii")[:80].ljust(80, b" ") + struct.pack("<I", len(faces)) + body
