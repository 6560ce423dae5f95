"""The problem in indices, as the solvers walk it: arcs both ways, a topological order, run rules by machine.

The validator does not use it.
"""

from __future__ import annotations

from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from scheduler.hours import Hours
from scheduler.lots import is_split
from scheduler.plan import Placement
from scheduler.problem import Problem, Task
from scheduler.rules import require
from scheduler.timetable import RunRules

if TYPE_CHECKING:
    from scheduler.search.attending import Supplies
    from scheduler.search.longest import Longest
    from scheduler.shop import Shop

__all__ = ["NOWHERE", "Arc", "Booking", "Choice", "Network"]

NOWHERE = -1  # the lab of waits


class Choice(NamedTuple):
    """An option of a task: index of the machine, index of its lab, seconds."""

    machine: int
    lab: int
    duration_s: int


class Arc(NamedTuple):
    """A neighbour of a task: its index, and the lag between the two in seconds."""

    task: int
    lag_s: int


class Booking(NamedTuple):
    """Fixed work on a machine: its seconds, and the numbers of the families it needs first and leaves last."""

    start_s: int
    end_s: int
    set_for: int
    left_with: int


class Network:
    """A problem in indices; tasks, machines and labs keep the problem's order.

    Attributes:
        problem: what it was made from.
        tasks: the problem's.
        free: indices of the tasks that are still to be placed.
        order: all indices, each after everything that comes before it.
        before, after: arcs by task. Arcs between two fixed tasks are left out: they are history.
        machines: index of each machine by its id.
        rules: run rules by machine.
        travel: seconds by pair of labs.
        fixed_lab: by task, where its fixed placement stands, or `NOWHERE`.
        families: number of each family of set-ups, 0 for none.
        bookings: by machine, the seconds that fixed work occupies, joined and in order, each with the number of the
            family it needs at its start and leaves at its end.
        patient: whether compiled code is waited for where it is not at hand; else plain Python gives the same.
    """

    def __init__(self, problem: Problem) -> None:
        require(not is_split(problem), "tasks are split; divide them into lots first", "problem", "scheduler.lots")
        self.problem = problem
        self.patient = True
        self.tasks = problem.tasks
        self.position = {task.id: index for index, task in enumerate(problem.tasks)}
        self.free = [index for index, task in enumerate(problem.tasks) if task.fixed is None]
        labs = {lab.id: index for index, lab in enumerate(problem.labs)}
        hours = [Hours(lab.calendar) for lab in problem.labs]
        self.machines = machines = {machine.id: index for index, machine in enumerate(problem.machines)}
        self.lab_of = [labs[machine.lab] for machine in problem.machines]
        self.rules = [
            RunRules(
                hours[labs[machine.lab]], machine.unattended, machine.busy_until_s, problem.horizon_s, machine.pauses
            )
            for machine in problem.machines
        ]
        self.travel = [
            [problem.transport.between(here.id, there.id) for there in problem.labs] for here in problem.labs
        ]
        named = [each.family for each in problem.tasks] + [each.set_to for each in problem.machines]
        self.families = {name: number for number, name in enumerate(dict.fromkeys(["", *named]))}
        self.bookings = self._bookings(machines)
        self.fixed_lab = [self._fixed_lab(task, machines) for task in problem.tasks]
        self.before, self.after = self._arcs()
        arcs = {index: [arc.task for arc in arcs] for index, arcs in enumerate(self.before)}
        self.order = list(TopologicalSorter(arcs).static_order())

    @cached_property
    def choices(self) -> list[list[Choice]]:
        """Options by task; empty for waits and fixed tasks."""
        machines, labs = self.machines, self.lab_of
        return [
            [] if task.fixed else [Choice(m := machines[o.machine], labs[m], o.duration_s) for o in task.options]
            for task in self.tasks
        ]

    @cached_property
    def shop(self) -> Shop:
        """The same in arrays."""
        from scheduler.shop import shop_of

        return shop_of(self)

    @cached_property
    def supplies(self) -> Supplies | None:
        """What runs ask for beside a machine; None when nothing."""
        from scheduler.supplies import supplies_of

        return supplies_of(self)

    @cached_property
    def longest(self) -> Longest:
        """Its longest paths."""
        from scheduler.search.longest import longest

        return longest(self.shop, wait=self.patient)

    def fastest_s(self, task: int) -> int:
        """The least seconds a free task takes."""
        own = self.tasks[task]
        return own.delay_s or 0 if own.fixed or not own.options else min(each.duration_s for each in own.options)

    def labs_of(self, task: int) -> tuple[int, ...]:
        """Where a task may be done: indices of labs, or `NOWHERE` alone."""
        if self.tasks[task].fixed is not None:
            return (self.fixed_lab[task],)
        return tuple({choice.lab: None for choice in self.choices[task]}) or (NOWHERE,)

    def travel_s(self, here: int, there: int) -> int:
        """Seconds between two labs, 0 from or to nowhere."""
        return 0 if NOWHERE in (here, there) else self.travel[here][there]

    def _fixed_lab(self, task: Task, machines: dict[str, int]) -> int:
        machine = task.fixed.machine if task.fixed else None
        return NOWHERE if machine is None else self.lab_of[machines[machine]]

    def _arcs(self) -> tuple[list[list[Arc]], list[list[Arc]]]:
        before: list[list[Arc]] = [[] for _ in self.tasks]
        after: list[list[Arc]] = [[] for _ in self.tasks]
        for each in self.problem.precedences:
            one, other = self.position[each.before], self.position[each.after]
            if self.tasks[one].fixed is None or self.tasks[other].fixed is None:
                before[other].append(Arc(one, each.lag_s))
                after[one].append(Arc(other, each.lag_s))
        return before, after

    def _bookings(self, machines: dict[str, int]) -> list[list[Booking]]:
        result: list[list[Booking]] = [[] for _ in machines]
        placed = [
            (task.fixed, self.families[task.family])
            for task in self.tasks
            if task.fixed is not None and task.fixed.machine is not None
        ]
        for fixed, family in sorted(placed, key=_start):
            machine = machines[fixed.machine or ""]
            booked = result[machine]
            if fixed.end_s <= fixed.start_s:
                continue
            if fixed.end_s < self.rules[machine].free_from_s:
                family = 0  # what the machine is set to tells of the moment when it is free
            if booked and fixed.start_s < booked[-1].end_s:
                last = booked.pop()
                left = family if family and fixed.end_s >= last.end_s else last.left_with
                booked.append(Booking(last.start_s, max(last.end_s, fixed.end_s), last.set_for or family, left))
            else:
                booked.append(Booking(fixed.start_s, fixed.end_s, family, family))
        return result


def _start(placed: tuple[Placement, int]) -> int:
    return placed[0].start_s
