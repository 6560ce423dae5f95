"""Putting displaced tasks into the gaps of a standing plan, compiled: nothing else moves but what waits for them."""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.search.graph import END, LAB, OPTION, START, Graph, pop, push, ready
from scheduler.search.listing import END_AT, START_AT, Slots, book, gap, limit
from scheduler.search.runs import end_of
from scheduler.shop import (
    AFTER,
    AFTER_END,
    DELAY,
    FIXED,
    IN_LAB,
    KIND,
    LAG,
    NEVER,
    ON,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    RUN,
    WORK,
    Ints,
    Shop,
)

__all__ = ["mend", "unbook"]

_PUSHED = 2


@compiled
def unbook(shop: Shop, graph: Graph, slots: Slots, task: int) -> None:
    """Take a task out of its machine's slots, if it stands there."""
    option = graph.nodes[task, OPTION]
    if option < 0:
        return
    machine = shop.options[option, ON]
    first = slots.first[machine]
    last = first + slots.size[machine]
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if slots.rows[middle, START_AT] < graph.nodes[task, START]:
            low = middle + 1
        else:
            high = middle
    if low == last or slots.rows[low, START_AT] != graph.nodes[task, START]:
        return
    if slots.rows[low, END_AT] != graph.nodes[task, END]:
        return
    for place in range(low, last - 1):
        for column in range(4):
            slots.rows[place, column] = slots.rows[place + 1, column]
    slots.size[machine] -= 1
    graph.nodes[task, OPTION] = -1


@compiled
def _wish(shop: Shop, graph: Graph, task: int, lab: int) -> int:
    """When a task should end so that nothing behind it has to move."""
    moment = NEVER
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if shop.tasks[other, KIND] != WORK or graph.nodes[other, OPTION] >= 0:
            travel = shop.travel[lab, graph.nodes[other, LAB]]
            moment = min(moment, graph.nodes[other, START] - shop.arcs[arc, LAG] - travel)
    return moment


@compiled
def _place(shop: Shop, graph: Graph, slots: Slots, task: int, own: int, keep: bool, now: int, allowed: Ints) -> bool:
    """Place a task: where nothing behind it moves, on its own option if that will do; else where it ends first.

    A task that is only pushed keeps its own option, if it has any room there.
    """
    best, best_slot, best_start, best_rank, best_end = -1, 0, 0, 3, NEVER
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        if allowed[option] == 0:
            continue
        machine, length = shop.options[option, ON], shop.options[option, RUN]
        lab = shop.machines[machine, IN_LAB]
        slot, start = gap(shop, slots, task, option, max(now, ready(shop, graph, task, lab)))
        end = end_of(shop, machine, start, length)
        if start >= NEVER or end > limit(shop, graph, task, lab):
            continue
        rank = 2
        if keep and option == own:
            rank = 0
        elif end <= _wish(shop, graph, task, lab):
            rank = 0 if option == own else 1
        if rank < best_rank or (rank == best_rank and end < best_end):
            best, best_slot, best_start, best_rank, best_end = option, slot, start, rank, end
    if best < 0:
        return False
    book(shop, graph, slots, task, best, best_slot, best_start)
    return True


@compiled
def mend(
    shop: Shop, graph: Graph, slots: Slots, displaced: Ints, position: Ints, now: int, allowed: Ints, was: Ints
) -> int:
    """Place the displaced tasks and what they push, none before `now`.

    Args:
        shop: the problem; work that stays for ever is `FIXED` in it.
        graph: nodes as they stand; changed.
        slots: what the machines do, without the displaced; changed.
        displaced: by task, 1 where it has no place.
        position: by task, its place in an order that keeps the arrows.
        now: the moment.
        allowed: by option, 1 where it may be taken.
        was: by task, the option it had.

    Returns:
        -1, or a task that found no place.
    """
    size = 0
    for task in range(len(displaced)):
        if displaced[task] > 0:
            size = push(graph, size, task, position[task])
    while size > 0:
        task = pop(graph, size)
        size -= 1
        if shop.tasks[task, KIND] == WORK:
            if not _place(shop, graph, slots, task, was[task], displaced[task] == _PUSHED, now, allowed):
                for place in range(size):
                    graph.nodes[graph.heap[place], OPTION] = -1
                return task
        else:
            start = max(graph.nodes[task, START], ready(shop, graph, task, graph.nodes[task, LAB]))
            graph.nodes[task, START], graph.nodes[task, END] = start, start + shop.tasks[task, DELAY]
        for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
            other = shop.arcs[arc, OTHER]
            if shop.tasks[other, KIND] == FIXED:
                continue
            way = shop.arcs[arc, LAG] + shop.travel[graph.nodes[task, LAB], graph.nodes[other, LAB]]
            if displaced[other] == 0 and graph.nodes[other, START] < graph.nodes[task, END] + way:
                unbook(shop, graph, slots, other)
                displaced[other] = _PUSHED
                size = push(graph, size, other, position[other])
    return -1
