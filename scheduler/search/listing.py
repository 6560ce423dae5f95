# mypy: disable-error-code="no-any-return"
"""The list schedule, compiled: tasks in order of their rank, each where it ends earliest in the gaps that are left."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduler.compiled import called, compiled
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

__all__ = [
    "END_AT", "LEFT_WITH", "SET_FOR", "START_AT", "TENDED_FOR", "Slots", "book", "done_before", "first_open", "gap",
    "limit", "list_schedule", "new_slots", "next_set", "over_by", "queue", "release", "set_before",
]  # fmt: skip

START_AT, END_AT, SET_FOR, LEFT_WITH, TENDED_FOR = range(5)
_COLUMNS = 5
_DONE = -1


class Slots(NamedTuple):
    """What each machine does, in order.

    Attributes:
        first: by machine, where its slots begin; room for fixed work and for each task that could be done there.
        size: how many are taken, by machine.
        rows: by slot, `START_AT`, `END_AT`, and the family that the machine must be set to and is left with; 0 where
            the work has none, which leaves the machine as it was; and the seconds of set-up before it that an operator
            is `TENDED_FOR`.
    """

    first: Ints
    size: Ints
    rows: Ints


def new_slots(shop: Shop, spare: int = 0) -> Slots:
    """Slots with fixed work alone, and some to spare on each machine."""
    bookings = shop.machines[:, BOOKINGS_END] - shop.machines[:, BOOKINGS]
    room = np.bincount(shop.options[:, ON], minlength=len(shop.machines)) + bookings + spare
    first = np.concatenate(([0], np.cumsum(room))).astype(np.int64)
    rows = np.zeros((int(first[-1]), _COLUMNS), dtype=np.int64)
    for machine in np.flatnonzero(bookings):
        booked = shop.spans[shop.machines[machine, BOOKINGS] : shop.machines[machine, BOOKINGS_END]]
        rows[first[machine] : first[machine] + len(booked), :TENDED_FOR] = booked
    return Slots(first, bookings.copy(), rows)


def list_schedule(shop: Shop, ranks: Ints, allowed: Ints, *, wait: bool = True) -> tuple[Graph, int]:
    """Place all tasks.

    Args:
        shop: the problem.
        ranks: by task, small ones first, as far as the order of the tasks allows.
        allowed: by option, 0 where it may not be taken, else 1 more than the seconds of a later end that it is dearer
            than others.
        wait: whether to compile what is not at hand; plain Python gives the same.

    Returns:
        A graph whose nodes tell option, lab, length, start and end (sequences and latest times are not filled), and -1,
        or the first task that has no place.
    """
    graph, slots = new_graph(shop), new_slots(shop)
    waiting = np.zeros(len(shop.tasks), dtype=np.int64)
    return graph, int(called(_run, shop, graph, slots, ranks, allowed, waiting, wait=wait))


@compiled
def queue(shop: Shop, graph: Graph, ranks: Ints, waiting: Ints) -> int:
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
    size = queue(shop, graph, ranks, waiting)
    while size > 0:
        task = pop(graph, size)
        size -= 1
        if not place(shop, graph, slots, task, allowed):
            return task
        size = release(shop, graph, task, ranks, waiting, size)
    return _DONE


@compiled
def release(shop: Shop, graph: Graph, task: int, ranks: Ints, waiting: Ints, size: int) -> int:
    """Queue what waited for a task alone; the queue's size."""
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if shop.tasks[other, KIND] != FIXED:
            waiting[other] -= 1
            if waiting[other] == 0:
                size = push(graph, size, other, ranks[other])
    return size


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
def first_open(slots: Slots, machine: int, moment: int) -> int:
    """The first slot of a machine that ends after a moment; the place behind its last one if none does."""
    low, high = slots.first[machine], slots.first[machine] + slots.size[machine]
    while low < high:
        middle = (low + high) // 2
        if slots.rows[middle, END_AT] <= moment:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def set_before(shop: Shop, slots: Slots, machine: int, slot: int) -> int:
    """The family that a machine is set to before a slot: what the last run with a family left."""
    while slot > slots.first[machine]:
        slot -= 1
        if slots.rows[slot, LEFT_WITH] != 0:
            return slots.rows[slot, LEFT_WITH]
    return shop.machines[machine, SET_TO]


