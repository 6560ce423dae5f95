"""Lower bounds on the makespan that owe nothing to OR-Tools.

The path bound is the longest path with machines never in each other's way. The load bound prices machine time: for any
prices p >= 0, the tasks' cheapest options cost sum_t min_o p[m(o)] * d(o), while within a makespan T the machines can
sell no more than sum_m p[m] * c_m(T), where c_m(T) are the seconds in which machine m can run by then. The smallest T
at which the offer covers the cost is a bound (weak duality of the linear relaxation of unrelated machines; Lenstra,
Shmoys and Tardos 1990). Good prices come from multiplicative updates. The time of a lab's operators, where they are
counted, has a price beside that of its machines, and an option costs both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.capacity import Capacity
from scheduler.network import Network
from scheduler.paths import Head
from scheduler.shop import FREE, MODE
from scheduler.supply_bounds import Operators, alone_bound, material_bound

__all__ = ["Bound", "LoadModel", "last_tails", "lower_bound", "path_bound"]

_UPDATES, _MORE_UPDATES, _MANY = 150, 600, 300  # updates of the prices, up to so many tasks and beyond
_COOLING = 0.2  # the step of update k is 1 / (1 + k * cooling)
_ROUNDING = 1e-9
_PRICED = 1e-3  # machines below this share of the highest price do not limit the plan

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
    if network.supplies is not None:
        path_s = max(path_s, alone_bound(network, head, tail), material_bound(network, tail))
    if not any(network.choices):
        return Bound(path_s, (0.0,) * len(network.rules))
    model = LoadModel(network, head, tail)
    load_s, prices = model.bound(path_s)
    ends_s = last_tails(network, tail, prices)
    return Bound(max(load_s, model.earliest(prices, load_s, ends_s)), tuple(prices.tolist()))


def path_bound(head: Sequence[Head | None], tail: Sequence[int]) -> int:
    """The longest path in seconds."""
    return max([0, *(each.end_s + rest for each, rest in zip(head, tail, strict=True) if each is not None)])


def last_tails(network: Network, tail: Sequence[int], prices: Floats) -> float:
    """What the machines cannot sell at the end, because each ends with a task of its own, which has a tail of its own.

    Priced machines each end with another task; the least that their tails can cost is that of the dearest machine with
    the shortest tail, and so on (the rearrangement inequality). What `Capacity` leaves out already, the shortest tail
    of each machine, is not counted again. It is 0 where a priced machine keeps hours: closed seconds cost nothing.

    Args:
        network: the problem.
        tail: of `scheduler.paths.tails`.
        prices: by machine.
    """
    modes = network.shop.machines[:, MODE]
    priced = set(np.flatnonzero(prices > _PRICED * prices.max()).tolist())
    if any(modes[machine] != FREE or network.bookings[machine] for machine in priced):
        return 0.0
    shortest: dict[int, int] = {}
    ends: list[int] = []
    for task in network.free:
        here = [choice.machine for choice in network.choices[task] if choice.machine in priced]
        if here:
            ends.append(tail[task])
            for machine in here:
                shortest[machine] = min(shortest.get(machine, tail[task]), tail[task])
    count = min(len(shortest), len(ends))
    dearest = sorted((float(prices[machine]) for machine in shortest), reverse=True)[:count]
    least = sum(price * seconds for price, seconds in zip(dearest, sorted(ends)[:count], strict=True))
    return max(0.0, least - sum(float(prices[machine]) * seconds for machine, seconds in shortest.items()))


class LoadModel:
    """Machine time and operators' time asked for and on offer."""

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
        self._operators = Operators(network, head, tail)

    def bound(self, least_s: int) -> tuple[int, Floats]:
        """The best bound in seconds, at least `least_s`, and the prices of the machines, which add up to 1."""
        best_s, prices = self.machine_bound(least_s)
        if self._operators:
            labs = len(self._operators.offered(0))
            for share in (0.0, 0.5):
                both = np.concatenate((share * prices, np.full(labs, (1.0 - share) / labs)))
                best_s, _ = self._updated(both, best_s, _UPDATES)
        return best_s, prices

    def machine_bound(self, least_s: int) -> tuple[int, Floats]:
        """As `bound`, however many operators there are."""
        updates = _UPDATES if len(self._first) <= _MANY else _MORE_UPDATES
        return self._updated(np.full(self._count, 1.0 / self._count), least_s, updates)

    def _updated(self, prices: Floats, least_s: int, updates: int) -> tuple[int, Floats]:
        """The best bound of so many updates from some prices, of machines alone or of labs' operators too."""
        best_s, best = least_s, prices
        for update in range(updates):
            cost, load = self._cheapest(prices)
            bound_s = self._earliest(prices, cost, best_s)
            if bound_s > best_s:
                best_s, best = bound_s, prices
            strain = load / np.maximum(self._offered(best_s, len(prices)), 1.0)
            rise = np.clip(strain - float(strain @ prices), -1.0, 1.0)
            prices = prices * np.exp(rise / (1.0 + update * _COOLING))
            prices = prices / prices.sum()
        return best_s, best

    def _offered(self, makespan_s: int, resources: int) -> Floats:
        """Seconds by machine, and by lab where prices have these."""
        machines = self._capacity.offered(makespan_s)
        if resources == self._count:
            return machines
        return np.concatenate((machines, self._operators.offered(makespan_s)))

    def earliest(self, prices: Floats, least_s: int, unsold: float) -> int:
        """The bound that prices prove, at least `least_s`, if machines cannot sell time worth `unsold`."""
        cost, _ = self._cheapest(prices)
        return self._earliest(prices, cost, least_s, unsold)

    def _cheapest(self, prices: Floats) -> tuple[float, Floats]:
        """What the tasks cost at these prices, and the load by machine (and lab) if each took its cheapest option."""
        costs, attended = prices[self._machine] * self._duration, len(prices) > self._count
        if attended:
            costs = costs + prices[self._count + self._operators.labs] * self._operators.asked
        least = np.minimum.reduceat(costs, self._first)
        chosen = costs <= least[self._owner] * (1.0 + _ROUNDING)
        share = chosen / np.add.reduceat(chosen.astype(np.float64), self._first)[self._owner]
        load = np.bincount(self._machine, weights=share * self._duration, minlength=self._count)
        if attended:
            labs = len(prices) - self._count
            asked = np.bincount(self._operators.labs, weights=share * self._operators.asked, minlength=labs)
            load = np.concatenate((load, asked))
        return float(least.sum()), load.astype(np.float64)

    def _earliest(self, prices: Floats, cost: float, least_s: int, unsold: float = 0.0) -> int:
        """The smallest makespan from `least_s` on by which the machines offer what the tasks cost."""
        cost = (cost + unsold) * (1.0 - _ROUNDING)
        low, high = least_s, self._horizon_s
        if float(prices @ self._offered(low, len(prices))) >= cost:
            return low
        while low + 1 < high:
            middle = (low + high) // 2
            if float(prices @ self._offered(middle, len(prices))) >= cost:
                high = middle
            else:
                low = middle
        return high
