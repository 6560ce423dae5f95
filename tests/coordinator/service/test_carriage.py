"""Carriage in a quote: the ways that a plan implies, what they weigh, what the labs ask; what is not known says why."""

from __future__ import annotations

from typing import Any

import pytest

from coordinator.service.application import KEEPER
from coordinator.service.costing.lines import Kind
from coordinator.service.costing.quotes import QuoteView
from coordinator.service.costing.views import CostLine
from coordinator.service.house import Call
from coordinator.service.refusals import UnknownError
from tests.coordinator.conftest import block_stl

from .conftest import Town

FOOT = ("Foot,2,3D printing,PLA,foot.stl,",)
BLOCK = {"foot__stl": block_stl(20, 20, 20)}
HOME = {"address": {"country": "DE"}, "currency": "EUR"}


def put(town: Town, lab: str, **said: Any) -> None:
    entry = town.application.labs.one(KEEPER, lab).entry
    town.application.labs.put_one(Call(KEEPER), lab, {**entry, **said})


@pytest.fixture
def apart(town: Town) -> Town:
    """Prints in the north, assembly in the south only."""
    entry = town.application.labs.one(KEEPER, "north").entry
    machines = [{**each, "processes": [p for p in each["processes"] if p != "assembly"]} for each in entry["machines"]]
    put(town, "north", machines=machines)
    return town


def ways(quote: QuoteView) -> list[CostLine]:
    return [each for each in (*quote.lines, *quote.unknown) if each.kind is Kind.TRANSPORT]


def asked(town: Town, count: int = 1, to: str | None = "south", *rows: str) -> list[CostLine]:
    designs = town.application.designs.all().items or [town.upload(*(rows or FOOT), **BLOCK)]
    town.real.move(minutes=2)
    return ways(town.application.quotes.of_design(KEEPER, designs[0].id, count, to))


def test_a_way_costs_what_the_sender_asks_and_names_its_source(apart: Town) -> None:
    put(apart, "south", **HOME)
    put(apart, "north", **HOME, carriage=[{"to": "country", "per_parcel": 4.5, "per_kg": 10}])
    (way,) = asked(apart)
    grams = float(way.what.split(" of ")[1].split(" g")[0])
    assert 5 < grams < 2 * 8 * 1.24, "two hollow blocks of 8 cubic centimetres"
    assert way.what.startswith("1 parcel of ")
    assert way.what.endswith(" from North to South")
    assert way.cents == pytest.approx(450 + grams, abs=1)
    assert way.source == "4.50 EUR a parcel and 10.00 EUR a kg within its country, from North's entry"
    (ten,) = asked(apart, 10)
    assert (ten.cents or 0) - 450 == pytest.approx(10 * ((way.cents or 0) - 450), abs=10)


def test_parcels_have_a_most_weight(apart: Town) -> None:
    put(apart, "north", **HOME, carriage=[{"per_parcel": 3, "parcel_kg": 0.05, "since": "2029-12-31"}])
    (way,) = asked(apart, 100)
    count = int(way.what.split(" parcels")[0])
    assert count > 3
    assert (way.cents, way.source) == (
        300 * count, "3.00 EUR a parcel, parcels up to 0.05 kg, from North's entry, since 2029-12-31",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "North states no price of carriage"),
        (
            {"carriage": [{"to": "country", "per_kg": 1}], "currency": "EUR"},
            "North states no price of carriage and it is not known in which country that is",
        ),
        ({"carriage": [{"pick_up_only": True}]}, "North sends nothing there: it is picked up"),
    ],
)
def test_what_is_not_known_says_why(apart: Town, said: dict[str, Any], why: str) -> None:
    put(apart, "north", **said)
    (way,) = asked(apart)
    assert (way.what, way.cents, way.source) == ("from North to South", None, why)


def test_abroad_has_a_price_of_its_own(apart: Town) -> None:
    put(apart, "south", address={"country": "FR"})
    prices = [{"to": "country", "per_parcel": 4}, {"to": "elsewhere", "per_parcel": 9}]
    put(apart, "north", **HOME, carriage=prices)
    (way,) = asked(apart)
    assert (way.cents, way.what) == (900, "1 parcel from North to South")
    put(apart, "north", **HOME, carriage=prices[:1])
    assert [each.source for each in asked(apart)] == ["North states no price of carriage to there"]


def test_to_who_ordered_it_goes_the_whole_product_and_what_is_bought_nobody_weighs(apart: Town) -> None:
    put(apart, "south", currency="EUR", carriage=[{"per_parcel": 6, "per_kg": 2}])
    apart.upload(*FOOT, "Screw,4,,,,Shop", **BLOCK)
    there, home, weight = asked(apart, 1, None)
    assert sorted(each.what.split(" ")[0] for each in (there, home, weight)) == ["1", "from", "weight"]
    known = next(each for each in (there, home, weight) if each.cents is not None)
    assert known.what.endswith("from South to who ordered it")
    assert (known.cents or 0) > 600
    lacks = next(each for each in (there, home, weight) if each.what.startswith("weight"))
    assert (lacks.what, lacks.source) == (
        "weight of Screw from South to who ordered it", "what it weighs is not known: it is bought",
    )  # fmt: skip


def test_what_stays_in_one_lab_goes_nowhere(town: Town) -> None:
    assert asked(town, 1, "north", "Panel,2,Manual cutting,,,") == [], "all of it is made, and wanted, there"
    with pytest.raises(UnknownError):
        asked(town, 1, "nowhere")


def test_a_build_keeps_the_ways_of_its_plan(apart: Town) -> None:
    put(apart, "south", **HOME)
    put(apart, "north", **HOME, carriage=[{"per_parcel": 4}])
    design = apart.upload(*FOOT, **BLOCK)
    build = apart.application.builds.order(Call(apart.people["ada"]), design.id, 3, deliver_to="south")
    apart.plan()
    (way,) = ways(apart.application.quotes.of_build(build.id))
    assert (way.what, way.cents) == ("1 parcel from North to South", 400)
