"""geometry.fit: three answers, each of them right."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geometry.fit import FitVerdict, fit, pieces_per_plate

LENGTHS = st.floats(min_value=0.1, max_value=2000, allow_nan=False)
BOXES = st.tuples(LENGTHS, LENGTHS, LENGTHS)
RANK = {FitVerdict.NO: 0, FitVerdict.UNKNOWN: 1, FitVerdict.YES: 2}


@given(BOXES)
def test_a_box_fits_its_own_extents_as_modelled(box: tuple[float, float, float]) -> None:
    assert fit(box, box).orientation == (0, 1, 2)


@given(BOXES, BOXES, st.tuples(*[st.floats(min_value=0, max_value=500)] * 3))
def test_a_larger_envelope_never_fits_less(
    part: tuple[float, float, float], room: tuple[float, float, float], more: tuple[float, float, float]
) -> None:
    larger = (room[0] + more[0], room[1] + more[1], room[2] + more[2])
    assert RANK[fit(part, larger).verdict] >= RANK[fit(part, room).verdict]


@given(BOXES, BOXES)
def test_the_names_of_the_axes_do_not_matter(
    part: tuple[float, float, float], room: tuple[float, float, float]
) -> None:
    verdict = fit(part, room).verdict
    assert {fit(each, room).verdict for each in permutations(part)} == {verdict}
    assert {fit(part, each).verdict for each in permutations(room)} == {verdict}


@given(BOXES, BOXES, st.floats(min_value=0, max_value=50))
def test_the_orientation_of_a_yes_is_a_proof(
    part: tuple[float, float, float], room: tuple[float, float, float], margin: float
) -> None:
    answer = fit(part, room, margin)
    if answer.verdict is FitVerdict.YES:
        assert answer.orientation is not None
        assert sorted(answer.orientation) == [0, 1, 2]
        turned = [part[axis] for axis in answer.orientation]
        first, second = (axis for axis in range(3) if axis != answer.turn_axis)
        one, other, turn = turned[first], turned[second], math.radians(answer.turn_deg)
        turned[first] = one * math.cos(turn) + other * math.sin(turn)
        turned[second] = one * math.sin(turn) + other * math.cos(turn)
        for length, free in zip(turned, room, strict=True):
            assert length <= free - 2 * margin + 0.0021
    else:
        assert answer.orientation is None
        assert any(one > other for one, other in zip(sorted(part), sorted(room), strict=True)) or margin


@given(BOXES, st.floats(min_value=0, max_value=math.pi), st.floats(min_value=0, max_value=math.pi))
def test_a_rod_that_fits_turned_is_never_refused(box: tuple[float, float, float], yaw: float, tilt: float) -> None:
    """A thin rod as long as the envelope's diagonal, modelled in any direction, fits when it is turned into it."""
    length = math.hypot(*box)
    direction = (math.cos(tilt) * math.cos(yaw), math.cos(tilt) * math.sin(yaw), math.sin(tilt))
    extents = (abs(direction[0]) * length, abs(direction[1]) * length, abs(direction[2]) * length)
    assert fit(extents, box).verdict is not FitVerdict.NO


def test_words_name_the_binding_numbers() -> None:
    assert fit((320, 20, 20), (250, 210, 200)).reason.startswith(
        "320.0 mm on the longest side, the envelope has 250.0 mm"
    )
    assert fit((320, 20, 20), (250, 210, 200)).verdict is FitVerdict.UNKNOWN
    refused = fit((400, 20, 20), (250, 210, 200))
    assert refused.verdict is FitVerdict.NO
    assert refused.reason.endswith("and 382.9 mm from corner to corner")
    assert "middle side" in fit((240, 230, 199), (250, 210, 200)).reason
    assert "inside margins of 5.0 mm" in fit((245, 205, 195), (250, 210, 200), 5).reason


def test_standing_as_modelled_is_preferred_then_turning_about_z() -> None:
    assert fit((10, 20, 30), (40, 40, 40)).orientation == (0, 1, 2)
    assert fit((10, 20, 30), (20, 10, 30)).orientation == (1, 0, 2)
    lying = fit((10, 20, 100), (120, 40, 15))
    assert lying.orientation == (2, 1, 0)
    assert lying.reason == "fits with its x axis upright"


def test_single_precision_noise_does_not_refuse_a_part() -> None:
    assert fit((250.00002, 10, 10), (250, 250, 250)).verdict is FitVerdict.YES
    assert fit((250.01, 250, 250), (250, 250, 250)).verdict is FitVerdict.UNKNOWN


@pytest.mark.parametrize("length", [-1.0, math.inf, math.nan])
def test_lengths_that_are_none_are_refused(length: float) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        fit((length, 1, 1), (2, 2, 2))
    with pytest.raises(ValueError, match="finite and not negative"):
        pieces_per_plate((1, 1, 1), (2, 2, 2), length)


def test_a_plate_is_counted_in_both_footprints() -> None:
    assert pieces_per_plate((100, 10, 5), (100, 10, 5), 0) == 1
    assert pieces_per_plate((10, 10, 5), (32, 21, 5), 1) == 6  # three pitches of 11 end at 32
    assert pieces_per_plate((10, 10, 5), (31, 21, 5), 1) == 4
    assert pieces_per_plate((100, 30, 5), (60, 100, 5), 0) == 2  # only turned
    assert pieces_per_plate((10, 10, 6), (100, 100, 5), 0) == 0
    with pytest.raises(ValueError, match="footprint"):
        pieces_per_plate((0, 10, 5), (10, 10, 10), 0)


@given(BOXES, BOXES, st.floats(min_value=0, max_value=20))
def test_the_pieces_of_a_plate_have_room_on_it(
    part: tuple[float, float, float], room: tuple[float, float, float], spacing: float
) -> None:
    count = pieces_per_plate(part, room, spacing)
    assert count * part[0] * part[1] <= room[0] * room[1] * 1.001 + 10
    assert pieces_per_plate(part, (room[0] * 2, room[1], room[2]), spacing) >= count
    stands = part[2] <= room[2] and sorted(part[:2])[0] <= sorted(room[:2])[0] and max(part[:2]) <= max(room[:2])
    assert count >= 1 if stands else True
