"""The independent judge's view of runs that several tasks share. No code of the solvers is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from scheduler.plan import Placement
from scheduler.problem import Machine, Problem, Task

__all__ = ["Runs", "crowded", "plate_seconds", "shared_runs"]

Runs = Mapping[str, tuple[Task, ...]]  # by id of each task, all tasks of its run; tasks that run alone are left out


def shared_runs(problem: Problem, placed: Mapping[str, Placement]) -> Runs:
    """Free tasks of one batch and family that stand at the same time on a machine with a plate."""
    plates = {machine.id for machine in problem.machines if machine.plate is not None}
    groups: dict[tuple[Placement, str, str], list[Task]] = defaultdict(list)
    for task in problem.tasks:
        at = placed.get(task.id)
        if task.batch and task.fixed is None and at is not None and at.machine in plates:
            alike = Placement("", at.machine, at.start_s, at.run_end_s, at.end_s)
            groups[alike, task.batch, task.family].append(task)
    return {task.id: tuple(group) for group in groups.values() if len(group) > 1 for task in group}


def plate_seconds(machine: Machine, tasks: tuple[Task, ...]) -> int:
    """How long a run of tasks takes on a machine with a plate; 0 when one of them cannot be done there."""
    alone = [option.duration_s for task in tasks for option in task.options if option.machine == machine.id]
    if machine.plate is None or len(alone) < len(tasks):
        return 0
    if machine.plate.at_once:
        return max(alone)
    return sum(alone) - machine.plate.fixed_s * (len(tasks) - 1)


def crowded(machine: Machine, tasks: tuple[Task, ...]) -> Iterator[str]:
    """What tasks of one run exceed."""
    if machine.plate is None:
        return
    most_tasks, most_area = machine.plate.most_tasks, machine.plate.most_area
    area = sum(task.area for task in tasks)
    names = ", ".join(task.id for task in tasks)
    if most_tasks is not None and len(tasks) > most_tasks:
        yield f"{len(tasks)} tasks share a run of machine {machine.id}, which takes {most_tasks}: {names}"
    if most_area is not None and area > most_area:
        yield f"tasks of area {area} share a run of machine {machine.id}, which takes {most_area}: {names}"
