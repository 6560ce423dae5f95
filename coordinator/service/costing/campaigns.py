"""Orders that wait until enough join: pooled, so that set-ups, plates and sheets are shared; lapsed at a date.

What is reached becomes builds at once: one of each design, with the pieces of all who joined. Until then everybody may
leave again; nothing is charged here.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commons.campaigns import Campaign, Pledge, Stage
from coordinator.moves import advance
from coordinator.schema.builds import DesignRow
from coordinator.schema.network import Role
from coordinator.schema.pledge import CampaignRow, GoalState, JoinRow
from coordinator.schema.service import OrderRow
from coordinator.service.access import VISITOR, Actor, Grant, Right
from coordinator.service.costing.campaign_shares import Pool, ShareView, planned_pool, share_views
from coordinator.service.costing.quotes import MOST_QUOTED, Quotes
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.work.builds import Builds
from core.errors import FabcommonsError, InputError, StateError

__all__ = ["CampaignView", "Campaigns", "JoinView"]

_LOG = logging.getLogger("fabcommons")
_MOST_JOINS: Final = 200


class JoinView(View):
    """Somebody's order in a campaign."""

    id: int
    who: str
    design_id: int
    pieces: int
    at: datetime
    withdrawn_at: datetime | None
    build_id: int | None


class CampaignView(View):
    """Orders that wait until `wanted` pieces are ordered; `joins` is empty for who is not of the network.

    `design_id` is null where any design may join that shares the set-up. `builds` is what it became.
    """

    id: int
    what: str
    design_id: int | None
    design: str | None
    wanted: int
    joined: int
    people: int
    until: datetime
    state: GoalState
    opened_at: datetime
    opened_by: str
    settled_at: datetime | None
    builds: list[int]
    joins: list[JoinView]


