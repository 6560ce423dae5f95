"""A common fund, shared in rounds: members allot their equal part to builds and machines; what is over returns.

A round only records who decided what: the money itself is wherever the members keep it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from commons.campaigns import Budget, budgeted
from coordinator.moves import advance
from coordinator.schema.builds import BuildState
from coordinator.schema.network import GrantRow, MachineRow, PersonRow
from coordinator.schema.pledge import (
    AllotmentRow,
    Cause,
    GoalRow,
    GoalState,
    ReturnRow,
    RoundRow,
    RoundState,
    WantRow,
)
from coordinator.service.access import RIGHTS, VISITOR, Actor, Right
from coordinator.service.costing.pledges import MOST_CENTS, pledge_in
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from coordinator.service.work.builds import require_tender
from core.errors import InputError, StateError

__all__ = ["Fund", "ReturnView", "RoundView", "WantView"]

_MOST_WANTS: Final = 100


class WantView(View):
    """What is asked for. `percent` is what who asks has allotted to it; `granted` is null until the round is over."""

    id: int
    cause: Cause
    subject: str
    cents: int
    why: str
    asked_by: str
    people: int
    percent: int
    granted: int | None


class ReturnView(View):
    """What of a member's part nobody needed."""

    who: str
    cents: int


class RoundView(View):
    """A sum that members share out by a date. `returns` is empty for who is not of the network."""

    id: int
    name: str
    cents: int
    currency: str
    until: datetime
    state: RoundState
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    wants: list[WantView]
    granted_cents: int
    returned_cents: int
    returns: list[ReturnView]


_WHOLE: Final = (selectinload(RoundRow.wants).selectinload(WantRow.allotments), selectinload(RoundRow.returns))


