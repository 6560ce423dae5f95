"""Where one task could stand while all others stay where a plan has them, and what it then waits for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem, Task
from scheduler.repair import Standing
from scheduler.search.attending import BEGIN, OFF, earliest_supplied
from scheduler.search.levels import ready_stock
from scheduler.search.listing import gap, new_slots
from scheduler.search.runs import end_of
from scheduler.shop import NEVER, ON, OPTIONS, RUN
from scheduler.supplies import used_by
from scheduler.wording import amount

__all__ = ["Among"]


class Among:
    """A task among the others of a plan.

    Args:
        problem: what the plan is for.
        plan: a valid plan.
        task: id of the task, which is not fixed.
    """

    def __init__(self, problem: Problem, plan: Plan, task: str) -> None:
        self._problem, self._name = problem, task
        others = [each for each in plan.placements if each.task != task]
        plates = any(machine.plate is not None for machine in problem.machines)
        self._supplied = plates or Network(problem).supplies is not None
        if not self._supplied:
            self._standing = Standing(problem, others)
            return
        placed = {each.task: each for each in others}
        tasks = tuple(_stands(each, placed.get(each.id)) for each in problem.tasks)
        self._network = Network(replace(problem, tasks=tasks))
        self._index = self._network.position[task]

    @property
    def or_more(self) -> str:
        """What a wait may be for beside machines and hours, to go on a sentence with."""
        return ", for an operator or for material" if self._supplied else ""

    def earliest(self, machine: str, ready_s: int) -> tuple[int, int] | None:
        """The earliest start and end on a machine from a moment on; None within the horizon."""
        if not self._supplied:
            return self._standing.earliest(self._name, machine, ready_s)
        supplies, shop = self._network.supplies, self._network.shop
        option = self._option(machine)
        if supplies is None:
            _, start_s = gap(shop, new_slots(shop), self._index, option, ready_s, NEVER)
            end_s = end_of(shop, int(shop.options[option, ON]), start_s, int(shop.options[option, RUN]))
            return (int(start_s), int(end_s)) if end_s <= self._problem.horizon_s else None
        start_s, end_s = earliest_supplied(shop, new_slots(shop), supplies, self._index, option, ready_s)
        return (int(start_s), int(end_s)) if end_s <= self._problem.horizon_s else None

    def lacking(self, at: Placement, ready_s: int) -> str | None:
        """The material or the operator that a task waits for where it stands; None when it waits for none of them."""
        supplies = self._network.supplies if self._supplied else None
        if supplies is None or at.machine is None:
            return None
        network, task = self._network, self._network.tasks[self._index]
        option = next(each for each in task.options if each.machine == at.machine)
        labs = len(self._problem.labs)
        for number, stock in enumerate(self._problem.stocks):
            needed = used_by(task, option).get(stock.id, 0)
            if needed and ready_s < ready_stock(supplies.levels, labs + number, needed) == at.start_s:
                return f"{amount(needed, stock.unit)} of {stock.id}"
        alone = supplies.options.copy()
        alone[:, [BEGIN, OFF]] = 0
        crews = supplies.crews._replace(needs=np.zeros_like(supplies.crews.needs))
        without = supplies._replace(options=alone, tended=np.zeros_like(supplies.tended), crews=crews)
        slots, row = new_slots(network.shop), self._option(at.machine)
        start_s, _ = earliest_supplied(network.shop, slots, without, self._index, row, ready_s)
        if start_s < at.start_s and task.needs:
            return f"people: {', '.join(f'{need.people} who can {need.skill}' for need in task.needs)}"
        if start_s < at.start_s:
            lab = next(each.lab for each in self._problem.machines if each.id == at.machine)
            return f"an operator of lab {lab}"
        return None

    def _option(self, machine: str) -> int:
        task = self._network.tasks[self._index]
        on = [each.machine for each in task.options]
        return int(self._network.shop.tasks[self._index, OPTIONS]) + on.index(machine)


def _stands(task: Task, at: Placement | None) -> Task:
    """The task, as firm as it stands; without a placement it is left as it is."""
    return task if at is None or task.fixed is not None else replace(task, fixed=at, promise=None)