class Campaigns:
    """What waits until enough join."""

    def __init__(self, house: House, builds: Builds, quotes: Quotes) -> None:
        self._house = house
        self._builds = builds
        self._quotes = quotes

    def open(
        self, call: Call, what: str, wanted: int, until: datetime, *, design_id: int | None = None, pieces: int = 0
    ) -> CampaignView:
        """Open a campaign, and join it.

        Args:
            call: who asks.
            what: it is about, such as "the mill set up for aluminium".
            wanted: pieces.
            until: when it lapses.
            design_id: of which all orders are; None where any may join that shares the set-up.
            pieces: that who opens it orders; only of a design.

        Raises:
            ForbiddenError: who asks may order nothing.
            UnknownError: there is no such design.
            InputError: the date has passed, it wants too many, or pieces are ordered of no design.
        """
        call.actor.require(Right.ORDER)
        if not 2 <= wanted <= MOST_QUOTED:
            raise InputError(f"a campaign wants from 2 to {MOST_QUOTED} pieces", where="wanted")
        if pieces and design_id is None:
            raise InputError("say of which design", where="design_id")

        def work(change: Change) -> CampaignView:
            if until <= change.at:
                raise InputError("a date to come is needed", where="until")
            if design_id is not None:
                _design(change.session, design_id)
            row = CampaignRow(
                what=what, design_id=design_id, wanted=wanted, until=until, state=GoalState.PLEDGING,
                opened_at=change.at, opened_by=change.who,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("campaign.opened", f"campaign {row.id}", what, wanted=wanted)
            if pieces and design_id is not None:
                _join(change, row, design_id, pieces)
            return _view(row, call.actor)

        made = self._house.perform(call, CampaignView, work)
        self._found(made.id)
        return self.one(made.id, call.actor)

    def all(
        self, actor: Actor = VISITOR, state: GoalState | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[CampaignView]:
        """Campaigns, of one state or all, the newest first."""
        query = select(CampaignRow).options(selectinload(CampaignRow.joins), joinedload(CampaignRow.design))
        if state is not None:
            query = query.where(CampaignRow.state == state)
        with self._house.reading() as session:
            return page_of(
                session, query, CampaignRow.id, lambda row: _view(row, actor), after=after, limit=limit,
                falling=True,
            )  # fmt: skip

    def one(self, campaign_id: int, actor: Actor = VISITOR) -> CampaignView:
        """One campaign.

        Raises:
            UnknownError: there is no such campaign.
        """
        with self._house.reading() as session:
            return _view(_campaign(session, campaign_id), actor)

    def shares(self, actor: Actor, campaign_id: int) -> list[ShareView]:
        """What each who has joined saves in set-ups: of the plan, once there is one; else as reckoned for one design.

        Nothing where that is not known, or nobody shares.

        Raises:
            UnauthenticatedError: who asks is nobody here.
            UnknownError: there is no such campaign.
        """
        with self._house.reading() as session:
            row, network = _campaign(session, campaign_id), self._house.networks.of(session)
            if network is None or not actor.known:
                return []
            joins = [each for each in row.joins if each.withdrawn_at is None]
            pool, design_id = planned_pool(session, network, joins, self._house.clock.now()), row.design_id
            orders: dict[str, int] = {}
            for each in joins:
                orders[each.who] = orders.get(each.who, 0) + each.pieces
        if pool is not None:
            return share_views(pool, planned=True)
        if design_id is None or len(orders) < 2:
            return []
        try:
            batches = self._quotes.reckon(design_id, sum(orders.values())).batches
        except FabcommonsError:
            return []  # nothing is known of its set-ups; the quote of the design says why
        return share_views(Pool({0: orders}, {0: batches}), planned=False)

    def join(self, call: Call, campaign_id: int, pieces: int, design_id: int | None = None) -> CampaignView:
        """Order in a campaign; the order that makes enough opens the builds.

        Args:
            call: who asks.
            campaign_id: which.
            pieces: how many.
            design_id: of what, where the campaign is of no one design.

        Raises:
            ForbiddenError: who asks may order nothing.
            UnknownError: there is no such campaign or design.
            InputError: the campaign is of another design, or of none and none is named.
            StateError: it is reached, or its date has passed.
        """
        call.actor.require(Right.ORDER)

        def work(change: Change) -> CampaignView:
            row = _campaign(change.session, campaign_id)
            chosen = row.design_id if design_id is None else design_id
            if chosen is None:
                raise InputError("say of which design", where="design_id")
            if row.design_id is not None and chosen != row.design_id:
                raise InputError(f"this campaign is of design {row.design_id}", where="design_id")
            _design(change.session, chosen)
            _join(change, row, chosen, pieces)
            return _view(row, call.actor)

        self._house.perform(call, CampaignView, work)
        self._found(campaign_id)
        return self.one(campaign_id, call.actor)

    def leave(self, call: Call, join_id: int) -> CampaignView:
        """Take one's own order back, while the campaign is open.

        Raises:
            UnknownError: there is no such order.
            ForbiddenError: it is somebody else's.
            StateError: the campaign is reached, its date has passed, or the order was taken back before.
        """
        call.actor.require(Right.ORDER)

        def work(change: Change) -> CampaignView:
            row = change.session.get(JoinRow, join_id)
            if row is None:
                raise UnknownError(f"there is no order {join_id} in a campaign")
            if row.who != change.who:
                raise ForbiddenError("this order is somebody else's", where=f"order {join_id}")
            _require_open(row.campaign, change.at)
            if row.withdrawn_at is not None:
                raise StateError("it was taken back before", where=f"order {join_id}")
            row.withdrawn_at = change.at
            change.record("campaign.left", f"campaign {row.campaign_id}", order=join_id)
            return _view(row.campaign, call.actor)

        return self._house.perform(call, CampaignView, work)

    def sweep(self) -> int:
        """End campaigns whose date has come, and open the builds of those that are reached; returns how many."""
        now = self._house.clock.now()
        late = select(CampaignRow.id).where(CampaignRow.state == GoalState.PLEDGING, CampaignRow.until <= now)
        with self._house.looking() as session:
            found = session.scalars(late).all()
            left = {*session.scalars(_unfounded().distinct()), *session.scalars(_ORDERED)}
        for campaign_id in found:
            with self._house.change("coordinator") as change:
                row = change.session.get_one(CampaignRow, campaign_id)
                if row.state is GoalState.PLEDGING and row.until <= change.at:
                    advance(row, GoalState.LAPSED, f"campaign {row.id}")
                    row.settled_at = change.at
                    change.record("campaign.lapsed", f"campaign {row.id}", "not enough joined in time")
        return len(found) + sum(self._found_later(each) for each in sorted(left))

    def _found_later(self, campaign_id: int) -> int:
        """The same for who tends the network: what cannot be ordered now keeps nothing else from its turn."""
        try:
            return self._found(campaign_id)
        except FabcommonsError:
            _LOG.exception("campaign %s is reached, and not all of it could be ordered; it is tried again", campaign_id)
            return 0

    def _found(self, campaign_id: int) -> int:
        """Order the builds of a campaign that is reached, each once; returns how many."""
        with self._house.reading() as session:
            query = select(JoinRow).join(CampaignRow).where(*_NOT_FOUNDED, CampaignRow.id == campaign_id)
            rows = session.scalars(query.order_by(JoinRow.id)).all()
            first = {row.design_id: row.who for row in reversed(rows)}
            opener = rows[0].campaign.opened_by if rows else ""
            whole = bool(rows) and rows[0].campaign.design_id is not None
        made, failed = 0, None
        for design_id, who in first.items():
            orderer = Actor(opener if whole else who, frozenset({Grant(Role.BUILDER)}))
            try:
                made += self._order(orderer, campaign_id, design_id)
            except FabcommonsError as error:  # it is tried again later, and keeps no other from being made
                failed = error
        self._want_plans(campaign_id)
        if failed is not None:
            raise failed
        return made

    def _want_plans(self, campaign_id: int) -> None:
        """Ask for the plans of a campaign's builds at once: they are planned as one."""
        mine = _ORDERED.where(JoinRow.campaign_id == campaign_id)
        with self._house.looking() as session:
            if session.execute(mine).first() is None:
                return
        with self._house.change("coordinator") as change:
            for row in change.session.execute(mine).all():
                want_plan(change, row.build_id, f"enough have joined campaign {campaign_id}")

    def _order(self, orderer: Actor, campaign_id: int, design_id: int) -> int:
        """One build for all who ordered a design; 0 where another process was faster."""
        with self._house.reading() as session:
            query = select(JoinRow).join(CampaignRow).where(*_NOT_FOUNDED, CampaignRow.id == campaign_id)
            mine = session.scalars(query.where(JoinRow.design_id == design_id)).all()
            ids, total = [row.id for row in mine], sum(row.pieces for row in mine)

        def then(change: Change, order: OrderRow) -> None:
            for row in change.session.scalars(select(JoinRow).where(JoinRow.id.in_(ids))):
                if row.build_id is not None:
                    raise _DoneError("it is ordered already", where=f"campaign {campaign_id}")
                row.build_id = order.build_id
            order.plan_wanted = 0  # it waits for those that are ordered with it

        if not ids:
            return 0
        try:
            self._builds.order(Call(orderer), design_id, total, then=then)
        except _DoneError:
            return 0
        return 1


_ORDERED: Final = (
    select(JoinRow.campaign_id, JoinRow.build_id)
    .join(OrderRow, OrderRow.build_id == JoinRow.build_id)
    .where(OrderRow.plan_wanted == 0)
    .distinct()
)
"""Builds of campaigns for which no plan was asked yet."""


class _DoneError(StateError):
    """Another process has ordered it a moment ago."""


_NOT_FOUNDED = (
    CampaignRow.state == GoalState.REACHED, JoinRow.build_id.is_(None), JoinRow.withdrawn_at.is_(None)
)  # fmt: skip


def _unfounded() -> Select[int]:
    return select(JoinRow.campaign_id).join(CampaignRow).where(*_NOT_FOUNDED)


def _join(change: Change, row: CampaignRow, design_id: int, pieces: int) -> None:
    """Note an order; where it makes enough, the campaign is reached, once."""
    _require_open(row, change.at)
    there = sum(each.pieces for each in row.joins if each.withdrawn_at is None)
    if not 1 <= pieces <= MOST_QUOTED - there:
        raise InputError(f"a campaign takes up to {MOST_QUOTED} pieces altogether", where="pieces")
    if len(row.joins) >= _MOST_JOINS:
        raise StateError(f"{_MOST_JOINS} orders are in it: open another", where=f"campaign {row.id}")
    row.joins.append(JoinRow(design_id=design_id, who=change.who, pieces=pieces, at=change.at))
    change.session.flush()
    change.record("campaign.joined", f"campaign {row.id}", pieces=pieces)
    known = Campaign(row.what, row.wanted, row.until)
    orders = [Pledge(each.who, each.pieces, each.at, each.withdrawn_at) for each in row.joins]
    if known.stage(orders, change.at) is Stage.REACHED:
        advance(row, GoalState.REACHED, f"campaign {row.id}")
        row.settled_at = change.at
        change.record("campaign.reached", f"campaign {row.id}", "enough have joined", pieces=there + pieces)


def _require_open(row: CampaignRow, at: datetime) -> None:
    where = f"campaign {row.id}"
    if row.state is GoalState.REACHED:
        raise StateError("enough have joined: it is being made", where=where)
    if row.state is GoalState.LAPSED or at >= row.until:
        raise StateError("its date has passed: nobody has ordered anything", where=where)


def _campaign(session: Session, campaign_id: int) -> CampaignRow:
    found = session.get(CampaignRow, campaign_id)
    if found is None:
        raise UnknownError(f"there is no campaign {campaign_id}")
    return found


def _design(session: Session, design_id: int) -> DesignRow:
    found = session.get(DesignRow, design_id)
    if found is None:
        raise UnknownError(f"there is no design {design_id}")
    return found


def _view(row: CampaignRow, actor: Actor) -> CampaignView:
    standing: Sequence[JoinRow] = [each for each in row.joins if each.withdrawn_at is None]
    return CampaignView(
        id=row.id, what=row.what, design_id=row.design_id, design=row.design.name if row.design else None,
        wanted=row.wanted,
        joined=sum(each.pieces for each in standing), people=len({each.who for each in standing}), until=row.until,
        state=row.state, opened_at=row.opened_at, opened_by=row.opened_by, settled_at=row.settled_at,
        builds=sorted({each.build_id for each in row.joins if each.build_id is not None}),
        joins=[
            JoinView(
                id=each.id, who=each.who, design_id=each.design_id, pieces=each.pieces, at=each.at,
                withdrawn_at=each.withdrawn_at, build_id=each.build_id,
            )
            for each in row.joins
            if actor.known
        ],
    )  # fmt: skip
