"""From a workload to a plan: the scheduling problem is posed, solved and read back in the words of labs.

Everything here is a proposal; nothing is stored or started.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bom.graph import TaskGraph
from coordinator.calendars import attendance_s, longest_runs, resources, runs_into_maintenance
from coordinator.supplies import Supply, shortages, supplies
from coordinator.work import NOTHING_FIRM, Candidate, Firm, Lot, Workload
from core.errors import PlanError
from core.provenance import Finding, Severity
from machines.lab import Network
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import Option, Precedence, Problem, Stock, Task, Use
from scheduler.solve import solve

__all__ = ["BuildPlan", "plan_build"]

_HORIZON_DAYS = (30, 90, 365)


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
    """Find who makes what when.

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
    for days in _HORIZON_DAYS:
        last = days == _HORIZON_DAYS[-1]
        question = _Question(graph, network, origin, days * 86400, lead_days, firm, due=due)
        found = _plan(question, workload, seconds, last=last)
        if found is not None and runs_into_maintenance(network, found.problem, found.plan):
            question = replace(question, held_back_s=longest_runs(network, found.problem))
            found = _plan(question, workload, seconds, last=last)
        if found is not None:
            found = _within_stock(question, found, seconds)
            told = (*found.workload.findings, *shortages(found.supplies), *_lateness(found, due))
            return replace(found, workload=replace(found.workload, findings=told))
    raise AssertionError("the last horizon gives a plan or raises")


@dataclass(frozen=True, slots=True)
class _Question:
    """What does not change while a plan is sought; see `plan_build`."""

    graph: TaskGraph
    network: Network
    origin: datetime
    horizon_s: int
    lead_days: float
    firm: Firm
    held_back_s: Mapping[str, int] = field(default_factory=dict)
    within_stock: bool = False
    due: datetime | None = None

    def due_s(self, lot: Lot) -> int | None:
        """By when a lot should be done: what nothing else waits for, when all should be."""
        if self.due is None or self.graph.after(lot.task.id):
            return None
        return max(0, math.floor((self.due - self.origin).total_seconds()))

    def problem(self, workload: Workload) -> Problem:
        """As the scheduler is asked."""
        labs, machines, transport = resources(self.network, self.origin, self.horizon_s, self.held_back_s)
        tasks = tuple(_task(lot, self) for lot in workload.lots)
        precedences = _precedences(workload, self.graph)
        stocks = _stocks(workload) if self.within_stock else ()
        return Problem(self.origin, self.horizon_s, labs, machines, tasks, precedences, transport, stocks=stocks)


def _plan(question: _Question, workload: Workload, seconds: float, *, last: bool) -> BuildPlan | None:
    """A plan within one horizon; None when there is none, but for the last horizon, which leaves out what cannot be."""
    problem = question.problem(workload)
    impossible = unplaceable(problem)
    if impossible and not last:
        return None
    if impossible:
        workload = workload.without({each.task: each.reason for each in impossible}, question.graph)
        problem = question.problem(workload)
    try:
        return BuildPlan(workload, problem, solve(problem, seconds=seconds))
    except PlanError:
        if last:
            raise
        return None


def _within_stock(question: _Question, found: BuildPlan, seconds: float) -> BuildPlan:
    """Where a plan takes more than labs list: another one that does not, if there is one; else the plan as it is."""
    if not shortages(found.supplies):
        return found
    problem = replace(question, within_stock=True).problem(found.workload)
    if unplaceable(problem):
        return found
    try:
        return replace(found, problem=problem, plan=solve(problem, seconds=seconds))
    except PlanError:  # somebody has to get material: the finding says what
        return found


def _task(lot: Lot, question: _Question) -> Task:
    origin, lead_days, firm = question.origin, question.lead_days, question.firm
    if lot.id in firm.placed:
        machine, start, end = firm.placed[lot.id]
        start_s, end_s = (round((moment - origin).total_seconds()) for moment in (start, end))
        return _firm_task(lot, question.network, machine, (start_s, end_s))
    if not lot.candidates:
        return Task(lot.id, delay_s=round(lead_days * 86400), name=lot.task.name, due_s=question.due_s(lot))
    options = tuple(
        Option(
            each.machine.id,
            max(1, round(each.estimate.duration_s) - attendance_s(each.machine)[1]),  # taking off comes after the run
            uses=_uses(each.takes) if question.within_stock else (),
        )
        for each in lot.candidates
    )
    return Task(lot.id, options, name=lot.task.name, due_s=question.due_s(lot))


def _lateness(found: BuildPlan, due: datetime | None) -> tuple[Finding, ...]:
    """A finding where the plan ends after the date that was asked for."""
    end = max((found.moment(found.placement(lot.id).end_s) for lot in found.workload.lots), default=None)
    if due is None or end is None or end <= due:
        return ()
    late_h = (end - due) / timedelta(hours=1)
    late = f"the plan ends {end:%Y-%m-%d %H:%M} UTC, {late_h:.1f} h after the date that was asked for"
    fix = "ask labs with free machines, order fewer, or take a later date"
    return (Finding("build-late", Severity.WARNING, late, fix=fix),)


def _firm_task(lot: Lot, network: Network, machine_id: str | None, span_s: tuple[int, int]) -> Task:
    """What already stands, with the operators that it takes."""
    start_s, end_s = span_s
    machine = None if machine_id is None else network.find(machine_id)
    take_off_s = 0 if machine is None else attendance_s(machine)[1]
    run_end_s = max(start_s, end_s - take_off_s)
    options = (Option(machine.id, max(1, run_end_s - start_s)),) if machine is not None else ()
    fixed = Placement(lot.id, machine_id, start_s, run_end_s, end_s)
    return Task(lot.id, options, name=lot.task.name, fixed=fixed)


def _uses(takes: Supply | None) -> tuple[Use, ...]:
    """What a lot takes of what its lab lists, in thousandths of the list's unit."""
    if takes is None or takes.has is None or takes.amount > takes.has:
        return ()  # more than there is has to be bought anyway
    return (Use(_stock_id(takes), max(1, math.ceil(1000 * takes.amount))),)


def _stocks(workload: Workload) -> tuple[Stock, ...]:
    taken = (each.takes for lot in workload.lots for each in lot.candidates)
    listed = {_stock_id(each): each.has for each in taken if each is not None and each.has is not None}
    return tuple(Stock(name, math.floor(1000 * has), unit="thousandths") for name, has in sorted(listed.items()))


def _stock_id(taken: Supply) -> str:
    return f"{taken.name} at {taken.lab}, {taken.unit}"


def _precedences(workload: Workload, graph: TaskGraph) -> tuple[Precedence, ...]:
    lots: dict[str, list[str]] = {}
    for lot in workload.lots:
        lots.setdefault(lot.task.id, []).append(lot.id)
    return tuple(
        Precedence(before, after)
        for task_id, mine in lots.items()
        for ahead in graph.before(task_id)
        for before in lots.get(ahead.id, ())
        for after in mine
    )
