"""Why there is no plan, in the operator's words, and the cheapest changes that would make one possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import PlanError
from scheduler.lot_bounds import loads_and_paths, necessary
from scheduler.lots import is_split
from scheduler.network import Network
from scheduler.overload import overloads
from scheduler.plates import relaxed
from scheduler.precheck import unplaceable
from scheduler.problem import Problem, Split
from scheduler.relief import changes
from scheduler.shortage import short_of_material, short_of_operators
from scheduler.wording import listed

__all__ = ["Conflict", "conflicts", "refusal"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that cannot be.

    Attributes:
        tasks: ids of the tasks concerned.
        what: one sentence without a final full stop.
        changes: what would make it possible, each alone, the smallest first; empty when none was found.
    """

    tasks: tuple[str, ...]
    what: str
    changes: tuple[str, ...]


def conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """What is surely impossible in a problem; empty when nothing is found, which promises no plan.

    All that is told is exact: tasks that have no place even with every machine to themselves; machines that together
    cannot do all that only they can do before the horizon; and the same of stocks and of the operators of a lab.
    """
    alone = unplaceable(problem)
    if alone:
        return tuple(
            Conflict((each.task,), f"task {each.task} has no place: {each.reason}", _changes(problem, each.task))
            for each in alone
        )
    loads, paths, material = _relaxations(problem)
    short = (*short_of_material(material), *short_of_operators(loads)) if loads.supplies is not None else ()
    found = (*short, *overloads(loads, paths))
    return tuple(Conflict(_of_lots(problem, names), what, (change,)) for names, what, change in found)


def refusal(told: Sequence[Conflict]) -> PlanError:
    """The error that tells the first of some conflicts, the smallest change that would help, and how many more."""
    rest = [name for each in told[1:] for name in each.tasks]
    more = f"; there is no place for {len(rest)} more: {listed(dict.fromkeys(rest))}" if rest else ""
    hint = told[0].changes[0] if told[0].changes else "add a machine, longer opening hours or a later horizon"
    return PlanError(f"{told[0].what}{more}", hint=hint)


def _changes(problem: Problem, name: str) -> tuple[str, ...]:
    """What alone would give a task a place; for one that is split, smaller lots first."""
    found: list[str] = []
    lots = necessary(problem)
    task = next(each for each in problem.tasks if each.id == name)
    if task.split is not None and task.split.smallest > 1:
        small = replace(task, split=Split(1, task.split.largest))
        other = replace(problem, tasks=tuple(small if each.id == name else each for each in problem.tasks))
        if all(each.task != name for each in unplaceable(other)):
            found.append(f"possible if a lot of {name} may have fewer than {task.split.smallest} pieces")
    lot = next(each for each in lots.tasks if each.id == name)
    return (*found, *changes(lots, lot))


def _relaxations(problem: Problem) -> tuple[Network, Network, Network]:
    """The problem with the least machine time, with the shortest runs, and for material; all one if nothing is shared.

    Shared are runs of several tasks, and tasks that lots divide.
    """
    plates = any(machine.plate for machine in problem.machines)
    if not is_split(problem):
        network = Network(relaxed(problem) if plates else problem)
        return network, network, network
    made = (*loads_and_paths(problem), necessary(problem, all_material=True))
    loads, paths, material = (Network(relaxed(each) if plates else each) for each in made)
    return loads, paths, material


def _of_lots(problem: Problem, names: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of tasks for those of their lots, each once."""
    known = {task.id for task in problem.tasks}
    return tuple(dict.fromkeys(name if name in known else name.rpartition(" #")[0] for name in names))
