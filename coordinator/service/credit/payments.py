"""Payments: out of one account into another, in one transaction, never below the limit; disputes, and taking back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from coordinator.schema.credit import CreditAccountRow, CreditDisputeRow, CreditEntryRow
from coordinator.service.access import Actor, Right
from coordinator.service.credit.accounts import account_in, available, require_holder, require_on
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError, StateError

__all__ = ["PaymentView", "Payments"]


class PaymentView(View):
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


class Payments:
    """Paying."""

    def __init__(self, house: House) -> None:
        self._house = house

    def pay(self, call: Call, payer: int, payee: int, amount: int, why: str) -> PaymentView:
        """Pay.

        Args:
            call: who asks; for the paying account.
            payer: the account that pays.
            payee: the account that gets it.
            amount: hundredths, above zero.
            why: what for; both sides read it.

        Raises:
            ForbiddenError: the paying account is somebody else's.
            UnknownError: there is no such account.
            InputError: an account would pay to itself.
            StateError: it cannot pay so much, is frozen, or there is no mutual credit here.
        """
        if payer == payee:
            raise InputError("nobody pays to themselves", where=f"account {payer}")

        def work(change: Change) -> PaymentView:
            require_on(change.session)
            source, target = account_in(change.session, payer), account_in(change.session, payee)
            require_holder(call.actor, source)
            free, _ = available(change.session, source)
            if amount > free:
                reason = "is frozen" if source.frozen_at is not None else f"can pay {free} hundredths"
                raise StateError(f"it {reason}, not {amount}", where=f"account {payer}")
            row = _enter(change, source, target, amount, why)
            change.record("credit.paid", f"credit entry {row.id}")
            return _view(change.session, row)

        return self._house.perform(call, PaymentView, work)

    def of(self, actor: Actor, account_id: int, *, after: str | None = None, limit: int = 50) -> Page[PaymentView]:
        """The payments of an account, the newest first; for who holds it, and stewards.

        Raises:
            ForbiddenError: it is somebody else's.
            UnknownError: there is no such account.
            StateError: there is no mutual credit here.
        """
        actor.require(Right.TRADE)
        with self._house.reading() as session:
            require_on(session)
            account = account_in(session, account_id)
            if not actor.may(Right.KEEP_CREDIT):
                require_holder(actor, account)
            mine = or_(CreditEntryRow.payer_id == account_id, CreditEntryRow.payee_id == account_id)
            return page_of(
                session, select(CreditEntryRow).where(mine), CreditEntryRow.id, lambda row: _view(session, row),
                after=after, limit=limit, falling=True,
            )  # fmt: skip

    def dispute(self, call: Call, entry_id: int, why: str) -> PaymentView:
        """Say that a payment was wrong: what it brought is held until the dispute is ended. For who paid.

        Raises:
            ForbiddenError: somebody else paid.
            UnknownError: there is no such payment.
            InputError: no reason is given.
            StateError: it is in dispute, was taken back or takes one back, or there is no mutual credit here.
        """
        call.actor.require(Right.TRADE)
        if not why.strip():
            raise InputError("a dispute has a reason", hint="say what is wrong")

        def work(change: Change) -> PaymentView:
            require_on(change.session)
            row = _entry(change.session, entry_id)
            require_holder(call.actor, account_in(change.session, row.payer_id))
            _require_standing(change.session, row)
            known = change.session.get(CreditDisputeRow, entry_id)
            if known is not None and known.closed_at is None:
                raise StateError("it is in dispute already", where=f"entry {entry_id}")
            dispute = known or CreditDisputeRow(entry_id=entry_id)
            dispute.opened_at, dispute.opened_by, dispute.why = change.at, change.who, why
            dispute.closed_at, dispute.closed_by, dispute.outcome = None, None, ""
            change.session.add(dispute)
            change.record("credit.disputed", f"credit entry {entry_id}")
            return _view(change.session, row)

        return self._house.perform(call, PaymentView, work)

    def end_dispute(self, call: Call, entry_id: int, why: str) -> PaymentView:
        """Let a payment stand after all; for who opened the dispute's side, and stewards.

        Raises:
            ForbiddenError: who asks neither paid nor is a steward.
            UnknownError: there is no such payment.
            StateError: it is not in dispute, or there is no mutual credit here.
        """
        call.actor.require(Right.TRADE)

        def work(change: Change) -> PaymentView:
            require_on(change.session)
            row = _entry(change.session, entry_id)
            if not call.actor.may(Right.KEEP_CREDIT):
                require_holder(call.actor, account_in(change.session, row.payer_id))
            if not _close(change, entry_id, f"stands: {why}" if why else "stands"):
                raise StateError("it is not in dispute", where=f"entry {entry_id}")
            change.record("credit.dispute-ended", f"credit entry {entry_id}")
            return _view(change.session, row)

        return self._house.perform(call, PaymentView, work)

    def take_back(self, call: Call, entry_id: int, why: str) -> PaymentView:
        """Give a payment back by another that corrects it; for who got it, and for stewards where it is in dispute.

        Raises:
            ForbiddenError: who asks is neither.
            UnknownError: there is no such payment.
            StateError: it was taken back or takes one back, who got it would fall below the limit, or there is no
                mutual credit here.
        """
        call.actor.require(Right.TRADE)

        def work(change: Change) -> PaymentView:
            require_on(change.session)
            row = _entry(change.session, entry_id)
            payee, payer = account_in(change.session, row.payee_id), account_in(change.session, row.payer_id)
            _require_standing(change.session, row)
            _require_giver(call.actor, change.session, row, payee)
            if payee.balance + payee.credit_limit < row.amount:
                raise StateError("it would fall below its limit", where=f"account {payee.id}")
            _close(change, entry_id, "taken back")
            back = _enter(change, payee, payer, row.amount, why, corrects=entry_id)
            change.record("credit.taken-back", f"credit entry {entry_id}", by=back.id)
            return _view(change.session, back)

        return self._house.perform(call, PaymentView, work)


def _enter(
    change: Change, payer: CreditAccountRow, payee: CreditAccountRow, amount: int, why: str,
    corrects: int | None = None,
) -> CreditEntryRow:  # fmt: skip
    """Enter a payment in both accounts; the database refuses to go below the limit whatever was read before."""
    session = change.session
    table = CreditAccountRow
    taken = session.execute(
        update(table)
        .where(table.id == payer.id, table.balance - amount >= -table.credit_limit)
        .values(balance=table.balance - amount)
        .returning(table.id)
    ).all()
    if not taken:
        raise StateError("it would fall below its limit", where=f"account {payer.id}")
    session.execute(update(table).where(table.id == payee.id).values(balance=table.balance + amount))
    session.refresh(payer)
    session.refresh(payee)
    row = CreditEntryRow(
        at=change.at, payer_id=payer.id, payee_id=payee.id, amount=amount, why=why, made_by=change.who,
        corrects=corrects,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _entry(session: Session, entry_id: int) -> CreditEntryRow:
    row = session.get(CreditEntryRow, entry_id)
    if row is None:
        raise UnknownError(f"there is no payment {entry_id}")
    return row


def _require_standing(session: Session, row: CreditEntryRow) -> None:
    if row.corrects is not None or _taken_back(session, row.id):
        raise StateError("it was taken back, or takes another back", where=f"entry {row.id}")


def _require_giver(actor: Actor, session: Session, row: CreditEntryRow, payee: CreditAccountRow) -> None:
    """Who got it gives it back; a steward may only where it is in dispute."""
    try:
        require_holder(actor, payee)
    except ForbiddenError:
        if not (actor.may(Right.KEEP_CREDIT) and _dispute(session, row.id) is not None):
            raise


def _close(change: Change, entry_id: int, outcome: str) -> bool:
    dispute = _dispute(change.session, entry_id)
    if dispute is None:
        return False
    dispute.closed_at, dispute.closed_by, dispute.outcome = change.at, change.who, outcome
    change.session.flush()
    return True


def _dispute(session: Session, entry_id: int) -> CreditDisputeRow | None:
    found = session.get(CreditDisputeRow, entry_id)
    return found if found is not None and found.closed_at is None else None


def _taken_back(session: Session, entry_id: int) -> bool:
    return session.scalar(select(CreditEntryRow.id).where(CreditEntryRow.corrects == entry_id)) is not None


def _view(session: Session, row: CreditEntryRow) -> PaymentView:
    dispute = _dispute(session, row.id)
    return PaymentView(
        id=row.id, at=row.at, payer=row.payer_id, payee=row.payee_id, amount=row.amount, why=row.why,
        corrects=row.corrects, taken_back=_taken_back(session, row.id), disputed=dispute is not None,
        dispute_why=dispute.why if dispute is not None else "",
    )  # fmt: skip
