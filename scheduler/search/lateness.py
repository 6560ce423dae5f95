# mypy: disable-error-code="no-any-return"
"""Simulated annealing on weighted lateness, every move evaluated exactly where it changes times.

A step takes a late task, drawn by what its lateness costs, walks back along what holds it up, and moves a task of that
path, or the one that stands in its way, to another place. Times are updated forwards only, with a trail that takes a
refused move back (cf. Kreipl 2000, a large step random walk for minimizing total weighted tardiness in a job shop;
Kirkpatrick, Gelatt and Vecchi 1983).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduler.compiled import compiled
from scheduler.search.causes import path
from scheduler.search.chance import MODULUS, draw, new_chance
from scheduler.search.graph import (
    END,
    LAB,
    NEXT,
    OPTION,
    PREV,
    START,
    Graph,
    drain,
    insert,
    pop,
    push,
    push_after,
    ready,
    remove,
    time_forward,
)
from scheduler.search.pricing import Dates, Floats, elsewhere, forward_on_own, price
from scheduler.shop import Ints, Shop

__all__ = ["BEST", "COST", "Annealing", "anneal", "cost_of", "keep", "new_annealing"]

COST, BEST, TRAIL = range(3)
_TABLE = 1024
_HOPED = 100  # of lateness: what a move may gain beyond twice what prices tell
_TRIES = 10  # moves tried along one path
_VISITS = 6000  # times computed for one move; beyond, it is refused
_PRICED = 5  # prices are computed anew after as many steps as this share of the tasks


class Annealing(NamedTuple):
    """What the search remembers.

    Attributes:
        dates: when tasks are due.
        path: room for a path.
        trail: room for tasks whose times a move has changed, with the start and end they had, and by task whether it is
            in the trail.
        counters: weighted lateness now and at best, length of the trail.
        chance: state of the random numbers.
        best_option, best_start: of the best schedule, by task.
        logs: -ln of evenly spaced numbers from 0 to 1.
        prices: of `scheduler.search.pricing`, by task.
    """

    dates: Dates
    path: Ints
    trail: Ints
    counters: Ints
    chance: Ints
    best_option: Ints
    best_start: Ints
    logs: Floats
    prices: Floats


def new_annealing(due: Ints, weight: Ints, seed: int) -> Annealing:
    """A search that has seen nothing.

    Args:
        due: by task.
        weight: by task; 0 where there is no due date.
        seed: of the random numbers.
    """
    tasks = len(due)
    return Annealing(
        Dates(np.flatnonzero(weight).astype(np.int64), due, weight),
        np.zeros(tasks + 1, dtype=np.int64), np.zeros((tasks + 1, 4), dtype=np.int64),
        np.array([0, 2**62, 0], dtype=np.int64), new_chance(seed),
        np.zeros(tasks, dtype=np.int64), np.zeros(tasks, dtype=np.int64),
        -np.log((np.arange(_TABLE) + 0.5) / _TABLE), np.zeros((tasks, 2)),
    )  # fmt: skip


@compiled
def cost_of(graph: Graph, memory: Annealing) -> int:
    """The weighted lateness of the times as they are."""
    total = 0
    for place in range(len(memory.dates.late)):
        task = memory.dates.late[place]
        total += memory.dates.weight[task] * max(0, graph.nodes[task, END] - memory.dates.due[task])
    return total


@compiled
def _target(graph: Graph, memory: Annealing) -> int:
    """A late task, drawn by what its lateness costs."""
    left = memory.counters[COST] * (draw(memory.chance, MODULUS) / MODULUS)
    found = -1
    for place in range(len(memory.dates.late)):
        task = memory.dates.late[place]
        cost = memory.dates.weight[task] * max(0, graph.nodes[task, END] - memory.dates.due[task])
        if cost > 0:
            found = task
            left -= cost
            if left < 0:
                break
    return found


@compiled
def _remember(graph: Graph, memory: Annealing, task: int) -> None:
    if memory.trail[task, 3] == 0:
        size = memory.counters[TRAIL]
        memory.trail[task, 3] = 1
        memory.trail[size, 0] = task
        memory.trail[size, 1], memory.trail[size, 2] = graph.nodes[task, START], graph.nodes[task, END]
        memory.counters[TRAIL] = size + 1


@compiled
def _forget(graph: Graph, memory: Annealing, restore: bool) -> None:
    for place in range(memory.counters[TRAIL]):
        task = memory.trail[place, 0]
        memory.trail[task, 3] = 0
        if restore:
            graph.nodes[task, START], graph.nodes[task, END] = memory.trail[place, 1], memory.trail[place, 2]
    memory.counters[TRAIL] = 0


@compiled
def _update(shop: Shop, graph: Graph, memory: Annealing, size: int, most: int) -> bool:
    """Compute times anew from what is queued; False past the horizon, beyond `most`, or in a circle."""
    left = _VISITS
    while size > 0:
        task = pop(graph, size)
        size -= 1
        left -= 1
        _remember(graph, memory, task)
        before = graph.nodes[task, END]
        changed = time_forward(shop, graph, task)
        over = graph.nodes[task, END] > shop.horizon[0]
        if changed and not over and memory.dates.weight[task] > 0:
            late = max(0, graph.nodes[task, END] - memory.dates.due[task]) - max(0, before - memory.dates.due[task])
            memory.counters[COST] += memory.dates.weight[task] * late
        if over or left < 0 or memory.counters[COST] > most:
            drain(graph, size)
            return False
        if changed:
            size = push_after(shop, graph, size, task)
    return True


@compiled
def _move(
    shop: Shop, graph: Graph, memory: Annealing, task: int, option: int, prev: int, allowed: float, hoped: int
) -> bool:
    """Move a task if the lateness then grows by no more than what is allowed; whether it was."""
    old_option, old_prev, old_next = graph.nodes[task, OPTION], graph.nodes[task, PREV], graph.nodes[task, NEXT]
    before = memory.counters[COST]
    remove(graph, task)
    insert(shop, graph, task, option, prev)
    size = push(graph, 0, task, graph.nodes[task, START])
    if old_next >= 0:
        size = push(graph, size, old_next, graph.nodes[old_next, START])
    size = push_after(shop, graph, size, task)
    # What is late now may yet come in time, but hardly more than that is gained by one move.
    most = before + int(allowed) + hoped
    good = _update(shop, graph, memory, size, most) and memory.counters[COST] <= before + allowed
    _forget(graph, memory, not good)
    if not good:
        memory.counters[COST] = before
        remove(graph, task)
        insert(shop, graph, task, old_option, old_prev)
    return good


@compiled
def keep(graph: Graph, memory: Annealing) -> bool:
    """Keep the schedule if it is the best; whether it was."""
    if memory.counters[COST] >= memory.counters[BEST]:
        return False
    memory.counters[BEST] = memory.counters[COST]
    for task in range(len(graph.nodes)):
        memory.best_option[task], memory.best_start[task] = graph.nodes[task, OPTION], graph.nodes[task, START]
    return True


@compiled
def _try(shop: Shop, graph: Graph, memory: Annealing, task: int, allowed: float, hoped: int) -> bool:
    """Try one move of a task that holds up a late one, or of what stands before it; whether it was made."""
    kind = draw(memory.chance, 10)
    prev = graph.nodes[task, PREV]
    if kind < 4:
        place, growth = forward_on_own(shop, graph, memory.prices, memory.chance, task)
        if place == -2 or growth > allowed:
            return False
        return _move(shop, graph, memory, task, graph.nodes[task, OPTION], place, allowed, hoped)
    if kind < 7 and prev >= 0 and graph.nodes[prev, END] > ready(shop, graph, task, graph.nodes[task, LAB]):
        task = prev
    option, place, growth = elsewhere(shop, graph, memory.prices, memory.chance, task)
    if option < 0 or growth > allowed:
        return False
    hoped = min(hoped, int(max(0.0, -2.0 * growth)) + _HOPED)
    return _move(shop, graph, memory, task, option, place, allowed, hoped)


@compiled
def anneal(shop: Shop, graph: Graph, memory: Annealing, steps: int, warmth: float) -> int:
    """Do so many steps at one warmth, which is a weighted lateness; the moves made."""
    made, done, priced = 0, 0, 0
    while done < steps and memory.counters[COST] > 0:
        if done >= priced:
            price(shop, graph, memory.dates, memory.prices, memory.chance)
            priced = done + len(shop.tasks) // _PRICED
        target = _target(graph, memory)
        hoped = memory.dates.weight[target] * (graph.nodes[target, END] - memory.dates.due[target])
        size = path(shop, graph, target, memory.chance, memory.path)
        for _ in range(min(_TRIES, steps - done)):
            done += 1
            if size == 0:
                continue
            task = memory.path[draw(memory.chance, size)]
            if _try(shop, graph, memory, task, warmth * memory.logs[draw(memory.chance, _TABLE)], hoped):
                made += 1
                break
    return made
