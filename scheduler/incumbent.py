"""The best valid plan so far. It lives outside every solver, and nothing enters it unjudged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import inf
from threading import Lock

from scheduler.list_schedule import Schedule
from scheduler.plan import Plan
from scheduler.problem import Problem
from scheduler.terms import Score, terms_of
from scheduler.validator import violations

__all__ = ["Incumbent"]

_log = logging.getLogger(__name__)


class Incumbent:
    """Keeps the best of all schedules offered and the best lower bound; safe to use from several threads.

    Args:
        problem: what the schedules are for.
        lower_bound_s: what is known before any search.
        progress: told every better plan, in the thread that found it.
    """

    def __init__(self, problem: Problem, lower_bound_s: int, progress: Callable[[Plan], None] | None = None) -> None:
        self._problem = problem
        self._progress = progress
        self._lock = Lock()
        self._solver = ""
        self._bound_by = ""
        self.lower_bound_s = lower_bound_s
        self.schedule: Schedule | None = None
        self._score: Score | None = None
        self._first: Score | None = None
        self.plain = problem.objective.plain

    @property
    def plan(self) -> Plan | None:
        """The best plan with the best bound, or None while there is none."""
        if self.schedule is None:
            return None
        bound_s = min(self.lower_bound_s, self.schedule.makespan_s)
        return Plan(self.schedule.placements, bound_s, self._solver, self._bound_by)

    @property
    def score(self) -> Score | None:
        """What the best plan costs, or None while there is none."""
        return self._score

    @property
    def gap(self) -> float:
        """What is left to gain, for patience to look at; infinity while there is no plan.

        It is the plan's gap where the makespan is all that counts and nothing is late. Else it is what the best plan
        costs as a share of what the first one did, lateness and the weighted sum each for itself.
        """
        plan, score, first = self.plan, self._score, self._first
        if plan is None or score is None or first is None:
            return inf
        if self.plain and not first[0]:
            return plan.gap
        return sum(now / before for now, before in zip(score[:2], first[:2], strict=True) if before > 0)

    @property
    def proved(self) -> bool:
        """Whether no plan can have a smaller makespan, nothing is late, and nothing but the makespan is weighed."""
        if self.schedule is None or self._score is None or not self.plain or self._score[0] > 0:
            return False
        return self.schedule.makespan_s <= self.lower_bound_s

    def offer(self, schedule: Schedule, solver: str) -> bool:
        """Take a schedule if it is better and valid; whether it was taken.

        A schedule that breaks a rule is a fault of the solver: it is logged and left.
        """
        score = terms_of(self._problem, schedule.placements).score(self._problem.objective)
        with self._lock:
            if self._score is not None and score >= self._score:
                return False
            wrong = violations(self._problem, Plan(schedule.placements, 0, solver))
            if wrong:
                _log.error("%s gave a plan that breaks %d rules, first: %s", solver, len(wrong), wrong[0])
                return False
            self.schedule, self._score, self._solver = schedule, score, solver
            self._first = self._first or score
            plan = self.plan
        if self._progress is not None and plan is not None:
            self._progress(plan)
        return True

    def raise_bound(self, lower_bound_s: int, by: str) -> bool:
        """Take a lower bound and the name of what proved it, if it is better; whether it was."""
        with self._lock:
            better = lower_bound_s > self.lower_bound_s
            if better:
                self._bound_by = by
            self.lower_bound_s = max(self.lower_bound_s, lower_bound_s)
            return better
