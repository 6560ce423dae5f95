"""Hulls and free turning: every yes comes with its rotation, every no with a size that turning does not change."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation as Turn

from geometry.fit import FitVerdict, cuts_to_fit, fit
from geometry.hull import Hull, block_hull, hull_of, part_hull
from geometry.turning import turn_into

SIDE = st.floats(5, 400)
BOX = st.tuples(SIDE, SIDE, SIDE)
SEED = st.integers(0, 10_000)


def turned(points: np.ndarray, seed: int) -> np.ndarray:
    return np.asarray(points @ Turn.random(rng=np.random.default_rng(seed)).as_matrix().T)


def extents(points: np.ndarray) -> tuple[float, float, float]:
    x, y, z = np.ptp(points, axis=0)
    return float(x), float(y), float(z)


@given(BOX, SEED)
def test_the_sizes_of_a_block_do_not_change_by_turning(box: tuple[float, float, float], seed: int) -> None:
    hull = hull_of(turned(block_hull(box).vertices, seed))
    a, b, c = box
    assert hull.mean_length_mm == pytest.approx(a + b + c, rel=1e-6)
    assert hull.area_mm2 == pytest.approx(2 * (a * b + b * c + a * c), rel=1e-6)
    assert hull.volume_mm3 == pytest.approx(a * b * c, rel=1e-6)
    assert hull.width_mm == pytest.approx(min(box), rel=1e-6)
    assert hull.shadow_mm2 == pytest.approx(min(a * b, b * c, a * c), rel=1e-6)
    assert hull.reach_mm == pytest.approx(math.hypot(a, b, c), rel=1e-6)


@given(BOX, SEED, st.integers(4, 200))
def test_what_was_cut_out_of_a_box_is_never_refused_by_it(
    box: tuple[float, float, float], seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    part = turned(rng.uniform(0, 1, (count, 3)) * np.array(box), seed)
    answer = fit(extents(part), box, hull=lambda: hull_of(part))
    assert answer.verdict is not FitVerdict.NO, answer.reason


@given(BOX, BOX, SEED)
def test_a_rotation_is_a_proof(part: tuple[float, float, float], room: tuple[float, float, float], seed: int) -> None:
    corners = turned(block_hull(part).vertices, seed)
    found = turn_into(hull_of(corners), room)
    if found is not None:
        matrix = np.array(found.rotation)
        assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(matrix) == pytest.approx(1)
        after = extents(corners @ matrix.T)
        assert after == pytest.approx(found.extents_mm)
        assert all(length <= free + 0.0011 for length, free in zip(after, room, strict=True))


def test_turned_blocks_find_their_way_back() -> None:
    rng = np.random.default_rng(3)
    for seed in range(40):
        box = rng.uniform(20, 200, 3)
        corners = turned(block_hull((box[0], box[1], box[2])).vertices, seed)
        room = (float(box[0] * 1.01), float(box[1] * 1.01), float(box[2] * 1.01))
        assert fit(extents(corners), room, hull=lambda corners=corners: hull_of(corners)).verdict is FitVerdict.YES


def test_a_rod_lies_along_the_diagonal_of_the_room() -> None:
    rod = np.array([[0.0, 0, 0], [370, 0, 0], [370, 1, 0], [0, 1, 0], [0, 0, 1], [370, 1, 1]])
    answer = fit((370, 1, 1), (220, 220, 220), hull=lambda: hull_of(rod))
    assert answer.verdict is FitVerdict.YES
    assert answer.rotation is not None
    assert "turned freely" in answer.reason


@pytest.mark.parametrize(
    ("part", "room", "words"),
    [
        ((400.0, 400.0, 100.0), (250.0, 250.0, 250.0), "574.5 mm from corner to corner, the envelope 433.0 mm"),
        ((250.0, 250.0, 250.0), (300.0, 300.0, 140.0), "mean length is 750.0 mm"),
        ((260.0, 260.0, 190.0), (300.0, 300.0, 110.0), "surface of"),
        ((150.0, 150.0, 150.0), (300.0, 300.0, 120.0), "at least 150.0 mm wide in every direction"),
        (
            (200.0, 230.0, 230.0),
            (210.0, 210.0, 300.0),
            "at least 460 cm², the smallest face of the envelope has 441 cm²",
        ),
    ],
)
def test_a_no_has_its_proof(part: tuple[float, float, float], room: tuple[float, float, float], words: str) -> None:
    answer = fit(part, room, hull=lambda: block_hull(part))
    assert answer.verdict is FitVerdict.NO
    assert words in answer.reason


def test_flat_parts_and_rods_have_a_hull() -> None:
    plate = hull_of(turned(np.array([[0.0, 0, 0], [100, 0, 0], [100, 50, 0], [0, 50, 0], [50, 25, 0]]), 1))
    assert (plate.volume_mm3, plate.width_mm) == (0, 0)
    assert plate.mean_length_mm == pytest.approx(150)
    assert plate.area_mm2 == pytest.approx(10_000)
    rod = hull_of(turned(np.array([[0.0, 0, 0], [30, 0, 0], [70, 0, 0]]), 2))
    assert (rod.area_mm2, rod.mean_length_mm) == (0, pytest.approx(70))
    assert hull_of(np.array([[1.0, 2, 3]])).mean_length_mm == 0
    for bad in (np.empty((0, 3)), np.array([[np.nan, 0, 0]])):
        with pytest.raises(ValueError, match="finite"):
            hull_of(bad)


def test_many_corners_are_bounded_from_inside() -> None:
    points = np.random.default_rng(1).normal(size=(5000, 3))
    ball = hull_of(100 * points / np.linalg.norm(points, axis=1)[:, None])
    assert 185 < ball.width_mm <= 200
    assert 190 < ball.reach_mm <= 200.001
    assert ball.mean_length_mm == pytest.approx(400, rel=0.01)  # of a ball four times its radius
    assert fit((200, 200, 200), (180, 300, 300), hull=lambda: ball).verdict is FitVerdict.NO


def test_the_hull_is_asked_for_only_when_the_box_does_not_fit() -> None:
    def never() -> Hull | None:
        raise AssertionError("asked for")

    assert fit((10, 10, 10), (20, 20, 20), hull=never).verdict is FitVerdict.YES
    assert fit((900, 10, 10), (20, 20, 20), hull=never).verdict is FitVerdict.NO
    assert fit((25, 10, 10), (20, 20, 20), hull=lambda: None).verdict is FitVerdict.UNKNOWN


def test_a_sheet_is_turned_in_its_plane_only() -> None:
    assert fit((245, 20, 3), (220, 220, 250), flat=True).turn_deg > 0
    standing = fit((400, 100, 3), (220, 220, 450))
    assert standing.orientation is not None
    assert fit((400, 100, 3), (220, 220, 450), flat=True).verdict is FitVerdict.NO
    thick = fit((100, 100, 12), (220, 220, 10), flat=True)
    assert thick.verdict is FitVerdict.NO
    assert "12.0 mm thick, the envelope is 10.0 mm high" in thick.reason
    assert fit((200, 200, 10), (220, 220, 10), 5, flat=True).verdict is FitVerdict.YES


def test_a_bar_stands_or_lies_diagonally() -> None:
    assert fit((245, 20, 20), (220, 220, 250)).reason == "fits with its x axis upright"
    lying = fit((245, 20, 20), (220, 220, 200))
    assert lying.verdict is FitVerdict.YES
    assert "degrees about z" in lying.reason
    assert not lying.as_modelled


def test_cuts_are_as_few_as_boxes_allow() -> None:
    assert cuts_to_fit((400, 400, 100), (250, 250, 250)) == (2, 2, 1)
    assert cuts_to_fit((100, 100, 100), (250, 250, 250)) == (1, 1, 1)
    assert cuts_to_fit((600, 100, 20), (220, 220, 250)) == (3, 1, 1)
    assert cuts_to_fit((500, 10, 10), (10, 10, 10), 5) is None
    assert cuts_to_fit((1e6, 1e6, 1e6), (10, 10, 10)) is None


@given(BOX, BOX)
def test_each_piece_of_a_cut_part_fits(part: tuple[float, float, float], room: tuple[float, float, float]) -> None:
    cuts = cuts_to_fit(part, room)
    if cuts is not None:
        piece = (part[0] / cuts[0], part[1] / cuts[1], part[2] / cuts[2])
        assert fit(piece, room).verdict is FitVerdict.YES


def test_a_mesh_file_has_a_hull_and_a_drawing_has_none(tmp_path: Path) -> None:
    facets = "".join(
        f"facet normal 0 0 0\nouter loop\nvertex {a}\nvertex {b}\nvertex {c}\nendloop\nendfacet\n"
        for a, b, c in [("0 0 0", "9 0 0", "0 9 0"), ("0 0 0", "9 0 0", "0 0 9"), ("0 0 0", "0 9 0", "0 0 9")]
    )
    stl = tmp_path / "corner.stl"
    stl.write_text(f"solid corner\n{facets}endsolid corner\n")
    hull = part_hull(stl)
    assert hull is not None
    assert hull.volume_mm3 == pytest.approx(9**3 / 6)
    assert part_hull(tmp_path / "sheet.dxf") is None
