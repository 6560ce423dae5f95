"""What is short of operators and of material, whatever the order of tasks: exact, and in the operator's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import numpy as np

from scheduler.network import Network
from scheduler.paths import Head, latest_ends
from scheduler.problem import Lab, Option, Stock, Task
from scheduler.search.attending import earliest_supplied
from scheduler.search.listing import new_slots
from scheduler.shop import OPTIONS
from scheduler.supplies import Steps, attended, free_operators, left_of, used_by
from scheduler.wording import amount, listed, moment, span

__all__ = ["Shortage", "alone", "short_of_material", "short_of_operators"]

Shortage = tuple[tuple[str, ...], str, str]  # ids of the tasks, what is short, what would help


def alone(network: Network, task: int, head: Head) -> str | None:
    """Why a task finds no operator or no material although it has all machines to itself; None when it does."""
    supplies, problem = network.supplies, network.problem
    if supplies is None or not network.choices[task]:
        return None
    shop = network.shop._replace(change=np.zeros_like(network.shop.change))  # set-ups depend on what comes before
    supplies = supplies._replace(tended=np.zeros_like(supplies.tended))
    slots = new_slots(shop)
    first, reasons = int(shop.tasks[task, OPTIONS]), []
    for number, option in enumerate(network.tasks[task].options):
        _, end_s = earliest_supplied(shop, slots, supplies, task, first + number, head.start_s)
        if end_s <= problem.horizon_s:
            return None
        reasons.append(f"machine {option.machine}: {_lacking(network, network.tasks[task], option)}")
    return "; ".join(reasons)


def _lacking(network: Network, task: Task, option: Option) -> str:
    problem = network.problem
    until = moment(problem.origin, problem.horizon_s)
    stocks = {stock.id: stock for stock in problem.stocks}
    for name, needed in used_by(task, option).items():
        there = _level(left_of(network, stocks[name]), problem.horizon_s)
        if needed > there:
            unit = stocks[name].unit
            return f"it uses {amount(needed, unit)} of {name}, and until {until} there are {amount(there, unit)}"
    machine = next(each for each in problem.machines if each.id == option.machine)
    for need in task.needs:
        can = [each.id for each in problem.people if each.lab == machine.lab and need.skill in each.skills]
        if len(can) < need.people:
            people = "1 person" if need.people == 1 else f"{need.people} people"
            return f"it needs {people} of lab {machine.lab} who can {need.skill}, where {len(can) or 'nobody'} can"
    crew = sum(need.people for need in task.needs)
    skills = {need.skill for need in task.needs}
    able = [each.id for each in problem.people if each.lab == machine.lab and skills.intersection(each.skills)]
    if len(able) < crew:
        return f"it needs {crew} people of lab {machine.lab} at once, where {len(able)} have one of the skills it takes"
    if task.needs:
        who = " and ".join(f"{need.people} who can {need.skill}" for need in task.needs)
        return f"{who} are never in lab {machine.lab} for {span(option.duration_s)} together, once it can begin"
    begin_s, off_s = attended(machine, option)
    needs = [f"{span(begin_s)} for its run"] * bool(begin_s) + [f"{span(off_s)} to take it off"] * bool(off_s)
    what = " and ".join(needs) or "its set-up"
    return (
        f"no operator of lab {machine.lab} is there for {what} in open hours, after all it needs is there, by {until}"
    )


def short_of_material(network: Network) -> Iterator[Shortage]:
    """Stocks of which tasks must take more, by some moment, than is there by then.

    A task counts with the least that any of its options takes, from its latest start on.
    """
    problem = network.problem
    latest = latest_ends(network, problem.horizon_s)
    for stock in problem.stocks:
        needed: list[tuple[int, int, str]] = []
        for task in network.free:
            options = network.tasks[task].options
            least = min((used_by(network.tasks[task], each).get(stock.id, 0) for each in options), default=0)
            if least:
                needed.append((latest[task] - network.fastest_s(task), least, network.tasks[task].id))
        yield from _shortages(network, stock, sorted(needed))


def _shortages(network: Network, stock: Stock, needed: list[tuple[int, int, str]]) -> Iterator[Shortage]:
    steps, origin = left_of(network, stock), network.problem.origin
    for position, total in enumerate(accumulate(each[1] for each in needed)):
        at_s = needed[position][0]
        there = _level(steps, at_s)
        if total > there:
            by = moment(origin, at_s)
            names = tuple(name for _, _, name in needed[: position + 1])
            what = (
                f"stock {stock.id} is short: {amount(total, stock.unit)} are needed by {by} at the latest, "
                f"for {listed(names)}, but {amount(there, stock.unit)} are there by then"
            )
            yield names, what, f"possible, if at all, with {amount(total - there, stock.unit)} more by {by}"
            return


def short_of_operators(network: Network) -> Iterator[Shortage]:
    """Labs in which work that only they can do asks for more of operators' time than there is until the horizon."""
    problem = network.problem
    machines = {machine.id: machine for machine in problem.machines}
    for lab in problem.labs:
        if lab.operators is None:
            continue
        needed: dict[str, int] = {}
        for task in network.free:
            options = network.tasks[task].options
            if options and all(machines[each.machine].lab == lab.id for each in options):
                least_s = min(sum(attended(machines[each.machine], each)) for each in options)
                if least_s:
                    needed[network.tasks[task].id] = least_s
        there_s, needed_s = _seconds(network, lab), sum(needed.values())
        if needed_s > there_s:
            until = moment(problem.origin, problem.horizon_s)
            what = (
                f"lab {lab.id} is short of operators: {len(needed)} tasks that only it can do take {span(needed_s)} of "
                f"their time at least, but until {until} there are {span(there_s)}"
            )
            more = span(needed_s - there_s)
            yield tuple(needed), what, f"possible, if at all, with {more} more of operators' time, or fewer tasks"


def _seconds(network: Network, lab: Lab) -> int:
    """Seconds of operators that are free until the horizon."""
    horizon_s, level, since, total = network.problem.horizon_s, 0, 0, 0
    for at_s, change in sorted(free_operators(network, lab)):
        total += max(0, level) * (min(max(at_s, 0), horizon_s) - since)
        level, since = level + change, min(max(at_s, 0), horizon_s)
    return total


def _level(steps: Steps, at_s: int) -> int:
    return sum(change for moment_s, change in steps if moment_s <= at_s)
