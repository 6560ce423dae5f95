"""What working together saves is shared so that it adds up, and alike where parties are alike."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.scope import MOST_EXACT, Way, saving

PARTIES = ("ada", "ben", "cem", "dee")


def a_set_up(own: dict[str, int], set_up: int) -> dict[frozenset[str], int]:
    """Everybody's own cost, and one set-up for a group that is not empty."""
    groups = {frozenset(group) for size in range(len(own) + 1) for group in permutations(own, size)}
    return {group: sum(own[each] for each in group) + (set_up if group else 0) for group in groups}


def test_a_shared_set_up_is_paid_in_equal_parts() -> None:
    costs = a_set_up({"ada": 500, "ben": 800, "cem": 100}, 900)
    found = saving(("ada", "ben", "cem"), costs.__getitem__)
    assert found.way is Way.SHAPLEY
    assert found.shares == {"ada": 800, "ben": 1100, "cem": 400}
    assert found.saved == {"ada": 600, "ben": 600, "cem": 600}
    assert found.together == 2300


@given(st.dictionaries(st.frozensets(st.sampled_from(PARTIES)), st.integers(0, 10**6), max_size=16), st.integers(2, 4))
def test_shares_add_up_and_are_the_average_over_all_orders(costs: dict[frozenset[str], int], count: int) -> None:
    parties = PARTIES[:count]
    costs[frozenset()] = 0

    def cost(group: frozenset[str]) -> int:
        return costs.get(group, 1000 * len(group))

    found = saving(parties, cost)
    assert sum(found.shares.values()) == found.together == cost(frozenset(parties))
    orders = list(permutations(parties))
    for each in parties:
        added = sum(
            cost(frozenset(order[: order.index(each) + 1])) - cost(frozenset(order[: order.index(each)]))
            for order in orders
        )
        assert abs(found.shares[each] - added / len(orders)) <= 1


@given(st.integers(0, 1000), st.integers(0, 5000))
def test_parties_that_are_alike_pay_alike(own: int, set_up: int) -> None:
    costs = a_set_up({"ada": own, "ben": own, "cem": 2 * own + 7}, set_up)
    shares = saving(("ada", "ben", "cem"), costs.__getitem__).shares
    assert abs(shares["ada"] - shares["ben"]) <= 1


def test_many_parties_share_in_proportion_and_it_is_said() -> None:
    parties = [f"p{number}" for number in range(MOST_EXACT + 1)]
    found = saving(parties, lambda group: 100 * len(group) + (900 if group else 0))
    assert found.way is Way.PROPORTIONAL
    assert sum(found.shares.values()) == found.together
    assert all(each > 0 for each in found.saved.values())


def test_what_cannot_be_shared_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        saving(("ada", "ada"), len)
    with pytest.raises(ValueError, match="nobody costs"):
        saving(("ada",), lambda _: 5)
