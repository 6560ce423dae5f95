"""For what scheduled jobs wait, beside their time and their machine; and of which made ones a peer is awaited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bom.graph import TaskKind
from coordinator.first_articles import AWAITED, BLOCKED, reason
from coordinator.schema.builds import JobRow, JobState, LotRow, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.machine import HeldRow
from coordinator.schema.supply import KitTickRow, KitWaiverRow
from coordinator.service.machinery.fitness import DOUBTFUL, blocks_of
from coordinator.service.runs.clearing import uncleared
from machines.lab import Network

__all__ = ["Waits", "hindrances", "waits_of"]

_FOR_ITS_KIT: Final = "not all of its kit is ticked off"
_PART = aliased(TaskRow)
_WAIVED = exists().where(KitWaiverRow.job_id == JobRow.id).correlate(JobRow)
_KIT_OPEN = exists().where(
    TaskEdgeRow.after_id == LotRow.task_id,
    _PART.id == TaskEdgeRow.before_id,
    _PART.state != TaskState.CANCELLED,
    ~exists().where(KitTickRow.job_id == JobRow.id, KitTickRow.task_id == _PART.id).correlate(JobRow, _PART),
)
"""Whether something of the kit of a row of `jobs` is not ticked off."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Of some jobs.

    Attributes:
        why: by id of a scheduled job, for what it waits; jobs that wait for nothing are not in it.
        awaited: made jobs, of whose batches the rest waits until a peer has checked a piece.
    """

    why: Mapping[str, str] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()


def waits_of(session: Session, jobs: Sequence[JobRow], network: Network | None, now: datetime) -> Waits:
    """In a few statements, however many jobs there are, and a few for each machine that a person is to clear."""
    scheduled = {job.id: job for job in jobs if job.state is JobState.SCHEDULED}
    made = [job.id for job in jobs if job.state is JobState.MADE]
    why: dict[str, str] = {}
    if scheduled:
        for job_id in session.scalars(select(JobRow.id).where(JobRow.id.in_(scheduled), BLOCKED)):
            told = reason(session, scheduled[job_id])
            if told is not None:
                why[job_id] = told
        ahead = (
            select(JobRow.id, func.min(TaskRow.name))
            .join(LotRow, LotRow.id == JobRow.lot_id)
            .join(TaskEdgeRow, TaskEdgeRow.after_id == LotRow.task_id)
            .join(TaskRow, TaskRow.id == TaskEdgeRow.before_id)
            .where(JobRow.id.in_(scheduled), TaskRow.state != TaskState.DONE)
            .where(or_(TaskRow.kind != TaskKind.PURCHASE, ~_WAIVED))
            .group_by(JobRow.id)
        )
        kits = (
            select(JobRow.id)
            .join(LotRow, LotRow.id == JobRow.lot_id)
            .join(TaskRow, TaskRow.id == LotRow.task_id)
            .where(JobRow.id.in_(scheduled), TaskRow.kind == TaskKind.ASSEMBLE, ~_WAIVED)
            .where(_KIT_OPEN.correlate(JobRow, LotRow))
        )
        why |= dict.fromkeys(session.scalars(kits), _FOR_ITS_KIT)
        why |= {job_id: f"{name} is to be done before" for job_id, name in session.execute(ahead)}
        held = session.scalars(select(HeldRow).where(HeldRow.job_id.in_(scheduled)))
        why = {**uncleared(session, network, jobs, now), **{row.job_id: row.why for row in held}, **why}
    awaited = session.scalars(select(JobRow.id).where(JobRow.id.in_(made), AWAITED)) if made else ()
    return Waits(why, frozenset(awaited))


def hindrances(session: Session, jobs: Sequence[JobRow], now: datetime) -> Mapping[str, str]:
    """By id of a job, what would keep it from its start if it were begun now: a lock, a reservation, what is loaded."""
    by_id = {job.id: job for job in jobs}
    doubtful = session.scalars(select(JobRow.id).where(JobRow.id.in_(by_id), DOUBTFUL), {"now": now})
    blocks = blocks_of(session, [by_id[job_id] for job_id in doubtful], now)
    return {job_id: block.why for job_id, block in blocks.items()}
