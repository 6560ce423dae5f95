"""A plan's terms: lateness, makespan, transport, set-up, broken promises, each as a number that people can check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduler.objective import Objective
from scheduler.plan import Placement
from scheduler.problem import Problem, Task

__all__ = ["Score", "Terms", "terms_of"]

Score = tuple[int, float, int]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan costs, term by term.

    Attributes:
        weighted_lateness: seconds after the due dates times the weights of the tasks.
        late: number of tasks that end after their due date.
        makespan_s: the last end, 0 at least.
        transport_s: seconds on the way between labs, over all arrows that are not history.
        set_up_s: seconds of set-up before work that is not fixed.
        change: prices of the promises that are not kept.
        changed: number of promises that are not kept.
        total_end_s: the sum of all ends.
    """

    weighted_lateness: int
    late: int
    makespan_s: int
    transport_s: int
    set_up_s: int
    change: float
    changed: int
    total_end_s: int

    def score(self, objective: Objective) -> Score:
        """What is compared, the smallest being best: lateness, then the weighted sum, then the sum of ends."""
        weighted = (
            objective.makespan * self.makespan_s
            + objective.transport * self.transport_s
            + objective.set_up * self.set_up_s
            + objective.change * self.change
        )
        return self.weighted_lateness, weighted, self.total_end_s


def terms_of(problem: Problem, placements: Sequence[Placement]) -> Terms:
    """The terms of a plan's placements."""
    by_task = {each.task: each for each in placements}
    pairs = [(task, by_task[task.id]) for task in problem.tasks if task.id in by_task]
    late = [
        (task.weight, each.end_s - task.due_s)
        for task, each in pairs
        if task.due_s is not None and each.end_s > task.due_s
    ]
    changed = [
        task.promise.price
        for task, each in pairs
        if task.promise is not None and (task.promise.machine, task.promise.start_s) != (each.machine, each.start_s)
    ]
    ends = [each.end_s for each in placements]
    return Terms(
        weighted_lateness=sum(weight * seconds for weight, seconds in late),
        late=len(late),
        makespan_s=max([0, *ends]),
        transport_s=_transport_s(problem, placements),
        set_up_s=_set_up_s(problem, pairs),
        change=float(sum(changed)),
        changed=len(changed),
        total_end_s=sum(ends),
    )


def _transport_s(problem: Problem, placements: Sequence[Placement]) -> int:
    labs = {machine.id: machine.lab for machine in problem.machines}
    if len(problem.labs) < 2:
        return 0
    lab = {each.task: labs[each.machine] for each in placements if each.machine is not None}
    fixed = {task.id for task in problem.tasks if task.fixed is not None}
    return sum(
        problem.transport.between(lab[arrow.before], lab[arrow.after])
        for arrow in problem.precedences
        if arrow.before in lab and arrow.after in lab and not (arrow.before in fixed and arrow.after in fixed)
    )


def _set_up_s(problem: Problem, pairs: Sequence[tuple[Task, Placement]]) -> int:
    if not any(task.family for task in problem.tasks):
        return 0
    runs: dict[str, list[tuple[int, int, str, bool]]] = defaultdict(list)
    for task, each in pairs:
        if each.machine is not None:
            runs[each.machine].append((each.start_s, each.end_s, task.family, task.fixed is not None))
    total = 0
    for machine in problem.machines:
        on = [(-1, -1, machine.set_to, True), *sorted(runs[machine.id])]
        total += sum(
            problem.set_ups.between(one[2], other[2]) for one, other in pairwise(on) if not (one[3] and other[3])
        )
    return total
