"""The search over rounds: each begins between two good schedules, or near one, and ends when it gains nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scheduler.search.chance import draw, new_chance
from scheduler.search.graph import build, makespan, new_graph, retime
from scheduler.search.relinking import relink, shake
from scheduler.search.tabu import LEAST, STEPS, VAIN, Memory, search
from scheduler.shop import Ints, Shop

__all__ = ["Elite", "Sequenced"]

_KEPT = 12  # schedules
_SHAKEN = 24  # tasks, at most
_LARGE = 2_000  # tasks; with more, half-way between two schedules is far from any good one
_PATIENCE = 8_000  # steps without a gain in a round
_CHUNK_WORK = 100_000  # tasks times steps between two looks at the clock, about a hundredth of a second
_MOST_FAILURES = 20  # rounds in a row that end at once, because nothing can be moved
_FEWEST = 10  # steps of a round that is worth its beginning


class Sequenced(NamedTuple):
    """A schedule as the search holds it: rows of the shop's options and starts by task, and its makespan."""

    options: Ints
    starts: Ints
    makespan_s: int


class Elite:
    """Good schedules and the search between them.

    Args:
        shop: the problem.
        seed: of all random numbers.
    """

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.kept: list[Sequenced] = []
        self._graph = new_graph(shop)
        self._memory = Memory(
            np.zeros(len(shop.options), dtype=np.int64),
            np.zeros(3, dtype=np.int64),
            new_chance(seed),
            np.zeros(len(shop.tasks), dtype=np.int64),
            np.zeros(len(shop.tasks), dtype=np.int64),
            np.zeros(len(shop.tasks) + 1, dtype=np.int64),
        )
        self._chunk = max(20, min(1_000, _CHUNK_WORK // (len(shop.tasks) + 1)))
        self._rounds = 0

    def add(self, one: Sequenced) -> None:
        """Keep a schedule if it is good and no other is so much like it."""
        for place, other in enumerate(self.kept):
            if self._alike(one, other):
                if one.makespan_s < other.makespan_s:
                    self.kept[place] = one
                return
        self.kept.append(one)
        self.kept.sort(key=lambda each: each.makespan_s)
        del self.kept[_KEPT:]

    def run(self, go_on: Callable[[], bool], found: Callable[[Sequenced], None]) -> None:
        """Search until it is told to stop.

        Args:
            go_on: asked between chunks of steps.
            found: told every schedule that is better than all before.
        """
        best_s = min(each.makespan_s for each in self.kept)
        failed = 0
        while failed < _MOST_FAILURES and go_on():
            if not self._begin():
                failed += 1
                continue
            going, steps = True, 0
            while going:
                done = search(self.shop, self._graph, self._memory, self._chunk, _PATIENCE + len(self.shop.tasks))
                result = self._result()
                if result.makespan_s < best_s:
                    best_s = result.makespan_s
                    found(result)
                steps += done
                going = done == self._chunk and go_on()
            failed = failed + 1 if steps < _FEWEST else 0
            self.add(result)

    def _begin(self) -> bool:
        """Put the graph where a round begins; False when that failed."""
        shop, graph, memory = self.shop, self._graph, self._memory
        self._rounds += 1
        one, other = self.kept[0] if self._rounds % 3 == 1 else self._draw(), self._draw()
        order = np.argsort(one.starts, kind="stable")
        good = build(shop, graph, one.options, one.starts, order)
        memory.best_option[:], memory.best_start[:] = one.options, one.starts
        if self._rounds > 1:
            tasks = len(shop.tasks)
            if other is one or len(self.kept) < _KEPT or tasks > _LARGE:
                good = good and shake(shop, graph, memory, max(2, min(tasks // 10, _SHAKEN)))
            else:
                good = good and relink(shop, graph, memory, other.options, other.starts, tasks // 2)
            good = good and retime(shop, graph, makespan(graph))
        memory.counters[STEPS] += 1000 + len(shop.tasks)  # every ban is over
        memory.counters[VAIN], memory.counters[LEAST] = 0, makespan(graph) + 1
        return bool(good)

    def _draw(self) -> Sequenced:
        return self.kept[int(draw(self._memory.chance, len(self.kept)))]

    def _result(self) -> Sequenced:
        memory = self._memory
        return Sequenced(memory.best_option.copy(), memory.best_start.copy(), int(memory.counters[LEAST]))

    def _alike(self, one: Sequenced, other: Sequenced) -> bool:
        return bool(np.count_nonzero(one.options != other.options) * 50 < len(one.options)) and bool(
            np.count_nonzero(np.argsort(one.starts) != np.argsort(other.starts)) * 50 < len(one.options)
        )
