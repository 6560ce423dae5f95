"""The problem in flat arrays, as compiled functions walk it.

Tasks, machines and labs keep the problem's order. One more lab, the last, stands for nowhere: no way to or from it
takes time. A table holds all its columns in one array, because compiled calls hand on few arrays quickly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.network import NOWHERE, Network

__all__ = [
    "AFTER", "AFTER_END", "BEFORE", "BEFORE_END", "BOOKINGS", "BOOKINGS_END", "DELAY", "FAMILY", "FIXED", "FIXED_START",
    "FREE", "FREE_FROM", "FROM", "IN_LAB", "KIND", "LAG", "MODE", "NEVER",
    "NOT_BEFORE", "ON", "OPTIONS", "OPTIONS_END", "OTHER",
    "PAUSING", "PLACE", "RELEASE", "RUN", "SET_TO", "TENDED", "TO", "UNTENDED", "WAIT", "WINDOWS", "WINDOWS_END",
    "WORK", "Ints", "Shop",
    "shop_of",
]  # fmt: skip

Ints = npt.NDArray[np.int64]

NEVER = 2**60  # seconds; a moment that does not come
WORK, WAIT, FIXED = range(3)  # kinds of tasks
# A machine's hours: none, the whole run in one window, start and end open, or open seconds alone count.
FREE, TENDED, UNTENDED, PAUSING = range(4)

# Columns of the tables.
KIND, RELEASE, DELAY, FIXED_START, PLACE, FAMILY = range(6)
OPTIONS, OPTIONS_END, BEFORE, BEFORE_END, AFTER, AFTER_END = range(6, 12)
ON, RUN, NOT_BEFORE = range(3)
OTHER, LAG = range(2)
IN_LAB, MODE, FREE_FROM, SET_TO, WINDOWS, WINDOWS_END, BOOKINGS, BOOKINGS_END = range(8)
FROM, TO = range(2)


class Shop(NamedTuple):
    """A problem in tables of whole numbers; times in seconds.

    Attributes:
        tasks: `KIND`; `RELEASE`; `DELAY`, the length of a wait or of fixed work; `FIXED_START` and `PLACE`, the lab,
            of fixed work; `FAMILY`, 0 for none; and which rows of options and arcs are its own, as `OPTIONS` to
            `OPTIONS_END`.
        options: the machine (`ON`), the seconds (`RUN`), and a moment before which list schedules do not start it
            (`NOT_BEFORE`).
        arcs: the `OTHER` task and the `LAG`.
        machines: `IN_LAB`; `MODE`; `FREE_FROM`; the family it is `SET_TO`; its rows of spans: windows and bookings.
        spans: `FROM` and `TO`, of windows and of fixed work, each in order; and the families that fixed work needs
            first and leaves last.
        travel: seconds by pair of labs.
        change: seconds of set-up by pair of families.
        order: tasks, each after everything that comes before it.
        horizon: one number.
    """

    tasks: Ints
    options: Ints
    arcs: Ints
    machines: Ints
    spans: Ints
    travel: Ints
    change: Ints
    order: Ints
    horizon: Ints


def shop_of(network: Network) -> Shop:
    """The tables of a network."""
    problem = network.problem
    labs = len(problem.labs)
    choices = [() if task.fixed else task.options for task in problem.tasks]
    options_first = np.concatenate(([0], np.cumsum([len(each) for each in choices], dtype=np.int64)))
    every = [option for each in choices for option in each]
    options = _table(
        [network.machines[each.machine] for each in every], [each.duration_s for each in every], [0] * len(every)
    )
    arcs_first, arcs = _rows([*network.before, *network.after])
    hours = {lab: rules.hours for lab, rules in zip(network.lab_of, network.rules, strict=True)}
    windows = [
        [(*each, 0, 0) for each in zip(hours[lab].starts, hours[lab].ends, strict=True)] if lab in hours else []
        for lab in range(labs)
    ]
    spans_first, spans = _rows([*windows, *network.bookings], 4)
    before = len(problem.tasks)
    kinds = [FIXED if each.fixed else WAIT if each.delay_s is not None else WORK for each in problem.tasks]
    lengths = [each.fixed.end_s - each.fixed.start_s if each.fixed else each.delay_s or 0 for each in problem.tasks]
    tasks = _table(
        kinds,
        [each.release_s for each in problem.tasks],
        lengths,
        [each.fixed.start_s if each.fixed else 0 for each in problem.tasks],
        [labs if each == NOWHERE else each for each in network.fixed_lab],
        [network.families[each.family] for each in problem.tasks],
        options_first[:-1], options_first[1:],
        arcs_first[:before], arcs_first[1 : before + 1], arcs_first[before:-1], arcs_first[before + 1 :],
    )  # fmt: skip
    place = np.array(network.lab_of, dtype=np.int64)
    machines = _table(
        network.lab_of,
        [_mode(network, machine) for machine in range(len(network.rules))],
        [rules.free_from_s for rules in network.rules],
        [network.families[each.set_to] for each in problem.machines],
        spans_first[place], spans_first[place + 1], spans_first[labs:-1], spans_first[labs + 1 :],
    )  # fmt: skip
    travel = np.zeros((labs + 1, labs + 1), dtype=np.int64)
    if labs:
        travel[:labs, :labs] = network.travel
    change = np.array(
        [[problem.set_ups.between(one, other) for other in network.families] for one in network.families],
        dtype=np.int64,
    )
    order, horizon = np.array(network.order, dtype=np.int64), np.array([problem.horizon_s], dtype=np.int64)
    return Shop(tasks, options, arcs, machines, spans, travel, change, order, horizon)


def _table(*columns: Iterable[int]) -> Ints:
    return np.ascontiguousarray(np.array([np.asarray(each, dtype=np.int64) for each in columns]).T)


def _rows(rows: Sequence[Sequence[Sequence[int]]], width: int = 2) -> tuple[Ints, Ints]:
    """Rows of tuples as the position of each row's first tuple, and all tuples."""
    first = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=first[1:])
    flat: list[Any] = [each for row in rows for each in row]
    return first, np.array(flat, dtype=np.int64).reshape(-1, width)


def _mode(network: Network, machine: int) -> int:
    rules = network.rules[machine]
    if rules.hours.starts == [0] and rules.hours.ends == [rules.horizon_s]:
        return FREE
    if rules.pauses:
        return PAUSING
    return UNTENDED if rules.unattended else TENDED
