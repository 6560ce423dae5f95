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
import numpy.typing as npt

from scheduler.compiled import compiled
from scheduler.search.graph import (
    CHAIN_FIRST,
    END,
    LAB,
    LENGTH,
    MACHINE,
    NEXT,
    OPTION,
    PREV,
    QUEUED,
    START,
    Graph,
    insert,
    pop,
    push,
    ready,
    remove,
    set_up,
)
from scheduler.search.runs import end_of, start_of
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    FIXED,
    FREE_FROM,
    IN_LAB,
    KIND,
    LAG,
    NEVER,
    ON,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    RELEASE,
    RUN,
    Ints,
    Shop,
)

__all__ = ["BEST", "COST", "Annealing", "anneal", "cost_of", "keep", "new_annealing"]

Floats = npt.NDArray[np.float64]

STATE, COST, BEST, TRAIL = range(4)
ALL, OWN = range(2)
_MODULUS, _FACTOR = 2147483647, 48271  # Park and Miller (1988)
_TABLE = 1024
_LEAST = 0.02  # what a second costs where nothing late is held up
_HOPED = 100  # of lateness: what a move may gain beyond twice what prices tell
_FEW = 10  # other machines that are looked at for one move
_BACK = 6  # places that a task comes forward on its machine, at most
_TRIES = 10  # moves tried along one path
_VISITS = 6000  # times computed for one move; beyond, it is refused


class Annealing(NamedTuple):
    """What the search remembers.

    Attributes:
        late: tasks with due dates.
        due, weight: by task; without a due date the weight is 0.
        path: room for a path.
        trail: room for tasks whose times a move has changed, with the start and end they had, and by task whether it is
            in the trail.
        counters: state of the random numbers, weighted lateness now and at best, length of the trail.
        best_option, best_start: of the best schedule, by task.
        logs: -ln of evenly spaced numbers from 0 to 1.
        price: by task, what a second of delay costs: the weights of the late tasks that it holds up, over all that it
            holds up; and the same without what it holds up only on its machine.
    """

    late: Ints
    due: Ints
    weight: Ints
    path: Ints
    trail: Ints
    counters: Ints
    best_option: Ints
    best_start: Ints
    logs: Floats
    price: Floats


def new_annealing(due: Ints, weight: Ints, seed: int) -> Annealing:
    """A search that has seen nothing.

    Args:
        due: by task.
        weight: by task; 0 where there is no due date.
        seed: of the random numbers.
    """
    tasks = len(due)
    return Annealing(
        np.flatnonzero(weight).astype(np.int64), due, weight,
        np.zeros(tasks + 1, dtype=np.int64), np.zeros((tasks + 1, 4), dtype=np.int64),
        np.array([1 + (seed * 7919 + 12345) % (_MODULUS - 1), 0, 2**62, 0], dtype=np.int64),
        np.zeros(tasks, dtype=np.int64), np.zeros(tasks, dtype=np.int64),
        -np.log((np.arange(_TABLE) + 0.5) / _TABLE), np.zeros((tasks, 2)),
    )  # fmt: skip


@compiled
def _draw(memory: Annealing, most: int) -> int:
    memory.counters[STATE] = memory.counters[STATE] * _FACTOR % _MODULUS
    return memory.counters[STATE] % most


@compiled
def cost_of(graph: Graph, memory: Annealing) -> int:
    """The weighted lateness of the times as they are."""
    total = 0
    for place in range(len(memory.late)):
        task = memory.late[place]
        total += memory.weight[task] * max(0, graph.nodes[task, END] - memory.due[task])
    return total


@compiled
def _target(graph: Graph, memory: Annealing) -> int:
    """A late task, drawn by what its lateness costs."""
    left = memory.counters[COST] * (_draw(memory, _MODULUS) / _MODULUS)
    found = -1
    for place in range(len(memory.late)):
        task = memory.late[place]
        cost = memory.weight[task] * max(0, graph.nodes[task, END] - memory.due[task])
        if cost > 0:
            found = task
            left -= cost
            if left < 0:
                break
    return found


