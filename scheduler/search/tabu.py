# mypy: disable-error-code="no-any-return"
"""Tabu search over critical tasks (Mastrolilli and Gambardella 2000; Gonzalez, Vela and Varela 2015).

Each step takes one critical path, tries every task of it everywhere and does the best move that is not forbidden: a
task does not come back to a machine for a while.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduler.compiled import compiled
from scheduler.search.graph import END, LAB, MACHINE, NEXT, OPTION, PREV, START, Graph, insert, makespan, remove, update
from scheduler.search.moves import HERE, best_on, best_on_own
from scheduler.shop import (
    BEFORE,
    BEFORE_END,
    FAMILY,
    FIXED,
    FREE_FROM,
    KIND,
    LAG,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    RELEASE,
    Ints,
    Shop,
)

__all__ = ["Memory", "apply", "draw", "search"]

_MODULUS = 2147483647  # of the generator of Park and Miller (1988), which plain Python and compiled code do alike
_FACTOR = 48271
_SMALL = 300  # tasks; with more, most moves leave the makespan as it is, and bans must last longer (measured)


class Memory(NamedTuple):
    """What the search remembers.

    Attributes:
        banned: by position in the shop's options, the step until which the task does not go there.
        counters: steps done, steps since the last gain, state of the random numbers, best makespan.
        best_option, best_start: of the best schedule, by task.
        path: room for a critical path.
    """

    banned: Ints
    counters: Ints
    best_option: Ints
    best_start: Ints
    path: Ints


@compiled
def draw(memory: Memory, most: int) -> int:
    """A random number from 0 to `most` - 1."""
    memory.counters[2] = memory.counters[2] * _FACTOR % _MODULUS
    return memory.counters[2] % most


@compiled
def _last_task(graph: Graph, memory: Memory) -> int:
    """One of the tasks that end last."""
    last, ties, found = -1, 0, -1
    for task in range(len(graph.nodes)):
        end = graph.nodes[task, END]
        if end > last:
            last, ties, found = end, 1, task
        elif end == last:
            ties += 1
            if draw(memory, ties) == 0:
                found = task
    return found


@compiled
def _critical_before(shop: Shop, graph: Graph, task: int, memory: Memory) -> int:
    """What holds a task up: the neighbour on the machine or a task before it, or -1."""
    held, found, ties = 0, -1, 0
    machine, lab = graph.nodes[task, MACHINE], graph.nodes[task, LAB]
    prev = graph.nodes[task, PREV]
    if machine >= 0 and prev >= 0:
        held = graph.nodes[prev, END] + shop.change[shop.tasks[prev, FAMILY], shop.tasks[task, FAMILY]]
        found, ties = prev, 1
    for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
        other = shop.arcs[arc, OTHER]
        moment = graph.nodes[other, END] + shop.arcs[arc, LAG] + shop.travel[graph.nodes[other, LAB], lab]
        if moment > held:
            held, found, ties = moment, other, 1
        elif moment == held and moment > 0:
            ties += 1
            if draw(memory, ties) == 0:
                found = other
    if held < shop.tasks[task, RELEASE] or (machine >= 0 and held < shop.machines[machine, FREE_FROM]):
        return -1
    return found


@compiled
def _critical_path(shop: Shop, graph: Graph, memory: Memory) -> int:
    """Write one critical path from its end to its beginning; its length."""
    size = 0
    task = _last_task(graph, memory)
    while task >= 0 and shop.tasks[task, KIND] != FIXED:
        if graph.nodes[task, MACHINE] >= 0:
            memory.path[size] = task
            size += 1
        task = _critical_before(shop, graph, task, memory)
    return size


@compiled
def apply(shop: Shop, graph: Graph, task: int, option: int, prev: int) -> bool:
    """Move a task and bring the times up to date; False when that made a circle."""
    old_prev, old_next = graph.nodes[task, PREV], graph.nodes[task, NEXT]
    remove(graph, task)
    insert(shop, graph, task, option, prev)
    return update(shop, graph, task, old_prev, old_next)


@compiled
def _keep(graph: Graph, memory: Memory, value: int) -> None:
    memory.counters[3] = value
    memory.counters[1] = 0
    for task in range(len(graph.nodes)):
        memory.best_option[task], memory.best_start[task] = graph.nodes[task, OPTION], graph.nodes[task, START]


@compiled
def _choose(shop: Shop, graph: Graph, memory: Memory, size: int) -> tuple[int, int, int]:
    """The task, option and place of the best move that is not forbidden; without one, of a forbidden one, or -1."""
    now, wanted = memory.counters[0], memory.counters[3] - graph.target[0]
    good, best, ties = 2**61, (-1, -1, HERE), 0
    fallback, seen = (-1, -1, HERE), 0
    for place in range(size):
        task = memory.path[place]
        for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
            own = option == graph.nodes[task, OPTION]
            move = best_on_own(shop, graph, task) if own else best_on(shop, graph, task, option)
            if move.prev == HERE:
                continue
            if memory.banned[option] > now and move.miss >= wanted:
                seen += 1
                if draw(memory, seen) == 0:
                    fallback = (task, option, move.prev)
                continue
            if move.miss < good:
                good, ties = move.miss, 0
            if move.miss == good:
                ties += 1
                best = (task, option, move.prev) if draw(memory, ties) == 0 else best
    return best if best[0] >= 0 else fallback


@compiled
def _step(shop: Shop, graph: Graph, memory: Memory) -> bool:
    """Do one move; False when there is none, or it made a circle."""
    size = _critical_path(shop, graph, memory)
    task, option, prev = _choose(shop, graph, memory, size)
    if task < 0:
        return False
    options = shop.tasks[task, OPTIONS_END] - shop.tasks[task, OPTIONS]
    large = max(0, (len(shop.tasks) - _SMALL) // 5)
    tenure = 10 + options + large + draw(memory, 1 + size + large)
    memory.banned[graph.nodes[task, OPTION]] = memory.counters[0] + tenure
    return apply(shop, graph, task, option, prev)


@compiled
def search(shop: Shop, graph: Graph, memory: Memory, steps: int, patience: int) -> int:
    """Do so many steps, or stop after `patience` without a gain; the steps done, -1 when a move made a circle."""
    for done in range(steps):
        memory.counters[0] += 1
        memory.counters[1] += 1
        if memory.counters[1] > patience or not _step(shop, graph, memory):
            return done
        value = makespan(graph)
        if value < memory.counters[3]:
            _keep(graph, memory, value)
    return steps
