"""List schedules: tasks in order of a priority, each where it ends earliest in the gaps that are left.

A priority rule gives every task a number, small ones first; the order never breaks a precedence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.crewing import people_in_order
from scheduler.network import Choice, Network
from scheduler.paths import Head, latest_ends, mean_tails, tails
from scheduler.plan import Placement
from scheduler.search.attending import supplied_schedule
from scheduler.search.graph import COLUMNS, END, LENGTH, OPTION, START, Graph
from scheduler.search.listing import list_schedule
from scheduler.shop import MODE, ON, PAUSING, Ints, Shop

__all__ = [
    "PRIORITIES",
    "Schedule",
    "Stuck",
    "allowed_by",
    "cheap_choices",
    "decode",
    "listed_by",
    "placed",
    "pressing",
    "priorities",
    "quick_numbers",
    "schedule_of",
]

_SLACK = 0.05
_URGENCIES = (2.0, 4.0, 8.0, 1.0, 0.5, 0.0)

PRIORITIES = ("longest tail", "latest end", "mean tail", "longest path", "earliest start")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A placement for every task, in the problem's order.

    Attributes:
        placements: one for each task.
        makespan_s: the last end, 0 at least.
        total_end_s: the sum of all ends; among plans of one makespan the smaller is better.
    """

    placements: tuple[Placement, ...]
    makespan_s: int
    total_end_s: int

    @classmethod
    def of(cls, placements: Iterable[Placement]) -> Schedule:
        """The schedule of these placements."""
        placed = tuple(placements)
        ends = [each.end_s for each in placed]
        return cls(placed, max([0, *ends]), sum(ends))

    @property
    def cost(self) -> tuple[int, int]:
        """What is minimised: the makespan, then the sum of ends."""
        return self.makespan_s, self.total_end_s


@dataclass(frozen=True, slots=True)
class Stuck:
    """The task that found no place, and the machines it was tried on."""

    task: str
    machines: tuple[str, ...]


