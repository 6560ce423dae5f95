"""A problem and its plan in arrays that events change: what stands where, what has started, what has no place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from scheduler.calendars import Calendar
from scheduler.floor import SPARE_ROWS, Floor, Kept
from scheduler.joining import changes, join
from scheduler.network import Network
from scheduler.plan import Placement
from scheduler.problem import Precedence, Problem, Task
from scheduler.relaying import SPARE, relay
from scheduler.search.attending import BEGIN, OFF, earliest_supplied
from scheduler.search.graph import END, LAB, LENGTH, MACHINE, OPTION, START
from scheduler.search.holding import (
    DISPLACED,
    PUSHED,
    STANDING,
    TENDED_BEGIN,
    TENDED_OFF,
    USED,
    hold,
    lay,
    leave,
    overdrawn,
    retake,
    unfit,
)
from scheduler.search.mending import mend
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    DELAY,
    FIXED,
    FIXED_START,
    FREE,
    IN_LAB,
    KIND,
    LAG,
    MODE,
    ON,
    OPTIONS,
    OPTIONS_END,
    OTHER,
    PAUSING,
    PLACE,
    RELEASE,
    TENDED,
    UNTENDED,
    WAIT,
    WINDOWS,
    WINDOWS_END,
    WORK,
    Ints,
)
from scheduler.supplies import open_operators, steps, widened

__all__ = ["Tables"]


class Tables:
    """A standing plan as events see it.

    Args:
        problem: what is planned.
        placements: of its tasks; those that are missing, or cannot stand where they are told, are displaced.
    """

    def __init__(self, problem: Problem, placements: Iterable[Placement]) -> None:
        fixed = {task.id: task.fixed for task in problem.tasks if task.fixed is not None}
        again = tuple(replace(task, fixed=None) if task.fixed and task.options else task for task in problem.tasks)
        self.network = Network(replace(problem, tasks=again) if fixed else problem)
        self.names = [task.id for task in problem.tasks]
        self.numbers = dict(self.network.position)
        self.machines = self.network.machines
        self.labs = {lab.id: number for number, lab in enumerate(problem.labs)}
        self._families = dict(self.network.families)
        on = [self.machines[each.machine] for each in fixed.values() if each.machine is not None]
        self.floor = Floor.empty(self.network, SPARE + int(np.bincount(on, minlength=1).max()))
        self._hours_room = self.floor.supplies.levels.size[: len(self.labs)] + SPARE_ROWS
        for each in fixed.values():
            self.fix(each)
        for machine in sorted(set(on)):
            relay(self.floor, machine)
        self._lay({each.task: each for each in placements if each.task in self.numbers and each.task not in fixed})

    def _lay(self, placed: Mapping[str, Placement]) -> None:
        """Book what can stand where it is told, and displace what starts before all it waits for is there."""
        floor, shop, nodes = self.floor, self.floor.shop, self.floor.graph.nodes
        options = np.full(len(self.names), -1, dtype=np.int64)
        for name, placement in placed.items():
            task, machine = self.numbers[name], self.machines.get(placement.machine or "", -1)
            nodes[task, START], nodes[task, END] = placement.start_s, placement.end_s
            if shop.tasks[task, KIND] == WAIT:
                floor.states[task] = STANDING if placement.start_s >= shop.tasks[task, RELEASE] else DISPLACED
                continue
            first, last = shop.tasks[task, [OPTIONS, OPTIONS_END]].tolist()
            on = shop.options[first:last, ON].tolist()
            if machine in on:
                options[task] = floor.was[task] = first + on.index(machine)
        by_start = np.argsort(nodes[:, START], kind="stable")
        lay(shop, floor.graph, floor.slots, floor.supplies, floor.held, by_start, options, floor.states)
        counts = shop.tasks[:, BEFORE_END] - shop.tasks[:, BEFORE]
        owner = np.repeat(np.arange(len(shop.tasks)), counts)
        arcs = shop.arcs[: len(owner)]  # the rows of what comes before stand first, task by task
        other = arcs[:, OTHER]
        arrives = nodes[other, END] + arcs[:, LAG] + shop.travel[nodes[other, LAB], nodes[owner, LAB]]
        standing = (floor.states[owner] == STANDING) & (floor.states[other] == STANDING)
        early = standing & (shop.tasks[owner, KIND] != FIXED) & (nodes[owner, START] < arrives)
        floor.displace(np.unique(owner[early]).tolist())

    def keep(self) -> Kept:
        """What `restore` brings back."""
        return self.floor.keep()

    def restore(self, kept: Kept) -> None:
        """Go back to what was kept; new tasks are forgotten."""
        self.floor.restore(kept)
        for name in self.names[len(kept.states) :]:
            del self.numbers[name]
        del self.names[len(kept.states) :]
        while len(self._families) > len(kept.shop.change):
            self._families.popitem()

    def earliest(self, task: int, machine: int, ready_s: int) -> tuple[int, int]:
        """The earliest start and end of a task on a machine, all else left where it is; `NEVER` for none."""
        floor, shop = self.floor, self.floor.shop
        first, last = shop.tasks[task, [OPTIONS, OPTIONS_END]].tolist()
        option = first + int(np.flatnonzero(shop.options[first:last, ON] == machine)[0])
        start_s, end_s = earliest_supplied(shop, floor.slots, floor.supplies, task, option, ready_s)
        return int(start_s), int(end_s)

    def freeze(self, now_s: int) -> None:
        """Let all that has started before a moment stay where it is."""
        shop, nodes = self.floor.shop, self.floor.graph.nodes
        started = (shop.tasks[:, KIND] != FIXED) & (self.floor.states == STANDING) & (nodes[:, START] < now_s)
        shop.tasks[started, FIXED_START] = nodes[started, START]
        shop.tasks[started, DELAY] = nodes[started, END] - nodes[started, START]
        shop.tasks[started, PLACE], shop.tasks[started, KIND] = nodes[started, LAB], FIXED

    def fix(self, placement: Placement) -> None:
        """Let a task stand where it is told, whatever is there; `relay` its machine afterwards."""
        floor, shop, nodes = self.floor, self.floor.shop, self.floor.graph.nodes
        task = self.numbers[placement.task]
        leave(shop, floor.graph, floor.supplies, floor.held, task)
        machine = -1 if placement.machine is None else self.machines[placement.machine]
        first, last = shop.tasks[task, [OPTIONS, OPTIONS_END]].tolist()
        own = np.flatnonzero(shop.options[first:last, ON] == machine)
        option = first + int(own[0]) if len(own) else -1
        lab = int(shop.machines[machine, IN_LAB]) if machine >= 0 else len(shop.travel) - 1
        length_s = placement.end_s - placement.start_s
        nodes[task, [OPTION, MACHINE, LAB]] = option, machine, lab
        nodes[task, [LENGTH, START, END]] = length_s, placement.start_s, placement.end_s
        shop.tasks[task, [KIND, FIXED_START, DELAY, PLACE]] = FIXED, placement.start_s, length_s, lab
        floor.was[task], floor.states[task] = option, STANDING
        if option >= 0:
            floor.held[task, [TENDED_BEGIN, TENDED_OFF, USED]] = self._held(placement, machine, option)
            hold(shop, floor.graph, floor.supplies, floor.held, task, 1)

    def _held(self, at: Placement, machine: int, option: int) -> tuple[int, int, int]:
        """What fixed work takes: an operator while it runs and for what is left of taking it off, and material."""
        begin_s, off_s = self.floor.supplies.options[option, [BEGIN, OFF]].tolist()
        run_s = max(0, at.run_end_s - at.start_s)
        whole = self.network.problem.machines[machine].attends_run and begin_s
        return run_s if whole else min(begin_s, run_s), min(off_s, at.end_s - at.run_end_s), int(at.start_s >= 0)

    def undo(self, task: int) -> None:
        """Let a task that has started, or stands, be done again; `relay` its machine afterwards."""
        floor, shop = self.floor, self.floor.shop
        if shop.tasks[task, OPTIONS] == shop.tasks[task, OPTIONS_END]:
            return
        leave(shop, floor.graph, floor.supplies, floor.held, task)
        shop.tasks[task, [KIND, DELAY, PLACE]] = WORK, 0, len(shop.travel) - 1
        floor.graph.nodes[task, [OPTION, MACHINE]] = -1
        floor.states[task] = DISPLACED

    def block(self, machine: int, from_s: int, until_s: int) -> None:
        """Occupy a machine; what it is set up for stays. `relay` it afterwards."""
        self.floor.blocks.setdefault(machine, []).append((from_s, until_s))

    def relay(self, machine: int) -> None:
        """Fill a machine's slots anew."""
        relay(self.floor, machine)

    def close(self, lab: int, calendar: Calendar) -> None:
        """Give a lab other hours and displace what they no longer allow."""
        floor, shop, there = self.floor, self.floor.shop, self.floor.shop.machines[:, IN_LAB] == lab
        windows = [(each.start_s, each.end_s) for each in calendar.windows]
        spans = np.zeros((len(windows), shop.spans.shape[1]), dtype=np.int64)
        spans[:, :2] = np.array(windows, dtype=np.int64).reshape(-1, 2)
        shop.machines[there, WINDOWS] = len(shop.spans)
        shop.machines[there, WINDOWS_END] = len(shop.spans) + len(spans)
        modes = [
            PAUSING if each.pauses else UNTENDED if each.unattended else TENDED
            for each in self.network.problem.machines
        ]
        always = windows == [(0, int(shop.horizon[0]))]
        shop.machines[there, MODE] = FREE if always else np.array(modes, dtype=np.int64)[there]
        floor.shop = shop._replace(spans=np.concatenate((shop.spans, spans)))
        self._staff(lab, calendar)
        unfit(floor.shop, floor.graph, floor.slots, floor.supplies, floor.held, lab, floor.states)
        self.spare(lab)

    def _staff(self, lab: int, calendar: Calendar) -> None:
        """Make the level of a lab's operators anew, for its hours and what stands there."""
        floor = self.floor
        rows = steps(open_operators(replace(self.network.problem.labs[lab], calendar=calendar)))
        if len(rows) > self._hours_room[lab]:
            more = np.zeros(len(floor.supplies.levels.size), dtype=np.int64)
            more[lab] = len(rows) - self._hours_room[lab] + SPARE_ROWS
            floor.supplies = floor.supplies._replace(levels=widened(floor.supplies.levels, more))
            self._hours_room += more[: len(self.labs)]
        levels = floor.supplies.levels
        first = int(levels.first[lab])
        levels.rows[first : first + len(rows)] = rows
        levels.size[lab] = len(rows)
        retake(floor.shop, floor.graph, floor.supplies, floor.held, lab)

    def spare(self, lab: int) -> None:
        """Push what asks for more operators of a lab than there are."""
        floor = self.floor
        overdrawn(floor.shop, floor.graph, floor.slots, floor.supplies, floor.held, lab, floor.states)

    def decline(self, task: int, machine: int) -> None:
        """Take an option from a task, which is displaced if it stands there and has not started."""
        floor, shop = self.floor, self.floor.shop
        first, last = shop.tasks[task, [OPTIONS, OPTIONS_END]].tolist()
        for option in range(first, last):
            if shop.options[option, ON] == machine:
                floor.allowed[option] = 0
        if shop.tasks[task, KIND] == WORK and floor.graph.nodes[task, MACHINE] == machine:
            floor.displace((task,))

    def add(self, tasks: Sequence[Task], precedences: Sequence[Precedence], now_s: int) -> None:
        """Take in new work, to be placed; `tasks` in an order that keeps the precedences.

        Standing work does not wait for new work.
        """
        problem, old = self.network.problem, len(self._families)
        for number, task in enumerate(tasks, len(self.names)):
            self.names.append(task.id)
            self.numbers[task.id] = number
            self._families.setdefault(task.family, len(self._families))
        if len(self._families) > old:
            change = changes(problem.set_ups, list(self._families))
            self.floor.shop = self.floor.shop._replace(change=change)
        later = [replace(task, release_s=max(task.release_s, now_s)) for task in tasks]
        join(self.floor, problem, later, precedences, self.numbers, self._families)

    def push_after(self, task: int) -> None:
        """Displace what starts before what it waits for is done and there."""
        shop, nodes = self.floor.shop, self.floor.graph.nodes
        for other, lag_s in shop.arcs[slice(*shop.tasks[task, [AFTER, AFTER_END]])].tolist():
            ready_s = nodes[task, END] + lag_s + shop.travel[nodes[task, LAB], nodes[other, LAB]]
            standing = shop.tasks[other, KIND] != FIXED and self.floor.states[other] == STANDING
            if standing and nodes[other, START] < ready_s:
                self.floor.displace((other,), PUSHED)

    def part(self, before: Ints) -> bool:
        """Displace what the removal of work between two others left too close for its set-up; whether there was any.

        Args:
            before: nodes as they were.
        """
        if not self.floor.shop.change.any():
            return False
        old, nodes = before[:, MACHINE], self.floor.graph.nodes[: len(before)]
        left = (old >= 0) & ((old != nodes[:, MACHINE]) | (nodes[:, START] != before[:, START]))
        for machine in np.unique(old[left]).tolist():
            relay(self.floor, machine)
        return bool((self.floor.states != STANDING).any())

    def mend(self, now_s: int) -> int:
        """Place all that has no place, none before a moment; -1, or a task that finds none."""
        floor = self.floor
        stuck = mend(
            floor.shop, floor.graph, floor.slots, floor.supplies, floor.held,
            floor.states, floor.position, now_s, floor.allowed, floor.was, floor.keys,
        )  # fmt: skip
        on = floor.graph.nodes[:, OPTION]
        np.copyto(floor.was, on, where=on >= 0)
        return int(stuck)
