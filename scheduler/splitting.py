"""Problems with tasks that may be split: several ways to form lots are planned, the best of them improved."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from threading import Lock
from typing import Any

from core.errors import PlanError
from scheduler.conflicts import conflicts, refusal
from scheduler.effort import Effort
from scheduler.lot_bounds import bound_of_lots
from scheduler.lots import Divided, Sizes, divided, even, sizes_in, split_tasks
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import Option, Problem, Task
from scheduler.relotting import relotted
from scheduler.terms import Score, terms_of
from scheduler.validator import violations

__all__ = ["split_and_solve"]

_FIRST_SHARE = 0.3  # of the time: for all ways to form lots
_ROUNDS = 3  # of other lots and another plan of them, at most
_MOST_WAYS = 24  # where there are no more, all of them are planned
_FINE = 4  # lots for each machine, in the finest way
_LOTS = "paths and loads"
_EVERY = "the bounds of all ways to split"

Solver = Callable[..., Plan]

_log = logging.getLogger(__name__)


class _Best:
    """The best plan of the tasks themselves, and the lots that it came from; safe to use from several threads."""

    def __init__(self, problem: Problem, bound_s: int, progress: Callable[[Plan], None] | None) -> None:
        self._problem, self.bound_s, self._progress, self._lock = problem, bound_s, progress, Lock()
        self.plan: Plan | None = None
        self.way: tuple[Divided, Plan] | None = None
        self._score: Score | None = None

    def offer(self, way: Divided, found: Plan) -> None:
        """Take a plan of lots if it is better and valid."""
        placements = way.joined(found.placements, self._problem.tasks)
        score = terms_of(self._problem, placements).score(self._problem.objective)
        with self._lock:
            if self._score is not None and score >= self._score:
                return
            plan = Plan(placements, 0, found.solver)
            wrong = violations(self._problem, plan)
            if wrong:
                _log.error("%s gave lots that break %d rules, first: %s", found.solver, len(wrong), wrong[0])
                return
            bound_s = min(self.bound_s, plan.makespan_s)
            self.plan = plan = replace(plan, lower_bound_s=bound_s, bound_by=_LOTS if bound_s else "")
            self._score, self.way = score, (way, found)
        if self._progress is not None:
            self._progress(plan)

    @property
    def proved(self) -> bool:
        """Whether no plan is better in what counts."""
        plan, score = self.plan, self._score
        plain = self._problem.objective.plain
        return plan is not None and score is not None and plain and score[0] == 0 and plan.makespan_s <= self.bound_s


def split_and_solve(
    problem: Problem, solver: Solver, *, seconds: float, work: float | None, incumbent: Plan | None, **settings: Any
) -> Plan:
    """The best plan found of a problem with tasks that may be split.

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
    progress = settings.pop("progress", None)
    if unplaceable(problem):
        raise refusal(conflicts(problem))
    search = _Search(problem, solver, _Best(problem, bound_of_lots(problem), progress), seconds, work, settings)
    search.first(incumbent)
    search.better()
    if search.best.plan is None:
        raise search.failed or PlanError("no plan was found in time")
    return search.best.plan


class _Search:
    def __init__(
        self, problem: Problem, solver: Solver, best: _Best, seconds: float, work: float | None, settings: Any
    ) -> None:
        self.problem, self.solver, self.best, self.work, self.settings = problem, solver, best, work, settings
        self.until = time.monotonic() + seconds
        self.failed: PlanError | None = None
        self.cancelled: Callable[[], bool] = settings.get("cancelled") or (lambda: False)

    @property
    def left_s(self) -> float:
        return max(0.01, self.until - time.monotonic())

    def first(self, incumbent: Plan | None) -> None:
        """Plan every way to form lots for a short time; if these are all ways there are, their bounds count too."""
        ways, every = _ways(self.problem)
        if incumbent is not None and self.begin(incumbent):
            ways = list(dict.fromkeys([_told(sizes_in(self.problem, incumbent.placements)), *ways]))
        seconds = self.left_s * _FIRST_SHARE / len(ways)
        bounds = [self.plan(divided(self.problem, dict(sizes)), seconds, _FIRST_SHARE / len(ways)) for sizes in ways]
        if every and self.best.plan is not None:
            self.best.bound_s = max(self.best.bound_s, min(bounds))
            least = min(self.best.bound_s, self.best.plan.makespan_s)
            if least > self.best.plan.lower_bound_s:
                self.best.plan = replace(
                    self.best.plan, lower_bound_s=least, bound_by="the bounds of all ways to split"
                )

    def begin(self, incumbent: Plan) -> bool:
        """Let a given plan count, if it is one."""
        if violations(self.problem, replace(incumbent, lower_bound_s=0)):
            return False
        way = divided(self.problem, sizes_in(self.problem, incumbent.placements))
        placed = {each.task: each for each in way.separate(incumbent.placements)}
        self.best.offer(way, replace(incumbent, placements=tuple(placed[task.id] for task in way.problem.tasks)))
        return True

    def plan(self, way: Divided, seconds: float, share: float, begun: Plan | None = None) -> int:
        """Plan lots; the bound of their plan, 0 when there is none."""
        if self.best.proved or (self.cancelled() and self.best.plan is not None):
            return 0
        try:
            found = self.solver(
                way.problem, seconds=seconds, work=None if self.work is None else self.work * share, incumbent=begun,
                progress=lambda plan: self.best.offer(way, plan), **self.settings,
            )  # fmt: skip
        except PlanError as error:
            told = conflicts(self.problem) if self.failed is None and self.best.plan is None else ()
            if told:
                raise refusal(told) from error
            self.failed = error
            return 0
        self.best.offer(way, found)
        return found.lower_bound_s

    def better(self) -> None:
        """Look for better lots, and for better plans of them, in turn."""
        for number in range(_ROUNDS):
            if self.best.way is None or self.best.proved or self.cancelled():
                return
            way, begun = self.best.way
            if all(machine.plate is None for machine in self.problem.machines):  # a list schedule shares no runs
                self.relot(way, begun.placements, number)
            way, begun = self.best.way
            share = (1 - _FIRST_SHARE) / _ROUNDS / 2
            self.plan(way, self.left_s / (_ROUNDS - number), share, begun)

    def relot(self, way: Divided, placements: Sequence[Placement], number: int) -> None:
        left = self.left_s / (_ROUNDS - number) / 3
        work = None if self.work is None else self.work * (1 - _FIRST_SHARE) / _ROUNDS / 2
        relotted(
            self.problem, way, placements, effort=Effort(left, work=work, cancelled=self.cancelled),
            seed=self.settings.get("seed", 0) + number,
            found=lambda way, placed: self.best.offer(way, Plan(placed, 0, "list schedule of other lots")),
        )  # fmt: skip


