"""Closed plane curves of lines and arcs, in millimetres: what a drawing, a solid and a toolpath are all made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import acos, atan, atan2, ceil, cos, hypot, isclose, pi, radians, sin, tan

__all__ = [
    "Contour",
    "Edge",
    "Point",
    "Vertex",
    "chamfered_rectangle",
    "circle",
    "hexagon",
    "polygon",
    "rectangle",
    "rounded_rectangle",
    "slot",
]

Point = tuple[float, float]
QUARTER_TURN = tan(pi / 8)  # bulge of an arc of 90 degrees


@dataclass(frozen=True, slots=True)
class Vertex:
    """A corner of a contour, and how the curve goes on from it.

    Attributes:
        x: position in mm.
        y: position in mm.
        bulge: tangent of a quarter of the angle of the arc to the next vertex, positive counter-clockwise, 0 for a
            straight line (the convention of the LWPOLYLINE entity, DXF reference, group code 42).
    """

    x: float
    y: float
    bulge: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """One line or arc from a vertex to the next."""

    start: Vertex
    end: Vertex

    @property
    def is_arc(self) -> bool:
        """Whether the edge is curved."""
        return self.start.bulge != 0.0

    @property
    def chord(self) -> Point:
        """The straight way from start to end, in mm."""
        return self.end.x - self.start.x, self.end.y - self.start.y

    @property
    def sweep_rad(self) -> float:
        """The angle the arc turns through, positive counter-clockwise; 0 for a line."""
        return 4.0 * atan(self.start.bulge)

    @property
    def centre(self) -> Point:
        """The centre of the arc, in mm.

        Raises:
            ValueError: the edge is a line.
        """
        if not self.is_arc:
            raise ValueError("a straight edge has no centre")
        dx, dy = self.chord
        bulge = self.start.bulge
        share = (1.0 - bulge * bulge) / (4.0 * bulge)
        return (self.start.x + self.end.x) / 2 - dy * share, (self.start.y + self.end.y) / 2 + dx * share

    def directions(self) -> tuple[Point, Point]:
        """Unit tangents at the start and at the end."""
        dx, dy = self.chord
        along = atan2(dy, dx)
        half = self.sweep_rad / 2
        return (cos(along - half), sin(along - half)), (cos(along + half), sin(along + half))

    def points(self, tolerance_mm: float) -> Iterator[Point]:
        """Points along the edge without its end; chords leave an arc by no more than the tolerance."""
        yield self.start.x, self.start.y
        if not self.is_arc:
            return
        cx, cy = self.centre
        radius = hypot(self.start.x - cx, self.start.y - cy)
        steps = max(2, ceil(abs(self.sweep_rad) / (2.0 * acos(max(0.0, 1.0 - tolerance_mm / radius)))))
        first = atan2(self.start.y - cy, self.start.x - cx)
        for step in range(1, steps):
            angle = first + self.sweep_rad * step / steps
            yield cx + radius * cos(angle), cy + radius * sin(angle)


@dataclass(frozen=True, slots=True)
class Contour:
    """A closed curve that runs counter-clockwise and does not cross itself.

    Attributes:
        vertices: its corners in order; the last is joined to the first.
    """

    vertices: tuple[Vertex, ...]

    def __post_init__(self) -> None:
        if len(self.vertices) < 2:
            raise ValueError("a contour has at least two vertices")
        if any(hypot(*edge.chord) < 1e-6 for edge in self.edges()):
            raise ValueError("no two neighbouring vertices of a contour are the same")
        if self.area_mm2 <= 0:
            raise ValueError("a contour runs counter-clockwise around its area")

    def edges(self) -> tuple[Edge, ...]:
        """Its lines and arcs in order."""
        ends = (*self.vertices[1:], self.vertices[0])
        return tuple(Edge(start, end) for start, end in zip(self.vertices, ends, strict=True))

    @property
    def area_mm2(self) -> float:
        """The area inside: the shoelace formula, and the segment of a circle for each arc."""
        doubled = 0.0
        for edge in self.edges():
            doubled += edge.start.x * edge.end.y - edge.end.x * edge.start.y
            if edge.is_arc:
                cx, cy = edge.centre
                radius = hypot(edge.start.x - cx, edge.start.y - cy)
                doubled += radius * radius * (edge.sweep_rad - sin(edge.sweep_rad))
        return doubled / 2

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest x and y, largest x and y, in mm (arcs to 1 micrometre)."""
        xs, ys = zip(*self.points(0.001), strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def as_circle(self) -> tuple[Point, float] | None:
        """Centre and radius in mm if the contour is two half circles, else None."""
        if len(self.vertices) != 2 or any(vertex.bulge != 1.0 for vertex in self.vertices):
            return None
        first, second = self.vertices
        return ((first.x + second.x) / 2, (first.y + second.y) / 2), hypot(second.x - first.x, second.y - first.y) / 2

    def points(self, tolerance_mm: float = 0.1) -> tuple[Point, ...]:
        """The curve as corners of a polygon, rounded to 0.1 micrometre so that every computer finds the same."""
        return tuple((round(x, 4), round(y, 4)) for edge in self.edges() for x, y in edge.points(tolerance_mm))

    def moved(self, dx_mm: float, dy_mm: float) -> Contour:
        """The same curve elsewhere."""
        return Contour(tuple(Vertex(each.x + dx_mm, each.y + dy_mm, each.bulge) for each in self.vertices))

    def offset(self, distance_mm: float) -> Contour:
        """The parallel curve outside (positive) or inside (negative), with mitred corners.

        Raises:
            ValueError: an arc meets its neighbour at an angle, or an edge would shrink to nothing.
        """
        edges = self.edges()
        before = (edges[-1], *edges[:-1])
        moved = Contour(
            tuple(_offset_vertex(came, goes, distance_mm) for came, goes in zip(before, edges, strict=True))
        )
        for old, new in zip(edges, moved.edges(), strict=True):
            if old.chord[0] * new.chord[0] + old.chord[1] * new.chord[1] <= 0:
                raise ValueError(f"an offset of {distance_mm} mm swallows an edge of the contour")
        return moved


def _offset_vertex(came: Edge, goes: Edge, distance_mm: float) -> Vertex:
    (ax, ay), (bx, by) = came.directions()[1], goes.directions()[0]
    agreement = ax * bx + ay * by
    if (came.is_arc or goes.is_arc) and not isclose(agreement, 1.0, abs_tol=1e-6):
        raise ValueError("only an arc that meets its neighbours without a corner can be offset")
    if agreement < -0.99:
        raise ValueError("a corner is too sharp to be offset")
    reach = distance_mm / (1.0 + agreement)
    return Vertex(goes.start.x + reach * (ay + by), goes.start.y - reach * (ax + bx), goes.start.bulge)


def polygon(points: Sequence[Point]) -> Contour:
    """Straight lines through the points, counter-clockwise."""
    return Contour(tuple(Vertex(x, y) for x, y in points))


def rectangle(x: float, y: float, width: float, height: float) -> Contour:
    """A rectangle by its lower left corner."""
    return polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def rounded_rectangle(x: float, y: float, width: float, height: float, radius: float) -> Contour:
    """A rectangle by its lower left corner, with rounded corners.

    Raises:
        ValueError: the radius is negative or more than half of a side.
    """
    if radius == 0:
        return rectangle(x, y, width, height)
    if not 0 < radius < min(width, height) / 2:
        raise ValueError(f"a radius of {radius} mm does not fit a rectangle of {width} x {height} mm")
    right, top = x + width, y + height
    return Contour(
        (
            Vertex(x + radius, y),
            Vertex(right - radius, y, QUARTER_TURN),
            Vertex(right, y + radius),
            Vertex(right, top - radius, QUARTER_TURN),
            Vertex(right - radius, top),
            Vertex(x + radius, top, QUARTER_TURN),
            Vertex(x, top - radius),
            Vertex(x, y + radius, QUARTER_TURN),
        )
    )


def chamfered_rectangle(x: float, y: float, width: float, height: float, chamfer: float) -> Contour:
    """A rectangle by its lower left corner, with corners cut off at 45 degrees.

    Raises:
        ValueError: the chamfer is not positive or is half of a side or more.
    """
    if not 0 < chamfer < min(width, height) / 2:
        raise ValueError(f"a chamfer of {chamfer} mm does not fit a rectangle of {width} x {height} mm")
    left, front, right, back = x + chamfer, y + chamfer, x + width - chamfer, y + height - chamfer
    lower = [(left, y), (right, y), (x + width, front), (x + width, back)]
    return polygon([*lower, (right, y + height), (left, y + height), (x, back), (x, front)])


def slot(x: float, y: float, length: float, width: float) -> Contour:
    """An upright slot with round ends, by its centre; the length is over all."""
    radius, straight = width / 2, (length - width) / 2
    return Contour(
        (
            Vertex(x + radius, y - straight),
            Vertex(x + radius, y + straight, 1.0),
            Vertex(x - radius, y + straight),
            Vertex(x - radius, y - straight, 1.0),
        )
    )


def circle(x: float, y: float, diameter: float) -> Contour:
    """A circle by its centre."""
    return Contour((Vertex(x + diameter / 2, y, 1.0), Vertex(x - diameter / 2, y, 1.0)))


def hexagon(x: float, y: float, across_flats: float) -> Contour:
    """A regular hexagon by its centre, two corners on the x axis (the seat of a nut)."""
    radius = across_flats / (2 * cos(radians(30)))
    return polygon([(x + radius * cos(k * pi / 3), y + radius * sin(k * pi / 3)) for k in range(6)])
