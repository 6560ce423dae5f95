"""What happens in a workshop is told as events, and events count as contributions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from commons.benefits.contributions import Contribution
from commons.flows.actions import Action
from commons.flows.events import Event, Measure, reversal
from commons.flows.facts import Bought, Cited, Dropped, Fact, Judged, Made, Picked, Worked
from commons.flows.giving import Tariff, given
from commons.flows.ledger import Ledger, Stock
from commons.flows.telling import events_of
from tests.commons.flows import START

MADE = Made(
    "job:7", START, "lab:north", "machine:north/1", "build:1", "part:clip", 6, "stock:north/clips", duration_s=5400,
    material="material:pla", material_stock="stock:north/pla", material_g=Decimal("41.5"), fulfils="offer:3",
)  # fmt: skip
JUDGED = Judged("check:7", START, "person:ada", "lab:north", "part:clip", 2, "stock:north/clips", False, minutes=10)


def ledger_of(*facts: Fact) -> Ledger:
    ledger = Ledger()
    ledger.take_in(event for fact in facts for event in events_of(fact))
    return ledger


def pieces(accounting: int, onhand: int) -> dict[str, Stock]:
    return {"piece": Stock(Fraction(accounting), Fraction(onhand))}


def test_a_job_uses_a_machine_takes_material_and_makes_pieces() -> None:
    ledger = ledger_of(MADE)
    assert [(each.id, each.action) for each in ledger.events] == [
        ("job:7#consume", Action.CONSUME), ("job:7#produce", Action.PRODUCE), ("job:7#use", Action.USE),
    ]  # fmt: skip
    assert ledger.stock("stock:north/clips") == pieces(6, 6)
    assert ledger.stock("stock:north/pla") == {"g": Stock(Fraction(-83, 2), Fraction(-83, 2))}
    assert ledger.gave("lab:north") == {
        (Action.USE, "s"): 5400, (Action.CONSUME, "g"): Fraction(83, 2), (Action.PRODUCE, "piece"): 6,
    }  # fmt: skip
    assert next(each for each in ledger.events if each.action is Action.PRODUCE).fulfils == ("offer:3",)


def test_what_is_not_known_of_a_job_gives_no_event() -> None:
    unknown = replace(MADE, duration_s=None, material=None, material_g=None, fulfils=None)
    assert [each.action for each in events_of(unknown)] == [Action.PRODUCE]
    failed = replace(MADE, pieces=0)
    assert [each.action for each in events_of(failed)] == [Action.USE, Action.CONSUME]


def test_accepted_pieces_stay_and_scrapped_ones_leave_the_stock() -> None:
    good = replace(JUDGED, id="check:8", good=True, minutes=None)
    assert ledger_of(MADE, good).stock("stock:north/clips") == pieces(6, 6)
    assert {each.state for each in events_of(good)} == {None, "pass"}
    assert ledger_of(MADE, JUDGED).stock("stock:north/clips") == pieces(4, 4)
    assert ledger_of(JUDGED).gave("person:ada")[Action.WORK, "min"] == 10


def test_goods_on_their_way_are_owned_and_not_at_hand() -> None:
    picked = Picked("way:1", START, "person:ben", "lab:north", "part:clip", 4, "stock:north/clips")
    ledger = ledger_of(MADE, picked)
    assert ledger.stock("stock:north/clips") == pieces(6, 2)
    dropped = Dropped("way:2", START, "person:ben", "lab:south", "part:clip", 4, "stock:north/clips", minutes=40)
    ledger.take_in(events_of(dropped))
    assert ledger.stock("stock:north/clips") == pieces(6, 6)
    assert ledger.gave("person:ben")[Action.WORK, "min"] == 40


def test_a_purchase_adds_to_a_stock_and_says_what_was_paid() -> None:
    bought = Bought("purchase:1", START, "lab:north", "vendor:1", "material:pla", Measure.of(1000, "g"),
                    "stock:north/pla", Measure.of("18.90", "EUR"))  # fmt: skip
    ledger = ledger_of(bought, MADE)
    assert ledger.stock("stock:north/pla")["g"].onhand == Fraction("958.5")
    assert ledger.gave("lab:north")[Action.TRANSFER, "EUR"] == Fraction("18.9")
    assert len(events_of(replace(bought, price=None))) == 1


def test_telling_a_fact_twice_changes_nothing() -> None:
    ledger = ledger_of(MADE)
    assert ledger.take_in(events_of(MADE)) == 0


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        (MADE, {"pieces": -1}), (MADE, {"material": None}), (MADE, {"id": "job:7#x"}), (MADE, {"lab": "north"}),
        (MADE, {"duration_s": 0}), (JUDGED, {"pieces": 0}),
        (Worked("work:1", START, "person:ada", "build:1", "care", 5), {"minutes": 0}),
        (Cited("cite:1", START, "person:dee", "design:1", "build:1", 1), {"copies": -1}),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(fact: Fact, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        events_of(replace(fact, **change))


def test_events_count_as_contributions() -> None:
    tariff = Tariff(
        hourly={("person:ada", "care"): 1800, ("lab:north", "machine"): 250},
        each={("material:pla", "g"): Fraction(5, 2), ("design:1", "piece"): 150},
    )
    ledger = ledger_of(
        MADE, JUDGED, Cited("cite:1", START, "person:dee", "design:1", "build:1", 20),
        Bought("purchase:1", START, "lab:north", "vendor:1", "material:pla", Measure.of(1, "kg"), "stock:north/pla",
               Measure.of("18.90", "EUR")),
    )  # fmt: skip
    found = given(ledger.standing, tariff)
    assert not found.unknown
    assert {each.id: each for each in found.contributions} == {
        "job:7#use": Contribution("job:7#use", "lab:north", "machine", 90, 250),
        "job:7#consume": Contribution("job:7#consume", "lab:north", "material", amount=104),
        "check:7#work": Contribution("check:7#work", "person:ada", "care", 10, 1800),
        "cite:1#cite": Contribution("cite:1#cite", "person:dee", "design", amount=3000),
        "purchase:1#money": Contribution("purchase:1#money", "lab:north", "money", amount=1890),
    }


def test_what_nobody_set_a_price_for_is_unknown_and_a_citation_still_counts() -> None:
    odd = Event("event:1", Action.WORK, START, "person:ada", effort=Measure.of(3, "lunch"))
    paid = Event("event:2", Action.TRANSFER, START, "person:ada", "lab:north", Measure.of(3, "USD"), kinds=("money",))
    cited = events_of(Cited("cite:1", START, "person:dee", "design:1", "build:1", 20))
    found = given([*events_of(MADE), *cited, odd, paid], Tariff())
    assert found.unknown == {
        "job:7#consume": "nobody set a price for a g of material:pla",
        "event:1": "lunch is no unit of time",
        "event:2": "it is no sum in EUR",
    }
    assert [each.id for each in found.contributions] == ["job:7#use", "cite:1#cite"]
    with pytest.raises(ValueError, match="taken back"):
        given([reversal(cited[0], "back:1", START)], Tariff())
    with pytest.raises(ValueError, match="exact"):
        Tariff(each={("design:1", "piece"): 1.5})  # type: ignore[dict-item] - a float is what is refused
