"""A plan's terms: lateness, makespan, transport, set-up, broken promises, money, energy and shares.

Each is a number that people can check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduler.lots import apart, is_split
from scheduler.objective import Objective
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem, Task

__all__ = ["Score", "Terms", "terms_of", "unfair_s", "work_by_lab"]

Score = tuple[int, float, int]

_HOUR_S = 3600


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
        cost: what machine hours and runs cost, fixed work left out.
        energy_kwh: what the runs take, fixed work left out.
        unfair_s: seconds of machine work by which labs have more than their share.
    """

    weighted_lateness: int
    late: int
    makespan_s: int
    transport_s: int
    set_up_s: int
    change: float
    changed: int
    total_end_s: int
    cost: float = 0.0
    energy_kwh: float = 0.0
    unfair_s: float = 0.0

    def score(self, objective: Objective) -> Score:
        """What is compared, the smallest being best: lateness, then the weighted sum, then the sum of ends."""
        weighted = (
            objective.makespan * self.makespan_s
            + objective.transport * self.transport_s
            + objective.set_up * self.set_up_s
            + objective.change * self.change
            + objective.cost * self.cost
            + objective.energy * self.energy_kwh
            + objective.fairness * self.unfair_s
        )
        return self.weighted_lateness, weighted, self.total_end_s


def terms_of(problem: Problem, placements: Sequence[Placement]) -> Terms:
    """The terms of a plan's placements."""
    ends = [each.end_s for each in placements]
    if is_split(problem):
        problem, plan = apart(problem, Plan(tuple(placements), 0, ""))
        placements = plan.placements
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
    cost, energy_kwh = _spent(problem, pairs)
    return Terms(
        weighted_lateness=sum(weight * seconds for weight, seconds in late),
        late=len(late),
        makespan_s=max([0, *ends]),
        transport_s=_transport_s(problem, placements),
        set_up_s=_set_up_s(problem, pairs),
        change=float(sum(changed)),
        changed=len(changed),
        total_end_s=sum(ends),
        cost=cost,
        energy_kwh=energy_kwh,
        unfair_s=unfair_s(problem, work_by_lab(problem, placements)),
    )


def work_by_lab(problem: Problem, placements: Sequence[Placement]) -> dict[str, int]:
    """Seconds of machine work that each lab with a share has had before and has in a plan, fixed work included."""
    lab_of = {machine.id: machine.lab for machine in problem.machines}
    result = {lab.id: lab.had_s for lab in problem.labs if lab.share is not None}
    if result:
        tasks = {task.id: task for task in problem.tasks}
        pairs = [(tasks[each.task], each) for each in placements if each.task in tasks]
        for machine, seconds in _work_s(problem, pairs):
            if lab_of[machine] in result:
                result[lab_of[machine]] += seconds
    return result


def _work_s(problem: Problem, pairs: Sequence[tuple[Task, Placement]]) -> Iterator[tuple[str, int]]:
    """Each run's machine and seconds; tasks that share a run are one run."""
    machines = {machine.id: machine for machine in problem.machines}
    shared: dict[tuple[Placement, str, str], list[int]] = defaultdict(list)
    for task, each in pairs:
        if each.machine is None:
            continue
        own_s = [option.duration_s for option in task.options if option.machine == each.machine]
        seconds = own_s[0] if own_s else each.run_end_s - each.start_s
        if task.batch and task.fixed is None and machines[each.machine].plate is not None:
            alike = Placement("", each.machine, each.start_s, each.run_end_s, each.end_s)
            shared[alike, task.batch, task.family].append(seconds)
        else:
            yield each.machine, seconds
    for (at, _, _), alone in shared.items():
        plate = machines[at.machine or ""].plate
        yield at.machine or "", plate.lasts_s(alone) if plate is not None else sum(alone)


def unfair_s(problem: Problem, worked_s: dict[str, int]) -> float:
    """Seconds by which labs have more than their share of the work of all labs that have one."""
    shares = {lab.id: lab.share for lab in problem.labs if lab.share is not None}
    whole, total_s = sum(shares.values()), sum(worked_s.values())
    if not whole:
        return 0.0
    return sum(max(0.0, worked_s[lab] - share / whole * total_s) for lab, share in shares.items())


def _spent(problem: Problem, pairs: Sequence[tuple[Task, Placement]]) -> tuple[float, float]:
    """Money and kilowatt-hours."""
    cost_h = {machine.id: machine.cost_h for machine in problem.machines}
    free = [(task, each) for task, each in pairs if task.fixed is None]
    cost = sum(cost_h[machine] * seconds / _HOUR_S for machine, seconds in _work_s(problem, free) if cost_h[machine])
    energy_kwh = 0.0
    for task, each in free:
        option = next((option for option in task.options if option.machine == each.machine), None)
        if option is not None:
            cost += option.cost
            energy_kwh += option.energy_kwh
    return cost, energy_kwh


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
        if each.machine is not None and each.end_s > each.start_s:
            runs[each.machine].append((each.start_s, each.end_s, task.family, task.fixed is not None))
    total = 0
    for machine in problem.machines:
        family, fixed, done_s = machine.set_to, True, machine.busy_until_s
        for _, end_s, needed, stands in sorted(runs[machine.id]):
            fixed = fixed and stands
            total += 0 if fixed else problem.set_ups.between(family, needed)
            if end_s >= done_s:
                done_s = end_s
                family, fixed = (needed, stands) if needed else (family, fixed)
    return total
