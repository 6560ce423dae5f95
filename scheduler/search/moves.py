# mypy: disable-error-code="no-any-return"
"""What a critical task could do instead: every place on every machine that cannot make a circle, estimated.

The neighbourhood is that of Mastrolilli and Gambardella (2000), "Effective neighbourhood functions for the flexible
job shop problem": a task goes behind all that must be before it and before all that must be behind it. The estimate is
by how much the longest path through the task would miss the target. On the task's own machine the times of the tasks
that it passes are computed anew.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduler.compiled import compiled
from scheduler.search.graph import (
    CHAIN_FIRST,
    END,
    LAB,
    LENGTH,
    MACHINE,
    MUST_START,
    NEXT,
    OPTION,
    PREV,
    Graph,
    ready,
    rest,
    set_up,
)
from scheduler.search.runs import end_of, latest_start, start_of
from scheduler.shop import FREE_FROM, IN_LAB, NEVER, ON, RUN, Shop

__all__ = ["HERE", "Move", "best_on", "best_on_own"]

HERE = -2  # no other place


class Move(NamedTuple):
    """A place for a task: behind which other (-1: first, `HERE`: none found), and how much that misses the target."""

    prev: int
    miss: int


@compiled
def _miss(shop: Shop, option: int, begin: int, due: int) -> int:
    """By how much a run on an option from `begin` on misses `due`."""
    machine, length = shop.options[option, ON], shop.options[option, RUN]
    start = start_of(shop, machine, begin, length)
    if start >= NEVER:
        return NEVER
    return end_of(shop, machine, start, length) - due


@compiled
def best_on(shop: Shop, graph: Graph, task: int, option: int) -> Move:
    """The best place of a task on another machine."""
    machine = shop.options[option, ON]
    begin, due = (
        ready(shop, graph, task, shop.machines[machine, IN_LAB]),
        rest(shop, graph, task, shop.machines[machine, IN_LAB]),
    )
    late, early = min(begin, graph.nodes[task, END]), max(due, graph.nodes[task, MUST_START])
    # Walk behind the tasks that must be before; stop at the first that must be behind.
    best_prev, best_miss = HERE, NEVER
    prev, after = -1, graph.chains[machine, CHAIN_FIRST]
    while after >= 0 and graph.nodes[after, MUST_START] < early and graph.nodes[after, END] <= late:
        prev, after = after, graph.nodes[after, NEXT]
    while True:
        done = graph.nodes[prev, END] if prev >= 0 else shop.machines[machine, FREE_FROM]
        moment = max(begin, done + set_up(shop, task, prev, machine))
        limit = due
        if after >= 0:
            limit = min(due, graph.nodes[after, MUST_START] - set_up(shop, after, task, machine))
        miss = _miss(shop, option, moment, limit)
        if miss < best_miss:
            best_prev, best_miss = prev, miss
        if after < 0 or (graph.nodes[after, MUST_START] >= early and graph.nodes[after, END] > late):
            return Move(best_prev, best_miss)
        prev, after = after, graph.nodes[after, NEXT]


@compiled
def _later(shop: Shop, graph: Graph, task: int, begin: int, due: int) -> Move:
    """The best place behind its present one on its own machine."""
    machine, option = graph.nodes[task, MACHINE], graph.nodes[task, OPTION]
    best_prev, best_miss = HERE, NEVER
    prev = graph.nodes[task, PREV]
    done = graph.nodes[prev, END] if prev >= 0 else shop.machines[machine, FREE_FROM]
    other = graph.nodes[task, NEXT]
    while other >= 0 and graph.nodes[other, MUST_START] < due:
        moment = max(ready(shop, graph, other, graph.nodes[other, LAB]), done + set_up(shop, other, prev, machine))
        start = start_of(shop, machine, moment, graph.nodes[other, LENGTH])
        done = end_of(shop, machine, start, graph.nodes[other, LENGTH])
        prev, other = other, graph.nodes[other, NEXT]
        limit = due
        if other >= 0:
            limit = min(due, graph.nodes[other, MUST_START] - set_up(shop, other, task, machine))
        moment = max(begin, done + set_up(shop, task, prev, machine))
        miss = _miss(shop, option, moment, limit)
        if miss < best_miss:
            best_prev, best_miss = prev, miss
    return Move(best_prev, best_miss)


@compiled
def _sooner(shop: Shop, graph: Graph, task: int, begin: int, due: int) -> Move:
    """The best place before its present one on its own machine."""
    machine, option = graph.nodes[task, MACHINE], graph.nodes[task, OPTION]
    best_prev, best_miss = HERE, NEVER
    after = graph.nodes[task, NEXT]
    must = graph.nodes[after, MUST_START] if after >= 0 else graph.target[0]
    other = graph.nodes[task, PREV]
    while other >= 0 and graph.nodes[other, END] > begin:
        limit = must - (set_up(shop, after, other, machine) if after >= 0 else 0)
        limit = min(limit, rest(shop, graph, other, graph.nodes[other, LAB]))
        must = latest_start(shop, machine, limit, graph.nodes[other, LENGTH])
        after, other = other, graph.nodes[other, PREV]
        done = graph.nodes[other, END] if other >= 0 else shop.machines[machine, FREE_FROM]
        moment = max(begin, done + set_up(shop, task, other, machine))
        limit = min(due, must - set_up(shop, after, task, machine))
        miss = _miss(shop, option, moment, limit)
        if miss < best_miss:
            best_prev, best_miss = other, miss
    return Move(best_prev, best_miss)


@compiled
def best_on_own(shop: Shop, graph: Graph, task: int) -> Move:
    """The best other place of a task on its own machine."""
    begin, due = ready(shop, graph, task, graph.nodes[task, LAB]), rest(shop, graph, task, graph.nodes[task, LAB])
    later, sooner = _later(shop, graph, task, begin, due), _sooner(shop, graph, task, begin, due)
    return later if later.miss <= sooner.miss else sooner