def priorities(network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> dict[str, list[float]]:
    """The numbers of each rule of `PRIORITIES`, by name.

    Args:
        network: what is planned.
        head: of `scheduler.paths.heads`.
        tail: of `scheduler.paths.tails`.
    """
    mean = mean_tails(network)
    starts = [each.start_s if each else 0 for each in head]
    rest = [network.fastest_s(task) + after for task, after in enumerate(tail)]
    numbers: dict[str, list[float]] = {
        "latest end": [float(each) for each in latest_ends(network, network.problem.horizon_s)],
        "longest tail": [-float(each) for each in rest],
        "mean tail": [-each for each in mean],
        "longest path": [-float(start + after) for start, after in zip(starts, rest, strict=True)],
        "earliest start": [float(each) for each in starts],
    }
    if any(task.due_s is not None for task in network.tasks):
        numbers = {}
        for urgency in _URGENCIES:
            numbers[f"due date, {urgency}"] = due_numbers(network, [float(each) for each in tail], urgency)
        return numbers
    return {name: numbers[name] for name in PRIORITIES}


def quick_numbers(network: Network) -> list[float]:
    """A rule that needs no analysis: due dates first, where there are any, then the longest mean tail."""
    if all(task.due_s is None for task in network.tasks):
        return [-each for each in mean_tails(network)]
    return due_numbers(network, [float(each) for each in tails(network)], 2.0)


def due_numbers(network: Network, tail: Sequence[float], urgency: float) -> list[float]:
    """The last start that keeps the due date behind a task, later for much work that has little weight.

    The number is due - tail - own duration + urgency * work / weight, with the due date that presses most among all
    that comes after the task, its weight, and the work of all that leads to it: a blend of slack and of weighted
    shortest processing time over whole orders (cf. Vepsalainen and Morton 1987).
    """
    presses = pressing(network)
    works = Counter[int]()
    for task in network.free:
        works[presses[task][1]] += network.fastest_s(task)
    return [
        when
        - rest
        - network.fastest_s(task)
        + urgency * works[end] / max(1, network.tasks[end].weight if end >= 0 else 1)
        for task, ((when, end), rest) in enumerate(zip(presses, tail, strict=True))
    ]


def pressing(network: Network) -> list[tuple[float, int]]:
    """By task, the due date that presses most among its own and those behind it, and whose it is; -1 for none."""
    last = float(network.problem.horizon_s)
    found = [(last, -1)] * len(network.tasks)
    for task in reversed(network.order):
        own = network.tasks[task]
        dates = [found[arc.task] for arc in network.after[task]]
        if own.due_s is not None:
            dates.append((float(own.due_s), task))
        found[task] = min(dates, default=found[task])
    return found


def cheap_choices(network: Network, prices: Sequence[float], slack: float = _SLACK) -> list[list[Choice]]:
    """The options whose price times duration is within `slack` of the task's cheapest: they spare scarce machines.

    Args:
        network: what is planned.
        prices: of a second of each machine, as `scheduler.bounds.lower_bound` gives them.
        slack: as a share of the cheapest option's cost.
    """
    result: list[list[Choice]] = []
    for choices in network.choices:
        costs = [prices[choice.machine] * choice.duration_s for choice in choices]
        most = min(costs, default=0.0) * (1.0 + slack)
        result.append([choice for choice, cost in zip(choices, costs, strict=True) if cost <= most])
    return result


def decode(
    network: Network, numbers: Sequence[float], choices: Sequence[Sequence[Choice]] | None = None
) -> Schedule | Stuck:
    """The list schedule for these priority numbers.

    Args:
        network: what to plan.
        numbers: one for each task, small ones first.
        choices: the options to look at, by task; all of them when None.

    Returns:
        The schedule, or the first task that has no place before the horizon (or before fixed work behind it).
    """
    found = placed(network, numbers, choices)
    return found if isinstance(found, Stuck) else schedule_of(network, found.nodes)


def placed(
    network: Network,
    numbers: Sequence[float],
    choices: Sequence[Sequence[Choice]] | None = None,
    shop: Shop | None = None,
    allowed: Ints | None = None,
) -> Graph | Stuck:
    """As `decode`, with the schedule as the nodes of a graph, and perhaps on tables in which promises are held.

    `allowed` may be given instead of the choices, as `scheduler.search.listing.list_schedule` has it.
    """
    shop = shop or network.shop
    ranks = np.empty(len(numbers), dtype=np.int64)
    ranks[np.argsort(np.asarray(numbers, dtype=np.float64), kind="stable")] = np.arange(len(numbers))
    graph, stuck = listed_by(network, shop, ranks, allowed_by(network, choices) if allowed is None else allowed)
    if stuck >= 0:
        machines = tuple(option.machine for option in network.tasks[stuck].options)
        return Stuck(network.tasks[stuck].id, machines)
    return graph


def listed_by(network: Network, shop: Shop, ranks: Ints, allowed: Ints) -> tuple[Graph, int]:
    """The list schedule by ranks, as `scheduler.search.listing.list_schedule`, with whatever the problem asks for."""
    if network.supplies is None:
        return list_schedule(shop, ranks, allowed, wait=network.patient)
    return supplied_schedule(shop, network.supplies, ranks, allowed, wait=network.patient)


def schedule_of(network: Network, nodes: Ints) -> Schedule:
    """The schedule of a graph's nodes (`scheduler.search.graph`)."""
    options = nodes[:, OPTION]
    machines = np.where(options >= 0, network.shop.options[options, ON] if len(network.shop.options) else -1, -1)
    starts, ends = nodes[:, START].tolist(), nodes[:, END].tolist()
    paused = network.shop.machines[machines, MODE] == PAUSING if len(network.shop.machines) else False
    run_ends = np.where(paused, nodes[:, END], nodes[:, START] + nodes[:, LENGTH]).tolist()
    names = [machine.id for machine in network.problem.machines]
    crews = _crews(network, nodes)
    return Schedule.of(
        task.fixed
        or Placement(task.id, names[machine] if machine >= 0 else None, start, run_end, end, crews.get(index, ()))
        for index, (task, machine, start, run_end, end) in enumerate(
            zip(network.tasks, machines.tolist(), starts, run_ends, ends, strict=True)
        )
    )


def _crews(network: Network, nodes: Ints) -> dict[int, tuple[str, ...]]:
    """Who does each task that needs people."""
    if nodes.shape[1] == COLUMNS:
        return {}
    people = [person.id for person in people_in_order(network.problem)]
    return {
        index: tuple(people[each] for each in nodes[index, COLUMNS:].tolist() if each >= 0)
        for index in np.flatnonzero(nodes[:, COLUMNS] >= 0).tolist()
    }


def allowed_by(network: Network, choices: Sequence[Sequence[Choice]] | None) -> Ints:
    """By option, 1 where the choices hold it."""
    allowed = np.ones(len(network.shop.options), dtype=np.int64)
    if choices is None or choices is network.choices:
        return allowed
    position = 0
    for every, some in zip(network.choices, choices, strict=True):
        if len(some) < len(every):
            wanted = {choice.machine for choice in some}
            allowed[position : position + len(every)] = [choice.machine in wanted for choice in every]
        position += len(every)
    return allowed
