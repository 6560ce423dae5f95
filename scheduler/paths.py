"""Longest paths through the network when machines are never in each other's way.

All three are relaxations: no plan can beat them. They serve as bounds, as domains and as priorities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from scheduler.network import NOWHERE, Arc, Network

__all__ = ["Head", "heads", "heads_by_lab", "latest_ends", "mean_tails", "ready_at", "tails"]


class Head(NamedTuple):
    """The earliest start and the earliest end of a task, each on the option that is best for it."""

    start_s: int
    end_s: int


def heads(by_lab: Sequence[Mapping[int, Head]]) -> list[Head | None]:
    """For each task the earliest start and end in any lab, of `heads_by_lab`; None for a task that has no head."""
    result: list[Head | None] = []
    for found in by_lab:
        each = found.values()
        result.append(Head(min(h.start_s for h in each), min(h.end_s for h in each)) if found else None)
    return result


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
    by_lab: list[dict[int, int]] = [{} for _ in network.tasks]
    for task in reversed(network.order):
        for lab in network.labs_of(task):
            behind = (_behind_s(network, arc, lab, by_lab) for arc in network.after[task])
            by_lab[task][lab] = max(behind, default=0)
    return [min(each.values()) for each in by_lab]


def _behind_s(network: Network, arc: Arc, lab: int, by_lab: list[dict[int, int]]) -> int:
    """The least seconds that an arc out of a lab, its task and what is behind that take."""
    task = arc.task
    if network.tasks[task].fixed is not None:
        return 0
    if not network.choices[task]:
        return arc.lag_s + network.fastest_s(task) + by_lab[task][NOWHERE]
    return arc.lag_s + min(
        network.travel_s(lab, choice.lab) + choice.duration_s + by_lab[task][choice.lab]
        for choice in network.choices[task]
    )


def mean_tails(network: Network) -> list[float]:
    """As `tails`, with the mean duration of a task's options and no transport: an estimate, not a bound."""
    result = [0.0] * len(network.tasks)
    for task in reversed(network.order):
        behind = [arc for arc in network.after[task] if network.tasks[arc.task].fixed is None]
        result[task] = max((arc.lag_s + _mean_s(network, arc.task) + result[arc.task] for arc in behind), default=0.0)
    return result


def _mean_s(network: Network, task: int) -> float:
    choices = network.choices[task]
    if not choices:
        return float(network.fastest_s(task))
    return sum(choice.duration_s for choice in choices) / len(choices)


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