@compiled
def next_set(slots: Slots, machine: int, slot: int) -> int:
    """The first slot from one on that needs a family, or the place behind the last slot."""
    last = slots.first[machine] + slots.size[machine]
    while slot < last and slots.rows[slot, SET_FOR] == 0:
        slot += 1
    return slot


@compiled
def done_before(shop: Shop, slots: Slots, machine: int, slot: int) -> int:
    """When a machine is free before a slot."""
    done = shop.machines[machine, FREE_FROM]
    return max(done, slots.rows[slot - 1, END_AT]) if slot > slots.first[machine] else done


@compiled
def over_by(shop: Shop, slots: Slots, machine: int, slot: int, ahead: int, left: int) -> int:
    """When a run before a slot must be over, or -1 if the machine, left with a family, is then late for work ahead.

    The set-up for the next run that needs a family (`ahead`) lies right before that run.
    """
    last = slots.first[machine] + slots.size[machine]
    if slot == last:
        return NEVER
    if ahead == last:
        return slots.rows[slot, START_AT]
    change = shop.change[left, slots.rows[ahead, SET_FOR]]
    if ahead == slot:
        return slots.rows[slot, START_AT] - change
    return slots.rows[slot, START_AT] if slots.rows[ahead - 1, END_AT] + change <= slots.rows[ahead, START_AT] else -1


@compiled
def gap(shop: Shop, slots: Slots, task: int, option: int, moment: int, latest: int) -> tuple[int, int]:
    """The slot before which a run on an option ends earliest from a moment on, and its start.

    The start is `NEVER` when there is none, and may be when it would end after `latest`.
    """
    machine, length, family = shop.options[option, ON], shop.options[option, RUN], shop.tasks[task, FAMILY]
    moment = max(moment, shop.options[option, NOT_BEFORE])
    last = slots.first[machine] + slots.size[machine]
    slot = first_open(slots, machine, moment)
    set_to, ahead = 0, last
    if len(shop.change) > 1:
        set_to, ahead = set_before(shop, slots, machine, slot), next_set(slots, machine, slot)
    done = done_before(shop, slots, machine, slot)
    while True:
        begin = max(moment, done)
        if begin + length > latest:
            return slot, NEVER
        if slot == last:
            return slot, start_of(shop, machine, max(begin, done + shop.change[set_to, family]), length)
        if begin + length <= slots.rows[slot, START_AT]:
            ahead = next_set(slots, machine, slot) if slot > ahead else ahead
            begin = max(begin, done + shop.change[set_to, family])
            until = over_by(shop, slots, machine, slot, ahead, family if family != 0 else set_to)
            if begin + length <= until:
                start = start_of(shop, machine, begin, length)
                if start >= NEVER or end_of(shop, machine, start, length) <= until:
                    return slot, start
        if slots.rows[slot, LEFT_WITH] != 0:
            set_to = slots.rows[slot, LEFT_WITH]
        done = max(done, slots.rows[slot, END_AT])
        slot += 1


@compiled
def book(shop: Shop, graph: Graph, slots: Slots, task: int, option: int, slot: int, start: int) -> None:
    """Put a task into a slot."""
    machine = shop.options[option, ON]
    place = slots.first[machine] + slots.size[machine]
    while place > slot:
        for column in range(_COLUMNS):
            slots.rows[place, column] = slots.rows[place - 1, column]
        place -= 1
    slots.size[machine] += 1
    end = end_of(shop, machine, start, shop.options[option, RUN])
    slots.rows[slot, START_AT], slots.rows[slot, END_AT] = start, end
    slots.rows[slot, SET_FOR] = slots.rows[slot, LEFT_WITH] = shop.tasks[task, FAMILY]
    slots.rows[slot, TENDED_FOR] = 0
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
        price = allowed[option] - 1
        if moment + length > must or moment + length + price > best_end:
            continue
        slot, start = gap(shop, slots, task, option, moment, min(must, best_end - price))
        end = end_of(shop, machine, start, length)
        if end > must or end + price > best_end or (end + price == best_end and length >= shop.options[best, RUN]):
            continue
        best, best_slot, best_start, best_end = option, slot, start, end + price
    if best < 0:
        return False
    book(shop, graph, slots, task, best, best_slot, best_start)
    return True
