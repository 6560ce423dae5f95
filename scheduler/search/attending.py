# mypy: disable-error-code="no-any-return"
"""The list schedule where operators and material are short: each run where both are there, and free.

An operator is taken for the first part of a run, for taking the pieces off, and for a set-up right before the run, as
the tables of `Supplies` tell. The pieces wait on the machine until somebody has the time to take them off.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduler.compiled import called, compiled
from scheduler.search.crews import Crews, crew_blocked
from scheduler.search.graph import COLUMNS, END, LAB, LENGTH, START, Graph, new_graph, pop, ready
from scheduler.search.levels import Levels, blocked, ready_stock, take_span, take_stock
from scheduler.search.listing import (
    END_AT,
    LEFT_WITH,
    SET_FOR,
    START_AT,
    TENDED_FOR,
    Slots,
    book,
    done_before,
    first_open,
    limit,
    new_slots,
    next_set,
    over_by,
    queue,
    release,
    set_before,
)
from scheduler.search.runs import end_of, start_of
from scheduler.shop import (
    DELAY,
    FAMILY,
    FROM,
    IN_LAB,
    KIND,
    MODE,
    NEVER,
    NOT_BEFORE,
    ON,
    OPTIONS,
    OPTIONS_END,
    PAUSING,
    RUN,
    TO,
    WINDOWS,
    WINDOWS_END,
    WORK,
    Ints,
    Shop,
)

__all__ = [
    "BEGIN", "OFF", "USES", "USES_END", "Supplies", "begin_blocked", "earliest_supplied", "find_gap", "keeps_tended",
    "material", "supplied_schedule", "tend", "use",
]  # fmt: skip

BEGIN, OFF, USES, USES_END = range(4)
_STOCK, _AMOUNT = range(2)


class Supplies(NamedTuple):
    """What runs ask for beside a machine, and what is there of it.

    Attributes:
        levels: free operators by lab, then what is left by stock.
        options: by option, seconds attended at its `BEGIN` and for taking `OFF`, and its rows of uses.
        uses: number of the stock among the levels, and amount.
        tended: by machine, 1 where a set-up takes an operator.
        crews: people with skills, and what tasks need of them.
        found: the place that was found last: slot, start, end, set-up.
    """

    levels: Levels
    options: Ints
    uses: Ints
    tended: Ints
    crews: Crews
    found: Ints


def supplied_schedule(
    shop: Shop, supplies: Supplies, ranks: Ints, allowed: Ints, *, wait: bool = True
) -> tuple[Graph, int]:
    """As `scheduler.search.listing.list_schedule`, with operators and material; the supplies stay as they are."""
    levels = supplies.levels
    own = supplies._replace(
        levels=Levels(levels.first, levels.size.copy(), levels.rows.copy()), found=np.zeros(4, dtype=np.int64)
    )
    graph, slots = new_graph(shop), new_slots(shop)
    if len(own.crews.units):
        crew = np.full((len(graph.nodes), len(own.crews.found)), -1, dtype=np.int64)
        graph = graph._replace(nodes=np.concatenate((graph.nodes, crew), axis=1))
    waiting = np.zeros(len(shop.tasks), dtype=np.int64)
    return graph, int(called(_run, shop, graph, slots, own, ranks, allowed, waiting, wait=wait))


@compiled
def earliest_supplied(
    shop: Shop, slots: Slots, supplies: Supplies, task: int, option: int, moment: int
) -> tuple[int, int]:
    """The earliest start and end of a run on an option from a moment on; both `NEVER` when there is none."""
    from_s = max(moment, material(supplies, option))
    if from_s >= NEVER or not find_gap(shop, slots, supplies, task, option, from_s, NEVER):
        return NEVER, NEVER
    return supplies.found[1], supplies.found[2]


@compiled
def _run(shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, ranks: Ints, allowed: Ints, waiting: Ints) -> int:
    size = queue(shop, graph, ranks, waiting)
    while size > 0:
        task = pop(graph, size)
        size -= 1
        if not _place(shop, graph, slots, supplies, task, allowed):
            return task
        size = release(shop, graph, task, ranks, waiting, size)
    return -1


@compiled
def begin_blocked(shop: Shop, supplies: Supplies, machine: int, start: int, change: int, begin: int) -> int:
    """Until when nobody is free for a set-up and the first part of a run that starts at a moment; -1 if somebody is.

    A run that pauses takes nobody while it does.
    """
    lab = shop.machines[machine, IN_LAB]
    if supplies.tended[machine] != 0 and change > 0:
        until = blocked(supplies.levels, lab, start - change, start, 1)
        if until >= 0:
            return until + change
    if begin == 0:
        return -1
    if shop.machines[machine, MODE] != PAUSING:
        return blocked(supplies.levels, lab, start, start + begin, 1)
    for window in range(shop.machines[machine, WINDOWS], shop.machines[machine, WINDOWS_END]):
        from_s = max(start, shop.spans[window, FROM])
        to_s = min(from_s + begin, shop.spans[window, TO])
        if from_s < to_s:
            until = blocked(supplies.levels, lab, from_s, to_s, 1)
            if until >= 0:
                return until
            begin -= to_s - from_s
        if begin == 0:
            break
    return -1


@compiled
def _taken_off(shop: Shop, supplies: Supplies, machine: int, start: int, length: int, off: int) -> int:
    """When the machine is free again after a run, the pieces taken off by somebody; or `NEVER`."""
    if off == 0:
        return end_of(shop, machine, start, length)
    moment = start + length
    while moment < NEVER:
        until = blocked(supplies.levels, shop.machines[machine, IN_LAB], moment, moment + off, 1)
        if until < 0:
            return moment + off
        moment = until
    return NEVER


@compiled
def keeps_tended(shop: Shop, supplies: Supplies, slots: Slots, machine: int, ahead: int, after: int) -> bool:
    """Whether a machine left with a family leaves the operator of the set-up for the run ahead time enough."""
    if supplies.tended[machine] == 0 or ahead == slots.first[machine] + slots.size[machine]:
        return True
    return shop.change[after, slots.rows[ahead, SET_FOR]] <= slots.rows[ahead, TENDED_FOR]


@compiled
def _fits(
    shop: Shop, supplies: Supplies, task: int, option: int, slot: int, begin: int, until: int, change: int
) -> bool:
    """Look for the earliest run on an option from a moment on that is over by another; `found` tells it."""
    machine, length = shop.options[option, ON], shop.options[option, RUN]
    while begin + length <= until:
        start = start_of(shop, machine, begin, length)
        if start >= NEVER:
            return False
        later = begin_blocked(shop, supplies, machine, start, change, supplies.options[option, BEGIN])
        if later < 0 and len(supplies.crews.units) > 0:
            ends = end_of(shop, machine, start, length) if shop.machines[machine, MODE] == PAUSING else start + length
            later = crew_blocked(shop, supplies.levels, supplies.crews, task, machine, start, ends)
        if later >= 0:
            begin = later
            continue
        end = _taken_off(shop, supplies, machine, start, length, supplies.options[option, OFF])
        if end > until:
            return False
        supplies.found[0], supplies.found[1], supplies.found[2], supplies.found[3] = slot, start, end, change
        return end < NEVER
    return False


@compiled
def find_gap(shop: Shop, slots: Slots, supplies: Supplies, task: int, option: int, moment: int, latest: int) -> bool:
    """As `scheduler.search.listing.gap`, with operators; `found` tells the place that ends by `latest`, if any."""
    machine, family = shop.options[option, ON], shop.tasks[task, FAMILY]
    moment = max(moment, shop.options[option, NOT_BEFORE])
    last = slots.first[machine] + slots.size[machine]
    slot = first_open(slots, machine, moment)
    set_to, ahead = 0, last
    if len(shop.change) > 1:
        set_to, ahead = set_before(shop, slots, machine, slot), next_set(slots, machine, slot)
    length, done = shop.options[option, RUN], done_before(shop, slots, machine, slot)
    while True:
        begin = max(moment, done)
        if begin + length > latest:
            return False
        if slot == last or begin + length <= slots.rows[slot, START_AT]:
            ahead = next_set(slots, machine, slot) if slot > ahead else ahead
            change, left = shop.change[set_to, family], family if family != 0 else set_to
            begin = max(begin, done + change)
            until = min(latest, over_by(shop, slots, machine, slot, ahead, left))
            if (
                begin + length <= until
                and keeps_tended(shop, supplies, slots, machine, ahead, left)
                and _fits(shop, supplies, task, option, slot, begin, until, change)
            ):
                return True
        if slot == last:
            return False
        if slots.rows[slot, LEFT_WITH] != 0:
            set_to = slots.rows[slot, LEFT_WITH]
        done = max(done, slots.rows[slot, END_AT])
        slot += 1


@compiled
def material(supplies: Supplies, option: int) -> int:
    """From when on all that an option uses is there."""
    moment = 0
    for row in range(supplies.options[option, USES], supplies.options[option, USES_END]):
        moment = max(moment, ready_stock(supplies.levels, supplies.uses[row, _STOCK], supplies.uses[row, _AMOUNT]))
    return moment


@compiled
def tend(
    shop: Shop, levels: Levels, machine: int, start: int, end: int, set_up: int, begin: int, off: int, operators: int
) -> None:
    """Book operators for a set-up, for the first part of a run and for taking it off; a negative number frees them."""
    lab = shop.machines[machine, IN_LAB]
    if set_up > 0:
        take_span(levels, lab, start - set_up, start, operators)
    if begin > 0 and shop.machines[machine, MODE] != PAUSING:
        take_span(levels, lab, start, start + begin, operators)
    elif begin > 0:
        for window in range(shop.machines[machine, WINDOWS], shop.machines[machine, WINDOWS_END]):
            from_s = max(start, shop.spans[window, FROM])
            to_s = min(from_s + begin, end, shop.spans[window, TO])
            if from_s < to_s:
                take_span(levels, lab, from_s, to_s, operators)
                begin -= to_s - from_s
    if off > 0:
        take_span(levels, lab, end - off, end, operators)


@compiled
def use(supplies: Supplies, option: int, start: int, times: int) -> None:
    """Take the material of a run, or bring it back (`times` is -1)."""
    for row in range(supplies.options[option, USES], supplies.options[option, USES_END]):
        take_stock(supplies.levels, supplies.uses[row, _STOCK], start, times * supplies.uses[row, _AMOUNT])


@compiled
def _take_people(shop: Shop, graph: Graph, supplies: Supplies, task: int, machine: int, start: int, end: int) -> None:
    """Book the people of a run; its row in the graph tells them behind all other columns."""
    crews = supplies.crews
    if len(crews.units) == 0:
        return
    if shop.machines[machine, MODE] != PAUSING:
        end = start + graph.nodes[task, LENGTH]
    crew_blocked(shop, supplies.levels, crews, task, machine, start, end)
    for unit in range(crews.needs[task, 1] - crews.needs[task, 0]):
        person = crews.found[unit, 0]
        graph.nodes[task, COLUMNS + unit] = person
        take_span(supplies.levels, crews.first[0] + person, start, end, 1)


@compiled
def _place(shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, task: int, allowed: Ints) -> bool:
    """As `scheduler.search.listing.place`, with operators and material."""
    if shop.tasks[task, KIND] != WORK:
        start = ready(shop, graph, task, graph.nodes[task, LAB])
        graph.nodes[task, START], graph.nodes[task, END] = start, start + shop.tasks[task, DELAY]
        return graph.nodes[task, END] <= limit(shop, graph, task, graph.nodes[task, LAB])
    best, best_slot, best_start, best_end, best_change, best_key = -1, 0, 0, 0, 0, NEVER
    lab, moment, must = -1, 0, 0
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        if allowed[option] == 0:
            continue
        machine, length, price = shop.options[option, ON], shop.options[option, RUN], allowed[option] - 1
        if shop.machines[machine, IN_LAB] != lab:
            lab = shop.machines[machine, IN_LAB]
            moment, must = ready(shop, graph, task, lab), limit(shop, graph, task, lab)
        from_s = max(moment, material(supplies, option))
        if from_s + length > must or from_s + length + price > best_key:
            continue
        if not find_gap(shop, slots, supplies, task, option, from_s, min(must, best_key - price)):
            continue
        end = supplies.found[2]
        if end + price == best_key and length >= shop.options[best, RUN]:
            continue
        best, best_slot, best_start, best_end = option, supplies.found[0], supplies.found[1], end
        best_change, best_key = supplies.found[3], end + price
    if best < 0:
        return False
    book(shop, graph, slots, task, best, best_slot, best_start)
    machine = shop.options[best, ON]
    slots.rows[best_slot, END_AT] = graph.nodes[task, END] = best_end
    slots.rows[best_slot, TENDED_FOR] = best_change if supplies.tended[machine] != 0 else 0
    begin, off = supplies.options[best, BEGIN], supplies.options[best, OFF]
    tend(shop, supplies.levels, machine, best_start, best_end, slots.rows[best_slot, TENDED_FOR], begin, off, 1)
    use(supplies, best, best_start, 1)
    _take_people(shop, graph, supplies, task, machine, best_start, best_end)
    return True
