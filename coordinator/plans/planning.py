"""From workloads to plans: the scheduling problem is posed, solved and read back in the words of labs.

Everything here is a proposal; nothing is stored or started.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bom.graph import TaskGraph
from coordinator.plans.calendars import longest_runs, runs_into_maintenance
from coordinator.plans.posing import Promised, Question, Wanted
from coordinator.plans.supplies import Supply, shortages, supplies
from coordinator.plans.work import NOTHING_FIRM, Candidate, Firm, Lot, Workload
from core.errors import PlanError
from core.provenance import Finding, Severity
from machines.lab import Network
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import Precedence, Problem
from scheduler.solve import solve

__all__ = ["CHECK_S", "BuildPlan", "Promised", "Wanted", "plan_build", "plan_builds"]

CHECK_S = 1800
"""How long a peer's check of a first article is assumed to take."""
_HORIZON_DAYS = (30, 90, 365)
Solver = Callable[[Problem], Plan]


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """A plan of one build.

    Attributes:
        workload: what was planned, and what could not be.
        problem, plan: as the scheduler sees them; seconds from `problem.origin`.
    """

    workload: Workload
    problem: Problem
    plan: Plan

    def placement(self, lot_id: str) -> Placement:
        """Where and when a lot stands."""
        return self.plan.placement(lot_id)

    def candidate(self, lot: Lot) -> Candidate | None:
        """The machine that the plan chose for a lot, or None for a purchase and for what already stands."""
        chosen = self.placement(lot.id).machine
        return next((each for each in lot.candidates if each.machine.id == chosen), None)

    @property
    def supplies(self) -> tuple[Supply, ...]:
        """What is taken of the labs' materials, all runs together."""
        chosen = (self.candidate(lot) for lot in self.workload.lots)
        return supplies(each.takes for each in chosen if each is not None and each.takes is not None)

    @property
    def end(self) -> datetime | None:
        """When its last lot is done; None when there is none."""
        return max((self.moment(self.placement(lot.id).end_s) for lot in self.workload.lots), default=None)

    def moment(self, offset_s: int) -> datetime:
        """The moment that lies so many seconds after the origin."""
        return self.problem.origin + timedelta(seconds=offset_s)


def plan_build(
    workload: Workload,
    graph: TaskGraph,
    network: Network,
    origin: datetime,
    *,
    lead_days: float,
    seconds: float = 10.0,
    firm: Firm = NOTHING_FIRM,
    due: datetime | None = None,
) -> BuildPlan:
    """Find who makes what when, for one build.

    Args:
        workload: the lots to place.
        graph: which task comes before which.
        network: labs, hours and ways.
        origin: nothing starts before; UTC.
        lead_days: how long a purchase is assumed to take.
        seconds: how long the solver may look for better.
        firm: what already stands.
        due: by when all should be done; a finding says where it will not.

    Raises:
        PlanError: there is no plan within a year; the sentence says why.
    """
    return plan_builds((Wanted(workload, graph, lead_days, firm, due),), network, origin, seconds=seconds)[0]


def plan_builds(
    wanted: Sequence[Wanted], network: Network, origin: datetime, *, seconds: float = 10.0, work: float | None = None,
    set_ups_shared: bool = False,
) -> tuple[BuildPlan, ...]:  # fmt: skip
    """Find who makes what when, for builds that share labs: the least lateness of all first, then the fewest changes.

    Args:
        wanted: the builds; where there are several, each has a name.
        network: labs, hours and ways.
        origin: nothing starts before; UTC.
        seconds: how long the solver may look for better.
        work: the same as an amount of work: equal questions then have equal answers.
        set_ups_shared: whether runs that need a machine alike are to follow each other, whosever they are.

    Raises:
        PlanError: there is no plan within a year; the sentence says why.
    """
    solver = partial(solve, seconds=seconds, work=work)
    for days in _HORIZON_DAYS:
        last = days == _HORIZON_DAYS[-1]
        question = Question(tuple(wanted), network, origin, days * 86400, set_ups_shared=set_ups_shared)
        found = _plan(question, solver, last=last)
        if found is not None and (batches := _batches(found)):
            found = _plan(_first_articles(found, batches), solver, last=last)
        if found is not None and runs_into_maintenance(network, found.problem, found.plan):
            held_back_s = longest_runs(network, found.problem)
            found = _plan(replace(found.question, held_back_s=held_back_s), solver, last=last)
        if found is not None:
            return _told(_within_stock(found, solver))
    raise AssertionError("the last horizon gives a plan or raises")


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer of the scheduler to a question."""

    question: Question
    problem: Problem
    plan: Plan

    def plans(self) -> tuple[BuildPlan, ...]:
        """Build by build."""
        alone = len(self.question.wanted) == 1
        return tuple(
            BuildPlan(each.workload, self.problem, self.plan) if alone else self._share(each)
            for each in self.question.wanted
        )

    def _share(self, wanted: Wanted) -> BuildPlan:
        """What concerns one of several builds, its lots called as it calls them."""
        names = {wanted.task(lot.id): lot.id for lot in wanted.workload.lots}
        placed = tuple(replace(each, task=names[each.task]) for each in self.plan.placements if each.task in names)
        tasks = tuple(
            replace(
                each, id=names[each.id], fixed=each.fixed and replace(each.fixed, task=names[each.id])
            )
            for each in self.problem.tasks
            if each.id in names
        )  # fmt: skip
        arrows = tuple(
            replace(each, before=names[each.before], after=names[each.after])
            for each in self.problem.precedences
            if each.before in names
        )
        problem = replace(self.problem, tasks=tasks, precedences=arrows)
        return BuildPlan(wanted.workload, problem, replace(self.plan, placements=placed, lower_bound_s=0))


def _plan(question: Question, solver: Solver, *, last: bool) -> _Found | None:
    """A plan within one horizon; None when there is none, but for the last horizon, which leaves out what cannot be."""
    problem = question.problem()
    impossible = unplaceable(problem)
    if impossible and not last:
        return None
    if impossible:
        question = question.without({each.task: each.reason for each in impossible})
        problem = question.problem()
    try:
        return _Found(question, problem, solver(problem))
    except PlanError:
        if last:
            raise
        return None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Lots of one task that a plan has given to one lab, by what the scheduler calls them."""

    lab: str
    first: str
    rest: tuple[str, ...]


