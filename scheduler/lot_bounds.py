"""What holds however a task is divided into lots: problems that no plan of the divided task breaks, and the bound."""

from __future__ import annotations

from dataclasses import replace

from scheduler.bounds import LoadModel, path_bound
from scheduler.lots import Sizes, divided, lot_of, split_tasks
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.plates import relaxed
from scheduler.problem import Problem, Task, Use

__all__ = ["bound_of_lots", "loads_and_paths", "necessary", "smallest_lot"]


def smallest_lot(problem: Problem, task: Task) -> int:
    """Pieces of the largest lot in the finest division: whatever waits for the task waits for so large a lot at least.

    Where something waits for some of its pieces alone, it is the smallest lot.
    """
    if task.split is None:
        return task.quantity
    if any(arrow.before == task.id and arrow.pieces is not None for arrow in problem.precedences):
        return task.split.smallest
    return -(-task.quantity // task.split.most_lots(task.quantity))


def necessary(problem: Problem, *, all_material: bool = False) -> Problem:
    """The problem with one lot of each split task, which no division does without.

    Args:
        problem: what is to be planned.
        all_material: whether the lot uses what all pieces do, to see whether that is there at all.
    """

    def lot(task: Task) -> Task:
        if task.split is None:
            return task
        pieces = smallest_lot(problem, task)
        found = replace(lot_of(task, pieces, task.id, ""), name=task.name, due_s=task.due_s, weight=task.weight)
        return _using_all(task, found) if all_material else found

    arrows = tuple(replace(arrow, pieces=None) for arrow in problem.precedences)
    return replace(problem, tasks=tuple(lot(task) for task in problem.tasks), precedences=arrows)


def _using_all(task: Task, lot: Task) -> Task:
    def of_all(uses: tuple[Use, ...]) -> tuple[Use, ...]:
        return tuple(Use(each.stock, each.amount * task.quantity) for each in uses)

    options = zip(lot.options, task.options, strict=True)
    return replace(lot, uses=of_all(task.uses), options=tuple(replace(o, uses=of_all(own.uses)) for o, own in options))


def loads_and_paths(problem: Problem) -> tuple[Problem, Problem]:
    """Two problems of the same tasks: the machine time that lots take at least, and when they may begin and end.

    In the first, each split task has as few and large lots as can be. For any prices of machine time, a lot's cheapest
    option costs a concave function of its pieces, and of all divisions the one into largest lots and a rest costs the
    least (Karamata's inequality). In the second each of these is as short as a lot must be. Arrows that count pieces
    are left out of both.
    """
    sizes: Sizes = {task.id: _largest(task) for task in split_tasks(problem)}
    arrows = tuple(arrow for arrow in problem.precedences if arrow.pieces is None)
    way = divided(replace(problem, precedences=arrows), sizes)
    short = {
        name: lot_of(task, min(smallest_lot(problem, task), pieces), name, "")
        for task in split_tasks(problem)
        for name, pieces in zip(way.lots[task.id], sizes[task.id], strict=True)
    }
    paths = tuple(
        task
        if task.id not in short
        else replace(
            task,
            options=tuple(
                replace(option, duration_s=own.duration_s)
                for option, own in zip(task.options, short[task.id].options, strict=True)
            ),
        )
        for task in way.problem.tasks
    )
    return way.problem, replace(way.problem, tasks=paths)


def _largest(task: Task) -> tuple[int, ...]:
    most = task.split.most(task.quantity) if task.split is not None else task.quantity
    whole, rest = divmod(task.quantity, most)
    return (most,) * whole + ((rest,) if rest else ())


def bound_of_lots(problem: Problem) -> int:
    """A makespan in seconds that no plan beats, however it divides its tasks; each task has a place alone."""
    alone = Network(relaxed(necessary(problem)))
    path_s = path_bound(heads(alone), tails(alone))
    loads, paths = (Network(relaxed(each)) for each in loads_and_paths(problem))
    if not any(loads.choices):
        return path_s
    return LoadModel(loads, heads(paths), tails(paths)).bound(path_s)[0]
