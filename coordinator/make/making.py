"""The main job: a design goes in, pieces come out.

One `Making` holds one order in one folder: database, files, machine links and journals. Begun again in the same
folder, it goes on where the last one stopped, however that stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bom.graph import TaskGraph
from commons.licences.advice import Advice
from commons.licences.parties import Making as _Case
from commons.licences.parties import Purpose
from coordinator.answers import Answer
from coordinator.builds import (
    builds_of,
    decide,
    give_up,
    open_build,
    propose,
    same_order,
    withdraw_strangers,
)
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.first_articles import waive, with_first_articles, with_first_articles_of
from coordinator.folder import OrderFolder
from coordinator.licence_tree import LicenceTree, read_licence_tree
from coordinator.lots import firm_work, homeless, lots_of, open_offer
from coordinator.make.dispatch import Dispatcher, Live
from coordinator.make.pace import Pace
from coordinator.make.person import Person, StandIn
from coordinator.make.workshop import Workshop
from coordinator.plans.measuring import cache_folder
from coordinator.plans.plan_document import plan_document
from coordinator.plans.planning import BuildPlan, plan_build
from coordinator.plans.toolpaths import with_toolpaths
from coordinator.plans.work import NOTHING_FIRM, Firm, form_lots
from coordinator.report import as_built
from coordinator.schema.builds import BuildRow, BuildState, EventRow, OfferRow, OfferState, PlanRow, TaskState
from coordinator.store import Store
from core.errors import PlanError, StateError
from core.makers import Maker
from designs.design import Design
from machines.calibration import Calibration
from machines.lab import Lab, Network, Policy
from machines.matching import Verdict, Visitor
from machines.toolpaths.cache import ToolpathCache

__all__ = ["Begin", "Making", "Order", "last_moment"]


class Begin(StrEnum):
    """How an order begins."""

    NEW = "new"
    TAKEN_UP = "taken up"  # an earlier start was interrupted
    COMPLETE = "complete"  # it is made and reported


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
        learned: what machines' own runs taught, by machine id.
        visitor: who runs the machines; None when the labs' own people do.
        purpose: what it is for, which licences tell apart; None where nobody has said.
        permitted: how what the licence asks is settled; "" where that is for the labs' people to say.
    """

    design: Design
    graph: TaskGraph
    network: Network
    labs_file: str
    quantity: int = 1
    lead_days: float = 3.0
    plan_seconds: float = 10.0
    learned: Mapping[str, Calibration] = field(default_factory=dict)
    visitor: Visitor | None = None
    purpose: Purpose | None = None
    permitted: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """An open offer: the work in words, to which lab, whether its machine can and why, what the licence asks of it."""

    offer_id: int
    work: str
    lab: Lab
    verdict: Verdict
    terms: str
    licence: Advice


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

    async def prepare(self, *, again: bool = False) -> Begin:
        """Plan and offer the order, or take it up again.

        Args:
            again: make a complete order once more.

        Raises:
            PlanError: nothing of it can be planned.
            StateError: the folder holds another order that is not complete.
        """
        begin = self._find(again=again)
        if begin is Begin.COMPLETE:
            return begin
        if begin is Begin.NEW:
            plan = await asyncio.to_thread(self._plan, self._nothing_firm())
            with self._store.transaction() as session:
                order, now = self._order, self._pace.now()
                build = open_build(
                    session, order.design, order.graph, order.quantity, order.labs_file, now, purpose=order.purpose
                )
                self._build_id = build.id
                self._propose(session, build, plan, "first plan")
        elif self._has_loose_ends():
            await self._plan_rest("the order is taken up again")
        await self._settle_offers()
        return begin

    def licence_lines(self) -> list[str]:
        """What the licence asks of whoever makes the whole: a sentence, or one for each kind of maker that matters."""
        order = self._order

        def asked(maker: Maker | None) -> Advice:
            return self._licences.asks("assemble", None, _Case(maker, order.purpose, ordered=True))

        if asked(None).is_free:
            return [asked(None).sentence]
        return [asked(each).sentence for each in dict.fromkeys(lab.maker for lab in order.network.labs)]

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
            replan=self._replan,
            live=self.live,
        )
        await dispatcher.carry_out()

    def plan(self) -> dict[str, Any]:
        """The newest plan, as `coordinator.plans.plan_document` writes it."""
        query = select(PlanRow.document).where(PlanRow.build_id == self._build_id).order_by(PlanRow.id.desc())
        with self._store.reading() as session:
            document: dict[str, Any] = session.scalars(query.limit(1)).one()
        return document

    def report(self) -> dict[str, Any]:
        """The as-built report so far."""
        simulated = isinstance(self._person, StandIn)
        with self._store.reading() as session:
            return as_built(session, session.get_one(BuildRow, self._build_id), simulated=simulated)

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

    def _find(self, *, again: bool) -> Begin:
        """Look for the order in the folder."""
        order = self._order
        with self._store.reading() as session:
            builds = builds_of(session)
            mine = [b for b in builds if same_order(b, order.design.content_hash, order.quantity, order.labs_file)]
            self._build_id = mine[0].id if mine else 0
            states = [build.state for build in mine]
            others = [build for build in builds if build not in mine and build.state is BuildState.OPEN]
        if others:
            what = f"{others[0].quantity} x {others[0].design.name}"
            hint = "give another --dir"
            raise StateError(f"this folder holds an order of {what} that is not complete", hint=hint)
        if not states or (states[0] is BuildState.REPORTED and again):
            return Begin.NEW
        return Begin.COMPLETE if states[0] is BuildState.REPORTED else Begin.TAKEN_UP

    def _has_loose_ends(self) -> bool:
        """Whether something of a build that is taken up has no place (any more)."""
        with self._store.transaction() as session:
            build = session.get_one(BuildRow, self._build_id)
            withdraw_strangers(session, build, self._order.network, self._pace.now())
            waive(session, build, self._order.network, self._pace.now())
            unplaceable = any(task.state is TaskState.UNPLACEABLE for task in build.tasks)
            return unplaceable or bool(homeless(session, build))

    async def _replan(self, why: str) -> None:
        """Plan what is not firm again and have it offered; what cannot be planned is left, and says why."""
        try:
            await self._plan_rest(why)
        except PlanError as error:
            with self._store.transaction() as session:
                give_up(session, session.get_one(BuildRow, self._build_id), self._pace.now(), str(error))
        await self._settle_offers()

    async def _plan_rest(self, why: str) -> None:
        """Plan and propose what is not firm; what labs have accepted keeps its machine."""
        with self._store.reading() as session:
            build = session.get_one(BuildRow, self._build_id)
            firm = with_first_articles(session, build, self._order.network, firm_work(session, build, self._pace.now()))
        plan = await asyncio.to_thread(self._plan, firm)
        with self._store.transaction() as session:
            self._propose(session, session.get_one(BuildRow, self._build_id), plan, why)

    def _nothing_firm(self) -> Firm:
        """Nothing of a new order stands; what was made in this folder before needs no first article again."""
        order = self._order
        with self._store.reading() as session:
            return with_first_articles_of(session, order.design, order.graph, order.network, NOTHING_FIRM)

    def _plan(self, firm: Firm) -> BuildPlan:
        order, now = self._order, self._pace.now()
        workload = form_lots(order.design, order.graph, order.network, firm, order.learned, order.visitor)
        lead_days, seconds = order.lead_days, order.plan_seconds
        plan = plan_build(workload, order.graph, order.network, now, lead_days=lead_days, seconds=seconds, firm=firm)
        return with_toolpaths(plan, order.design, ToolpathCache(cache_folder() / "toolpaths"))

    def _propose(self, session: Session, build: BuildRow, plan: BuildPlan, why: str) -> None:
        propose(session, build, plan, plan_document(plan), self._files, self._pace.now(), why)

    async def _settle_offers(self) -> None:
        """Ask for an answer to every open offer, once; declined work has no home then, and is planned again."""
        asked: set[int] = set()
        while question := self._next_offer(asked):
            asked.add(question.offer_id)
            answer = await self._ask(question)
            if answer is None:
                continue
            with self._store.transaction() as session:
                build, offer = session.get_one(BuildRow, self._build_id), session.get_one(OfferRow, question.offer_id)
                if offer.state is OfferState.OFFERED:
                    if answer.yes and not question.licence.is_free:
                        self._note_licence(session, question, answer)
                    decide(session, build, offer, answer, self._order.network, self._pace.now())

    async def _ask(self, question: _Question) -> Answer | None:
        """What the lab's policy or a person answers; what a licence leaves open no policy settles."""
        lab, terms = question.lab, question.terms
        if question.licence.is_free or self._order.permitted:
            return await self._person.answer_offer(question.work, lab.policy, question.verdict, terms)
        terms = f"{terms}; licence: {question.licence.sentence}" if terms else f"licence: {question.licence.sentence}"
        return await self._person.answer_offer(question.work, Policy.ASKS, question.verdict, terms)

    def _note_licence(self, session: Session, question: _Question, answer: Answer) -> None:
        """The same event as in a service: who has settled what the licence asks, and how."""
        who, why = ("order", self._order.permitted) if self._order.permitted else (answer.who, answer.why)
        record(
            session, self._pace.now(), "licence.settled", f"offer {question.offer_id}", who=who, why=why,
            lab=question.lab.id, sentence=question.licence.sentence, maker=question.lab.maker,
            purpose=self._order.purpose,
        )  # fmt: skip

    @cached_property
    def _licences(self) -> LicenceTree:
        """Of the design and its parts."""
        return read_licence_tree(self._order.design, (task.file for task in self._order.graph.order() if task.file))

    def _next_offer(self, asked: set[int]) -> _Question | None:
        """An open offer that was not asked about yet."""
        with self._store.reading() as session:
            for lot in lots_of(session, session.get_one(BuildRow, self._build_id)):
                offer = open_offer(lot)
                if offer is not None and offer.id not in asked:
                    lab = self._order.network.lab(offer.lab)
                    making = _Case(lab.maker, self._order.purpose, ordered=True)
                    licence = self._licences.asks(lot.task.kind, lot.task.file, making)
                    work = _in_words(offer, ZoneInfo(lab.zone))
                    return _Question(offer.id, work, lab, Verdict(offer.verdict), offer.terms, licence)
        return None


def _in_words(offer: OfferRow, zone: ZoneInfo) -> str:
    start, end = (moment.astimezone(zone) for moment in (offer.planned_start, offer.planned_end))
    return f"{offer.lot.pieces} x {offer.lot.task.name} on {offer.machine}, {start:%a %d %b %H:%M} to {end:%a %H:%M}"


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
