"""geometry.contours: the same shape comes back however its lines are cut up and shuffled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.contours import join_strokes
from geometry.frames import sheet_of
from geometry.strokes import Stroke


def line(*points: tuple[float, float], layer: str = "0") -> Stroke:
    return Stroke(layer, np.array(points, dtype=np.float64))


def ring(corners: int, at: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.column_stack((at + 10 * np.cos(angles), 10 * np.sin(angles)))


@settings(deadline=None)
@given(st.lists(st.integers(3, 30), min_size=1, max_size=6), st.randoms(use_true_random=False), st.floats(0, 0.003))
def test_loose_segments_of_rings_become_one_contour_a_ring(sizes: list[int], random, off: float) -> None:  # type: ignore[no-untyped-def]
    strokes = []
    length = 0.0
    for number, corners in enumerate(sizes):
        points = ring(corners, 30.0 * number)
        length += corners * float(np.hypot(*(points[1] - points[0])))
        for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
            ends = [start + off, end]
            random.shuffle(ends)
            strokes.append(Stroke("0", np.array(ends)))
    random.shuffle(strokes)
    contours, doubled = join_strokes(strokes)
    assert (len(contours), doubled) == (len(sizes), 0)
    assert all(contour.closed for contour in contours)
    assert sum(contour.length_mm for contour in contours) == pytest.approx(length, abs=0.02 * sum(sizes))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), max_size=40))
def test_no_line_is_lost_and_trails_are_as_few_as_can_be(drawn: list[tuple[int, int, int, int]]) -> None:
    edges = {frozenset(((a, b), (c, d))) for a, b, c, d in drawn if (a, b) != (c, d)}
    strokes = [line(*sorted(edge)) for edge in sorted(edges, key=sorted)]
    contours, _ = join_strokes(strokes)
    assert sum(len(contour.points) - 1 for contour in contours) == len(strokes)
    odd = sum(sum(node in edge for edge in edges) % 2 for node in {node for edge in edges for node in edge})
    assert sum(not contour.closed for contour in contours) == odd // 2


def test_gaps_as_wide_as_a_kerf_are_closed_and_wider_ones_are_not() -> None:
    assert join_strokes([line((0, 0), (9, 0), (9, 9), (0, 9), (0, 0.08))])[0][0].closed
    assert not join_strokes([line((0, 0), (9, 0), (9, 9), (0, 9), (0, 0.2))])[0][0].closed


def test_doubled_lines_count_once_and_layers_stay_apart() -> None:
    contours, doubled = join_strokes([line((0, 0), (5, 0)), line((5, 0), (0, 0)), line((5, 0), (9, 0), layer="fold")])
    assert [(each.layer, each.length_mm) for each in contours] == [("0", 5), ("fold", 4)]
    assert doubled == 1


def test_many_lines_that_meet_in_one_point_are_all_kept() -> None:
    points = np.cumsum(np.random.default_rng(1).normal(size=(50_000, 2)), axis=0)
    strokes = [Stroke("0", points[at : at + 2]) for at in range(len(points) - 1)]
    strokes += [line((0, 0), (float(n), 1e5)) for n in range(1, 5_000)]
    contours, doubled = join_strokes(strokes)
    total = sum(float(np.hypot(*(each.points[1] - each.points[0]))) for each in strokes)
    assert doubled <= 2  # of a random walk with steps of a millimetre
    assert sum(contour.length_mm for contour in contours) == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize(
    ("size", "sheet"),
    [((210, 297), "A4"), ((297, 210), "A4"), ((180, 277), "A4"), ((390, 277), "A3"), ((300, 200), None)],
)
def test_sheets_of_paper(size: tuple[float, float], sheet: str | None) -> None:
    assert sheet_of(*size) == sheet
