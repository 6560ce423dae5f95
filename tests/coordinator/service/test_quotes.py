"""Quotes: each number with its source, what is unknown said so, kept with the build, beside what it came to."""

from __future__ import annotations

from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.application import KEEPER
from coordinator.service.costing.lines import Kind, Line, sums_of
from coordinator.service.costing.parts import Bought, Price, part_lines, read_price
from coordinator.service.costing.quotes import QuoteView
from coordinator.service.flows.asked import Asked
from coordinator.service.house import Call
from coordinator.service.refusals import UnauthenticatedError
from coordinator.service.supplies.purchases import Ordered
from core.errors import InputError
from tests.coordinator.conftest import LABS, block_stl

from .conftest import Town

PRICED = LABS.replace(
    "    policy: {accepts: automatically, first_article: never}\n    machines:\n      - id: north-printer",
    "    policy: {accepts: automatically, first_article: never}\n    currency: EUR\n    stock:\n"
    "      - {material: pla, form: filament, amount: 2, unit: kg, unit_cost: 21}\n"
    "    machines:\n      - id: north-printer",
).replace(
    "        unattended: true\n",
    "        unattended: true\n        hourly_cost: 3\n        set_up_min: 10\n        take_off_min: 2\n",
)


@pytest.fixture
def priced(town: Town) -> Town:
    town.application.labs.put(Call(KEEPER), yaml.safe_load(PRICED))
    return town


def of_kind(quote: QuoteView, kind: Kind) -> list[tuple[str, int | None]]:
    return [(each.what, each.cents) for each in (*quote.lines, *quote.unknown) if each.kind is kind]


def test_a_quote_says_what_each_number_comes_from_and_what_is_not_known(priced: Town) -> None:
    design = priced.upload("Foot,2,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop", foot__stl=block_stl(20, 20, 20))
    quote = priced.application.quotes.of_design(priced.people["ada"], design.id, 3)
    (plastic,) = [each for each in quote.lines if each.kind is Kind.MATERIAL]
    assert plastic.what.endswith("g of PLA")
    assert plastic.source == "2.10 EUR for 100 g, from North's list of stock"
    (hours,) = [each for each in quote.lines if each.kind is Kind.MACHINE]
    assert hours.source == "3.00 EUR an hour, from North's entry"
    assert (hours.low_cents or 0) < (hours.cents or 0) < (hours.high_cents or 0), "a time is an estimate"
    (set_up,) = [each for each in quote.lines if each.kind is Kind.SET_UP]
    assert (set_up.what, set_up.cents) == ("1 run of Printer, 12 min each to set up and take off", 60)
    missing = {each.what: each.source for each in quote.unknown}
    assert missing["12 Screw"] == "no price is known"
    assert "nobody in North has set a rate" in missing.values()
    assert all(each.cents is None for each in quote.unknown)
    (total,) = quote.sums
    assert (total.currency, total.cents) == ("EUR", sum(each.cents or 0 for each in quote.lines))


