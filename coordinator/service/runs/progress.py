"""How far jobs are, as their agents tell: of many agents in one transaction, by as few statements as of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from coordinator.life import hear_again
from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.service import AttemptRow, AttemptState, ProgressRow
from coordinator.service.access import Actor
from coordinator.service.house import View
from coordinator.service.refusals import UnknownError
from core.errors import FabcommonsError

__all__ = ["AttemptView", "Told", "note_progress"]

_PROGRESS = ProgressRow.__table__
_KNOWN = (
    select(
        AttemptRow.id, AttemptRow.agent_id, AttemptRow.fence, AttemptRow.state, AttemptRow.job_id, JobRow.machine,
        JobRow.state.label("job_state"), ProgressRow.job_id.is_not(None).label("told_before"),
    )
    .join(JobRow, JobRow.id == AttemptRow.job_id)
    .outerjoin(ProgressRow, ProgressRow.job_id == AttemptRow.job_id)
    .where(AttemptRow.id.in_(bindparam("attempts", expanding=True)))
)  # fmt: skip
_EXTEND = (
    update(AttemptRow)
    .where(AttemptRow.id.in_(bindparam("attempts", expanding=True)))
    .values(leased_until=bindparam("until", type_=AttemptRow.leased_until.type))
)
_FIRST = insert(_PROGRESS)  # type: ignore[arg-type] # a mapped class has a table
_LATER = (
    update(_PROGRESS)  # type: ignore[arg-type] # as above
    .where(_PROGRESS.c.job_id == bindparam("job"))
    .values({name: bindparam(name) for name in ("at", "lines_done", "lines_total", "state")})
)


class AttemptView(View):
    """An attempt as the coordinator knows it; `job_state` is what has become of the job."""

    attempt_id: int
    fence: int
    job_id: str
    machine: str
    state: AttemptState
    job_state: JobState


class Told(View):
    """How far a job is, as its agent says. `state` is what the device does."""

    attempt_id: int
    fence: int
    lines_done: int
    lines_total: int
    state: str


@dataclass(frozen=True, slots=True)
class _Notes:
    """What is to be written."""

    extended: list[int] = field(default_factory=list)
    progress: dict[str, tuple[Told, bool]] = field(default_factory=dict)  # by job; whether there was some before


def note_progress(
    session: Session, told: Sequence[tuple[Actor, Sequence[Told]]], at: datetime, until: datetime
) -> list[list[AttemptView] | FabcommonsError]:
    """Note how far jobs are, and extend their leases; a job out of contact is heard of again.

    Args:
        session: the transaction.
        told: by whom, what.
        at: now, on the network's clock.
        until: when the leases are to end, in real time.

    Returns:
        For each of those who told, what has become of their attempts, or what is wrong.
    """
    ids = sorted({each.attempt_id for _, reports in told for each in reports})
    if not ids:
        return [[] for _ in told]
    known = {row.id: row for row in session.connection().execute(_KNOWN, {"attempts": ids})}
    notes = _Notes()
    answers = [_answer(session, actor, reports, known, notes, at) for actor, reports in told]
    _write(session, notes, at, until)
    return answers


def _answer(
    session: Session,
    actor: Actor,
    reports: Sequence[Told],
    known: Mapping[int, Row[*tuple[Any, ...]]],
    notes: _Notes,
    at: datetime,
) -> list[AttemptView] | FabcommonsError:
    strange = [each.attempt_id for each in reports if not _owns(actor, known.get(each.attempt_id))]
    if strange:
        return UnknownError(f"{actor.id} has no attempt {strange[0]}")
    return [_note(session, actor, known[each.attempt_id], each, notes, at) for each in reports]


def _owns(actor: Actor, row: Row[*tuple[Any, ...]] | None) -> bool:
    return row is not None and row.agent_id == actor.id


def _note(
    session: Session, actor: Actor, row: Row[*tuple[Any, ...]], told: Told, notes: _Notes, at: datetime
) -> AttemptView:
    job_state = row.job_state
    if row.fence == told.fence and row.state is AttemptState.STARTED:
        if job_state is JobState.LOST_CONTACT:
            job = session.get_one(JobRow, row.job_id)
            if job.state is JobState.LOST_CONTACT:  # not told twice at the same time
                hear_again(session, job, at, who=actor.id, why="its agent is heard of again")
            job_state = job.state
        notes.extended.append(row.id)
        notes.progress[row.job_id] = (told, row.told_before)
    return AttemptView(
        attempt_id=row.id, fence=row.fence, job_id=row.job_id, machine=row.machine, state=row.state,
        job_state=job_state,
    )  # fmt: skip


def _write(session: Session, notes: _Notes, at: datetime, until: datetime) -> None:
    if not notes.extended:
        return
    connection = session.connection()
    connection.execute(_EXTEND, {"attempts": notes.extended, "until": until})
    first, later = [], []
    for job_id, (told, before) in notes.progress.items():
        row = {"at": at, "lines_done": told.lines_done, "lines_total": told.lines_total, "state": told.state}
        if before:
            later.append({"job": job_id, **row})
        else:
            first.append({"job_id": job_id, **row})
    if first:
        connection.execute(_FIRST, first)
    if later:
        connection.execute(_LATER, later)
