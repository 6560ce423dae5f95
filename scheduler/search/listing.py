# mypy: disable-error-code="no-any-return"
"""The list schedule, compiled: tasks in order of their rank, each where it ends earliest in the gaps that are left."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduler.compiled import compiled
from scheduler.search.graph import END, LAB, LENGTH, OPTION, START, Graph, new_graph, pop, push, ready
from scheduler.search.runs import end_of, start_of
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    BOOKINGS,
    BOOKINGS_END,
    DELAY,
    FAMILY,
    FIXED,
    FIXED_START,
    FREE_FROM,
    IN_LAB,
    KIND,
    LAG,
    NEVER,
    NOT_BEFORE,
    ON,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    RUN,
    SET_TO,
    WORK,
    Ints,
    Shop,
)

__all__ = ["END_AT", "LEFT_WITH", "SET_FOR", "START_AT", "Slots", "book", "gap", "limit", "list_schedule", "new_slots"]

START_AT, END_AT, SET_FOR, LEFT_WITH = range(4)
_DONE = -1


class Slots(NamedTuple):
    """What each machine does, in order.

    Attributes:
        first: by machine, where its slots begin; room for fixed work and for each task that could be done there.
        size: how many are taken, by machine.
        rows: by slot, `START_AT`, `END_AT`, and the family that the machine must be set to and is left with.
    """

    first: Ints
    size: Ints
    rows: Ints


def new_slots(shop: Shop, spare: int = 0) -> Slots:
    """Slots with fixed work alone, and some to spare on each machine."""
    bookings = shop.machines[:, BOOKINGS_END] - shop.machines[:, BOOKINGS]
    room = np.bincount(shop.options[:, ON], minlength=len(shop.machines)) + bookings + spare
    first = np.concatenate(([0], np.cumsum(room))).astype(np.int64)
    rows = np.zeros((int(first[-1]), 4), dtype=np.int64)
    for machine in np.flatnonzero(bookings):
        booked = shop.spans[shop.machines[machine, BOOKINGS] : shop.machines[machine, BOOKINGS_END]]
        rows[first[machine] : first[machine] + len(booked)] = booked
    return Slots(first, bookings.copy(), rows)


def list_schedule(shop: Shop, ranks: Ints, allowed: Ints) -> tuple[Graph, int]:
    """Place all tasks.

    Args:
        shop: the problem.
        ranks: by task, small ones first, as far as the order of the tasks allows.
        allowed: by option, 1 where it may be taken, else 0.

    Returns:
        A graph whose nodes tell option, lab, length, start and end (sequences and latest times are not filled), and -1,
        or the first task that has no place.
    """
    graph, slots = new_graph(shop), new_slots(shop)
    return graph, int(_run(shop, graph, slots, ranks, allowed, np.zeros(len(shop.tasks), dtype=np.int64)))


@compiled
def _queue(shop: Shop, graph: Graph, ranks: Ints, waiting: Ints) -> int:
    """Put fixed work in place, count what each task waits for, and queue those that wait for none; the queue's size."""
    size = 0
    for task in range(len(shop.tasks)):
        if shop.tasks[task, KIND] == FIXED:
            graph.nodes[task, START] = shop.tasks[task, FIXED_START]
            graph.nodes[task, END] = shop.tasks[task, FIXED_START] + shop.tasks[task, DELAY]
            continue
        for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
            if shop.tasks[shop.arcs[arc, OTHER], KIND] != FIXED:
                waiting[task] += 1
        if waiting[task] == 0:
            size = push(graph, size, task, ranks[task])
    return size


@compiled
def _run(shop: Shop, graph: Graph, slots: Slots, ranks: Ints, allowed: Ints, waiting: Ints) -> int:
    size = _queue(shop, graph, ranks, waiting)
    while size > 0:
        task = pop(graph, size)
        size -= 1
        if not place(shop, graph, slots, task, allowed):
            return task
        for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
            other = shop.arcs[arc, OTHER]
            if shop.tasks[other, KIND] == FIXED:
                continue
            waiting[other] -= 1
            if waiting[other] == 0:
                size = push(graph, size, other, ranks[other])
    return _DONE


