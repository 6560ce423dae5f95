"""Other lots for a plan: two are joined, one is cut, pieces move from one to another, and all is listed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.effort import Effort
from scheduler.list_schedule import Stuck, decode
from scheduler.lots import Divided, divided, split_tasks
from scheduler.network import Choice, Network
from scheduler.plan import Placement
from scheduler.problem import Problem, Task
from scheduler.split import Split
from scheduler.terms import Score, terms_of

__all__ = ["Lot", "Lots", "levelled", "listed_again", "lots_of", "relotted"]

_MOST_VAIN = 100  # moves without a gain
_AT_RANDOM = 0.3  # of the moves take lots at random instead of the last and the first
_HALVED = 0.5  # of the moves cut in halves or level two ends, the others take any number of pieces
_FREED_LATER_S = 0.5
_FREED = 0.3  # of the moves let all lots of the task choose their machines anew


@dataclass(frozen=True, slots=True)
class Lot:
    """Pieces, where they stood, and when they are there for what waits; the machine is empty where any will do."""

    pieces: int
    start_s: int
    there_s: int
    machine: str


Lots = list[Lot]
_Move = Callable[[Lots, Task, np.random.Generator], Lots | None]


def relotted(
    problem: Problem,
    way: Divided,
    placements: Sequence[Placement],
    *,
    effort: Effort,
    seed: int,
    found: Callable[[Divided, tuple[Placement, ...]], None],
) -> None:
    """Look for better lots near those of a plan until the effort is spent or nothing is gained any more.

    Args:
        problem: what is planned.
        way: the lots to begin with.
        placements: of them, valid.
        effort: when to stop.
        seed: of the random numbers.
        found: told every better division, and a list schedule of its lots.
    """
    random = np.random.default_rng(seed)
    best, score, vain = (way, tuple(placements)), _score(problem, way, placements), 0
    tasks = split_tasks(problem)
    while vain < _MOST_VAIN and effort.another_pass():
        vain += 1
        task = tasks[int(random.integers(len(tasks)))]
        lots = lots_of(best[0], best[1], task)
        changed = _MOVES[int(random.integers(len(_MOVES)))](lots, task, random)
        if changed and random.random() < _FREED:
            changed = [replace(lot, machine="") for lot in changed]
        listed = listed_again(problem, best, task, changed) if changed else None
        if listed is None:
            continue
        other = _score(problem, *listed)
        if other < score:
            found(*listed)
            vain = 0
        if other <= score:
            best, score = listed, other


def _score(problem: Problem, way: Divided, placements: Sequence[Placement]) -> Score:
    return terms_of(problem, way.joined(placements, problem.tasks)).score(problem.objective)


def lots_of(way: Divided, placements: Sequence[Placement], task: Task) -> Lots:
    """The lots of a task, and when each of them is where it is needed."""
    placed = {each.task: each for each in placements}
    labs: dict[str | None, str] = {machine.id: machine.lab for machine in way.problem.machines}
    there = {name: placed[name].end_s for name in way.lots[task.id]}
    for arrow in way.problem.precedences:
        if arrow.before in there:
            here, away = (labs.get(placed[name].machine) for name in (arrow.before, arrow.after))
            way_s = way.problem.transport.between(here, away) if here and away else 0
            there[arrow.before] = max(there[arrow.before], placed[arrow.before].end_s + arrow.lag_s + way_s)
    return [
        Lot(pieces, placed[name].start_s, there[name], placed[name].machine or "")
        for name, pieces in zip(way.lots[task.id], way.sizes[task.id], strict=True)
    ]


def listed_again(
    problem: Problem, old: tuple[Divided, Sequence[Placement]], task: Task, lots: Lots
) -> tuple[Divided, tuple[Placement, ...]] | None:
    """A list schedule in the old order; only lots without a machine look for one."""
    lots.sort(key=lambda lot: _ends(lot, task))  # what waits for some pieces waits for the first lots
    way = divided(problem, {**old[0].sizes, task.id: tuple(lot.pieces for lot in lots)})
    network = Network(way.problem)
    placed = {each.task: each for each in old[1]}
    machines = {machine.id: index for index, machine in enumerate(problem.machines)}
    own = dict(zip(way.lots[task.id], lots, strict=True))
    numbers: list[float] = []
    choices: list[Sequence[Choice]] = []
    for each, every in zip(network.tasks, network.choices, strict=True):
        at = own.get(each.id) or placed.get(each.id)
        freed = at is not None and each.id in own and not at.machine  # such a lot gives way to all that begin with it
        numbers.append(at.start_s + _FREED_LATER_S * freed if at is not None else 0.0)
        kept = [choice for choice in every if at is not None and choice.machine == machines.get(at.machine or "")]
        choices.append(kept or every)
    schedule = decode(network, numbers, choices)
    return None if isinstance(schedule, Stuck) else (way, schedule.placements)


def _ends(lot: Lot, task: Task) -> int:
    """When a lot would end where it began."""
    lasts = [each.lot_s + lot.pieces * each.duration_s for each in task.options if lot.machine in ("", each.machine)]
    return lot.start_s + min(lasts)


def _joined(lots: Lots, task: Task, random: np.random.Generator) -> Lots | None:
    """Two lots in one, the second to the first."""
    if len(lots) < 2:
        return None
    one, other = (int(each) for each in random.choice(len(lots), 2, replace=False))
    if lots[one].pieces + lots[other].pieces > _split(task).most(task.quantity):
        return None
    return [*_without(lots, one, other), _sum(lots[one], lots[other])]


def _neighbours(lots: Lots, task: Task, random: np.random.Generator) -> Lots | None:
    """Lots of one machine in as few as the largest takes."""
    del random
    by_machine: dict[str, Lots] = defaultdict(list)
    for lot in sorted(lots, key=lambda each: each.start_s):
        here = by_machine[lot.machine]
        if here and here[-1].pieces + lot.pieces <= _split(task).most(task.quantity):
            here[-1] = _sum(here[-1], lot)
        else:
            here.append(lot)
    joined = [lot for here in by_machine.values() for lot in here]
    return joined if len(joined) < len(lots) else None


def _cut(lots: Lots, task: Task, random: np.random.Generator) -> Lots | None:
    """One lot in two: mostly the last to end."""
    least = _split(task).smallest
    one = _one(lots, random, last=True)
    pieces = lots[one].pieces
    if pieces < 2 * least:
        return None
    part = pieces // 2 if random.random() < _HALVED else int(random.integers(least, pieces - least + 1))
    return [*_without(lots, one), replace(lots[one], pieces=pieces - part), replace(lots[one], pieces=part, machine="")]


def _moved(lots: Lots, task: Task, random: np.random.Generator) -> Lots | None:
    """Pieces from one lot to another: mostly from the last to end to the first."""
    one, other = _one(lots, random, last=True), _one(lots, random, last=False)
    most = _most_to_move(lots[one], lots[other], task)
    if one == other or most < 1:
        return None
    level = _level(lots[one], lots[other], task)
    pieces = min(most, level) if level >= 1 and random.random() < _HALVED else int(most ** random.random())
    return _shifted(lots, one, other, pieces)


def levelled(lots: Lots, task: Task) -> Lots:
    """Pieces moved from the last lot to end to the first, so that both would end at once."""
    one, other = _at(lots, last=True), _at(lots, last=False)
    pieces = min(_most_to_move(lots[one], lots[other], task), _level(lots[one], lots[other], task))
    return _shifted(lots, one, other, pieces) if one != other and pieces > 0 else lots


def _most_to_move(giving: Lot, taking: Lot, task: Task) -> int:
    split = _split(task)
    return min(giving.pieces - split.smallest, split.most(task.quantity) - taking.pieces)


def _level(giving: Lot, taking: Lot, task: Task) -> int:
    """Pieces after which both would end at once."""
    seconds = {option.machine: option.duration_s for option in task.options}
    return (giving.there_s - taking.there_s) // (seconds[giving.machine] + seconds[taking.machine])


def _shifted(lots: Lots, one: int, other: int, pieces: int) -> Lots:
    giving, taking = lots[one], lots[other]
    changed = replace(giving, pieces=giving.pieces - pieces), replace(taking, pieces=taking.pieces + pieces)
    return [*_without(lots, one, other), *changed]


def _without(lots: Lots, *gone: int) -> Lots:
    return [lot for place, lot in enumerate(lots) if place not in gone]


def _sum(one: Lot, other: Lot) -> Lot:
    return replace(one, pieces=one.pieces + other.pieces, start_s=min(one.start_s, other.start_s))


def _one(lots: Lots, random: np.random.Generator, *, last: bool) -> int:
    """The place of a lot."""
    return int(random.integers(len(lots))) if random.random() < _AT_RANDOM else _at(lots, last=last)


def _at(lots: Lots, *, last: bool) -> int:
    """The place of the lot that is there last, or first."""
    return max(range(len(lots)), key=lambda place: lots[place].there_s if last else -lots[place].there_s)


def _split(task: Task) -> Split:
    return task.split or Split()


_MOVES: tuple[_Move, ...] = (_joined, _neighbours, _cut, _moved, _moved)