def test_more_pieces_share_set_ups(priced: Town) -> None:
    design = priced.upload("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20))
    one, ten = (priced.application.quotes.of_design(KEEPER, design.id, count) for count in (1, 10))
    assert of_kind(one, Kind.SET_UP) == of_kind(ten, Kind.SET_UP) != [], "ten stand on one plate"
    assert (ten.sums[0].cents) < 10 * one.sums[0].cents


def test_who_may_ask(priced: Town) -> None:
    design = priced.upload()
    with pytest.raises(UnauthenticatedError):
        priced.application.quotes.of_design(VISITOR, design.id)
    with pytest.raises(InputError, match="from 1 to"):
        priced.application.quotes.of_design(KEEPER, design.id, 0)


def test_a_build_keeps_its_quote_and_is_compared_with_what_it_came_to(priced: Town) -> None:
    build = priced.order(priced.upload("Panel,2,Manual cutting,Plywood,,", "Screw,4,,,,Shop"))
    quote = priced.application.quotes.of_build(build.id)
    assert (quote.build_id, quote.basis, quote.came_to) == (build.id, "with the machines of the plan", [])
    before = len([each for each in priced.application.log.after(0, 999) if each.kind == "quote.made"])
    priced.clock.move(hours=1)
    entry = priced.application.labs.one(KEEPER, "north").entry
    priced.application.labs.put_one(
        Call(priced.people["north"]), "north", {**entry, "website": "https://north.example"}
    )
    priced.plan()
    after = [each for each in priced.application.log.after(0, 999) if each.kind == "quote.made"]
    assert len(after) == before, "the same is not kept twice"
    task = next(each for each in priced.application.tasks.of(build.id).items if each.kind == "purchase")
    call = Call(priced.people["ada"])
    wanted = priced.application.purchases.want(call, {task.id: None})
    said = Ordered("Shop", None, None, "EUR", {wanted.items[0].id: 0.8}, 3.9, None)
    priced.application.purchases.order(call, wanted.id, said)
    quote = priced.application.quotes.of_build(build.id)
    assert [(each.kind, each.currency, each.came_to_cents) for each in quote.compared if each.came_to_cents] == [
        (Kind.PART, "EUR", 80),
        (Kind.TRANSPORT, "EUR", 390),
    ]
    again = priced.application.quotes.of_design(KEEPER, build.design_id, 2)
    (screws,) = [each for each in again.lines if each.kind is Kind.PART]
    assert (screws.cents, screws.source) == (160, f"paid before: 0.80 EUR for 4, purchase {wanted.id}")


def test_a_run_that_began_fixes_the_quote_and_counts_in_what_it_came_to(priced: Town) -> None:
    build = priced.order(priced.upload("Panel,2,Manual cutting,,,"))
    for offer in priced.application.offers.all(build_id=build.id).items:
        if offer.state == "offered":
            priced.application.offers.answer(Call(priced.people[offer.lab]), offer.id, accept=True, why="we can")
    job = next(each for each in priced.application.jobs.all(build_id=build.id).items if each.task == "Panel")
    call = Call(priced.people[job.lab])
    priced.application.jobs.start(call, job.id)
    before = priced.application.quotes.of_build(build.id).made_at
    priced.clock.move(minutes=90)
    priced.application.jobs.end(call, job.id, made=True, why="")
    priced.plan()
    quote = priced.application.quotes.of_build(build.id)
    assert quote.made_at == before
    assert "1.50 h of work in" in " ".join(each.what for each in quote.came_to_unknown)


def test_work_is_quoted_at_the_rates_that_people_of_the_lab_have_set(priced: Town) -> None:
    town = priced
    design = town.upload("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20))
    town.application.rates.set_own(Call(town.people["north"]), "making", Asked(1500, "EUR"))
    (work,) = [each for each in town.application.quotes.of_design(KEEPER, design.id).lines if each.kind is Kind.WORK]
    assert (work.what, work.cents) == ("0.53 h of work in North", 800)
    assert work.source == "15.00 EUR an hour, as people of North have set it themselves"
    town.join("nora", Role.OPERATOR, "north")
    town.application.rates.set_own(Call(town.people["nora"]), "making", Asked(2500, "EUR"))
    town.real.move(minutes=2)
    (work,) = [each for each in town.application.quotes.of_design(KEEPER, design.id).lines if each.kind is Kind.WORK]
    assert (work.low_cents or 0) < (work.cents or 0) == 800 < (work.high_cents or 0), "who will do it is not known"
    town.application.rates.set_for_lab(Call(town.people["north"]), "north", "north-printer", Asked(600, "EUR"))
    town.real.move(minutes=2)
    quote = town.application.quotes.of_design(KEEPER, design.id)
    assert {each.source for each in quote.lines if each.kind is Kind.SET_UP} == {"6.00 EUR an hour, set by north"}


AMOUNTS = st.lists(
    st.tuples(st.sampled_from(Kind), st.integers(0, 10**7), st.sampled_from(["EUR", "CHF"])), max_size=30
)


@given(AMOUNTS)
def test_sums_are_the_lines_added_up(amounts: list[tuple[Kind, int, str]]) -> None:
    lines = [Line.of(kind, "x", "y", cents, currency) for kind, cents, currency in amounts]
    unknown = [Line(Kind.PART, "screw", "no price")]
    found = {each.currency: each.cents for each in sums_of([*lines, *unknown])}
    assert sum(found.values()) == sum(cents for _, cents, _ in amounts)
    assert found == {c: sum(cents for _, cents, each in amounts if each == c) for c in found}


@pytest.mark.parametrize(
    ("text", "one", "cents"),
    [
        ("Unit price: 2.50 EUR", 4, 250),
        ("Price: €2,50", 1, 250),
        ("Total price: 10 EUR", 4, 250),
        ("Unit price: 2.50 EUR; Total: EUR 10", 4, 250),
        ("Price: 2.50 EUR", 4, None),  # of one or of all four?
        ("Price: 2.50", 1, None),  # of what currency?
        ("Price: $2.50", 1, None),  # of which dollar?
        ("Unit price: 2,500 EUR", 1, None),  # two and a half, or thousands?
        ("Unit price: 5 EUR for 10", 1, None),
        ("Unit price: 2 EUR; Unit price: 3 EUR", 1, None),
        ("Unit price: -2 EUR", 1, None),
        ("", 1, None),
        (None, 1, None),
    ],
)
def test_a_price_of_a_bill_counts_where_it_is_beyond_doubt(text: str | None, one: float, cents: int | None) -> None:
    found = read_price(text, one)
    assert (found.cents if found else None) == cents


def test_what_was_paid_here_counts_before_what_a_bill_says() -> None:
    part = Bought("Screw", 12, 4, "piece", "Unit price: 1 EUR")
    (line,) = part_lines([part], {("Screw", "piece"): Price(Fraction(25, 2), "EUR", "paid before")})
    assert (line.what, line.cents, line.source) == ("12 Screw", 150, "paid before")
    (line,) = part_lines([part], {})
    assert (line.cents, line.source) == (1200, "the bill: Unit price: 1 EUR")
