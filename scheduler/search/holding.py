# mypy: disable-error-code="no-any-return"
"""What stands in a plan that is carried out, and what it holds: its machine, operators and material, compiled."""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.search.attending import BEGIN, OFF, Supplies, begin_blocked, keeps_tended, material, tend, use
from scheduler.search.graph import END, LAB, MACHINE, OPTION, START, Graph
from scheduler.search.levels import AT, LEVEL, blocked
from scheduler.search.listing import (
    END_AT,
    START_AT,
    TENDED_FOR,
    Slots,
    book,
    done_before,
    first_open,
    next_set,
    over_by,
    set_before,
)
from scheduler.search.runs import end_of, start_of
from scheduler.shop import FAMILY, IN_LAB, KIND, MODE, NEVER, ON, PAUSING, RELEASE, RUN, WORK, Ints, Shop

__all__ = [
    "DISPLACED", "PUSHED", "STANDING", "TENDED_BEGIN", "TENDED_OFF", "TENDED_SET_UP", "USED", "hold", "lay", "leave",
    "overdrawn", "retake", "stand", "unbook", "unfit",
]  # fmt: skip

STANDING, DISPLACED, PUSHED = range(3)
# What a standing task holds: seconds of an operator before its start, from it on and before its end, and material.
TENDED_SET_UP, TENDED_BEGIN, TENDED_OFF, USED = range(4)


@compiled
def lay(
    shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints, by_start: Ints, options: Ints, states: Ints
) -> None:
    """Book what can stand where it is told.

    Args:
        shop: the problem.
        graph: nodes with the starts and ends that are told; options and machines are filled.
        slots: with fixed work alone; filled.
        supplies: operators and material, less those of fixed work; taken.
        held: what each task holds; filled.
        by_start: tasks in order of start.
        options: rows of the shop's options by task, -1 for none.
        states: by task; what can stand becomes `STANDING`.
    """
    for place in range(len(by_start)):
        task = by_start[place]
        option, start, end = options[task], graph.nodes[task, START], graph.nodes[task, END]
        if shop.tasks[task, KIND] != WORK or option < 0 or start < shop.tasks[task, RELEASE]:
            continue
        if _has_room(shop, slots, supplies, task, option, start, end):
            stand(shop, graph, slots, supplies, held, task, option)
            states[task] = STANDING


@compiled
def _has_room(shop: Shop, slots: Slots, supplies: Supplies, task: int, option: int, start: int, end: int) -> bool:
    """Whether a run may stand where it is told; `found` tells the place."""
    machine, family = shop.options[option, ON], shop.tasks[task, FAMILY]
    slot = first_open(slots, machine, start)
    set_to, ahead = set_before(shop, slots, machine, slot), next_set(slots, machine, slot)
    change, left = shop.change[set_to, family], family if family != 0 else set_to
    if done_before(shop, slots, machine, slot) + change > start:
        return False
    if end > min(shop.horizon[0], over_by(shop, slots, machine, slot, ahead, left)):
        return False
    if material(supplies, option) > start or not keeps_tended(shop, supplies, slots, machine, ahead, left):
        return False
    if not _within_hours(shop, supplies, option, start, end):
        return False
    off = supplies.options[option, OFF]
    if off > 0 and blocked(supplies.levels, shop.machines[machine, IN_LAB], end - off, end, 1) >= 0:
        return False
    supplies.found[0], supplies.found[1], supplies.found[2], supplies.found[3] = slot, start, end, change
    return begin_blocked(shop, supplies, machine, start, change, supplies.options[option, BEGIN]) < 0


@compiled
def _within_hours(shop: Shop, supplies: Supplies, option: int, start: int, end: int) -> bool:
    """Whether the hours of its lab let a run start and end where it does, operators left out."""
    machine, length = shop.options[option, ON], shop.options[option, RUN]
    if start_of(shop, machine, start, length) != start:
        return False
    if supplies.options[option, OFF] > 0:
        return end >= start + length + supplies.options[option, OFF]
    return end_of(shop, machine, start, length) == end


@compiled
def stand(shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints, task: int, option: int) -> None:
    """Put a task into the place that was found last (`Supplies.found`)."""
    machine, slot, start, end = shop.options[option, ON], supplies.found[0], supplies.found[1], supplies.found[2]
    book(shop, graph, slots, task, option, slot, start)
    graph.nodes[task, MACHINE] = machine
    slots.rows[slot, END_AT] = graph.nodes[task, END] = end
    held[task, TENDED_SET_UP] = supplies.found[3] if supplies.tended[machine] != 0 else 0
    held[task, TENDED_BEGIN], held[task, TENDED_OFF] = supplies.options[option, BEGIN], supplies.options[option, OFF]
    slots.rows[slot, TENDED_FOR], held[task, USED] = held[task, TENDED_SET_UP], 1
    hold(shop, graph, supplies, held, task, 1)


