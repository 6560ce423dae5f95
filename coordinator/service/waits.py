"""For what scheduled jobs wait, beside their time and their machine; and of which made ones a peer is awaited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.first_articles import AWAITED, BLOCKED, reason
from coordinator.machine_tables import HeldRow
from coordinator.tables import JobRow, JobState, LotRow, TaskEdgeRow, TaskRow, TaskState

__all__ = ["Waits", "waits_of"]


@dataclass(frozen=True, slots=True)
class Waits:
    """Of some jobs.

    Attributes:
        why: by id of a scheduled job, for what it waits; jobs that wait for nothing are not in it.
        awaited: made jobs, of whose batches the rest waits until a peer has checked a piece.
    """

    why: Mapping[str, str] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()


def waits_of(session: Session, jobs: Sequence[JobRow]) -> Waits:
    """In a few statements, however many jobs there are."""
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
            .group_by(JobRow.id)
        )
        why |= {job_id: f"{name} is to be done before" for job_id, name in session.execute(ahead)}
        held = session.scalars(select(HeldRow).where(HeldRow.job_id.in_(scheduled)))
        why = {row.job_id: row.why for row in held} | why
    awaited = session.scalars(select(JobRow.id).where(JobRow.id.in_(made), AWAITED)) if made else ()
    return Waits(why, frozenset(awaited))
