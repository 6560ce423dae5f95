"""Why there is no plan, in the operator's words, and the cheapest changes that would make one possible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scheduler.bounds import LoadModel
from scheduler.calendars import Calendar, Window
from scheduler.capacity import Capacity
from scheduler.lot_bounds import loads_and_paths, necessary
from scheduler.lots import is_split
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.plates import relaxed
from scheduler.precheck import unplaceable, unplaceable_in
from scheduler.problem import Machine, Problem, Task
from scheduler.shortage import short_of_material, short_of_operators
from scheduler.wording import listed, moment, span

__all__ = ["Conflict", "conflicts"]

_LONGEST_S = 50 * 366 * 24 * 3600
_SCARCE = 1e-3


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
        lots = necessary(problem)
        tasks = {task.id: task for task in lots.tasks}
        return tuple(
            Conflict((each.task,), f"task {each.task} has no place: {each.reason}", _changes(lots, tasks[each.task]))
            for each in alone
        )
    loads, paths, material = _relaxations(problem)
    short = (*short_of_material(material), *short_of_operators(loads)) if loads.supplies is not None else ()
    found = (*(Conflict(names, what, (change,)) for names, what, change in short), *_overload(loads, paths))
    return tuple(replace(each, tasks=_of_lots(problem, each.tasks)) for each in found)


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


def _changes(problem: Problem, task: Task) -> tuple[str, ...]:
    """What alone would give a task a place, from the smallest change on."""
    found: list[tuple[int, str]] = []
    for option in task.options:
        machine = next(each for each in problem.machines if each.id == option.machine)
        found += _longer_hours(problem, task, machine, option.duration_s)
    found += _later_horizon(problem, task)
    found += _later_fixed(problem, task)
    return tuple(words for _, words in sorted(found))


def _fits(problem: Problem, task: Task) -> bool:
    return all(each.task != task.id for each in unplaceable_in(Network(problem)))


def _longer_hours(problem: Problem, task: Task, machine: Machine, duration_s: int) -> Iterator[tuple[int, str]]:
    """Whether it is enough that the machine's lab stays open once, or that the machine runs alone."""
    lab = next(each for each in problem.labs if each.id == machine.lab)
    latest_s = problem.horizon_s - duration_s
    windows = [each for each in lab.calendar.windows if each.start_s <= latest_s] or [Window(0, 1)] * (latest_s >= 0)
    for window in windows[-1:] + windows[:1]:
        longer = Window(window.start_s, max(window.end_s, min(window.start_s + duration_s, problem.horizon_s)))
        labs = tuple(
            replace(each, calendar=Calendar.joined([*lab.calendar.windows, longer])) if each.id == lab.id else each
            for each in problem.labs
        )
        if longer.end_s > window.end_s and _fits(replace(problem, labs=labs), task):
            from_, until = (moment(problem.origin, each) for each in (longer.start_s, longer.end_s))
            yield longer.end_s - window.end_s, f"possible if lab {lab.id} is open from {from_} to {until}"
            break
    if not (machine.unattended or machine.pauses or machine.attends_run):
        machines = tuple(replace(each, unattended=True) if each.id == machine.id else each for each in problem.machines)
        if _fits(replace(problem, machines=machines), task):
            yield duration_s, f"possible if machine {machine.id} may run while lab {lab.id} is closed"


def _later_horizon(problem: Problem, task: Task) -> Iterator[tuple[int, str]]:
    """By when there would be a place if the last opening went on for ever."""
    far_s = min(_LONGEST_S, problem.horizon_s + 10 * 366 * 24 * 3600)
    labs = tuple(
        replace(lab, calendar=Calendar.joined([*lab.calendar.windows, Window(problem.horizon_s, far_s)]))
        for lab in problem.labs
    )
    later = Network(replace(problem, labs=labs, horizon_s=far_s))
    head = heads(later)[later.position[task.id]]
    if head is not None and head.end_s > problem.horizon_s and not unplaceable_in(later):
        more = head.end_s - problem.horizon_s
        yield more, f"possible if the plan may reach {span(more)} further, with the labs open then"


def _later_fixed(problem: Problem, task: Task) -> Iterator[tuple[int, str]]:
    """How much later the fixed work behind a task would have to be."""
    network = Network(problem)
    head = network.longest.end[network.position[task.id]].min()
    for arc in network.after[network.position[task.id]]:
        behind = network.tasks[arc.task]
        if behind.fixed is not None and head + arc.lag_s > behind.fixed.start_s:
            late_s = int(head) + arc.lag_s - behind.fixed.start_s
            yield late_s, f"possible if {behind.id}, which is fixed, is {span(late_s)} later or more"


def _overload(network: Network, paths: Network) -> Iterator[Conflict]:
    """Machines that are asked for more than they have until the horizon."""
    problem = network.problem
    if not any(network.choices):
        return
    head, tail = heads(paths), tails(paths)
    bound_s, prices = LoadModel(network, head, tail).bound(0)
    if bound_s < problem.horizon_s:
        return
    offered = Capacity(network, head, tail).offered(problem.horizon_s)
    scarce = set(np.flatnonzero(prices > _SCARCE * prices.max()).tolist())
    bound_to = [
        task
        for task in network.free
        if network.choices[task] and all(c.machine in scarce for c in network.choices[task])
    ]
    scarce &= {choice.machine for task in bound_to for choice in network.choices[task]}
    needed_s = sum(network.fastest_s(task) for task in bound_to)
    offered_s = int(offered[sorted(scarce)].sum())
    if needed_s <= offered_s:
        return
    names = listed(problem.machines[machine].id for machine in sorted(scarce))
    yield Conflict(
        tuple(problem.tasks[task].id for task in bound_to),
        f"{len(bound_to)} tasks that only {names} can do take {span(needed_s)} together at least, but until "
        f"{moment(problem.origin, problem.horizon_s)} there are {span(offered_s)}",
        (f"possible, if at all, with {span(needed_s - offered_s)} more: longer hours, another machine or fewer tasks",),
    )
