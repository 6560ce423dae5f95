"""The part of the API under `credit`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = [
    "Credit",
    "CreditAccountView",
    "CreditView",
    "NettingRoundView",
    "NettingSideView",
    "NettingState",
    "NettingStrikeView",
    "NettingView",
    "ObligationState",
    "ObligationView",
    "PaymentView",
]


NettingState: TypeAlias = Literal["proposed", "done", "refused", "lapsed"]
"""Life of a round of netting."""


ObligationState: TypeAlias = Literal["claimed", "owed", "refused", "settled"]
"""Life of an obligation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAccountView:
    """An account, in hundredths of the unit; `available` is what it can pay, `held` what it got by disputed payments.

    `limit` is how far below zero it may go.
    """

    id: int
    holder: str
    balance: int
    limit: int
    available: int
    held: int
    frozen_at: datetime | None
    frozen_why: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditView:
    """Whether there is mutual credit here, in what it is counted, and how much is in use: what all owe together."""

    enabled: bool = False
    unit: str = "credit"
    accounts: int = 0
    in_use: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingRoundView:
    """A round: it is done when every side has confirmed it."""

    id: int
    state: NettingState
    owed: int
    struck: int
    made_at: datetime
    until: datetime
    ended_at: datetime | None
    strikes: tuple[NettingStrikeView, ...]
    sides: tuple[NettingSideView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingSideView:
    """What changes for one account: what it owes and is owed before and after; the difference stays the same."""

    account: int
    owes: int
    owes_then: int
    is_owed: int
    is_owed_then: int
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingStrikeView:
    """What of an obligation goes, in hundredths, and what is left of it."""

    obligation: int
    debtor: int
    creditor: int
    before: int
    struck: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingView:
    """What a round would strike out now, of all that is owed."""

    owed: int
    struck: int
    strikes: tuple[NettingStrikeView, ...]
    sides: tuple[NettingSideView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationView:
    """What one account owes another, in hundredths; `left` is what is still owed of it."""

    id: int
    debtor: int
    creditor: int
    amount: int
    left: int
    why: str
    state: ObligationState
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment; `corrects` names the one that it takes back."""

    id: int
    at: datetime
    payer: int
    payee: int
    amount: int
    why: str
    corrects: int | None
    taken_back: bool
    disputed: bool
    dispute_why: str


class Credit(Calls):
    """The part of the API under `credit`."""

    def read_credit(self) -> CreditView:
        """Whether there is mutual credit here, and how much of it is in use."""
        return self._one(CreditView, "GET", "/credit")

    def choose_credit(self, enabled: bool, *, unit: str = "credit", key: str | None = None) -> CreditView:
        """Begin with mutual credit, or end it; for stewards."""
        return self._one(CreditView, "PUT", "/credit", body={"enabled": enabled, "unit": unit}, key=new_key(key))

    def list_credit_accounts(self) -> Iterator[CreditAccountView]:
        """Every account, for people of the network."""
        return self._pages(CreditAccountView, "/credit/accounts", {}, 200)

    def open_credit_account(self, *, lab: str | None = None, key: str | None = None) -> CreditAccountView:
        """Open an account, for yourself or for a lab that you answer for; stewards set its limit."""
        return self._one(CreditAccountView, "POST", "/credit/accounts", body={"lab": lab}, key=new_key(key))

    def limit_credit_account(
        self, account_id: int, limit: int, *, why: str = "", key: str | None = None
    ) -> CreditAccountView:
        """Set how far below zero an account may go; for stewards."""
        return self._one(
            CreditAccountView,
            "PUT",
            f"/credit/accounts/{segment(account_id)}/limit",
            body={"limit": limit, "why": why},
            key=new_key(key),
        )

    def freeze_credit_account(self, account_id: int, *, why: str = "", key: str | None = None) -> CreditAccountView:
        """Let nothing go out of an account any more; for stewards, with a reason."""
        return self._one(
            CreditAccountView,
            "POST",
            f"/credit/accounts/{segment(account_id)}/freeze",
            body={"why": why},
            key=new_key(key),
        )

    def thaw_credit_account(self, account_id: int, *, key: str | None = None) -> CreditAccountView:
        """Let an account pay again; for stewards."""
        return self._one(CreditAccountView, "POST", f"/credit/accounts/{segment(account_id)}/thaw", key=new_key(key))

    def list_payments(self, account_id: int) -> Iterator[PaymentView]:
        """The payments of an account, the newest first; for who holds it, and stewards."""
        return self._pages(PaymentView, f"/credit/accounts/{segment(account_id)}/payments", {}, 200)

    def pay(self, payer: int, payee: int, amount: int, *, why: str = "", key: str | None = None) -> PaymentView:
        """Pay out of an account that you hold, never below its limit.

        `amount`: Hundredths of the unit.
        """
        return self._one(
            PaymentView,
            "POST",
            "/credit/payments",
            body={"payer": payer, "payee": payee, "amount": amount, "why": why},
            key=new_key(key),
        )

    def dispute_payment(self, entry_id: int, *, why: str = "", key: str | None = None) -> PaymentView:
        """Say that a payment of yours was wrong: what it brought is held until that is settled."""
        return self._one(
            PaymentView, "POST", f"/credit/payments/{segment(entry_id)}/dispute", body={"why": why}, key=new_key(key)
        )

    def end_dispute(self, entry_id: int, *, why: str = "", key: str | None = None) -> PaymentView:
        """Let a disputed payment stand after all; for who paid it, and stewards."""
        return self._one(
            PaymentView, "POST", f"/credit/payments/{segment(entry_id)}/stand", body={"why": why}, key=new_key(key)
        )

    def give_payment_back(self, entry_id: int, *, why: str = "", key: str | None = None) -> PaymentView:
        """Give a payment back; for who got it, and for stewards where it is in dispute."""
        return self._one(
            PaymentView, "POST", f"/credit/payments/{segment(entry_id)}/back", body={"why": why}, key=new_key(key)
        )

    def list_obligations(self, *, state: ObligationState | None = None) -> Iterator[ObligationView]:
        """Who owes whom, the newest first, for people of the network."""
        return self._pages(ObligationView, "/credit/obligations", {"state": state}, 200)

    def add_obligation(
        self, debtor: int, creditor: int, amount: int, *, why: str = "", key: str | None = None
    ) -> ObligationView:
        """Say that you owe somebody, which counts at once; or that somebody owes you, which they then confirm.

        `amount`: Hundredths of the unit.
        """
        return self._one(
            ObligationView,
            "POST",
            "/credit/obligations",
            body={"debtor": debtor, "creditor": creditor, "amount": amount, "why": why},
            key=new_key(key),
        )

    def answer_claim(self, obligation_id: int, owed: bool, *, key: str | None = None) -> ObligationView:
        """Say whether you owe what somebody claims."""
        return self._one(
            ObligationView,
            "POST",
            f"/credit/obligations/{segment(obligation_id)}/answer",
            body={"owed": owed},
            key=new_key(key),
        )

    def settle_obligation(self, obligation_id: int, *, key: str | None = None) -> ObligationView:
        """Say that what somebody owes you was paid in another way, or is forgiven."""
        return self._one(
            ObligationView, "POST", f"/credit/obligations/{segment(obligation_id)}/settle", key=new_key(key)
        )

    def preview_netting(self) -> NettingView:
        """How much of what is owed would cancel now, before any money moves."""
        return self._one(NettingView, "GET", "/credit/netting")

    def list_netting_rounds(self) -> Iterator[NettingRoundView]:
        """Rounds of netting, the newest first."""
        return self._pages(NettingRoundView, "/credit/rounds", {}, 200)

    def propose_netting(self, *, hours: float = 72.0, key: str | None = None) -> NettingRoundView:
        """Propose a round of netting of all that is owed; it is done once every side has confirmed it."""
        return self._one(NettingRoundView, "POST", "/credit/rounds", body={"hours": hours}, key=new_key(key))

    def answer_netting(self, round_id: int, account: int, yes: bool, *, key: str | None = None) -> NettingRoundView:
        """Confirm a round for an account that you hold, or refuse it."""
        return self._one(
            NettingRoundView,
            "POST",
            f"/credit/rounds/{segment(round_id)}/answer",
            body={"account": account, "yes": yes},
            key=new_key(key),
        )
