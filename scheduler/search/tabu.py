# mypy: disable-error-code="no-any-return"
"""Tabu search over critical tasks (Mastrolilli and Gambardella 2000; Gonzalez, Vela and Varela 2015).

Each step takes one critical path, tries every task of it everywhere and does the best move that is not forbidden: a
task does not come back to a machine for a while.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduler.compiled import compiled
from scheduler.search.causes import path
from scheduler.search.chance import draw
from scheduler.search.graph import END, NEXT, OPTION, PREV, START, Graph, insert, makespan, remove, update
from scheduler.search.moves import HERE, best_on, best_on_own
from scheduler.shop import OPTIONS, OPTIONS_END, Ints, Shop

__all__ = ["LEAST", "STEPS", "VAIN", "Memory", "apply", "search"]

STEPS, VAIN, LEAST = range(3)
_SMALL = 300  # tasks; with more, most moves leave the makespan as it is, and bans must last longer (measured)


class Memory(NamedTuple):
    """What the search remembers.

    Attributes:
        banned: by position in the shop's options, the step until which the task does not go there.
        counters: `STEPS` done, `VAIN` steps since the last gain, the `LEAST` makespan.
        chance: state of the random numbers.
        best_option, best_start: of the best schedule, by task.
        path: room for a critical path.
    """

    banned: Ints
    counters: Ints
    chance: Ints
    best_option: Ints
    best_start: Ints
    path: Ints


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
            if draw(memory.chance, ties) == 0:
                found = task
    return found


@compiled
def apply(shop: Shop, graph: Graph, task: int, option: int, prev: int) -> bool:
    """Move a task and bring the times up to date; False when that made a circle."""
    old_prev, old_next = graph.nodes[task, PREV], graph.nodes[task, NEXT]
    remove(graph, task)
    insert(shop, graph, task, option, prev)
    return update(shop, graph, task, old_prev, old_next)


@compiled
def _keep(graph: Graph, memory: Memory, value: int) -> None:
    memory.counters[LEAST] = value
    memory.counters[VAIN] = 0
    for task in range(len(graph.nodes)):
        memory.best_option[task], memory.best_start[task] = graph.nodes[task, OPTION], graph.nodes[task, START]


@compiled
def _choose(shop: Shop, graph: Graph, memory: Memory, size: int) -> tuple[int, int, int]:
    """The task, option and place of the best move that is not forbidden; without one, of a forbidden one, or -1."""
    now, wanted = memory.counters[STEPS], memory.counters[LEAST] - graph.target[0]
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
                if draw(memory.chance, seen) == 0:
                    fallback = (task, option, move.prev)
                continue
            if move.miss < good:
                good, ties = move.miss, 0
            if move.miss == good:
                ties += 1
                best = (task, option, move.prev) if draw(memory.chance, ties) == 0 else best
    return best if best[0] >= 0 else fallback


@compiled
def _step(shop: Shop, graph: Graph, memory: Memory) -> bool:
    """Do one move; False when there is none, or it made a circle."""
    size = path(shop, graph, _last_task(graph, memory), memory.chance, memory.path)
    task, option, prev = _choose(shop, graph, memory, size)
    if task < 0:
        return False
    options = shop.tasks[task, OPTIONS_END] - shop.tasks[task, OPTIONS]
    large = max(0, (len(shop.tasks) - _SMALL) // 5)
    tenure = 10 + options + large + draw(memory.chance, 1 + size + large)
    memory.banned[graph.nodes[task, OPTION]] = memory.counters[STEPS] + tenure
    return apply(shop, graph, task, option, prev)


@compiled
def search(shop: Shop, graph: Graph, memory: Memory, steps: int, patience: int) -> int:
    """Do so many steps, or stop after `patience` without a gain; the steps done, -1 when a move made a circle."""
    for done in range(steps):
        memory.counters[STEPS] += 1
        memory.counters[VAIN] += 1
        if memory.counters[VAIN] > patience or not _step(shop, graph, memory):
            return done
        value = makespan(graph)
        if value < memory.counters[LEAST]:
            _keep(graph, memory, value)
    return steps
