"""Lower bounds on the makespan that owe nothing to OR-Tools.

The path bound is the longest path with machines never in each other's way. The load bound prices machine time: for any
prices p >= 0, the tasks' cheapest options cost sum_t min_o p[m(o)] * d(o), while within a makespan T the machines can
sell no more than sum_m p[m] * c_m(T), where c_m(T) are the seconds in which machine m can run by then. The smallest T
at which the offer covers the cost is a bound (weak duality of the linear relaxation of unrelated machines; Lenstra,
Shmoys and Tardos 1990). Good prices come from multiplicative updates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.capacity import Capacity
from scheduler.network import Network
from scheduler.paths import Head

__all__ = ["Bound", "LoadModel", "lower_bound", "path_bound"]

_UPDATES = 600
_COOLING = 0.2  # the step of update k is 1 / (1 + k * cooling)
_ROUNDING = 1e-9

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound, and what it says of the machines.

    Attributes:
        makespan_s: no plan is shorter; the better of the path bound and the load bound, at most the horizon.
        prices: of a second of each machine, scarce machines dear; they add up to 1.
    """

    makespan_s: int
    prices: tuple[float, ...]


def lower_bound(network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> Bound:
    """The best bound known here.

    Args:
        network: the problem.
        head: of `scheduler.paths.heads`; every free task must have one.
        tail: of `scheduler.paths.tails`.
    """
    path_s = path_bound(head, tail)
    if not any(network.choices):
        return Bound(path_s, (0.0,) * len(network.rules))
    load_s, prices = LoadModel(network, head, tail).bound(path_s)
    return Bound(load_s, tuple(prices.tolist()))


def path_bound(head: Sequence[Head | None], tail: Sequence[int]) -> int:
    """The longest path in seconds."""
    return max([0, *(each.end_s + rest for each, rest in zip(head, tail, strict=True) if each is not None)])


class LoadModel:
    """Machine time asked for and on offer."""

    def __init__(self, network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> None:
        work = [task for task in network.free if network.choices[task]]
        flat = [choice for task in work for choice in network.choices[task]]
        self._machine = np.array([choice.machine for choice in flat], dtype=np.intp)
        self._duration = np.array([choice.duration_s for choice in flat], dtype=np.float64)
        sizes = [len(network.choices[task]) for task in work]
        self._first = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp)
        self._owner = np.repeat(np.arange(len(work)), sizes)
        self._count = len(network.rules)
        self._horizon_s = network.problem.horizon_s
        self._capacity = Capacity(network, head, tail)

    def bound(self, least_s: int, updates: int = _UPDATES) -> tuple[int, Floats]:
        """The best bound in seconds, at least `least_s`, and the prices of the machines, which add up to 1."""
        prices = np.full(self._count, 1.0 / self._count)
        best_s, best = least_s, prices
        for update in range(updates):
            cost, load = self._cheapest(prices)
            bound_s = self._earliest(prices, cost, best_s)
            if bound_s > best_s:
                best_s, best = bound_s, prices
            strain = load / np.maximum(self._capacity.offered(best_s), 1.0)
            rise = np.clip(strain - float(strain @ prices), -1.0, 1.0)
            prices = prices * np.exp(rise / (1.0 + update * _COOLING))
            prices = prices / prices.sum()
        return best_s, best

    def _cheapest(self, prices: Floats) -> tuple[float, Floats]:
        """What the tasks cost at these prices, and the load by machine if each took its cheapest option."""
        costs = prices[self._machine] * self._duration
        least = np.minimum.reduceat(costs, self._first)
        chosen = costs <= least[self._owner] * (1.0 + _ROUNDING)
        share = chosen / np.add.reduceat(chosen.astype(np.float64), self._first)[self._owner]
        load = np.bincount(self._machine, weights=share * self._duration, minlength=self._count)
        return float(least.sum()), load.astype(np.float64)

    def _earliest(self, prices: Floats, cost: float, least_s: int) -> int:
        """The smallest makespan from `least_s` on by which the machines offer what the tasks cost."""
        cost *= 1.0 - _ROUNDING
        low, high = least_s, self._horizon_s
        if float(prices @ self._capacity.offered(low)) >= cost:
            return low
        while low + 1 < high:
            middle = (low + high) // 2
            if float(prices @ self._capacity.offered(middle)) >= cost:
                high = middle
            else:
                low = middle
        return high