@compiled
def _holder(shop: Shop, graph: Graph, task: int, memory: Annealing) -> int:
    """What holds a task up: the one before it on its machine, one that it waits for, or -1."""
    held, found, ties = 0, -1, 0
    machine, prev = graph.nodes[task, MACHINE], graph.nodes[task, PREV]
    if machine >= 0 and prev >= 0:
        held, found, ties = graph.nodes[prev, END] + set_up(shop, task, prev, machine), prev, 1
    for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
        other = shop.arcs[arc, OTHER]
        moment = graph.nodes[other, END] + shop.arcs[arc, LAG]
        moment += shop.travel[graph.nodes[other, LAB], graph.nodes[task, LAB]]
        if moment > held:
            held, found, ties = moment, other, 1
        elif moment == held and moment > 0:
            ties += 1
            if _draw(memory, ties) == 0:
                found = other
    if held < shop.tasks[task, RELEASE] or (machine >= 0 and held < shop.machines[machine, FREE_FROM]):
        return -1
    return found


@compiled
def _path(shop: Shop, graph: Graph, memory: Annealing, task: int) -> int:
    """Write what holds a task up, from itself to the beginning; the number of tasks on machines."""
    size = 0
    while task >= 0 and shop.tasks[task, KIND] != FIXED:
        if graph.nodes[task, MACHINE] >= 0:
            memory.path[size] = task
            size += 1
        task = _holder(shop, graph, task, memory)
    return size


@compiled
def _price(shop: Shop, graph: Graph, memory: Annealing) -> None:
    """Compute all prices, from the last start to the first."""
    size = 0
    for task in range(len(shop.tasks)):
        late = memory.weight[task] > 0 and graph.nodes[task, END] > memory.due[task]
        memory.price[task, ALL] = memory.price[task, OWN] = memory.weight[task] if late else 0.0
        if shop.tasks[task, KIND] != FIXED:
            size = push(graph, size, task, -graph.nodes[task, START])
    while size > 0:
        task = pop(graph, size)
        size -= 1
        price = memory.price[task, ALL]
        if price > 0.0:
            holder = _holder(shop, graph, task, memory)
            if holder >= 0:
                memory.price[holder, ALL] += price
                if graph.nodes[task, PREV] != holder or graph.nodes[task, MACHINE] < 0:
                    memory.price[holder, OWN] += price


@compiled
def _way_on(shop: Shop, graph: Graph, task: int, lab: int) -> int:
    """Seconds from a lab to where what waits for a task is done, from where that starts first."""
    first, way = NEVER, 0
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if graph.nodes[other, START] < first:
            first, way = graph.nodes[other, START], shop.travel[lab, graph.nodes[other, LAB]]
    return way


@compiled
def _elsewhere(shop: Shop, graph: Graph, memory: Annealing, task: int) -> tuple[int, int, float]:
    """The option and place of the best of a few other machines, -1 for none, and by how much the lateness may grow."""
    first = shop.tasks[task, OPTIONS]
    count = shop.tasks[task, OPTIONS_END] - first
    before = graph.nodes[task, END] + _way_on(shop, graph, task, graph.nodes[task, LAB])
    price = memory.price[task, OWN] + _LEAST
    best, best_prev, least = -1, -1, np.inf
    for _ in range(min(_FEW, count - 1)):
        option = first + _draw(memory, count)
        machine, length = shop.options[option, ON], shop.options[option, RUN]
        if option == graph.nodes[task, OPTION]:
            continue
        lab = shop.machines[machine, IN_LAB]
        moment, way = ready(shop, graph, task, lab), _way_on(shop, graph, task, lab)
        prev, after = -1, graph.chains[machine, CHAIN_FIRST]
        while after >= 0 and graph.nodes[after, END] <= moment:
            prev, after = after, graph.nodes[after, NEXT]
        for _ in range(3):
            # Behind work that starts after this task ends could lie what waits for it.
            if prev >= 0 and graph.nodes[prev, START] >= graph.nodes[task, END]:
                break
            done = graph.nodes[prev, END] if prev >= 0 else shop.machines[machine, FREE_FROM]
            start = start_of(shop, machine, max(moment, done + set_up(shop, task, prev, machine)), length)
            if start >= NEVER:
                break
            end = end_of(shop, machine, start, length)
            growth = price * (end + way - before)
            if after >= 0:
                pushed = end + set_up(shop, after, task, machine) - graph.nodes[after, START]
                growth += (memory.price[after, ALL] + _LEAST) * max(0, pushed)
            if growth < least and (after < 0 or graph.nodes[task, START] < graph.nodes[after, END]):
                best, best_prev, least = option, prev, growth
            if after < 0:
                break
            prev, after = after, graph.nodes[after, NEXT]
    prev = graph.nodes[task, PREV]
    gap = graph.nodes[task, END] - (graph.nodes[prev, END] if prev >= 0 else 0)
    return best, best_prev, least - (memory.price[task, ALL] - memory.price[task, OWN]) * gap


