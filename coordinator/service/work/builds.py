"""Builds: ordered from a design, seen task by task and lot by lot, reported piece by piece."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from bom.graph import task_graph
from bom.reader import read_bill
from commons.licences.parties import Purpose
from coordinator.builds import open_build
from coordinator.report import as_built
from coordinator.schema.builds import BuildRow, BuildState, DesignRow, PlanRow, TaskRow, TaskState
from coordinator.schema.network import LabRow
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor, Right
from coordinator.service.designs.designs import Designs
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from coordinator.service.supplies.sources import note_sources
from machines.lab import FirstArticle

__all__ = ["BuildView", "Builds", "PlanView", "build_view", "order_in", "require_tender"]

_WITH_DESIGN = joinedload(OrderRow.build).joinedload(BuildRow.design)
Counts = Mapping[TaskState, int]
_NETWORK = "the network of this coordinator"  # stands where an order of one folder names its labs file


class BuildView(View):
    """An order. `planning` says that a new plan is on its way; `tasks` counts them by state.

    `purpose` is what licences tell apart, null where nobody has said.
    """

    id: int
    design_id: int
    design: str
    design_sha256: str
    quantity: int
    state: BuildState
    ordered_by: str
    opened_at: datetime
    finished_at: datetime | None
    due_at: datetime | None
    deliver_to: str | None
    lead_days: float
    checked: bool
    first_article: FirstArticle | None
    purpose: Purpose | None
    planning: bool
    tasks: dict[str, int]


class PlanView(View):
    """The newest plan of a build; `document` is what docs/plan.md describes."""

    made_at: datetime
    why: str
    document: dict[str, Any]


class Builds:
    """What is ordered."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs

    def order(
        self, call: Call, design_id: int, quantity: int, *, due_at: datetime | None = None,
        deliver_to: str | None = None, lead_days: float = 3.0, checked: bool = False,
        then: Callable[[Change, OrderRow], None] | None = None,
        first_article: FirstArticle | None = None, purpose: Purpose | None = None,
    ) -> BuildView:  # fmt: skip
        """Order a design.

        Args:
            call: who asks.
            design_id: of an imported design.
            quantity: how many.
            due_at: by when it is wanted: the planner is late as little as it can, and says so where it is.
            deliver_to: to which lab, or None.
            lead_days: how long a purchase is assumed to take.
            checked: whether a peer is to check every piece before its task is done.
            then: what else is done with the new build in the same transaction, or None.
            first_article: when a peer is to check the first run of a batch before the rest starts; None where each lab
                says that itself.
            purpose: what it is for, which licences tell apart; None where that is not said.

        Raises:
            ForbiddenError: who asks may order nothing.
            UnknownError: there is no such design, or no such lab to deliver to.
        """
        call.actor.require(Right.ORDER)
        with self._designs.opened(design_id) as design:
            bill = read_bill(design)
            graph = task_graph(bill, quantity=quantity)

            def work(change: Change) -> BuildView:
                if deliver_to is not None and change.session.get(LabRow, deliver_to) is None:
                    raise UnknownError(f"there is no lab {deliver_to!r}", where="deliver_to")
                row = change.session.get_one(DesignRow, design_id)
                build = open_build(
                    change.session, design, graph, quantity, _NETWORK, change.at, row=row, who=change.who,
                    first_article=first_article, purpose=purpose,
                )  # fmt: skip
                change.session.flush()
                order = OrderRow(
                    build_id=build.id, ordered_by=change.who, due_at=due_at, deliver_to=deliver_to,
                    lead_days=lead_days, checked=checked, plan_wanted=1, plan_made=0, plan_why="first plan",
                )  # fmt: skip
                change.session.add(order)
                note_sources(change.session, build, bill, graph)
                change.session.flush()
                if then is not None:
                    then(change, order)
                    change.session.flush()
                return build_view(change.session, order)

            return self._house.perform(call, BuildView, work)

    def all(self, *, after: str | None = None, limit: int = 50) -> Page[BuildView]:
        """Every build, the oldest first."""
        return self._listed(after, limit, falling=False)

    def newest(self, *, after: str | None = None, limit: int = 50) -> Page[BuildView]:
        """Every build, the newest first."""
        return self._listed(after, limit, falling=True)

    def _listed(self, after: str | None, limit: int, *, falling: bool) -> Page[BuildView]:
        counts: dict[int, Counts] = {}
        with self._house.reading() as session:
            return page_of(
                session, select(OrderRow).options(_WITH_DESIGN), OrderRow.build_id,
                lambda row: _view(row, counts.get(row.build_id, {})), after=after, limit=limit, falling=falling,
                first=lambda rows: counts.update(_counts(session, [row.build_id for row in rows])),
            )  # fmt: skip

    def of_design(self, design_id: int, limit: int = 50) -> list[BuildView]:
        """The builds of a design, the newest first."""
        query = select(OrderRow).join(BuildRow).where(BuildRow.design_id == design_id).options(_WITH_DESIGN)
        with self._house.reading() as session:
            rows = session.scalars(query.order_by(OrderRow.build_id.desc()).limit(limit)).all()
            counts = _counts(session, [row.build_id for row in rows])
            return [_view(row, counts.get(row.build_id, {})) for row in rows]

    def one(self, build_id: int) -> BuildView:
        """One build.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            return build_view(session, order_in(session, build_id))

    def plan(self, build_id: int) -> PlanView:
        """The newest plan of a build.

        Raises:
            UnknownError: there is no such build, or no plan of it yet.
        """
        with self._house.reading() as session:
            order_in(session, build_id)
            newest = select(PlanRow).where(PlanRow.build_id == build_id).order_by(PlanRow.id.desc()).limit(1)
            row = session.scalars(newest).first()
            if row is None:
                raise UnknownError(f"there is no plan of build {build_id} yet", hint="ask again in a while")
            return PlanView(made_at=row.made_at, why=row.why, document=row.document)

    def report(self, build_id: int) -> dict[str, Any]:
        """The as-built report so far.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            build = order_in(session, build_id).build
            return as_built(session, build, simulated=self._house.settings.simulated)


