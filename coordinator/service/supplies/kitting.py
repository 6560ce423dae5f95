"""What has to lie on the table before an assembly begins: each part with its amount, where it is and when it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from bom.graph import TaskKind
from coordinator.lots import ENDED_FOR_NOTHING, live_job, wanted
from coordinator.schema.builds import JobRow, LotRow, PieceRow, PieceState, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.supply import KitTickRow
from coordinator.service.supplies.supply import Standing, exact, standings
from coordinator.shipping import Whereabouts, moved_amounts, whereabouts

__all__ = ["KitLine", "kits_of", "lines_of"]

_GOOD: Final = (PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED)


@dataclass(frozen=True, slots=True)
class KitLine:
    """One thing of a kit.

    Attributes:
        task: that makes or buys it.
        kind: "made", "bought" or "tool".
        quantity: that the job needs, in the task's unit; None where the design's amounts were not kept.
        here: how much of it lies in the job's lab by what was noted, other jobs' ticks taken off.
        away: it is in a shipment that has not arrived, or waits to be repaired.
        exists: whether so much of it is made at all; of what is bought this is always taken to be so.
        where: what is known of what is not here, in words; empty where all is.
        expected_at: when what is not here is expected, or None.
        tick: that somebody has seen it, or None.
    """

    task: TaskRow
    kind: str
    quantity: float | None
    here: float
    away: bool
    exists: bool
    where: str
    expected_at: datetime | None
    tick: KitTickRow | None

    @property
    def is_here(self) -> bool:
        """Whether enough of it is in the lab, by what was noted."""
        return self.quantity is not None and exact(self.quantity - self.here) <= 0

    @property
    def may_be_here(self) -> bool:
        """Whether it can be in the lab, noted or not: all of it is made, and none of it is in a shipment."""
        return self.is_here or (self.exists and not self.away)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a part, before ticks."""

    here: float
    away: bool
    exists: bool
    where: str
    expected_at: datetime | None


def lines_of(session: Session, job: JobRow) -> list[KitLine]:
    """The kit of a job; nothing for a job that assembles nothing."""
    return kits_of(session, [job]).get(job.id, [])


def kits_of(session: Session, jobs: Sequence[JobRow]) -> Mapping[str, list[KitLine]]:
    """By id of a job that assembles something, its kit; in a few statements however many jobs there are."""
    together = [job for job in jobs if job.lot.task.kind == TaskKind.ASSEMBLE]
    if not together:
        return {}
    known = _Known.of(session, together)
    return {job.id: [known.line(job, edge, task) for edge, task in known.parts[job.lot.task_id]] for job in together}


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read for the kits of some jobs.

    Attributes:
        parts: by assembly, what goes into it.
        users: by part whose amounts were not kept, how many assemblies it goes into.
        ticks: by job and part.
        taken: by lab and part, the jobs that have so much of it on their tables or have used it; not tools.
        stands, moved: of what is bought, by part.
        places: of what is made, by piece.
    """

    parts: Mapping[int, list[tuple[TaskEdgeRow, TaskRow]]]
    users: Mapping[int, int]
    ticks: Mapping[tuple[str, int], KitTickRow]
    taken: Mapping[tuple[str, int], Mapping[str, float]]
    stands: Mapping[int, Standing]
    moved: Mapping[int, Mapping[str | None, float]]
    places: Mapping[int, Whereabouts]

    @classmethod
    def of(cls, session: Session, jobs: Sequence[JobRow]) -> _Known:
        """Read it."""
        parts = _parts(session, {job.lot.task_id for job in jobs})
        tasks = {task.id: task for each in parts.values() for _, task in each}
        edges = [edge for each in parts.values() for edge, _ in each]
        ticks = select(KitTickRow).where(KitTickRow.job_id.in_([job.id for job in jobs]))
        bought = [task for task in tasks.values() if task.kind == TaskKind.PURCHASE]
        return cls(
            parts,
            _users(session, {edge.before_id for edge in edges if edge.quantity is None}),
            {(row.job_id, row.task_id): row for row in session.scalars(ticks)},
            _taken(session, {job.lab for job in jobs}, tasks),
            standings(session, bought),
            moved_amounts(session, [task.id for task in bought]),
            whereabouts(session, [piece for task in tasks.values() for piece in _pieces(task)]),
        )

    def line(self, job: JobRow, edge: TaskEdgeRow, task: TaskRow) -> KitLine:
        """One thing of the kit of a job."""
        quantity = self._needed(edge, task, job)
        if task.kind == TaskKind.PURCHASE:
            found = _bought(task, self.stands[task.id], self.moved.get(task.id, {}), job.lab)
        else:
            found = _made(task, self.places, job.lab, quantity or 0.0)
        others = self.taken.get((job.lab, task.id), {})
        here = max(0.0, exact(found.here - sum(amount for each, amount in others.items() if each != job.id)))
        enough = quantity is not None and exact(quantity - here) <= 0
        kind = "tool" if edge.quantity == 0 else "bought" if task.kind == TaskKind.PURCHASE else "made"
        return KitLine(
            task, kind, quantity, here, found.away, found.exists, "" if enough else found.where,
            None if enough else found.expected_at, self.ticks.get((job.id, task.id)),
        )  # fmt: skip

    def _needed(self, edge: TaskEdgeRow, task: TaskRow, job: JobRow) -> float | None:
        """How much a job needs: its lot's share of what goes into the assembly; of a tool, which stays, all."""
        if edge.quantity == 0:
            return task.quantity
        whole = edge.quantity
        if whole is None:  # stored before amounts were: they are known where all of it goes into this one
            if self.users[task.id] != 1:
                return None
            whole = task.quantity
        return exact(whole * job.lot.pieces / wanted(job.lot.task))


