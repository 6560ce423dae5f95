"""Mutual credit: nobody below the limit, whoever pays at the same time; what is owed, and what of it cancels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from commons.credit import Account, Book, Entry
from coordinator.schema.credit import CreditAccountRow, CreditEntryRow, NettingState, ObligationState
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.application import Application
from coordinator.service.credit.effects import CREDIT_LIMIT
from coordinator.service.governance.effects import effect_of
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from core.errors import FabcommonsError, InputError, StateError
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.service.conftest import town as town

NAMES = ("ada", "north", "south")


@pytest.fixture
def trading(town: Town) -> Town:
    """Accounts of ada (1) and two labs (2, 3), each with a limit of 1000."""
    return begun(town)


def begun(town: Town) -> Town:
    credit, ste = town.application.credit, Call(town.people["ste"])
    credit.accounts.choose(ste, enabled=True, unit="hours")
    for name in NAMES:
        made = credit.accounts.open(Call(town.people[name]), None if name == "ada" else name)
        credit.accounts.limit(ste, made.id, 1000, "as all")
    return town


def pay(town: Town, who: str, payer: int, payee: int, amount: int) -> int:
    return town.application.credit.payments.pay(Call(town.people[who]), payer, payee, amount, "clips").id


def balances(town: Town) -> list[int]:
    return [each.balance for each in town.application.credit.accounts.all(town.people["ada"]).items]


def test_it_is_off_until_a_steward_says_otherwise(town: Town) -> None:
    credit, ada = town.application.credit, town.people["ada"]
    assert not credit.accounts.now().enabled
    for act in (lambda: credit.accounts.open(Call(ada), None), lambda: credit.accounts.all(ada),
                lambda: credit.netting.preview(ada), lambda: credit.obligations.all(ada)):  # fmt: skip
        with pytest.raises(StateError, match="no mutual credit"):
            act()
    assert credit.accounts.mine(ada) == []
    with pytest.raises(ForbiddenError):
        credit.accounts.choose(Call(ada), enabled=True, unit="hours")


def test_what_one_pays_another_gets(trading: Town) -> None:
    pay(trading, "ada", 1, 2, 400)
    pay(trading, "north", 2, 3, 150)
    assert balances(trading) == [-400, 250, 150]
    assert trading.application.credit.accounts.now().in_use == 400
    (mine,) = trading.application.credit.accounts.mine(trading.people["ada"])
    assert (mine.available, mine.holder) == (600, f"person {trading.people['ada'].id}")
    kinds = [each for each in trading.application.log.after(0, 9999) if each.kind == "credit.paid"]
    assert [(each.why, each.data) for each in kinds] == [("", {})] * 2, "amounts and reasons stand not in the log"


def test_nobody_goes_below_the_limit(trading: Town) -> None:
    pay(trading, "ada", 1, 2, 1000)
    with pytest.raises(StateError, match="can pay 0"):
        pay(trading, "ada", 1, 2, 1)
    with pytest.raises(StateError, match="below this limit already"):
        trading.application.credit.accounts.limit(Call(trading.people["ste"]), 1, 999, "")
    trading.application.credit.accounts.limit(Call(trading.people["ste"]), 1, 1001, "")
    pay(trading, "ada", 1, 2, 1)
    with pytest.raises(InputError, match="themselves"):
        pay(trading, "ada", 1, 1, 1)


def test_who_holds_an_account_pays_and_who_is_nobody_sees_nothing(trading: Town) -> None:
    for who in ("ste", "south"):
        with pytest.raises(ForbiddenError):
            pay(trading, who, 1, 2, 1)
    with pytest.raises(UnauthenticatedError):
        trading.application.credit.accounts.all(VISITOR)
    pay(trading, "ada", 1, 2, 5)
    payments = trading.application.credit.payments
    assert [each.amount for each in payments.of(trading.people["north"], 2).items] == [5]
    assert [each.why for each in payments.of(trading.people["ste"], 2).items] == ["clips"]
    with pytest.raises(ForbiddenError):
        payments.of(trading.people["south"], 2)


def test_a_frozen_account_pays_nothing_and_gets_all_the_same(trading: Town) -> None:
    accounts, ste = trading.application.credit.accounts, Call(trading.people["ste"])
    with pytest.raises(InputError, match="reason"):
        accounts.freeze(ste, 1, " ", frozen=True)
    accounts.freeze(ste, 1, "lost its token", frozen=True)
    with pytest.raises(StateError, match="frozen"):
        pay(trading, "ada", 1, 2, 1)
    pay(trading, "north", 2, 1, 10)
    accounts.freeze(ste, 1, "", frozen=False)
    pay(trading, "ada", 1, 2, 10)
    assert balances(trading) == [0, 0, 0]


def test_what_is_in_dispute_cannot_be_spent(trading: Town) -> None:
    payments = trading.application.credit.payments
    entry = pay(trading, "ada", 1, 2, 300)
    with pytest.raises(ForbiddenError):
        payments.dispute(Call(trading.people["north"]), entry, "x")
    assert payments.dispute(Call(trading.people["ada"]), entry, "they broke").disputed
    account = trading.application.credit.accounts.mine(trading.people["north"])[0]
    assert (account.balance, account.held, account.available) == (300, 300, 1000)
    with pytest.raises(StateError):
        pay(trading, "north", 2, 3, 1001)
    back = payments.take_back(Call(trading.people["ste"]), entry, "they did break")
    assert back.corrects == entry
    assert balances(trading) == [0, 0, 0]
    for again in (payments.take_back, payments.dispute):
        with pytest.raises(StateError, match="taken back"):
            again(Call(trading.people["ada" if again == payments.dispute else "north"]), entry, "again")


def test_a_steward_takes_back_only_what_is_in_dispute(trading: Town) -> None:
    payments, ste = trading.application.credit.payments, Call(trading.people["ste"])
    entry = pay(trading, "ada", 1, 2, 300)
    with pytest.raises(ForbiddenError):
        payments.take_back(ste, entry, "because")
    payments.dispute(Call(trading.people["ada"]), entry, "they broke")
    payments.end_dispute(ste, entry, "they did not")
    with pytest.raises(ForbiddenError):
        payments.take_back(ste, entry, "because")
    payments.take_back(Call(trading.people["north"]), entry, "a gift then")
    assert balances(trading) == [0, 0, 0]


def test_the_same_request_pays_once(trading: Town) -> None:
    call = Call(trading.people["ada"], "key-1", b"pay")
    for _ in range(2):
        trading.application.credit.payments.pay(call, 1, 2, 100, "clips")
    assert balances(trading) == [-100, 100, 0]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(0, 2), st.integers(0, 2), st.integers(1, 900)),
        st.tuples(st.just("dispute"), st.integers(1, 8)),
        st.tuples(st.just("stand"), st.integers(1, 8)),
        st.tuples(st.just("back"), st.integers(1, 8)),
    ),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_it_is_the_book_of_the_library(trading: Town, steps: list[tuple[Any, ...]]) -> None:
    """Whatever is done, in whatever order: the same balances, and refused where the book refuses."""
    application = trading.application
    with application.house.store.transaction() as session:
        first = session.scalar(select(CreditEntryRow.id).order_by(CreditEntryRow.id.desc()).limit(1)) or 0
        held = {row.id: (row.balance, row.credit_limit) for row in session.scalars(select(CreditAccountRow))}
    book = Book()
    for at, (balance, limit) in held.items():
        book.open(Account(str(at), limit=10**6))
        book.open(Account(f"before {at}", limit=10**6))
        if balance:
            payer, payee = (str(at), f"before {at}") if balance < 0 else (f"before {at}", str(at))
            book.pay(Entry(f"before {at}", trading.clock.now(), payer, payee, abs(balance)))
        book.open(Account(str(at), limit=limit))
    entries: list[tuple[int, str]] = []
    for step in steps:
        kept = one_step(trading, book, entries, step)
        assert kept[0] == kept[1], (step, kept)
    assert balances(trading) == [book.balances[str(at)] for at in held]
    assert sum(balances(trading)) == 0
    free = [each.available for each in application.credit.accounts.all(trading.people["ada"]).items]
    assert free == [book.available(str(at)) for at in held] or first > 0  # disputes of an earlier example hold too
    for _, each in entries:
        end_all(application, trading, int(each))


def one_step(town: Town, book: Book, entries: list[tuple[int, str]], step: tuple[Any, ...]) -> tuple[bool, bool]:
    """One step in both; whether each took it."""
    payments, ste = town.application.credit.payments, Call(town.people["ste"])
    now = town.clock.now()

    def took(act: Any) -> bool:
        try:
            act()
        except (FabcommonsError, ValueError):
            return False
        return True

    if step[0] == "pay":
        _, payer, payee, amount = step
        made: list[int] = []
        here = took(lambda: made.append(pay(town, NAMES[payer], payer + 1, payee + 1, amount)))
        name = str(made[0]) if made else "x"
        there = took(lambda: book.pay(Entry(name, now, str(payer + 1), str(payee + 1), amount)))
        if made:
            entries.append((payer, name))
        return here, there
    if len(entries) < step[1]:
        return True, True
    payer, name = entries[step[1] - 1]
    holder = Call(town.people[NAMES[payer]])
    disputed = any(each.id == int(name) and each.disputed for each in payments.of(ste.actor, payer + 1).items)
    if step[0] == "dispute" and not disputed:
        return took(lambda: payments.dispute(holder, int(name), "x")), took(lambda: book.dispute(name))
    if step[0] == "stand" and disputed:
        return took(lambda: payments.end_dispute(holder, int(name), "")), took(lambda: book.dispute(name, open_=False))
    if step[0] == "back" and disputed:
        here = took(lambda: payments.take_back(ste, int(name), ""))
        return here, took(lambda: book.take_back(name, f"{name}-back", now, ""))
    return True, True


def end_all(application: Application, town: Town, entry: int) -> None:
    try:
        application.credit.payments.end_dispute(Call(town.people["ste"]), entry, "")
    except StateError:
        return


# -- what is owed


def owe(town: Town, who: str, debtor: int, creditor: int, amount: int) -> int:
    return town.application.credit.obligations.add(Call(town.people[who]), debtor, creditor, amount, "boards").id


def test_a_claim_counts_when_the_debtor_owns_to_it(trading: Town) -> None:
    obligations, ada = trading.application.credit.obligations, trading.people["ada"]
    claim = owe(trading, "north", 1, 2, 500)
    assert trading.application.credit.netting.preview(ada).owed == 0
    with pytest.raises(ForbiddenError):
        obligations.answer(Call(trading.people["north"]), claim, owed=True)
    assert obligations.answer(Call(ada), claim, owed=True).state is ObligationState.OWED
    assert trading.application.credit.netting.preview(ada).owed == 500
    refused = owe(trading, "north", 1, 2, 100)
    obligations.answer(Call(ada), refused, owed=False)
    with pytest.raises(StateError):
        obligations.answer(Call(ada), refused, owed=True)
    with pytest.raises(ForbiddenError):
        owe(trading, "south", 1, 2, 5)
    assert obligations.settle(Call(trading.people["north"]), claim).left == 0
    assert [each.id for each in obligations.all(trading.people["south"]).items] == []


@pytest.fixture
def circle(trading: Town) -> Town:
    """Ada owes north 500, north owes south 300, south owes ada 400."""
    for who, debtor, creditor, amount in (("ada", 1, 2, 500), ("north", 2, 3, 300), ("south", 3, 1, 400)):
        owe(trading, who, debtor, creditor, amount)
    return trading


def test_what_cancels_is_shown_before_anything_moves(circle: Town) -> None:
    shown = circle.application.credit.netting.preview(circle.people["ada"])
    assert (shown.owed, shown.struck) == (1200, 900)
    assert [(each.debtor, each.creditor, each.left) for each in shown.strikes] == [(1, 2, 200), (2, 3, 0), (3, 1, 100)]
    for side in shown.sides:
        assert side.is_owed - side.owes == side.is_owed_then - side.owes_then
    assert [each.left for each in circle.application.credit.obligations.all(circle.people["ada"]).items] == [
        400,
        300,
        500,
    ]


def test_a_round_is_done_when_every_side_has_confirmed(circle: Town) -> None:
    netting = circle.application.credit.netting
    made = netting.propose(Call(circle.people["ada"]))
    with pytest.raises(StateError, match="proposed already"):
        netting.propose(Call(circle.people["ada"]))
    with pytest.raises(ForbiddenError):
        netting.answer(Call(circle.people["south"]), made.id, 1, yes=True)
    for at, name in enumerate(NAMES, start=1):
        assert circle.application.credit.obligations.all(circle.people["ste"]).items[0].left == 400
        made = netting.answer(Call(circle.people[name]), made.id, at, yes=True)
    assert made.state is NettingState.DONE
    found = circle.application.credit.obligations.all(circle.people["ste"]).items
    assert [(each.left, each.state) for each in found] == [
        (100, ObligationState.OWED),
        (0, ObligationState.SETTLED),
        (200, ObligationState.OWED),
    ]
    with pytest.raises(StateError, match="round is done"):
        netting.answer(Call(circle.people["ada"]), made.id, 1, yes=True)
    with pytest.raises(StateError, match="circle"):
        netting.propose(Call(circle.people["ada"]))
    assert balances(circle) == [0, 0, 0], "no credit moved"


def test_one_who_refuses_ends_the_round(circle: Town) -> None:
    netting = circle.application.credit.netting
    made = netting.propose(Call(circle.people["ada"]))
    netting.answer(Call(circle.people["ada"]), made.id, 1, yes=True)
    assert netting.answer(Call(circle.people["north"]), made.id, 2, yes=False).state is NettingState.REFUSED
    assert netting.preview(circle.people["ada"]).owed == 1200
    assert netting.propose(Call(circle.people["ada"])).state is NettingState.PROPOSED


@pytest.mark.parametrize("why", ["time", "paid"])
def test_a_round_of_which_something_is_over_has_no_effect(circle: Town, why: str) -> None:
    netting = circle.application.credit.netting
    made = netting.propose(Call(circle.people["ada"]), 2.0)
    netting.answer(Call(circle.people["ada"]), made.id, 1, yes=True)
    netting.answer(Call(circle.people["north"]), made.id, 2, yes=True)
    if why == "time":
        circle.clock.move(hours=3)
    else:
        circle.application.credit.obligations.settle(Call(circle.people["north"]), 1)
    assert netting.answer(Call(circle.people["south"]), made.id, 3, yes=True).state is NettingState.LAPSED
    assert [each.left for each in circle.application.credit.obligations.all(circle.people["ste"]).items][:2] == [
        400,
        300,
    ]


# -- decided together


def test_a_proposal_may_set_a_limit(trading: Town) -> None:
    application, effect = trading.application, effect_of(CREDIT_LIMIT)
    with application.house.reading() as session:
        prepared = effect.prepare(session, "", {"account": 2, "limit": 5000})
        assert "lab north" in prepared.what
        for wrong in ({"account": "2", "limit": 5}, {"account": 2, "limit": -1}, {"account": 2, "limit": True}, {}):
            with pytest.raises(InputError):
                effect.prepare(session, "", wrong)
        with pytest.raises(InputError):
            effect.prepare(session, "design", {"account": 2, "limit": 5})


def test_roles_that_trade_are_those_of_people(trading: Town) -> None:
    trading.join("des", Role.DESIGNER)
    made = trading.application.credit.accounts.open(Call(trading.people["des"]), None)
    assert made.limit == 0
    with pytest.raises(StateError, match="account already"):
        trading.application.credit.accounts.open(Call(trading.people["des"]), None)
    with pytest.raises(ForbiddenError):
        trading.application.credit.accounts.open(Call(trading.people["des"]), "north")
