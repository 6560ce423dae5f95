"""Less weighted lateness for large plans: annealing on machine sequences, each thread from a seed of its own.

Threads that divided the labs among them and put their shares together were tried: for the same time of the processor
they gained less than one that moves tasks everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread

import numpy as np

from scheduler.effort import Effort
from scheduler.network import Network
from scheduler.search.elite import Sequenced
from scheduler.search.graph import END, build, new_graph
from scheduler.search.lateness import BEST, COST, anneal, cost_of, keep, new_annealing
from scheduler.shop import NEVER, Ints

__all__ = ["hurry"]

_WARM, _COLD = 0.01, 0.0015  # of what a late task costs on average: what a move may cost at first and at last
_COOLED = 0.3  # of the time until it is cold, where patience may end the search
_STAGE = 0.04  # of the time: how long threads go on before the best of them is looked at
_STAGE_MOST_S = 1.5
_CHUNK_S = 0.02  # between two looks at the clock
_STEPS = 500  # of a chunk where no clock is looked at
_TOLD = 0.03  # a gain that is worth being judged and told at once
_TOLD_S = 1.0  # between two such


class _Thread:
    """A graph and a memory of its own."""

    def __init__(self, network: Network, due: Ints, weight: Ints, seed: int) -> None:
        self.shop = network.shop
        self.graph = new_graph(network.shop)
        self.memory = new_annealing(due, weight, seed)

    @property
    def cost(self) -> int:
        return int(self.memory.counters[COST])

    def begin(self, one: Sequenced) -> bool:
        """Put the graph where a schedule is; False when its sequences make a circle."""
        good = build(self.shop, self.graph, one.options, one.starts, np.argsort(one.starts, kind="stable"))
        self.memory.counters[COST] = cost_of(self.graph, self.memory)
        return bool(good)

    def best(self) -> Sequenced:
        return Sequenced(self.memory.best_option.copy(), self.memory.best_start.copy(), 0)


def hurry(
    network: Network,
    start: Sequenced,
    *,
    effort: Effort,
    workers: int,
    seed: int,
    found: Callable[[Sequenced], None],
) -> None:
    """Look for schedules with less weighted lateness until the effort is spent or nothing is late.

    Args:
        network: what is planned; machine sequences tell its whole plan (`scheduler.sequencing.sequencable`).
        start: a valid schedule.
        effort: when to stop; the search cools down over what is left of it.
        workers: threads.
        seed: of the random numbers.
        found: told better schedules, not every one.
    """
    search = _Search(network, start, effort, workers if effort.work is None else 1, seed, found)
    search.run()
    search.tell()


class _Search:
    def __init__(
        self,
        network: Network,
        start: Sequenced,
        effort: Effort,
        workers: int,
        seed: int,
        found: Callable[[Sequenced], None],
    ) -> None:
        tasks = network.tasks
        due = np.array([NEVER if task.due_s is None else task.due_s for task in tasks], dtype=np.int64)
        weight = np.array([0 if task.due_s is None else task.weight for task in tasks], dtype=np.int64)
        self.effort, self.found = effort, found
        self.threads = [_Thread(network, due, weight, seed + 1000 * number) for number in range(workers)]
        begun = [thread.begin(start) for thread in self.threads]
        self.good = all(begun)
        self.whole_s, self.whole_passes = max(effort.left_s, 1e-3), max(1, effort.left_passes or 1)
        late = int(np.count_nonzero(self.threads[0].graph.nodes[due < NEVER, END] > due[due < NEVER]))
        self.unit = float(self.threads[0].cost) / max(1, late)
        self.best, self.best_cost = start, self.threads[0].cost
        self.told_cost, self.told_s = self.best_cost, time.monotonic()
        self.noted_cost = self.best_cost

    def run(self) -> None:
        while self.good and self.best_cost > 0 and self.effort.another_pass():
            if len(self.threads) == 1:
                self.chunk(self.threads[0])
            else:
                self.beside()
            self.take()

    def warmth(self) -> float:
        left_passes, effort = self.effort.left_passes, self.effort
        left = effort.left_s / self.whole_s if left_passes is None else left_passes / self.whole_passes
        cooled = min(1.0, (1.0 - left) / (1.0 if effort.patient else _COOLED))
        return float(self.unit * _WARM * (_COLD / _WARM) ** cooled)

    def chunk(self, thread: _Thread, steps: int = _STEPS) -> None:
        anneal(thread.shop, thread.graph, thread.memory, steps, self.warmth())
        keep(thread.graph, thread.memory)

    def beside(self) -> None:
        """Let all threads search for one stage."""
        until_s = time.monotonic() + min(_STAGE_MOST_S, max(_CHUNK_S, _STAGE * self.whole_s))

        def run(thread: _Thread) -> None:
            steps = 100
            while thread.cost > 0 and not self.effort.over() and (now_s := time.monotonic()) < until_s:
                self.chunk(thread, steps)
                took_s = time.monotonic() - now_s
                steps = min(20_000, max(20, int(steps * min(2.0, _CHUNK_S / max(took_s, 1e-6)))))

        others = [Thread(target=run, args=(thread,), daemon=True) for thread in self.threads[1:]]
        for each in others:
            each.start()
        run(self.threads[0])
        for each in others:
            each.join()

    def take(self) -> None:
        """Keep the best of all threads and tell it when it is much better."""
        for thread in self.threads:
            if thread.memory.counters[BEST] < self.best_cost:
                self.best, self.best_cost = thread.best(), int(thread.memory.counters[BEST])
        if self.best_cost < self.noted_cost * (1 - 0.001):
            self.noted_cost = self.best_cost
            self.effort.refresh()
        if self.best_cost < self.told_cost * (1 - _TOLD) and time.monotonic() > self.told_s + _TOLD_S:
            self.tell()

    def tell(self) -> None:
        if self.best_cost < self.told_cost:
            self.told_cost = self.best_cost
            self.found(self.best)
        self.told_s = time.monotonic()
