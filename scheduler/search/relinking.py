# mypy: disable-error-code="no-any-return"
"""From one schedule part of the way to another, so that the search goes on between two good ones.

Path relinking as Gonzalez, Vela and Varela (2015) use it for the flexible job shop: tasks take, one by one and in
random order, the machine and the place among its tasks that they have in the guide.
"""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.search.chance import draw
from scheduler.search.graph import (
    CHAIN_FIRST,
    END,
    MUST_START,
    NEXT,
    OPTION,
    PREV,
    Graph,
    ready,
    rest,
)
from scheduler.search.tabu import Memory, apply
from scheduler.shop import IN_LAB, KIND, ON, OPTIONS, OPTIONS_END, WORK, Ints, Shop

__all__ = ["relink", "shake"]


@compiled
def _guided(shop: Shop, graph: Graph, task: int, option: int, keys: Ints) -> int:
    """Behind which task of a machine one belongs, by the keys of all and without making a circle."""
    machine = shop.options[option, ON]
    lab = shop.machines[machine, IN_LAB]
    late = min(ready(shop, graph, task, lab), graph.nodes[task, END])
    early = max(rest(shop, graph, task, lab), graph.nodes[task, MUST_START])
    prev, after = -1, graph.chains[machine, CHAIN_FIRST]
    while after >= 0:
        if after != task:
            must_follow = graph.nodes[after, MUST_START] >= early and graph.nodes[after, END] > late
            must_lead = graph.nodes[after, MUST_START] < early and graph.nodes[after, END] <= late
            if must_follow or (not must_lead and keys[after] > keys[task]):
                break
            prev = after
        after = graph.nodes[after, NEXT]
    return prev


@compiled
def relink(shop: Shop, graph: Graph, memory: Memory, options: Ints, keys: Ints, tries: int) -> bool:
    """Bring random tasks to where a guide has them; False when that made a circle.

    Args:
        shop: the problem.
        graph: where it begins; changed.
        memory: gives the random numbers.
        options: of the guide, by task.
        keys: of the guide, its starts by task.
        tries: how many tasks are drawn.
    """
    for _ in range(tries):
        task = draw(memory.chance, len(shop.tasks))
        if shop.tasks[task, KIND] != WORK:
            continue
        prev = _guided(shop, graph, task, options[task], keys)
        same = options[task] == graph.nodes[task, OPTION] and prev == graph.nodes[task, PREV]
        if not same and not apply(shop, graph, task, options[task], prev):
            return False
    return True


@compiled
def shake(shop: Shop, graph: Graph, memory: Memory, moves: int) -> bool:
    """Put so many random tasks on random options of theirs; False when that made a circle."""
    for _ in range(moves):
        task = draw(memory.chance, len(shop.tasks))
        if shop.tasks[task, KIND] != WORK:
            continue
        first = shop.tasks[task, OPTIONS]
        option = first + draw(memory.chance, shop.tasks[task, OPTIONS_END] - first)
        prev = _guided(shop, graph, task, option, memory.best_start)
        same = option == graph.nodes[task, OPTION] and prev == graph.nodes[task, PREV]
        if not same and not apply(shop, graph, task, option, prev):
            return False
    return True
