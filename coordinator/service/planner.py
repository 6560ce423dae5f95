"""Plans builds by itself, after each change, one planner a store at a time.

What labs have accepted keeps its machine; what runs, or is made, stays where and when it is; the work of other builds
is time in which a machine is not to be had. Thinking happens outside of any transaction: when it ends, what was decided
meanwhile stands, and is seen by the next plan.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bom.bill import Bill
from bom.graph import task_graph
from bom.reader import read_bill
from coordinator.builds import decide, give_up, propose, withdraw_strangers
from coordinator.first_articles import waive, with_first_articles
from coordinator.lots import firm_work, live_job, lots_of, open_offer
from coordinator.measuring import cache_folder
from coordinator.person import Answer, by_policy
from coordinator.plan_document import plan_document
from coordinator.planning import BuildPlan, plan_build
from coordinator.service.claims import close_claim, open_claims
from coordinator.service.designs import Designs
from coordinator.service.house import Change, House
from coordinator.service.recipes import Recipe, Terms, combined, opened_version
from coordinator.service.standing import as_it_stands
from coordinator.service.substitutions import substitutes_in
from coordinator.service_tables import ClaimRow, ClaimState, OrderRow
from coordinator.tables import BuildRow, BuildState, JobRow, JobState, LotRow, OfferRow
from coordinator.toolpaths import with_toolpaths
from coordinator.work import Firm, Workload, form_lots
from core.errors import FabcommonsError
from designs.design import Design
from machines.lab import Lab, Network
from machines.matching import Verdict
from machines.period import Period
from machines.toolpaths.cache import ToolpathCache

__all__ = ["Planner"]

_LOG = logging.getLogger("fabcommons")
_BUSY = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A build that wants a plan; `seen` counts the changes that the plan will have seen."""

    build_id: int
    terms: Terms
    lead_days: float
    due: datetime | None
    seen: int
    why: str


