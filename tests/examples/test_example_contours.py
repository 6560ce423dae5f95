"""The curves from which the example's files are made."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sizes = st.floats(10, 200)
places = st.floats(-100, 100)


def area_of(points: tuple[tuple[float, float], ...]) -> float:
    pairs = zip(points, (*points[1:], points[0]), strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


@given(x=places, y=places, width=sizes, height=sizes, radius=st.floats(1, 4), distance=st.floats(-0.9, 3))
def test_offset_of_a_rounded_rectangle_is_one(
    source: Any, x: float, y: float, width: float, height: float, radius: float, distance: float
) -> None:
    contours = source("contours")
    moved = contours.rounded_rectangle(x, y, width, height, radius).offset(distance)
    size = width + 2 * distance, height + 2 * distance
    expected = contours.rounded_rectangle(x - distance, y - distance, *size, radius + distance)
    for got, want in zip(moved.vertices, expected.vertices, strict=True):
        assert (got.x, got.y, got.bulge) == pytest.approx((want.x, want.y, want.bulge), abs=1e-9)


@given(x=places, y=places, diameter=st.floats(2, 100), distance=st.floats(-0.9, 5))
def test_offset_of_a_circle_changes_its_radius(
    source: Any, x: float, y: float, diameter: float, distance: float
) -> None:
    moved = source("contours").circle(x, y, diameter).offset(distance)
    centre, radius = moved.as_circle
    assert centre == pytest.approx((x, y))
    assert radius == pytest.approx(diameter / 2 + distance)
    assert moved.area_mm2 == pytest.approx(math.pi * radius**2)


@given(corner=st.floats(1, 4), width=sizes, height=sizes, tolerance=st.floats(0.005, 0.2))
def test_points_keep_the_area_within_the_tolerance(
    source: Any, corner: float, width: float, height: float, tolerance: float
) -> None:
    shape = source("contours").rounded_rectangle(0, 0, width, height, corner)
    lost = shape.area_mm2 - area_of(shape.points(tolerance))
    assert -0.01 <= lost <= tolerance * 2 * math.pi * corner + 0.01


@given(width=sizes, height=sizes, cut=st.floats(0.5, 4), distance=st.floats(-0.2, 2))
def test_offset_keeps_walls_even(source: Any, width: float, height: float, cut: float, distance: float) -> None:
    outer = source("contours").chamfered_rectangle(0, 0, width, height, cut)
    inner = outer.offset(distance)
    for before, after in zip(outer.edges(), inner.edges(), strict=True):
        (dx, dy), _ = before.directions()
        across = (after.start.x - before.start.x) * dy - (after.start.y - before.start.y) * dx
        assert across == pytest.approx(distance, abs=1e-9)


def test_slot_and_hexagon_have_their_size(source: Any) -> None:
    contours = source("contours")
    assert contours.slot(10, 20, 12, 4).bounds == pytest.approx((8, 14, 12, 26), abs=0.002)
    _, low, _, high = contours.hexagon(0, 0, 7.2).bounds
    assert high - low == pytest.approx(7.2, abs=0.002)


def test_clockwise_contours_are_refused(source: Any) -> None:
    with pytest.raises(ValueError, match="counter-clockwise"):
        source("contours").polygon([(0, 0), (0, 1), (1, 1)])


def test_repeated_points_are_refused(source: Any) -> None:
    with pytest.raises(ValueError, match="neighbouring vertices"):
        source("contours").polygon([(0, 0), (0, 0), (1, 0), (1, 1)])


def test_an_offset_that_swallows_the_contour_is_refused(source: Any) -> None:
    contours = source("contours")
    for shape in (contours.circle(0, 0, 3), contours.rectangle(0, 0, 3, 50), contours.slot(0, 0, 20, 3)):
        with pytest.raises(ValueError, match=r"swallows|counter-clockwise|neighbouring"):
            shape.offset(-2)


def test_an_arc_that_ends_in_a_corner_is_not_offset(source: Any) -> None:
    contours = source("contours")
    half_disc = contours.Contour((contours.Vertex(-1, 0), contours.Vertex(1, 0, 1.0)))
    with pytest.raises(ValueError, match="without a corner"):
        half_disc.offset(0.1)
