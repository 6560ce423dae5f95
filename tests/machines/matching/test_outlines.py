"""Outlines turned in their plane: what is found fits, what is ruled out no sampled angle refutes."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geometry.fit import FitVerdict, fit
from geometry.hull import hull_of
from machines.lab import Connection, Driver, Machine
from machines.matching import Requirement, Verdict, match
from machines.matching.arrays import match_all
from machines.matching.outlines import turned_to_fit

LENGTH = st.floats(1, 1000)


def rectangle(x: float, y: float) -> np.ndarray:
    return np.array([[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]])


def excess(points: np.ndarray, degrees: float, room: tuple[float, float]) -> float:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return float((np.ptp(points @ turn.T, axis=0) - room).max())


@given(LENGTH, LENGTH, LENGTH, LENGTH)
def test_a_full_rectangle_is_decided_as_the_formula_does(x: float, y: float, width: float, depth: float) -> None:
    exact = fit((x, y, 1.0), (width, depth, 2.0), flat=True)  # its yes is exact, its unknown is for other outlines
    found, angle = turned_to_fit(rectangle(x, y), (width, depth))
    assert (
        found is None
        or found is (exact.verdict is FitVerdict.YES)
        or abs(excess(rectangle(x, y), angle, (width, depth))) < 0.01
    )
    if found:
        assert excess(rectangle(x, y), angle, (width, depth)) <= 2e-3


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.floats(0.3, 1.2), st.floats(0.3, 1.2))
def test_no_sampled_angle_refutes_a_no(seed: int, corners: int, wide: float, deep: float) -> None:
    points = np.random.default_rng(seed).uniform(0, 300, (corners, 2))
    room = (300 * wide, 300 * deep)
    found, angle = turned_to_fit(points, room)
    if found:
        assert excess(points, angle, room) <= 2e-3
    elif found is False:
        assert min(excess(points, degrees, room) for degrees in np.arange(0.0, 180.0, 0.5)) > 0


@pytest.mark.parametrize(
    ("points", "room", "fits"),
    [
        (rectangle(600, 400), (600, 400), True),
        (rectangle(400, 600), (600, 400), True),
        (rectangle(600.1, 400), (600, 400), False),
        (rectangle(721, 0.01), (600, 400), True),  # the diagonal is 721.11 mm
        (rectangle(721.2, 0.01), (600, 400), False),
        (np.array([[0.0, 0.0]]), (1, 1), True),
    ],
)
def test_at_the_edge(points: np.ndarray, room: tuple[float, float], fits: bool) -> None:
    assert turned_to_fit(points, room)[0] is fits


@pytest.mark.parametrize(("bed", "verdict"), [((600, 400, 50), Verdict.YES), ((580, 400, 50), Verdict.NO)])
def test_the_piece_decides_where_its_box_does_not(bed: tuple[float, float, float], verdict: Verdict) -> None:
    """A strip across a box of 500 x 520 mm: it is 707 mm long, the beds are 721 and 704 mm from corner to corner."""
    strip = np.array([[0, 0, 0], [500, 500, 0], [480, 520, 0], [0, 0, 3], [500, 500, 3], [480, 520, 3]], dtype=float)
    need = Requirement("laser_cutting", "acrylic", (500.0, 520.0, 3.0), 3.0, hull=partial(hull_of, strip))
    laser = Machine(
        "m", "lab", "M", ("co2_laser_cutting",), Connection(Driver.HANDS), thickness_mm={"acrylic": (1, 6)},
        envelope_mm=bed, power_w=60.0,
    )  # fmt: skip
    answer = match(need, laser)
    assert answer.verdict is verdict, answer.text
    assert match_all([need], [laser]).verdict(0, 0) is verdict
    assert ("degrees about z" in answer.text) == (verdict is Verdict.YES)
