# mypy: disable-error-code="no-any-return"
"""The longest paths of `scheduler.paths`, compiled, for large problems: the same numbers as tables by task and lab."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.compiled import called, compiled
from scheduler.search.runs import end_of, start_of
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    DELAY,
    FIXED,
    FIXED_START,
    IN_LAB,
    KIND,
    LAG,
    NEVER,
    ON,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    PLACE,
    RELEASE,
    RUN,
    WORK,
    Ints,
    Shop,
)

__all__ = ["Longest", "longest", "mean_rests"]

Floats = npt.NDArray[np.float64]


class Longest(NamedTuple):
    """Earliest starts and ends and shortest rests, machines never in each other's way.

    Attributes:
        start, end: by task and lab, `NEVER` where it has no place within the horizon.
        rest: by task and lab, the least seconds from its end to the end of all that is behind it; `NEVER` where it is
            not done.
    """

    start: Ints
    end: Ints
    rest: Ints


def longest(shop: Shop, *, wait: bool = True) -> Longest:
    """The tables of a problem; `wait` tells whether to compile what is not at hand."""
    size = (len(shop.tasks), len(shop.travel))
    tables = Longest(*(np.full(size, NEVER, dtype=np.int64) for _ in range(3)))
    called(_heads, shop, tables, wait=wait)
    called(_tails, shop, tables, wait=wait)
    return tables


def mean_rests(shop: Shop, *, wait: bool = True) -> Floats:
    """As `scheduler.paths.mean_tails`; `wait` tells whether to compile what is not at hand."""
    rests = np.zeros(len(shop.tasks))
    called(_mean_rests, shop, rests, wait=wait)
    return rests


@compiled
def _ready(shop: Shop, tables: Longest, task: int, lab: int) -> int:
    moment = shop.tasks[task, RELEASE]
    for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
        other, first = shop.arcs[arc, OTHER], NEVER
        for here in range(len(shop.travel)):
            if tables.end[other, here] < NEVER:
                first = min(first, tables.end[other, here] + shop.travel[here, lab])
        if first >= NEVER:
            return NEVER
        moment = max(moment, first + shop.arcs[arc, LAG])
    return moment


@compiled
def _heads(shop: Shop, tables: Longest) -> None:
    for place in range(len(shop.order)):
        task = shop.order[place]
        if shop.tasks[task, KIND] == WORK:
            _work_heads(shop, tables, task)
            continue
        lab = shop.tasks[task, PLACE]
        fixed = shop.tasks[task, KIND] == FIXED
        start = shop.tasks[task, FIXED_START] if fixed else _ready(shop, tables, task, lab)
        end = start + shop.tasks[task, DELAY]
        if fixed or end <= shop.horizon[0]:
            tables.start[task, lab], tables.end[task, lab] = start, end


@compiled
def _work_heads(shop: Shop, tables: Longest, task: int) -> None:
    lab, moment = -1, 0
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        machine, length = shop.options[option, ON], shop.options[option, RUN]
        if shop.machines[machine, IN_LAB] != lab:
            lab = shop.machines[machine, IN_LAB]
            moment = _ready(shop, tables, task, lab)
        if moment >= NEVER:
            continue
        start = start_of(shop, machine, moment, length)
        end = end_of(shop, machine, start, length)
        if end <= shop.horizon[0]:
            tables.start[task, lab] = min(tables.start[task, lab], start)
            tables.end[task, lab] = min(tables.end[task, lab], end)


@compiled
def _behind(shop: Shop, tables: Longest, arc: int, lab: int) -> int:
    """The least seconds that an arc out of a lab, its task and what is behind that take."""
    task = shop.arcs[arc, OTHER]
    if shop.tasks[task, KIND] == FIXED:
        return 0
    if shop.tasks[task, KIND] != WORK:
        return shop.arcs[arc, LAG] + shop.tasks[task, DELAY] + tables.rest[task, shop.tasks[task, PLACE]]
    least = NEVER
    for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
        there = shop.machines[shop.options[option, ON], IN_LAB]
        least = min(least, shop.travel[lab, there] + shop.options[option, RUN] + tables.rest[task, there])
    return shop.arcs[arc, LAG] + least


@compiled
def _rest_in(shop: Shop, tables: Longest, task: int, lab: int) -> None:
    rest = 0
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        rest = max(rest, _behind(shop, tables, arc, lab))
    tables.rest[task, lab] = rest


@compiled
def _tails(shop: Shop, tables: Longest) -> None:
    for place in range(len(shop.order) - 1, -1, -1):
        task = shop.order[place]
        if shop.tasks[task, KIND] != WORK:
            _rest_in(shop, tables, task, shop.tasks[task, PLACE])
            continue
        for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
            lab = shop.machines[shop.options[option, ON], IN_LAB]
            if tables.rest[task, lab] >= NEVER:
                _rest_in(shop, tables, task, lab)


@compiled
def _mean_rests(shop: Shop, rests: Floats) -> None:
    for place in range(len(shop.order) - 1, -1, -1):
        task = shop.order[place]
        for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
            other = shop.arcs[arc, OTHER]
            if shop.tasks[other, KIND] == FIXED:
                continue
            mean = float(shop.tasks[other, DELAY])
            if shop.tasks[other, KIND] == WORK:
                total, count = 0.0, shop.tasks[other, OPTIONS_END] - shop.tasks[other, OPTIONS]
                for option in range(shop.tasks[other, OPTIONS], shop.tasks[other, OPTIONS_END]):
                    total += shop.options[option, RUN]
                mean = total / count
            rests[task] = max(rests[task], shop.arcs[arc, LAG] + mean + rests[other])
