"""A ledger comes to the same whatever the order of its events, and nothing is erased from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons.flows.actions import RULES, Action, Counts, Effect, Side
from commons.flows.events import Event, Measure, decimal_text, reversal
from commons.flows.ledger import Balances, Ledger, Stock
from commons.flows.terms import CLASSES, INDIVIDUALS, PROPERTIES
from core.errors import InputError
from tests.commons.flows import START, VALUES, events, histories

PIECES = Measure.of(3, "piece")


def an_event(name: str = "event:1", action: Action = Action.PRODUCE, **rest: Any) -> Event:
    said = {"provider": "lab:north", "quantity": PIECES, **rest}
    return Event(name, action, START, **said)


def a_ledger(*several: Event) -> Ledger:
    ledger = Ledger()
    ledger.take_in(several)
    return ledger


def test_the_table_of_actions_is_that_of_the_vocabulary() -> None:
    assert len(Action) == 19
    assert set(RULES) == set(Action)
    assert {str(each) for each in Action} <= INDIVIDUALS
    for kind in (Side, Counts, Effect):
        assert {str(each) for each in kind} <= INDIVIDUALS
    assert all(domain <= CLASSES for domain in PROPERTIES.values())
    assert PROPERTIES["corrects"] == {"EconomicEvent"}
    assert PROPERTIES["hasNumericalValue"] == {"Measure"}


@pytest.mark.parametrize(
    ("action", "accounting", "onhand", "other"),
    [
        (Action.PRODUCE, 3, 3, None), (Action.RAISE, 3, 3, None), (Action.CONSUME, -3, -3, None),
        (Action.LOWER, -3, -3, None), (Action.PICKUP, 0, -3, None), (Action.ACCEPT, 0, -3, None),
        (Action.COMBINE, 0, -3, None), (Action.DROPOFF, 0, 3, None), (Action.MODIFY, 0, 3, None),
        (Action.SEPARATE, 0, 3, None), (Action.CITE, 0, 0, None), (Action.USE, 0, 0, None),
        (Action.DELIVER_SERVICE, 0, 0, None), (Action.TRANSFER, -3, -3, (3, 3)), (Action.MOVE, -3, -3, (3, 3)),
        (Action.TRANSFER_ALL_RIGHTS, -3, 0, (3, 0)), (Action.TRANSFER_CUSTODY, 0, -3, (0, 3)),
        (Action.COPY, 0, 0, (3, 3)),
    ],
)  # fmt: skip
def test_each_action_changes_stocks_as_the_vocabulary_says(
    action: Action, accounting: int, onhand: int, other: tuple[int, int] | None
) -> None:
    ledger = a_ledger(an_event(action=action, resource="stock:a", to_resource="stock:b" if other else None))
    assert ledger.stock("stock:a").get("piece", Stock(Fraction(0), Fraction(0))) == Stock(
        Fraction(accounting), Fraction(onhand)
    )
    if other is not None:
        assert ledger.stock("stock:b") == {"piece": Stock(Fraction(other[0]), Fraction(other[1]))}


def test_a_stock_that_keeps_its_name_keeps_its_quantity() -> None:
    ledger = a_ledger(
        an_event(resource="stock:a"),
        an_event("event:2", Action.TRANSFER, resource="stock:a", to_resource="stock:a"),
    )
    assert ledger.stock("stock:a") == {"piece": Stock(Fraction(3), Fraction(3))}


def test_work_changes_no_stock_and_is_counted_for_both() -> None:
    ledger = a_ledger(
        Event("event:1", Action.WORK, START, "person:ada", "build:1", effort=Measure.of("1.5", "h")),
        Event("event:2", Action.WORK, START, "person:ada", "build:1", effort=Measure.of("0.25", "h")),
    )
    assert ledger.gave("person:ada") == {(Action.WORK, "h"): Fraction(7, 4)} == ledger.received("build:1")
    assert ledger.received("person:ada") == {}
    assert not ledger.balances().stocks


def plain_sums(standing: list[Event]) -> Balances:
    """The balances again, from the table and the events that stand, without a ledger."""
    stocks: dict[Any, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    gave: dict[Any, Fraction] = defaultdict(Fraction)
    received: dict[Any, Fraction] = defaultdict(Fraction)
    for event in standing:
        rule = RULES[event.action]
        for measure in filter(None, (event.quantity, event.effort)):
            if event.provider:
                gave[event.provider, event.action, measure.unit] += measure.value
            if event.receiver:
                received[event.receiver, event.action, measure.unit] += measure.value
        for place, effect in enumerate((rule.accounting, rule.onhand)):
            for resource, sign in zip((event.resource, event.to_resource), effect.signs, strict=True):
                if resource and event.quantity:
                    stocks[resource, event.quantity.unit][place] += sign * event.quantity.value
    return Balances(
        {key: Stock(*both) for key, both in stocks.items() if any(both)},
        {key: value for key, value in gave.items() if value},
        {key: value for key, value in received.items() if value},
    )


@settings(max_examples=50)
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_comes_to_the_same(history: list[Event], chance: Any, size: int) -> None:
    shuffled = [*history, *history]
    chance.shuffle(shuffled)
    ledger, other = a_ledger(*history), Ledger()
    for at in range(0, len(shuffled), size):
        other.take_in(shuffled[at : at + size])
    assert other.balances() == ledger.balances()
    assert other.events == ledger.events
    assert other.waiting == ledger.waiting
    back = {each.corrects for each in history}
    assert ledger.balances() == plain_sums([e for e in history if e.corrects is None and e.id not in back])


@settings(max_examples=50)
@given(histories(), events("event:new"))
def test_what_is_taken_back_leaves_no_trace_in_the_balances(history: list[Event], event: Event) -> None:
    ledger = a_ledger(*history)
    before = ledger.balances()
    ledger.take_in([event])
    ledger.take_in([reversal(event, "back:new", event.at)])
    assert ledger.balances() == before
    assert {event.id, "back:new"} <= {each.id for each in ledger.events}
    assert event not in ledger.standing


def test_another_event_with_the_same_id_is_refused_and_nothing_is_taken_in() -> None:
    ledger = a_ledger(an_event())
    with pytest.raises(InputError, match="another event"):
        ledger.take_in([an_event("event:2"), an_event(note="changed")])
    assert [each.id for each in ledger.events] == ["event:1"]
    with pytest.raises(InputError, match="another event"):
        Ledger().take_in([an_event(), an_event(note="changed")])
    assert ledger.take_in([an_event()]) == 0


def test_a_correction_takes_back_the_whole_event_or_is_refused() -> None:
    part = replace(reversal(an_event(), "back:1", START), quantity=Measure.of(-1, "piece"))
    with pytest.raises(InputError, match="whole event"):
        a_ledger(an_event()).take_in([part])
    again = replace(reversal(an_event(), "back:2", START), corrects="back:1")
    with pytest.raises(InputError, match="corrects a correction"):
        a_ledger(an_event(), reversal(an_event(), "back:1", START)).take_in([again])


def test_a_wrong_correction_that_came_first_is_set_aside_when_its_event_comes() -> None:
    wrong = replace(reversal(an_event(), "back:1", START), quantity=Measure.of(-1, "piece"))
    of_it = replace(wrong, id="back:2", corrects="back:1")
    ledger = a_ledger(of_it)
    ledger.take_in([wrong])
    assert ledger.waiting == ("back:1",)
    ledger.take_in([an_event()])
    assert ledger.set_aside.keys() == {"back:1", "back:2"}
    assert ledger.waiting == ()
    assert ledger.events == ledger.standing == (an_event(),)
    assert ledger.balances() == a_ledger(an_event()).balances()


def test_moments_are_kept_in_utc() -> None:
    there = START.astimezone(timezone(timedelta(hours=5)))
    assert replace(an_event(), at=there) == an_event()
    assert replace(an_event(), at=there).at.tzinfo is UTC


@given(VALUES)
def test_quantities_are_exact(value: Fraction) -> None:
    measure = Measure(value, "h")
    assert Measure.of(measure.text, "h") == measure == Measure.of(Decimal(measure.text), "h")
    assert Fraction(decimal_text(-value)) == -value
    assert "e" not in measure.text


@pytest.mark.parametrize(
    "value",
    [0.5, "1e9", "1,5", "", "٣", Decimal("NaN"), Decimal("1e999999"), 10**15, "0.0000000001", Fraction(1, 3)],
)
def test_numbers_that_are_not_exact_or_too_long_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"quantity|decimal"):
        Measure.of(value, "h")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quantity": None}, "has a quantity"),
        ({"quantity": Measure.of(0, "piece")}, "above zero"),
        ({"quantity": Measure.of(-3, "piece")}, "above zero"),
        ({"corrects": "event:0"}, "below"),
        ({"corrects": "event:1", "quantity": Measure.of(-3, "piece")}, "itself"),
        ({"effort": Measure.of(3, "h")}, "things alone"),
        ({"action": Action.WORK}, "effort alone"),
        ({"to_resource": "stock:b"}, "no second stock"),
        ({"action": Action.TRANSFER, "process": "job:1"}, "beside processes"),
        ({"provider": None}, "names who"),
        ({"provider": "ada"}, "no IRI"),
        ({"resource": "stock:a b"}, "no IRI"),
        ({"id": "vf:produce"}, "something else"),
        ({"receiver": "unit:g"}, "something else"),
        ({"kinds": ("care", "care")}, "once each"),
        ({"kinds": ("",)}, "a word"),
        ({"note": "a\nb"}, "one line"),
        ({"note": "x" * 2001}, "one line"),
        ({"at": datetime(2030, 1, 1)}, "zone"),  # noqa: DTZ001 - the moment without a zone is what is refused
    ],
)
def test_an_event_that_breaks_a_rule_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(an_event(), **change)
