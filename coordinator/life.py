"""The life of a job: which moves are legal, and what each does to its pieces.

waiting for toolpath -> scheduled -> running -> made
                                        |-> failed       -> scrapped
                                        `-> lost contact -> made | scrapped   (a person rules)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from coordinator.events import record
from coordinator.tables import JobRow, JobState, PieceState, RunOutcome, RunRow
from core.errors import StateError

__all__ = ["end_run", "rule", "start_run", "withdraw"]

_MOVES = {
    JobState.WAITING_FOR_TOOLPATH: {JobState.WITHDRAWN},
    JobState.SCHEDULED: {JobState.RUNNING, JobState.WITHDRAWN},
    JobState.RUNNING: {JobState.MADE, JobState.FAILED, JobState.LOST_CONTACT},
    JobState.FAILED: {JobState.MADE, JobState.SCRAPPED},
    JobState.LOST_CONTACT: {JobState.MADE, JobState.SCRAPPED},
    JobState.MADE: set(),
    JobState.SCRAPPED: set(),
    JobState.WITHDRAWN: set(),
}
_PIECES = {JobState.MADE: PieceState.MADE, JobState.SCRAPPED: PieceState.SCRAPPED}
_AFTER = {
    RunOutcome.FINISHED: JobState.MADE,
    RunOutcome.FAILED: JobState.FAILED,
    RunOutcome.LOST_CONTACT: JobState.LOST_CONTACT,
}


def start_run(session: Session, job: JobRow, at: datetime) -> None:
    """Record that the job is about to be started; commit before the machine hears of it.

    Raises:
        StateError: the job is not scheduled, so it may have been started before.
    """
    _move(session, job, JobState.RUNNING, at, who="coordinator", why="its time has come and all it needs is there")
    session.add(RunRow(job_id=job.id, started_at=at))


def end_run(session: Session, job: JobRow, outcome: RunOutcome, at: datetime, *, lines: int | None, why: str) -> None:
    """Record how the job's run ended.

    Raises:
        StateError: the job is not running.
    """
    _move(session, job, _AFTER[outcome], at, who=job.machine, why=why)
    run = session.get_one(RunRow, job.id)
    run.ended_at, run.outcome, run.lines, run.message = at, outcome, lines, why


def rule(session: Session, job: JobRow, verdict: JobState, at: datetime, *, who: str, why: str) -> None:
    """Record a person's verdict on a job that failed or lost contact.

    Raises:
        StateError: the verdict is not one that this job can have.
    """
    if job.state not in (JobState.FAILED, JobState.LOST_CONTACT):
        raise StateError(f"a job that is {job.state} needs no verdict", where=f"job {job.id}")
    _move(session, job, verdict, at, who=who, why=why)


def withdraw(session: Session, job: JobRow, at: datetime, why: str) -> None:
    """Record that a job will never start.

    Raises:
        StateError: it has started.
    """
    _move(session, job, JobState.WITHDRAWN, at, who="coordinator", why=why)


def _move(session: Session, job: JobRow, to: JobState, at: datetime, *, who: str, why: str) -> None:
    if to not in _MOVES[job.state]:
        raise StateError(f"a job that is {job.state} cannot become {to}", where=f"job {job.id}")
    before, job.state = job.state, to
    if to in _PIECES:
        for piece in job.pieces:
            piece.state = _PIECES[to]
            piece.made_at = at if to is JobState.MADE else None
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
