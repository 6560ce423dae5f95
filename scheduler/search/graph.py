# mypy: disable-error-code="no-any-return"
"""A schedule as machine sequences: the disjunctive graph with the earliest and latest times of every task.

Times are updated only where a change reaches: the tasks behind it in order of their start, those before it in the
opposite order, until nothing differs (cf. Michel and Van Hentenryck 2003, incremental longest paths).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scheduler.compiled import compiled
from scheduler.search.runs import end_of, latest_start, start_of
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    DELAY,
    FAMILY,
    FIXED,
    FREE_FROM,
    IN_LAB,
    KIND,
    LAG,
    NEVER,
    ON,
    OTHER,
    PLACE,
    RELEASE,
    RUN,
    SET_TO,
    WORK,
    Ints,
    Shop,
)

__all__ = [
    "CHAIN_FIRST", "CHAIN_LAST", "COLUMNS", "END", "LAB", "LENGTH", "MACHINE", "MUST_END", "MUST_START", "NEXT",
    "OPTION", "PREV", "START", "Graph", "build", "drain", "insert", "makespan", "new_graph", "pop", "push",
    "push_after", "ready", "remove", "rest", "retime", "set_up", "time_forward", "update",
]  # fmt: skip

OPTION, MACHINE, LAB, LENGTH, PREV, NEXT, START, END, MUST_START, MUST_END, KEY, QUEUED = range(12)
COLUMNS = 12
CHAIN_FIRST, CHAIN_LAST = range(2)
_MOST_VISITS = 40  # of a task in one update; more would mean a circle


class Graph(NamedTuple):
    """Sequences and times.

    Attributes:
        nodes: a row for each task. `OPTION` is its row in the shop's options, `MACHINE`, `PREV` and `NEXT` are -1 for
            none; `START` and `END` are the earliest times, `MUST_START` and `MUST_END` the latest for which
            everything ends by the target; `KEY` and `QUEUED` belong to the updates.
        chains: `CHAIN_FIRST` and `CHAIN_LAST` task by machine, -1 for none.
        heap: of the updates.
        target: one number.
    """

    nodes: Ints
    chains: Ints
    heap: Ints
    target: Ints


def new_graph(shop: Shop) -> Graph:
    """A graph without sequences; `build` fills it."""
    nodes = np.full((len(shop.tasks), COLUMNS), -1, dtype=np.int64)
    nodes[:, LAB], nodes[:, LENGTH] = shop.tasks[:, PLACE], shop.tasks[:, DELAY]
    nodes[:, QUEUED] = 0
    chains = np.full((len(shop.machines), 2), -1, dtype=np.int64)
    return Graph(nodes, chains, np.zeros(len(nodes) + 1, dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def set_up(shop: Shop, task: int, prev: int, machine: int) -> int:
    """Seconds of set-up before a task that follows another (-1: the machine's first) on a machine."""
    family = shop.tasks[prev, FAMILY] if prev >= 0 else shop.machines[machine, SET_TO]
    return shop.change[family, shop.tasks[task, FAMILY]]


@compiled
def ready(shop: Shop, graph: Graph, task: int, lab: int) -> int:
    """When everything that comes before a task is done and in a lab."""
    moment = shop.tasks[task, RELEASE]
    for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
        other = shop.arcs[arc, OTHER]
        moment = max(moment, graph.nodes[other, END] + shop.arcs[arc, LAG] + shop.travel[graph.nodes[other, LAB], lab])
    return moment


@compiled
def rest(shop: Shop, graph: Graph, task: int, lab: int) -> int:
    """When a task in a lab must be done for what comes after it."""
    moment = graph.target[0]
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        moment = min(
            moment, graph.nodes[other, MUST_START] - shop.arcs[arc, LAG] - shop.travel[lab, graph.nodes[other, LAB]]
        )
    return moment


@compiled
def time_forward(shop: Shop, graph: Graph, task: int) -> bool:
    """Compute the earliest times of a task; whether its end changed."""
    machine, before = graph.nodes[task, MACHINE], graph.nodes[task, END]
    moment = ready(shop, graph, task, graph.nodes[task, LAB])
    if machine >= 0:
        prev = graph.nodes[task, PREV]
        done = graph.nodes[prev, END] if prev >= 0 else shop.machines[machine, FREE_FROM]
        moment = max(moment, done + set_up(shop, task, prev, machine))
        graph.nodes[task, START] = start_of(shop, machine, moment, graph.nodes[task, LENGTH])
        graph.nodes[task, END] = min(NEVER, end_of(shop, machine, graph.nodes[task, START], graph.nodes[task, LENGTH]))
    else:
        graph.nodes[task, START] = moment
        graph.nodes[task, END] = moment + graph.nodes[task, LENGTH]
    return graph.nodes[task, END] != before


@compiled
def _time_backward(shop: Shop, graph: Graph, task: int) -> bool:
    """Compute the latest times of a task; whether its start changed."""
    machine, before = graph.nodes[task, MACHINE], graph.nodes[task, MUST_START]
    moment = rest(shop, graph, task, graph.nodes[task, LAB])
    if machine >= 0:
        after = graph.nodes[task, NEXT]
        if after >= 0:
            moment = min(moment, graph.nodes[after, MUST_START] - set_up(shop, after, task, machine))
        graph.nodes[task, MUST_START] = latest_start(shop, machine, moment, graph.nodes[task, LENGTH])
    else:
        graph.nodes[task, MUST_START] = moment - graph.nodes[task, LENGTH]
    graph.nodes[task, MUST_END] = moment
    return graph.nodes[task, MUST_START] != before


@compiled
def push(graph: Graph, size: int, task: int, key: int) -> int:
    """Queue a task, small keys first; the new size of the queue."""
    if graph.nodes[task, QUEUED] != 0:
        return size
    graph.nodes[task, QUEUED] = 1
    graph.nodes[task, KEY] = key
    heap = graph.heap
    child = size
    while child > 0:
        parent = (child - 1) // 2
        if graph.nodes[heap[parent], KEY] <= key:
            break
        heap[child] = heap[parent]
        child = parent
    heap[child] = task
    return size + 1


@compiled
def pop(graph: Graph, size: int) -> int:
    """Take the first task out of a queue of this size."""
    heap = graph.heap
    top = heap[0]
    graph.nodes[top, QUEUED] = 0
    size -= 1
    task = heap[size]
    key = graph.nodes[task, KEY]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and graph.nodes[heap[child + 1], KEY] < graph.nodes[heap[child], KEY]:
            child += 1
        if graph.nodes[heap[child], KEY] >= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = task
    return top


@compiled
def push_after(shop: Shop, graph: Graph, size: int, task: int) -> int:
    """Queue what comes right behind a task, on its machine or because it waits for it; the new size of the queue."""
    after = graph.nodes[task, NEXT]
    if after >= 0:
        size = push(graph, size, after, graph.nodes[after, START])
    for arc in range(shop.tasks[task, AFTER], shop.tasks[task, AFTER_END]):
        other = shop.arcs[arc, OTHER]
        if shop.tasks[other, KIND] != FIXED:
            size = push(graph, size, other, graph.nodes[other, START])
    return size


@compiled
def _push_before(shop: Shop, graph: Graph, size: int, task: int) -> int:
    """Queue what comes right before a task, the last first; the new size of the queue."""
    prev = graph.nodes[task, PREV]
    if prev >= 0:
        size = push(graph, size, prev, -graph.nodes[prev, MUST_END])
    for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
        other = shop.arcs[arc, OTHER]
        if shop.tasks[other, KIND] != FIXED:
            size = push(graph, size, other, -graph.nodes[other, MUST_END])
    return size


@compiled
def drain(graph: Graph, size: int) -> None:
    """Take all out of a queue of this size."""
    for place in range(size):
        graph.nodes[graph.heap[place], QUEUED] = 0


@compiled
def _forward(shop: Shop, graph: Graph, size: int) -> bool:
    left = _MOST_VISITS * len(shop.tasks) + 100
    while size > 0:
        task = pop(graph, size)
        size -= 1
        left -= 1
        if left < 0:
            drain(graph, size)
            return False
        if time_forward(shop, graph, task):
            size = push_after(shop, graph, size, task)
    return True


@compiled
def _backward(shop: Shop, graph: Graph, size: int) -> bool:
    left = _MOST_VISITS * len(shop.tasks) + 100
    while size > 0:
        task = pop(graph, size)
        size -= 1
        left -= 1
        if left < 0:
            drain(graph, size)
            return False
        if _time_backward(shop, graph, task):
            size = _push_before(shop, graph, size, task)
    return True


@compiled
def remove(graph: Graph, task: int) -> None:
    """Take a task out of its machine's sequence; no time is updated."""
    machine, prev, after = graph.nodes[task, MACHINE], graph.nodes[task, PREV], graph.nodes[task, NEXT]
    if prev >= 0:
        graph.nodes[prev, NEXT] = after
    else:
        graph.chains[machine, CHAIN_FIRST] = after
    if after >= 0:
        graph.nodes[after, PREV] = prev
    else:
        graph.chains[machine, CHAIN_LAST] = prev


@compiled
def insert(shop: Shop, graph: Graph, task: int, option: int, prev: int) -> None:
    """Put a task behind another (-1: at the front) on the machine of an option; no time is updated."""
    machine = shop.options[option, ON]
    after = graph.nodes[prev, NEXT] if prev >= 0 else graph.chains[machine, CHAIN_FIRST]
    graph.nodes[task, OPTION], graph.nodes[task, MACHINE], graph.nodes[task, LAB] = (
        option,
        machine,
        shop.machines[machine, IN_LAB],
    )
    graph.nodes[task, LENGTH] = shop.options[option, RUN]
    graph.nodes[task, PREV], graph.nodes[task, NEXT] = prev, after
    if prev >= 0:
        graph.nodes[prev, NEXT] = task
    else:
        graph.chains[machine, CHAIN_FIRST] = task
    if after >= 0:
        graph.nodes[after, PREV] = task
    else:
        graph.chains[machine, CHAIN_LAST] = task


@compiled
def update(shop: Shop, graph: Graph, task: int, old_prev: int, old_next: int) -> bool:
    """Bring all times up to date after a task has left two neighbours (-1 for none); False when there is a circle."""
    size = push(graph, 0, task, -NEVER)
    if old_next >= 0:
        size = push(graph, size, old_next, graph.nodes[old_next, START])
    if not _forward(shop, graph, push_after(shop, graph, size, task)):
        return False
    size = push(graph, 0, task, -NEVER)
    if old_prev >= 0:
        size = push(graph, size, old_prev, -graph.nodes[old_prev, MUST_END])
    return _backward(shop, graph, _push_before(shop, graph, size, task))


@compiled
def makespan(graph: Graph) -> int:
    """The last end."""
    last = 0
    for task in range(len(graph.nodes)):
        last = max(last, graph.nodes[task, END])
    return last


@compiled
def retime(shop: Shop, graph: Graph, target: int) -> bool:
    """Compute all times afresh, the latest ones for everything to end by `target`; False when there is a circle."""
    size = 0
    for task in range(len(shop.tasks)):
        if shop.tasks[task, KIND] != FIXED:
            size = push(graph, size, task, graph.nodes[task, START])
    if not _forward(shop, graph, size):
        return False
    graph.target[0] = target
    size = 0
    for task in range(len(shop.tasks)):
        if shop.tasks[task, KIND] != FIXED:
            size = push(graph, size, task, -graph.nodes[task, END])
    return _backward(shop, graph, size)


@compiled
def build(shop: Shop, graph: Graph, options: Ints, starts: Ints, order: Ints) -> bool:
    """Fill a graph from the options and starts of a valid schedule; the target is its makespan.

    Args:
        shop: the problem.
        graph: what to fill.
        options: rows of the shop's options by task, -1 for none.
        starts: by task.
        order: the tasks by start.

    Returns:
        False when the sequences make a circle, which those of a valid schedule never do.
    """
    for machine in range(len(shop.machines)):
        graph.chains[machine, CHAIN_FIRST] = graph.chains[machine, CHAIN_LAST] = -1
    for place in range(len(order)):
        task = order[place]
        graph.nodes[task, START] = starts[task]
        if shop.tasks[task, KIND] == WORK:
            insert(shop, graph, task, options[task], graph.chains[shop.options[options[task], ON], CHAIN_LAST])
        elif shop.tasks[task, KIND] == FIXED:
            graph.nodes[task, END] = starts[task] + shop.tasks[task, DELAY]
            graph.nodes[task, MUST_START], graph.nodes[task, MUST_END] = starts[task], graph.nodes[task, END]
    return retime(shop, graph, NEVER) and retime(shop, graph, makespan(graph))
