"""Which shipments a plan implies: from who makes to who goes on with it, and to where it is wanted; and their mass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bom.graph import TaskGraph, TaskKind

if TYPE_CHECKING:  # they bring the planner's packages along
    from coordinator.service.costing.reckoning import Chosen

__all__ = ["Leg", "Legs", "legs_of"]

_Lab: TypeAlias = "tuple[str | None, int]"  # and how much of a task it does; None is who ordered it


@dataclass(frozen=True, slots=True)
class Leg:
    """What travels from one lab to another, or to who ordered it; reckoned as one shipment.

    Attributes:
        from_lab: id.
        to_lab: id; None is who ordered it.
        kg: of what could be weighed.
        unweighed: by what could not, why.
    """

    from_lab: str
    to_lab: str | None
    kg: float
    unweighed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Legs:
    """The ways of a plan.

    Attributes:
        legs: by where from and where to.
        unclear: names of what several labs make for several others, of which no plan says which piece goes where.
    """

    legs: tuple[Leg, ...]
    unclear: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mass:
    """Of all pieces of a task."""

    kg: float = 0.0
    unweighed: Mapping[str, str] = field(default_factory=dict)


def legs_of(graph: TaskGraph, chosen: Iterable[Chosen], to: str | None) -> Legs:
    """The shipments of a plan. What is bought comes from its supplier, and is carried on only in what it goes into.

    Args:
        graph: the tasks of all products.
        chosen: lots with their machines.
        to: the lab that it is delivered to; None is who ordered it.
    """
    runs = list(chosen)
    places: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for lot, candidate in runs:
        if candidate is not None:
            places[lot.task.id][candidate.machine.lab] += lot.pieces
    masses = _masses(graph, {lot.task.id: lot.piece_kg for lot, _ in runs})
    gathered: dict[tuple[str, str | None], list[_Mass]] = defaultdict(list)
    unclear: dict[str, None] = {}
    for task_id, here in places.items():
        for there, share in _next(graph, task_id, places, to):
            if len(here) > 1 and len(there) > 1:
                unclear[graph.task(task_id).name] = None
                continue
            for one, other, part in _ways(here, there):
                gathered[one, other].append(_part(masses[task_id], share * part))
    legs = tuple(_leg(*ends, masses) for ends, masses in gathered.items())
    return Legs(legs, tuple(unclear))


def _next(
    graph: TaskGraph, task_id: str, places: Mapping[str, Mapping[str, int]], to: str | None
) -> Iterator[tuple[Sequence[_Lab], float]]:
    """Where the pieces of a task go on: labs with how much they do there, and what part of the pieces goes there."""
    waiting = graph.after(task_id)
    if not waiting:
        yield ((to, 1),), 1.0
    for each in waiting:
        if each.id in places:
            taken = graph.goes_into(task_id, each.id)
            share = taken / graph.task(task_id).quantity if taken else 1.0  # a tool goes whole
            yield tuple(places[each.id].items()), share


def _ways(here: Mapping[str, int], there: Sequence[_Lab]) -> Iterator[tuple[str, str | None, float]]:
    """From where to where, and what part of the pieces; one of the two is a single lab."""
    made, needed = sum(here.values()), sum(count for _, count in there)
    for one, pieces in here.items():
        for other, count in there:
            if one != other:
                yield one, other, pieces / made * count / needed


def _masses(graph: TaskGraph, weighed: Mapping[str, float | str]) -> dict[str, _Mass]:
    """By task, what all its pieces weigh: of what is joined or worked on, what goes into it."""
    found: dict[str, _Mass] = {}
    for task in graph.order():
        if task.kind is TaskKind.PURCHASE:
            found[task.id] = _Mass(0.0, {task.name: "it is bought"})
        elif task.kind is TaskKind.FABRICATE:
            one = weighed.get(task.id, "nobody can make it")
            if task.unit != "piece":
                one = "it is not counted in pieces"
            found[task.id] = _Mass(0.0, {task.name: one}) if isinstance(one, str) else _Mass(one * task.quantity)
        else:
            parts = [
                _part(found[each.id], taken / each.quantity)
                for each in graph.before(task.id)
                if (taken := graph.goes_into(each.id, task.id))
            ]
            found[task.id] = _sum(parts)
    return found


def _part(mass: _Mass, share: float) -> _Mass:
    return _Mass(mass.kg * share, mass.unweighed)


def _sum(masses: Iterable[_Mass]) -> _Mass:
    kg, unweighed = 0.0, dict[str, str]()
    for each in masses:
        kg += each.kg
        unweighed |= each.unweighed
    return _Mass(kg, unweighed)


def _leg(from_lab: str, to_lab: str | None, masses: Iterable[_Mass]) -> Leg:
    total = _sum(masses)
    return Leg(from_lab, to_lab, total.kg, total.unweighed)
