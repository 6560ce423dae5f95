"""From a workload to a plan: the scheduling problem is posed, solved and read back in the words of labs.

Everything here is a proposal; nothing is stored or started.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bom.graph import TaskGraph
from coordinator.work import NOTHING_FIRM, Candidate, Firm, Lot, Workload
from core.errors import PlanError
from machines.lab import Network
from scheduler.calendars import Calendar, weekly_calendar
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport
from scheduler.solve import solve

__all__ = ["BuildPlan", "calendar_of", "plan_build"]

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

    Raises:
        PlanError: there is no plan within a year; the sentence says why.
    """
    for days in _HORIZON_DAYS:
        last = days == _HORIZON_DAYS[-1]
        problem = _problem(workload, graph, network, origin, days * 86400, lead_days, firm)
        impossible = unplaceable(problem)
        if impossible and last:
            workload = workload.without({each.task: each.reason for each in impossible}, graph)
            problem = _problem(workload, graph, network, origin, days * 86400, lead_days, firm)
        elif impossible:
            continue
        try:
            return BuildPlan(workload, problem, solve(problem, seconds=seconds))
        except PlanError:
            if last:
                raise
    raise AssertionError("the loop returns or raises")


def calendar_of(network: Network, lab_id: str, origin: datetime, horizon_s: int) -> Calendar:
    """When a lab is open, in seconds from the origin."""
    lab = network.lab(lab_id)
    return weekly_calendar(origin, ZoneInfo(lab.zone), lab.opening_hours, horizon_s)


def _problem(
    workload: Workload,
    graph: TaskGraph,
    network: Network,
    origin: datetime,
    horizon_s: int,
    lead_days: float,
    firm: Firm,
) -> Problem:
    labs = tuple(Lab(lab.id, calendar_of(network, lab.id, origin, horizon_s)) for lab in network.labs)
    machines = tuple(Machine(m.id, m.lab, m.unattended) for m in network.machines)
    tasks = tuple(_task(lot, origin, lead_days, firm) for lot in workload.lots)
    return Problem(origin, horizon_s, labs, machines, tasks, _precedences(workload, graph), _transport(network))


def _task(lot: Lot, origin: datetime, lead_days: float, firm: Firm) -> Task:
    if lot.id in firm.placed:
        machine, start, end = firm.placed[lot.id]
        start_s, end_s = (round((moment - origin).total_seconds()) for moment in (start, end))
        return Task(lot.id, name=lot.task.name, fixed=Placement(lot.id, machine, start_s, end_s, end_s))
    if not lot.candidates:
        return Task(lot.id, delay_s=round(lead_days * 86400), name=lot.task.name)
    options = tuple(Option(each.machine.id, max(1, round(each.estimate.duration_s))) for each in lot.candidates)
    return Task(lot.id, options, name=lot.task.name)


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


def _transport(network: Network) -> Transport:
    ids = [lab.id for lab in network.labs]
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    return Transport({(a, b): round(60 * network.transport(a, b).minutes) for a, b in pairs})
