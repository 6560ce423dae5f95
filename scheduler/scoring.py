"""The score of a schedule in arrays, quick enough for every pass of a search.

The numbers are those of `scheduler.terms`, but set-ups beside fixed work are left out; what counts is scored there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scheduler.network import Network
from scheduler.search.graph import END, LAB, OPTION, START, Graph
from scheduler.shop import FAMILY, ON, SET_TO, Ints
from scheduler.terms import Score
from scheduler.wishes import Wishes

__all__ = ["Floats", "Scoring"]

Floats = npt.NDArray[np.float64]


class Scoring:
    """Weights and wishes of a problem, by index.

    Args:
        network: the problem.
    """

    def __init__(self, network: Network) -> None:
        problem = network.problem
        self._shop = network.shop
        self._objective = problem.objective
        due = [(index, task.due_s, task.weight) for index, task in enumerate(problem.tasks) if task.due_s is not None]
        self._due = _columns(due, 3)
        machines = {machine.id: index for index, machine in enumerate(problem.machines)}
        kept = [
            (index, machines[task.promise.machine], task.promise.start_s)
            for index, task in enumerate(problem.tasks)
            if task.promise is not None
        ]
        self._promised = _columns(kept, 3)
        self._prices = np.array([task.promise.price for task in problem.tasks if task.promise is not None])
        arrows = [(before, arc.task) for before, arcs in enumerate(network.after) for arc in arcs]
        self._arrows = _columns(arrows, 2)
        self._before = network.before
        self._wishes = Wishes(network)

    @property
    def places(self) -> bool:
        """Whether it is weighed on which machines and in which labs work stands, beside when it ends."""
        return not self._objective.plain

    def score(self, graph: Graph) -> Score:
        """As `scheduler.terms.Terms.score`."""
        ends, wishes = graph.nodes[:, END], self._objective
        late = np.maximum(ends[self._due[:, 0]] - self._due[:, 1], 0)
        total = wishes.makespan * int(ends.max(initial=0))
        if wishes.transport:
            labs = graph.nodes[:, LAB]
            ways = self._shop.travel[labs[self._arrows[:, 0]], labs[self._arrows[:, 1]]]
            total += wishes.transport * int(ways.sum())
        if wishes.set_up and self._shop.change.any():
            total += wishes.set_up * self._set_up_s(graph)
        if wishes.change and len(self._promised):
            total += wishes.change * float(self._prices[self._broken(graph)].sum())
        if self._wishes:
            total += self._wishes.cost(graph)
        return int(late @ self._due[:, 2]), float(total), int(ends.sum())

    def hurried(self, graph: Graph, numbers: Floats, random: np.random.Generator) -> Floats:
        """The same numbers, but for some tasks that are late and all that leads to them, which mostly come earlier."""
        late = self._due[graph.nodes[self._due[:, 0], END] > self._due[:, 1]]
        if not len(late):
            return numbers
        weights = (graph.nodes[late[:, 0], END] - late[:, 1]) * np.maximum(late[:, 2], 0) + 1.0
        numbers = numbers.copy()
        earlier = float(random.choice((0.02, 0.1, 0.3))) * max(1, int(graph.nodes[:, END].max()))
        for task in random.choice(
            late[:, 0], size=min(len(late), int(random.integers(1, 3 + len(late) // 50))), p=weights / weights.sum()
        ):
            hurried, stack = {int(task)}, [int(task)]
            while stack:
                for arc in self._before[stack.pop()]:
                    if arc.task not in hurried:
                        hurried.add(arc.task)
                        stack.append(arc.task)
            numbers[list(hurried)] -= earlier * random.choice((random.random(), -random.random()), p=(0.7, 0.3))
        return numbers

    def _broken(self, graph: Graph) -> npt.NDArray[np.bool_]:
        tasks, machines, starts = self._promised.T
        on = self._shop.options[graph.nodes[tasks, OPTION], ON]
        broken: npt.NDArray[np.bool_] = (on != machines) | (graph.nodes[tasks, START] != starts)
        return broken

    def _set_up_s(self, graph: Graph) -> int:
        """Seconds between runs that follow each other, fixed pairs and work without a family left out."""
        shop = self._shop
        work = np.flatnonzero((graph.nodes[:, OPTION] >= 0) & (shop.tasks[:, FAMILY] != 0))
        machine = shop.options[graph.nodes[work, OPTION], ON]
        order = np.lexsort((graph.nodes[work, START], machine))
        work, machine = work[order], machine[order]
        family = shop.tasks[work, FAMILY]
        first = np.concatenate(([True], machine[1:] != machine[:-1])) if len(work) else np.zeros(0, dtype=np.bool_)
        before = np.where(first, shop.machines[machine, SET_TO], np.roll(family, 1))
        return int(shop.change[before, family].sum())


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, width)
