"""The arrays of a plan that is being carried out: what stands where, what has started, what has no place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scheduler.calendars import Calendar
from scheduler.network import Network
from scheduler.plan import Placement
from scheduler.problem import Precedence, Problem, Task
from scheduler.search.graph import END, LAB, LENGTH, MACHINE, OPTION, START, Graph, new_graph
from scheduler.search.listing import END_AT, LEFT_WITH, SET_FOR, START_AT, Slots, new_slots
from scheduler.search.mending import DISPLACED, PUSHED, STANDING, lay, mend, unbook, unfit
from scheduler.shop import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    BOOKINGS,
    BOOKINGS_END,
    DELAY,
    FAMILY,
    FIXED,
    FIXED_START,
    FREE,
    FREE_FROM,
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
    SET_TO,
    TENDED,
    UNTENDED,
    WAIT,
    WINDOWS,
    WINDOWS_END,
    WORK,
    Ints,
    Shop,
)

__all__ = ["Tables"]

_BLOCK = -1
_SPARE = 32  # slots of each machine for blocks and for work that is not among its options


class _Kept(NamedTuple):
    """What an event may change, as it was before."""

    shop: Shop
    graph: Graph
    slots: Slots
    states: Ints
    was: Ints
    allowed: Ints
    blocks: dict[int, list[tuple[int, int]]]


class _Row(NamedTuple):
    """A run on a machine: its family, what the machine is set to behind it, and its task, or `_BLOCK` for none."""

    start_s: int
    end_s: int
    family: int
    set_to: int
    task: int


class Tables:
    """A problem and its plan in arrays that events change.

    Unlike in `Network.shop`, work that has started keeps its options: it may fail and be done again.

    Args:
        problem: what is planned.
        placements: of its tasks; those that are missing, or cannot stand where they are told, are displaced.
    """

    def __init__(self, problem: Problem, placements: Iterable[Placement]) -> None:
        fixed = {task.id: task.fixed for task in problem.tasks if task.fixed is not None}
        again = tuple(replace(task, fixed=None) if task.fixed and task.options else task for task in problem.tasks)
        self.network = Network(replace(problem, tasks=again) if fixed else problem)
        network = self.network
        self.names = [task.id for task in problem.tasks]
        self.numbers = dict(network.position)
        self.machines = {machine.id: number for number, machine in enumerate(problem.machines)}
        self.labs = {lab.id: number for number, lab in enumerate(problem.labs)}
        self._families = dict(network.families)
        shop = network.shop
        machines = shop.machines.copy()
        machines[:, BOOKINGS_END] = machines[:, BOOKINGS]  # fixed work stands in the slots alone
        self.shop = shop._replace(tasks=shop.tasks.copy(), machines=machines)
        tasks = len(self.names)
        self.graph = new_graph(self.shop)
        self.states: Ints = np.full(tasks, DISPLACED, dtype=np.int64)
        self.was: Ints = np.full(tasks, -1, dtype=np.int64)
        self.allowed: Ints = np.ones(len(shop.options), dtype=np.int64)
        self._position: Ints = np.empty(tasks, dtype=np.int64)
        self._position[shop.order] = np.arange(tasks)
        self._keys: Ints = np.zeros(tasks, dtype=np.int64)
        self._blocks: dict[int, list[tuple[int, int]]] = {}
        spare = (
            _SPARE
            + np.bincount([self.machines[each.machine] for each in fixed.values() if each.machine], minlength=1).max()
        )
        self.slots = new_slots(self.shop, int(spare))
        for each in fixed.values():
            self.fix(each)
        for machine in {self.machines[each.machine] for each in fixed.values() if each.machine is not None}:
            self.relay(machine)
        self._lay({each.task: each for each in placements if each.task in self.numbers and each.task not in fixed})

    def _lay(self, placed: Mapping[str, Placement]) -> None:
        """Book what can stand where it is told, and displace what starts before all it waits for is there."""
        shop, nodes, network = self.shop, self.graph.nodes, self.network
        options = np.full(len(self.names), -1, dtype=np.int64)
        for name, placement in placed.items():
            task, machine = self.numbers[name], self.machines.get(placement.machine or "", -1)
            nodes[task, START], nodes[task, END] = placement.start_s, placement.end_s
            if shop.tasks[task, KIND] == WAIT:
                self.states[task] = STANDING if placement.start_s >= shop.tasks[task, RELEASE] else DISPLACED
                continue
            on = [choice.machine for choice in network.choices[task]]
            if machine in on:
                options[task] = self.was[task] = int(shop.tasks[task, OPTIONS]) + on.index(machine)
        by_start = np.argsort(nodes[:, START], kind="stable")
        lay(shop, self.graph, self.slots, by_start, options, self.states)
        counts = shop.tasks[:, BEFORE_END] - shop.tasks[:, BEFORE]
        owner = np.repeat(np.arange(len(shop.tasks)), counts)
        arcs = shop.arcs[: len(owner)]  # the rows of what comes before stand first, task by task
        other = arcs[:, OTHER]
        arrives = nodes[other, END] + arcs[:, LAG] + shop.travel[nodes[other, LAB], nodes[owner, LAB]]
        standing = (self.states[owner] == STANDING) & (self.states[other] == STANDING)
        early = standing & (shop.tasks[owner, KIND] != FIXED) & (nodes[owner, START] < arrives)
        self.displace(np.unique(owner[early]).tolist())

    def keep(self) -> _Kept:
        """What `restore` brings back."""
        return _Kept(
            self.shop._replace(tasks=self.shop.tasks.copy(), machines=self.shop.machines.copy()),
            self.graph._replace(nodes=self.graph.nodes.copy()),
            Slots(self.slots.first, self.slots.size.copy(), self.slots.rows.copy()),
            self.states.copy(), self.was.copy(), self.allowed.copy(),
            {machine: list(blocks) for machine, blocks in self._blocks.items()},
        )  # fmt: skip

    def restore(self, kept: _Kept) -> None:
        """Go back to what was kept; new tasks are forgotten."""
        self.shop, self.graph, self.slots, self.states, self.was, self.allowed, self._blocks = kept
        for name in self.names[len(self.states) :]:
            del self.numbers[name]
        del self.names[len(self.states) :]
        self._position, self._keys = self._position[: len(self.states)], self._keys[: len(self.states)]
        while len(self._families) > len(self.shop.change):
            self._families.popitem()

    def displace(self, tasks: Iterable[int], state: int = DISPLACED) -> None:
        """Take tasks out of their places; they are to be placed again."""
        for task in tasks:
            unbook(self.shop, self.graph, self.slots, task)
            self.states[task] = state

    def freeze(self, now_s: int) -> None:
        """Let all that has started before a moment stay where it is."""
        shop, nodes = self.shop, self.graph.nodes
        started = (shop.tasks[:, KIND] != FIXED) & (self.states == STANDING) & (nodes[:, START] < now_s)
        shop.tasks[started, FIXED_START] = nodes[started, START]
        shop.tasks[started, DELAY] = nodes[started, END] - nodes[started, START]
        shop.tasks[started, PLACE], shop.tasks[started, KIND] = nodes[started, LAB], FIXED

    def fix(self, placement: Placement) -> None:
        """Let a task stand where it is told, whatever is there; `relay` its machine afterwards."""
        task, shop, nodes = self.numbers[placement.task], self.shop, self.graph.nodes
        machine = -1 if placement.machine is None else self.machines[placement.machine]
        first, last = shop.tasks[task, [OPTIONS, OPTIONS_END]].tolist()
        own = np.flatnonzero(shop.options[first:last, ON] == machine)
        lab = int(shop.machines[machine, IN_LAB]) if machine >= 0 else len(shop.travel) - 1
        length_s = placement.end_s - placement.start_s
        nodes[task, [OPTION, MACHINE, LAB]] = first + int(own[0]) if len(own) else -1, machine, lab
        nodes[task, [LENGTH, START, END]] = length_s, placement.start_s, placement.end_s
        shop.tasks[task, [KIND, FIXED_START, DELAY, PLACE]] = FIXED, placement.start_s, length_s, lab
        self.was[task], self.states[task] = nodes[task, OPTION], STANDING

    def undo(self, task: int) -> None:
        """Let a task that has started, or stands, be done again; `relay` its machine afterwards."""
        shop, nodes = self.shop, self.graph.nodes
        if shop.tasks[task, OPTIONS] == shop.tasks[task, OPTIONS_END]:
            return
        shop.tasks[task, [KIND, DELAY, PLACE]] = WORK, 0, len(shop.travel) - 1
        nodes[task, [OPTION, MACHINE]] = -1
        self.states[task] = DISPLACED

    def block(self, machine: int, from_s: int, until_s: int) -> None:
        """Occupy a machine; what it is set up for stays."""
        self._blocks.setdefault(machine, []).append((from_s, until_s))

    def relay(self, machine: int) -> None:
        """Fill a machine's slots anew: what is fixed and blocks in any case, other work as far as it keeps clear."""
        shop, nodes = self.shop, self.graph.nodes
        there = np.flatnonzero(nodes[:, MACHINE] == machine)
        starts, ends, families = nodes[there, START], nodes[there, END], shop.tasks[there, FAMILY]
        runs = list(zip(starts.tolist(), ends.tolist(), families.tolist(), there.tolist(), strict=True))
        runs += [(from_s, until_s, 0, _BLOCK) for from_s, until_s in self._blocks.get(machine, ())]
        first = _Row(0, int(shop.machines[machine, FREE_FROM]), 0, int(shop.machines[machine, SET_TO]), _BLOCK)
        rows = [first]
        for start_s, end_s, named, task in sorted(runs):
            family = named if end_s >= first.end_s else 0  # what the machine is set to tells of when it is free
            if not self._stays(task):
                if self._meet(rows, start_s, family):
                    self.displace((task,), PUSHED)
                else:
                    rows.append(_Row(start_s, end_s, family, family or rows[-1].set_to, task))
                continue
            while self._meet(rows, start_s, family) and (place := self._loose(rows)):
                self.displace((rows.pop(place).task,), PUSHED)
                rows[place:] = [row._replace(set_to=row.family or rows[place - 1].set_to) for row in rows[place:]]
            begins_s = start_s if len(rows) == 1 else max(start_s, rows[-1].end_s)
            if begins_s < end_s:
                rows.append(_Row(begins_s, end_s, family, family or rows[-1].set_to, task))
        self._write(machine, rows[1:])

    def _stays(self, task: int) -> bool:
        return task == _BLOCK or bool(self.shop.tasks[task, KIND] == FIXED)

    def _loose(self, rows: Sequence[_Row]) -> int:
        """The place of the last row that may go, down to the last one that left a family; 0 for none."""
        for place in range(len(rows) - 1, 0, -1):
            if not self._stays(rows[place].task):
                return place
            if rows[place].family:
                break
        return 0

    def _meet(self, rows: Sequence[_Row], start_s: int, family: int) -> bool:
        """Whether a run of a family that starts then is too close behind the last row, or to a busy machine."""
        done_s = max(rows[0].end_s, rows[-1].end_s)
        return bool(done_s + self.shop.change[rows[-1].set_to, family] > start_s)

    def _write(self, machine: int, rows: Sequence[_Row]) -> None:
        slots = self.slots
        first = int(slots.first[machine])
        others = sum(row.task == _BLOCK or self.graph.nodes[row.task, OPTION] < 0 for row in rows)
        short = np.count_nonzero(self.shop.options[:, ON] == machine) + others - int(slots.first[machine + 1] - first)
        if short > 0:
            more = np.zeros(len(slots.size), dtype=np.int64)
            more[machine] = short + _SPARE
            self._widen(more)
            slots, first = self.slots, int(self.slots.first[machine])
        slots.size[machine] = len(rows)
        columns = [START_AT, END_AT, SET_FOR, LEFT_WITH]
        slots.rows[first : first + len(rows), columns] = np.array(
            [(row.start_s, row.end_s, row.family, row.family) for row in rows], dtype=np.int64
        ).reshape(-1, 4)

    def _widen(self, more: Ints) -> None:
        """Make room for so many more slots on each machine."""
        slots = self.slots
        shift = np.concatenate(([0], np.cumsum(more)))
        rows = np.zeros((len(slots.rows) + int(shift[-1]), slots.rows.shape[1]), dtype=np.int64)
        rows[np.arange(len(slots.rows)) + np.repeat(shift[:-1], np.diff(slots.first))] = slots.rows
        self.slots = Slots(slots.first + shift, slots.size, rows)

    def close(self, lab: int, calendar: Calendar) -> None:
        """Give a lab other hours and displace what they no longer allow."""
        shop, there = self.shop, self.shop.machines[:, IN_LAB] == lab
        spans = np.zeros((len(calendar.windows), shop.spans.shape[1]), dtype=np.int64)
        spans[:, :2] = np.array([(each.start_s, each.end_s) for each in calendar.windows], dtype=np.int64).reshape(
            -1, 2
        )
        shop.machines[there, WINDOWS] = len(shop.spans)
        shop.machines[there, WINDOWS_END] = len(shop.spans) + len(spans)
        modes = np.array(
            [
                PAUSING if each.pauses else UNTENDED if each.unattended else TENDED
                for each in self.network.problem.machines
            ],
            dtype=np.int64,
        )
        horizon_s = int(shop.horizon[0])
        always = [(each.start_s, each.end_s) for each in calendar.windows] == [(0, horizon_s)]
        shop.machines[there, MODE] = FREE if always else modes[there]
        self.shop = shop._replace(spans=np.concatenate((shop.spans, spans)))
        unfit(self.shop, self.graph, self.slots, lab, self.states)

    def decline(self, task: int, machine: int) -> None:
        """Take an option from a task, which is displaced if it stands there and has not started."""
        shop = self.shop
        first, last = shop.tasks[task, [OPTIONS, OPTIONS_END]].tolist()
        for option in range(first, last):
            if shop.options[option, ON] == machine:
                self.allowed[option] = 0
        if shop.tasks[task, KIND] == WORK and self.graph.nodes[task, MACHINE] == machine:
            self.displace((task,))

    def add(self, tasks: Sequence[Task], precedences: Sequence[Precedence], now_s: int) -> None:
        """Take in new work, to be placed; `tasks` in an order that keeps the precedences.

        Standing work does not wait for new work.
        """
        shop, old = self.shop, len(self.names)
        for number, task in enumerate(tasks, old):
            self.names.append(task.id)
            self.numbers[task.id] = number
        options = [(self.machines[each.machine], each.duration_s, 0) for task in tasks for each in task.options]
        ends = len(shop.options) + np.cumsum([len(task.options) for task in tasks])
        rows = np.zeros((len(tasks), shop.tasks.shape[1]), dtype=np.int64)
        rows[:, OPTIONS], rows[:, OPTIONS_END] = ends - [len(task.options) for task in tasks], ends
        rows[:, KIND] = [WORK if task.options else WAIT for task in tasks]
        rows[:, RELEASE] = [max(task.release_s, now_s) for task in tasks]
        rows[:, DELAY] = [task.delay_s or 0 for task in tasks]
        rows[:, PLACE] = len(shop.travel) - 1
        rows[:, FAMILY] = [self._family(task.family) for task in tasks]
        change = self.shop.change  # it may have grown
        self.shop = shop._replace(
            tasks=np.concatenate((shop.tasks, rows)),
            options=np.concatenate(
                (shop.options, np.array(options, dtype=np.int64).reshape(-1, shop.options.shape[1]))
            ),
            order=np.concatenate((shop.order, np.arange(old, old + len(tasks)))),
            change=change,
        )
        self._arrows(precedences)
        nodes = np.full((len(tasks), self.graph.nodes.shape[1]), -1, dtype=np.int64)
        fresh = new_graph(self.shop)
        nodes[:] = fresh.nodes[old:]
        self.graph = fresh._replace(nodes=np.concatenate((self.graph.nodes, nodes)))
        self.states = np.concatenate((self.states, np.full(len(tasks), DISPLACED)))
        self.was = np.concatenate((self.was, np.full(len(tasks), -1)))
        self.allowed = np.concatenate((self.allowed, np.ones(len(options), dtype=np.int64)))
        self._position = np.concatenate((self._position, np.arange(old, old + len(tasks))))
        self._keys = np.zeros(len(self.names), dtype=np.int64)
        self._widen(np.bincount([each[0] for each in options], minlength=len(self.machines)).astype(np.int64))

    def _family(self, name: str) -> int:
        """The number of a family; the table of set-ups grows with a new one."""
        if name not in self._families:
            self._families[name] = len(self._families)
            set_ups = self.network.problem.set_ups
            self.shop = self.shop._replace(
                change=np.array(
                    [[set_ups.between(one, other) for other in self._families] for one in self._families],
                    dtype=np.int64,
                )
            )
        return self._families[name]

    def _arrows(self, precedences: Sequence[Precedence]) -> None:
        """Give tasks new rows of arcs, behind all others."""
        shop = self.shop
        arcs: list[Ints] = [shop.arcs]
        size = len(shop.arcs)
        for ends, columns in (("after", (BEFORE, BEFORE_END)), ("before", (AFTER, AFTER_END))):
            more: dict[int, list[tuple[int, int]]] = {}
            for each in precedences:
                one, other = self.numbers[each.before], self.numbers[each.after]
                key, value = (other, one) if ends == "after" else (one, other)
                more.setdefault(key, []).append((value, each.lag_s))
            for task, found in more.items():
                first, last = shop.tasks[task, columns].tolist()
                rows = np.concatenate((shop.arcs[first:last], np.array(found, dtype=np.int64)))
                arcs.append(rows)
                shop.tasks[task, columns] = size, size + len(rows)
                size += len(rows)
        self.shop = shop._replace(arcs=np.concatenate(arcs))

    def push_after(self, task: int) -> None:
        """Displace what starts before what it waits for is done and there."""
        shop, nodes = self.shop, self.graph.nodes
        for other, lag_s in shop.arcs[slice(*shop.tasks[task, [AFTER, AFTER_END]])].tolist():
            ready_s = nodes[task, END] + lag_s + shop.travel[nodes[task, LAB], nodes[other, LAB]]
            if shop.tasks[other, KIND] != FIXED and self.states[other] == STANDING and nodes[other, START] < ready_s:
                self.displace((other,), PUSHED)

    def part(self, before: Ints) -> bool:
        """Displace what the removal of work between two others left too close for its set-up; whether there was any.

        Args:
            before: nodes as they were.
        """
        if not self.shop.change.any():
            return False
        old, nodes = before[:, MACHINE], self.graph.nodes[: len(before)]
        left = (old >= 0) & (old != nodes[:, MACHINE]) | (nodes[:, START] != before[:, START])
        for machine in np.unique(old[left & (old >= 0)]).tolist():
            self.relay(machine)
        return bool((self.states != STANDING).any())

    def mend(self, now_s: int) -> int:
        """Place all that has no place, none before a moment; -1, or a task that finds none."""
        stuck = mend(
            self.shop, self.graph, self.slots, self.states, self._position, now_s, self.allowed, self.was, self._keys
        )
        on = self.graph.nodes[:, OPTION]
        np.copyto(self.was, on, where=on >= 0)
        return int(stuck)