@compiled
def hold(shop: Shop, graph: Graph, supplies: Supplies, held: Ints, task: int, times: int) -> None:
    """Take what a task holds where it stands, or give it back (`times` is -1)."""
    tend(
        shop, supplies.levels, graph.nodes[task, MACHINE], graph.nodes[task, START], graph.nodes[task, END],
        held[task, TENDED_SET_UP], held[task, TENDED_BEGIN], held[task, TENDED_OFF], times,
    )  # fmt: skip
    if held[task, USED] != 0:
        use(supplies, graph.nodes[task, OPTION], graph.nodes[task, START], times)


@compiled
def leave(shop: Shop, graph: Graph, supplies: Supplies, held: Ints, task: int) -> None:
    """Give back what a task holds; its machine stays occupied."""
    if graph.nodes[task, OPTION] >= 0:
        hold(shop, graph, supplies, held, task, -1)
    for column in range(held.shape[1]):
        held[task, column] = 0


@compiled
def unbook(shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints, task: int) -> None:
    """Take a task out of its machine's slots, if it stands there, with all that it holds."""
    option = graph.nodes[task, OPTION]
    if option < 0:
        return
    leave(shop, graph, supplies, held, task)
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
def unfit(shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints, lab: int, states: Ints) -> None:
    """Displace what the hours of a lab no longer allow where it stands; operators are another matter."""
    for task in range(len(shop.tasks)):
        option = graph.nodes[task, OPTION]
        if shop.tasks[task, KIND] != WORK or option < 0 or graph.nodes[task, LAB] != lab:
            continue
        if not _within_hours(shop, supplies, option, graph.nodes[task, START], graph.nodes[task, END]):
            unbook(shop, graph, slots, supplies, held, task)
            states[task] = DISPLACED


@compiled
def overdrawn(shop: Shop, graph: Graph, slots: Slots, supplies: Supplies, held: Ints, lab: int, states: Ints) -> None:
    """Push what asks for operators of a lab when too few are there, the latest start first; started work stays."""
    levels = supplies.levels
    row = levels.first[lab]
    while row < levels.first[lab] + levels.size[lab]:
        last = -1
        if levels.rows[row, LEVEL] < 0:
            to_s = levels.rows[row + 1, AT] if row + 1 < levels.first[lab] + levels.size[lab] else NEVER
            last = _last_tended(shop, graph, held, lab, levels.rows[row, AT], to_s)
        if last < 0:
            row += 1
            continue
        unbook(shop, graph, slots, supplies, held, last)
        states[last] = PUSHED
        row = levels.first[lab]


@compiled
def _last_tended(shop: Shop, graph: Graph, held: Ints, lab: int, from_s: int, to_s: int) -> int:
    """The task with the latest start of those in a lab that have not started and hold an operator then, or -1."""
    last = -1
    for task in range(len(shop.tasks)):
        if shop.tasks[task, KIND] != WORK or graph.nodes[task, OPTION] < 0 or graph.nodes[task, LAB] != lab:
            continue
        start, end, machine = graph.nodes[task, START], graph.nodes[task, END], graph.nodes[task, MACHINE]
        begun = start + held[task, TENDED_BEGIN]
        if held[task, TENDED_BEGIN] > 0 and shop.machines[machine, MODE] == PAUSING:
            begun = end_of(shop, machine, start, held[task, TENDED_BEGIN])
        early = start - held[task, TENDED_SET_UP] < to_s and from_s < begun
        if (early or (end - held[task, TENDED_OFF] < to_s and from_s < end and held[task, TENDED_OFF] > 0)) and (
            last < 0 or start > graph.nodes[last, START]
        ):
            last = task
    return last


@compiled
def retake(shop: Shop, graph: Graph, supplies: Supplies, held: Ints, lab: int) -> None:
    """Take the operators of all that stands in a lab, whose level has been made anew."""
    for task in range(len(shop.tasks)):
        if graph.nodes[task, OPTION] >= 0 and graph.nodes[task, LAB] == lab:
            tend(
                shop, supplies.levels, graph.nodes[task, MACHINE], graph.nodes[task, START], graph.nodes[task, END],
                held[task, TENDED_SET_UP], held[task, TENDED_BEGIN], held[task, TENDED_OFF], 1,
            )  # fmt: skip
