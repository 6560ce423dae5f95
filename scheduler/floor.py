"""The arrays of a plan that is being carried out, which events change and failed repairs bring back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scheduler.network import Network
from scheduler.search.attending import Supplies
from scheduler.search.graph import Graph, new_graph
from scheduler.search.holding import DISPLACED, unbook
from scheduler.search.listing import Slots, new_slots
from scheduler.shop import BOOKINGS, BOOKINGS_END, ON, Ints, Shop
from scheduler.supplies import every_supply, widened

__all__ = ["SPARE_ROWS", "Floor", "Kept"]

SPARE_ROWS = 64  # of each lab's level of operators, for hours that come in more pieces

_HELD = 4  # columns of what a task holds


class Kept(NamedTuple):
    """What an event may change, as it was before."""

    shop: Shop
    graph: Graph
    slots: Slots
    slot_rows: Ints
    supplies: Supplies
    level_sizes: Ints
    level_rows: Ints
    held: Ints
    states: Ints
    was: Ints
    allowed: Ints
    position: Ints
    keys: Ints
    blocks: dict[int, list[tuple[int, int]]]
    offers: Ints


@dataclass(slots=True)
class Floor:
    """What stands where, what it holds, what has started, what has no place.

    Attributes:
        shop: the problem; work that has started is fixed in it, but keeps its options: it may be done again.
        graph: nodes tell where each task stands; `MACHINE` and `OPTION` are -1 for none.
        slots: what each machine does.
        supplies: operators and material that are left.
        held: by task, what it holds of them (`scheduler.search.holding`).
        states: by task, whether it stands.
        was: by task, the option it had last, or -1.
        allowed: by option, 0 where it may not be taken.
        position: by task, its place in an order that keeps the precedences.
        keys: room for a number by task.
        blocks: by machine, when it is down.
        offers: by machine, how many options there are on it.
    """

    shop: Shop
    graph: Graph
    slots: Slots
    supplies: Supplies
    held: Ints
    states: Ints
    was: Ints
    allowed: Ints
    position: Ints
    keys: Ints
    blocks: dict[int, list[tuple[int, int]]]
    offers: Ints

    @classmethod
    def empty(cls, network: Network, spare: int) -> Floor:
        """A floor on which nothing stands, with so many slots to spare on each machine."""
        machines = network.shop.machines.copy()
        machines[:, BOOKINGS_END] = machines[:, BOOKINGS]  # fixed work stands in the slots alone
        shop = network.shop._replace(tasks=network.shop.tasks.copy(), machines=machines)
        tasks = len(shop.tasks)
        position = np.empty(tasks, dtype=np.int64)
        position[shop.order] = np.arange(tasks)
        return cls(
            shop,
            new_graph(shop),
            new_slots(shop, spare),
            _with_room(every_supply(network), len(network.problem.labs)),
            np.zeros((tasks, _HELD), dtype=np.int64),
            np.full(tasks, DISPLACED, dtype=np.int64),
            np.full(tasks, -1, dtype=np.int64),
            np.ones(len(shop.options), dtype=np.int64),
            position,
            np.zeros(tasks, dtype=np.int64),
            {},
            np.bincount(shop.options[:, ON], minlength=len(machines)),
        )

    def keep(self) -> Kept:
        """What `restore` brings back."""
        slots, levels = self.slots, self.supplies.levels
        return Kept(
            self.shop._replace(tasks=self.shop.tasks.copy(), machines=self.shop.machines.copy()),
            self.graph._replace(nodes=self.graph.nodes.copy()),
            Slots(slots.first, slots.size.copy(), slots.rows), slots.rows[_used(slots.first, slots.size)],
            self.supplies, levels.size.copy(), levels.rows[_used(levels.first, levels.size)],
            self.held.copy(), self.states.copy(), self.was.copy(), self.allowed.copy(), self.position, self.keys,
            {machine: list(blocks) for machine, blocks in self.blocks.items()}, self.offers,
        )  # fmt: skip

    def restore(self, kept: Kept) -> None:
        """Go back to what was kept."""
        self.shop, self.graph, self.slots, self.supplies = kept.shop, kept.graph, kept.slots, kept.supplies
        self.held, self.states, self.was, self.allowed = kept.held, kept.states, kept.was, kept.allowed
        self.position, self.keys, self.blocks, self.offers = kept.position, kept.keys, kept.blocks, kept.offers
        levels = self.supplies.levels
        levels.size[:] = kept.level_sizes
        levels.rows[_used(levels.first, levels.size)] = kept.level_rows
        self.slots.rows[_used(self.slots.first, self.slots.size)] = kept.slot_rows

    def displace(self, tasks: Iterable[int], state: int = DISPLACED) -> None:
        """Take tasks out of their places; they are to be placed again."""
        for task in tasks:
            unbook(self.shop, self.graph, self.slots, self.supplies, self.held, task)
            self.states[task] = state

    def widen_slots(self, more: Ints) -> None:
        """Make room for so many more slots on each machine."""
        slots = self.slots
        shift = np.concatenate(([0], np.cumsum(more)))
        rows = np.zeros((len(slots.rows) + int(shift[-1]), slots.rows.shape[1]), dtype=np.int64)
        rows[np.arange(len(slots.rows)) + np.repeat(shift[:-1], np.diff(slots.first))] = slots.rows
        self.slots = Slots(slots.first + shift, slots.size, rows)

    def slots_short(self, machine: int, others: int) -> int:
        """How many slots a machine lacks for all that may be done there, and so much beside."""
        room = int(self.slots.first[machine + 1] - self.slots.first[machine])
        return int(self.offers[machine]) + others - room


def _with_room(supplies: Supplies, labs: int) -> Supplies:
    """Supplies whose labs may close some times."""
    more = np.zeros(len(supplies.levels.size), dtype=np.int64)
    more[:labs] = SPARE_ROWS
    return supplies._replace(levels=widened(supplies.levels, more))


def _used(first: Ints, size: Ints) -> Ints:
    """The numbers of the rows that are in use."""
    behind = np.cumsum(size)
    found: Ints = np.repeat(first[:-1] - (behind - size), size) + np.arange(int(behind[-1]) if len(behind) else 0)
    return found
