"""The life of a job: each move, and what it does to run and pieces. `coordinator.moves` says which are legal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session

from coordinator import first_articles
from coordinator.consumption import Fed, note_uses, settle_uses
from coordinator.events import APPEND, record
from coordinator.moves import advance, sources
from coordinator.schema.builds import JobRow, JobState, PieceState, RunOutcome, RunRow
from core.errors import StateError

__all__ = [
    "DISPATCH",
    "dispatch",
    "dispatched",
    "end_run",
    "give_back",
    "give_program",
    "hear_again",
    "rule",
    "start_run",
    "withdraw",
]

_PIECES = {JobState.MADE: PieceState.MADE, JobState.SCRAPPED: PieceState.SCRAPPED}
_AFTER = {
    RunOutcome.FINISHED: JobState.MADE,
    RunOutcome.FAILED: JobState.FAILED,
    RunOutcome.LOST_CONTACT: JobState.LOST_CONTACT,
}
_DOUBTFUL = (JobState.FAILED, JobState.LOST_CONTACT)
_READY = (JobState.SCHEDULED, JobState.DISPATCHED)
_LEFT = (JobState.SCHEDULED, JobState.SCRAPPED, JobState.WITHDRAWN)  # what moves there is no first article any more
(_BEFORE_DISPATCH,) = sources(JobState.DISPATCHED)
DISPATCH: Final = (
    update(JobRow)
    .where(JobRow.id == bindparam("job"), JobRow.state == _BEFORE_DISPATCH)
    .where(~first_articles.BLOCKED, bindparam("turn") == first_articles.TURN)
    .values(state=JobState.DISPATCHED)
)
"""Moves a job into the hands of an agent, if it is where it can be moved from; conditions may be added."""
_TIME_HAS_COME = "its time has come and all it needs is there"


def dispatch(
    session: Session, job_id: str, machine: str, at: datetime, *,
    who: str, why: str, turn: int = 0, move: Update = DISPATCH, given: Mapping[str, Any] = MappingProxyType({}),
) -> bool:  # fmt: skip
    """Record that an agent holds a job and has not started it; one statement looks and writes.

    Args:
        session: the transaction.
        job_id: of the job.
        machine: of the job.
        at: now.
        who: holds it.
        why: the reason, one clause.
        turn: the first article that it is, as `first_articles.TURN` tells; 0 for none.
        move: `DISPATCH`, with what else must be so.
        given: the parameters of that.

    Returns:
        Whether it was so; otherwise nothing has changed.
    """
    if session.connection().execute(move, {"job": job_id, "turn": turn, **given}).rowcount == 0:
        return False
    if turn:
        first_articles.hand_out(session, turn, job_id, at)
    session.connection().execute(APPEND, dispatched(job_id, machine, at, who=who, why=why))
    return True


def dispatched(job_id: str, machine: str, at: datetime, *, who: str, why: str) -> dict[str, Any]:
    """The event of a job that `DISPATCH` has moved, as `coordinator.events.APPEND` takes it."""
    data = {"before": str(_BEFORE_DISPATCH), "machine": machine}
    return {"at": at, "kind": "job.dispatched", "subject": f"job {job_id}", "who": who, "why": why, "data": data}


def give_program(
    session: Session, job: JobRow, sha256: str, name: str, planned_end: datetime, at: datetime, *, who: str
) -> None:
    """Record the program that a job waited for; its time may come from now on.

    Args:
        session: the transaction.
        job: the job.
        sha256: of the program, which the file store has.
        name: of the program.
        planned_end: by the program's own time.
        at: now.
        who: gives it.

    Raises:
        StateError: the job waits for no program.
    """
    if job.state is not JobState.WAITING_FOR_TOOLPATH:
        raise StateError(f"a job that is {job.state} waits for no program", where=f"job {job.id}")
    job.program_sha256, job.program_name, job.planned_end = sha256, name, planned_end
    _move(session, job, JobState.SCHEDULED, at, who=who, why=f"its program is there: {name}")


def give_back(session: Session, job: JobRow, at: datetime, *, who: str, why: str) -> None:
    """Record that an agent no longer holds the job, which it has not started.

    Raises:
        StateError: no agent holds it, or it has started.
    """
    if job.run is not None:
        raise StateError("it has started and is never started again", where=f"job {job.id}")
    _move(session, job, JobState.SCHEDULED, at, who=who, why=why)


def start_run(
    session: Session, job: JobRow, at: datetime, *, who: str = "coordinator", why: str = _TIME_HAS_COME
) -> None:
    """Record that the job is about to be started; commit before the machine hears of it.

    Raises:
        StateError: the job is neither scheduled nor dispatched, so it may have been started before; or another of its
            batch is to be accepted before.
    """
    if job.state not in _READY:
        raise StateError(f"a job that is {job.state} cannot become running", where=f"job {job.id}")
    if job.state is JobState.SCHEDULED and not first_articles.begin(session, job, at):
        raise StateError(f"it waits: {first_articles.reason(session, job)}", where=f"job {job.id}")
    _move(session, job, JobState.RUNNING, at, who=who, why=why)
    session.add(RunRow(job_id=job.id, started_at=at))
    note_uses(session, job)


def end_run(
    session: Session, job: JobRow, outcome: RunOutcome, at: datetime, *,
    lines: int | None, why: str, ended_at: datetime | None = None, who: str | None = None, fed: Fed | None = None,
) -> None:  # fmt: skip
    """Record how the job's run ended.

    Args:
        session: the transaction.
        job: the job.
        outcome: how.
        at: now.
        lines: that the firmware acknowledged, or None.
        why: the cause or the result, one sentence.
        ended_at: when it ended, where that is known to be earlier than now.
        who: tells it; None for the machine itself.
        fed: what its program fed, where that was worked out.

    Raises:
        StateError: the job is not running.
    """
    _move(session, job, _AFTER[outcome], at, who=who or job.machine, why=why)
    run = session.get_one(RunRow, job.id)
    run.ended_at = min(max(ended_at or at, run.started_at), at)
    run.outcome, run.lines, run.message = outcome, lines, why
    settle_uses(session, job, at, who=who or job.machine, fed=fed)


def hear_again(session: Session, job: JobRow, at: datetime, *, who: str, why: str) -> None:
    """Record that a job out of contact is heard of again, before any person has ruled on it.

    Raises:
        StateError: the job is not out of contact.
    """
    _move(session, job, JobState.RUNNING, at, who=who, why=why)
    run = session.get_one(RunRow, job.id)
    run.ended_at = run.outcome = run.lines = run.message = None


def rule(
    session: Session, job: JobRow, verdict: JobState, at: datetime, *, who: str, why: str, fed: Fed | None = None
) -> None:
    """Record a person's verdict on a job that failed or lost contact; `fed` is as for `end_run`.

    Raises:
        StateError: the verdict is not one that this job can have.
    """
    if job.state not in _DOUBTFUL or verdict not in _PIECES:
        raise StateError(f"a job that is {job.state} needs no verdict {verdict}", where=f"job {job.id}")
    _move(session, job, verdict, at, who=who, why=why)
    settle_uses(session, job, at, who=who, fed=fed)


def withdraw(session: Session, job: JobRow, at: datetime, why: str, *, who: str = "coordinator") -> None:
    """Record that a job will never start.

    Raises:
        StateError: it has started.
    """
    _move(session, job, JobState.WITHDRAWN, at, who=who, why=why)


def _move(session: Session, job: JobRow, to: JobState, at: datetime, *, who: str, why: str) -> None:
    before = advance(job, to, f"job {job.id}")
    if to in _PIECES:
        for piece in job.pieces:
            advance(piece, _PIECES[to], f"piece {job.id}/{piece.number}")
            piece.made_at = at if to is JobState.MADE else None
            if to is JobState.MADE and job.lot.retired_at is not None:  # its design moved on while it ran
                advance(piece, PieceState.SUPERSEDED, f"piece {job.id}/{piece.number}")
    record(
        session,
        at,
        f"job.{to.replace(' ', '-')}",
        f"job {job.id}",
        who=who,
        why=why,
        before=str(before),
        machine=job.machine,
    )
    if to is JobState.MADE:
        first_articles.made(session, job, at)
    if to in _LEFT and before is not JobState.WAITING_FOR_TOOLPATH:
        first_articles.leave(session, job, at, f"{job.id} is {to}: {why}")
