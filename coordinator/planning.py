"""From a workload to a plan: the scheduling problem is posed, solved and read back in the words of labs.

Everything here is a proposal; nothing is stored or started.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bom.graph import TaskGraph
from coordinator.work import Candidate, PlannedRun, Workload
from core.errors import PlanError
from machines.lab import Network
from scheduler.calendars import Calendar, weekly_calendar
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport
from scheduler.solve import solve

__all__ = ["NOTHING_FIRM", "BuildPlan", "Firm", "calendar_of", "plan_build"]

_HORIZON_DAYS = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class Firm:
    """What already stands and constrains a new plan.

    Attributes:
        placed: finished and running runs by id, with machine (None for a purchase), start and end; they do not move.
        machines: accepted runs by id, and the machine that accepted; they stay there, their times may move.
    """

    placed: Mapping[str, tuple[str | None, datetime, datetime]]
    machines: Mapping[str, str]


NOTHING_FIRM = Firm({}, {})


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

    def placement(self, run_id: str) -> Placement:
        """Where and when a run stands."""
        return self.plan.placement(run_id)

    def candidate(self, run: PlannedRun) -> Candidate | None:
        """The machine that the plan chose for a run, or None for a purchase."""
        chosen = self.placement(run.id).machine
        return next((each for each in run.candidates if each.machine.id == chosen), None)

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
        workload: the runs to place.
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
            task_of = {run.id: run.task.id for run in workload.runs}
            workload = workload.without({task_of[each.task]: each.reason for each in impossible}, graph)
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
    tasks = tuple(_task(run, origin, lead_days, firm) for run in workload.runs)
    return Problem(origin, horizon_s, labs, machines, tasks, _precedences(workload, graph), _transport(network))


def _task(run: PlannedRun, origin: datetime, lead_days: float, firm: Firm) -> Task:
    if run.id in firm.placed:
        machine, start, end = firm.placed[run.id]
        start_s, end_s = (round((moment - origin).total_seconds()) for moment in (start, end))
        return Task(run.id, name=run.task.name, fixed=Placement(run.id, machine, start_s, end_s, end_s))
    if not run.candidates:
        return Task(run.id, delay_s=round(lead_days * 86400), name=run.task.name)
    kept = firm.machines.get(run.id)
    options = tuple(
        Option(each.machine.id, max(1, round(each.estimate.duration_s)))
        for each in run.candidates
        if kept is None or each.machine.id == kept
    )
    return Task(run.id, options, name=run.task.name)


def _precedences(workload: Workload, graph: TaskGraph) -> tuple[Precedence, ...]:
    runs: dict[str, list[str]] = {}
    for run in workload.runs:
        runs.setdefault(run.task.id, []).append(run.id)
    return tuple(
        Precedence(before, after)
        for task_id, mine in runs.items()
        for ahead in graph.before(task_id)
        for before in runs.get(ahead.id, ())
        for after in mine
    )


def _transport(network: Network) -> Transport:
    ids = [lab.id for lab in network.labs]
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    return Transport({(a, b): round(60 * network.transport(a, b).minutes) for a, b in pairs})
