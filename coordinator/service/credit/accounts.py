"""Accounts of labs and people, their limits and freezes; whether there is mutual credit in this network at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commons.credit import spendable
from coordinator.schema.credit import CreditAccountRow, CreditChoiceRow, CreditDisputeRow, CreditEntryRow
from coordinator.schema.network import LabRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError, StateError

__all__ = [
    "MOST",
    "Accounts",
    "CreditAccountView",
    "CreditView",
    "account_in",
    "account_view",
    "available",
    "require_holder",
    "require_on",
    "set_limit",
]

MOST: Final = 10**12
"""Of any amount or limit, in hundredths."""
_LAB: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class CreditView(View):
    """Whether there is mutual credit here, in what it is counted, and how much is in use: what all owe together."""

    enabled: bool = False
    unit: str = "credit"
    accounts: int = 0
    in_use: int = 0


class CreditAccountView(View):
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


class Accounts:
    """Who has an account, and how far it may go below zero."""

    def __init__(self, house: House) -> None:
        self._house = house

    def now(self) -> CreditView:
        """What holds now; this everybody may see."""
        with self._house.reading() as session:
            return _credit(session)

    def choose(self, call: Call, *, enabled: bool, unit: str) -> CreditView:
        """Begin with mutual credit, or end it; accounts and what was paid stay.

        Raises:
            ForbiddenError: who asks is no steward.
            StateError: it is to be counted in something else though something was paid.
        """
        call.actor.require(Right.KEEP_CREDIT)

        def work(change: Change) -> CreditView:
            row = change.session.get(CreditChoiceRow, 1)
            used = change.session.scalar(select(CreditEntryRow.id).limit(1)) is not None
            if row is not None and used and unit != row.unit:
                raise StateError("what was paid was counted in another unit", where=row.unit, hint="keep the unit")
            row = row or CreditChoiceRow(id=1)
            row.enabled, row.unit, row.changed_at, row.changed_by = enabled, unit, change.at, change.who
            change.session.add(row)
            change.session.flush()
            change.record("credit.chosen", "credit", enabled=enabled, unit=unit)
            return _credit(change.session)

        return self._house.perform(call, CreditView, work)

    def all(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[CreditAccountView]:
        """Every account, for people of the network.

        Raises:
            UnauthenticatedError: who asks is not known.
            StateError: there is no mutual credit here.
        """
        actor.require(Right.TRADE)
        with self._house.reading() as session:
            require_on(session)
            held: dict[int, int] = {}
            return page_of(
                session, select(CreditAccountRow), CreditAccountRow.id, lambda row: _view(row, held.get(row.id, 0)),
                after=after, limit=limit, first=lambda rows: held.update(_held(session, [row.id for row in rows])),
            )  # fmt: skip

    def mine(self, actor: Actor) -> list[CreditAccountView]:
        """The accounts for which who asks may pay; none where there is no mutual credit."""
        with self._house.reading() as session:
            if not _credit(session).enabled:
                return []
            rows = session.scalars(select(CreditAccountRow).order_by(CreditAccountRow.id))
            return [account_view(session, row) for row in rows if _holds(actor, row.holder)]

    def open(self, call: Call, lab: str | None) -> CreditAccountView:
        """Open an account: one's own, or that of a lab by its operators; its limit is zero until a steward sets one.

        Raises:
            ForbiddenError: who asks answers not for that lab.
            UnknownError: there is no such lab.
            StateError: there is an account already, or no mutual credit here.
        """
        call.actor.require(Right.TRADE)
        if lab is not None:
            call.actor.require(Right.ANSWER, lab)
        holder = f"lab {lab}" if lab is not None else f"person {call.actor.id}"

        def work(change: Change) -> CreditAccountView:
            require_on(change.session)
            if lab is not None and (not _LAB.fullmatch(lab) or change.session.get(LabRow, lab) is None):
                raise UnknownError(f"there is no lab {lab}")
            known = change.session.scalar(select(CreditAccountRow.id).where(CreditAccountRow.holder == holder))
            if known is not None:
                raise StateError("it has an account already", where=f"account {known}")
            row = CreditAccountRow(
                holder=holder, credit_limit=0, balance=0, frozen_at=None, frozen_why="", opened_at=change.at,
                opened_by=change.who,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("credit.opened", f"credit account {row.id}", holder=holder)
            return account_view(change.session, row)

        return self._house.perform(call, CreditAccountView, work)

    def limit(self, call: Call, account_id: int, limit: int, why: str) -> CreditAccountView:
        """Set how far below zero an account may go.

        Raises:
            ForbiddenError: who asks is no steward.
            UnknownError: there is no such account.
            StateError: it is further below zero already, or there is no mutual credit here.
        """
        call.actor.require(Right.KEEP_CREDIT)

        def work(change: Change) -> CreditAccountView:
            require_on(change.session)
            return account_view(change.session, set_limit(change, account_id, limit, why))

        return self._house.perform(call, CreditAccountView, work)

    def freeze(self, call: Call, account_id: int, why: str, *, frozen: bool) -> CreditAccountView:
        """Let nothing go out of an account any more, or again; what comes in still comes in.

        Raises:
            ForbiddenError: who asks is no steward.
            UnknownError: there is no such account.
            InputError: no reason is given for a freeze.
            StateError: there is no mutual credit here.
        """
        call.actor.require(Right.KEEP_CREDIT)
        if frozen and not why.strip():
            raise InputError("a freeze has a reason", hint="say why")

        def work(change: Change) -> CreditAccountView:
            require_on(change.session)
            row = account_in(change.session, account_id)
            if (row.frozen_at is not None) != frozen:
                row.frozen_at, row.frozen_why = (change.at, why) if frozen else (None, "")
                change.record("credit.frozen" if frozen else "credit.thawed", f"credit account {row.id}", why)
            return account_view(change.session, row)

        return self._house.perform(call, CreditAccountView, work)


def require_on(session: Session) -> None:
    """Refuse where the network has no mutual credit.

    Raises:
        StateError: it has none.
    """
    row = session.get(CreditChoiceRow, 1)
    if row is None or not row.enabled:
        raise StateError("there is no mutual credit in this network", hint="its stewards can choose it")


def require_holder(actor: Actor, row: CreditAccountRow) -> None:
    """Refuse who may not act for an account.

    Raises:
        ForbiddenError: it is somebody else's.
    """
    actor.require(Right.TRADE)
    if not _holds(actor, row.holder):
        raise ForbiddenError(f"this account is of {row.holder}", where=f"account {row.id}")


def account_in(session: Session, account_id: int) -> CreditAccountRow:
    """An account.

    Raises:
        UnknownError: there is none of this id.
    """
    row = session.get(CreditAccountRow, account_id)
    if row is None:
        raise UnknownError(f"there is no account {account_id}")
    return row


def set_limit(change: Change, account_id: int, limit: int, why: str) -> CreditAccountRow:
    """Set a limit, as a steward or a proposal that has passed says.

    Raises:
        UnknownError: there is no such account.
        StateError: its balance is below the new limit already.
    """
    row = account_in(change.session, account_id)
    if row.balance < -limit:
        hint = f"it owes {-row.balance} hundredths"
        raise StateError("its balance is below this limit already", where=f"account {row.id}", hint=hint)
    row.credit_limit = limit
    change.record("credit.limited", f"credit account {row.id}", why, limit=limit)
    return row


def available(session: Session, row: CreditAccountRow) -> tuple[int, int]:
    """What an account can pay, and what it holds because it is in dispute."""
    held = _held(session, [row.id]).get(row.id, 0)
    return _free(row, held), held


def _held(session: Session, accounts: Sequence[int]) -> Mapping[int, int]:
    """By account, what it holds because it is in dispute; nothing of one that holds nothing."""
    disputed = (
        select(CreditEntryRow.payee_id, func.sum(CreditEntryRow.amount))
        .join(CreditDisputeRow, CreditDisputeRow.entry_id == CreditEntryRow.id)
        .where(CreditEntryRow.payee_id.in_(accounts), CreditDisputeRow.closed_at.is_(None))
        .group_by(CreditEntryRow.payee_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(disputed)}


def _free(row: CreditAccountRow, held: int) -> int:
    return spendable(row.balance, row.credit_limit, held, frozen=row.frozen_at is not None)


def account_view(session: Session, row: CreditAccountRow) -> CreditAccountView:
    """An account as its network sees it."""
    return _view(row, _held(session, [row.id]).get(row.id, 0))


def _view(row: CreditAccountRow, held: int) -> CreditAccountView:
    return CreditAccountView(
        id=row.id, holder=row.holder, balance=row.balance, limit=row.credit_limit, available=_free(row, held),
        held=held, frozen_at=row.frozen_at, frozen_why=row.frozen_why, opened_at=row.opened_at,
    )  # fmt: skip


def _holds(actor: Actor, holder: str) -> bool:
    kind, _, name = holder.partition(" ")
    return actor.may(Right.ANSWER, name) if kind == "lab" else kind == "person" and name == actor.id


def _credit(session: Session) -> CreditView:
    row = session.get(CreditChoiceRow, 1)
    if row is None:
        return CreditView()
    count = session.scalar(select(func.count(CreditAccountRow.id))) or 0
    owed = session.scalar(select(func.sum(CreditAccountRow.balance)).where(CreditAccountRow.balance < 0)) or 0
    return CreditView(enabled=row.enabled, unit=row.unit, accounts=count, in_use=-int(owed))
