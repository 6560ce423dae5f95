"""Tasks that are split become lots, each a task of its own, and a plan of lots becomes one of the tasks again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, product

from scheduler.plan import Placement, Plan
from scheduler.problem import Option, Precedence, Problem, Task, Use

__all__ = ["Divided", "Sizes", "apart", "divided", "even", "is_split", "lot_of", "sizes_in", "split_tasks"]

Sizes = Mapping[str, tuple[int, ...]]  # by id of each split task, the pieces of its lots


@dataclass(frozen=True, slots=True)
class Divided:
    """A problem in which each lot is one task.

    Attributes:
        problem: without splits. Where a split task has a due date, a wait of no length behind its lots carries it.
        sizes: that it was divided into.
        lots: by id of a split task, those of its lots, in order.
    """

    problem: Problem
    sizes: Sizes
    lots: Mapping[str, tuple[str, ...]]

    def joined(self, placements: Sequence[Placement], order: Sequence[Task]) -> tuple[Placement, ...]:
        """The placements of the tasks themselves, in their order; lots are numbered and counted."""
        placed = {each.task: each for each in placements}
        result: list[Placement] = []
        for task in order:
            if task.id in self.lots:
                for number, (name, pieces) in enumerate(zip(self.lots[task.id], self.sizes[task.id], strict=True), 1):
                    result.append(replace(placed[name], task=task.id, lot=number, pieces=pieces))
            else:
                result.append(placed[task.id])
        return tuple(result)

    def separate(self, placements: Sequence[Placement]) -> tuple[Placement, ...]:
        """The placements of the lots, and of the waits behind them, from those of the tasks."""
        result, ends = [], dict[str, int]()
        for each in placements:
            if each.task in self.lots:
                name = self.lots[each.task][each.lot - 1]
                result.append(replace(each, task=name, lot=0, pieces=0))
                ends[each.task] = max(ends.get(each.task, 0), each.end_s)
            else:
                result.append(each)
        waits = {task.id for task in self.problem.tasks if task.delay_s is not None}
        names = {task: f"{task} #all" for task in ends}
        return (
            *result,
            *(Placement(names[task], None, end, end, end) for task, end in ends.items() if names[task] in waits),
        )


def is_split(problem: Problem) -> bool:
    """Whether any task of a problem may be split."""
    return any(task.split is not None for task in problem.tasks)


def split_tasks(problem: Problem) -> tuple[Task, ...]:
    """The tasks of a problem that may be split."""
    return tuple(task for task in problem.tasks if task.split is not None)


def even(pieces: int, lots: int) -> tuple[int, ...]:
    """So many lots of as nearly the same size as can be, the larger first."""
    each, more = divmod(pieces, lots)
    return (each + 1,) * more + (each,) * (lots - more)


def lot_of(task: Task, pieces: int, name: str, told: str) -> Task:
    """One run that makes so many pieces of a split task."""
    return replace(
        task,
        id=name,
        name=f"{task.name or task.id}, {told}",
        options=tuple(_run(option, pieces) for option in task.options),
        uses=_uses(task.uses, pieces),
        quantity=pieces,
        split=None,
        due_s=None,
        weight=1,
    )


def _run(option: Option, pieces: int) -> Option:
    return replace(
        option,
        duration_s=option.lot_s + pieces * option.duration_s,
        cost=pieces * option.cost,
        energy_kwh=pieces * option.energy_kwh,
        uses=_uses(option.uses, pieces),
        lot_s=0,
    )


def _uses(uses: tuple[Use, ...], pieces: int) -> tuple[Use, ...]:
    return tuple(Use(each.stock, each.amount * pieces) for each in uses)


def divided(problem: Problem, sizes: Sizes) -> Divided:
    """The problem with each split task as so many lots.

    What waits for some pieces of a task waits for its first lots that make so many.

    Args:
        problem: with tasks that are split.
        sizes: for each of these; their sums and limits are not looked at.
    """
    tasks: list[Task] = []
    lots: dict[str, tuple[str, ...]] = {}
    arrows: list[Precedence] = []
    for task in problem.tasks:
        if task.split is None:
            tasks.append(task)
            continue
        names = lots[task.id] = tuple(f"{task.id} #{number}" for number in range(1, len(sizes[task.id]) + 1))
        for number, (name, pieces) in enumerate(zip(names, sizes[task.id], strict=True), 1):
            tasks.append(lot_of(task, pieces, name, f"lot {number} of {len(names)}"))
        if task.due_s is not None:
            last = f"{task.id} #all"
            told = f"{task.name or task.id}, all lots"
            tasks.append(Task(last, delay_s=0, due_s=task.due_s, weight=task.weight, name=told))
            arrows += [Precedence(name, last) for name in names]
    arrows += [each for arrow in problem.precedences for each in _arrows(arrow, lots, sizes)]
    return Divided(replace(problem, tasks=tuple(tasks), precedences=tuple(arrows)), sizes, lots)


def _arrows(arrow: Precedence, lots: Mapping[str, tuple[str, ...]], sizes: Sizes) -> Iterator[Precedence]:
    before = lots.get(arrow.before, (arrow.before,))
    if arrow.pieces is not None:
        made = accumulate(sizes[arrow.before])
        enough = next(number for number, total in enumerate(made, 1) if total >= arrow.pieces)
        before = before[:enough]
    for one, other in product(before, lots.get(arrow.after, (arrow.after,))):
        yield Precedence(one, other, arrow.lag_s)


def sizes_in(problem: Problem, placements: Sequence[Placement]) -> Sizes:
    """The lots of a plan; a split task that it does not hold has as few as it can."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for each in placements:
        if each.lot:
            found[each.task][each.lot] = each.pieces
    return {
        task.id: tuple(found[task.id][number] for number in sorted(found[task.id])) or _fewest(task)
        for task in split_tasks(problem)
    }


def _fewest(task: Task) -> tuple[int, ...]:
    return even(task.quantity, task.split.fewest_lots(task.quantity) if task.split is not None else 1)


def apart(problem: Problem, plan: Plan) -> tuple[Problem, Plan]:
    """Problem and plan with each lot of the plan as a task; as they are where nothing is split.

    Args:
        problem: what the plan is for.
        plan: a valid plan, though tasks may be left out.
    """
    if not is_split(problem):
        return problem, plan
    way = divided(problem, sizes_in(problem, plan.placements))
    return way.problem, replace(plan, placements=way.separate(plan.placements))
