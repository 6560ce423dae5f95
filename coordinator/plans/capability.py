"""What a lab can make of some designs with its machines, and which one more machine would unlock most of them.

A design can be made when every task finds a machine that is a sure yes; it might be when some task finds only one that
is unknown. Work at a bench (assembly, packing, deburring) is unknown where no bench is listed, for lists of machines
leave benches out. Purchases need no machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bom.graph import Task, TaskGraph, TaskKind, task_graph
from bom.reader import read_bill
from coordinator.plans.needs import Measurer
from coordinator.plans.opening import require_lines
from core.trees import processes
from designs.design import Design
from machines.lab import Machine
from machines.matching import Requirement, Terms, match
from machines.matching.arrays import match_all
from machines.matching.matcher import RANK

__all__ = ["Makeable", "Unlocking", "needs_of", "survey", "unlocking"]

Ranks = npt.NDArray[np.int8]
_BENCH = (
    "joining",
    "checking",
    "handling",
    "deburring",
    "filing",
    "polishing",
    "cleaning",
    "manual_cutting",
    "grinding",
)
_ASSEMBLY = Requirement("assembly")


@dataclass(frozen=True, slots=True)
class Makeable:
    """What some machines can make of one design.

    Attributes:
        design: its name.
        tasks: names of the tasks that need a machine.
        ranks: the best that the lab's machines answer to each task: 1 yes, 0 unknown, -1 no; shape (tasks,).
        others: what each other machine answers to each task, shape (tasks, others).
        wants: what each task asks for, in words.
    """

    design: str
    tasks: tuple[str, ...]
    ranks: Ranks
    others: Ranks
    wants: tuple[str, ...]

    @property
    def rank(self) -> int:
        """1 when the design can be made, 0 when it might be, -1 when it cannot."""
        return int(self.ranks.min(initial=1))

    @property
    def lacking(self) -> tuple[str, ...]:
        """The tasks that no machine takes, each with what it asks for."""
        return tuple(f"{self.tasks[place]} ({self.wants[place]})" for place in np.flatnonzero(self.ranks < 0))

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The tasks that a machine might take, each with what it asks for."""
        return tuple(f"{self.tasks[place]} ({self.wants[place]})" for place in np.flatnonzero(self.ranks == 0))


@dataclass(frozen=True, slots=True)
class Unlocking:
    """What one more machine would do for a lab.

    Attributes:
        machine: the machine.
        surely: designs that could be made with it, and cannot be now.
        perhaps: designs that might be made with it, and cannot be now.
        tasks: how many tasks of these designs it takes for sure that nothing in the lab does.
        alike: the other machines that unlock the same designs, the better first.
    """

    machine: Machine
    surely: tuple[str, ...]
    perhaps: tuple[str, ...]
    tasks: int = 0
    alike: tuple[Machine, ...] = ()


def needs_of(design: Design, graph: TaskGraph) -> list[tuple[Task, Requirement]]:
    """What every task that is no purchase asks of a machine."""
    measurer = Measurer(design)
    tasks = [task for task in graph.order() if task.kind is not TaskKind.PURCHASE]
    measurer.survey(tasks)
    return [(task, _ASSEMBLY if task.kind is TaskKind.ASSEMBLE else measurer.need(task).requirement) for task in tasks]


def survey(
    design: Design, machines: Sequence[Machine], others: Sequence[Machine], terms: Terms | None = None
) -> Makeable:
    """What the machines can make of an open design, and what each other machine could.

    Args:
        design: open.
        machines: of one lab.
        others: each on its own merits, whatever its lab has or asks.
        terms: what the lab of `machines` has and asks beside them, or None.

    Raises:
        InputError: the design has no bill of materials.
    """
    bill = read_bill(design)
    require_lines(bill)
    needs = needs_of(design, task_graph(bill, quantity=1))
    answers = match_all([need for _, need in needs], [*machines, *others]).verdicts
    own = answers[:, : len(machines)]
    if terms is not None:
        for row, column in np.argwhere(own >= 0):  # terms never make a yes out of a no
            own[row, column] = RANK[match(needs[row][1], machines[column], terms).verdict]
    ranks = own.max(axis=1, initial=-1)
    at_bench = np.array([_at_a_bench(need) for _, need in needs], dtype=bool)
    ranks = np.where(at_bench, np.maximum(ranks, 0), ranks).astype(np.int8)
    wants = tuple(_in_words(need) for _, need in needs)
    return Makeable(bill.design, tuple(task.name for task, _ in needs), ranks, answers[:, len(machines) :], wants)


def unlocking(designs: Sequence[Makeable], others: Sequence[Machine]) -> tuple[Unlocking, ...]:
    """Which other machine makes most of the designs possible that are not; the best first, useless ones left out.

    More designs come first, then more of them for sure, then more of their tasks for sure, then the smaller machine.
    Machines that unlock the same designs stand together.

    Args:
        designs: as `survey` found them.
        others: the machines given to `survey`, in the same order.
    """
    closed = [each for each in designs if each.rank < 0]
    found = [each for place, machine in enumerate(others) if (each := _unlocked(closed, place, machine)) is not None]
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Unlocking]] = {}
    for each in sorted(found, key=_worth):
        groups.setdefault((each.surely, each.perhaps), []).append(each)
    return tuple(replace(best, alike=tuple(each.machine for each in rest)) for best, *rest in groups.values())


def _unlocked(closed: Sequence[Makeable], place: int, machine: Machine) -> Unlocking | None:
    """What the other machine at this place would do for designs that cannot be made; None for nothing."""
    after = [(each, int(np.maximum(each.ranks, each.others[:, place]).min(initial=1))) for each in closed]
    surely = tuple(each.design for each, rank in after if rank == 1)
    perhaps = tuple(each.design for each, rank in after if rank == 0)
    if not surely and not perhaps:
        return None
    new = [(each.ranks < 0) & (each.others[:, place] == 1) for each, rank in after if rank >= 0]
    return Unlocking(machine, surely, perhaps, sum(int(each.sum()) for each in new))


def _worth(found: Unlocking) -> tuple[int, int, int, float]:
    """What sorts the best first; of machines that do the same the one with the least room, unknown room last."""
    room = found.machine.envelope_mm
    size = math.prod(room) if room is not None else math.inf
    return -len(found.surely) - len(found.perhaps), -len(found.surely), -found.tasks, size


def _at_a_bench(need: Requirement) -> bool:
    return need.process is not None and any(processes().is_a(need.process, each) for each in _BENCH)


def _in_words(need: Requirement) -> str:
    process = processes()[need.process].label if need.process else "no process named"
    size = (
        " x ".join(f"{each:.0f}" for each in need.extents_mm) + " mm" if need.extents_mm and need.shapes_a_part else ""
    )
    return ", ".join(each for each in (process, need.material or "", size) if each)
