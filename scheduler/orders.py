"""List schedules for due dates where a few scarce machines limit all orders: an order is what leads to one due date.

The prices of `scheduler.bounds` tell what a task takes of the scarce machines. A task's urgency counts that alone
(`scheduler.list_schedule.due_numbers` counts all work): an order that takes little of them for its weight goes first.
An option that takes more of them than another must end earlier by as much as that costs the orders behind; so must one
in a lab from which the way on is longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from scheduler.bounds import Bound
from scheduler.list_schedule import pressing
from scheduler.network import Network
from scheduler.paths import ways_on
from scheduler.shop import ON, OPTIONS, OPTIONS_END, RUN, Ints

__all__ = ["order_rules"]

# Of what is scarce, of a longer way on, and of work for its weight; measured on networks with and without transport.
_RATES = ((10.0, 1.0, 2.0), (3.0, 1.0, 3.0), (10.0, 0.7, 2.0), (20.0, 1.0, 2.0), (3.0, 1.0, 2.0), (10.0, 1.0, 3.0))
_MOST_S = 2.0**40

Floats = npt.NDArray[np.float64]


def order_rules(network: Network, bound: Bound, tail: Sequence[int]) -> Iterator[tuple[Floats, Ints]]:
    """Priority numbers, and by option how much later it may end than others, for `scheduler.list_schedule.placed`.

    Args:
        network: what is planned.
        bound: of it, with prices.
        tail: of `scheduler.paths.tails`.
    """
    shop, presses, tasks = network.shop, pressing(network), len(network.tasks)
    order = np.array([task for _, task in presses], dtype=np.int64)
    weight = np.array([float(task.weight) for task in network.tasks])
    dated = np.unique(order[order >= 0])
    dated = dated[weight[dated] > 0]
    prices = np.array(bound.prices)
    if not len(dated) or not prices.any():
        return
    owner = np.repeat(np.arange(tasks), shop.tasks[:, OPTIONS_END] - shop.tasks[:, OPTIONS])
    cost: Floats = prices[shop.options[:, ON]] * shop.options[:, RUN]
    least = _least(cost, owner, tasks)
    scale = bound.makespan_s / max(float(least.sum()), 1e-9)  # the scarce machines as one that works all the time
    takes = _sums(least * scale, order, tasks)
    first = dated[np.argsort(takes[dated] / weight[dated], kind="stable")]
    behind = np.zeros(tasks)
    behind[first] = np.cumsum(weight[first][::-1])[::-1]
    weight = np.maximum(weight, 1.0)
    dear = (cost - least[owner]) * scale * np.where(order >= 0, (behind / weight)[order], 1.0)[owner]
    far = ways_on(network).astype(np.float64)
    fastest = np.array([float(network.fastest_s(task)) for task in range(tasks)])
    latest = np.array([due_s for due_s, _ in presses]) - np.array(tail, dtype=np.float64) - fastest
    work = takes * float(fastest.sum()) / max(float(least.sum()) * scale, 1e-9)
    slow = np.where(order >= 0, (work / weight)[order], 0.0)
    for dearness, distance, urgency in _RATES:
        later = np.minimum(dearness * dear + distance * far, _MOST_S)
        yield latest + urgency * slow, 1 + later.astype(np.int64)


def _least(values: Floats, owner: Ints, tasks: int) -> Floats:
    """By task, the least value of its options, 0 where it has none."""
    result = np.full(tasks, np.inf)
    np.minimum.at(result, owner, values)
    return np.where(np.isfinite(result), result, 0.0)


def _sums(values: Floats, order: Ints, tasks: int) -> Floats:
    """The sum of the values of an order's tasks, by the task that has its due date."""
    result = np.zeros(tasks)
    np.add.at(result, order[order >= 0], values[order >= 0])
    return result
