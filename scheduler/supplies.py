"""Operators, material and people in flat arrays, as the compiled list schedule walks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from scheduler.crewing import crews_of, hours_left, people_in_order
from scheduler.network import Network
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Option, Problem, Stock, Task
from scheduler.search.attending import Supplies
from scheduler.search.levels import Levels
from scheduler.shop import IN_LAB, NEVER, ON, OPTIONS, OPTIONS_END, RUN, Ints

__all__ = [
    "ENOUGH", "attended", "every_supply", "fixed_attendance", "free_operators", "left_of",
    "more_supplies", "open_operators", "steps", "supplies_of", "used_by", "widened",
]  # fmt: skip

ENOUGH = 10**6  # operators, where a lab does not count them
_ROWS_A_TASK = 6  # of levels: a run takes an operator for its set-up, its begin and for taking off
_NO_USES: Ints = np.zeros((0, 2), dtype=np.int64)

Steps = list[tuple[int, int]]  # moments and changes of a level, in any order


def supplies_of(network: Network) -> Supplies | None:
    """The tables of a network; None when no run asks for an operator, for material or for people."""
    problem = network.problem
    tended = any(machine.attends_set_up for machine in problem.machines)
    if problem.stocks or tended or any(task.needs for task in problem.tasks) or _attendance(network).any():
        return every_supply(network)
    return None


def every_supply(network: Network) -> Supplies:
    """The tables of a network, even where no run asks for anything."""
    problem = network.problem
    attendance = _attendance(network)
    tended = np.array([machine.attends_set_up for machine in problem.machines], dtype=np.int64)
    stocks = _numbers(problem)
    free = [task for task in problem.tasks if task.fixed is None]
    rows, table = _uses(free, stocks) if stocks else (np.zeros((len(attendance), 2), dtype=np.int64), _NO_USES)
    return Supplies(
        _levels(network),
        np.concatenate((attendance, rows), axis=1),
        table,
        tended,
        crews_of(network, len(problem.labs) + len(problem.stocks)),
        np.zeros(4, dtype=np.int64),
    )


def more_supplies(supplies: Supplies, problem: Problem, tasks: Sequence[Task]) -> Supplies:
    """The tables with new tasks behind all others, and room among the levels for what they take."""
    machines = {machine.id: machine for machine in problem.machines}
    labs = {lab.id: number for number, lab in enumerate(problem.labs)}
    stocks = _numbers(problem)
    begins = [attended(machines[each.machine], each) for task in tasks for each in task.options]
    rows, table = _uses(tasks, stocks)
    options = np.concatenate((np.array(begins, dtype=np.int64).reshape(-1, 2), rows + len(supplies.uses)), axis=1)
    more = np.zeros(len(supplies.levels.size), dtype=np.int64)
    for task in tasks:
        for lab in {machines[each.machine].lab for each in task.options}:
            more[labs[lab]] += _ROWS_A_TASK
        for name in {name for option in task.options for name in used_by(task, option)}:
            more[stocks[name]] += 1
    return supplies._replace(
        levels=widened(supplies.levels, more),
        options=np.concatenate((supplies.options, options)),
        uses=np.concatenate((supplies.uses, table)),
    )


def widened(levels: Levels, more: Ints) -> Levels:
    """Levels with room for so many more rows of each."""
    shift = np.concatenate(([0], np.cumsum(more)))
    rows = np.zeros((len(levels.rows) + int(shift[-1]), levels.rows.shape[1]), dtype=np.int64)
    rows[np.arange(len(levels.rows)) + np.repeat(shift[:-1], np.diff(levels.first))] = levels.rows
    return Levels(levels.first + shift, levels.size, rows)


def _numbers(problem: Problem) -> dict[str, int]:
    """Where each stock stands among the levels."""
    return {stock.id: len(problem.labs) + number for number, stock in enumerate(problem.stocks)}


def _uses(tasks: Iterable[Task], stocks: Mapping[str, int]) -> tuple[Ints, Ints]:
    """The rows of uses of each option, and all uses."""
    rows: list[tuple[int, int]] = []
    uses: list[tuple[int, int]] = []
    for task in tasks:
        for option in task.options:
            first = len(uses)
            uses += [(stocks[name], amount) for name, amount in used_by(task, option).items()]
            rows.append((first, len(uses)))
    return np.array(rows, dtype=np.int64).reshape(-1, 2), np.array(uses, dtype=np.int64).reshape(-1, 2)


def _attendance(network: Network) -> Ints:
    """By option, what `attended` tells."""
    problem, options = network.problem, network.shop.options
    usual = np.array([(each.attend_start_s, each.attend_end_s) for each in problem.machines], dtype=np.int64)
    result: Ints = usual.reshape(-1, 2)[options[:, ON]]
    own = [
        (row, column, seconds)
        for row, option in enumerate(each for task in problem.tasks if task.fixed is None for each in task.options)
        for column, seconds in enumerate((option.attend_start_s, option.attend_end_s))
        if seconds is not None
    ]
    for row, column, seconds in own:
        result[row, column] = seconds
    whole = np.array([machine.attends_run for machine in problem.machines], dtype=np.bool_)
    result[:, 0] = np.where(whole[options[:, ON]], options[:, RUN], np.minimum(result[:, 0], options[:, RUN]))
    return result


def attended(machine: Machine, option: Option) -> tuple[int, int]:
    """Seconds that an operator is needed for from the start of a run, and for taking the pieces off."""
    begin_s = machine.attend_start_s if option.attend_start_s is None else option.attend_start_s
    off_s = machine.attend_end_s if option.attend_end_s is None else option.attend_end_s
    return option.duration_s if machine.attends_run else min(begin_s, option.duration_s), off_s


def used_by(task: Task, option: Option | None) -> dict[str, int]:
    """What a task uses on an option, by id of the stock."""
    result: dict[str, int] = {}
    for use in (*task.uses, *(option.uses if option else ())):
        result[use.stock] = result.get(use.stock, 0) + use.amount
    return result


def free_operators(network: Network, lab: Lab) -> Steps:
    """When operators come and go in a lab, within its hours, less those that fixed work takes."""
    found = open_operators(lab)
    if lab.operators is not None:
        for from_s, to_s in fixed_attendance(network, lab):
            found += [(from_s, -1), (to_s, 1)]
    return found


def open_operators(lab: Lab) -> Steps:
    """When operators come and go in a lab, within its hours."""
    found: Steps = []
    shifts = [(each.start_s, each.end_s, each.operators) for each in lab.operators or ()]
    for window in lab.calendar.windows:
        here = [(window.start_s, window.end_s, ENOUGH)] if lab.operators is None else shifts
        for start_s, end_s, operators in here:
            from_s, to_s = max(start_s, window.start_s), min(end_s, window.end_s)
            if from_s < to_s:
                found += [(from_s, operators), (to_s, -operators)]
    return found


def fixed_attendance(network: Network, lab: Lab) -> Iterator[tuple[int, int]]:
    """When fixed work in a lab takes an operator, set-ups left out; without an option it is nobody's work."""
    machines = {machine.id: machine for machine in network.problem.machines if machine.lab == lab.id}
    for task in network.tasks:
        at = task.fixed
        if at is None or at.machine not in machines:
            continue
        machine = machines[at.machine]
        option = next((each for each in task.options if each.machine == machine.id), None)
        if option is None:
            continue
        begin_s, off_s = attended(machine, option)
        if machine.pauses:
            yield from _open_parts(lab, at, begin_s)
        elif begin_s and at.run_end_s > at.start_s:
            yield at.start_s, at.run_end_s if machine.attends_run else min(at.start_s + begin_s, at.run_end_s)
        if off_s and at.end_s > at.run_end_s:
            yield max(at.run_end_s, at.end_s - off_s), at.end_s


