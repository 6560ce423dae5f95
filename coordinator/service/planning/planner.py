"""Plans builds by itself, after each change, one planner a store at a time.

What labs have accepted keeps its machine; what runs, or is made, stays where and when it is; the work of other builds
is time in which a machine is not to be had. Only where a build would be late are those that share its machines planned
together with it: the least lateness of all counts first, then that little is moved. Thinking happens outside of any
transaction: when it ends, what was decided meanwhile stands, and is seen by the next plan.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.bill import Bill
from bom.graph import task_graph
from bom.reader import read_bill
from coordinator.answers import Answer, by_policy
from coordinator.builds import decide, give_up, propose, withdraw_strangers
from coordinator.computing import StoppedError
from coordinator.first_articles import waive, with_first_articles
from coordinator.lots import firm_work, live_job, lots_of, open_offer
from coordinator.plans.costs import costs_of
from coordinator.plans.measuring import cache_folder, measure_elsewhere
from coordinator.plans.plan_document import costs_document, plan_document
from coordinator.plans.planning import BuildPlan, Promised, Wanted, plan_build, plan_builds
from coordinator.plans.toolpaths import with_toolpaths
from coordinator.plans.work import Firm, Workload, form_lots
from coordinator.schema.builds import BuildRow, BuildState, OfferRow
from coordinator.schema.service import ClaimRow, ClaimState, OrderRow
from coordinator.service.changes.recipes import Recipe, Terms, combined, opened_version
from coordinator.service.changes.substitutions import substitutes_in
from coordinator.service.costing.keeping import keep_planned
from coordinator.service.designs.designs import Designs
from coordinator.service.house import Change, House
from coordinator.service.licensing.asking import Asker
from coordinator.service.machinery.standing import as_it_stands
from coordinator.service.planning.others import expected_end, less_others, pooled_with, promises_of, rivals_of
from coordinator.service.planning.tidings import standing_in, tell
from coordinator.service.work.claims import answers_for_lab, close_claim, open_claims
from core.errors import FabcommonsError, PlanError
from designs.design import Design
from geometry.part import PART_SUFFIXES
from machines.lab import Network
from machines.matching import Verdict
from machines.toolpaths.cache import ToolpathCache

__all__ = ["Planner"]

_LOG = logging.getLogger("fabcommons")
_LIMIT_S = 900.0  # for one plan; what would take longer is given up, and says so
_WORTH = timedelta(minutes=15)  # others make way for no less


@dataclass(frozen=True, slots=True)
class _Wish:
    """A build that wants a plan; `seen` counts the changes that the plan will have seen."""

    build_id: int
    terms: Terms
    lead_days: float
    due: datetime | None
    seen: int
    why: str

    @classmethod
    def of(cls, session: Session, order: OrderRow, why: str | None = None) -> _Wish:
        """As a build is now."""
        terms = Terms.of(session, order.build)
        return cls(order.build_id, terms, order.lead_days, order.due_at, order.plan_wanted, why or order.plan_why)

    def lateness(self, end: datetime | None) -> timedelta:
        """By how much an end is later than what was asked for."""
        return max(end - self.due, timedelta(0)) if self.due is not None and end is not None else timedelta(0)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the planner knows of a build when it begins to think.

    Attributes:
        wish: what is wanted.
        recipe: what it is made by.
        firm: what stands.
        claims: open ones, by lot.
        workload: its lots and the machines for each.
        promised: where work stands that is moved only where that pays.
        end: when it ends as it is planned now.
    """

    wish: _Wish
    recipe: Recipe
    firm: Firm
    claims: dict[str, ClaimRow]
    workload: Workload
    promised: Mapping[str, Promised]
    end: datetime | None

    @property
    def machines(self) -> set[str]:
        """That could do what is not done yet."""
        return {each.machine.id for lot in self.workload.lots for each in lot.candidates}

    def wanted(self) -> Wanted:
        """As one of several that are planned together."""
        wish, firm = self.wish, _with(self.firm, self.claims)
        graph, promised = self.recipe.graph, self.promised
        return Wanted(self.workload, graph, wish.lead_days, firm, wish.due, promised, name=str(wish.build_id))


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
        except StoppedError:  # the process ends; it is planned by the next one
            return None
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
            return _Wish.of(session, row)

    def _give_up(self, order: _Wish, why: str) -> None:
        with self._change(order) as change:
            build = change.session.get_one(BuildRow, order.build_id)
            if build.state is BuildState.OPEN:
                give_up(change.session, build, change.at, why)

    def _plan(self, wish: _Wish) -> None:
        network = self._network(wish.build_id)
        now = self._house.clock.now()
        with ExitStack() as stack:
            planned = self._pooled(stack, wish, network, now) or self._alone(stack, wish, network, now)
            cache = ToolpathCache(cache_folder() / "toolpaths")
            computer = self._house.computer
            sliced = [(each, with_toolpaths(plan, each.recipe.design, cache, computer)) for each, plan in planned]
            self._settle(network, sliced)

    def _pooled(
        self, stack: ExitStack, wish: _Wish, network: Network, now: datetime
    ) -> list[tuple[_Draft, BuildPlan]] | None:
        """A plan with the builds that a campaign has ordered together with it; None where there are none.

        As long as any of them has work to come they are planned as one, so that what was put in a row stays in a row.
        """
        with self._house.reading() as session:
            others = [session.get_one(OrderRow, each) for each in pooled_with(session, wish.build_id)]
            why = f"ordered together with build {wish.build_id}"
            wishes = [wish, *(_Wish.of(session, each, why) for each in others)]
        return self._as_one(stack, wishes, network, now, set_ups_shared=True) if others else None

    def _alone(self, stack: ExitStack, wish: _Wish, network: Network, now: datetime) -> list[tuple[_Draft, BuildPlan]]:
        """A plan of a build by itself, or, where it would be late, one in which others make way."""
        free = self._free(network, {wish.build_id}, now)
        draft = self._draft(stack, wish, free, now, keep=True)
        alone = self._house.computer.run(
            _LIMIT_S, plan_build, draft.workload, draft.recipe.graph, free, now,
            lead_days=wish.lead_days, seconds=self._house.settings.plan_seconds,
            firm=_with(draft.firm, draft.claims), due=wish.due,
        )  # fmt: skip
        late = wish.lateness(alone.end) > _WORTH
        return (self._together(stack, draft, alone, network, now) if late else None) or [(draft, alone)]

    def _as_one(
        self, stack: ExitStack, wishes: Sequence[_Wish], network: Network, now: datetime, *,
        set_ups_shared: bool = False,
    ) -> list[tuple[_Draft, BuildPlan]] | None:  # fmt: skip
        """The plans of several builds as one problem, the first that which was asked for; None where there is none."""
        free = self._free(network, {each.build_id for each in wishes}, now)
        drafts = [self._draft(stack, wish, free, now, keep=wish is wishes[0]) for wish in wishes]
        seconds = self._house.settings.plan_seconds
        try:
            plans = self._house.computer.run(
                _LIMIT_S, plan_builds, [each.wanted() for each in drafts], free, now, seconds=3 * seconds, work=seconds,
                set_ups_shared=set_ups_shared,
            )  # fmt: skip
        except PlanError:
            return None
        return list(zip(drafts, plans, strict=True))

    def _network(self, build_id: int) -> Network:
        """The labs as they stand; what a build has accepted for machines that have left is taken back.

        Raises:
            FabcommonsError: there is no lab.
        """
        with self._house.change("coordinator") as change:
            network = self._house.networks.of(change.session)
            if network is None:
                raise FabcommonsError("there is no lab yet")
            build = change.session.get_one(BuildRow, build_id)
            withdraw_strangers(change.session, build, network, change.at)
            waive(change.session, build, network, change.at)
            return network

    def _free(self, network: Network, builds: Collection[int], now: datetime) -> Network:
        """The labs as they stand, their machines not to be had while they work for others than these builds."""
        with self._house.reading() as session:
            return less_others(session, as_it_stands(session, network, now, builds), builds, now)

    def _together(
        self, stack: ExitStack, draft: _Draft, alone: BuildPlan, network: Network, now: datetime
    ) -> list[tuple[_Draft, BuildPlan]] | None:
        """A plan in which others make way for a build that would be late; None where that does not pay.

        Others keep the machines that they have accepted; their times move as little as can be.
        """
        with self._house.reading() as session:
            rivals = rivals_of(session, draft.wish.build_id, draft.machines)
            orders = [session.get_one(OrderRow, each) for each in rivals]
            why = f"build {draft.wish.build_id} would be late"
            wishes = [draft.wish, *(_Wish.of(session, each, why) for each in orders)]
        planned = self._as_one(stack, wishes, network, now) if rivals else None
        if planned is None:
            return None
        ends = [alone.end, *(each.end for each, _ in planned[1:])]
        before = sum((each.wish.lateness(end) for (each, _), end in zip(planned, ends, strict=True)), timedelta(0))
        after = sum((each.wish.lateness(plan.end) for each, plan in planned), timedelta(0))
        return planned if after + _WORTH <= before else None

    def _draft(self, stack: ExitStack, wish: _Wish, network: Network, now: datetime, *, keep: bool) -> _Draft:
        """What is to be planned of a build; its design is open until the stack closes, or longer where it is kept."""
        recipe = self._recipe(stack, wish, keep=keep)
        with self._house.reading() as session:
            build = session.get_one(BuildRow, wish.build_id)
            firm = with_first_articles(session, build, network, firm_work(session, build, now))
            claims = {claim.lot.key: claim for claim in open_claims(session, wish.build_id)}
            promised, end = promises_of(session, build), expected_end(session, build)
        workload = self._workload(wish, recipe, network, firm, claims)
        return _Draft(wish, recipe, firm, claims, workload, promised, end)

    def _recipe(self, stack: ExitStack, wish: _Wish, *, keep: bool) -> Recipe:
        """What the build is made by; other versions that its tasks follow are open until the stack closes."""
        design, bill = self._opened(stack, wish.terms.design_id, keep=keep)
        base = Recipe(design, bill, task_graph(bill, quantity=wish.terms.quantity))
        others = sorted(set(wish.terms.versions.values()))
        opened = {each: opened_version(stack, self._designs, each, wish.terms.quantity) for each in others}
        return combined(base, wish.terms, opened)

    def _opened(self, stack: ExitStack, design_id: int, *, keep: bool) -> tuple[Design, Bill]:
        """A design and its bill; the last one that is kept stays open, because a build is planned many times over."""
        if self._last is not None and self._last[0] == design_id:
            return self._last[1:]
        if not keep:
            design = stack.enter_context(self._designs.opened(design_id))
            return design, read_bill(design)
        self.close()
        design = self._open.enter_context(self._designs.opened(design_id))
        self._last = (design_id, design, read_bill(design))
        return self._last[1:]

    def close(self) -> None:
        """Let go of the design that was planned last."""
        self._last = None
        self._open.close()

    def _workload(
        self, wish: _Wish, recipe: Recipe, network: Network, firm: Firm, claims: dict[str, ClaimRow]
    ) -> Workload:
        """The lots and their machines; claims for a machine that surely cannot are refused and taken out."""
        with self._house.reading() as session:
            substitutes = substitutes_in(session, wish.build_id)

        def formed() -> Workload:
            whole = _with(firm, claims)
            return form_lots(recipe.design, recipe.graph, network, whole, substitutes=substitutes)

        if self._house.computer.far:
            measure_elsewhere(_part_files(recipe), self._house.computer)
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

    def _settle(self, network: Network, planned: Sequence[tuple[_Draft, BuildPlan]]) -> None:
        """Store the plans in one transaction: of the build that was asked for, and of those that make way for it."""
        with self._change(planned[0][0].wish) as change:
            for draft, plan in planned:
                session, wish = change.session, draft.wish
                build, order = session.get_one(BuildRow, wish.build_id), session.get_one(OrderRow, wish.build_id)
                if build.state is not BuildState.OPEN or Terms.of(session, build) != wish.terms:
                    continue  # it was cancelled or moved meanwhile: what was planned is of no use
                if draft is not planned[0][0]:
                    if order.plan_wanted != wish.seen:
                        continue  # it has changed meanwhile, and is planned anew by itself
                    order.plan_made = wish.seen
                before = standing_in(session, build)
                document = {**plan_document(plan), **costs_document(costs_of(plan, network))}
                propose(session, build, plan, document, self._house.files, change.at, wish.why)
                keep_planned(change, build, plan, draft.recipe.graph, network)
                self._answer_offers(change, build, network, draft.claims)
                tell(change, build, before, wish.why)

    def _answer_offers(self, change: Change, build: BuildRow, network: Network, claims: Mapping[str, ClaimRow]) -> None:
        """Answer at once what claims and the labs' policies answer."""
        change.session.flush()
        expires, asker = change.at + timedelta(hours=self._house.settings.offer_hours), Asker(change.session, network)
        for lot in lots_of(change.session, build):
            offer = open_offer(lot)
            if offer is not None and live_job(lot) is None:
                offer.expires_at = offer.expires_at or expires
                self._answer(change, build, offer, network, asker, claims.get(lot.key))

    def _answer(
        self, change: Change, build: BuildRow, offer: OfferRow, network: Network, asker: Asker, claim: ClaimRow | None
    ) -> None:
        session = change.session
        mine = session.get_one(ClaimRow, claim.id) if claim is not None else None
        answer: Answer | None
        if mine is not None and mine.state is ClaimState.OPEN and mine.machine == offer.machine:
            answer = Answer(True, mine.claimed_by, mine.why or "claimed")
            if not answers_for_lab(session, mine):  # a person's claim: the lab has a say
                answer = _by_policy(offer, network, asker)
            if answer is not None:
                close_claim(change, mine, ClaimState.HONOURED, f"as offer {offer.id}")
        else:
            answer = _by_policy(offer, network, asker)
        if answer is not None:
            decide(session, build, offer, answer, network, change.at)

    @contextmanager
    def _change(self, order: _Wish) -> Iterator[Change]:
        """A change that also notes which changes the plan has seen; what came later asks for another plan."""
        with self._house.change("coordinator") as change:
            row = change.session.get_one(OrderRow, order.build_id)
            row.plan_made = max(row.plan_made, order.seen)
            yield change


def _by_policy(offer: OfferRow, network: Network, asker: Asker) -> Answer | None:
    """What the lab's policy answers; what a licence leaves open only a person settles."""
    answer = by_policy(network.lab(offer.lab).policy, Verdict(offer.verdict))
    return answer if answer is not None and asker.of_lot(offer.lot, offer.lab).is_settled else None


def _part_files(recipe: Recipe) -> list[Path]:
    """The files of a build's parts that can be measured, on this computer."""
    design = recipe.design
    found = [design.file(task.file) for task in recipe.graph.order() if task.file]
    there = [each for each in found if each is not None and each.present and each.suffix in PART_SUFFIXES]
    return [design.locate(each.path) for each in there]


def _with(firm: Firm, claims: dict[str, ClaimRow]) -> Firm:
    """Claimed lots stand at the machine that claims them, as accepted ones do."""
    return replace(firm, machines={**firm.machines, **{key: claim.machine for key, claim in claims.items()}})
