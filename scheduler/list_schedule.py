"""List schedules: tasks in order of a priority, each where it ends earliest in the gaps that are left.

A priority rule gives every task a number, small ones first; the order never breaks a precedence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from scheduler.network import NOWHERE, Choice, Network
from scheduler.paths import Head, latest_ends, mean_tails
from scheduler.plan import Placement
from scheduler.timetable import Run, Timetable

__all__ = ["PRIORITIES", "Schedule", "Stuck", "cheap_choices", "decode", "priorities"]

_SLACK = 0.05

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
    return {name: numbers[name] for name in PRIORITIES}


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
    return _Decoder(network, network.choices if choices is None else choices).run(numbers)


class _Decoder:
    def __init__(self, network: Network, choices: Sequence[Sequence[Choice]]) -> None:
        self.network = network
        self.choices = choices
        self.timetables = [Timetable(rules) for rules in network.rules]
        for timetable, bookings in zip(self.timetables, network.bookings, strict=True):
            for start_s, end_s in bookings:
                timetable.book(start_s, end_s)
        self.ends = [task.fixed.end_s if task.fixed else 0 for task in network.tasks]
        self.labs = list(network.fixed_lab)
        self.placed: list[Placement | None] = [task.fixed for task in network.tasks]

    def run(self, numbers: Sequence[float]) -> Schedule | Stuck:
        network = self.network
        waiting = [sum(1 for arc in arcs if network.tasks[arc.task].fixed is None) for arcs in network.before]
        heap = [(numbers[task], task) for task in network.free if waiting[task] == 0]
        heapify(heap)
        while heap:
            _, task = heappop(heap)
            if not self.place(task):
                machines = tuple(option.machine for option in network.tasks[task].options)
                return Stuck(network.tasks[task].id, machines)
            for arc in network.after[task]:
                waiting[arc.task] -= 1
                if waiting[arc.task] == 0 and network.tasks[arc.task].fixed is None:
                    heappush(heap, (numbers[arc.task], arc.task))
        return Schedule.of(each for each in self.placed if each is not None)

    def place(self, task: int) -> bool:
        found = self.best(task) if self.choices[task] else self.wait(task)
        if found is None:
            return False
        machine, run = found
        self.ends[task] = run.end_s
        name: str | None = None
        if machine is not None:
            self.timetables[machine].book(run.start_s, run.end_s)
            self.labs[task] = self.network.lab_of[machine]
            name = self.network.problem.machines[machine].id
        self.placed[task] = Placement(self.network.tasks[task].id, name, *run)
        return True

    def wait(self, task: int) -> tuple[None, Run] | None:
        start_s = self.ready_s(task, NOWHERE)
        end_s = start_s + self.network.fastest_s(task)
        return (None, Run(start_s, end_s, end_s)) if end_s <= self.due_s(task, NOWHERE) else None

    def best(self, task: int) -> tuple[int, Run] | None:
        """The option that ends earliest, the shorter run among equals."""
        ready: dict[int, int] = {}
        best: tuple[int, Run] | None = None
        best_cost = (self.network.problem.horizon_s + 1, 0)
        for machine, lab, duration_s in self.choices[task]:
            if lab not in ready:
                ready[lab] = self.ready_s(task, lab)
            if ready[lab] + duration_s > best_cost[0]:
                continue
            run = self.timetables[machine].earliest(ready[lab], duration_s)
            if run is not None and (run.end_s, duration_s) < best_cost and run.end_s <= self.due_s(task, lab):
                best, best_cost = (machine, run), (run.end_s, duration_s)
        return best

    def ready_s(self, task: int, lab: int) -> int:
        """When the task may start in a lab: released, and everything before it done and brought there."""
        network = self.network
        ready_s = network.tasks[task].release_s
        for before, lag_s in network.before[task]:
            ready_s = max(ready_s, self.ends[before] + lag_s + network.travel_s(self.labs[before], lab))
        return ready_s

    def due_s(self, task: int, lab: int) -> int:
        """The latest end that fixed work right behind the task allows."""
        network = self.network
        due_s = network.problem.horizon_s
        for arc in network.after[task]:
            fixed = network.tasks[arc.task].fixed
            if fixed is not None:
                travel_s = network.travel_s(lab, network.fixed_lab[arc.task])
                due_s = min(due_s, fixed.start_s - arc.lag_s - travel_s)
        return due_s
