"""Rounds of netting: shown first, confirmed by every side, then done at once; before any money moves.

What is struck out is the most that can be without changing what anybody is owed less what they owe
(`commons.netting`). A round ends without effect when one side refuses, the time is over, or what it would strike out is
no longer owed as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.moves import advance
from coordinator.schema.credit import (
    ConsentRow,
    NettingRoundRow,
    NettingState,
    NettingStrikeRow,
    ObligationRow,
    ObligationState,
)
from coordinator.service.access import Actor, Right
from coordinator.service.credit.accounts import account_in, require_holder, require_on
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import LimitError, StateError

__all__ = ["Netting", "NettingRoundView", "NettingSideView", "NettingStrikeView", "NettingView"]

_MOST: Final = 10_000
_HOURS: Final = 72.0


class NettingStrikeView(View):
    """What of an obligation goes, in hundredths, and what is left of it."""

    obligation: int
    debtor: int
    creditor: int
    before: int
    struck: int
    left: int


class NettingSideView(View):
    """What changes for one account: what it owes and is owed before and after; the difference stays the same."""

    account: int
    owes: int
    owes_then: int
    is_owed: int
    is_owed_then: int
    confirmed_at: datetime | None = None


class NettingView(View):
    """What a round would strike out now, of all that is owed."""

    owed: int
    struck: int
    strikes: list[NettingStrikeView]
    sides: list[NettingSideView]


class NettingRoundView(View):
    """A round: it is done when every side has confirmed it."""

    id: int
    state: NettingState
    owed: int
    struck: int
    made_at: datetime
    until: datetime
    ended_at: datetime | None
    strikes: list[NettingStrikeView]
    sides: list[NettingSideView]


class Netting:
    """Striking out."""

    def __init__(self, house: House) -> None:
        self._house = house

    def preview(self, actor: Actor) -> NettingView:
        """How much would cancel, for people of the network.

        Raises:
            UnauthenticatedError: who asks is not known.
            StateError: there is no mutual credit here.
            LimitError: there are more than 10,000 obligations.
        """
        actor.require(Right.TRADE)
        with self._house.reading() as session:
            require_on(session)
            rows = _owed(session)
            strikes = _strikes(rows)
        struck = {each.obligation: each.struck for each in strikes}
        sides = _sides([(row, row.left, struck.get(row.id, 0)) for row in rows])
        taking_part = {side for each in strikes for side in (each.debtor, each.creditor)}
        return NettingView(
            owed=sum(row.left for row in rows), struck=sum(struck.values()), strikes=strikes,
            sides=[each for each in sides if each.account in taking_part],
        )  # fmt: skip

    def propose(self, call: Call, hours: float = _HOURS) -> NettingRoundView:
        """Propose a round of all that is owed now; every side then confirms it.

        Args:
            call: who asks; for people who hold an account, and stewards.
            hours: until when it can be confirmed, on the network's clock.

        Raises:
            StateError: nothing would cancel, a round is proposed already, or there is no mutual credit here.
            LimitError: there are more than 10,000 obligations.
        """
        call.actor.require(Right.TRADE)

        def work(change: Change) -> NettingRoundView:
            require_on(change.session)
            proposed = select(NettingRoundRow).where(NettingRoundRow.state == NettingState.PROPOSED)
            if not all(_ended(change, each) for each in change.session.scalars(proposed).all()):
                raise StateError("a round is proposed already", hint="confirm it or refuse it first")
            rows = _owed(change.session)
            strikes = _strikes(rows)
            if not strikes:
                raise StateError("nothing that is owed goes round in a circle", hint="nothing would cancel")
            made = NettingRoundRow(
                state=NettingState.PROPOSED, owed=sum(row.left for row in rows),
                struck=sum(each.struck for each in strikes),
                made_at=change.at, made_by=change.who, until=change.at + timedelta(hours=hours), ended_at=None,
            )  # fmt: skip
            change.session.add(made)
            change.session.flush()
            for each in strikes:
                row = NettingStrikeRow(
                    round_id=made.id, obligation_id=each.obligation, before=each.before, struck=each.struck
                )
                change.session.add(row)
            for account in sorted({side for each in strikes for side in (each.debtor, each.creditor)}):
                consent = ConsentRow(round_id=made.id, account_id=account, confirmed_at=None, confirmed_by=None)
                change.session.add(consent)
            change.session.flush()
            change.record("netting.proposed", f"netting round {made.id}", struck=made.struck, owed=made.owed)
            return _view(change.session, made)

        return self._house.perform(call, NettingRoundView, work)

    def answer(self, call: Call, round_id: int, account_id: int, *, yes: bool) -> NettingRoundView:
        """Confirm a round for an account, or refuse it; with the last side's yes it is done.

        Raises:
            ForbiddenError: the account is somebody else's, or takes no part.
            UnknownError: there is no such round or account.
            StateError: the round has ended, or there is no mutual credit here.
        """
        call.actor.require(Right.TRADE)

        def work(change: Change) -> NettingRoundView:
            require_on(change.session)
            row = _round(change.session, round_id)
            require_holder(call.actor, account_in(change.session, account_id))
            consent = next((each for each in row.consents if each.account_id == account_id), None)
            if consent is None:
                raise ForbiddenError("this account takes no part in it", where=f"netting round {round_id}")
            if row.state is not NettingState.PROPOSED:
                raise StateError(f"this round is {row.state}", where=f"netting round {round_id}")
            if _ended(change, row):
                return _view(change.session, row)
            if not yes:
                _end(change, row, NettingState.REFUSED)
            elif consent.confirmed_at is None:
                consent.confirmed_at, consent.confirmed_by = change.at, change.who
                change.session.flush()
                change.record("netting.confirmed", f"netting round {round_id}", account=account_id)
                if all(each.confirmed_at is not None for each in row.consents):
                    _strike(change, row)
            return _view(change.session, row)

        return self._house.perform(call, NettingRoundView, work)

    def rounds(self, actor: Actor, *, after: str | None = None, limit: int = 20) -> Page[NettingRoundView]:
        """Every round, the newest first, for people of the network.

        Raises:
            UnauthenticatedError: who asks is not known.
            StateError: there is no mutual credit here.
        """
        actor.require(Right.TRADE)
        with self._house.reading() as session:
            require_on(session)
            return page_of(
                session, select(NettingRoundRow), NettingRoundRow.id, lambda row: _view(session, row), after=after,
                limit=limit, falling=True,
            )  # fmt: skip


def _owed(session: Session) -> Sequence[ObligationRow]:
    query = select(ObligationRow).where(ObligationRow.state == ObligationState.OWED, ObligationRow.left > 0)
    rows = session.scalars(query.order_by(ObligationRow.id).limit(_MOST + 1)).all()
    if len(rows) > _MOST:
        raise LimitError(f"{_MOST} obligations are the most of one round")
    return rows


def _strikes(rows: Sequence[ObligationRow]) -> list[NettingStrikeView]:
    """What would be struck out; obligations of which nothing is are left out."""
    from commons.netting import Debt, netted  # its solver takes a while to load, and few ask for a round

    found = netted([Debt(str(row.debtor_id), str(row.creditor_id), row.left) for row in rows])
    return [
        NettingStrikeView(
            obligation=row.id, debtor=row.debtor_id, creditor=row.creditor_id, before=row.left, struck=struck,
            left=row.left - struck,
        )
        for row, struck in zip(rows, found.struck, strict=True) if struck
    ]  # fmt: skip


def _sides(rows: Sequence[tuple[ObligationRow, int, int]]) -> list[NettingSideView]:
    """What changes for whom, of obligations with what was owed of each and what is struck."""
    owes: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    owed: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row, before, struck in rows:
        for found, account in ((owes, row.debtor_id), (owed, row.creditor_id)):
            found[account][0] += before
            found[account][1] += before - struck
    return [
        NettingSideView(
            account=each, owes=owes[each][0], owes_then=owes[each][1], is_owed=owed[each][0],
            is_owed_then=owed[each][1],
        )
        for each in sorted({*owes, *owed})
    ]  # fmt: skip


def _ended(change: Change, row: NettingRoundRow) -> bool:
    """Whether a proposed round has come to its end by itself; then that is noted."""
    stale = any(
        each.obligation.state is not ObligationState.OWED or each.obligation.left != each.before for each in row.strikes
    )
    if change.at <= row.until and not stale:
        return False
    _end(change, row, NettingState.LAPSED)
    return True


def _strike(change: Change, row: NettingRoundRow) -> None:
    for each in row.strikes:
        each.obligation.left -= each.struck
        if each.obligation.left == 0:
            advance(each.obligation, ObligationState.SETTLED, f"obligation {each.obligation_id}")
    _end(change, row, NettingState.DONE)


def _end(change: Change, row: NettingRoundRow, state: NettingState) -> None:
    advance(row, state, f"netting round {row.id}")
    row.ended_at = change.at
    change.session.flush()
    change.record(f"netting.{state}", f"netting round {row.id}", struck=row.struck if state is NettingState.DONE else 0)


def _round(session: Session, round_id: int) -> NettingRoundRow:
    row = session.get(NettingRoundRow, round_id)
    if row is None:
        raise UnknownError(f"there is no round {round_id}")
    return row


def _view(session: Session, row: NettingRoundRow) -> NettingRoundView:
    session.refresh(row, ["strikes", "consents"])
    strikes = [
        NettingStrikeView(
            obligation=each.obligation_id, debtor=each.obligation.debtor_id, creditor=each.obligation.creditor_id,
            before=each.before, struck=each.struck, left=each.before - each.struck,
        )
        for each in row.strikes
    ]  # fmt: skip
    confirmed = {each.account_id: each.confirmed_at for each in row.consents}
    sides = _sides([(each.obligation, each.before, each.struck) for each in row.strikes])
    return NettingRoundView(
        id=row.id, state=row.state, owed=row.owed, struck=row.struck, made_at=row.made_at, until=row.until,
        ended_at=row.ended_at, strikes=strikes,
        sides=[each.model_copy(update={"confirmed_at": confirmed.get(each.account)}) for each in sides],
    )  # fmt: skip
