"""Putting displaced tasks into the gaps of a standing plan, compiled: nothing else moves but what waits for them."""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.search.graph import END, LAB, MACHINE, OPTION, START, Graph, pop, push, ready
from scheduler.search.listing import START_AT, Slots, book, gap, limit
from scheduler.search.runs import end_of, start_of
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
    RELEASE,
    RUN,
    WORK,
    Ints,
    Shop,
)

__all__ = ["DISPLACED", "PUSHED", "STANDING", "lay", "mend", "unbook", "unfit"]

STANDING, DISPLACED, PUSHED = range(3)


@compiled
def lay(shop: Shop, graph: Graph, slots: Slots, by_start: Ints, options: Ints, states: Ints) -> None:
    """Book what can stand where it is told.

    Args:
        shop: the problem.
        graph: nodes with the starts and ends that are told; options and machines are filled.
        slots: with fixed work alone; filled.
        by_start: tasks in order of start.
        options: rows of the shop's options by task, -1 for none.
        states: by task; what can stand becomes `STANDING`.
    """
    for place in range(len(by_start)):
        task = by_start[place]
        option, start = options[task], graph.nodes[task, START]
        if shop.tasks[task, KIND] != WORK or option < 0 or start < shop.tasks[task, RELEASE]:
            continue
        slot, found = gap(shop, slots, task, option, start, NEVER)
        if (
            found == start
            and end_of(shop, shop.options[option, ON], start, shop.options[option, RUN]) == (graph.nodes[task, END])
        ):
            _stand(shop, graph, slots, task, option, slot, start)
            states[task] = STANDING


@compiled
def _stand(shop: Shop, graph: Graph, slots: Slots, task: int, option: int, slot: int, start: int) -> None:
    book(shop, graph, slots, task, option, slot, start)
    graph.nodes[task, MACHINE] = shop.options[option, ON]


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
    graph.nodes[task, OPTION] = graph.nodes[task, MACHINE] = -1
    if low == last or slots.rows[low, START_AT] != graph.nodes[task, START]:
        return
    for place in range(low, last - 1):
        for column in range(slots.rows.shape[1]):
            slots.rows[place, column] = slots.rows[place + 1, column]
    slots.size[machine] -= 1


@compiled
def unfit(shop: Shop, graph: Graph, slots: Slots, lab: int, states: Ints) -> None:
    """Displace what the hours of a lab no longer allow where it stands."""
    for task in range(len(shop.tasks)):
        option = graph.nodes[task, OPTION]
        if shop.tasks[task, KIND] != WORK or option < 0 or graph.nodes[task, LAB] != lab:
            continue
        machine, length, start = shop.options[option, ON], shop.options[option, RUN], graph.nodes[task, START]
        if start_of(shop, machine, start, length) != start or (
            end_of(shop, machine, start, length) != graph.nodes[task, END]
        ):
            unbook(shop, graph, slots, task)
            states[task] = DISPLACED


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
def _own(shop: Shop, graph: Graph, slots: Slots, task: int, option: int, now: int, patient: bool) -> bool:
    """Place a task on the option it had, not before it stood there; whether that will do.

    A patient task waits there as long as it must; others take the place only if nothing behind them then moves.
    """
    machine, length = shop.options[option, ON], shop.options[option, RUN]
    lab = shop.machines[machine, IN_LAB]
    begin, most = max(now, ready(shop, graph, task, lab)), limit(shop, graph, task, lab)
    if not patient:
        most = min(most, _wish(shop, graph, task, lab))
    for moment in (max(begin, graph.nodes[task, START]), begin):
        slot, start = gap(shop, slots, task, option, moment, most)
        if start < NEVER and end_of(shop, machine, start, length) <= most:
            _stand(shop, graph, slots, task, option, slot, start)
            return True
    return False


@compiled
def _place(shop: Shop, graph: Graph, slots: Slots, task: int, now: int, allowed: Ints) -> bool:
    """Place a task where nothing behind it has to move, else where it ends first; False when nothing has room."""
    best, best_slot, best_start, best_rank, best_end = -1, 0, 0, 2, NEVER
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        if allowed[option] == 0:
            continue
        machine, length = shop.options[option, ON], shop.options[option, RUN]
        lab = shop.machines[machine, IN_LAB]
        slot, start = gap(shop, slots, task, option, max(now, ready(shop, graph, task, lab)), NEVER)
        end = end_of(shop, machine, start, length)
        if start >= NEVER or end > limit(shop, graph, task, lab):
            continue
        rank = 0 if end <= _wish(shop, graph, task, lab) else 1
        if rank < best_rank or (rank == best_rank and end < best_end):
            best, best_slot, best_start, best_rank, best_end = option, slot, start, rank, end
    if best < 0:
        return False
    _stand(shop, graph, slots, task, best, best_slot, best_start)
    return True


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
    shop: Shop, graph: Graph, slots: Slots, states: Ints, position: Ints, now: int, allowed: Ints, was: Ints, keys: Ints
) -> int:
    """Place the displaced tasks and what they push, none before `now`, in the order in which they stood.

    Args:
        shop: the problem; work that stays for ever is `FIXED` in it.
        graph: nodes as they stand; changed.
        slots: what the machines do, without the displaced; changed.
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
            own = was[task]
            kept = own >= 0 and allowed[own] > 0 and _own(shop, graph, slots, task, own, now, states[task] == PUSHED)
            if not kept and not _place(shop, graph, slots, task, now, allowed):
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
                unbook(shop, graph, slots, other)
                states[other] = PUSHED
                size = push(graph, size, other, keys[other])
    states[:] = STANDING
    return -1
