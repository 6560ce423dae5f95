"""Longest paths through the network when machines are never in each other's way.

All three are relaxations: no plan can beat them. They serve as bounds, as domains and as priorities.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from scheduler.network import NOWHERE, Network
from scheduler.search.longest import mean_rests
from scheduler.shop import IN_LAB, NEVER, ON, OPTIONS, OPTIONS_END, Ints

__all__ = ["Head", "heads", "heads_by_lab", "latest_ends", "mean_tails", "option_tails", "ready_at", "tails", "ways_on"]


class Head(NamedTuple):
    """The earliest start and the earliest end of a task, each on the option that is best for it."""

    start_s: int
    end_s: int


def heads(network: Network) -> list[Head | None]:
    """For each task the earliest start and end in any lab, as `heads_by_lab`; None for a task that has no head."""
    starts, ends = network.longest.start.min(axis=1).tolist(), network.longest.end.min(axis=1).tolist()
    return [Head(start, end) if end < NEVER else None for start, end in zip(starts, ends, strict=True)]


def heads_by_lab(network: Network) -> list[dict[int, Head]]:
    """For each task its head in each lab it may be done in, with machines to itself, hours and transport kept.

    Labs in which it has no place by the horizon are left out; a task behind one that has no head has none either. What
    comes after chooses the best lab for each task before it anew, which makes it a relaxation.
    """
    result: list[dict[int, Head]] = [{} for _ in network.tasks]
    for task in network.order:
        fixed = network.tasks[task].fixed
        if fixed is not None:
            result[task] = {network.fixed_lab[task]: Head(fixed.start_s, fixed.end_s)}
            continue
        for lab in network.labs_of(task):
            ready_s = ready_at(network, task, lab, result)
            found = [] if ready_s is None else list(_heads_in(network, task, lab, ready_s))
            if found:
                result[task][lab] = Head(min(head.start_s for head in found), min(head.end_s for head in found))
    return result


def ready_at(network: Network, task: int, lab: int, by_lab: list[dict[int, Head]]) -> int | None:
    """When everything before a task can be done and brought to a lab; None when something has no head."""
    ready_s = network.tasks[task].release_s
    for before, lag_s in network.before[task]:
        arrivals = [head.end_s + network.travel_s(here, lab) for here, head in by_lab[before].items()]
        if not arrivals:
            return None
        ready_s = max(ready_s, min(arrivals) + lag_s)
    return ready_s


def _heads_in(network: Network, task: int, lab: int, ready_s: int) -> Iterator[Head]:
    """The earliest run on each option in one lab."""
    if lab == NOWHERE:
        end_s = ready_s + network.fastest_s(task)
        if end_s <= network.problem.horizon_s:
            yield Head(ready_s, end_s)
    for choice in network.choices[task]:
        if choice.lab == lab:
            run = network.rules[choice.machine].earliest(ready_s, choice.duration_s)
            if run is not None:
                yield Head(run.start_s, run.end_s)


def tails(network: Network) -> list[int]:
    """For each task the least seconds from its end to the end of everything behind it, closed hours left out."""
    result: list[int] = network.longest.rest.min(axis=1).tolist()
    return result


def option_tails(network: Network) -> Ints:
    """As `tails`, by row of the shop's options: from where the option stands."""
    shop = network.shop
    owners = np.repeat(np.arange(len(shop.tasks)), shop.tasks[:, OPTIONS_END] - shop.tasks[:, OPTIONS])
    result: Ints = network.longest.rest[owners, shop.machines[shop.options[:, ON], IN_LAB]]
    return result


def ways_on(network: Network) -> Ints:
    """By row of the shop's options, the seconds by which its tail is longer than that of its task's best option."""
    tail = option_tails(network)
    shop = network.shop
    result = tail.copy()
    least = np.array(tails(network), dtype=np.int64)
    result -= np.repeat(least, shop.tasks[:, OPTIONS_END] - shop.tasks[:, OPTIONS])
    return result


def mean_tails(network: Network) -> list[float]:
    """As `tails`, with the mean duration of a task's options and no transport: an estimate, not a bound."""
    result: list[float] = mean_rests(network.shop, wait=network.patient).tolist()
    return result


def latest_ends(network: Network, last_s: int) -> list[int]:
    """For each task the latest end that leaves fixed work behind it in its place, and lets the rest end by `last_s`."""
    result = [last_s] * len(network.tasks)
    for task in reversed(network.order):
        for arc in network.after[task]:
            fixed = network.tasks[arc.task].fixed
            must_start_s = fixed.start_s if fixed else result[arc.task] - network.fastest_s(arc.task)
            travel_s = min(
                network.travel_s(here, there) for here in network.labs_of(task) for there in network.labs_of(arc.task)
            )
            result[task] = min(result[task], must_start_s - arc.lag_s - travel_s)
    return result
