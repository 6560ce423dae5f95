"""What operators and material say of the makespan: how much of operators' time there is, and when material is there.

All of it is exact in one direction: no plan takes more, and none begins earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from scheduler.network import Network
from scheduler.paths import Head
from scheduler.problem import Stock
from scheduler.search.attending import BEGIN, OFF, earliest_supplied
from scheduler.search.listing import new_slots
from scheduler.shop import OPTIONS, OPTIONS_END
from scheduler.supplies import free_operators, left_of, used_by

__all__ = ["Operators", "alone_bound", "material_bound"]

_MOST_ALONE = 300  # tasks, those on the longest paths first, that are looked at with all else out of their way

Floats = npt.NDArray[np.float64]


class Operators:
    """The operators' seconds that options ask for, and those that labs offer.

    A lab offers what its shifts have in its open hours, less what fixed work takes, from the earliest start of the
    tasks that an operator could attend there until the makespan less the shortest tail of these.

    Args:
        network: the problem.
        head: of `scheduler.paths.heads`.
        tail: of `scheduler.paths.tails`.
    """

    def __init__(self, network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> None:
        problem = network.problem
        counted = [lab.operators is not None for lab in problem.labs]
        supplies = network.supplies
        work = [task for task in network.free if network.choices[task]]
        labs = np.array([choice.lab for task in work for choice in network.choices[task]], dtype=np.intp)
        asked = np.zeros(len(labs)) if supplies is None else supplies.options[:, [BEGIN, OFF]].sum(axis=1)
        self.labs = labs
        self.asked: Floats = np.where(np.array(counted, dtype=np.bool_)[labs], asked, 0).astype(np.float64)
        owners = np.repeat(work, [len(network.choices[task]) for task in work])
        self._levels = [
            _levels(network, number, owners[(labs == number) & (self.asked > 0)].tolist(), head, tail)
            for number in range(len(problem.labs))
        ]

    def __bool__(self) -> bool:
        """Whether any option asks for operators who are counted."""
        return bool(self.asked.any())

    def offered(self, makespan_s: int) -> Floats:
        """The operators' seconds by lab within a makespan."""
        return np.array(
            [
                np.interp(makespan_s - tail_s, moments, seconds) - before
                for moments, seconds, before, tail_s in self._levels
            ]
        ).clip(0)


def _levels(
    network: Network, lab: int, tasks: Sequence[int], head: Sequence[Head | None], tail: Sequence[int]
) -> tuple[list[float], list[float], float, int]:
    """Moments, the operators' seconds until each, those before any task can begin, and the shortest tail."""
    horizon_s = network.problem.horizon_s
    moments, seconds = [0.0], [0.0]
    level = 0
    for at_s, change in sorted(free_operators(network, network.problem.labs[lab])):
        moment = float(min(max(at_s, 0), horizon_s))
        seconds.append(seconds[-1] + max(0, level) * (moment - moments[-1]))
        moments.append(moment)
        level += change
    seconds.append(seconds[-1] + max(0, level) * (horizon_s - moments[-1]))
    moments.append(float(horizon_s))
    heads = [each.start_s if (each := head[task]) is not None else 0 for task in tasks]
    before = float(np.interp(min(heads, default=0), moments, seconds))
    return moments, seconds, before, min((tail[task] for task in tasks), default=0)


def material_bound(network: Network, tail: Sequence[int]) -> int:
    """The longest wait for material with what must come after it.

    Of some tasks that together take so much of a stock, the last to start starts when so much is there at the earliest.
    """
    best_s = 0
    for stock in network.problem.stocks:
        users: list[tuple[int, int]] = []  # what lies behind the start of each task, and what it takes at least
        for task in network.free:
            own = network.tasks[task]
            least = min((used_by(own, option).get(stock.id, 0) for option in own.options), default=0)
            if least:
                users.append((network.fastest_s(task) + tail[task], least))
        users.sort(reverse=True)
        totals = accumulate(least for _, least in users)
        for (rest_s, least), total in zip(users, totals, strict=True):
            for needed in (least, total):
                at_s = _there_at(network, stock, needed)
                best_s = max(best_s, min(network.problem.horizon_s, at_s + rest_s))
    return best_s


def _there_at(network: Network, stock: Stock, amount: int) -> int:
    """The first moment at which so much of a stock is there, less what fixed work has taken; the horizon if never."""
    level = 0
    for at_s, change in sorted(left_of(network, stock)):
        level += change
        if level >= amount:
            return max(0, at_s)
    return network.problem.horizon_s


def alone_bound(network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> int:
    """The longest path in which one task finds operators, material and people, all other work out of its way."""
    supplies = network.supplies
    if supplies is None:
        return 0
    shop = network.shop._replace(change=np.zeros_like(network.shop.change))  # set-ups depend on what comes before
    supplies = supplies._replace(tended=np.zeros_like(supplies.tended))
    slots, best_s, horizon_s = new_slots(shop), 0, network.problem.horizon_s
    paths = sorted(((each.end_s + tail[task], task) for task in network.free if (each := head[task])), reverse=True)
    for _, task in paths[:_MOST_ALONE]:
        each = head[task]
        rows = range(int(shop.tasks[task, OPTIONS]), int(shop.tasks[task, OPTIONS_END]))
        if each is not None and rows:
            ends = (earliest_supplied(shop, slots, supplies, task, row, each.start_s)[1] for row in rows)
            best_s = max(best_s, min(horizon_s, int(min(ends)) + tail[task]))
    return best_s
