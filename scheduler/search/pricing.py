# mypy: disable-error-code="no-any-return"
"""What a second of delay of each task costs, and places for a task that cost little.

The price of a task is the weight of the late tasks that it holds up. It falls short of what a delay costs, and exceeds
what an early start gains, as soon as something else holds them up: so it tells which moves are in vain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.compiled import compiled
from scheduler.search.causes import holder
from scheduler.search.chance import draw
from scheduler.search.graph import (
    CHAIN_FIRST,
    END,
    LAB,
    LENGTH,
    MACHINE,
    NEXT,
    OPTION,
    PREV,
    START,
    Graph,
    pop,
    push,
    ready,
    set_up,
)
from scheduler.search.runs import end_of, start_of
from scheduler.shop import (
    AFTER,
    AFTER_END,
    FIXED,
    FREE_FROM,
    IN_LAB,
    KIND,
    NEVER,
    ON,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    RUN,
    Ints,
    Shop,
)  # fmt: skip

__all__ = ["Dates", "Floats", "elsewhere", "forward_on_own", "price"]

Floats = npt.NDArray[np.float64]

ALL, OWN = range(2)  # of prices: of all that a task holds up, and without what it holds up only on its machine
_LEAST = 0.02  # what a second costs where nothing late is held up
_FEW = 10  # other machines that are looked at for one move
_PLACES = 3  # looked at on each of them
_BACK = 6  # places that a task comes forward on its machine, at most


class Dates(NamedTuple):
    """When tasks are due.

    Attributes:
        late: tasks with due dates.
        due, weight: by task; without a due date the weight is 0.
    """

    late: Ints
    due: Ints
    weight: Ints


@compiled
def price(shop: Shop, graph: Graph, dates: Dates, prices: Floats, chance: Ints) -> None:
    """Compute all prices, from the last start to the first.

    Args:
        shop: the problem.
        graph: a schedule.
        dates: of the problem.
        prices: filled.
        chance: of the random numbers.
    """
    size = 0
    for task in range(len(shop.tasks)):
        late = dates.weight[task] > 0 and graph.nodes[task, END] > dates.due[task]
        prices[task, ALL] = prices[task, OWN] = dates.weight[task] if late else 0.0
        if shop.tasks[task, KIND] != FIXED:
            size = push(graph, size, task, -graph.nodes[task, START])
    while size > 0:
        task = pop(graph, size)
        size -= 1
        held = holder(shop, graph, task, chance) if prices[task, ALL] > 0.0 else -1
        if held >= 0:
            prices[held, ALL] += prices[task, ALL]
            if graph.nodes[task, PREV] != held or graph.nodes[task, MACHINE] < 0:
                prices[held, OWN] += prices[task, ALL]


@compiled
def _way_on(shop: Shop, graph: Graph, task: int, lab: int) -> int:
    """Seconds from a lab to where what waits for a task is done, from where that starts first."""
    first, way = NEVER, 0
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if graph.nodes[other, START] < first:
            first, way = graph.nodes[other, START], shop.travel[lab, graph.nodes[other, LAB]]
    return way


@compiled
def elsewhere(shop: Shop, graph: Graph, prices: Floats, chance: Ints, task: int) -> tuple[int, int, float]:
    """The option and place of the best of a few other machines, -1 for none, and by how much the lateness may grow."""
    first = shop.tasks[task, OPTIONS]
    count = shop.tasks[task, OPTIONS_END] - first
    before = graph.nodes[task, END] + _way_on(shop, graph, task, graph.nodes[task, LAB])
    own = prices[task, OWN] + _LEAST
    best, best_prev, least = -1, -1, np.inf
    for _ in range(min(_FEW, count - 1)):
        option = first + draw(chance, count)
        machine, length = shop.options[option, ON], shop.options[option, RUN]
        if option == graph.nodes[task, OPTION]:
            continue
        lab = shop.machines[machine, IN_LAB]
        moment, way = ready(shop, graph, task, lab), _way_on(shop, graph, task, lab)
        prev, after = -1, graph.chains[machine, CHAIN_FIRST]
        while after >= 0 and graph.nodes[after, END] <= moment:
            prev, after = after, graph.nodes[after, NEXT]
        for _ in range(_PLACES):
            # Behind work that starts after this task ends could lie what waits for it.
            if prev >= 0 and graph.nodes[prev, START] >= graph.nodes[task, END]:
                break
            done = graph.nodes[prev, END] if prev >= 0 else shop.machines[machine, FREE_FROM]
            start = start_of(shop, machine, max(moment, done + set_up(shop, task, prev, machine)), length)
            if start >= NEVER:
                break
            end = end_of(shop, machine, start, length)
            growth = own * (end + way - before)
            if after >= 0:
                pushed = end + set_up(shop, after, task, machine) - graph.nodes[after, START]
                growth += (prices[after, ALL] + _LEAST) * max(0, pushed)
            if growth < least and (after < 0 or graph.nodes[task, START] < graph.nodes[after, END]):
                best, best_prev, least = option, prev, growth
            if after < 0:
                break
            prev, after = after, graph.nodes[after, NEXT]
    prev = graph.nodes[task, PREV]
    gap = graph.nodes[task, END] - (graph.nodes[prev, END] if prev >= 0 else 0)
    return best, best_prev, least - (prices[task, ALL] - prices[task, OWN]) * gap


@compiled
def forward_on_own(shop: Shop, graph: Graph, prices: Floats, chance: Ints, task: int) -> tuple[int, float]:
    """Behind which other task of its machine it may stand instead, some places before, -2 for none; and as above."""
    begin = ready(shop, graph, task, graph.nodes[task, LAB])
    most = 1 + draw(chance, _BACK) if draw(chance, 2) == 0 else 1
    other, found, growth = graph.nodes[task, PREV], -2, 0.0
    while other >= 0 and most > 0 and graph.nodes[other, END] > begin:
        growth += prices[other, OWN] * graph.nodes[task, LENGTH]
        gained = graph.nodes[task, START] - max(begin, graph.nodes[other, START])
        other = found = graph.nodes[other, PREV]
        most -= 1
    if found == -2:
        return found, 0.0
    return found, growth - prices[task, OWN] * gained