def _batches(found: _Found) -> tuple[_Batch, ...]:
    """Those of which the rest is to wait until the first is checked."""
    home = {machine.id: machine.lab for machine in found.question.network.machines}
    start_s = {each.task: each.start_s for each in found.plan.placements}
    batches = []
    for wanted, plan in zip(found.question.wanted, found.plans(), strict=True):
        gathered: dict[tuple[str, str], list[str]] = {}
        for lot in wanted.workload.lots:
            machine = plan.placement(lot.id).machine if lot.candidates else None
            if machine is not None and (lot.task.id, home[machine]) in wanted.firm.first_articles:
                gathered.setdefault((lot.task.id, home[machine]), []).append(wanted.task(lot.id))
        for (task_id, lab), lots in gathered.items():
            chosen = wanted.firm.first_articles[task_id, lab]
            first = wanted.task(chosen) if chosen is not None else ""
            if first not in start_s:
                first = min(lots, key=lambda each: (start_s[each], each))
            if rest := tuple(each for each in lots if each != first):
                batches.append(_Batch(lab, first, rest))
    return tuple(batches)


def _first_articles(found: _Found, batches: Sequence[_Batch]) -> Question:
    """The same question, with the rest of each batch behind its first lot and a check; all stay in their labs.

    The first plan has chosen the labs: which lot waits for which hangs on that.
    """
    waits = tuple(Precedence(batch.first, each, CHECK_S) for batch in batches for each in batch.rest)
    labs = {each: batch.lab for batch in batches for each in (batch.first, *batch.rest)}
    return replace(found.question, waits=waits, labs=labs)


def _within_stock(found: _Found, solver: Solver) -> _Found:
    """Where a plan takes more than labs list: another one that does not, if there is one; else the plan as it is."""
    if not shortages(_supplies(found)):
        return found
    problem = replace(found.question, within_stock=True).problem()
    if unplaceable(problem):
        return found
    try:
        return replace(found, problem=problem, plan=solver(problem))
    except PlanError:  # somebody has to get material: the finding says what
        return found


def _supplies(found: _Found) -> tuple[Supply, ...]:
    return supplies(each for plan in found.plans() for each in plan.supplies)


def _told(found: _Found) -> tuple[BuildPlan, ...]:
    """The plans of the builds, with what was odd."""
    short = shortages(_supplies(found))
    plans = []
    for wanted, plan in zip(found.question.wanted, found.plans(), strict=True):
        told = (*plan.workload.findings, *short, *_lateness(plan, wanted.due))
        plans.append(replace(plan, workload=replace(plan.workload, findings=told)))
    return tuple(plans)


def _lateness(found: BuildPlan, due: datetime | None) -> tuple[Finding, ...]:
    """A finding where the plan ends after the date that was asked for."""
    end = found.end
    if due is None or end is None or end <= due:
        return ()
    late_h = (end - due) / timedelta(hours=1)
    late = f"the plan ends {end:%Y-%m-%d %H:%M} UTC, {late_h:.1f} h after the date that was asked for"
    fix = "ask labs with free machines, order fewer, or take a later date"
    return (Finding("build-late", Severity.WARNING, late, fix=fix),)
