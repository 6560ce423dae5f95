"""The sequence of one machine in a standing plan, filled anew after work has come or gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scheduler.floor import Floor
from scheduler.search.graph import END, MACHINE, OPTION, START
from scheduler.search.holding import PUSHED, TENDED_SET_UP
from scheduler.search.levels import blocked, take_span
from scheduler.search.listing import END_AT, LEFT_WITH, SET_FOR, START_AT, TENDED_FOR
from scheduler.shop import FAMILY, FIXED, FREE_FROM, IN_LAB, KIND, SET_TO

__all__ = ["SPARE", "relay"]

SPARE = 32  # slots of each machine for blocks and for work that is not among its options
_BLOCK = -1


class _Row(NamedTuple):
    """A run on a machine: its family, what the machine is set to behind it, and its task, or `_BLOCK` for none."""

    start_s: int
    end_s: int
    family: int
    set_to: int
    task: int


def relay(floor: Floor, machine: int) -> None:
    """Fill a machine's slots anew: what is fixed and blocks in any case, other work as far as it keeps clear.

    What is too close for its set-up, or whose set-up finds no operator, is displaced.
    """
    _write(floor, machine, _Relay(floor, machine).rows())


class _Relay:
    def __init__(self, floor: Floor, machine: int) -> None:
        self.floor, self.machine = floor, machine
        self.shop, self.nodes = floor.shop, floor.graph.nodes

    def rows(self) -> list[_Row]:
        floor, shop = self.floor, self.shop
        there = np.flatnonzero(self.nodes[:, MACHINE] == self.machine)
        starts, ends, families = self.nodes[there, START], self.nodes[there, END], shop.tasks[there, FAMILY]
        runs = list(zip(starts.tolist(), ends.tolist(), families.tolist(), there.tolist(), strict=True))
        runs += [(from_s, until_s, 0, _BLOCK) for from_s, until_s in floor.blocks.get(self.machine, ())]
        first = _Row(
            0, int(shop.machines[self.machine, FREE_FROM]), 0, int(shop.machines[self.machine, SET_TO]), _BLOCK
        )
        rows = [first]
        for start_s, end_s, named, task in sorted(runs):
            family = named if end_s >= first.end_s else 0  # what the machine is set to tells of when it is free
            if not self._stays(task):
                if self._meet(rows, start_s, family, task):
                    floor.displace((task,), PUSHED)
                else:
                    rows.append(_Row(start_s, end_s, family, family or rows[-1].set_to, task))
                continue
            while (place := self._loose(rows)) and self._meet(rows, start_s, family, task):
                floor.displace((rows.pop(place).task,), PUSHED)
                rows[place:] = [row._replace(set_to=row.family or rows[place - 1].set_to) for row in rows[place:]]
            begins_s = start_s if len(rows) == 1 else max(start_s, rows[-1].end_s)
            if begins_s < end_s:
                rows.append(_Row(begins_s, end_s, family, family or rows[-1].set_to, task))
        return rows[1:]

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

    def _meet(self, rows: Sequence[_Row], start_s: int, family: int, task: int) -> bool:
        """Whether a run is too close behind the last row, or to a busy machine, or nobody is free to set up for it."""
        set_up_s = int(self.shop.change[rows[-1].set_to, family])
        if max(rows[0].end_s, rows[-1].end_s) + set_up_s > start_s:
            return True
        return task != _BLOCK and not self._tended(task, start_s, set_up_s)

    def _tended(self, task: int, start_s: int, set_up_s: int) -> bool:
        """Whether a task has an operator for its set-up, taken or set free now as far as need be."""
        held, supplies = self.floor.held, self.floor.supplies
        if not supplies.tended[self.machine]:
            return True
        has_s, lab = int(held[task, TENDED_SET_UP]), int(self.shop.machines[self.machine, IN_LAB])
        if set_up_s > has_s:
            if blocked(supplies.levels, lab, start_s - set_up_s, start_s - has_s, 1) >= 0:
                return False
            take_span(supplies.levels, lab, start_s - set_up_s, start_s - has_s, 1)
        elif set_up_s < has_s:
            take_span(supplies.levels, lab, start_s - has_s, start_s - set_up_s, -1)
        held[task, TENDED_SET_UP] = set_up_s
        return True


def _write(floor: Floor, machine: int, rows: Sequence[_Row]) -> None:
    others = sum(row.task == _BLOCK or bool(floor.graph.nodes[row.task, OPTION] < 0) for row in rows)
    short = floor.slots_short(machine, others)
    if short > 0:
        more = np.zeros(len(floor.slots.size), dtype=np.int64)
        more[machine] = short + SPARE
        floor.widen_slots(more)
    slots, first = floor.slots, int(floor.slots.first[machine])
    slots.size[machine] = len(rows)
    columns = [START_AT, END_AT, SET_FOR, LEFT_WITH, TENDED_FOR]
    tended = [0 if row.task == _BLOCK else int(floor.held[row.task, TENDED_SET_UP]) for row in rows]
    slots.rows[first : first + len(rows), columns] = np.array(
        [(row.start_s, row.end_s, row.family, row.family, tends) for row, tends in zip(rows, tended, strict=True)],
        dtype=np.int64,
    ).reshape(-1, len(columns))
