"""Tasks that share a run become one task: which may, how few runs will do, and the plan of the tasks again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from ortools.sat.python import cp_model

from scheduler.calendars import Calendar
from scheduler.plan import Placement
from scheduler.problem import Machine, Option, Plate, Precedence, Problem, Task, Use
from scheduler.supplies import attended, used_by

__all__ = ["Formed", "Groups", "fewest", "formed", "groups_in", "relaxed", "sharable", "spread"]

Groups = tuple[tuple[Task, ...], ...]  # tasks of each run that is shared; at least two

_MOST_EXACT = 60  # tasks of one kind for which CP-SAT looks for fewer runs
_EXACT_WORK = 0.5
_LOOKS = 2000  # sets of tasks for one plate


@dataclass(frozen=True, slots=True)
class Formed:
    """A problem in which each shared run is one task.

    Attributes:
        problem: without plates.
        members: by id of such a task, the tasks that it stands for.
    """

    problem: Problem
    members: Mapping[str, tuple[Task, ...]]

    def expanded(self, placements: Sequence[Placement], order: Sequence[Task]) -> tuple[Placement, ...]:
        """The placements of the tasks themselves, in their order."""
        placed = {
            task.id: replace(each, task=task.id) for each in placements for task in self.members.get(each.task, ())
        }
        placed |= {each.task: each for each in placements if each.task not in self.members}
        return tuple(placed[task.id] for task in order)


def sharable(problem: Problem) -> dict[tuple[str, str, int], list[Task]]:
    """Tasks that may share runs, by batch, family and level.

    The level is the number of arrows on the longest way to a task: tasks of one level never wait for each other,
    whatever else shares runs. Fixed and promised tasks keep to themselves.
    """
    plates = {machine.id for machine in problem.machines if machine.plate is not None}
    before: dict[str, list[str]] = {task.id: [] for task in problem.tasks}
    for arrow in problem.precedences:
        before[arrow.after].append(arrow.before)
    level: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        level[name] = max((level[each] + 1 for each in before[name]), default=0)
    result: dict[tuple[str, str, int], list[Task]] = defaultdict(list)
    for task in problem.tasks:
        free = task.fixed is None and task.promise is None and task.batch
        if free and any(option.machine in plates for option in task.options):
            result[task.batch, task.family, level[task.id]].append(task)
    return {key: tasks for key, tasks in result.items() if len(tasks) > 1}


def fewest(problem: Problem, tasks: Sequence[Task]) -> list[list[Task]]:
    """As few runs as we find.

    First fit, the largest first, or plates filled one after the other as full as can be; then CP-SAT with one run less
    as long as it finds that.
    """
    groups = _first_fit(problem, sorted(tasks, key=lambda task: (-task.area, _due(task))), len(tasks))
    plate = _common(problem, tasks)
    if plate is not None and len(groups) > _least(plate, tasks):
        groups = min(groups, _filled(plate, tasks), key=len)
    while plate is not None and len(tasks) <= _MOST_EXACT and len(groups) > _least(plate, tasks):
        fewer = _packed(plate, tasks, len(groups) - 1)
        if fewer is None:
            break
        groups = fewer
    return groups


def spread(problem: Problem, tasks: Sequence[Task]) -> list[list[Task]]:
    """At least one run for each machine that can do any of the tasks, the longest tasks first to the emptiest run."""
    plates = _plates(problem)
    machines = {option.machine for task in tasks for option in task.options if option.machine in plates}
    number = max(len(machines), len(_first_fit(problem, sorted(tasks, key=lambda task: -task.area), len(tasks))))
    by_length = sorted(tasks, key=lambda task: -min(option.duration_s for option in task.options))
    return _first_fit(problem, by_length, number, even=True)


def _due(task: Task) -> float:
    return float("inf") if task.due_s is None else task.due_s


def _plates(problem: Problem) -> dict[str, Plate]:
    return {machine.id: machine.plate for machine in problem.machines if machine.plate is not None}


def _common(problem: Problem, tasks: Sequence[Task]) -> Plate | None:
    """The limits that hold for all tasks alike, if the same plates take each of them."""
    plates = _plates(problem)
    limits = {
        (plate.most_tasks, plate.most_area)
        for task in tasks
        for option in task.options
        if (plate := plates.get(option.machine)) is not None
    }
    if len(limits) != 1:
        return None
    return next(plate for plate in plates.values() if (plate.most_tasks, plate.most_area) in limits)


def _least(plate: Plate, tasks: Sequence[Task]) -> int:
    """No fewer runs will do."""
    by_area = -(-sum(task.area for task in tasks) // plate.most_area) if plate.most_area else 1
    return max(1, by_area, -(-len(tasks) // plate.most_tasks) if plate.most_tasks else 1)


def _filled(plate: Plate, tasks: Sequence[Task]) -> list[list[Task]]:
    """Plates as full as can be, each with the largest task that is left (minimum bin slack; Gupta and Ho 1999)."""
    left = sorted(tasks, key=lambda task: -task.area)
    groups: list[list[Task]] = []
    while left:
        most = (plate.most_tasks or len(tasks)) - 1
        room = (plate.most_area or sum(task.area for task in tasks)) - left[0].area
        group = [left[0], *_fullest(left[1:], room, most)]
        taken = {task.id for task in group}
        left = [task for task in left if task.id not in taken]
        groups.append(group)
    return groups


def _fullest(tasks: Sequence[Task], room: int, most: int) -> list[Task]:
    """At most so many tasks, the largest first, that leave as little room as a search of limited length finds."""
    best: list[int] = []
    best_area, looks = -1, 0
    stack: list[tuple[int, int, list[int]]] = [(0, 0, [])]
    while stack and looks < _LOOKS and best_area < room:
        begin, area, chosen = stack.pop()
        looks += 1
        if area > best_area or (area == best_area and len(chosen) > len(best)):
            best, best_area = chosen, area
        fitting = [n for n in range(begin, len(tasks)) if area + tasks[n].area <= room] if len(chosen) < most else []
        stack += [(n + 1, area + tasks[n].area, [*chosen, n]) for n in reversed(fitting)]
    return [tasks[n] for n in best]


def _packed(plate: Plate, tasks: Sequence[Task], number: int) -> list[list[Task]] | None:
    """The tasks in so many runs; None when there is no way, or none was found."""
    model = cp_model.CpModel()
    inside = [[model.new_bool_var("") for _ in range(number)] for _ in tasks]
    for row in inside:
        model.add_exactly_one(row)
    for run in range(number):
        if plate.most_area is not None:
            area = cp_model.LinearExpr.sum([row[run] * task.area for row, task in zip(inside, tasks, strict=True)])
            model.add(area <= plate.most_area)
        if plate.most_tasks is not None:
            model.add(cp_model.LinearExpr.sum([row[run] for row in inside]) <= plate.most_tasks)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = _EXACT_WORK
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    runs = [[task for row, task in zip(inside, tasks, strict=True) if solver.value(row[run])] for run in range(number)]
    return [run for run in runs if run]


def _first_fit(problem: Problem, tasks: Sequence[Task], number: int, *, even: bool = False) -> list[list[Task]]:
    """Each task into the first run (or the emptiest of `number`) whose plate takes it, or into one of its own."""
    plates = _plates(problem)
    groups: list[tuple[list[Task], set[str]]] = []
    for task in tasks:
        own = {option.machine for option in task.options if option.machine in plates}
        order = sorted(range(len(groups)), key=lambda place: _work(groups[place][0])) if even else range(len(groups))
        if even and len(groups) < number:
            order = range(0)
        for place in order:
            members, machines = groups[place]
            area = sum(each.area for each in members) + task.area
            left = {name for name in machines & own if plates[name].takes(len(members) + 1, area)}
            if left:
                members.append(task)
                groups[place] = members, left
                break
        else:
            groups.append(([task], own))
    return [members for members, _ in groups]


def _work(tasks: Sequence[Task]) -> int:
    return sum(min(option.duration_s for option in task.options) for task in tasks)


def formed(problem: Problem, groups: Groups) -> Formed:
    """The problem with each group as one task, which runs on whatever plate takes them all; without one it is none."""
    machines = {machine.id: machine for machine in problem.machines}
    members = {f"{group[0].id} & {len(group) - 1} more": group for group in groups if len(group) > 1}
    members = {name: group for name, group in members.items() if any(_options(group, machines))}
    stands_for = {task.id: name for name, group in members.items() for task in group}
    tasks = [
        *(replace(task, batch="", area=0) for task in problem.tasks if task.id not in stands_for),
        *(_merged(name, group, machines) for name, group in members.items()),
    ]
    lags: dict[tuple[str, str], int] = {}
    for arrow in problem.precedences:
        pair = stands_for.get(arrow.before, arrow.before), stands_for.get(arrow.after, arrow.after)
        lags[pair] = max(lags.get(pair, 0), arrow.lag_s)
    arrows = tuple(Precedence(before, after, lag_s) for (before, after), lag_s in lags.items())
    bare = tuple(replace(machine, plate=None) for machine in problem.machines)
    return Formed(replace(problem, machines=bare, tasks=tuple(tasks), precedences=arrows), members)


def _merged(name: str, group: Sequence[Task], machines: Mapping[str, Machine]) -> Task:
    dues = [task.due_s for task in group if task.due_s is not None]
    return Task(
        name,
        tuple(_options(group, machines)),
        release_s=max(task.release_s for task in group),
        name=", ".join(task.name or task.id for task in group),
        family=group[0].family,
        due_s=min(dues, default=None),
        weight=min(1_000_000, sum(task.weight for task in group if task.due_s is not None)),
    )


def _options(group: Sequence[Task], machines: Mapping[str, Machine]) -> Iterator[Option]:
    """The run of a group on each machine whose plate takes it."""
    for machine in {option.machine: None for option in group[0].options}:
        own = [next((each for each in task.options if each.machine == machine), None) for task in group]
        found = [each for each in own if each is not None]
        plate, area = machines[machine].plate, sum(task.area for task in group)
        if plate is not None and len(found) == len(group) and plate.takes(len(group), area):
            yield _shared(group, found, machines[machine])


def _shared(group: Sequence[Task], options: Sequence[Option], machine: Machine) -> Option:
    uses: dict[str, int] = defaultdict(int)
    for task, option in zip(group, options, strict=True):
        for stock, amount in used_by(task, option).items():
            uses[stock] += amount
    alone = [option.duration_s for option in options]
    begins, offs = zip(*(attended(machine, option) for option in options), strict=True)
    return Option(
        machine.id,
        machine.plate.lasts_s(alone) if machine.plate is not None else sum(alone),
        attend_start_s=max(begins),
        attend_end_s=max(offs),
        cost=sum(option.cost for option in options),
        energy_kwh=sum(option.energy_kwh for option in options),
        uses=tuple(Use(stock, amount) for stock, amount in uses.items()),
    )


def groups_in(problem: Problem, placements: Sequence[Placement]) -> Groups:
    """The runs that are shared in a valid plan."""
    plates, tasks = _plates(problem), {task.id: task for task in problem.tasks}
    runs: dict[tuple[str | None, int, int, str, str], list[Task]] = defaultdict(list)
    for each in placements:
        task = tasks.get(each.task)
        free = task is not None and task.batch and task.fixed is None
        if (
            task is not None
            and free
            and any(option.machine == each.machine for option in task.options)
            and each.machine in plates
        ):
            runs[each.machine, each.start_s, each.end_s, task.batch, task.family].append(task)
    return tuple(tuple(run) for run in runs.values() if len(run) > 1)


def relaxed(problem: Problem) -> Problem:
    """A problem that no plan of this one breaks, with a part of the shared time for each task.

    A run's fixed part, or all of an oven's, is borne by its tasks by area or by number: no run has more than the plate
    takes, so no run is counted as longer than it is. Operators, who tend a run once, are left out for shared tasks.
    """
    plates = _plates(problem)
    shared = {task.id for tasks in sharable(problem).values() for task in tasks}
    tasks = tuple(
        replace(
            task, batch="", area=0,
            options=tuple(
                replace(each, duration_s=_part_s(plates[each.machine], task, each), attend_start_s=0, attend_end_s=0)
                if each.machine in plates
                else each
                for each in task.options
            ),
        )
        if task.id in shared
        else replace(task, batch="", area=0)
        for task in problem.tasks
    )  # fmt: skip
    tended = tuple(
        replace(machine, plate=None, attends_run=machine.attends_run and machine.plate is None)
        for machine in problem.machines
    )
    # A shared run may go far into the night, which a part of it alone does not tell.
    night = {machine.lab for machine in problem.machines if machine.plate is not None and machine.unattended}
    labs = tuple(
        replace(lab, calendar=Calendar.always(problem.horizon_s)) if lab.id in night else lab for lab in problem.labs
    )
    return replace(problem, tasks=tasks, machines=tended, labs=labs)


def _part_s(plate: Plate, task: Task, option: Option) -> int:
    """The least seconds of runs on a plate that a task accounts for."""
    common_s = option.duration_s if plate.at_once else plate.fixed_s
    share = task.area / plate.most_area if plate.most_area else 1 / (plate.most_tasks or 1)
    return max(1, int(option.duration_s - common_s + common_s * share))
