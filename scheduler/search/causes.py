# mypy: disable-error-code="no-any-return"
"""What holds a task up in a plan: the one before it on its machine, or one that it waits for."""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.search.chance import draw
from scheduler.search.graph import END, LAB, MACHINE, PREV, Graph, set_up
from scheduler.shop import BEFORE, BEFORE_END, FIXED, FREE_FROM, KIND, LAG, OTHER, RELEASE, Ints, Shop

__all__ = ["holder", "path"]


@compiled
def holder(shop: Shop, graph: Graph, task: int, chance: Ints) -> int:
    """What holds a task up, one of them if there are several, or -1."""
    held, found, ties = 0, -1, 0
    machine, prev = graph.nodes[task, MACHINE], graph.nodes[task, PREV]
    if machine >= 0 and prev >= 0:
        held, found, ties = graph.nodes[prev, END] + set_up(shop, task, prev, machine), prev, 1
    for arc in range(shop.tasks[task, BEFORE], shop.tasks[task, BEFORE_END]):
        other = shop.arcs[arc, OTHER]
        moment = graph.nodes[other, END] + shop.arcs[arc, LAG]
        moment += shop.travel[graph.nodes[other, LAB], graph.nodes[task, LAB]]
        if moment > held:
            held, found, ties = moment, other, 1
        elif moment == held and moment > 0:
            ties += 1
            if draw(chance, ties) == 0:
                found = other
    if held < shop.tasks[task, RELEASE] or (machine >= 0 and held < shop.machines[machine, FREE_FROM]):
        return -1
    return found


@compiled
def path(shop: Shop, graph: Graph, task: int, chance: Ints, room: Ints) -> int:
    """Write what holds a task up, from itself to the beginning; the number of tasks, those on machines alone."""
    size = 0
    while task >= 0 and shop.tasks[task, KIND] != FIXED:
        if graph.nodes[task, MACHINE] >= 0:
            room[size] = task
            size += 1
        task = holder(shop, graph, task, chance)
    return size