def order_in(session: Session, build_id: int) -> OrderRow:
    """The order of a build.

    Raises:
        UnknownError: there is no such build.
    """
    found = session.get(OrderRow, build_id)
    if found is None:
        raise UnknownError(f"there is no build {build_id}")
    return found


def require_tender(session: Session, actor: Actor, build_id: int) -> OrderRow:
    """The order of a build, for who ordered it and for stewards.

    Raises:
        UnknownError: there is no such build.
        ForbiddenError: who asks is neither.
    """
    order = order_in(session, build_id)
    if order.ordered_by != actor.id:
        actor.require(Right.TEND_BUILD)
    return order


def build_view(session: Session, order: OrderRow) -> BuildView:
    """An order as the outside sees it."""
    return _view(order, _counts(session, [order.build_id]).get(order.build_id, {}))


def _counts(session: Session, builds: Sequence[int]) -> Mapping[int, Counts]:
    """By build, how many tasks it has in each state."""
    by = (TaskRow.build_id, TaskRow.state)
    found: dict[int, dict[TaskState, int]] = defaultdict(dict)
    for build, state, count in session.execute(select(*by, func.count()).where(by[0].in_(builds)).group_by(*by)):
        found[build][state] = count
    return found


def _view(order: OrderRow, counts: Counts) -> BuildView:
    build: BuildRow = order.build
    return BuildView(
        id=build.id,
        design_id=build.design_id,
        design=build.design.name,
        design_sha256=build.design.content_hash,
        quantity=build.quantity,
        state=build.state,
        ordered_by=order.ordered_by,
        opened_at=build.opened_at,
        finished_at=build.finished_at,
        due_at=order.due_at,
        deliver_to=order.deliver_to,
        lead_days=order.lead_days,
        checked=order.checked,
        first_article=build.first_article,
        purpose=build.purpose,
        planning=order.plan_wanted > order.plan_made,
        tasks={str(state): counts.get(state, 0) for state in TaskState},
    )