class Fund:
    """What members share out together."""

    def __init__(self, house: House) -> None:
        self._house = house

    def open(self, call: Call, name: str, cents: int, currency: str, until: datetime) -> RoundView:
        """Open a round over a sum.

        Raises:
            ForbiddenError: who asks is no steward.
            InputError: the date has passed, or the sum is none.
        """
        call.actor.require(Right.KEEP_FUND)
        if not 0 < cents <= MOST_CENTS:
            raise InputError(f"a round is of 1 to {MOST_CENTS} hundredths", where="cents")

        def work(change: Change) -> RoundView:
            if until <= change.at:
                raise InputError("a date to come is needed", where="until")
            row = RoundRow(
                name=name, cents=cents, currency=currency, until=until, state=RoundState.ALLOTTING,
                opened_at=change.at, opened_by=change.who,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("fund.opened", f"fund {row.id}", name, cents=cents, currency=currency)
            return _view(row, call.actor)

        return self._house.perform(call, RoundView, work)

    def all(self, actor: Actor = VISITOR, *, after: str | None = None, limit: int = 50) -> Page[RoundView]:
        """Every round, the newest first."""
        with self._house.reading() as session:
            return page_of(
                session, select(RoundRow).options(*_WHOLE), RoundRow.id, lambda row: _view(row, actor), after=after,
                limit=limit, falling=True,
            )  # fmt: skip

    def one(self, round_id: int, actor: Actor = VISITOR) -> RoundView:
        """One round.

        Raises:
            UnknownError: there is no such round.
        """
        with self._house.reading() as session:
            return _view(_round(session, round_id), actor)

    def ask(self, call: Call, round_id: int, cause: Cause, subject: str, cents: int, why: str) -> RoundView:
        """Ask for money of a round, for a build that one has ordered or a machine of one's lab.

        Raises:
            UnknownError: there is no such round, build or machine.
            ForbiddenError: who asks has not ordered the build, or is no operator of the machine's lab.
            InputError: the sum is none.
            StateError: the round is over, or something is asked for it already.
        """
        call.actor.require(Right.PLEDGE)
        if not 0 < cents <= MOST_CENTS:
            raise InputError(f"from 1 to {MOST_CENTS} hundredths can be asked for", where="cents")

        def work(change: Change) -> RoundView:
            row = _open_round(change, round_id)
            name = _subject(change, call.actor, cause, subject)
            if any((each.cause, each.subject) == (cause, name) for each in row.wants):
                raise StateError("something is asked for it already", where=f"{cause} {name}")
            if len(row.wants) >= _MOST_WANTS:
                raise StateError(f"{_MOST_WANTS} things are asked for: wait for the next round", where=f"fund {row.id}")
            row.wants.append(
                WantRow(
                    cause=cause, subject=name, cents=cents, why=why, asked_at=change.at, asked_by=change.who,
                    granted=None,
                )
            )  # fmt: skip
            change.session.flush()
            change.record("fund.asked", f"fund {row.id}", why, cause=str(cause), of=name, cents=cents)
            return _view(row, call.actor)

        return self._house.perform(call, RoundView, work)

    def allot(self, call: Call, round_id: int, percents: Mapping[int, int]) -> RoundView:
        """Say how one's own part is to be used; what was said before counts no more.

        Args:
            call: who asks.
            round_id: which.
            percents: of their part, by the id of a want; at most 100 altogether. The rest returns to them.

        Raises:
            ForbiddenError: who asks has no part.
            UnknownError: there is no such round.
            InputError: nothing of the kind is asked for, or it is more than 100 percent.
            StateError: the round is over.
        """
        call.actor.require(Right.PLEDGE)

        def work(change: Change) -> RoundView:
            row = _open_round(change, round_id)
            wants = {each.id: each for each in row.wants}
            if strange := sorted(set(percents) - set(wants)):
                raise InputError(f"nothing is asked under {strange[0]}", where="percents")
            if any(each < 0 for each in percents.values()) or sum(percents.values()) > 100:
                raise InputError("percentages are from zero and come to 100 at most", where="percents")
            for want in row.wants:
                want.allotments[:] = [each for each in want.allotments if each.who != change.who]
            change.session.flush()
            for want_id, percent in percents.items():
                if percent:
                    wants[want_id].allotments.append(AllotmentRow(who=change.who, percent=percent, at=change.at))
            change.session.flush()
            change.record("fund.allotted", f"fund {row.id}")
            return _view(row, call.actor)

        return self._house.perform(call, RoundView, work)

    def sweep(self) -> int:
        """Grant the rounds whose date has come; returns how many."""
        now = self._house.clock.now()
        due = select(RoundRow.id).where(RoundRow.state == RoundState.ALLOTTING, RoundRow.until <= now)
        with self._house.looking() as session:
            found = session.scalars(due).all()
        for round_id in found:
            with self._house.change("coordinator") as change:
                row = change.session.get_one(RoundRow, round_id)
                if row.state is RoundState.ALLOTTING and row.until <= change.at:
                    _grant(change, row)
        return len(found)


def _grant(change: Change, row: RoundRow) -> None:
    """Share the sum: every member decides about an equal part, whether they said anything or not."""
    allotments: dict[str, dict[str, int]] = {each: {} for each in _members(change.session)}
    for want in row.wants:
        for each in want.allotments:
            if each.who in allotments:  # who has left since has no part
                allotments[each.who][str(want.id)] = each.percent
    wanted = {str(each.id): each.cents for each in row.wants}
    found = budgeted(row.cents, allotments, wanted) if allotments else Budget(dict.fromkeys(wanted, 0), {})
    advance(row, RoundState.GRANTED, f"fund {row.id}")
    row.closed_at = change.at
    for want in row.wants:
        want.granted = found.granted[str(want.id)]
    row.returns = [ReturnRow(who=who, cents=cents) for who, cents in found.returned.items()]
    change.session.flush()
    granted = sum(found.granted.values())
    change.record("fund.granted", f"fund {row.id}", granted=granted, returned=row.cents - granted)
    for want in row.wants:
        if want.cause is Cause.BUILD and want.granted:
            _pledge_grant(change, row, want)


def _pledge_grant(change: Change, row: RoundRow, want: WantRow) -> None:
    """What a build gets counts as pledged, where it waits for pledges in that currency."""
    goal = change.session.get(GoalRow, int(want.subject))
    waits = goal is not None and goal.state is GoalState.PLEDGING and change.at < goal.until
    if goal is not None and waits and goal.currency == row.currency and want.granted:
        pledge_in(change, goal, f"fund {row.id}", want.granted)


def _members(session: Session) -> list[str]:
    """People with a role that takes part, by pseudonym."""
    taking_part = select(GrantRow.person_id).where(GrantRow.role.in_(RIGHTS[Right.PLEDGE]))
    query = select(PersonRow.id).where(PersonRow.erased_at.is_(None), PersonRow.id.in_(taking_part))
    return list(session.scalars(query.order_by(PersonRow.id)))


def _subject(change: Change, actor: Actor, cause: Cause, subject: str) -> str:
    """The id of what money is asked for, by who may ask for it."""
    if cause is Cause.MACHINE:
        machine = change.session.get(MachineRow, subject)
        if machine is None:
            raise UnknownError(f"there is no machine {subject[:40]!r}")
        actor.require(Right.ANSWER, machine.lab)
        return machine.id
    if not subject.isascii() or not subject.isdecimal() or len(subject) > 15:
        raise UnknownError(f"there is no build {subject[:40]!r}")
    build = require_tender(change.session, actor, int(subject)).build
    if build.state not in (BuildState.WAITING, BuildState.OPEN):
        raise StateError(f"it is {build.state}", where=f"build {build.id}")
    return str(build.id)


def _round(session: Session, round_id: int) -> RoundRow:
    found = session.get(RoundRow, round_id)
    if found is None:
        raise UnknownError(f"there is no round {round_id}")
    return found


def _open_round(change: Change, round_id: int) -> RoundRow:
    row = _round(change.session, round_id)
    if row.state is not RoundState.ALLOTTING or change.at >= row.until:
        raise StateError("this round is over", where=f"fund {round_id}")
    return row


def _view(row: RoundRow, actor: Actor) -> RoundView:
    by: dict[int, dict[str, int]] = defaultdict(dict)
    for want in row.wants:
        by[want.id] = {each.who: each.percent for each in want.allotments}
    return RoundView(
        id=row.id, name=row.name, cents=row.cents, currency=row.currency, until=row.until, state=row.state,
        opened_at=row.opened_at, opened_by=row.opened_by, closed_at=row.closed_at,
        wants=[
            WantView(
                id=each.id, cause=each.cause, subject=each.subject, cents=each.cents, why=each.why,
                asked_by=each.asked_by, people=len(by[each.id]), percent=by[each.id].get(actor.id, 0),
                granted=each.granted,
            )
            for each in row.wants
        ],
        granted_cents=sum(each.granted or 0 for each in row.wants),
        returned_cents=sum(each.cents for each in row.returns),
        returns=[ReturnView(who=each.who, cents=each.cents) for each in row.returns if actor.known],
    )  # fmt: skip
