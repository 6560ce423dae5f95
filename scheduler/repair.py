"""A standing plan that takes what happens in milliseconds: only what must move does.

Displaced work goes into the gaps, first where nothing behind it has to move, on its own machine if that will do. What
waits for it is pushed only if it would start too early. Work that has started, and fixed work, never moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import PlanError
from scheduler.events import Event
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem
from scheduler.search.graph import END, LAB, LENGTH, MACHINE, OPTION, START, Graph, new_graph
from scheduler.search.listing import END_AT, LEFT_WITH, SET_FOR, START_AT, Slots, gap, new_slots
from scheduler.search.mending import mend, unbook
from scheduler.search.runs import end_of, start_of
from scheduler.shop import (
    BEFORE,
    BEFORE_END,
    DELAY,
    FAMILY,
    FIXED,
    FIXED_START,
    IN_LAB,
    KIND,
    LAG,
    ON,
    OPTIONS,
    OTHER,
    PLACE,
    RELEASE,
    RUN,
    SET_TO,
    WORK,
    Ints,
)
from scheduler.validator import violations
from scheduler.wording import moment

__all__ = ["Repaired", "Standing", "repair"]

_SOLVER = "repair"
_SPARE = 16  # failures of one machine that one standing plan takes


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair came to.

    Attributes:
        problem: with the event in it; started work is fixed.
        plan: of that problem.
        moved: ids of the tasks that stand elsewhere or at another time than before.
    """

    problem: Problem
    plan: Plan
    moved: tuple[str, ...]


def repair(problem: Problem, plan: Plan, event: Event, now_s: int) -> Repaired:
    """The plan after an event.

    Args:
        problem: what the plan was for.
        plan: a valid plan; tasks that it does not hold are placed too.
        event: what happened.
        now_s: when; nothing is placed before, and nothing that has started moves.

    Raises:
        PlanError: a task finds no place within the horizon.
        InputError: the event names something unknown.
    """
    placed = {each.task: each for each in plan.placements}
    after = event.change(problem, placed, now_s)
    mended = Standing(after, plan.placements).mend(now_s)
    result = Plan(mended, 0, _SOLVER)
    wrong = violations(after, result)
    if wrong:
        raise PlanError(f"the repaired plan breaks a rule: {wrong[0]}", hint="plan anew")
    moved = tuple(each.task for each in mended if each.task in placed and each != placed[each.task])
    return Repaired(after, result, moved)


