"""Builds that are made when enough is pledged for them: pledged, taken back, reached once, lapsed at a date.

Nothing is charged here: a pledge is a promise among people who know each other. Everybody sees how much is pledged and
by how many; who pledged how much is for people of the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from commons.campaigns import Campaign, Pledge, Stage
from commons.licences.parties import Purpose
from coordinator.moves import advance
from coordinator.schema.builds import BuildRow, BuildState
from coordinator.schema.pledge import GoalRow, GoalState, PledgeRow
from coordinator.schema.service import OrderRow
from coordinator.service.access import VISITOR, Actor, Right
from coordinator.service.changes.cancelling import end_build
from coordinator.service.costing.keeping import Quoted, put_quote
from coordinator.service.costing.quotes import Quotes
from coordinator.service.house import Call, Change, House, View
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.work.builds import Builds
from core.errors import InputError, StateError

__all__ = ["MOST_CENTS", "Goal", "GoalView", "PledgeView", "Pledges", "pledge_in"]

MOST_CENTS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Goal:
    """How much is to be pledged by when."""

    cents: int
    currency: str
    until: datetime

    def __post_init__(self) -> None:
        if not 0 < self.cents <= MOST_CENTS:
            raise ValueError(f"a goal is above zero and at most {MOST_CENTS} hundredths")


class PledgeView(View):
    """What somebody has pledged."""

    id: int
    who: str
    cents: int
    at: datetime
    withdrawn_at: datetime | None


class GoalView(View):
    """How far the pledges for a build are. `pledges` is empty for who is not of the network."""

    build_id: int
    design_id: int
    design: str
    count: int
    cents: int
    currency: str
    pledged_cents: int
    people: int
    until: datetime
    state: GoalState
    opened_by: str
    settled_at: datetime | None
    pledges: list[PledgeView]


class Pledges:
    """What people promise to give if enough do."""

    def __init__(self, house: House, builds: Builds, quotes: Quotes) -> None:
        self._house = house
        self._builds = builds
        self._quotes = quotes

    def open(
        self, call: Call, design_id: int, count: int, goal: Goal, *, due_at: datetime | None = None,
        deliver_to: str | None = None, purpose: Purpose | None = None,
    ) -> GoalView:  # fmt: skip
        """Order a build that is offered to nobody before enough is pledged.

        Args:
            call: who asks.
            design_id: of an imported design.
            count: how many.
            goal: how much is to be pledged by when.
            due_at: by when the build is wanted.
            deliver_to: to which lab, or None.
            purpose: what it is for, or None where nobody says.

        Raises:
            ForbiddenError: who asks may order nothing.
            UnknownError: there is no such design or lab.
            InputError: the date has passed.
        """
        call.actor.require(Right.ORDER)
        if goal.until <= self._house.clock.now():
            raise InputError("a date to come is needed", where="until")
        found = self._quotes.reckon(design_id, count)

        def then(change: Change, order: OrderRow) -> None:
            _wait(change, order, goal, found)

        made = self._builds.order(
            call, design_id, count, due_at=due_at, deliver_to=deliver_to, then=then, purpose=purpose
        )
        return self.one(made.id, call.actor)

    def one(self, build_id: int, actor: Actor = VISITOR) -> GoalView:
        """How far the pledges for a build are.

        Raises:
            UnknownError: the build waits, and waited, for no pledges.
        """
        with self._house.reading() as session:
            return _view(_goal(session, build_id), actor)

    def pledging(self, actor: Actor = VISITOR, limit: int = 50) -> list[GoalView]:
        """Builds that wait for pledges, the first to lapse first."""
        query = select(GoalRow).where(GoalRow.state == GoalState.PLEDGING).order_by(GoalRow.until, GoalRow.build_id)
        with self._house.reading() as session:
            read = (joinedload(GoalRow.build).joinedload(BuildRow.design), selectinload(GoalRow.pledges))
            return [_view(each, actor) for each in session.scalars(query.options(*read).limit(limit))]

    def pledge(self, call: Call, build_id: int, cents: int) -> GoalView:
        """Promise an amount; the pledge that makes enough opens the build, and binds all.

        Raises:
            ForbiddenError: who asks may not pledge.
            UnknownError: the build waits for no pledges.
            InputError: the amount is none.
            StateError: enough is pledged, or the date has passed.
        """
        call.actor.require(Right.PLEDGE)
        if not 0 < cents <= MOST_CENTS:
            raise InputError(f"a pledge is from 1 to {MOST_CENTS} hundredths", where="cents")

        def work(change: Change) -> GoalView:
            goal = _goal(change.session, build_id)
            pledge_in(change, goal, change.who, cents)
            return _view(goal, call.actor)

        return self._house.perform(call, GoalView, work)

    def withdraw(self, call: Call, pledge_id: int) -> GoalView:
        """Take one's own pledge back, while not enough is pledged.

        Raises:
            UnknownError: there is no such pledge.
            ForbiddenError: it is somebody else's.
            StateError: enough is pledged, the date has passed, or it was taken back before.
        """
        call.actor.require(Right.PLEDGE)

        def work(change: Change) -> GoalView:
            row = change.session.get(PledgeRow, pledge_id)
            if row is None:
                raise UnknownError(f"there is no pledge {pledge_id}")
            if row.who != change.who:
                raise ForbiddenError("this pledge is somebody else's", where=f"pledge {pledge_id}")
            _require_open(row.goal, change.at)
            given = _pledges(row.goal)
            mine = given[row.goal.pledges.index(row)]
            row.withdrawn_at = _campaign(row.goal).withdraw(given, mine, change.at).withdrawn_at
            change.record("pledge.withdrawn", f"build {row.build_id}", pledge=pledge_id)
            return _view(row.goal, call.actor)

        return self._house.perform(call, GoalView, work)

    def sweep(self) -> int:
        """End the builds whose date has come without enough; returns how many."""
        now = self._house.clock.now()
        late = select(GoalRow.build_id).where(GoalRow.state == GoalState.PLEDGING, GoalRow.until <= now)
        with self._house.looking() as session:
            found = session.scalars(late).all()
        for build_id in found:
            with self._house.change("coordinator") as change:
                goal = change.session.get_one(GoalRow, build_id)
                if goal.state is GoalState.PLEDGING and goal.until <= change.at:
                    end_build(change, goal.build, "not enough was pledged in time")
        return len(found)


def pledge_in(change: Change, goal: GoalRow, who: str, cents: int) -> None:
    """Note a pledge; where it makes enough, the build is opened, once.

    Raises:
        StateError: enough is pledged, or the date has passed.
    """
    _require_open(goal, change.at)
    goal.pledges.append(PledgeRow(who=who, cents=cents, at=change.at))
    change.session.flush()
    change.record("pledge.made", f"build {goal.build_id}")
    if _campaign(goal).stage(_pledges(goal), change.at) is not Stage.REACHED:
        return
    advance(goal, GoalState.REACHED, f"build {goal.build_id}")
    goal.settled_at = change.at
    advance(goal.build, BuildState.OPEN, f"build {goal.build_id}")
    change.record("goal.reached", f"build {goal.build_id}", "enough is pledged", people=_people(goal))
    want_plan(change, goal.build_id, "enough is pledged")


def _wait(change: Change, order: OrderRow, goal: Goal, found: Quoted) -> None:
    """A build that was ordered a moment ago waits: nobody has been asked for anything yet."""
    order.build.state = BuildState.WAITING
    order.plan_wanted = 0
    change.session.add(
        GoalRow(
            build_id=order.build_id, cents=goal.cents, currency=goal.currency, until=goal.until,
            state=GoalState.PLEDGING, opened_by=change.who,
        )
    )  # fmt: skip
    put_quote(change, order.build_id, found)
    change.record("goal.opened", f"build {order.build_id}", cents=goal.cents, currency=goal.currency)


def _goal(session: Session, build_id: int) -> GoalRow:
    found = session.get(GoalRow, build_id)
    if found is None:
        raise UnknownError(f"build {build_id} waits for no pledges")
    return found


def _require_open(goal: GoalRow, at: datetime) -> None:
    where = f"build {goal.build_id}"
    if goal.state is GoalState.REACHED:
        raise StateError("enough is pledged: what was pledged binds", where=where)
    if goal.state is GoalState.LAPSED or at >= goal.until:
        raise StateError("its date has passed: nobody owes anything", where=where)


def _campaign(goal: GoalRow) -> Campaign:
    return Campaign(f"build {goal.build_id}", goal.cents, goal.until)


def _pledges(goal: GoalRow) -> Sequence[Pledge]:
    return [Pledge(each.who, each.cents, each.at, each.withdrawn_at) for each in goal.pledges]


def _standing(goal: GoalRow) -> list[PledgeRow]:
    return [each for each in goal.pledges if each.withdrawn_at is None]


def _people(goal: GoalRow) -> int:
    return len({each.who for each in _standing(goal)})


def _view(goal: GoalRow, actor: Actor) -> GoalView:
    build = goal.build
    return GoalView(
        build_id=goal.build_id, design_id=build.design_id, design=build.design.name, count=build.quantity,
        cents=goal.cents, currency=goal.currency, pledged_cents=sum(each.cents for each in _standing(goal)),
        people=_people(goal), until=goal.until, state=goal.state, opened_by=goal.opened_by,
        settled_at=goal.settled_at,
        pledges=[
            PledgeView(id=each.id, who=each.who, cents=each.cents, at=each.at, withdrawn_at=each.withdrawn_at)
            for each in goal.pledges
            if actor.known
        ],
    )  # fmt: skip
