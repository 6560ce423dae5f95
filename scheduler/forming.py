"""Problems with plates: several ways to form shared runs are planned, the best of them longest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core.errors import PlanError
from scheduler.bounds import lower_bound, path_bound
from scheduler.conflicts import conflicts, refusal
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.plan import Plan
from scheduler.plates import Formed, Groups, fewest, formed, groups_in, relaxed, sharable, spread
from scheduler.precheck import unplaceable
from scheduler.problem import Problem
from scheduler.terms import Score, terms_of
from scheduler.validator import violations

__all__ = ["form_and_solve"]

_FIRST_SHARE = 0.3  # of the time: for all ways to form runs

Solver = Callable[..., Plan]


class _Best:
    """The best plan of the tasks themselves, and the way to form runs that it came from."""

    def __init__(self, problem: Problem, bound_s: int, progress: Callable[[Plan], None] | None) -> None:
        self._problem, self._bound_s, self._progress = problem, bound_s, progress
        self.plan: Plan | None = None
        self.way: tuple[Formed, Plan] | None = None
        self._score: Score | None = None

    def offer(self, plan: Plan, way: tuple[Formed, Plan] | None) -> None:
        """Take a plan of the tasks if it is better and valid."""
        score = terms_of(self._problem, plan.placements).score(self._problem.objective)
        if self._score is not None and score >= self._score:
            return
        if violations(self._problem, replace(plan, lower_bound_s=0)):
            return
        bound_s = min(self._bound_s, plan.makespan_s)
        self.plan = replace(plan, lower_bound_s=bound_s, bound_by="paths and loads" if bound_s else "")
        self._score, self.way = score, way
        if self._progress is not None:
            self._progress(self.plan)


def form_and_solve(
    problem: Problem, solver: Solver, *, seconds: float, work: float | None, incumbent: Plan | None, **settings: Any
) -> Plan:
    """The best plan found of a problem whose tasks may share runs.

    Args:
        problem: what to plan.
        solver: `scheduler.solve.solve`.
        seconds: the limit of time.
        work: the limit of work instead, or None.
        incumbent: a plan to begin with, or None.
        **settings: the rest of what the solver is told.

    Raises:
        PlanError: no plan is possible, or none was found, with the reason.
    """
    until = time.monotonic() + seconds
    progress = settings.pop("progress", None)
    network = Network(problem)
    best = _Best(problem, _bound(problem, network), progress)
    if incumbent is not None:
        _begin(problem, incumbent, best)
    ways = _ways(problem, incumbent)
    failures: list[PlanError] = []

    def plan(way: Formed, for_s: float, share: float, begun: Plan | None = None) -> None:
        part = None if work is None else work * share
        found = solver(way.problem, seconds=max(0.01, for_s), work=part, incumbent=begun, **settings)
        told = replace(found, placements=way.expanded(found.placements, problem.tasks))
        best.offer(told, (way, found))

    for way in ways:
        share = _FIRST_SHARE / len(ways)
        try:
            plan(way, seconds * share, share)
        except PlanError as error:
            if best.plan is None and not failures and conflicts(problem):
                raise  # no other way to share runs would do
            failures.append(error)
    if best.way is not None:
        way, begun = best.way
        plan(way, until - time.monotonic(), 1 - _FIRST_SHARE, begun)
    if best.plan is None:
        raise failures[-1]
    return best.plan


def _begin(problem: Problem, incumbent: Plan, best: _Best) -> None:
    """Let a given plan count, if it is one."""
    by_task = {each.task: each for each in incumbent.placements}
    if all(task.id in by_task for task in problem.tasks):
        best.offer(replace(incumbent, placements=tuple(by_task[task.id] for task in problem.tasks)), None)


def _ways(problem: Problem, incumbent: Plan | None) -> list[Formed]:
    """Few runs, runs for every machine, none shared, and those of the incumbent."""
    kinds = sharable(problem).values()
    ways: list[Groups] = [
        tuple(tuple(run) for tasks in kinds for run in form(problem, tasks) if len(run) > 1)
        for form in (fewest, spread)
    ]
    ways.append(())
    if incumbent is not None:
        ways.insert(0, groups_in(problem, incumbent.placements))
    return [formed(problem, groups) for groups in dict.fromkeys(ways)]


def _bound(problem: Problem, network: Network) -> int:
    """No plan has a smaller makespan: no run is shorter than its longest task alone, nor carries more than its plate.

    Raises:
        PlanError: a task has no place even alone.
    """
    if unplaceable(problem):
        raise refusal(conflicts(problem))
    path_s = path_bound(heads(network), tails(network))
    loads = Network(relaxed(problem))
    head: Sequence[Any] = heads(loads)
    return max(path_s, lower_bound(loads, head, tails(loads)).makespan_s)
