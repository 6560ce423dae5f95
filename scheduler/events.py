"""What happens to a plan while it is carried out, each as the change of the problem that it is.

Seconds are from the problem's origin. Whatever has started before the event is history and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from core.errors import InputError
from scheduler.calendars import Calendar, Window
from scheduler.plan import Placement
from scheduler.problem import Precedence, Problem, Task
from scheduler.rules import MOST_S, require

__all__ = [
    "Declined",
    "Event",
    "Failed",
    "LabCloses",
    "MachineDown",
    "NewOrder",
    "Nothing",
    "TaskEnds",
    "closed",
    "frozen",
    "within_reach",
]


@dataclass(frozen=True, slots=True)
class Nothing:
    """No event but new tasks in the problem, or work without a place."""

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:  # noqa: ARG002
        """The problem as it is."""
        return problem


@dataclass(frozen=True, slots=True)
class MachineDown:
    """A machine does nothing from a moment to another; what runs on it then is lost."""

    machine: str
    from_s: int
    until_s: int

    def __post_init__(self) -> None:
        within_reach(self.from_s, self.until_s)

    @property
    def down(self) -> Placement:
        """What occupies the machine meanwhile."""
        name = f"{self.machine} is down from {self.from_s} to {self.until_s}"
        return Placement(name, self.machine, self.from_s, self.until_s, self.until_s)

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
        """The problem with the machine occupied, and with what ran on it to be done again."""
        _known(self.machine, {machine.id for machine in problem.machines}, "machine")
        _later(self.from_s, self.until_s)
        lost = {
            each.task
            for each in placed.values()
            if each.machine == self.machine and each.start_s < self.until_s and each.end_s > self.from_s
        }
        down = Task(self.down.task, fixed=self.down)
        tasks = tuple(_again(task) if task.id in lost else task for task in frozen(problem, placed, now_s).tasks)
        known = any(task.id == down.id for task in tasks)  # the same, told twice
        return replace(problem, tasks=_after(tasks, now_s, lost) if known else (*_after(tasks, now_s, lost), down))


@dataclass(frozen=True, slots=True)
class LabCloses:
    """A lab that would be open is closed from a moment to another."""

    lab: str
    from_s: int
    until_s: int

    def __post_init__(self) -> None:
        within_reach(self.from_s, self.until_s)

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
        """The problem with shorter hours."""
        _known(self.lab, {lab.id for lab in problem.labs}, "lab")
        _later(self.from_s, self.until_s)
        labs = tuple(
            replace(lab, calendar=closed(lab.calendar, self.from_s, self.until_s)) if lab.id == self.lab else lab
            for lab in problem.labs
        )
        return replace(frozen(problem, placed, now_s), labs=labs)


@dataclass(frozen=True, slots=True)
class Failed:
    """The run of a task was in vain; it is to be done again."""

    task: str

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
        """The problem with the task to be placed again."""
        _known(self.task, set(placed), "task")
        tasks = tuple(_again(task) if task.id == self.task else task for task in frozen(problem, placed, now_s).tasks)
        return replace(problem, tasks=_after(tasks, now_s, {self.task}))


@dataclass(frozen=True, slots=True)
class TaskEnds:
    """A task that has started ends later or earlier than planned."""

    task: str
    end_s: int

    def __post_init__(self) -> None:
        within_reach(self.end_s)

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
        """The problem with the task fixed until its new end."""
        _known(self.task, set(placed), "task")
        old = placed[self.task]
        if self.end_s < old.start_s:
            raise InputError(f"task {self.task} cannot end at {self.end_s} s, before its start", where="event")
        new = replace(old, run_end_s=self.end_s, end_s=self.end_s)
        tasks = tuple(
            replace(task, fixed=new, promise=None) if task.id == self.task else task
            for task in frozen(problem, placed, now_s).tasks
        )
        return replace(problem, tasks=tasks)


@dataclass(frozen=True, slots=True)
class Declined:
    """A lab does not take a task on a machine."""

    task: str
    machine: str

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
        """The problem without that option.

        Raises:
            InputError: no other machine can do the task.
        """
        _known(self.task, {task.id for task in problem.tasks}, "task")
        tasks = []
        for task in frozen(problem, placed, now_s).tasks:
            if task.id == self.task:
                options = tuple(each for each in task.options if each.machine != self.machine)
                if task.options and not options:
                    raise InputError(
                        f"no machine but {self.machine} can do task {self.task}",
                        where="event",
                        hint="ask the lab again, add a machine, or leave the task out",
                    )
                task = replace(task, options=options, promise=None)
            tasks.append(task)
        return replace(problem, tasks=tuple(tasks))


@dataclass(frozen=True, slots=True)
class NewOrder:
    """New work, which may wait for work that stands; standing work does not wait for it."""

    tasks: tuple[Task, ...]
    precedences: tuple[Precedence, ...] = ()

    def change(self, problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
        """The problem with the new work in it, none of which starts before the moment.

        Raises:
            InputError: an id is taken or unknown, the new work runs in a circle, is fixed, or holds up standing work.
        """
        self.ordered()
        tasks = tuple(replace(task, release_s=max(task.release_s, now_s)) for task in self.tasks)
        before = frozen(problem, placed, now_s)
        return replace(before, tasks=(*before.tasks, *tasks), precedences=(*problem.precedences, *self.precedences))

    def ordered(self) -> tuple[Task, ...]:
        """The new tasks, each after those that it waits for.

        Raises:
            InputError: the new work stands twice, runs in a circle, is fixed, or holds up standing work.
        """
        by_name = {task.id: task for task in self.tasks}
        if len(by_name) < len(self.tasks):
            raise InputError("a new task stands twice", where="event")
        for task in self.tasks:
            if task.fixed is not None:
                raise InputError(f"new task {task.id} is fixed", where="event", hint="give it options or a delay")
        before: dict[str, list[str]] = {name: [] for name in by_name}
        for arrow in self.precedences:
            if arrow.after not in by_name:
                raise InputError(
                    f"task {arrow.after} stands already and cannot be made to wait for {arrow.before}",
                    where="event",
                    hint="put the arrow into the problem and plan anew",
                )
            if arrow.before in by_name:
                before[arrow.after].append(arrow.before)
        try:
            return tuple(by_name[name] for name in TopologicalSorter(before).static_order())
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise InputError(f"new tasks wait for each other in a circle: {circle}", where="event") from None


Event = Nothing | MachineDown | LabCloses | Failed | TaskEnds | Declined | NewOrder


def frozen(problem: Problem, placed: Mapping[str, Placement], now_s: int) -> Problem:
    """The problem with all that has started before a moment as history, and the rest not before it."""
    tasks = tuple(
        replace(task, fixed=placed[task.id], promise=None)
        if task.fixed is None and task.id in placed and placed[task.id].start_s < now_s
        else task
        for task in problem.tasks
    )
    return replace(problem, tasks=_after(tasks, now_s, {task.id for task in tasks if task.delay_s is None}))


def _after(tasks: tuple[Task, ...], now_s: int, which: set[str]) -> tuple[Task, ...]:
    return tuple(
        replace(task, release_s=max(task.release_s, now_s)) if task.id in which and task.fixed is None else task
        for task in tasks
    )


def _again(task: Task) -> Task:
    """The task, to be placed; fixed work without options stays."""
    return replace(task, fixed=None) if task.options else task


def _known(name: str, names: set[str], kind: str) -> None:
    if name not in names:
        raise InputError(f"{kind} {name} is unknown", where="event")


def _later(from_s: int, until_s: int) -> None:
    if until_s <= from_s:
        raise InputError(f"the time from {from_s} s to {until_s} s does not end after its start", where="event")


def within_reach(*moments_s: int) -> None:
    """Refuse moments that no plan can hold.

    Raises:
        InputError: one is more than a hundred years from the origin.
    """
    for moment_s in moments_s:
        require(abs(moment_s) <= MOST_S, f"{moment_s} s is more than a hundred years from the origin", "event")


def closed(calendar: Calendar, from_s: int, until_s: int) -> Calendar:
    """A calendar without a stretch of time."""
    windows: list[Window] = []
    for window in calendar.windows:
        if window.start_s < min(from_s, window.end_s):
            windows.append(Window(window.start_s, min(from_s, window.end_s)))
        if window.end_s > max(until_s, window.start_s):
            windows.append(Window(max(until_s, window.start_s), window.end_s))
    return Calendar(tuple(windows))
