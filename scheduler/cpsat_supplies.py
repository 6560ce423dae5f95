"""Operators and material in the CP-SAT model: who tends runs as short intervals, stocks as reservoirs.

Set-ups that take an operator are left out, so the model allows a little more than the problem does; what it proves of
the problem holds all the same, and what it finds is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ortools.sat.python import cp_model

from scheduler.network import Choice, Network
from scheduler.search.attending import BEGIN, OFF, Supplies
from scheduler.search.levels import AT, LEVEL
from scheduler.shop import OPTIONS

__all__ = ["Runs", "add_supplies", "attendance"]


class Runs(NamedTuple):
    """The variables of the runs.

    Attributes:
        start, end: by task.
        picked: by task and machine, where there is a choice.
        choices: by task, the options that the model looks at.
    """

    start: Mapping[int, cp_model.IntVar]
    end: Mapping[int, cp_model.IntVar]
    picked: Mapping[tuple[int, int], cp_model.IntVar]
    choices: Sequence[Sequence[Choice]]


def attendance(network: Network, task: int, choice: Choice) -> tuple[int, int]:
    """Seconds that an operator is needed for at the start of a run, and for taking it off."""
    supplies = network.supplies
    if supplies is None:
        return 0, 0
    row = supplies.options[_option(network, task, choice)]
    return int(row[BEGIN]), int(row[OFF])


def _option(network: Network, task: int, choice: Choice) -> int:
    return int(network.shop.tasks[task, OPTIONS]) + network.choices[task].index(choice)


def add_supplies(model: cp_model.CpModel, network: Network, runs: Runs) -> None:
    """The constraints of all labs and stocks."""
    supplies = network.supplies
    if supplies is None:
        return
    tended: list[list[cp_model.IntervalVar]] = [[] for _ in network.problem.labs]
    taken: list[list[tuple[cp_model.IntVar, int, cp_model.IntVar | int]]] = [[] for _ in network.problem.stocks]
    for task, choices in enumerate(runs.choices):
        for choice in choices:
            tended[choice.lab] += _attended(model, network, runs, task, choice)
            for stock, amount in _uses(network, supplies, task, choice):
                taken[stock].append((runs.start[task], amount, runs.picked.get((task, choice.machine), 1)))
    for lab, intervals in enumerate(tended):
        if intervals:
            _add_operators(model, intervals, _rows(supplies, lab), network.problem.horizon_s)
    for stock, uses in enumerate(taken):
        if uses:
            _add_stock(model, uses, _rows(supplies, len(tended) + stock))


def _attended(
    model: cp_model.CpModel, network: Network, runs: Runs, task: int, choice: Choice
) -> list[cp_model.IntervalVar]:
    """When an operator is with a run on an option, if that is picked."""
    pick: cp_model.IntVar | int = runs.picked.get((task, choice.machine), 1)
    begin_s, off_s = attendance(network, task, choice)
    spans = [(runs.start[task], begin_s)] * bool(begin_s) + [(runs.end[task] - off_s, off_s)] * bool(off_s)
    return [model.new_optional_fixed_size_interval_var(start, seconds, pick, "") for start, seconds in spans]


def _uses(network: Network, supplies: Supplies, task: int, choice: Choice) -> list[tuple[int, int]]:
    _, _, first, last = supplies.options[_option(network, task, choice)].tolist()
    labs = len(network.problem.labs)
    return [(stock - labs, amount) for stock, amount in supplies.uses[first:last].tolist()]


def _rows(supplies: Supplies, resource: int) -> list[tuple[int, int]]:
    """Moments and levels."""
    first = int(supplies.levels.first[resource])
    rows = supplies.levels.rows[first : first + int(supplies.levels.size[resource])]
    return [(int(row[AT]), int(row[LEVEL])) for row in rows]


def _add_operators(
    model: cp_model.CpModel, intervals: Sequence[cp_model.IntervalVar], rows: Sequence[tuple[int, int]], horizon_s: int
) -> None:
    most = min(max(0, *(level for _, level in rows)), len(intervals))
    ends = [at_s for at_s, _ in rows[1:]] + [horizon_s]
    away = [
        (max(0, at_s), min(end_s, horizon_s), most - max(0, level))
        for (at_s, level), end_s in zip(rows, ends, strict=True)
        if level < most
    ]
    fixed = [
        (model.new_fixed_size_interval_var(from_s, to_s - from_s, ""), short)
        for from_s, to_s, short in away
        if from_s < to_s
    ]
    demands = [1] * len(intervals) + [short for _, short in fixed]
    model.add_cumulative([*intervals, *(each for each, _ in fixed)], demands, most)


def _add_stock(
    model: cp_model.CpModel,
    uses: Sequence[tuple[cp_model.IntVar, int, cp_model.IntVar | int]],
    rows: Sequence[tuple[int, int]],
) -> None:
    times: list[cp_model.LinearExprT] = []
    changes: list[int] = []
    before = 0
    for at_s, level in rows:
        if max(0, level) > before:
            times.append(max(0, at_s))
            changes.append(max(0, level) - before)
            before = max(0, level)
    actives: list[cp_model.IntVar | int] = [1] * len(times)
    for start, amount, pick in uses:
        times.append(start)
        changes.append(-amount)
        actives.append(pick)
    model.add_reservoir_constraint_with_active(times, changes, actives, 0, max(1, before))