class Planner:
    """Who makes what when."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs
        self._open = ExitStack()
        self._last: tuple[int, Design, Bill] | None = None

    def plan_next(self) -> int | None:
        """Plan the build that has waited longest, of equals the most urgent; returns its id, or None."""
        order = self._next()
        if order is None:
            return None
        try:
            self._plan(order)
        except FabcommonsError as error:  # no plan is possible: what has no home says why
            self._give_up(order, str(error))
        except Exception:  # noqa: BLE001 - one build's design must not keep all others from being planned
            _LOG.exception("build %s could not be planned", order.build_id)
            self._give_up(order, "planning met an error of the program; its log has more")
        return order.build_id

    def _next(self) -> _Wish | None:
        waiting = (
            select(OrderRow)
            .join(BuildRow, BuildRow.id == OrderRow.build_id)
            .where(OrderRow.plan_wanted > OrderRow.plan_made, BuildRow.state == BuildState.OPEN)
        )
        with self._house.reading() as session:
            urgent = (OrderRow.plan_made, OrderRow.due_at.is_(None), OrderRow.due_at, OrderRow.build_id)
            row = session.scalars(waiting.order_by(*urgent).limit(1)).first()
            if row is None:
                return None
            build = row.build
            return _Wish(build.id, Terms.of(session, build), row.lead_days, row.due_at, row.plan_wanted, row.plan_why)

    def _give_up(self, order: _Wish, why: str) -> None:
        with self._change(order) as change:
            build = change.session.get_one(BuildRow, order.build_id)
            if build.state is BuildState.OPEN:
                give_up(change.session, build, change.at, why)

    def _plan(self, order: _Wish) -> None:
        with self._house.change("coordinator") as change:
            network = self._house.networks.of(change.session)
            if network is not None:
                build = change.session.get_one(BuildRow, order.build_id)
                withdraw_strangers(change.session, build, network, change.at)
                waive(change.session, build, network, change.at)
                network = as_it_stands(change.session, network, change.at, {order.build_id})
        if network is None:
            raise FabcommonsError("there is no lab yet")
        with ExitStack() as stack:
            self._plan_by(order, network, self._recipe(stack, order))

    def _recipe(self, stack: ExitStack, order: _Wish) -> Recipe:
        """What the build is made by; other versions that its tasks follow are open until the stack closes."""
        design, bill = self._opened(order.terms.design_id)
        base = Recipe(design, task_graph(bill, quantity=order.terms.quantity))
        others = sorted(set(order.terms.versions.values()))
        opened = {each: opened_version(stack, self._designs, each, order.terms.quantity) for each in others}
        return combined(base, order.terms, opened)

    def _plan_by(self, order: _Wish, network: Network, recipe: Recipe) -> None:
        design, graph = recipe.design, recipe.graph
        now = self._house.clock.now()
        firm, claims, free = self._standing(order, network, now)
        workload = self._workload(order, recipe, network, firm, claims)
        plan = plan_build(
            workload, graph, free, now,
            lead_days=order.lead_days, seconds=self._house.settings.plan_seconds, firm=_with(firm, claims),
            due=order.due,
        )  # fmt: skip
        plan = with_toolpaths(plan, design, ToolpathCache(cache_folder() / "toolpaths"))
        self._settle(order, network, plan, claims)

    def _opened(self, design_id: int) -> tuple[Design, Bill]:
        """A design and its bill; the last one stays open, because a build is planned many times over."""
        if self._last is None or self._last[0] != design_id:
            self.close()
            design = self._open.enter_context(self._designs.opened(design_id))
            self._last = (design_id, design, read_bill(design))
        return self._last[1:]

    def close(self) -> None:
        """Let go of the design that was planned last."""
        self._last = None
        self._open.close()

    def _standing(self, order: _Wish, network: Network, now: datetime) -> tuple[Firm, dict[str, ClaimRow], Network]:
        """What a new plan must leave as it is: firm work, open claims by lot, and the machines' time for others."""
        with self._house.reading() as session:
            build = session.get_one(BuildRow, order.build_id)
            firm = with_first_articles(session, build, network, firm_work(session, build, now))
            claims = {claim.lot.key: claim for claim in open_claims(session, order.build_id)}
            return firm, claims, _less_others(session, network, order.build_id, now)

    def _workload(
        self, order: _Wish, recipe: Recipe, network: Network, firm: Firm, claims: dict[str, ClaimRow]
    ) -> Workload:
        """The lots and their machines; claims for a machine that surely cannot are refused and taken out."""
        with self._house.reading() as session:
            substitutes = substitutes_in(session, order.build_id)

        def formed() -> Workload:
            whole = _with(firm, claims)
            return form_lots(recipe.design, recipe.graph, network, whole, substitutes=substitutes)

        workload = formed()
        impossible = [
            (claims.pop(lot.id), lot.candidates[0].match.text)
            for lot in workload.lots
            if lot.id in claims and lot.candidates and lot.candidates[0].match.verdict is Verdict.NO
        ]
        if not impossible:
            return workload
        with self._house.change("coordinator") as change:
            for claim, why in impossible:
                mine = change.session.get_one(ClaimRow, claim.id)
                if mine.state is ClaimState.OPEN:
                    close_claim(change, mine, ClaimState.REFUSED, why)
        return formed()

    def _settle(self, order: _Wish, network: Network, plan: BuildPlan, claims: dict[str, ClaimRow]) -> None:
        """Store the plan, and answer at once what claims and the labs' policies answer."""
        with self._change(order) as change:
            session = change.session
            build = session.get_one(BuildRow, order.build_id)
            if build.state is not BuildState.OPEN or Terms.of(session, build) != order.terms:
                return  # it was cancelled or moved meanwhile: what was planned is of no use
            propose(session, build, plan, plan_document(plan), self._house.files, change.at, order.why)
            session.flush()
            expires = change.at + timedelta(hours=self._house.settings.offer_hours)
            for lot in lots_of(session, build):
                offer = open_offer(lot)
                if offer is None or live_job(lot) is not None:
                    continue
                offer.expires_at = offer.expires_at or expires
                self._answer(change, build, offer, network, claims.get(lot.key))

    def _answer(
        self, change: Change, build: BuildRow, offer: OfferRow, network: Network, claim: ClaimRow | None
    ) -> None:
        session = change.session
        mine = session.get_one(ClaimRow, claim.id) if claim is not None else None
        answer: Answer | None
        if mine is not None and mine.state is ClaimState.OPEN and mine.machine == offer.machine:
            answer = Answer(True, mine.claimed_by, mine.why or "claimed")
            close_claim(change, mine, ClaimState.HONOURED, f"as offer {offer.id}")
        else:
            answer = by_policy(network.lab(offer.lab).policy, Verdict(offer.verdict))
        if answer is not None:
            decide(session, build, offer, answer, network, change.at)

    @contextmanager
    def _change(self, order: _Wish) -> Iterator[Change]:
        """A change that also notes which changes the plan has seen; what came later asks for another plan."""
        with self._house.change("coordinator") as change:
            row = change.session.get_one(OrderRow, order.build_id)
            row.plan_made = max(row.plan_made, order.seen)
            yield change


def _with(firm: Firm, claims: dict[str, ClaimRow]) -> Firm:
    """Claimed lots stand at the machine that claims them, as accepted ones do."""
    return replace(firm, machines={**firm.machines, **{key: claim.machine for key, claim in claims.items()}})


def _less_others(session: Session, network: Network, build_id: int, now: datetime) -> Network:
    """The network with machines not to be had while they work for other builds."""
    others = or_(JobRow.build_id != build_id, LotRow.retired_at.is_not(None))
    query = select(JobRow).join(LotRow).where(others, JobRow.state.in_(_BUSY), JobRow.planned_end > now)
    taken: dict[str, list[tuple[datetime, datetime]]] = {}
    for job in session.scalars(query):
        taken.setdefault(job.machine, []).append((job.planned_start, job.planned_end))
    if not taken:
        return network
    labs = tuple(
        replace(
            lab,
            machines=tuple(
                replace(each, maintenance=(*each.maintenance, *(_busy(lab, *span) for span in taken.get(each.id, ()))))
                for each in lab.machines
            ),
        )
        for lab in network.labs
    )
    return replace(network, labs=labs)


def _busy(lab: Lab, start: datetime, end: datetime) -> Period:
    zone = ZoneInfo(lab.zone)
    first, last = (each.astimezone(zone).replace(tzinfo=None, microsecond=0) for each in (start, end))
    return Period(first, max(last, first) + timedelta(seconds=1), why="work for another build")