_Told = tuple[tuple[str, tuple[int, ...]], ...]  # sizes that can be compared


def _told(sizes: Sizes) -> _Told:
    return tuple(sizes.items())


def _ways(problem: Problem) -> tuple[list[_Told], bool]:
    """Ways to form lots, and whether these are all that differ.

    Where several tasks wait for some pieces of one, or several lots of one task do, each may wait for other lots.
    """
    tasks = split_tasks(problem)
    counted = Counter(arrow.before for arrow in problem.precedences if arrow.pieces is not None)
    names = [task.id for task in tasks]
    once = all(number == 1 for number in counted.values()) and not any(
        arrow.pieces is not None and arrow.after in names for arrow in problem.precedences
    )
    each = [list(islice(_divisions(task, ordered=task.id in counted), _MOST_WAYS + 1)) for task in tasks]
    every = list(islice(product(*each), _MOST_WAYS + 1))
    if len(every) <= _MOST_WAYS:
        return [tuple(zip(names, sizes, strict=True)) for sizes in every], once
    ways = [
        tuple((task.id, tuple(sorted(form(task), reverse=task.id not in counted))) for task in tasks)
        for form in (_fewest, _level, _halves, _fine)
    ]
    return list(dict.fromkeys(ways)), False


def _divisions(task: Task, *, ordered: bool) -> Iterator[tuple[int, ...]]:
    """All ways to divide a task, the larger lots first; in any order where that counts."""
    smallest, most = (task.split.smallest, task.split.most(task.quantity)) if task.split else (1, task.quantity)

    def lots(left: int, limit: int) -> Iterator[tuple[int, ...]]:
        if left == 0:
            yield ()
        for pieces in range(min(left, limit), smallest - 1, -1):
            for rest in lots(left - pieces, most if ordered else pieces):
                yield (pieces, *rest)

    return lots(task.quantity, most)


def _limits(task: Task) -> tuple[int, int]:
    """The least and the greatest number of lots."""
    split = task.split
    return (split.fewest_lots(task.quantity), split.most_lots(task.quantity)) if split is not None else (1, 1)


def _fewest(task: Task) -> tuple[int, ...]:
    return even(task.quantity, _limits(task)[0])


def _halves(task: Task) -> tuple[int, ...]:
    least, most = _limits(task)
    return even(task.quantity, min(most, 2 * least))


def _fine(task: Task) -> tuple[int, ...]:
    """Several lots for each machine, as small as they may be."""
    least, most = _limits(task)
    return even(task.quantity, min(most, max(least, _FINE * len(task.options))))


def _level(task: Task) -> tuple[int, ...]:
    """A lot for each machine that helps, so that they would all end at once if they did nothing else."""
    least, most = _limits(task)
    options = sorted(task.options, key=lambda option: option.duration_s + option.lot_s / task.quantity)
    ends = {count: _end_s(options[:count], task.quantity) for count in range(1, min(most, len(options)) + 1)}
    count = min(ends, key=lambda count: ends[count])
    if count < least:
        return even(task.quantity, least)
    sizes = [int((ends[count] - option.lot_s) / option.duration_s) for option in options[:count]]
    return _within(sizes, task)


def _end_s(options: Sequence[Option], pieces: int) -> float:
    """When machines end that share pieces so that all end at once; infinite where one would have none."""
    rate = sum(1 / option.duration_s for option in options)
    end_s = (pieces + sum(option.lot_s / option.duration_s for option in options)) / rate
    return end_s if all(option.lot_s < end_s for option in options) else float("inf")


def _within(sizes: list[int], task: Task) -> tuple[int, ...]:
    """Sizes near those given, which are not too few or too many, that add up and keep the limits."""
    split = task.split
    smallest, most = (split.smallest, split.most(task.quantity)) if split is not None else (1, task.quantity)
    sizes = [min(max(size, smallest), most) for size in sizes]
    while (wrong := task.quantity - sum(sizes)) != 0:
        room = [(most - size) if wrong > 0 else (size - smallest) for size in sizes]
        place = max(range(len(sizes)), key=lambda each: room[each])
        step = min(abs(wrong), room[place])
        sizes[place] += step if wrong > 0 else -step
    return tuple(sizes)
