"""A plan that is being carried out and takes what happens in milliseconds: only what must move does.

Displaced work goes into the gaps, on its own machine if nothing behind it then has to move; what waits for it is pushed
only if it would start too early, and stays on its machine if it can. Work that has started, and fixed work, never
moves. Every event is judged by `scheduler.watch` before it counts.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from core.errors import InputError, PlanError
from scheduler.collecting import collection_paused
from scheduler.events import Declined, Event, Failed, LabCloses, MachineDown, NewOrder, TaskEnds, closed, within_reach
from scheduler.lots import is_split
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem
from scheduler.search.graph import END, MACHINE, OPTION, START
from scheduler.search.holding import STANDING
from scheduler.shop import IN_LAB, ON, OPTIONS, OPTIONS_END, RUN, Ints
from scheduler.tables import Tables
from scheduler.watch import Watch
from scheduler.wording import moment

__all__ = ["SOLVER", "Standing", "stands"]

SOLVER = "repair"
_ROUNDS = 10  # of pushing what the removal of work between two others left too close for its set-up


class Standing:
    """A plan, ready for events.

    Args:
        problem: what is planned; history is fixed in it.
        placements: of its tasks; those that are missing, or cannot stand where they are told, are placed with the
            first event.
    """

    def __init__(self, problem: Problem, placements: Sequence[Placement]) -> None:
        if not stands(problem):
            raise InputError(
                "a standing plan knows no people, no shared runs and no lots",
                where="standing",
                hint="use scheduler.repair.repair",
            )
        self._tables = Tables(problem, placements)
        self._labs = {lab.id: lab.calendar for lab in problem.labs}
        names = self._tables.names
        placed = {each.task: each for each in placements}
        placed |= {task.id: task.fixed for task in problem.tasks if task.fixed is not None}
        standing = np.flatnonzero(self._tables.floor.states == STANDING).tolist()
        self._placed = {names[task]: placed[names[task]] for task in standing}
        self._watch = Watch(problem, self._placed.values())
        self._known, self._known_placed = problem, dict(placed)
        self._log: list[tuple[Event, int, tuple[Placement, ...]]] = []

    def placement(self, task: str) -> Placement:
        """Where a task stands.

        Raises:
            KeyError: it has no place.
        """
        return self._placed[task]

    @property
    def problem(self) -> Problem:
        """The problem with all events in it; made anew, which takes a while."""
        for event, now_s, changed in self._log:
            self._known = event.change(self._known, self._known_placed, now_s)
            self._known_placed.update((each.task, each) for each in changed)
            self._known_placed.update((task.id, task.fixed) for task in self._known.tasks if task.fixed is not None)
        self._log.clear()
        return self._known

    @property
    def plan(self) -> Plan:
        """The whole plan, of `problem`."""
        return Plan(tuple(task.fixed or self._placed[task.id] for task in self.problem.tasks), 0, SOLVER)

    def take(self, event: Event, now_s: int) -> tuple[Placement, ...]:
        """Change the plan for an event.

        Args:
            event: what happened.
            now_s: when; nothing is placed before, and nothing that has started moves.

        Returns:
            The placements that changed, and those of new work.

        Raises:
            InputError: the event names something unknown or makes no sense; nothing has changed.
            PlanError: a task finds no place within the horizon; nothing has changed, plan anew.
        """
        within_reach(now_s)
        self._check(event)
        with collection_paused():
            changed = self._take(event, now_s)
        if isinstance(event, LabCloses):
            self._labs[event.lab] = closed(self._labs[event.lab], event.from_s, event.until_s)
        self._placed.update((each.task, each) for each in changed)
        self._log.append((event, now_s, changed))
        return changed

    def _take(self, event: Event, now_s: int) -> tuple[Placement, ...]:
        kept = self._tables.keep()
        try:
            self._apply(event, now_s)
            return self._mend(event, now_s, kept.graph.nodes)
        except PlanError:
            self._tables.restore(kept)
            raise

    def machine_down(self, machine: str, from_s: int, until_s: int, now_s: int) -> tuple[Placement, ...]:
        """As `take` with `MachineDown`."""
        return self.take(MachineDown(machine, from_s, until_s), now_s)

    def earliest(self, task: str, machine: str, ready_s: int) -> tuple[int, int] | None:
        """The earliest start and end of a task on a machine, all else left where it is; None within the horizon."""
        tables = self._tables
        start_s, end_s = tables.earliest(tables.numbers[task], tables.machines[machine], ready_s)
        return (start_s, end_s) if end_s <= self._known.horizon_s else None

    def _check(self, event: Event) -> None:
        tables = self._tables
        if isinstance(event, MachineDown | Declined):
            _known(event.machine, tables.machines, "machine")
        if isinstance(event, LabCloses):
            _known(event.lab, tables.labs, "lab")
        if isinstance(event, MachineDown | LabCloses) and event.until_s <= event.from_s:
            raise InputError(
                f"the time from {event.from_s} s to {event.until_s} s does not end after its start", where="event"
            )
        if isinstance(event, Failed | TaskEnds):
            _known(event.task, self._placed, "task")
        if isinstance(event, TaskEnds) and event.end_s < self._placed[event.task].start_s:
            raise InputError(f"task {event.task} cannot end at {event.end_s} s, before its start", where="event")
        if isinstance(event, Declined):
            _known(event.task, tables.numbers, "task")
            self._check_declined(event)
        if isinstance(event, NewOrder):
            self._check_order(event)

    def _check_declined(self, event: Declined) -> None:
        tables = self._tables
        first, last = tables.floor.shop.tasks[tables.numbers[event.task], [OPTIONS, OPTIONS_END]].tolist()
        on = tables.floor.shop.options[first:last, ON]
        left = (on != tables.machines[event.machine]) & (tables.floor.allowed[first:last] > 0)
        if first < last and not left.any():
            raise InputError(
                f"no machine but {event.machine} can do task {event.task}",
                where="event",
                hint="ask the lab again, add a machine, or leave the task out",
            )

    def _check_order(self, event: NewOrder) -> None:
        new = {task.id for task in event.ordered()}
        for task in event.tasks:
            if task.id in self._tables.numbers:
                raise InputError(f"task {task.id} stands twice", where="event")
            for option in task.options:
                _known(option.machine, self._tables.machines, "machine")
        for arrow in event.precedences:
            if arrow.before not in new:
                _known(arrow.before, self._tables.numbers, "task")

    def _apply(self, event: Event, now_s: int) -> None:
        tables = self._tables
        tables.freeze(now_s)
        if isinstance(event, MachineDown):
            self._stop(tables.machines[event.machine], event.from_s, event.until_s)
        elif isinstance(event, LabCloses):
            tables.close(tables.labs[event.lab], closed(self._labs[event.lab], event.from_s, event.until_s))
        elif isinstance(event, Failed):
            task = tables.numbers[event.task]
            machine = int(tables.floor.graph.nodes[task, MACHINE])
            tables.undo(task)
            if machine >= 0:
                tables.relay(machine)
        elif isinstance(event, TaskEnds):
            self._end(event)
        elif isinstance(event, Declined):
            tables.decline(tables.numbers[event.task], tables.machines[event.machine])
        elif isinstance(event, NewOrder):
            tables.add(event.ordered(), event.precedences, now_s)

    def _stop(self, machine: int, from_s: int, until_s: int) -> None:
        """Take a machine away for a time; what runs on it then is lost."""
        tables = self._tables
        nodes = tables.floor.graph.nodes
        lost = (nodes[:, MACHINE] == machine) & (nodes[:, START] < until_s) & (nodes[:, END] > from_s)
        for task in np.flatnonzero(lost).tolist():
            tables.undo(task)
        tables.block(machine, from_s, until_s)
        tables.relay(machine)

    def _end(self, event: TaskEnds) -> None:
        """Let a task end at another time; what follows on its machine, or waits for it, is pushed if it must be."""
        tables = self._tables
        old = self._placed[event.task]
        task = tables.numbers[event.task]
        tables.fix(Placement(old.task, old.machine, old.start_s, event.end_s, event.end_s))
        machine = int(tables.floor.graph.nodes[task, MACHINE])
        if machine >= 0:
            tables.relay(machine)
            tables.spare(int(tables.floor.shop.machines[machine, IN_LAB]))
        tables.push_after(task)

    def _mend(self, event: Event, now_s: int, before: Ints) -> tuple[Placement, ...]:
        """Place what has no place and have it judged."""
        tables = self._tables
        last = before
        for _ in range(_ROUNDS):
            stuck = tables.mend(now_s)
            if stuck >= 0:
                problem = tables.network.problem
                raise PlanError(
                    f"task {tables.names[stuck]} finds no place until {moment(problem.origin, problem.horizon_s)}",
                    hint="plan further ahead, open the labs longer or plan anew",
                )
            if not tables.part(last):
                break
            last = tables.floor.graph.nodes.copy()
        else:
            raise PlanError("set-ups push work to and fro", hint="plan anew")
        changed = self._changed(event, before)
        wrong = self._watch.judge(event, now_s, changed)
        if wrong:
            self._watch = Watch(self.problem, self._placed.values())  # it has taken in what is not so
            raise PlanError(f"the repaired plan breaks a rule: {wrong[0]}", hint="plan anew")
        return changed

    def _changed(self, event: Event, before: Ints) -> tuple[Placement, ...]:
        """The placements that differ from those before, and those of new tasks."""
        tables, machines = self._tables, self._tables.network.problem.machines
        nodes, old = tables.floor.graph.nodes, len(before)
        columns = [MACHINE, START, END]
        differ = np.ones(len(nodes), dtype=np.bool_)
        differ[:old] = (nodes[:old, columns] != before[:, columns]).any(axis=1)
        differ[:old] |= [name not in self._placed for name in tables.names[:old]] if len(self._placed) < old else False
        if isinstance(event, TaskEnds):
            differ[tables.numbers[event.task]] = (
                True  # its run may end at another moment even where its end is the same
            )
        result: list[Placement] = []
        for task in np.flatnonzero(differ).tolist():
            name, (number, start_s, end_s) = tables.names[task], nodes[task, columns].tolist()
            run_end_s = end_s
            if number >= 0 and not machines[number].pauses and not (isinstance(event, TaskEnds) and event.task == name):
                run_end_s = start_s + int(tables.floor.shop.options[nodes[task, OPTION], RUN])
            result.append(Placement(name, machines[number].id if number >= 0 else None, start_s, run_end_s, end_s))
        return tuple(each for each in result if each != self._placed.get(each.task))


def stands(problem: Problem) -> bool:
    """Whether a plan of a problem can stand: it can where no people, no runs and no lots are shared."""
    shared = any(machine.plate is not None for machine in problem.machines)
    return not (shared or is_split(problem) or any(task.needs for task in problem.tasks))


def _known(name: str, names: Container[str], kind: str) -> None:
    if name not in names:
        raise InputError(f"{kind} {name} is unknown", where="event")
