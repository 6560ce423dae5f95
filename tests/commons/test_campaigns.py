"""Pledges bind only when enough is pledged in time; a fund is shared to the cent and what is over returns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.campaigns import Campaign, Pledge, Stage, budgeted
from core.errors import InputError, StateError

NOW = datetime(2030, 1, 7, tzinfo=UTC)
DAY = timedelta(days=1)
SET_UP = Campaign("share the set-up of the mill", 10, NOW + 10 * DAY)


def pledge(who: str, amount: int, day: int = 1, withdrawn: int | None = None) -> Pledge:
    return Pledge(who, amount, NOW + day * DAY, None if withdrawn is None else NOW + withdrawn * DAY)


def test_enough_pledged_in_time_is_reached_and_stays_so() -> None:
    pledges = [pledge("ada", 4), pledge("ben", 6, 3)]
    assert SET_UP.stage(pledges, NOW + 2 * DAY) is Stage.OPEN
    assert SET_UP.stage(pledges, NOW + 3 * DAY) is Stage.REACHED
    assert SET_UP.stage(pledges, NOW + 30 * DAY) is Stage.REACHED
    assert SET_UP.due(pledges) == {"ada": 4, "ben": 6}
    assert SET_UP.due(pledges, cost=5) == {"ada": 2, "ben": 3}
    with pytest.raises(StateError, match="while the campaign is open"):
        SET_UP.withdraw(pledges, pledges[0], NOW + 4 * DAY)


def test_too_little_or_too_late_lapses_and_nobody_owes() -> None:
    for pledges in ([pledge("ada", 9)], [pledge("ada", 9), pledge("ben", 9, 10)], []):
        assert SET_UP.stage(pledges, NOW + 10 * DAY) is Stage.LAPSED
        with pytest.raises(StateError, match="nobody owes"):
            SET_UP.due(pledges)


def test_what_was_withdrawn_in_time_does_not_count() -> None:
    first = pledge("ada", 4)
    back = SET_UP.withdraw([first], first, NOW + 2 * DAY)
    assert SET_UP.stage([back, pledge("ben", 6, 3)], NOW + 10 * DAY) is Stage.LAPSED
    assert SET_UP.due([back, pledge("ben", 6, 3), pledge("cem", 4, 4)]) == {"ben": 6, "cem": 4}


PLEDGES = st.lists(
    st.tuples(st.sampled_from(["ada", "ben"]), st.integers(1, 9), st.integers(0, 12), st.none() | st.integers(0, 12)),
    max_size=8,
)


@given(PLEDGES, st.integers(0, 14), st.integers(0, 40))
def test_a_stage_never_goes_back(rows: list[tuple[str, int, int, int | None]], day: int, cost: int) -> None:
    pledges = [pledge(who, amount, at, back if back is None or back >= at else None) for who, amount, at, back in rows]
    order = [Stage.OPEN, Stage.REACHED, Stage.LAPSED]
    before, after = (SET_UP.stage(pledges, NOW + each * DAY) for each in (day, day + 1))
    assert order.index(before) <= order.index(after)
    assert before is not Stage.REACHED or after is Stage.REACHED
    if SET_UP.stage(pledges, NOW + 99 * DAY) is Stage.REACHED:
        due = SET_UP.due(pledges)
        assert sum(due.values()) >= SET_UP.wanted
        assert sum(SET_UP.due(pledges, cost).values()) == min(cost, sum(due.values()))


NAMES = ["roof", "mill", "rover"]
PARTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 33))


@given(
    st.integers(0, 10**9), st.dictionaries(st.sampled_from("abcdef"), PARTS, min_size=1),
    st.fixed_dictionaries({name: st.integers(1, 10**8) for name in NAMES}),
)  # fmt: skip
def test_a_fund_is_granted_or_returned(fund: int, allotments: dict[str, dict[str, int]], wants: dict[str, int]) -> None:
    found = budgeted(fund, allotments, wants)
    assert sum(found.granted.values()) + sum(found.returned.values()) == fund
    assert all(0 <= found.granted[name] <= wants[name] for name in wants)
    assert all(back >= 0 for back in found.returned.values())


@pytest.mark.parametrize(
    ("allotments", "said"),
    [
        ({"ada": {"pool": 5}}, "nobody asked for 'pool'"),
        ({"ada": {"roof": 101}}, "come to 100"),
        ({"ada": {"roof": -1}}, "from zero"),
        ({}, "nobody to decide"),
    ],
)
def test_a_wrong_allotment_is_refused(allotments: dict[str, dict[str, int]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        budgeted(100, allotments, {"roof": 10})


@pytest.mark.parametrize(
    "make", [lambda: pledge("ada", 0), lambda: pledge("ada", 1, 3, 2), lambda: Campaign("x", 0, NOW)]
)
def test_what_is_none_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"above zero|withdrawn after|wants something"):
        make()
