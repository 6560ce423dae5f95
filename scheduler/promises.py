"""Promises as list schedules keep them: on the promised machine, not before the promised start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scheduler.network import Choice, Network
from scheduler.shop import NOT_BEFORE, OPTIONS, Ints, Shop

__all__ = ["Promises"]


class Promises:
    """The promises of a problem, by index; only those whose machine can do the task and whose change has a price.

    Args:
        network: the problem.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        machines = {machine.id: index for index, machine in enumerate(network.problem.machines)}
        rows: list[tuple[int, int, int]] = []
        for index, task in enumerate(network.tasks):
            promise = task.promise
            if promise is None or not promise.price or not network.problem.objective.change:
                continue
            on = [choice.machine for choice in network.choices[index]]
            if machines[promise.machine] in on:
                option = int(network.shop.tasks[index, OPTIONS]) + on.index(machines[promise.machine])
                rows.append((index, option, promise.start_s))
        self._rows: Ints = np.array(rows, dtype=np.int64).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self._rows)

    def held(self, which: npt.NDArray[np.bool_] | None = None) -> Shop:
        """The tables with some promises held; all when None."""
        shop, rows = self._network.shop, self._rows if which is None else self._rows[which]
        options = shop.options.copy()
        options[rows[:, 1], NOT_BEFORE] = rows[:, 2]
        return shop._replace(options=options)

    def first(self, numbers: Sequence[float]) -> list[float]:
        """The same order, but promised work first, by its promised start."""
        least = min(numbers, default=0.0) - float(self._network.problem.horizon_s) - 1.0
        result = list(numbers)
        for task, _, start_s in self._rows.tolist():
            result[task] = least + start_s
        return result

    def choices(self) -> list[Sequence[Choice]]:
        """Promised work on its promised option, the rest on any."""
        result: list[Sequence[Choice]] = list(self._network.choices)
        for task, option, _ in self._rows.tolist():
            first = int(self._network.shop.tasks[task, OPTIONS])
            result[task] = [self._network.choices[task][option - first]]
        return result
