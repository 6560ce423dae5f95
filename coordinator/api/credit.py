"""`/credit`: mutual credit where a network has chosen it: accounts, payments, what is owed, rounds of netting."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.schema.credit import ObligationState
from coordinator.service.credit.accounts import MOST, CreditAccountView, CreditView
from coordinator.service.credit.netting import NettingRoundView, NettingView
from coordinator.service.credit.obligations import ObligationView
from coordinator.service.credit.payments import PaymentView
from coordinator.service.paging import Page

__all__ = ["Unit", "router"]

router = APIRouter(prefix="/credit", tags=["credit"])
Unit = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Account = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Amount = Annotated[int, Field(ge=1, le=MOST, description="Hundredths of the unit.")]


class CreditChoice(Body):
    """Whether there is mutual credit here, and in what it is counted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True, "unit": "hours"}]})
    enabled: bool
    unit: Unit = "credit"


class NewCreditAccount(Body):
    """An account of a lab, or your own where none is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lab": "ria-makerspace"}]})
    lab: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] | None = None


class CreditLimit(Body):
    """How far below zero an account may go, in hundredths."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": 50000, "why": "a year of good work"}]})
    limit: int = Field(ge=0, le=MOST)
    why: Reason = ""


class NewPayment(Body):
    """A payment, in hundredths; both sides read what for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"payer": 1, "payee": 2, "amount": 1250, "why": "ten clips"}]}
    )
    payer: _Account
    payee: _Account
    amount: _Amount
    why: Reason = ""


class NewObligation(Body):
    """What one account owes another, in hundredths."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"debtor": 1, "creditor": 2, "amount": 1250, "why": "ten clips"}]}
    )
    debtor: _Account
    creditor: _Account
    amount: _Amount
    why: Reason = ""


class NewNettingRound(Body):
    """Until when a round can be confirmed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": 72}]})
    hours: float = Field(default=72.0, ge=1, le=2000)


class NettingAnswer(Body):
    """The answer of one account to a round."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account": 1, "yes": True}]})
    account: _Account
    yes: bool


class ClaimAnswer(Body):
    """Whether a claim is owed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"owed": True}]})
    owed: bool


@router.get("")
def read_credit(application: App) -> CreditView:
    """Whether there is mutual credit here, and how much of it is in use."""
    return application.credit.accounts.now()


@router.put("")
def choose_credit(application: App, call: Asked, body: CreditChoice) -> CreditView:
    """Begin with mutual credit, or end it; for stewards."""
    return application.credit.accounts.choose(call, enabled=body.enabled, unit=body.unit)


@router.get("/accounts")
def list_credit_accounts(
    application: App, actor: Who, after: After = None, limit: Limit = 50
) -> Page[CreditAccountView]:
    """Every account, for people of the network."""
    return application.credit.accounts.all(actor, after=after, limit=limit)


@router.post("/accounts", status_code=201)
def open_credit_account(application: App, call: Asked, body: NewCreditAccount) -> CreditAccountView:
    """Open an account, for yourself or for a lab that you answer for; stewards set its limit."""
    return application.credit.accounts.open(call, body.lab)


@router.put("/accounts/{account_id}/limit")
def limit_credit_account(application: App, call: Asked, account_id: RowId, body: CreditLimit) -> CreditAccountView:
    """Set how far below zero an account may go; for stewards."""
    return application.credit.accounts.limit(call, account_id, body.limit, body.why)


@router.post("/accounts/{account_id}/freeze")
def freeze_credit_account(application: App, call: Asked, account_id: RowId, body: Why) -> CreditAccountView:
    """Let nothing go out of an account any more; for stewards, with a reason."""
    return application.credit.accounts.freeze(call, account_id, body.why, frozen=True)


@router.post("/accounts/{account_id}/thaw")
def thaw_credit_account(application: App, call: Asked, account_id: RowId) -> CreditAccountView:
    """Let an account pay again; for stewards."""
    return application.credit.accounts.freeze(call, account_id, "", frozen=False)


@router.get("/accounts/{account_id}/payments")
def list_payments(
    application: App, actor: Who, account_id: RowId, after: After = None, limit: Limit = 50
) -> Page[PaymentView]:
    """The payments of an account, the newest first; for who holds it, and stewards."""
    return application.credit.payments.of(actor, account_id, after=after, limit=limit)


@router.post("/payments", status_code=201)
def pay(application: App, call: Asked, body: NewPayment) -> PaymentView:
    """Pay out of an account that you hold, never below its limit."""
    return application.credit.payments.pay(call, body.payer, body.payee, body.amount, body.why)


@router.post("/payments/{entry_id}/dispute")
def dispute_payment(application: App, call: Asked, entry_id: RowId, body: Why) -> PaymentView:
    """Say that a payment of yours was wrong: what it brought is held until that is settled."""
    return application.credit.payments.dispute(call, entry_id, body.why)


@router.post("/payments/{entry_id}/stand")
def end_dispute(application: App, call: Asked, entry_id: RowId, body: Why) -> PaymentView:
    """Let a disputed payment stand after all; for who paid it, and stewards."""
    return application.credit.payments.end_dispute(call, entry_id, body.why)


@router.post("/payments/{entry_id}/back", status_code=201)
def give_payment_back(application: App, call: Asked, entry_id: RowId, body: Why) -> PaymentView:
    """Give a payment back; for who got it, and for stewards where it is in dispute."""
    return application.credit.payments.take_back(call, entry_id, body.why)


@router.get("/obligations")
def list_obligations(
    application: App,
    actor: Who,
    state: Annotated[ObligationState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ObligationView]:
    """Who owes whom, the newest first, for people of the network."""
    return application.credit.obligations.all(actor, state, after=after, limit=limit)


@router.post("/obligations", status_code=201)
def add_obligation(application: App, call: Asked, body: NewObligation) -> ObligationView:
    """Say that you owe somebody, which counts at once; or that somebody owes you, which they then confirm."""
    return application.credit.obligations.add(call, body.debtor, body.creditor, body.amount, body.why)


@router.post("/obligations/{obligation_id}/answer")
def answer_claim(application: App, call: Asked, obligation_id: RowId, body: ClaimAnswer) -> ObligationView:
    """Say whether you owe what somebody claims."""
    return application.credit.obligations.answer(call, obligation_id, owed=body.owed)


@router.post("/obligations/{obligation_id}/settle")
def settle_obligation(application: App, call: Asked, obligation_id: RowId) -> ObligationView:
    """Say that what somebody owes you was paid in another way, or is forgiven."""
    return application.credit.obligations.settle(call, obligation_id)


@router.get("/netting")
def preview_netting(application: App, actor: Who) -> NettingView:
    """How much of what is owed would cancel now, before any money moves."""
    return application.credit.netting.preview(actor)


@router.get("/rounds")
def list_netting_rounds(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[NettingRoundView]:
    """Rounds of netting, the newest first."""
    return application.credit.netting.rounds(actor, after=after, limit=limit)


@router.post("/rounds", status_code=201)
def propose_netting(application: App, call: Asked, body: NewNettingRound) -> NettingRoundView:
    """Propose a round of netting of all that is owed; it is done once every side has confirmed it."""
    return application.credit.netting.propose(call, body.hours)


@router.post("/rounds/{round_id}/answer")
def answer_netting(application: App, call: Asked, round_id: RowId, body: NettingAnswer) -> NettingRoundView:
    """Confirm a round for an account that you hold, or refuse it."""
    return application.credit.netting.answer(call, round_id, body.account, yes=body.yes)
