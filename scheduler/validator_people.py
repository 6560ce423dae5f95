"""The independent judge's view of people: who does what, with which skill, when. No code of the solvers is used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from scheduler.calendars import Window
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Person, Problem, Task

__all__ = ["people_wrong"]


def people_wrong(problem: Problem, placed: Mapping[str, Placement]) -> Iterator[str]:
    """Free work without the people it needs, and people who are elsewhere, away, or at two things at once."""
    people = {person.id: person for person in problem.people}
    machines = {machine.id: machine for machine in problem.machines}
    labs = {lab.id: lab for lab in problem.labs}
    for task in problem.tasks:
        at = placed.get(task.id)
        if at is None or task.fixed is not None or not (task.needs or at.people):
            continue
        known = [people[name] for name in at.people if name in people]
        for name in set(at.people) - people.keys():
            yield f"person {name}, who is to do task {task.id}, is unknown"
        yield from _crew(task, known)
        machine = machines.get(at.machine or "")
        if machine is not None:
            for person in known:
                yield from _there(person, task, at, (machine, labs[machine.lab]))
    yield from _at_once(problem, placed)


def _at_once(problem: Problem, placed: Mapping[str, Placement]) -> Iterator[str]:
    doing: dict[str, list[tuple[int, int, Task]]] = defaultdict(list)
    tasks = {task.id: task for task in problem.tasks}
    for at in placed.values():
        if at.task in tasks:
            for name in at.people:
                doing[name].append((at.start_s, at.run_end_s, tasks[at.task]))
    for name, runs in doing.items():
        runs.sort(key=lambda run: run[:2])
        for one, other in pairwise(runs):
            if other[0] < one[1] and not (one[2].fixed and other[2].fixed):
                yield f"person {name} does tasks {one[2].id} and {other[2].id} at {other[0]} s"


def _crew(task: Task, people: Sequence[Person]) -> Iterator[str]:
    wanted = Counter({need.skill: need.people for need in task.needs})
    if len(people) != wanted.total():
        yield f"task {task.id} needs {wanted.total()} people but has {len(people)}"
    elif not _assigned(list(wanted.elements()), people):
        told = ", ".join(f"{number} who can {skill}" for skill, number in wanted.items())
        yield f"task {task.id} needs {told}; {', '.join(person.id for person in people)} cannot share that out"


def _assigned(skills: Sequence[str], people: Sequence[Person]) -> bool:
    """Whether each person can take another skill, tried one after the other with a memory of what is left."""
    left = {tuple(sorted(skills))}
    for person in people:
        left = {
            (*rest[:place], *rest[place + 1 :])
            for rest in left
            for place, skill in enumerate(rest)
            if skill in person.skills
        }
    return bool(left)


def _there(person: Person, task: Task, at: Placement, where: tuple[Machine, Lab]) -> Iterator[str]:
    machine, lab = where
    if person.lab != lab.id:
        yield f"person {person.id} of lab {person.lab} is to do task {task.id} in lab {lab.id}"
        return
    hours = (person.hours or lab.calendar).windows
    parts = [(at.start_s, at.run_end_s)]
    if machine.pauses:
        cut = [(max(w.start_s, at.start_s), min(w.end_s, at.run_end_s)) for w in lab.calendar.windows]
        parts = [(from_s, to_s) for from_s, to_s in cut if from_s < to_s]
    for from_s, to_s in parts:
        if not _covered(from_s, to_s, hours):
            yield f"person {person.id} is not there from {from_s} s to {to_s} s for task {task.id}"


def _covered(from_s: int, to_s: int, hours: Sequence[Window]) -> bool:
    return any(window.start_s <= from_s and to_s <= window.end_s for window in hours)
