"""What options cost in the objective's own unit: money, energy, and the shares of labs.

List schedules take an option that ends later for one that is cheaper, at a rate that searches vary.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scheduler.network import Network
from scheduler.search.graph import OPTION, Graph
from scheduler.shop import IN_LAB, ON, OPTIONS, OPTIONS_END, RUN, Ints
from scheduler.terms import work_by_lab

__all__ = ["RATES", "Wishes"]

RATES = (0.3, 3.0, 30.0, 1e4)  # seconds of a later end for what a second of makespan costs
_MOST_S = 2.0**40

Floats = npt.NDArray[np.float64]


class Wishes:
    """Costs of a problem's options, by row of the shop's options.

    Args:
        network: the problem.
    """

    def __init__(self, network: Network) -> None:
        problem, shop = network.problem, network.shop
        self._objective, self._options = problem.objective, shop.options
        wishes = problem.objective
        cost_h = {machine.id: machine.cost_h for machine in problem.machines}
        rows = [
            (option.cost + cost_h[option.machine] * option.duration_s / 3600, option.energy_kwh)
            for task in problem.tasks
            if task.fixed is None
            for option in task.options
            if wishes.cost or wishes.energy
        ]
        table = np.array(rows or [(0.0, 0.0)] * len(shop.options), dtype=np.float64).reshape(-1, 2)
        self._price: Floats = wishes.cost * table[:, 0] + wishes.energy * table[:, 1]
        self._lab = shop.machines[shop.options[:, ON], IN_LAB]
        shares = np.array([lab.share or 0.0 for lab in problem.labs])
        self._shared = np.array([lab.share is not None for lab in problem.labs], dtype=np.bool_)
        self._share: Floats = shares / shares.sum() if shares.sum() else np.zeros(len(shares))
        worked = work_by_lab(problem, [task.fixed for task in problem.tasks if task.fixed is not None])
        self._had: Floats = np.array([float(worked.get(lab.id, 0)) for lab in problem.labs])
        self._fair = bool(wishes.fairness and self._share.any())
        sizes = shop.tasks[:, OPTIONS_END] - shop.tasks[:, OPTIONS]
        self._first: Ints = shop.tasks[sizes > 0, OPTIONS]
        self._sizes: Ints = sizes[sizes > 0]

    def __bool__(self) -> bool:
        """Whether options differ in anything of this."""
        return self._fair or bool(self._price.any())

    def cost(self, graph: Graph) -> float:
        """What a schedule costs of money, energy and shares, weighed."""
        options = graph.nodes[:, OPTION]
        options = options[options >= 0]
        total = float(self._price[options].sum())
        if self._fair:
            total += self._objective.fairness * float(np.maximum(self._above(options), 0.0).sum())
        return total

    def priced(self, allowed: Ints, rate: float, graph: Graph | None = None) -> Ints:
        """What is allowed, dearer options later by the seconds they are worth.

        Args:
            allowed: by option, 1 or 0.
            rate: as `RATES`.
            graph: a schedule; labs that have more than their share there are dear.
        """
        price = self._price
        if self._fair and graph is not None:
            options = graph.nodes[:, OPTION]
            over = self._above(options[options >= 0]) > 0
            price = price + np.where(over[self._lab], self._objective.fairness * self._options[:, RUN], 0.0)
        if not len(price):
            return allowed
        least = np.minimum.reduceat(np.where(allowed > 0, price, np.inf), self._first)
        more = np.where(allowed > 0, price - np.repeat(least, self._sizes), 0.0)
        later = np.minimum(more * rate / max(self._objective.makespan, 1e-3), _MOST_S)
        return np.where(allowed > 0, 1 + later.astype(np.int64), 0)

    def _above(self, options: Ints) -> Floats:
        """By lab, the seconds of work above its share; 0 for labs without one."""
        seconds = np.bincount(self._lab[options], weights=self._options[options, RUN], minlength=len(self._had))
        worked = np.where(self._shared, self._had + seconds, 0.0)
        above: Floats = np.where(self._shared, worked - self._share * worked.sum(), 0.0)
        return above
