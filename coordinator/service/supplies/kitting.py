"""What has to lie on the table before an assembly begins: each part with its amount, where it is and when it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

__all__ = ["KitLine", "lines_of"]

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
    if job.lot.task.kind != TaskKind.ASSEMBLE:
        return []
    query = select(TaskEdgeRow, TaskRow).join(TaskRow, TaskRow.id == TaskEdgeRow.before_id)
    query = query.where(TaskEdgeRow.after_id == job.lot.task_id).order_by(TaskRow.kind, TaskRow.id)
    made = selectinload(TaskRow.lots).selectinload(LotRow.jobs).selectinload(JobRow.pieces)
    rows = session.execute(query.options(made)).all()
    parts = [(edge, task) for edge, task in rows if task.state is not TaskState.CANCELLED]
    ticks = {row.task_id: row for row in session.scalars(select(KitTickRow).where(KitTickRow.job_id == job.id))}
    taken = _taken(session, job, [task.id for _, task in parts])
    bought = [task for _, task in parts if task.kind == TaskKind.PURCHASE]
    stands, moved = standings(session, bought), moved_amounts(session, [task.id for task in bought])
    places = whereabouts(session, [piece for _, task in parts for piece in _pieces(task)])
    lines = []
    for edge, task in parts:
        quantity = _needed(session, edge, task, job)
        if task.kind == TaskKind.PURCHASE:
            found = _bought(task, stands[task.id], moved.get(task.id, {}), job.lab)
        else:
            found = _made(task, places, job.lab, quantity or 0.0)
        here = max(0.0, exact(found.here - taken.get(task.id, 0.0)))
        enough = quantity is not None and exact(quantity - here) <= 0
        kind = "tool" if edge.quantity == 0 else "bought" if task.kind == TaskKind.PURCHASE else "made"
        line = KitLine(
            task, kind, quantity, here, found.away, found.exists, "" if enough else found.where,
            None if enough else found.expected_at, ticks.get(task.id),
        )  # fmt: skip
        lines.append(line)
    return lines


def _needed(session: Session, edge: TaskEdgeRow, task: TaskRow, job: JobRow) -> float | None:
    """How much a job needs: its lot's share of what goes into the assembly; of a tool all, for it is not used up."""
    if edge.quantity == 0:
        return task.quantity
    whole = edge.quantity
    if whole is None:  # stored before amounts were: they are known where all of it goes into this one
        users = select(func.count()).select_from(TaskEdgeRow).where(TaskEdgeRow.before_id == task.id)
        if session.scalar(users) != 1:
            return None
        whole = task.quantity
    return exact(whole * job.lot.pieces / wanted(job.lot.task))


def _taken(session: Session, job: JobRow, tasks: Sequence[int]) -> Mapping[int, float]:
    """By the id of a task, how much other jobs of the same lab have on their tables or have used; not tools."""
    query = (
        select(KitTickRow.task_id, func.sum(KitTickRow.quantity))
        .join(JobRow, JobRow.id == KitTickRow.job_id)
        .where(KitTickRow.task_id.in_(tasks), KitTickRow.job_id != job.id, JobRow.lab == job.lab)
        .where(JobRow.state.not_in(ENDED_FOR_NOTHING))
        .group_by(KitTickRow.task_id)
    )
    return {task: amount or 0.0 for task, amount in session.execute(query)}


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
