"""Shares of money add up to the unit, whatever the weights."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.cents import shared_out

WEIGHTS = st.dictionaries(
    st.text(min_size=1, max_size=3), st.one_of(st.integers(0, 10**9), st.fractions(0, 10**6)), min_size=1, max_size=12
)


@given(st.integers(-(10**15), 10**15), WEIGHTS)
def test_shares_add_up_and_are_near(total: int, weights: dict[str, int | Fraction]) -> None:
    whole = sum(weights.values(), Fraction(0))
    if whole == 0:
        weights = dict.fromkeys(weights, 1)
        whole = Fraction(len(weights))
    shares = shared_out(total, weights)
    assert sum(shares.values()) == total
    assert list(shares) == list(weights)
    for each, share in shares.items():
        assert abs(share - total * Fraction(weights[each]) / whole) < 1


@given(st.integers(0, 10**9), WEIGHTS)
def test_who_weighs_more_gets_no_less(total: int, weights: dict[str, int | Fraction]) -> None:
    if not any(weights.values()):
        return
    shares = shared_out(total, weights)
    ordered = sorted(weights, key=lambda each: weights[each])
    for less, more in pairwise(ordered):
        assert weights[less] == weights[more] or shares[less] <= shares[more]


def test_ties_go_to_who_stands_first() -> None:
    assert shared_out(100, {"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert shared_out(-100, {"a": 1, "b": 1, "c": 1}) == {"a": -34, "b": -33, "c": -33}


@pytest.mark.parametrize("weights", [{"a": -1}, {"a": 0}, {}])
def test_weights_that_share_nothing_are_refused(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"weights are|nobody has"):
        shared_out(1, weights)


def test_floats_are_refused() -> None:
    with pytest.raises(ValueError, match="exact"):
        shared_out(1, {"a": 0.5})  # type: ignore[dict-item]