@compiled
def limit(shop: Shop, graph: Graph, task: int, lab: int) -> int:
    """When a task in a lab must be over for fixed work behind it, and for the horizon."""
    moment = shop.horizon[0]
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if shop.tasks[other, KIND] == FIXED:
            travel = shop.travel[lab, graph.nodes[other, LAB]]
            moment = min(moment, shop.tasks[other, FIXED_START] - shop.arcs[arc, LAG] - travel)
    return moment


@compiled
def gap(shop: Shop, slots: Slots, task: int, option: int, moment: int) -> tuple[int, int]:
    """The slot before which a run on an option ends earliest from a moment on, and its start, or `NEVER`."""
    machine, length, family = shop.options[option, ON], shop.options[option, RUN], shop.tasks[task, FAMILY]
    moment = max(moment, shop.options[option, NOT_BEFORE])
    first = slots.first[machine]
    last = first + slots.size[machine]
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if slots.rows[middle, END_AT] <= moment:
            low = middle + 1
        else:
            high = middle
    while True:
        if low > first:
            change = shop.change[slots.rows[low - 1, LEFT_WITH], family]
            begin = max(moment, slots.rows[low - 1, END_AT] + change)
        else:
            begin = max(moment, shop.machines[machine, FREE_FROM] + shop.change[shop.machines[machine, SET_TO], family])
        if low == last:
            return low, start_of(shop, machine, begin, length)
        until = slots.rows[low, START_AT] - shop.change[family, slots.rows[low, SET_FOR]]
        if begin + length <= until:
            start = start_of(shop, machine, begin, length)
            if start >= NEVER or end_of(shop, machine, start, length) <= until:
                return low, start
        low += 1


@compiled
def book(shop: Shop, graph: Graph, slots: Slots, task: int, option: int, slot: int, start: int) -> None:
    """Put a task into a slot."""
    machine = shop.options[option, ON]
    place = slots.first[machine] + slots.size[machine]
    while place > slot:
        for column in range(4):
            slots.rows[place, column] = slots.rows[place - 1, column]
        place -= 1
    slots.size[machine] += 1
    end = end_of(shop, machine, start, shop.options[option, RUN])
    slots.rows[slot, START_AT], slots.rows[slot, END_AT] = start, end
    slots.rows[slot, SET_FOR] = slots.rows[slot, LEFT_WITH] = shop.tasks[task, FAMILY]
    graph.nodes[task, OPTION], graph.nodes[task, LAB] = option, shop.machines[machine, IN_LAB]
    graph.nodes[task, LENGTH] = shop.options[option, RUN]
    graph.nodes[task, START], graph.nodes[task, END] = start, end


@compiled
def place(shop: Shop, graph: Graph, slots: Slots, task: int, allowed: Ints) -> bool:
    """Place a task on the option that ends earliest, the shorter run among equals; False when none has room."""
    if shop.tasks[task, KIND] != WORK:
        start = ready(shop, graph, task, graph.nodes[task, LAB])
        graph.nodes[task, START], graph.nodes[task, END] = start, start + shop.tasks[task, DELAY]
        return graph.nodes[task, END] <= limit(shop, graph, task, graph.nodes[task, LAB])
    best, best_slot, best_start, best_end = -1, 0, 0, NEVER
    lab, moment, must = -1, 0, 0
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        if allowed[option] == 0:
            continue
        machine, length = shop.options[option, ON], shop.options[option, RUN]
        if shop.machines[machine, IN_LAB] != lab:
            lab = shop.machines[machine, IN_LAB]
            moment, must = ready(shop, graph, task, lab), limit(shop, graph, task, lab)
        if moment + length > min(best_end, must):
            continue
        slot, start = gap(shop, slots, task, option, moment)
        end = end_of(shop, machine, start, length)
        if end > must or end > best_end or (end == best_end and length >= shop.options[best, RUN]):
            continue
        best, best_slot, best_start, best_end = option, slot, start, end
    if best < 0:
        return False
    book(shop, graph, slots, task, best, best_slot, best_start)
    return True