def _parts(session: Session, assemblies: Collection[int]) -> Mapping[int, list[tuple[TaskEdgeRow, TaskRow]]]:
    query = select(TaskEdgeRow, TaskRow).join(TaskRow, TaskRow.id == TaskEdgeRow.before_id)
    query = query.where(TaskEdgeRow.after_id.in_(assemblies), TaskRow.state != TaskState.CANCELLED)
    made = selectinload(TaskRow.lots).selectinload(LotRow.jobs).selectinload(JobRow.pieces)
    found: dict[int, list[tuple[TaskEdgeRow, TaskRow]]] = defaultdict(list)
    for edge, task in session.execute(query.order_by(TaskRow.kind, TaskRow.id).options(made)):
        found[edge.after_id].append((edge, task))
    return found


def _users(session: Session, parts: Collection[int]) -> Mapping[int, int]:
    if not parts:
        return {}
    query = select(TaskEdgeRow.before_id, func.count()).where(TaskEdgeRow.before_id.in_(parts))
    return {row[0]: row[1] for row in session.execute(query.group_by(TaskEdgeRow.before_id))}


def _taken(
    session: Session, labs: Collection[str], tasks: Collection[int]
) -> Mapping[tuple[str, int], Mapping[str, float]]:
    query = (
        select(JobRow.lab, KitTickRow.task_id, KitTickRow.job_id, KitTickRow.quantity)
        .join(JobRow, JobRow.id == KitTickRow.job_id)
        .where(KitTickRow.task_id.in_(tasks), JobRow.lab.in_(labs))
        .where(JobRow.state.not_in(ENDED_FOR_NOTHING))
    )
    found: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for lab, task, job, amount in session.execute(query):
        found[lab, task][job] = amount or 0.0
    return found


def _bought(task: TaskRow, stand: Standing, moved: Mapping[str | None, float], lab: str) -> _Found:
    places: dict[str | None, float] = dict(moved)
    for item in stand.items:
        come = sum(each.good + each.surplus for each in item.arrivals)
        places[item.purchase.place] = places.get(item.purchase.place, 0.0) + come
    unsaid = max(0.0, places.pop(None, 0.0))  # nobody said where it is: who looks for it may find it here
    here = exact(places.pop(lab, 0.0) + unsaid)
    elsewhere = [place for place, amount in places.items() if exact(amount) > 0]
    told = [f"at {place}" for place in elsewhere]
    told += ["ordered"] if stand.on_order > 0 else []
    told += ["not ordered yet"] if stand.in_hand > 0 else []
    told += ["nobody has ordered it"] if stand.missing > 0 else []
    away = not told  # all of it came, and is in no place: it travels
    where = ", ".join(told) or "in a shipment"
    expected = task.arrives_at if task.state is not TaskState.DONE else None
    return _Found(max(0.0, here), away=away, exists=True, where=where, expected_at=expected)


def _jobs(task: TaskRow) -> list[JobRow]:
    return [job for lot in task.lots if (job := live_job(lot)) is not None]


def _pieces(task: TaskRow) -> list[PieceRow]:
    """The good pieces of a task."""
    return [piece for job in _jobs(task) for piece in job.pieces if piece.state in _GOOD]


def _made(task: TaskRow, places: Mapping[int, Whereabouts], lab: str, needed: float) -> _Found:
    jobs, pieces = _jobs(task), _pieces(task)
    here = [piece for piece in pieces if places[piece.id].usable_in(lab)]
    per_piece = 1.0 if task.unit == "piece" else task.quantity / max(1, sum(lot.pieces for lot in task.lots))
    others = [places[piece.id] for piece in pieces if not places[piece.id].usable_in(lab)]
    planned = [job.planned_end for job in jobs if not any(piece.state in _GOOD for piece in job.pieces)]
    coming = [each.shipment.expected_at for each in others if each.shipment and each.shipment.expected_at]
    enough_made = exact(len(pieces) * per_piece - needed) >= 0
    told = sorted({_told(each, lab) for each in others})
    if not enough_made:
        told.append("still to be made")
    moments = [*coming, *(() if enough_made else planned)]
    return _Found(
        exact(len(here) * per_piece),
        away=any(each.shipment is not None or each.to_repair for each in others),
        exists=enough_made,
        where=", ".join(told),
        expected_at=max(moments, default=None),
    )


def _told(place: Whereabouts, lab: str) -> str:
    if place.shipment is not None:
        return f"in shipment {place.shipment.id}"
    if place.to_repair:
        return "to be repaired"
    return f"at {place.lab or 'the builder'}" if place.lab != lab else ""
