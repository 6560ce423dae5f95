"""A judge of what an event changed in a plan: the rules of `scheduler.validator`, for the work that an event touches.

It reads the problem and the event on its own and shares no code with what mends the plan. Of all other work it knows
that it was valid and stands where it stood.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from scheduler.events import Declined, Event, Failed, LabCloses, MachineDown, NewOrder, TaskEnds, closed
from scheduler.plan import Placement, Plan
from scheduler.problem import Precedence, Problem, Task, Transport
from scheduler.validator import violations
from scheduler.watch_supplies import SupplyWatch

__all__ = ["Watch"]


class Watch:
    """A plan as the validator sees it, event after event.

    Args:
        problem: what is planned.
        placements: of its tasks; some may be missing.
    """

    def __init__(self, problem: Problem, placements: Iterable[Placement]) -> None:
        self._problem = problem
        self._tasks = {task.id: task for task in problem.tasks}
        self._labs = {lab.id: lab for lab in problem.labs}
        self._machines = {machine.id: machine for machine in problem.machines}
        self._alone = {name: replace(each, attends_set_up=False) for name, each in self._machines.items()}
        self._unset = {name: replace(each, set_to="") for name, each in self._alone.items()}
        self._sets_up = bool(problem.set_ups.default_s or any(problem.set_ups.seconds.values()))
        self._arrows: dict[str, list[Precedence]] = defaultdict(list)
        self._take_in(problem.precedences)
        self._placed: dict[str, Placement] = {}
        self._on: dict[str | None, set[str]] = defaultdict(set)
        for each in placements:
            if each.task in self._tasks:
                self._put(each)
        self._past: dict[str, Task] = {}
        self._known: dict[tuple[str, bool], tuple[Task, Placement, Task]] = {}
        self._supplies = SupplyWatch(problem)
        self._supplies.put(self._labs, self._runs(self._machines, 0))
        self._supplies.take((self._tasks[name], at) for name, at in self._placed.items())

    def _take_in(self, precedences: Iterable[Precedence]) -> None:
        for arrow in precedences:
            self._arrows[arrow.before].append(arrow)
            self._arrows[arrow.after].append(arrow)

    def _put(self, placement: Placement) -> None:
        old = self._placed.get(placement.task)
        if old is not None:
            self._on[old.machine].discard(placement.task)
        self._placed[placement.task] = placement
        self._on[placement.machine].add(placement.task)

    def judge(self, event: Event, now_s: int, changed: Sequence[Placement]) -> tuple[str, ...]:
        """Everything that the plan does against the rules after an event, one sentence each; empty when valid.

        What has started before may have moved only where the event allows it.

        Args:
            event: what happened.
            now_s: when; nothing that changed may start before.
            changed: all placements that differ from those before.
        """
        before = {each.task: self._placed[each.task] for each in changed if each.task in self._placed}
        wrong = list(self._history(event, now_s, before))
        names = {each.task for each in changed} | self._take_in_event(event, now_s, before)
        for each in changed:
            self._put(each)
        if isinstance(event, NewOrder):
            wrong += [f"task {task.id} is not placed" for task in event.tasks if task.id not in self._placed]
        return (*wrong, *self._violations(now_s, names, before.values()), *self._short(event, now_s, names, before))

    def _short(self, event: Event, now_s: int, names: set[str], before: Mapping[str, Placement]) -> Iterator[str]:
        """Operators and material that are short where something changed."""
        touched = {self._placed[name].machine for name in names if name in self._placed}
        touched |= {old.machine for old in before.values()}
        if isinstance(event, LabCloses):
            touched |= {self._placed[name].machine for name in self._in(event.lab) if _meets(self._placed[name], event)}
        fresh = self._supplies.put(self._labs, self._runs(touched - {None}, now_s))
        if isinstance(event, LabCloses):
            fresh.setdefault(event.lab, []).extend(self._supplies.between(event.lab, event.from_s, event.until_s))
        for lab, spans in fresh.items():
            if any(self._supplies.short(self._labs[lab], spans)):  # perhaps of what has started since, which is history
                there = [
                    machine.id for machine in self._machines.values() if machine.lab == lab and self._on[machine.id]
                ]
                self._supplies.put(self._labs, self._runs(there, now_s))
                yield from self._supplies.short(self._labs[lab], spans)
        changed = [self._placed[name] for name in names if name in self._placed]
        yield from self._supplies.used_up(self._supplies.take((self._told(each, now_s), each) for each in changed))

    def _runs(self, machines: Iterable[str | None], now_s: int) -> dict[str, list[tuple[Task, Placement]]]:
        """What machines do from the last run on that set them to a family before a moment, in order of start."""
        result: dict[str, list[tuple[Task, Placement]]] = {}
        for machine in machines:
            here = sorted((self._placed[name] for name in self._on[machine]), key=_start_and_end)
            past = [place for place, each in enumerate(here) if each.end_s <= now_s and self._tasks[each.task].family]
            result[machine or ""] = [(self._told(each, now_s), each) for each in here[max(past, default=0) :]]
        return result

    def _told(self, at: Placement, now_s: int) -> Task:
        """A task with its options; fixed once it has started."""
        task = self._tasks[at.task]
        if task.fixed is not None or at.start_s >= now_s:
            return task
        past = self._past.get(at.task)
        if past is None or past.fixed != at or past.options is not task.options:
            past = self._past[at.task] = replace(task, fixed=at, promise=None)
        return past

    def _history(self, event: Event, now_s: int, before: dict[str, Placement]) -> Iterable[str]:
        """What had started and moved all the same, and what was lost and did not."""
        lost: set[str] = set()
        if isinstance(event, MachineDown):
            on = [self._placed[name] for name in self._on[event.machine]]
            lost = {each.task for each in on if each.start_s < event.until_s and each.end_s > event.from_s}
        for name in lost - before.keys():
            if self._tasks[name].options:
                yield f"task {name} is lost with its machine but has not moved"
        mine = {event.task} if isinstance(event, Failed | TaskEnds) else set()
        for name, old in before.items():
            if old.start_s < now_s and name not in mine | lost:
                yield f"task {name} had started at {old.start_s} s but has moved"

    def _take_in_event(self, event: Event, now_s: int, before: dict[str, Placement]) -> set[str]:
        """Take in an event; the names of what it changed by itself, or changed the rules of."""
        if isinstance(event, MachineDown):
            down = event.down
            self._tasks[down.task] = Task(down.task, fixed=down)
            self._put(down)
            self._again(before)
            return {down.task}
        if isinstance(event, LabCloses):
            lab = self._labs[event.lab]
            self._labs[event.lab] = replace(lab, calendar=closed(lab.calendar, event.from_s, event.until_s))
            there = ((name, self._placed[name]) for name in self._in(event.lab))
            return {name for name, each in there if each.start_s >= now_s and _meets(each, event)}
        if isinstance(event, Failed):
            self._again((event.task,))
        elif isinstance(event, TaskEnds):
            ended = replace(self._placed[event.task], run_end_s=event.end_s, end_s=event.end_s)
            self._tasks[event.task] = replace(self._tasks[event.task], fixed=ended, promise=None)
            return {event.task}
        elif isinstance(event, Declined):
            task = self._tasks[event.task]
            options = tuple(each for each in task.options if each.machine != event.machine)
            self._tasks[event.task] = replace(task, options=options, promise=None)
        elif isinstance(event, NewOrder):
            for task in event.tasks:
                self._tasks[task.id] = replace(task, release_s=max(task.release_s, now_s))
            self._take_in(event.precedences)
        return set()

    def _in(self, lab: str) -> Iterator[str]:
        """What stands in a lab."""
        for machine in self._machines.values():
            if machine.lab == lab:
                yield from self._on[machine.id]

    def _again(self, names: Iterable[str]) -> None:
        for name in names:
            task = self._tasks[name]
            if task.fixed is not None and task.options:
                self._tasks[name] = replace(task, fixed=None)

    def _violations(self, now_s: int, names: set[str], left: Iterable[Placement]) -> tuple[str, ...]:
        """What the validator says of a part of the plan.

        Beside what changed these are its neighbours on its machine, where it was and where it is, and theirs, and all
        that it waits for or that waits for it. A neighbour's other neighbour is there for its set-up alone.
        """
        free, around, firsts = set(names), set(names), set[str]()
        gone: dict[str | None, list[int]] = defaultdict(list)
        for old in left:
            gone[old.machine].append(old.start_s)
        for machine in ({self._placed[name].machine for name in names if name in self._placed} | gone.keys()) - {None}:
            runs = sorted((self._placed[name].start_s, self._placed[name].end_s, name) for name in self._on[machine])
            places = {place for place, (_, _, name) in enumerate(runs) if name in names}
            for start_s in gone[machine]:
                behind = bisect_left(runs, (start_s,))
                places |= {behind - 1, behind}
            spans = [self._reach(runs, place) for place in places]
            free.update(name for first, last in spans for _, _, name in runs[first : last + 1])
            near = {
                name
                for first, last in spans
                for _, _, name in runs[self._reach(runs, first)[0] : self._reach(runs, last)[1] + 1]
            }
            around |= near
            if runs and runs[0][2] in near:
                firsts.add(machine or "")
        arrows = {id(arrow): arrow for name in names for arrow in self._arrows[name]}
        beside = {name for arrow in arrows.values() for name in (arrow.before, arrow.after)}
        placements = [self._placed[name] for name in around | beside if name in self._placed]
        tasks = [self._seen(each, now_s, each.task in names, each.task in free | beside) for each in placements]
        part = self._part(tasks, firsts, [each for each in arrows.values() if self._has(each)])
        return violations(part, Plan(tuple(placements), 0, "part"))

    def _reach(self, runs: Sequence[tuple[int, int, str]], place: int) -> tuple[int, int]:
        """The places of a run's neighbours; with set-ups, of the next on each side that have a family."""
        first, last = place - 1, place + 1
        if self._sets_up:
            while first > 0 and not self._tasks[runs[first][2]].family:
                first -= 1
            while last < len(runs) - 1 and not self._tasks[runs[last][2]].family:
                last += 1
        return max(0, first), min(len(runs) - 1, last)

    def _has(self, arrow: Precedence) -> bool:
        return arrow.before in self._placed and arrow.after in self._placed

    def _seen(self, placement: Placement, now_s: int, changed: bool, free: bool) -> Task:
        """A task as it is judged, on the option where it stands.

        What has started is history, and what changed does not start before the event.
        """
        task = self._tasks[placement.task]
        past = not changed and (placement.start_s < now_s or not free)
        if task.fixed is not None or (task.delay_s is not None and not past):
            return task
        known = self._known.get((placement.task, past))
        if not changed and known is not None and known[0] is task and known[1] is placement:
            return known[2]
        if past:
            seen = Task(task.id, fixed=placement, family=task.family)
        else:
            options = tuple(each for each in task.options if each.machine == placement.machine) or task.options
            release_s = max(task.release_s, now_s) if changed else task.release_s
            seen = replace(task, options=options, release_s=release_s, promise=None)
        if not changed:
            self._known[placement.task, past] = task, placement, seen
        return seen

    def _part(self, tasks: Sequence[Task], firsts: set[str], arrows: Sequence[Precedence]) -> Problem:
        """The problem with some of its tasks; a machine whose first run is not among them is set up for nothing.

        Operators at set-ups are another matter (`_short`): which set-ups there are only whole sequences tell.
        """
        on = {option.machine for task in tasks for option in task.options}
        on |= {task.fixed.machine for task in tasks if task.fixed is not None and task.fixed.machine is not None}
        machines = tuple(
            self._alone[name] if name in firsts else self._unset[name] for name in self._machines if name in on
        )
        labs = {each.lab for each in machines}
        ways = self._problem.transport
        return replace(
            self._problem,
            labs=tuple(each for name, each in self._labs.items() if name in labs),
            machines=machines,
            tasks=tuple(tasks),
            precedences=tuple(arrows),
            transport=Transport(
                {pair: way for pair, way in ways.seconds.items() if labs.issuperset(pair)}, ways.default_s
            ),
            people=(),
        )


def _start_and_end(at: Placement) -> tuple[int, int]:
    return at.start_s, at.end_s


def _meets(at: Placement, event: LabCloses) -> bool:
    """Whether a run has a moment in common with closed hours, their edges included."""
    return at.start_s <= event.until_s and at.end_s >= event.from_s