@compiled
def _forward_on_own(shop: Shop, graph: Graph, memory: Annealing, task: int) -> tuple[int, float]:
    """Behind which other task of its machine it may stand instead, some places before, -2 for none; and as above."""
    begin = ready(shop, graph, task, graph.nodes[task, LAB])
    most = 1 + _draw(memory, _BACK) if _draw(memory, 2) == 0 else 1
    other, found, growth = graph.nodes[task, PREV], -2, 0.0
    while other >= 0 and most > 0 and graph.nodes[other, END] > begin:
        growth += memory.price[other, OWN] * graph.nodes[task, LENGTH]
        gained = graph.nodes[task, START] - max(begin, graph.nodes[other, START])
        other = found = graph.nodes[other, PREV]
        most -= 1
    if found == -2:
        return found, 0.0
    return found, growth - memory.price[task, OWN] * gained


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
def _time(shop: Shop, graph: Graph, task: int) -> bool:
    """Compute the earliest times of a task; whether its end changed."""
    machine, prev, length = graph.nodes[task, MACHINE], graph.nodes[task, PREV], graph.nodes[task, LENGTH]
    start, before = ready(shop, graph, task, graph.nodes[task, LAB]), graph.nodes[task, END]
    end = start + length
    if machine >= 0:
        done = graph.nodes[prev, END] if prev >= 0 else shop.machines[machine, FREE_FROM]
        start = start_of(shop, machine, max(start, done + set_up(shop, task, prev, machine)), length)
        end = min(NEVER, end_of(shop, machine, start, length))
    graph.nodes[task, START], graph.nodes[task, END] = start, end
    return end != before


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
        changed = _time(shop, graph, task)
        over = graph.nodes[task, END] > shop.horizon[0]
        if changed and not over and memory.weight[task] > 0:
            late = max(0, graph.nodes[task, END] - memory.due[task]) - max(0, before - memory.due[task])
            memory.counters[COST] += memory.weight[task] * late
        if over or left < 0 or memory.counters[COST] > most:
            for place in range(size):
                graph.nodes[graph.heap[place], QUEUED] = 0
            return False
        if not changed:
            continue
        if graph.nodes[task, NEXT] >= 0:
            size = push(graph, size, graph.nodes[task, NEXT], graph.nodes[graph.nodes[task, NEXT], START])
        for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
            other = shop.arcs[arc, OTHER]
            if shop.tasks[other, KIND] != FIXED:
                size = push(graph, size, other, graph.nodes[other, START])
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
    if graph.nodes[task, NEXT] >= 0:
        size = push(graph, size, graph.nodes[task, NEXT], graph.nodes[graph.nodes[task, NEXT], START])
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if shop.tasks[other, KIND] != FIXED:
            size = push(graph, size, other, graph.nodes[other, START])
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
    kind = _draw(memory, 10)
    prev = graph.nodes[task, PREV]
    if kind < 4:
        place, growth = _forward_on_own(shop, graph, memory, task)
        if place == -2 or growth > allowed:
            return False
        return _move(shop, graph, memory, task, graph.nodes[task, OPTION], place, allowed, hoped)
    if kind < 7 and prev >= 0 and graph.nodes[prev, END] > ready(shop, graph, task, graph.nodes[task, LAB]):
        task = prev
    option, place, growth = _elsewhere(shop, graph, memory, task)
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
            _price(shop, graph, memory)
            priced = done + len(shop.tasks) // 5
        target = _target(graph, memory)
        hoped = memory.weight[target] * (graph.nodes[target, END] - memory.due[target])
        size = _path(shop, graph, memory, target)
        for _ in range(min(_TRIES, steps - done)):
            done += 1
            if size == 0:
                continue
            task = memory.path[_draw(memory, size)]
            if _try(shop, graph, memory, task, warmth * memory.logs[_draw(memory, _TABLE)], hoped):
                made += 1
                break
    return made
