"""A worked story: three labs and a designer make 20 seedling stations, and see what each gave and gets.

docs/commons.md tells it; the figures there are those that come out here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from commons.accounts import beancount
from commons.benefits.distribution import compared, distributed
from commons.benefits.formula import read_formula
from commons.flows.actions import Action
from commons.flows.documents import read_events, written
from commons.flows.events import Event, Measure, reversal
from commons.flows.facts import Bought, Cited, Dropped, Fact, Judged, Made, Picked, Worked
from commons.flows.giving import Given, Tariff, given
from commons.flows.ledger import Ledger
from commons.flows.telling import events_of
from commons.licences.advice import Answer, advise
from commons.licences.mixture import clashes
from commons.licences.notices import notices
from commons.licences.parties import Maker, Making, Purpose
from commons.netting import Debt, net_positions, netted
from commons.scope import Saving, Way, saving
from tests.commons.accounting import balances
from tests.commons.flows import START

ROOT = Path(__file__).parents[2]
STATION = ROOT / "examples/seedling-station"
STORY = ROOT / "docs/commons.md"
STATIONS = 20
INCOME = 240_000  # cents: 20 stations at 120 euro
BUILD = "build:stations"
LABS = {"FDM": "lab:north", "Laser cutting": "lab:south", "CNC milling": "lab:west"}
WORKERS = {"lab:north": "person:ada", "lab:south": "person:ben", "lab:west": "person:cem"}
MINUTES = {"FDM": 70, "Laser cutting": 6, "CNC milling": 18}
GRAMS = {"PLA": Decimal("21.5"), "Plywood": Decimal(160), "Acrylic": Decimal(75)}
TARIFF = Tariff(
    hourly={("lab:north", "machine"): 200, ("lab:south", "machine"): 900, ("lab:west", "machine"): 1500,
            ("person:ada", "making"): 1800},
    each={("material:pla", "g"): 2, ("material:plywood", "g"): 1, ("material:acrylic", "g"): 1,
          ("design:station", "piece"): 500},
)  # fmt: skip
BOUGHT = (
    ("lab:north", "pla", 2000, "39.80"),
    ("lab:south", "plywood", 12_000, "84"),
    ("lab:south", "acrylic", 2000, "31"),
)
FORMULAS = [read_formula(path.read_text(), where=path.name) for path in sorted((ROOT / "examples/benefits").iterdir())]


def slug(text: str) -> str:
    return text.lower().replace(" ", "-")


def facts() -> Iterator[Fact]:
    """Material is bought; for each station all parts are made and looked at, it is put together and goes out."""
    with (STATION / "bom.csv").open(newline="", encoding="utf-8") as file:
        parts = [row for row in csv.DictReader(file) if row["File"]]
    for buyer, material, grams, price in BOUGHT:
        quantity, paid = Measure.of(grams, "g"), Measure.of(price, "EUR")
        item, stock = f"material:{material}", f"stock:{material}"
        yield Bought(f"purchase:{material}", START, buyer, f"vendor:{material}", item, quantity, stock, paid)
    for number in range(STATIONS):
        at = START + timedelta(days=number)
        for row in parts:
            lab, part, name = LABS[row["Process"]], f"part:{slug(row['Part'])}", f"{number}/{slug(row['Part'])}"
            stock = f"stock:{lab.partition(':')[2]}/{slug(row['Part'])}"
            material = slug(row["Material"])
            yield Made(
                f"job:{name}", at, lab, f"machine:{lab.partition(':')[2]}", BUILD, part, int(row["Qty"]), stock,
                duration_s=MINUTES[row["Process"]] * 60, material=f"material:{material}",
                material_stock=f"stock:{material}", material_g=GRAMS[row["Material"]],
            )  # fmt: skip
            yield Judged(f"check:{name}", at, WORKERS[lab], lab, part, int(row["Qty"]), stock, True, minutes=3)
        yield Cited(f"cite:{number}", at, "person:dee", "design:station", BUILD, 1)
        yield Worked(f"assembly:{number}", at, "person:ada", BUILD, "making", 90)
        stations = "stock:north/stations"
        yield Picked(f"leaves:{number}", at, "person:ben", "lab:north", "part:station", 1, stations)
        yield Dropped(f"arrives:{number}", at, "person:ben", "person:kim", "part:station", 1, stations, minutes=25)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    found = Ledger()
    found.take_in(event for fact in facts() for event in events_of(fact))
    return found


@pytest.fixture(scope="module")
def corrected(ledger: Ledger) -> Ledger:
    """One spool was weighed wrongly: the event is taken back, and entered anew."""
    wrong = next(each for each in ledger.events if each.id == "job:3/foot#consume")
    at = wrong.at + timedelta(hours=1)
    anew = replace(wrong, id="job:3/foot#consume-2", at=at, quantity=Measure.of("31.5", "g"))
    found = Ledger()
    found.take_in([*ledger.events, reversal(wrong, "job:3/foot#consume-back", at, "weighed again"), anew])
    return found


def test_the_licence_lets_all_of_them_make_it_and_says_what_it_asks() -> None:
    manifest = yaml.safe_load((STATION / "okh.yml").read_text(encoding="utf-8"))
    licence = manifest["license"]["hardware"]
    for maker in (Maker.COOPERATIVE, Maker.SCHOOL, Maker.COMPANY):
        advice = advise(licence, Making(maker, Purpose.SALE))
        assert advice.answer is Answer.WITH_DUTIES
        assert any("source" in duty.says for duty in advice.duties)
    assert notices(licence, "https://fab.example/station").asked_by
    assert not clashes(licence, {"documentation": manifest["license"]["documentation"]})


def test_a_thousand_events_come_to_what_was_made(ledger: Ledger) -> None:
    assert len(ledger.events) == 1066
    assert ledger.stock("stock:north/foot")["piece"].onhand == 4 * STATIONS
    assert ledger.gave("person:dee") == {(Action.CITE, "piece"): STATIONS}
    assert ledger.gave("person:ada")[Action.WORK, "min"] == STATIONS * (90 + 4 * 3)
    assert ledger.received(BUILD)[Action.USE, "s"] == STATIONS * (4 * 70 + 3 * 6 + 18) * 60


def test_one_correction_changes_just_what_was_wrong(ledger: Ledger, corrected: Ledger) -> None:
    before, after = ledger.balances(), corrected.balances()
    changed = {key for key in before.stocks if before.stocks[key] != after.stocks[key]}
    assert changed == {("stock:pla", "g")}
    assert before.stocks["stock:pla", "g"].onhand - after.stocks["stock:pla", "g"].onhand == 10
    assert len(corrected.events) == len(ledger.events) + 2


def counted(corrected: Ledger) -> Given:
    found = given(corrected.standing, TARIFF)
    assert not found.unknown
    return found


def test_four_formulas_are_compared_and_the_document_says_the_same(corrected: Ledger) -> None:
    found = counted(corrected)
    table = compared(FORMULAS, INCOME, found.contributions)
    assert len(FORMULAS) == 4
    for formula in FORMULAS:
        assert sum(row[formula.name] for row in table.values()) == INCOME
        known = {each.id for each in found.contributions}
        shared = distributed(formula, INCOME, found.contributions)
        assert all(line.contribution is None or line.contribution in known for line in shared.lines)
    assert_told(
        [
            f"| who | {' | '.join(formula.name for formula in FORMULAS)} |",
            *(
                f"| {who} | {' | '.join(f'{n / 100:.2f}' for n in row.values())} |"
                for who, row in sorted(table.items())
            ),
        ]
    )


def pooled() -> Saving:
    """Three orders need the mill; a set-up costs 45 euro, each order's own time 12, 12 and 36."""
    own = {"order:1": 1200, "order:2": 1200, "order:3": 3600}
    return saving(tuple(own), lambda group: sum(own[each] for each in group) + (4500 if group else 0))


