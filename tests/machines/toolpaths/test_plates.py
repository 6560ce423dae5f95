"""Pieces on plates never overlap, never leave the area, and none is lost."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, LimitError
from machines.toolpaths.plates import Area, Placement, arrange

AREA = Area(-10.0, 5.0, 200.0, 150.0)
SIDES = st.floats(1, 120, allow_nan=False)


def lies(placement: Placement, size: tuple[float, float]) -> tuple[float, float, float, float]:
    width, depth = size[::-1] if placement.turned else size
    return placement.x_mm, placement.y_mm, placement.x_mm + width, placement.y_mm + depth


@given(st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=25), st.sampled_from([0.0, 2.0, 5.0]))
def test_arranged(sizes: list[tuple[float, float]], spacing: float) -> None:
    plates = arrange(sizes, AREA, spacing_mm=spacing)
    assert sorted(each.piece for plate in plates for each in plate) == list(range(len(sizes)))
    for plate in plates:
        boxes = [lies(each, sizes[each.piece]) for each in plate]
        for x1, y1, x2, y2 in boxes:
            assert x1 >= AREA.x_mm - 0.01
            assert y1 >= AREA.y_mm - 0.01
            assert x2 <= AREA.x_mm + AREA.width_mm + 0.01
            assert y2 <= AREA.y_mm + AREA.depth_mm + 0.01
        for a, b in combinations(boxes, 2):
            apart = max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3])
            assert apart >= spacing - 0.01


def test_one_piece_lies_in_the_middle() -> None:
    assert arrange([(20.0, 30.0)], AREA, spacing_mm=5) == ((Placement(0, 80.0, 65.0, turned=False),),)


def test_a_piece_that_fits_only_turned_is_turned() -> None:
    ((placement,),) = arrange([(100.0, 190.0)], AREA, spacing_mm=5)
    assert placement.turned
    with pytest.raises(InputError, match=r"100.0 x 190.0 mm do not fit on 200.0 x 150.0 mm"):
        arrange([(100.0, 190.0)], AREA, spacing_mm=5, turning=False)


def test_exactly_as_large_as_the_area_fits() -> None:
    assert len(arrange([(200.0, 150.0)], AREA, spacing_mm=5)) == 1


def test_pieces_fill_several_plates() -> None:
    plates = arrange([(90.0, 70.0)] * 9, AREA, spacing_mm=5)
    assert [len(plate) for plate in plates] == [4, 4, 1]


def test_the_same_pieces_lie_the_same() -> None:
    sizes = [(float(10 + n % 7), float(20 + n % 5)) for n in range(40)]
    assert arrange(sizes, AREA, spacing_mm=3) == arrange(sizes, AREA, spacing_mm=3)


def test_limits() -> None:
    with pytest.raises(LimitError, match="1,001 pieces"):
        arrange([(1.0, 1.0)] * 1001, AREA, spacing_mm=1)
    with pytest.raises(ValueError, match="finite and not negative"):
        arrange([(1.0, float("nan"))], AREA, spacing_mm=1)
    with pytest.raises(ValueError, match="above zero"):
        AREA.inside(80)
    with pytest.raises(ValueError, match="finite"):
        Area(0, 0, float("inf"), 1)
