"""New work in the arrays of a standing plan, to be placed; standing work does not wait for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scheduler.floor import Floor
from scheduler.problem import Precedence, Problem, SetUps, Task
from scheduler.search.graph import new_graph
from scheduler.search.holding import DISPLACED
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    DELAY,
    FAMILY,
    KIND,
    OPTIONS,
    OPTIONS_END,
    PLACE,
    RELEASE,
    WAIT,
    WORK,
    Ints,
    Shop,
)
from scheduler.supplies import more_supplies

__all__ = ["changes", "join"]


def join(
    floor: Floor,
    problem: Problem,
    tasks: Sequence[Task],
    precedences: Sequence[Precedence],
    numbers: Mapping[str, int],
    families: Mapping[str, int],
) -> None:
    """Append tasks and their arrows to all arrays.

    Args:
        floor: what it stands on.
        problem: whose labs, machines and stocks it uses.
        tasks: in an order that keeps the precedences; none starts before its release.
        precedences: between them, and from standing work.
        numbers: of all tasks, the new ones behind the others.
        families: numbers of all families; the floor's table of set-ups knows them.
    """
    old = len(floor.states)
    machines = {machine.id: number for number, machine in enumerate(problem.machines)}
    on = [machines[each.machine] for task in tasks for each in task.options]
    floor.supplies = more_supplies(floor.supplies, problem, tasks)
    floor.shop = _with_arrows(_with_tasks(floor.shop, tasks, on, families), precedences, numbers)
    fresh = new_graph(floor.shop)
    floor.graph = fresh._replace(nodes=np.concatenate((floor.graph.nodes, fresh.nodes[old:])))
    floor.held = np.concatenate((floor.held, np.zeros((len(tasks), floor.held.shape[1]), dtype=np.int64)))
    floor.states = np.concatenate((floor.states, np.full(len(tasks), DISPLACED)))
    floor.was = np.concatenate((floor.was, np.full(len(tasks), -1)))
    floor.allowed = np.concatenate((floor.allowed, np.ones(len(on), dtype=np.int64)))
    floor.position = np.concatenate((floor.position, np.arange(old, old + len(tasks))))
    floor.keys = np.zeros(old + len(tasks), dtype=np.int64)
    more = np.bincount(on, minlength=len(machines))
    floor.offers = floor.offers + more
    floor.widen_slots(more)


def changes(set_ups: SetUps, families: Sequence[str]) -> Ints:
    """Seconds of set-up by pair of families."""
    return np.array([[set_ups.between(one, other) for other in families] for one in families], dtype=np.int64)


def _with_tasks(shop: Shop, tasks: Sequence[Task], on: Sequence[int], families: Mapping[str, int]) -> Shop:
    old = len(shop.tasks)
    durations = [each.duration_s for task in tasks for each in task.options]
    ends = len(shop.options) + np.cumsum([len(task.options) for task in tasks])
    rows = np.zeros((len(tasks), shop.tasks.shape[1]), dtype=np.int64)
    rows[:, OPTIONS], rows[:, OPTIONS_END] = ends - [len(task.options) for task in tasks], ends
    rows[:, KIND] = [WORK if task.options else WAIT for task in tasks]
    rows[:, RELEASE] = [task.release_s for task in tasks]
    rows[:, DELAY] = [task.delay_s or 0 for task in tasks]
    rows[:, PLACE] = len(shop.travel) - 1
    rows[:, FAMILY] = [families[task.family] for task in tasks]
    options = np.zeros((len(on), shop.options.shape[1]), dtype=np.int64)
    options[:, :2] = np.array([on, durations], dtype=np.int64).T
    return shop._replace(
        tasks=np.concatenate((shop.tasks, rows)),
        options=np.concatenate((shop.options, options)),
        order=np.concatenate((shop.order, np.arange(old, old + len(tasks)))),
    )


def _with_arrows(shop: Shop, precedences: Sequence[Precedence], numbers: Mapping[str, int]) -> Shop:
    """Tasks get new rows of arcs, behind all others."""
    arcs: list[Ints] = [shop.arcs]
    size = len(shop.arcs)
    for ends, columns in (("after", (BEFORE, BEFORE_END)), ("before", (AFTER, AFTER_END))):
        more: dict[int, list[tuple[int, int]]] = {}
        for each in precedences:
            one, other = numbers[each.before], numbers[each.after]
            key, value = (other, one) if ends == "after" else (one, other)
            more.setdefault(key, []).append((value, each.lag_s))
        for task, found in more.items():
            first, last = shop.tasks[task, columns].tolist()
            rows = np.concatenate((shop.arcs[first:last], np.array(found, dtype=np.int64)))
            arcs.append(rows)
            shop.tasks[task, columns] = size, size + len(rows)
            size += len(rows)
    return shop._replace(arcs=np.concatenate(arcs))
