"""Machines that are asked for more than they have until the horizon: exact, and in the operator's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from scheduler.bounds import LoadModel
from scheduler.capacity import Capacity
from scheduler.network import Network
from scheduler.paths import Head, heads, tails
from scheduler.shortage import Shortage
from scheduler.wording import listed, moment, span

__all__ = ["overloads"]

_MOST_SETS = 200  # of machines that some tasks share alone
_MOST_LENGTHS = 30  # of runs that are compared with the openings


def overloads(network: Network, paths: Network) -> Iterator[Shortage]:
    """Sets of machines that tasks need which no other machine can do: too little time, or too few openings for them.

    Args:
        network: the problem, or one that asks for no more machine time.
        paths: the same tasks, none longer than it must be.
    """
    if not any(network.choices):
        return
    head, tail = heads(paths), tails(paths)
    offered = Capacity(network, head, tail).offered(network.problem.horizon_s)
    work = [task for task in network.free if network.choices[task]]
    own = {task: frozenset(choice.machine for choice in network.choices[task]) for task in work}
    sets = list(dict.fromkeys(own.values()))[:_MOST_SETS]
    for machines in chain(sorted(sets, key=len), _scarce(network, head, tail)):
        bound_to = [task for task in work if own[task] <= machines]
        here = sorted({machine for task in bound_to for machine in own[task]})
        needed_s = sum(network.fastest_s(task) for task in bound_to)
        offered_s = int(offered[here].sum())
        if needed_s > offered_s:
            yield _too_long(network, bound_to, here, (needed_s, offered_s))
            return
        whole = [task for task in bound_to if network.fastest_s(task) == paths.fastest_s(task)]
        found = _too_many(network, whole, here)
        if found is not None:
            yield found
            return


def _scarce(network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> Iterator[frozenset[int]]:
    """The dearest machines, more and more of them, where the bound on loads says that the horizon is not enough."""
    bound_s, prices = LoadModel(network, head, tail).machine_bound(0)
    if bound_s >= network.problem.horizon_s:
        rank = np.argsort(-prices, kind="stable").tolist()
        for number in range(2, min(len(rank), _MOST_SETS) + 1):
            yield frozenset(rank[:number])


def _too_long(network: Network, tasks: Sequence[int], machines: Sequence[int], seconds: tuple[int, int]) -> Shortage:
    problem, (needed_s, offered_s) = network.problem, seconds
    names = listed(problem.machines[machine].id for machine in machines)
    return (
        tuple(problem.tasks[task].id for task in tasks),
        f"{len(tasks)} tasks that only {names} can do take {span(needed_s)} together at least, but until "
        f"{moment(problem.origin, problem.horizon_s)} there are {span(offered_s)}",
        f"possible, if at all, with {span(needed_s - offered_s)} more: longer hours, another machine or fewer tasks",
    )


def _too_many(network: Network, tasks: Sequence[int], machines: Sequence[int]) -> Shortage | None:
    """More attended runs than openings have room for: no two runs of more than half an opening share one.

    Lots that could be shorter are left out.
    """
    problem = network.problem
    if any(problem.machines[machine].unattended or problem.machines[machine].pauses for machine in machines):
        return None
    lengths = sorted({network.fastest_s(task) for task in tasks}, reverse=True)
    for least_s in lengths[:_MOST_LENGTHS]:
        long = [task for task in tasks if network.fastest_s(task) >= least_s]
        room = sum(_room(network, machine, least_s) for machine in machines)
        if len(long) > room:
            names = listed(problem.machines[machine].id for machine in machines)
            return (
                tuple(problem.tasks[task].id for task in long),
                f"{len(long)} tasks that only {names} can do take {span(least_s)} or more each in one opening, but the "
                f"openings until {moment(problem.origin, problem.horizon_s)} have room for {room} of them",
                "possible, if at all, with longer or more openings, another machine or fewer tasks",
            )
    return None


def _room(network: Network, machine: int, run_s: int) -> int:
    """How many runs of such a length the openings of a machine's lab take."""
    rules = network.rules[machine]
    stretches = zip(rules.hours.starts, rules.hours.ends, strict=True)
    return sum(max(0, end_s - max(start_s, rules.free_from_s)) // run_s for start_s, end_s in stretches)
