"""Putting displaced tasks into the gaps of a standing plan, compiled: nothing else moves but what waits for them."""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.search.attending import Supplies, find_gap, material
from scheduler.search.graph import END, LAB, OPTION, START, Graph, pop, push, ready
from scheduler.search.holding import PUSHED, STANDING, stand, unbook
from scheduler.search.listing import Slots, limit
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
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
    WORK,
    Ints,
    Shop,
)

__all__ = ["mend"]


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
def _own(
    shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints,
    task: int, option: int, now: int, patient: bool,
) -> bool:  # fmt: skip
    """Place a task on the option it had, not before it stood there; whether that will do.

    A patient task waits there as long as it must; others take the place only if nothing behind them then moves.
    """
    lab = shop.machines[shop.options[option, ON], IN_LAB]
    begin, most = max(now, material(supplies, option), ready(shop, graph, task, lab)), limit(shop, graph, task, lab)
    if not patient:
        most = min(most, _wish(shop, graph, task, lab))
    for moment in (max(begin, graph.nodes[task, START]), begin):
        if find_gap(shop, slots, supplies, task, option, moment, most):
            stand(shop, graph, slots, supplies, held, task, option)
            return True
    return False


@compiled
def _place(
    shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints, task: int, now: int, allowed: Ints
) -> bool:
    """Place a task where nothing behind it has to move, else where it ends first; False when nothing has room."""
    best, best_start, best_rank, best_end = -1, 0, 2, NEVER
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        if allowed[option] == 0:
            continue
        lab = shop.machines[shop.options[option, ON], IN_LAB]
        moment = max(now, ready(shop, graph, task, lab), material(supplies, option))
        wish = _wish(shop, graph, task, lab)
        latest = limit(shop, graph, task, lab)
        if best_rank < 2:  # nothing later would be better
            latest = min(latest, max(wish, best_end) if best_rank == 1 else min(wish, best_end))
        if not find_gap(shop, slots, supplies, task, option, moment, latest):
            continue
        start, end = supplies.found[1], supplies.found[2]
        rank = 0 if end <= wish else 1
        if rank < best_rank or (rank == best_rank and end < best_end):
            best, best_start, best_rank, best_end = option, start, rank, end
    if best < 0:
        return False
    find_gap(shop, slots, supplies, task, best, best_start, best_end)
    stand(shop, graph, slots, supplies, held, task, best)
    return True


@compiled
def _settle(
    shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints,
    task: int, own: int, now: int, allowed: Ints, patient: bool,
) -> bool:  # fmt: skip
    """Place a task on the option it had, if that will do, or on any."""
    if own >= 0 and allowed[own] > 0 and _own(shop, graph, slots, supplies, held, task, own, now, patient):
        return True
    return _place(shop, graph, slots, supplies, held, task, now, allowed)


@compiled
def _rank(shop: Shop, graph: Graph, position: Ints, order: Ints, keys: Ints) -> None:
    """Numbers by start, none of which comes before that of a task before it."""
    tasks = len(order)
    for place in range(tasks):
        task = order[place]
        moment = max(0, graph.nodes[task, START])
        for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
            other = shop.arcs[arc, OTHER]
            if shop.tasks[other, KIND] != FIXED:
                moment = max(moment, keys[other] // tasks)
        keys[task] = moment * tasks + position[task]


@compiled
def mend(
    shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints,
    states: Ints, position: Ints, now: int, allowed: Ints, was: Ints, keys: Ints,
) -> int:  # fmt: skip
    """Place the displaced tasks and what they push, none before `now`, in the order in which they stood.

    Args:
        shop: the problem; work that stays for ever is `FIXED` in it.
        graph: nodes as they stand; changed.
        slots: what the machines do, without the displaced; changed.
        supplies: operators and material that are left; changed.
        held: what each task holds of them; changed.
        states: by task; all become `STANDING`.
        position: by task, its place in the shop's order.
        now: the moment.
        allowed: by option, 1 where it may be taken.
        was: by task, the option it had.
        keys: room for a number by task.

    Returns:
        -1, or a task that found no place.
    """
    _rank(shop, graph, position, shop.order, keys)
    size = 0
    for task in range(len(states)):
        if states[task] != STANDING:
            size = push(graph, size, task, keys[task])
    while size > 0:
        task = pop(graph, size)
        size -= 1
        if shop.tasks[task, KIND] == WORK:
            if not _settle(shop, graph, slots, supplies, held, task, was[task], now, allowed, states[task] == PUSHED):
                return task
        else:
            start = max(graph.nodes[task, START], ready(shop, graph, task, graph.nodes[task, LAB]))
            graph.nodes[task, START], graph.nodes[task, END] = start, start + shop.tasks[task, DELAY]
            if graph.nodes[task, END] > limit(shop, graph, task, graph.nodes[task, LAB]):
                return task
        for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
            other = shop.arcs[arc, OTHER]
            if shop.tasks[other, KIND] == FIXED or states[other] != STANDING:
                continue
            way = shop.arcs[arc, LAG] + shop.travel[graph.nodes[task, LAB], graph.nodes[other, LAB]]
            if graph.nodes[other, START] < graph.nodes[task, END] + way:
                unbook(shop, graph, slots, supplies, held, other)
                states[other] = PUSHED
                size = push(graph, size, other, keys[other])
    states[:] = STANDING
    return -1
