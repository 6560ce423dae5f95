"""Mutual credit: whatever happens the book balances, and nobody goes below the limit."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from commons.credit import Account, Book, Entry
from core.errors import InputError, StateError

NOW = datetime(2030, 1, 7, tzinfo=UTC)
NAMES = ("ada", "ben", "cem")
WHO = st.sampled_from(NAMES)


class AnyLife(RuleBasedStateMachine):
    """Payments, corrections, freezes, disputes and new limits in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.count = 0
        for name in NAMES:
            self.book.open(Account(name, 500))

    @rule(payer=WHO, payee=WHO, amount=st.integers(1, 800))
    def pay(self, payer: str, payee: str, amount: int) -> None:
        self.count += 1
        with suppress(StateError, ValueError):
            self.book.pay(Entry(f"e{self.count}", NOW, payer, payee, amount))

    @rule(number=st.integers(1, 30))
    def take_back(self, number: int) -> None:
        with suppress(StateError, InputError):
            self.book.take_back(f"e{number}", f"back-{number}", NOW, "a mistake")

    @rule(number=st.integers(1, 30), open_=st.booleans())
    def dispute(self, number: int, open_: bool) -> None:
        with suppress(StateError, InputError):
            self.book.dispute(f"e{number}", open_=open_)

    @rule(name=WHO, frozen=st.booleans())
    def freeze(self, name: str, frozen: bool) -> None:
        self.book.freeze(name, frozen=frozen)

    @rule(name=WHO, limit=st.integers(0, 900))
    def limit(self, name: str, limit: int) -> None:
        with suppress(StateError):
            self.book.open(Account(name, limit))

    @invariant()
    def it_balances(self) -> None:
        assert sum(self.book.balances.values()) == 0
        for name, account in self.book.accounts.items():
            assert self.book.balances[name] >= -account.limit
            assert self.book.available(name) >= 0

    @invariant()
    def another_book_comes_to_the_same(self) -> None:
        shuffled = list(self.book.entries)
        random.Random(len(shuffled)).shuffle(shuffled)
        other = Book()
        assert other.take_in(shuffled) == len(shuffled)
        assert other.take_in(shuffled) == 0
        assert {name: other.balances.get(name, 0) for name in NAMES} == dict(self.book.balances)


TestAnyLife = AnyLife.TestCase


def book() -> Book:
    made = Book()
    for name in NAMES:
        made.open(Account(name, 100))
    return made


def test_who_is_at_the_limit_cannot_pay() -> None:
    made = book()
    made.pay(Entry("e1", NOW, "ada", "ben", 100))
    with pytest.raises(StateError, match="can pay 0, not 1"):
        made.pay(Entry("e2", NOW, "ada", "ben", 1))
    assert made.available("ben") == 200


def test_the_same_entry_again_changes_nothing() -> None:
    made = book()
    for _ in range(2):
        made.pay(Entry("e1", NOW, "ada", "ben", 60))
    assert made.balances["ada"] == -60
    with pytest.raises(InputError, match="another entry has this id"):
        made.pay(Entry("e1", NOW, "ada", "ben", 61))


def test_what_is_disputed_cannot_be_spent() -> None:
    made = book()
    made.pay(Entry("e1", NOW, "ada", "ben", 80))
    made.dispute("e1")
    assert made.available("ben") == 100
    made.dispute("e1", open_=False)
    assert made.available("ben") == 180


def test_an_entry_is_taken_back_once() -> None:
    made = book()
    made.pay(Entry("e1", NOW, "ada", "ben", 80))
    made.take_back("e1", "e2", NOW + timedelta(days=1), "never delivered")
    assert made.balances["ada"] == 0
    for again in ("e1", "e2"):
        with pytest.raises(StateError, match="taken back before"):
            made.take_back(again, "e3", NOW, "")
    assert [entry.id for entry in made.entries] == ["e1", "e2"]


def test_who_spent_it_cannot_be_driven_below_the_limit() -> None:
    made = book()
    made.pay(Entry("e1", NOW, "ada", "ben", 80))
    made.pay(Entry("e2", NOW, "ben", "cem", 180))
    with pytest.raises(StateError, match="below its limit"):
        made.take_back("e1", "e3", NOW, "")


def test_a_limit_above_what_is_owed_is_refused() -> None:
    made = book()
    made.pay(Entry("e1", NOW, "ada", "ben", 80))
    with pytest.raises(StateError, match="below a limit of 50"):
        made.open(Account("ada", 50))


@given(st.integers(1, 99))
def test_half_a_correction_is_refused_and_nothing_is_taken_in(amount: int) -> None:
    made = book()
    first = Entry("e1", NOW, "ada", "ben", 100)
    with pytest.raises(InputError, match="whole entry"):
        made.take_in([first, Entry("e2", NOW, "ben", "ada", amount, corrects="e1")])
    assert made.entries == ()