def _open_parts(lab: Lab, at: Placement, begin_s: int) -> Iterator[tuple[int, int]]:
    for window in lab.calendar.windows:
        from_s, to_s = max(window.start_s, at.start_s), min(window.end_s, at.run_end_s)
        to_s = min(to_s, from_s + begin_s)
        if from_s < to_s:
            yield from_s, to_s
            begin_s -= to_s - from_s


def left_of(network: Network, stock: Stock) -> Steps:
    """What is there of a stock, comes, and is taken by fixed work."""
    found = [(-NEVER, stock.amount), *((each.at_s, each.amount) for each in stock.deliveries)]
    for task in network.tasks:
        if task.fixed is not None and task.fixed.machine is not None and task.fixed.start_s >= 0:
            option = next((each for each in task.options if each.machine == task.fixed.machine), None)
            amount = used_by(task, option).get(stock.id, 0)
            if amount:
                found.append((task.fixed.start_s, -amount))
    return found


def _levels(network: Network) -> Levels:
    problem = network.problem
    rooms = _rooms(network)
    tables = [steps(free_operators(network, lab)) for lab in problem.labs]
    tables += [_lasting(steps(left_of(network, stock))) for stock in problem.stocks]
    tables += [steps(hours_left(network, person)) for person in people_in_order(problem)]
    sizes = np.array([len(each) for each in tables], dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(sizes + rooms))).astype(np.int64)
    rows = np.zeros((int(first[-1]), 3), dtype=np.int64)
    for start, table in zip(first.tolist(), tables, strict=False):
        rows[start : start + len(table)] = table
    return Levels(first, sizes, rows)


def _rooms(network: Network) -> Ints:
    """By lab, stock and person, how many rows may come on top."""
    labs, problem = len(network.problem.labs), network.problem
    rooms = np.full(labs + len(problem.stocks) + len(problem.people), 2, dtype=np.int64)
    rooms[labs + len(problem.stocks) :] += 2 * sum(bool(task.needs) for task in problem.tasks)
    stocks = _numbers(problem)
    shop = network.shop
    owners = np.repeat(np.arange(len(shop.tasks)), shop.tasks[:, OPTIONS_END] - shop.tasks[:, OPTIONS])
    may = np.zeros((len(shop.tasks), labs), dtype=np.bool_)
    may[owners, shop.machines[shop.options[:, ON], IN_LAB]] = True
    rooms[:labs] += _ROWS_A_TASK * may.sum(axis=0)
    for task in network.tasks if stocks else ():
        for name in set() if task.fixed else {name for option in task.options for name in used_by(task, option)}:
            rooms[stocks[name]] += 1
    return rooms


def steps(changes: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Rows of levels from changes, one a moment, from before all time on."""
    by_moment: dict[int, int] = {-NEVER: 0}
    for at_s, change in changes:
        by_moment[at_s] = by_moment.get(at_s, 0) + change
    moments = sorted(by_moment)
    levels = accumulate(by_moment[each] for each in moments)
    return [(at_s, level, level) for at_s, level in zip(moments, levels, strict=True)]


def _lasting(rows: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """By moment the least level from then on."""
    least = list(accumulate((there for *_, there in reversed(rows)), min))
    return [(at_s, level, there) for (at_s, _, there), level in zip(rows, reversed(least), strict=True)]
