# mypy: disable-error-code="no-any-return"
"""Which machine does what so that loads come out even: moves and exchanges of tasks between machines, times left out.

Where one group of machines limits the whole plan, the problem is that of unrelated parallel machines. It starts from
the cheapest options at the prices of `scheduler.bounds`, follows soft prices (the gradient of a rising power of the
relative loads).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.compiled import compiled
from scheduler.shop import KIND, ON, OPTIONS, OPTIONS_END, RUN, WORK, Ints, Shop

__all__ = ["balance"]

Floats = npt.NDArray[np.float64]

_POWERS = (4, 8, 16, 32, 64, 128, 256)
_SWEEPS = 6


class _Loads(NamedTuple):
    """What is where.

    Attributes:
        option: rows of the shop's options by task, -1 for none.
        load: seconds by machine.
        size: seconds that each machine offers.
    """

    option: Ints
    load: Floats
    size: Floats


def balance(shop: Shop, prices: Floats, size: Floats) -> Ints:
    """Options for all tasks that keep the greatest relative load small.

    Args:
        shop: the problem.
        prices: of a second of each machine.
        size: seconds each machine offers; loads are measured against them.
    """
    tasks, machines = len(shop.tasks), len(shop.machines)
    loads = _Loads(
        np.full(tasks, -1, dtype=np.int64),
        np.zeros(machines),
        np.maximum(size, 1.0),
    )
    _start(shop, loads, prices)
    for power in _POWERS:
        _sweep(shop, loads, power, _SWEEPS)
    return loads.option


@compiled
def _start(shop: Shop, loads: _Loads, prices: Floats) -> None:
    for task in range(len(shop.tasks)):
        if shop.tasks[task, KIND] != WORK:
            continue
        best, least = -1, np.inf
        for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
            cost = (prices[shop.options[option, ON]] + 1e-9) * shop.options[option, RUN]
            if cost < least:
                best, least = option, cost
        loads.option[task] = best
        loads.load[shop.options[best, ON]] += shop.options[best, RUN]


@compiled
def _sweep(shop: Shop, loads: _Loads, power: int, sweeps: int) -> None:
    """Let each task go where the sum of the powers of relative loads grows least."""
    for _ in range(sweeps):
        moved = 0
        for task in range(len(shop.tasks)):
            here = loads.option[task]
            if here < 0:
                continue
            loads.load[shop.options[here, ON]] -= shop.options[here, RUN]
            best, least = here, np.inf
            for option in range(shop.tasks[task, OPTIONS], shop.tasks[task, OPTIONS_END]):
                machine = shop.options[option, ON]
                before = loads.load[machine] / loads.size[machine]
                after = before + shop.options[option, RUN] / loads.size[machine]
                cost = after**power - before**power
                if cost < least:
                    best, least = option, cost
            loads.load[shop.options[best, ON]] += shop.options[best, RUN]
            if best != here:
                loads.option[task] = best
                moved += 1
        if moved == 0:
            break
