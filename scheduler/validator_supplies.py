"""The independent judge's view of what is shared: operators of a lab, and stocks. No code of the solvers is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scheduler.calendars import Window
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Problem, SetUps, Stock, Task
from scheduler.validator_plates import Runs

__all__ = [
    "Span", "Taken", "attendance", "lab_short", "operators_short", "set_ups_tended", "stocks_short", "taken_by",
    "tended", "used_up",
]  # fmt: skip

Span = tuple[int, int, str, bool]  # from, to, what it is for, whether it is fixed work
Taken = tuple[int, int, str, bool]  # when, how much, by which task, whether it is fixed work


def operators_short(problem: Problem, placed: Mapping[str, Placement], shared: Runs) -> Iterator[str]:
    """When more operators are needed in a lab than are there; attended time outside of opening hours.

    Where fixed work alone asks for too many, nothing is said. Tasks that share a run take operators once.
    """
    machines = {machine.id: machine for machine in problem.machines}
    runs: dict[str, list[tuple[Task, Placement]]] = defaultdict(list)
    for task in problem.tasks:
        at = placed.get(task.id)
        first = shared.get(task.id, (task,))[0]
        if at is not None and at.machine in machines and first.id == task.id:
            runs[at.machine or ""].append((task, at))
    needed: dict[str, list[Span]] = defaultdict(list)
    labs = {lab.id: lab for lab in problem.labs}
    for name, here in runs.items():
        machine = machines[name]
        here.sort(key=lambda each: (each[1].start_s, each[1].end_s))
        needed[machine.lab] += tended(machine, labs[machine.lab].calendar.windows, here, shared)
        if machine.attends_set_up:
            needed[machine.lab] += set_ups_tended(machine, problem.set_ups, here)
    for lab in problem.labs:
        yield from lab_short(lab, needed[lab.id])


def tended(
    machine: Machine, windows: Sequence[Window], runs: Iterable[tuple[Task, Placement]], shared: Runs
) -> Iterator[Span]:
    """When an operator is with the runs of a machine, set-ups left out."""
    for task, at in runs:
        found = [attendance(machine, each) for each in shared.get(task.id, (task,))]
        begin_s, off_s = (max(each) for each in zip(*found, strict=True))
        told, fixed = f"task {task.id} on machine {machine.id}", task.fixed is not None
        if machine.attends_run and begin_s:
            begin_s = at.run_end_s - at.start_s
        if machine.pauses:
            for window in windows:
                from_s, to_s = max(window.start_s, at.start_s), min(window.end_s, at.run_end_s)
                to_s = min(to_s, from_s + begin_s)
                if from_s < to_s:
                    yield from_s, to_s, told, fixed
                    begin_s -= to_s - from_s
        elif begin_s:
            yield at.start_s, min(at.start_s + begin_s, at.run_end_s), told, fixed
        if off_s and at.end_s > at.run_end_s:
            yield max(at.run_end_s, at.end_s - off_s), at.end_s, told, fixed


def attendance(machine: Machine, task: Task) -> tuple[int, int]:
    """Seconds that an operator is needed for at the start of a task's run, and for taking it off.

    Fixed work that stands on none of its options is nobody's work.
    """
    option = next((each for each in task.options if each.machine == machine.id), None)
    if option is None:
        return 0, 0
    begin_s = machine.attend_start_s if option.attend_start_s is None else option.attend_start_s
    off_s = machine.attend_end_s if option.attend_end_s is None else option.attend_end_s
    return option.duration_s if machine.attends_run else begin_s, off_s


def set_ups_tended(machine: Machine, set_ups: SetUps, runs: Iterable[tuple[Task, Placement]]) -> Iterator[Span]:
    """Right before each run that needs another family; fixed stretches are left out."""
    family, fixed, done_s = machine.set_to, True, machine.busy_until_s
    for task, at in runs:
        if at.end_s == at.start_s:
            continue
        fixed = fixed and task.fixed is not None
        takes_s = set_ups.between(family, task.family)
        if takes_s and not fixed:
            yield at.start_s - takes_s, at.start_s, f"the set-up for task {task.id} on machine {machine.id}", False
        if at.end_s >= done_s:
            done_s = at.end_s
            if task.family:
                family, fixed = task.family, task.fixed is not None


def lab_short(lab: Lab, needed: Sequence[Span]) -> Iterator[str]:
    """When more operators are needed in a lab than are there, and who is needed while it is closed."""
    windows = lab.calendar.windows
    for from_s, to_s, told, fixed in needed:
        if not fixed and not any(each.start_s <= from_s and to_s <= each.end_s for each in windows):
            yield f"{told} needs an operator from {from_s} s to {to_s} s, not inside one opening of lab {lab.id}"
    if lab.operators is None or all(fixed for *_, fixed in needed):
        return
    edges: list[tuple[int, int]] = []
    for shift in lab.operators:
        edges += [(shift.start_s, shift.operators), (shift.end_s, -shift.operators)]
    for from_s, to_s, _, _ in needed:
        edges += [(from_s, -1), (to_s, 1)]
    level, over = 0, []
    edges.sort()
    for position, (at_s, step) in enumerate(edges):
        level += step
        if level < 0 and position + 1 < len(edges) and edges[position + 1][0] > at_s:
            over.append((at_s, edges[position + 1][0], -level))
    for from_s, to_s, number in over:
        asking = [each for each in needed if each[0] < to_s and each[1] > from_s]
        if any(not fixed for *_, fixed in asking):
            yield (
                f"lab {lab.id} is short of {number} operators from {from_s} s to {to_s} s, asked for by "
                f"{', '.join(told for _, _, told, _ in asking)}"
            )


def stocks_short(problem: Problem, placed: Mapping[str, Placement]) -> Iterator[str]:
    """When more of a stock is taken than is there by then. What fixed work alone takes too much of is not told."""
    taken: dict[str, list[Taken]] = defaultdict(list)
    for task in problem.tasks:
        at = placed.get(task.id)
        for name, each in taken_by(task, at) if at is not None else ():
            taken[name].append(each)
    for stock in problem.stocks:
        yield from used_up(stock, sorted(taken[stock.id]))


def taken_by(task: Task, at: Placement) -> Iterator[tuple[str, Taken]]:
    """Id of each stock that a placed task uses, and what it takes of it."""
    if at.machine is None or (task.fixed is not None and at.start_s < 0):
        return
    for use in (*task.uses, *(use for each in task.options if each.machine == at.machine for use in each.uses)):
        yield use.stock, (at.start_s, use.amount, task.id, task.fixed is not None)


def used_up(stock: Stock, taken: Sequence[Taken]) -> Iterator[str]:
    """When more of a stock is taken than is there; `taken` in order of time."""
    used = 0
    any_free = False
    for position, (at_s, amount, task_id, fixed) in enumerate(taken):
        used, any_free = used + amount, any_free or not fixed
        if position + 1 < len(taken) and taken[position + 1][0] == at_s:
            continue
        there = stock.amount + sum(each.amount for each in stock.deliveries if each.at_s <= at_s)
        if used > there and any_free:
            yield (
                f"stock {stock.id}: by {at_s} s, when task {task_id} starts, {used} {stock.unit} are taken, "
                f"but only {there} are there"
            )
