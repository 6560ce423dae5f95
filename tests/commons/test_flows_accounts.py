"""What is written for accounting programs is legal, balances, and says what the ledger says."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from commons.accounts.beancount import written
from commons.accounts.names import account_parts, commodities
from commons.flows.actions import Action
from commons.flows.events import Event, Measure, reversal
from commons.flows.ledger import Ledger
from tests.commons.accounting import COMMODITY, PART, balances
from tests.commons.flows import START, histories


@settings(max_examples=50)
@given(histories())
def test_every_transaction_balances_and_the_accounts_say_what_the_ledger_says(history: list[Event]) -> None:
    ledger = Ledger()
    ledger.take_in(history)
    found, sums = balances(written(ledger)), ledger.balances()
    for tree, name in (("Owned", "accounting"), ("Onhand", "onhand")):
        said = sorted(value for (account, _), value in found.items() if account.startswith(f"Assets:{tree}:"))
        assert said == sorted(value for each in sums.stocks.values() if (value := getattr(each, name)))
    gave = [-value for (account, _), value in found.items() if account.startswith("Income:")]
    assert sorted(gave) == sorted(sums.gave.values())
    got = [value for (account, _), value in found.items() if re.match("Expenses:(?!Nobody:)", account)]
    assert sorted(got) == sorted(sums.received.values())


def test_a_small_file_reads_as_it_should() -> None:
    ledger = Ledger()
    work = Event("event:1", Action.WORK, START, "person:ada", "build:1", effort=Measure.of("1.5", "h"), note='a "b" \\')
    made = Event("event:2", Action.PRODUCE, START, "lab:north", "build:1", Measure.of(3, "piece"), resource="stock:a")
    ledger.take_in([work, made, reversal(made, "event:3", START + timedelta(days=1), "counted wrongly")])
    text = written(ledger, title="North")
    assert '2030-01-01 * "a \\"b\\" \\\\"\n  event: "event:1"\n' in text
    assert "\n  Income:Person-ada:Work  -1.5 U-H\n  Expenses:Build-1:Work  1.5 U-H\n" in text
    assert '\n2030-01-02 * "counted wrongly"\n' in text
    assert '  corrects: "event:2"' in text
    assert balances(text) == {
        ("Income:Person-ada:Work", "U-H"): Fraction(-3, 2),
        ("Expenses:Build-1:Work", "U-H"): Fraction(3, 2),
    }


def test_corrections_that_do_not_count_are_not_written() -> None:
    made = Event("event:2", Action.PRODUCE, START, "lab:north", quantity=Measure.of(3, "piece"), resource="stock:a")
    ledger = Ledger()
    ledger.take_in([reversal(made, "back:1", START), reversal(made, "back:2", START)])
    assert balances(written(ledger)) == {}
    assert "back:" not in written(ledger)
    ledger.take_in([made])
    assert balances(written(ledger)) == {}
    assert "back:1" in written(ledger)
    assert "back:2" not in written(ledger)


NAMES = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["lab:north", "Lab:north", "lab-north", "lab:north-0AF0D2E3"]
)


@given(st.lists(NAMES, max_size=8))
@example(["lab:north", "Lab:north", "Lab:north-" + "A" * 8])
def test_parts_of_accounts_are_legal_and_never_the_same(names: list[str]) -> None:
    found = account_parts(names)
    assert found.keys() == set(names)
    assert len(set(found.values())) == len(set(names))
    assert all(re.fullmatch(PART, part) for part in found.values())
    assert found == account_parts(reversed(names))


UNITS = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_.-]{0,19}\Z")


@given(st.lists(UNITS | st.sampled_from(["h", "H", "true", "NULL", "a-", "a", "u-a"]), max_size=8))
def test_commodities_are_legal_and_never_the_same(units: list[str]) -> None:
    found = commodities(units)
    assert found.keys() == set(units)
    assert len(set(found.values())) == len(set(units))
    for each in found.values():
        assert re.fullmatch(COMMODITY, each)
        assert each not in {"TRUE", "FALSE", "NULL"}


def test_an_own_name_that_looks_like_a_marked_one_is_marked_itself() -> None:
    marked = account_parts(["lab:north", "Lab:north"])["lab:north"]
    found = account_parts(["lab:north", "Lab:north", marked])
    assert len(set(found.values())) == 3
