# mypy: disable-error-code="no-any-return"
"""Exchanges of tasks between machines that bring the last end forward where machines, not orders, limit the plan.

A machine that does its tasks by falling tail (what must follow each of them) ends, tails included, at max over its
tasks of the load up to the task plus the task's tail: Jackson's rule for one machine with delivery times (1955). The
fullest machine gives a task away, or exchanges one, wherever that leaves both machines better than it was.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.compiled import compiled
from scheduler.search.chance import draw, new_chance
from scheduler.shop import ON, OPTIONS, OPTIONS_END, RUN, Ints, Shop

__all__ = ["exchange"]

Floats = npt.NDArray[np.float64]

_BUSY = 0.8  # machines that end earlier, as a share of the last end, take part only as a place to go to


class _Rows(NamedTuple):
    """What is where.

    Attributes:
        option: rows of the shop's options by task, -1 for none.
        tail: seconds that must follow, by option.
        stretch: by machine, how many seconds pass while it runs one.
        next, first: chains of tasks by machine, by falling tail; -1 for none.
        size, ends: number of tasks and end with tails, by machine.
        chance: state of the random numbers.
    """

    option: Ints
    tail: Ints
    stretch: Floats
    next: Ints
    first: Ints
    size: Ints
    ends: Floats
    chance: Ints


def exchange(shop: Shop, options: Ints, tail: Ints, stretch: Floats, *, seed: int, tries: int) -> Ints:
    """Better options for the tasks.

    Args:
        shop: the problem.
        options: rows of the shop's options by task, -1 for none.
        tail: seconds that must follow a task, by option.
        stretch: by machine, how many seconds pass while it runs one second; 1.0 when it is always open.
        seed: of the random numbers.
        tries: how many exchanges are looked at.
    """
    machines = len(shop.machines)
    rows = _Rows(
        options.copy(), tail, stretch, np.full(len(shop.tasks), -1, dtype=np.int64),
        np.full(machines, -1, dtype=np.int64), np.zeros(machines, dtype=np.int64), np.zeros(machines),
        new_chance(seed),
    )  # fmt: skip
    _fill(shop, rows)
    busy = np.flatnonzero(rows.ends > _BUSY * rows.ends.max())
    if len(busy) > 1:
        _exchange(shop, rows, busy, tries)
    return rows.option


@compiled
def _put(shop: Shop, rows: _Rows, task: int, option: int) -> None:
    """Add a task to its place in a machine's chain."""
    machine, tail = shop.options[option, ON], rows.tail[option]
    rows.option[task] = option
    rows.size[machine] += 1
    other = rows.first[machine]
    if other < 0 or rows.tail[rows.option[other]] <= tail:
        rows.next[task], rows.first[machine] = other, task
        return
    while rows.next[other] >= 0 and rows.tail[rows.option[rows.next[other]]] > tail:
        other = rows.next[other]
    rows.next[task], rows.next[other] = rows.next[other], task


@compiled
def _take(shop: Shop, rows: _Rows, task: int) -> None:
    """Take a task out of its machine's chain."""
    machine = shop.options[rows.option[task], ON]
    rows.size[machine] -= 1
    if rows.first[machine] == task:
        rows.first[machine] = rows.next[task]
        return
    other = rows.first[machine]
    while rows.next[other] != task:
        other = rows.next[other]
    rows.next[other] = rows.next[task]


@compiled
def _end(shop: Shop, rows: _Rows, machine: int, without: int, added: int) -> float:
    """The end with tails of a machine without one task (-1: none) and with one more on an option (-1: none)."""
    stretch, moment, end = rows.stretch[machine], 0.0, 0.0
    task = rows.first[machine]
    while task >= 0:
        option = rows.option[task]
        if added >= 0 and rows.tail[added] >= rows.tail[option]:
            moment += shop.options[added, RUN] * stretch
            end = max(end, moment + rows.tail[added])
            added = -1
        if task != without:
            moment += shop.options[option, RUN] * stretch
            end = max(end, moment + rows.tail[option])
        task = rows.next[task]
    if added >= 0:
        end = max(end, moment + shop.options[added, RUN] * stretch + rows.tail[added])
    return end


@compiled
def _fill(shop: Shop, rows: _Rows) -> None:
    for task in range(len(shop.tasks)):
        if rows.option[task] >= 0:
            _put(shop, rows, task, rows.option[task])
    for machine in range(len(shop.machines)):
        rows.ends[machine] = _end(shop, rows, machine, -1, -1)


@compiled
def _any_on(rows: _Rows, machine: int) -> int:
    """A random task of a machine."""
    task = rows.first[machine]
    for _ in range(draw(rows.chance, rows.size[machine])):
        task = rows.next[task]
    return task


@compiled
def _option_on(shop: Shop, task: int, machine: int) -> int:
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        if shop.options[option, ON] == machine:
            return option
    return -1


@compiled
def _gain(rows: _Rows, machine: int, end: float, there: int, end_there: float, power: int) -> bool:
    """Whether two new ends are better: in sum of high powers, so that late ends count most and early ones a little."""
    scale = max(rows.ends[machine], rows.ends[there], 1.0)
    before = (rows.ends[machine] / scale) ** power + (rows.ends[there] / scale) ** power
    return (end / scale) ** power + (end_there / scale) ** power < before


@compiled
def _try(shop: Shop, rows: _Rows, machine: int, power: int) -> bool:
    """Draw a task of a machine, an option and perhaps a task to come back; do it if the ends are then better."""
    if rows.size[machine] == 0:
        return False
    task = _any_on(rows, machine)
    first = shop.tasks[task, OPTIONS]
    option = first + draw(rows.chance, shop.tasks[task, OPTIONS_END] - first)
    there = shop.options[option, ON]
    if there == machine:
        return False
    other, back = -1, -1
    if rows.size[there] > 0 and draw(rows.chance, 8) > 0:
        other = _any_on(rows, there)
        back = _option_on(shop, other, machine)
        if back < 0:
            return False
    end, end_there = _end(shop, rows, machine, task, back), _end(shop, rows, there, other, option)
    if not _gain(rows, machine, end, there, end_there, power):
        return False
    _take(shop, rows, task)
    if other >= 0:
        _take(shop, rows, other)
        _put(shop, rows, other, back)
    _put(shop, rows, task, option)
    rows.ends[machine], rows.ends[there] = end, end_there
    return True


@compiled
def _exchange(shop: Shop, rows: _Rows, busy: Ints, tries: int) -> None:
    """Draw machines among the busy ones, with rising powers."""
    for power in (8, 32, 128, 512):
        for _ in range(tries // 4):
            _try(shop, rows, busy[draw(rows.chance, len(busy))], power)