def test_a_pooled_set_up_saves_each_order_a_part() -> None:
    found = pooled()
    assert found.way is Way.SHAPLEY
    assert sum(found.shares.values()) == found.together == 10_500
    assert set(found.saved.values()) == {3000}
    assert_told(
        [
            f"| {who} | {found.alone[who] / 100:.2f} | {share / 100:.2f} | {found.saved[who] / 100:.2f} |"
            for who, share in found.shares.items()
        ]
    )


def test_a_round_of_netting_strikes_out_what_goes_round(corrected: Ledger) -> None:
    """South is owed for its machine by north, west by south, and north for what it bought for west."""
    machines = [each for each in counted(corrected).contributions if each.kind == "machine"]
    worth = {lab: sum(each.value(0) for each in machines if each.who == lab) for lab in LABS.values()}
    debts = [
        Debt("lab:north", "lab:south", int(worth["lab:south"])),
        Debt("lab:south", "lab:west", int(worth["lab:west"])),
        Debt("lab:west", "lab:north", 4000),
    ]
    found = netted(debts)
    assert found.total == 12_000
    left = {(debt.debtor, debt.creditor): debt.amount for debt in found.left}
    assert net_positions(found.left).items() >= {k: v for k, v in net_positions(debts).items() if v}.items()
    assert_told([f"of {sum(d.amount for d in debts) / 100:.2f} euro, {found.total / 100:.2f} cancel"])
    assert_told([f"{who} owes {whom} {amount / 100:.2f}" for (who, whom), amount in left.items()])


def test_an_export_gives_a_fresh_ledger_the_same_balances(corrected: Ledger) -> None:
    fresh = Ledger()
    assert fresh.take_in(read_events(written(corrected).encode(), where="stations.jsonld")) == 1068
    assert fresh.balances() == corrected.balances()
    assert fresh.take_in(reversed(corrected.events)) == 0
    assert beancount.written(fresh) == beancount.written(corrected)
    assert balances(beancount.written(fresh))["Assets:Onhand:Stock-north-foot", "PIECE"] == 4 * STATIONS


def test_none_of_it_hangs_on_the_order_of_events(corrected: Ledger) -> None:
    late = Ledger()
    odd: list[Event] = list(corrected.events[::-2])
    for several in (odd, corrected.events):
        late.take_in(several)
    assert late.balances() == corrected.balances()
    assert given(late.standing, TARIFF) == counted(corrected)


def assert_told(lines: list[str]) -> None:
    said = STORY.read_text(encoding="utf-8")
    assert lines
    for line in lines:
        assert line in said, line