class Standing:
    """A plan on the machines' tables, ready to be mended.

    Args:
        problem: what is planned; history is fixed in it.
        placements: of its tasks; those that are missing, or cannot stand where they are told, have to be placed.
    """

    def __init__(self, problem: Problem, placements: Sequence[Placement]) -> None:
        self.network = Network(problem)
        shop = self._shop = self.network.shop._replace(tasks=self.network.shop.tasks.copy())
        self._graph: Graph = new_graph(shop)
        self._position: Ints = np.empty(len(shop.tasks), dtype=np.int64)
        self._position[shop.order] = np.arange(len(shop.tasks))
        self._displaced: Ints = np.ones(len(shop.tasks), dtype=np.int64)
        self._was: Ints = np.full(len(shop.tasks), -1, dtype=np.int64)
        fixed = shop.tasks[:, KIND] == FIXED
        self._graph.nodes[fixed, START] = shop.tasks[fixed, FIXED_START]
        self._graph.nodes[fixed, END] = shop.tasks[fixed, FIXED_START] + shop.tasks[fixed, DELAY]
        self._displaced[fixed] = 0
        self._slots: Slots = new_slots(shop, _SPARE)
        self._take(placements)

    def mend(self, now_s: int) -> tuple[Placement, ...]:
        """Give every displaced task a place from a moment on.

        Returns:
            All placements, in the problem's order.

        Raises:
            PlanError: a task finds no place within the horizon.
        """
        self._run(now_s)
        return self._placements(range(len(self.network.tasks)))

    def earliest(self, task: str, machine: str, ready_s: int) -> tuple[int, int] | None:
        """The earliest start and end of a task on a machine, all else left where it is; None within the horizon."""
        index = self.network.position[task]
        on = [self.network.problem.machines[choice.machine].id for choice in self.network.choices[index]]
        option = int(self._shop.tasks[index, OPTIONS]) + on.index(machine)
        _, start = gap(self._shop, self._slots, index, option, ready_s)
        end = end_of(self._shop, int(self._shop.options[option, ON]), start, int(self._shop.options[option, RUN]))
        return (int(start), int(end)) if end <= self.network.problem.horizon_s else None

    def machine_down(self, machine: str, from_s: int, until_s: int, now_s: int) -> tuple[Placement, ...]:
        """Take a machine away for a time; what has started elsewhere stays. For many events on one plan, quickly.

        Args:
            machine: its id.
            from_s: when it stops; what runs on it then is lost.
            until_s: when it is there again.
            now_s: the moment; nothing is placed before.

        Returns:
            The placements that changed.

        Raises:
            PlanError: a task finds no place within the horizon; the plan is then to be made anew.
        """
        shop, nodes = self._shop, self._graph.nodes
        number = next(index for index, each in enumerate(self.network.problem.machines) if each.id == machine)
        before = nodes[:, [OPTION, START]].copy()
        work = (shop.tasks[:, KIND] == WORK) & (nodes[:, OPTION] >= 0)
        here = work & (np.where(work, shop.options[nodes[:, OPTION], ON], -1) == number)
        lost = here & (nodes[:, START] < until_s) & (nodes[:, END] > from_s)
        started = (shop.tasks[:, KIND] != FIXED) & (nodes[:, START] < now_s) & ~lost
        shop.tasks[started, FIXED_START] = nodes[started, START]
        shop.tasks[started, DELAY] = nodes[started, END] - nodes[started, START]
        shop.tasks[started, PLACE], shop.tasks[started, KIND] = nodes[started, LAB], FIXED
        self._was[:] = nodes[:, OPTION]
        self._displaced[:] = lost
        for task in np.flatnonzero(lost).tolist():
            unbook(shop, self._graph, self._slots, task)
        self._insert(number, from_s, until_s)
        self._run(now_s)
        return self._placements(np.flatnonzero((nodes[:, [OPTION, START]] != before).any(axis=1)).tolist())

    def _insert(self, machine: int, from_s: int, until_s: int) -> None:
        """Occupy a machine; what it is set up for stays."""
        slots = self._slots
        first, size = int(slots.first[machine]), int(slots.size[machine])
        if first + size >= int(slots.first[machine + 1]):
            raise PlanError("too many failures for one standing plan", hint="plan anew")
        rows = slots.rows[first : first + size + 1]
        place = int(np.searchsorted(rows[:size, START_AT], from_s, side="right"))
        family = int(rows[place - 1, LEFT_WITH]) if place else int(self._shop.machines[machine, SET_TO])
        rows[place + 1 :] = rows[place:-1].copy()
        rows[place] = (from_s, until_s, family, family)
        slots.size[machine] += 1

    def _run(self, now_s: int) -> None:
        network = self.network
        allowed = np.ones(len(self._shop.options), dtype=np.int64)
        stuck = mend(self._shop, self._graph, self._slots, self._displaced, self._position, now_s, allowed, self._was)
        if stuck >= 0:
            until = moment(network.problem.origin, network.problem.horizon_s)
            raise PlanError(
                f"task {network.tasks[stuck].id} finds no place until {until}",
                hint="plan further ahead, open the labs longer or plan anew",
            )

    def _placements(self, which: Iterable[int]) -> tuple[Placement, ...]:
        network, nodes, options = self.network, self._graph.nodes, self._shop.options
        result: list[Placement] = []
        for index in which:
            task, (start, end) = network.tasks[index], nodes[index, [START, END]].tolist()
            option = int(nodes[index, OPTION])
            if task.fixed is not None:
                result.append(task.fixed)
            elif option < 0:
                result.append(Placement(task.id, None, start, end, end))
            else:
                machine = network.problem.machines[int(options[option, ON])]
                run_end = end if machine.pauses else start + int(options[option, RUN])
                result.append(Placement(task.id, machine.id, start, run_end, end))
        return tuple(result)

    def _take(self, placements: Sequence[Placement]) -> None:
        """Book what can stand where it is told, machine by machine in order of start."""
        network, shop, nodes = self.network, self._shop, self._graph.nodes
        machines = {machine.id: index for index, machine in enumerate(network.problem.machines)}
        for placement in sorted(placements, key=lambda each: each.start_s):
            task = network.position.get(placement.task)
            if task is None or shop.tasks[task, KIND] == FIXED:
                continue
            if shop.tasks[task, KIND] != WORK:
                nodes[task, START], nodes[task, END] = placement.start_s, placement.end_s
                self._displaced[task] = int(placement.start_s < shop.tasks[task, RELEASE])
                continue
            on = [choice.machine for choice in network.choices[task]]
            machine = machines.get(placement.machine or "", -1)
            if machine in on:
                option = int(shop.tasks[task, OPTIONS]) + on.index(machine)
                self._was[task] = option
                if placement.start_s >= network.tasks[task].release_s:
                    self._book(task, option, machine, placement)
        self._push_early()

    def _book(self, task: int, option: int, machine: int, placement: Placement) -> None:
        """Put a task where it stood, if hours and other work still let it."""
        shop, slots, nodes = self._shop, self._slots, self._graph.nodes
        start, length = placement.start_s, int(shop.options[option, RUN])
        if start_of(shop, machine, start, length) != start or end_of(shop, machine, start, length) != placement.end_s:
            return
        first, size = int(slots.first[machine]), int(slots.size[machine])
        rows = slots.rows[first : first + size]
        place = int(np.searchsorted(rows[:, START_AT], start, side="right"))
        family = int(shop.tasks[task, FAMILY])
        if place > 0 and rows[place - 1, END_AT] + shop.change[rows[place - 1, LEFT_WITH], family] > start:
            return
        if place < size and placement.end_s + shop.change[family, rows[place, SET_FOR]] > rows[place, START_AT]:
            return
        slots.rows[first + place + 1 : first + size + 1] = slots.rows[first + place : first + size].copy()
        slots.rows[first + place] = (start, placement.end_s, family, family)
        slots.size[machine] += 1
        nodes[task, OPTION], nodes[task, MACHINE], nodes[task, LAB] = option, machine, shop.machines[machine, IN_LAB]
        nodes[task, LENGTH], nodes[task, START], nodes[task, END] = length, start, placement.end_s
        self._displaced[task] = 0

    def _push_early(self) -> None:
        """Displace what starts before what it waits for is done and there."""
        shop, nodes = self._shop, self._graph.nodes
        counts = shop.tasks[:, BEFORE_END] - shop.tasks[:, BEFORE]
        owner = np.repeat(np.arange(len(shop.tasks)), counts)
        arcs = shop.arcs[: len(owner)]  # the rows of what comes before stand first, task by task
        other = arcs[:, OTHER]
        arrives = nodes[other, END] + arcs[:, LAG] + shop.travel[nodes[other, LAB], nodes[owner, LAB]]
        standing = (self._displaced[owner] == 0) & (self._displaced[other] == 0) & (shop.tasks[owner, KIND] != FIXED)
        for task in np.unique(owner[standing & (nodes[owner, START] < arrives)]).tolist():
            unbook(shop, self._graph, self._slots, task)
            self._displaced[task] = 1
