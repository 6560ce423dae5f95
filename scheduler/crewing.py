"""People and their skills in flat arrays, as the compiled list schedule walks them."""

from __future__ import annotations

import numpy as np

from scheduler.network import Network
from scheduler.problem import Person, Problem
from scheduler.search.crews import Crews

__all__ = ["crews_of", "hours_left", "people_in_order"]

Steps = list[tuple[int, int]]  # moments and changes of a level, in any order


def people_in_order(problem: Problem) -> list[Person]:
    """People as the tables have them: those with few skills first, so that the others stay free."""
    return sorted(problem.people, key=lambda person: len(person.skills))


def crews_of(network: Network, first: int) -> Crews:
    """The tables of a network; without units when no task needs people.

    Args:
        network: the problem.
        first: where people stand among the levels.
    """
    problem, people = network.problem, people_in_order(network.problem)
    named = [need.skill for task in problem.tasks for need in task.needs]
    skills = {name: number for number, name in enumerate(dict.fromkeys(named))}
    labs = {lab.id: number for number, lab in enumerate(problem.labs)}
    units: list[int] = []
    needs = np.zeros((len(problem.tasks), 2), dtype=np.int64)
    for index, task in enumerate(problem.tasks):
        needs[index, 0] = len(units)
        if task.fixed is None:
            units += [skills[need.skill] for need in task.needs for _ in range(need.people)]
        needs[index, 1] = len(units)
    has = [[int(name in person.skills) for name in skills] for person in people]
    most = int((needs[:, 1] - needs[:, 0]).max(initial=0))
    return Crews(
        np.array([first], dtype=np.int64),
        np.array([labs[person.lab] for person in people], dtype=np.int64),
        np.array(has, dtype=np.int64).reshape(len(people), len(skills)),
        needs,
        np.array(units, dtype=np.int64),
        np.zeros((len(people), 4), dtype=np.int64),
        np.zeros((most, 2), dtype=np.int64),
    )


def hours_left(network: Network, person: Person) -> Steps:
    """When somebody comes and goes, less the fixed work they do."""
    problem = network.problem
    lab = next(lab for lab in problem.labs if lab.id == person.lab)
    steps: Steps = []
    for window in (person.hours or lab.calendar).windows:
        steps += [(window.start_s, 1), (window.end_s, -1)]
    for task in network.tasks:
        if task.fixed is not None and person.id in task.fixed.people:
            steps += [(task.fixed.start_s, -1), (task.fixed.run_end_s, 1)]
    return steps
