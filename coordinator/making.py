"""The main job: a design goes in, pieces come out.

One `Making` holds one order in one folder: database, files, machine links and journals. Begun again in the same
folder, it goes on where the last one stopped, however that stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bom.graph import TaskGraph
from coordinator.builds import (
    decide,
    declined,
    firm_work,
    leave,
    open_build,
    open_offers,
    propose,
    unfinished_build,
)
from coordinator.dispatch import Dispatcher, Live
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.folder import OrderFolder
from coordinator.pace import Pace
from coordinator.person import Person
from coordinator.plan_document import plan_document
from coordinator.planning import NOTHING_FIRM, BuildPlan, Firm, plan_build
from coordinator.report import as_built
from coordinator.store import Store
from coordinator.tables import BuildRow, BuildState, EventRow, OfferRow, PlanRow
from coordinator.work import form_runs
from coordinator.workshop import Workshop
from core.errors import PlanError
from designs.design import Design
from machines.lab import Network
from machines.matching import Verdict

__all__ = ["Making", "Order", "last_moment"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, and by whom.

    Attributes:
        design: open while the order is carried out.
        graph: its tasks.
        network: the labs.
        labs_file: where the labs stand, to recognise the same order again.
        quantity: how many.
        lead_days: how long a purchase is assumed to take.
        plan_seconds: how long the solver may look for better.
    """

    design: Design
    graph: TaskGraph
    network: Network
    labs_file: str
    quantity: int = 1
    lead_days: float = 3.0
    plan_seconds: float = 10.0


class Making:
    """One order on its way."""

    def __init__(self, folder: OrderFolder, order: Order, workshop: Workshop, pace: Pace, person: Person) -> None:
        """Open the folder, which the caller holds.

        Raises:
            StateError: its database cannot be opened.
        """
        self._store = Store(folder.database)
        self._files = FileStore(folder.files)
        self._order = order
        self._workshop = workshop
        self._pace = pace
        self._person = person
        self._build_id = 0
        self.live = Live()

    @property
    def store(self) -> Store:
        """The database, for whoever watches."""
        return self._store

    @property
    def build_id(self) -> int:
        """Of the build that is made; 0 before `prepare`."""
        return self._build_id

    def prepare(self) -> bool:
        """Plan and offer the order, or take it up again; True when it was taken up again.

        Raises:
            PlanError: nothing of it can be planned.
        """
        order = self._order
        with self._store.reading() as session:
            found = unfinished_build(session, order.design.content_hash, order.quantity, order.labs_file)
            self._build_id = found.id if found else 0
        if found is None:
            plan = self._plan()
            with self._store.transaction() as session:
                build = open_build(
                    session, order.design, order.graph, order.quantity, order.labs_file, self._pace.now()
                )
                self._build_id = build.id
                self._propose(session, build, plan, "first plan")
        self._settle_offers()
        return found is not None

    async def carry_out(self) -> None:
        """Make what can be made; returns when the rest waits for somebody."""
        dispatcher = Dispatcher(
            self._store,
            self._build_id,
            self._order.network,
            self._workshop,
            self._files,
            self._pace,
            self._person,
            remake=self._replan,
            live=self.live,
        )
        await dispatcher.carry_out()

    def plan(self) -> dict[str, Any]:
        """The newest plan, as `coordinator.plan_document` writes it."""
        query = select(PlanRow.document).where(PlanRow.build_id == self._build_id).order_by(PlanRow.id.desc())
        with self._store.reading() as session:
            document: dict[str, Any] = session.scalars(query.limit(1)).one()
        return document

    def report(self) -> dict[str, Any]:
        """The as-built report so far."""
        with self._store.reading() as session:
            return as_built(session, session.get_one(BuildRow, self._build_id))

    def mark_reported(self) -> None:
        """Note that the report of a finished build is written: the same order is then a new one."""
        with self._store.transaction() as session:
            build = session.get_one(BuildRow, self._build_id)
            if build.state is BuildState.FINISHED:
                build.state = BuildState.REPORTED
                record(session, self._pace.now(), "build.reported", f"build {build.id}")

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    # -- plans and offers

    def _plan(self, firm: Firm = NOTHING_FIRM, barred: frozenset[tuple[str, str]] = frozenset()) -> BuildPlan:
        order = self._order
        workload = form_runs(order.design, order.graph, order.network, barred=barred)
        return plan_build(
            workload,
            order.graph,
            order.network,
            self._pace.now(),
            lead_days=order.lead_days,
            seconds=order.plan_seconds,
            firm=firm,
        )

    def _propose(self, session: Session, build: BuildRow, plan: BuildPlan, why: str) -> None:
        propose(session, build, plan, plan_document(plan), self._files, self._pace.now(), why)

    def _replan(self, why: str) -> None:
        """Plan what is not firm again and have it offered; what cannot be planned is left, and says why."""
        try:
            self._plan_rest(why)
        except PlanError as error:
            self._give_up(str(error))
        self._settle_offers()

    def _plan_rest(self, why: str) -> None:
        """Plan and propose what is not firm; what labs have accepted keeps its machine."""
        with self._store.reading() as session:
            build = session.get_one(BuildRow, self._build_id)
            firm, barred = firm_work(session, build, self._pace.now()), declined(session, build)
        plan = self._plan(firm, barred)
        with self._store.transaction() as session:
            self._propose(session, session.get_one(BuildRow, self._build_id), plan, why)

    def _give_up(self, why: str) -> None:
        """No plan holds what was scrapped or declined: machines that run go on, the rest is for a person."""
        with self._store.transaction() as session:
            leave(session, session.get_one(BuildRow, self._build_id), self._pace.now(), why)

    def _settle_offers(self) -> None:
        """Have every open offer answered; declined work goes elsewhere."""
        asked: set[int] = set()
        while offer := self._next_offer(asked):
            asked.add(offer.id)
            lab = self._order.network.lab(offer.lab)
            work = _in_words(offer, ZoneInfo(lab.zone))
            answer = self._person.answer_offer(work, lab.policy, Verdict(offer.verdict), offer.terms)
            if answer is None:
                continue
            with self._store.transaction() as session:
                build, same = session.get_one(BuildRow, self._build_id), session.get_one(OfferRow, offer.id)
                decide(session, build, same, answer, self._order.network, self._pace.now())
            if not answer.yes:
                self._replan(f"{work} was declined")
                return

    def _next_offer(self, asked: set[int]) -> OfferRow | None:
        """An open offer that was not asked about yet, with its task."""
        with self._store.reading() as session:
            offers = open_offers(session, session.get_one(BuildRow, self._build_id))
            return next((offer for offer in offers if offer.id not in asked), None)


def _in_words(offer: OfferRow, zone: ZoneInfo) -> str:
    start, end = (moment.astimezone(zone) for moment in (offer.planned_start, offer.planned_end))
    return f"{offer.pieces} x {offer.task.name} on {offer.machine}, {start:%a %d %b %H:%M} to {end:%a %H:%M}"


def last_moment(folder: OrderFolder) -> datetime | None:
    """The moment of the last event in a folder's database, so that a fast clock never goes back; or None."""
    if not folder.database.exists():
        return None
    store = Store(folder.database)
    try:
        with store.reading() as session:
            return session.scalar(select(func.max(EventRow.at)))
    finally:
        store.close()
