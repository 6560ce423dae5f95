"""Mutual credit on one page: my accounts, what I owe and am owed, what would cancel, what waits for my yes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.api.credit import Unit
from coordinator.schema.credit import NettingState
from coordinator.schema.network import Role
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.credit.accounts import MOST
from coordinator.service.house import Call
from coordinator.web.forms import Choice, Plain, Sent, back_to, taken_by
from coordinator.web.page import Page, Shown

__all__ = ["credit", "router"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_MOST_SHOWN = 200
_Amount = Annotated[Decimal, Field(gt=0, le=MOST // 100, decimal_places=2)]
_Account = Annotated[int, Field(ge=1, le=2**53 - 1)]


class ChoiceSent(Sent):
    """Whether there is mutual credit."""

    enabled: bool = False
    unit: Unit = "credit"


class OpenSent(Sent):
    """An account; an empty lab is one's own."""

    lab: Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")] = ""


class LimitSent(Sent):
    """A limit, in the unit."""

    limit: Annotated[Decimal, Field(ge=0, le=MOST // 100, decimal_places=2)]


class PaymentSent(Sent):
    """A payment, or what is owed: out of one account, into another. The key makes two clicks one payment."""

    payer: _Account
    payee: _Account
    amount: _Amount
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class AnswerSent(Choice):
    """An answer for an account."""

    account: _Account


def credit(application: App, actor: Who) -> Page:
    """Mutual credit, or that there is none."""

    def show() -> Shown:
        chosen = application.credit.accounts.now()
        facts: dict[str, Any] = {"chosen": chosen, "inside": chosen.enabled and actor.may(Right.TRADE)}
        return Shown("credit", facts | (_inside(application, actor) if facts["inside"] else {}))

    return Page(application, actor, show)


def _inside(application: Application, actor: Actor) -> dict[str, Any]:
    """What people of the network see."""
    door = application.credit
    accounts = door.accounts.all(actor, limit=_MOST_SHOWN).items
    mine = door.accounts.mine(actor)
    held = {each.id for each in mine}
    rounds = door.netting.rounds(actor, limit=5).items
    labs = {each.lab for each in actor.grants if each.role is Role.OPERATOR}
    holders = {each.holder for each in mine}
    return {
        "accounts": accounts,
        "holder_of": {each.id: each.holder for each in accounts},
        "mine": mine,
        "held": held,
        "without": [lab for lab in sorted(labs) if f"lab {lab}" not in holders],
        "own": f"person {actor.id}" in holders,
        "payments": {each.id: door.payments.of(actor, each.id, limit=10).items for each in mine},
        "obligations": door.obligations.all(actor, limit=_MOST_SHOWN).items,
        "preview": door.netting.preview(actor),
        "proposed": next((each for each in rounds if each.state is NettingState.PROPOSED), None),
    }


def _hundredths(amount: Decimal) -> int:
    return int(amount * 100)


@_act("/credit/choice")
def choose(application: App, actor: Who, sent: Annotated[ChoiceSent, Form()]) -> Response:
    """Begin with mutual credit, or end it."""
    application.credit.accounts.choose(Call(actor), enabled=sent.enabled, unit=sent.unit)
    return back_to(sent.back)


@_act("/credit/accounts")
def open_account(application: App, actor: Who, sent: Annotated[OpenSent, Form()]) -> Response:
    """Open an account."""
    application.credit.accounts.open(Call(actor), sent.lab or None)
    return back_to(sent.back)


@_act("/credit/accounts/{account_id}/limit")
def limit(application: App, actor: Who, account_id: RowId, sent: Annotated[LimitSent, Form()]) -> Response:
    """Set a limit."""
    application.credit.accounts.limit(Call(actor), account_id, _hundredths(sent.limit), sent.why)
    return back_to(sent.back)


@_act("/credit/accounts/{account_id}/freeze")
def freeze(application: App, actor: Who, account_id: RowId, sent: Annotated[Choice, Form()]) -> Response:
    """Freeze an account, or let it pay again."""
    application.credit.accounts.freeze(Call(actor), account_id, sent.why, frozen=sent.yes)
    return back_to(sent.back)


@_act("/credit/pay")
def pay(application: App, actor: Who, sent: Annotated[PaymentSent, Form()]) -> Response:
    """Pay."""
    call = Call(actor, sent.key, sent.model_dump_json().encode())
    application.credit.payments.pay(call, sent.payer, sent.payee, _hundredths(sent.amount), sent.why)
    return back_to(sent.back)


@_act("/credit/payments/{entry_id}/dispute")
def dispute(application: App, actor: Who, entry_id: RowId, sent: Plain) -> Response:
    """Say that a payment was wrong."""
    application.credit.payments.dispute(Call(actor), entry_id, sent.why)
    return back_to(sent.back)


@_act("/credit/payments/{entry_id}/stand")
def stand(application: App, actor: Who, entry_id: RowId, sent: Plain) -> Response:
    """Let it stand after all."""
    application.credit.payments.end_dispute(Call(actor), entry_id, sent.why)
    return back_to(sent.back)


@_act("/credit/payments/{entry_id}/back")
def give_back(application: App, actor: Who, entry_id: RowId, sent: Plain) -> Response:
    """Give it back."""
    application.credit.payments.take_back(Call(actor), entry_id, sent.why)
    return back_to(sent.back)


@_act("/credit/owe")
def owe(application: App, actor: Who, sent: Annotated[PaymentSent, Form()]) -> Response:
    """Say who owes whom."""
    call = Call(actor, sent.key, sent.model_dump_json().encode())
    application.credit.obligations.add(call, sent.payer, sent.payee, _hundredths(sent.amount), sent.why)
    return back_to(sent.back)


@_act("/credit/obligations/{obligation_id}/answer")
def answer(application: App, actor: Who, obligation_id: RowId, sent: Annotated[Choice, Form()]) -> Response:
    """Own to a claim, or refuse it."""
    application.credit.obligations.answer(Call(actor), obligation_id, owed=sent.yes)
    return back_to(sent.back)


@_act("/credit/obligations/{obligation_id}/settle")
def settle(application: App, actor: Who, obligation_id: RowId, sent: Plain) -> Response:
    """Say that it was paid."""
    application.credit.obligations.settle(Call(actor), obligation_id)
    return back_to(sent.back)


@_act("/credit/netting")
def propose(application: App, actor: Who, sent: Plain) -> Response:
    """Propose a round."""
    application.credit.netting.propose(Call(actor))
    return back_to(sent.back)


@_act("/credit/netting/{round_id}")
def answer_round(application: App, actor: Who, round_id: RowId, sent: Annotated[AnswerSent, Form()]) -> Response:
    """Confirm a round, or refuse it."""
    application.credit.netting.answer(Call(actor), round_id, sent.account, yes=sent.yes)
    return back_to(sent.back)
