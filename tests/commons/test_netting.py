"""Netting strikes out as much as a linear program proves possible, and nobody's position changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from commons.netting import Debt, net_positions, netted

NAMES = [f"p{number}" for number in range(8)]
ROWS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 10**6))
DEBTS = st.lists(ROWS.filter(lambda row: row[0] != row[1]).map(lambda row: Debt(*row)), max_size=40)


def most_possible(debts: list[Debt]) -> float:
    """By a linear program: the largest circulation."""
    kept = np.zeros((len(NAMES), len(debts)))
    for at, debt in enumerate(debts):
        kept[NAMES.index(debt.debtor), at] -= 1
        kept[NAMES.index(debt.creditor), at] += 1
    bounds = [(0, debt.amount) for debt in debts]
    found = linprog(-np.ones(len(debts)), A_eq=kept, b_eq=np.zeros(len(NAMES)), bounds=bounds)
    assert found.fun is not None
    return -float(found.fun)


@given(DEBTS)
def test_as_much_as_possible_is_struck_out_and_positions_stay(debts: list[Debt]) -> None:
    found = netted(debts)
    before, after = net_positions(debts), net_positions(found.left)
    assert all(before[each] == after.get(each, 0) for each in before)
    assert all(0 <= struck <= debt.amount for debt, struck in zip(debts, found.struck, strict=True))
    assert sum(debt.amount for debt in found.left) == sum(debt.amount for debt in debts) - found.total
    if debts:
        assert found.total == pytest.approx(most_possible(debts))


@given(DEBTS)
def test_a_second_round_finds_nothing(debts: list[Debt]) -> None:
    assert netted(netted(debts).left).total == 0


def test_a_circle_is_struck_out() -> None:
    found = netted([Debt("ada", "ben", 50), Debt("ben", "cem", 30), Debt("cem", "ada", 40)])
    assert found.struck == (30, 30, 30)
    assert found.left == (Debt("ada", "ben", 20), Debt("cem", "ada", 10))


@pytest.mark.parametrize(("row", "said"), [(("ada", "ben", 0), "above zero"), (("ada", "ada", 1), "themselves")])
def test_what_is_no_debt_is_refused(row: tuple[str, str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Debt(*row)


def test_amounts_beyond_whole_numbers_are_refused() -> None:
    with pytest.raises(OverflowError):
        netted([Debt("ada", "ben", 2**60)])
