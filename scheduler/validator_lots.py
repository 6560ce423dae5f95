"""The independent judge's view of lots: their sums and limits, and each as a run of its own.

No code of the solvers is used; the problem is divided anew from the placements alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from scheduler.plan import Placement, Plan
from scheduler.problem import Precedence, Problem, Task, Use

__all__ = ["Lots", "lots_wrong", "pieces_missing", "runs_of"]

Lots = Mapping[str, Sequence[Placement]]  # by id of each task that is split, its sound lots


def lots_wrong(problem: Problem, plan: Plan) -> Iterator[str]:
    """Lots that are too small, too large, numbered wrongly, or do not add up; lots of what is not split."""
    split = {task.id: task for task in problem.tasks if task.split is not None}
    numbers: dict[str, list[int]] = defaultdict(list)
    total: dict[str, int] = defaultdict(int)
    for each in plan.placements:
        task = split.get(each.task)
        if task is None:
            if each.lot:
                yield f"task {each.task} is not split, but lot {each.lot} of it is placed"
            continue
        numbers[task.id].append(each.lot)
        total[task.id] += each.pieces
        if not each.lot:
            yield f"task {task.id} is split, but a placement of it names no lot"
            continue
        smallest, largest = (task.split.smallest, task.split.largest) if task.split is not None else (1, None)
        if each.pieces < smallest:
            yield f"lot {each.lot} of task {task.id} has {each.pieces} pieces, and must have {smallest} at least"
        if largest is not None and each.pieces > largest:
            yield f"lot {each.lot} of task {task.id} has {each.pieces} pieces, and must have {largest} at most"
    for name, task in split.items():
        if numbers[name] and sorted(numbers[name]) != list(range(1, len(numbers[name]) + 1)):
            yield f"the lots of task {name} are not numbered from 1 on: {sorted(numbers[name])}"
        if numbers[name] and total[name] != task.quantity:
            yield f"the lots of task {name} make {total[name]} pieces instead of {task.quantity}"


def runs_of(problem: Problem, plan: Plan) -> tuple[Problem, Plan, Lots]:
    """Problem and plan with each lot as a task, "clips #2" for lot 2 of clips, and the lots.

    Arrows that count pieces are left out (`pieces_missing` judges them), and so are due dates, which break no rule.
    """
    most = {task.id: task.quantity for task in problem.tasks if task.split is not None}
    lots: dict[str, list[Placement]] = {name: [] for name in most}
    placements = []
    for each in plan.placements:
        if each.task in lots and each.lot and each.pieces <= most[each.task]:
            lots[each.task].append(each)
            placements.append(replace(each, task=_name(each), lot=0, pieces=0))
        elif each.task not in lots:
            placements.append(each)
    tasks: list[Task] = []
    for task in problem.tasks:
        if lots.get(task.id):
            by_number = {each.lot: each for each in lots[task.id]}
            tasks += [_run(task, each) for each in by_number.values()]
        else:
            tasks.append(task)
    arrows = {
        (one, other): Precedence(one, other, arrow.lag_s)
        for arrow in problem.precedences
        if arrow.pieces is None
        for one in _names(lots, arrow.before)
        for other in _names(lots, arrow.after)
    }
    return (
        replace(problem, tasks=tuple(tasks), precedences=tuple(arrows.values())),
        replace(plan, placements=tuple(placements)),
        lots,
    )


def _name(lot: Placement) -> str:
    return f"{lot.task} #{lot.lot}"


def _names(lots: Lots, task: str) -> list[str]:
    return list({_name(each): None for each in lots[task]}) if lots.get(task) else [task]


def _run(task: Task, lot: Placement) -> Task:
    """What a lot has to keep: its run takes the handling once and each of its pieces."""
    number = lot.pieces
    options = tuple(
        replace(
            option,
            duration_s=option.lot_s + number * option.duration_s,
            uses=tuple(Use(use.stock, use.amount * number) for use in option.uses),
            lot_s=0,
        )
        for option in task.options
    )
    uses = tuple(Use(use.stock, use.amount * number) for use in task.uses)
    return replace(task, id=_name(lot), options=options, uses=uses, quantity=number, split=None, due_s=None)


def pieces_missing(problem: Problem, placed: Mapping[str, Placement], lots: Lots) -> Iterator[str]:
    """Work that begins before so many pieces of what it waits for have ended, with lag and transport.

    Args:
        problem: as it was posed.
        placed: by id, lots as tasks.
        lots: of `runs_of`.
    """
    lab_of: dict[str | None, str] = {machine.id: machine.lab for machine in problem.machines}
    for arrow in problem.precedences:
        if arrow.pieces is None:
            continue
        for name in _names(lots, arrow.after):
            after = placed.get(name)
            if after is None:
                continue
            there, there_by = lab_of.get(after.machine), 0
            for lot in lots[arrow.before]:
                here = lab_of.get(lot.machine)
                way_s = problem.transport.between(here, there) if here and there else 0
                if lot.end_s + arrow.lag_s + way_s <= after.start_s:
                    there_by += lot.pieces
            if there_by < arrow.pieces:
                yield (
                    f"task {name} starts at {after.start_s} s, when {there_by} pieces of {arrow.before} are there "
                    f"instead of {arrow.pieces}"
                )
