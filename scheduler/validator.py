"""An independent judge of plans. It reads problem and plan afresh and shares no code with the solvers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from scheduler.plan import Placement, Plan
from scheduler.problem import Machine, Problem, Task
from scheduler.validator_lots import lots_wrong, pieces_missing, runs_of
from scheduler.validator_people import people_wrong
from scheduler.validator_plates import crowded, plate_seconds, shared_runs
from scheduler.validator_supplies import attendance, operators_short, stocks_short

__all__ = ["violations"]


def violations(problem: Problem, plan: Plan) -> tuple[str, ...]:
    """Everything the plan does against the problem's rules, one sentence each with ids and seconds; empty when valid.

    Fixed work is taken as it is: only that it did not move is judged, and that free work keeps clear of it. Lots of a
    task that is split are told as tasks, "clips #2" for lot 2 of clips.
    """
    if all(task.split is None for task in problem.tasks) and not any(each.lot for each in plan.placements):
        return tuple(_Judge(problem, plan).sentences())
    runs, placed, lots = runs_of(problem, plan)
    by_task = {each.task: each for each in placed.placements}
    return (
        *lots_wrong(problem, plan),
        *_Judge(runs, placed).sentences(),
        *pieces_missing(problem, by_task, lots),
    )


class _Judge:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.tasks = {task.id: task for task in problem.tasks}
        self.machines = {machine.id: machine for machine in problem.machines}
        self.windows = {lab.id: lab.calendar.windows for lab in problem.labs}
        self.placed = {each.task: each for each in plan.placements}
        self.shared = shared_runs(problem, self.placed)

    def sentences(self) -> Iterator[str]:
        yield from self._completeness()
        for placement in self.plan.placements:
            task = self.tasks.get(placement.task)
            if task is not None:
                yield from self._placement(task, placement)
        yield from self._precedences()
        yield from self._overlaps()
        yield from operators_short(self.problem, self.placed, self.shared)
        yield from stocks_short(self.problem, self.placed)
        yield from people_wrong(self.problem, self.placed)
        if self.plan.lower_bound_s > self.plan.makespan_s:
            yield f"the lower bound {self.plan.lower_bound_s} s is above the makespan {self.plan.makespan_s} s"

    def _completeness(self) -> Iterator[str]:
        for task_id, number in Counter(each.task for each in self.plan.placements).items():
            if task_id not in self.tasks:
                yield f"task {task_id} is placed but not in the problem"
            if number > 1:
                yield f"task {task_id} is placed {number} times"
        for task_id in self.tasks:
            if task_id not in self.placed:
                yield f"task {task_id} is not placed"

    def _placement(self, task: Task, placement: Placement) -> Iterator[str]:
        if task.fixed is not None:
            if placement != task.fixed:
                yield f"task {task.id} is fixed at {_told(task.fixed)} but stands at {_told(placement)}"
            return
        if placement.start_s < task.release_s:
            yield f"task {task.id} starts at {placement.start_s} s, before its release at {task.release_s} s"
        if placement.end_s > self.problem.horizon_s:
            yield f"task {task.id} ends at {placement.end_s} s, after the horizon of {self.problem.horizon_s} s"
        if task.delay_s is not None:
            yield from self._wait(task.id, task.delay_s, placement)
        else:
            yield from self._work(task, placement)

    def _wait(self, task_id: str, delay_s: int, placement: Placement) -> Iterator[str]:
        if placement.machine is not None:
            yield f"task {task_id} is a wait but stands on machine {placement.machine}"
        if placement.run_end_s - placement.start_s != delay_s or placement.end_s != placement.run_end_s:
            yield f"task {task_id} waits {placement.end_s - placement.start_s} s instead of {delay_s} s"

    def _work(self, task: Task, placement: Placement) -> Iterator[str]:
        option = next((each for each in task.options if each.machine == placement.machine), None)
        if placement.machine is None or option is None:
            yield f"task {task.id} stands on machine {placement.machine}, which is not one of its options"
            return
        machine = self.machines[placement.machine]
        took_s, takes_s = self._took_s(machine, placement), option.duration_s
        run = self.shared.get(task.id, ())
        if run:
            takes_s = plate_seconds(machine, run)
        if run and run[0] is task:
            yield from crowded(machine, run)
        if took_s != takes_s:
            yield f"task {task.id} runs {took_s} s on machine {machine.id} instead of {takes_s} s"
        if placement.start_s < machine.busy_until_s:
            yield (
                f"task {task.id} starts at {placement.start_s} s, but machine {machine.id} is busy "
                f"until {machine.busy_until_s} s"
            )
        off_s = max(attendance(machine, each)[1] for each in (run or (task,)))
        if machine.pauses:
            yield from self._pausing(task.id, machine, placement)
        elif machine.unattended:
            yield from self._unattended(task.id, machine, placement, off_s)
        else:
            yield from self._attended(task.id, machine, placement, off_s)
        if off_s:
            yield from self._taken_off(task.id, machine, placement, off_s)

    def _took_s(self, machine: Machine, placement: Placement) -> int:
        """Seconds of work: where it pauses, the open ones alone."""
        if not machine.pauses:
            return placement.run_end_s - placement.start_s
        shared = [
            min(window.end_s, placement.run_end_s) - max(window.start_s, placement.start_s)
            for window in self.windows[machine.lab]
        ]
        return sum(each for each in shared if each > 0)

    def _pausing(self, task_id: str, machine: Machine, placement: Placement) -> Iterator[str]:
        windows = self.windows[machine.lab]
        if placement.end_s != placement.run_end_s:
            yield f"task {task_id} on machine {machine.id} ends {placement.end_s - placement.run_end_s} s late"
        if not any(window.start_s <= placement.start_s < window.end_s for window in windows):
            yield f"task {task_id} starts at {placement.start_s} s, when lab {machine.lab} is closed"
        if not any(window.start_s < placement.run_end_s <= window.end_s for window in windows):
            yield f"task {task_id} ends at {placement.run_end_s} s, when nobody works in lab {machine.lab}"

    def _taken_off(self, task_id: str, machine: Machine, placement: Placement, off_s: int) -> Iterator[str]:
        begin_s = placement.end_s - off_s
        if begin_s < placement.run_end_s:
            yield (
                f"task {task_id} on machine {machine.id} is taken off {placement.end_s - placement.run_end_s} s after "
                f"its run, which takes {off_s} s"
            )
        if not any(each.start_s <= begin_s and placement.end_s <= each.end_s for each in self.windows[machine.lab]):
            yield (
                f"task {task_id} is taken off machine {machine.id} from {begin_s} s to {placement.end_s} s, which is "
                f"not inside one opening of lab {machine.lab}"
            )

    def _attended(self, task_id: str, machine: Machine, placement: Placement, off_s: int) -> Iterator[str]:
        if not off_s and placement.end_s != placement.run_end_s:
            yield f"task {task_id} on attended machine {machine.id} ends {placement.end_s - placement.run_end_s} s late"
        if not any(
            window.start_s <= placement.start_s and placement.run_end_s <= window.end_s
            for window in self.windows[machine.lab]
        ):
            yield (
                f"task {task_id} runs from {placement.start_s} s to {placement.run_end_s} s on attended machine "
                f"{machine.id}, which is not inside one opening of lab {machine.lab}"
            )

    def _unattended(self, task_id: str, machine: Machine, placement: Placement, off_s: int) -> Iterator[str]:
        windows = self.windows[machine.lab]
        if not any(window.start_s <= placement.start_s < window.end_s for window in windows):
            yield f"task {task_id} starts at {placement.start_s} s, when lab {machine.lab} is closed"
        if off_s:
            return
        reachable = [max(w.start_s, placement.run_end_s) for w in windows if w.end_s >= placement.run_end_s]
        if not reachable:
            yield f"task {task_id} finishes at {placement.run_end_s} s, after the last opening of lab {machine.lab}"
        elif placement.end_s != min(reachable):
            yield (
                f"task {task_id} is taken off machine {machine.id} at {placement.end_s} s instead of "
                f"{min(reachable)} s, the first open moment of lab {machine.lab}"
            )

    def _precedences(self) -> Iterator[str]:
        for each in self.problem.precedences:
            before, after = self.placed.get(each.before), self.placed.get(each.after)
            if before is None or after is None or (self.tasks[each.before].fixed and self.tasks[each.after].fixed):
                continue
            here, there = self._lab(before), self._lab(after)
            on_the_way_s = self.problem.transport.between(here, there) if here and there else 0
            earliest_s = before.end_s + each.lag_s + on_the_way_s
            if after.start_s < earliest_s:
                yield (
                    f"task {each.after} starts at {after.start_s} s, but {each.before} ends at {before.end_s} s "
                    f"and then come {each.lag_s} s of lag and {on_the_way_s} s of transport"
                )

    def _lab(self, placement: Placement) -> str | None:
        machine = self.machines.get(placement.machine or "")
        return machine.lab if machine else None

    def _overlaps(self) -> Iterator[str]:
        by_machine: dict[str, list[Placement]] = defaultdict(list)
        for each in self.placed.values():
            alone = each.task not in self.shared or self.shared[each.task][0].id == each.task
            if each.machine is not None and each.task in self.tasks and alone:
                by_machine[each.machine].append(each)
        for machine, runs in by_machine.items():
            runs.sort(key=lambda each: (each.start_s, each.end_s))
            if machine in self.machines:
                yield from self._set_ups(self.machines[machine], runs)
            for one, other in self._clashes(runs):
                yield (
                    f"tasks {one.task} and {other.task} are both on machine {machine} "
                    f"from {other.start_s} s to {min(one.end_s, other.end_s)} s"
                )

    def _set_ups(self, machine: Machine, runs: list[Placement]) -> Iterator[str]:
        """Right before each run that needs another family than the last one that needed any.

        Not judged where that one, this one and all between them are fixed.
        """
        last, family, done_s, fixed = "", machine.set_to, machine.busy_until_s, True
        for run in runs:
            task = self.tasks[run.task]
            if run.end_s == run.start_s:
                continue
            fixed = fixed and task.fixed is not None
            takes_s = self.problem.set_ups.between(family, task.family)
            if not fixed and takes_s and done_s <= run.start_s < done_s + takes_s:
                yield (
                    f"task {run.task} starts at {run.start_s} s on machine {machine.id}, "
                    f"but a set-up of {takes_s} s from {family} to {task.family} begins at {done_s} s"
                    + (f", after {last}" if last else "")
                )
            if run.end_s < done_s:
                continue
            last, done_s = run.task, run.end_s
            if task.family:
                family, fixed = task.family, task.fixed is not None

    def _clashes(self, runs: list[Placement]) -> Iterator[tuple[Placement, Placement]]:
        """Pairs that overlap, fixed pairs excepted; runs are sorted by start."""
        if all(one.end_s <= other.start_s for one, other in pairwise(runs)):
            return
        for position, one in enumerate(runs):
            for other in runs[position + 1 :]:
                if other.start_s >= one.end_s:
                    break
                if not (self.tasks[one.task].fixed and self.tasks[other.task].fixed):
                    yield one, other


def _told(placement: Placement) -> str:
    return f"{placement.start_s}-{placement.end_s} s on machine {placement.machine}"
