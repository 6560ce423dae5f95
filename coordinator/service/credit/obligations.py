"""Obligations: who owes whom how much, said by the debtor, or claimed by the creditor and owned to by the debtor."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coordinator.moves import advance
from coordinator.schema.credit import CreditAccountRow, ObligationRow, ObligationState
from coordinator.service.access import Actor, Right
from coordinator.service.credit.accounts import account_in, require_holder, require_on
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError

__all__ = ["ObligationView", "Obligations", "obligation_view"]

_OPEN: Final = (ObligationState.CLAIMED, ObligationState.OWED)


class ObligationView(View):
    """What one account owes another, in hundredths; `left` is what is still owed of it."""

    id: int
    debtor: int
    creditor: int
    amount: int
    left: int
    why: str
    state: ObligationState
    made_at: datetime


class Obligations:
    """Who owes whom."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, actor: Actor, state: ObligationState | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[ObligationView]:
        """What is owed, the newest first; what was settled or refused only to its two sides and stewards.

        Raises:
            UnauthenticatedError: who asks is not known.
            StateError: there is no mutual credit here.
        """
        actor.require(Right.TRADE)
        with self._house.reading() as session:
            require_on(session)
            query = select(ObligationRow)
            if state is not None:
                query = query.where(ObligationRow.state == state)
            if not actor.may(Right.KEEP_CREDIT):
                mine = [row.id for row in session.scalars(select(CreditAccountRow)) if _acts_for(actor, row)]
                query = query.where(
                    or_(
                        ObligationRow.state.in_(_OPEN), ObligationRow.debtor_id.in_(mine),
                        ObligationRow.creditor_id.in_(mine),
                    )
                )  # fmt: skip
            return page_of(session, query, ObligationRow.id, obligation_view, after=after, limit=limit, falling=True)

    def add(self, call: Call, debtor: int, creditor: int, amount: int, why: str) -> ObligationView:
        """Say that one account owes another: it counts at once where the debtor says so.

        Raises:
            ForbiddenError: who asks holds neither account.
            UnknownError: there is no such account.
            InputError: an account would owe to itself.
            StateError: there is no mutual credit here.
        """
        if debtor == creditor:
            raise InputError("nobody owes to themselves", where=f"account {debtor}")

        def work(change: Change) -> ObligationView:
            require_on(change.session)
            owing, owed = account_in(change.session, debtor), account_in(change.session, creditor)
            by_debtor = _acts_for(call.actor, owing)
            if not by_debtor:
                require_holder(call.actor, owed)
            row = ObligationRow(
                debtor_id=debtor, creditor_id=creditor, amount=amount, left=amount, why=why, made_at=change.at,
                made_by=change.who, state=ObligationState.OWED if by_debtor else ObligationState.CLAIMED,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record(f"obligation.{row.state}", f"obligation {row.id}")
            return obligation_view(row)

        return self._house.perform(call, ObligationView, work)

    def answer(self, call: Call, obligation_id: int, *, owed: bool) -> ObligationView:
        """Own to a claim, or refuse it; for the debtor.

        Raises:
            ForbiddenError: who asks does not hold the debtor's account.
            UnknownError: there is no such obligation.
            StateError: it is no open claim, or there is no mutual credit here.
        """
        to = ObligationState.OWED if owed else ObligationState.REFUSED

        def work(change: Change) -> ObligationView:
            row = _obligation(change.session, obligation_id)
            require_holder(call.actor, account_in(change.session, row.debtor_id))
            return _move(change, row, to)

        return self._house.perform(call, ObligationView, work)

    def settle(self, call: Call, obligation_id: int) -> ObligationView:
        """Say that the rest was paid in another way, or that it is forgiven; for the creditor.

        Raises:
            ForbiddenError: who asks does not hold the creditor's account.
            UnknownError: there is no such obligation.
            StateError: it is not owed any more, or there is no mutual credit here.
        """

        def work(change: Change) -> ObligationView:
            row = _obligation(change.session, obligation_id)
            require_holder(call.actor, account_in(change.session, row.creditor_id))
            row.left = 0
            return _move(change, row, ObligationState.SETTLED)

        return self._house.perform(call, ObligationView, work)


def obligation_view(row: ObligationRow) -> ObligationView:
    """An obligation as the outside sees it."""
    return ObligationView(
        id=row.id, debtor=row.debtor_id, creditor=row.creditor_id, amount=row.amount, left=row.left, why=row.why,
        state=row.state, made_at=row.made_at,
    )  # fmt: skip


def _acts_for(actor: Actor, row: CreditAccountRow) -> bool:
    try:
        require_holder(actor, row)
    except ForbiddenError:
        return False
    return True


def _obligation(session: Session, obligation_id: int) -> ObligationRow:
    require_on(session)
    row = session.get(ObligationRow, obligation_id)
    if row is None:
        raise UnknownError(f"there is no obligation {obligation_id}")
    return row


def _move(change: Change, row: ObligationRow, after: ObligationState) -> ObligationView:
    advance(row, after, f"obligation {row.id}")
    change.session.flush()
    change.record(f"obligation.{after}", f"obligation {row.id}")
    return obligation_view(row)
