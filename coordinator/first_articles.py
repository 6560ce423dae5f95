"""First articles: the first run of a batch is made alone, and a peer accepts it before the rest of the batch starts.

A batch is what one lab makes of one task, in two runs or more. Which batches ask for it the order says, else the lab;
a lab that always asks is not overruled. Any run of the batch may be the first: whichever is handed out first is it. It
passes when a peer has accepted one of its pieces and rejected none; given back, scrapped or rejected, another takes its
place, and the rest waits on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select, update
from sqlalchemy.orm import Session

from coordinator.events import record
from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.moves import advance
from coordinator.schema.builds import BuildRow, JobRow, JobState, LotRow, PieceRow, PieceState, TaskRow
from coordinator.schema.first_article import FirstArticleRow, FirstArticleState
from core.hashes import sha256_of_file
from machines.lab import FirstArticle, Network

if TYPE_CHECKING:  # it brings the planner's packages along, which who only looks does without
    from bom.graph import TaskGraph
    from coordinator.plans.work import Firm
    from designs.design import Design

__all__ = [
    "AWAITED",
    "BLOCKED",
    "TURN",
    "ask_for",
    "asked",
    "begin",
    "hand_out",
    "leave",
    "looked_at",
    "made",
    "put_aside",
    "reason",
    "to_check",
    "waive",
    "with_first_articles",
    "with_first_articles_of",
]

_GOOD = (PieceState.ACCEPTED, PieceState.DELIVERED)
_BAD = (PieceState.REJECTED, PieceState.SCRAPPED, PieceState.SUPERSEDED)
_UNDER_WAY = (JobState.DISPATCHED, JobState.RUNNING, JobState.FAILED, JobState.LOST_CONTACT, JobState.MADE)
_WANTED = FirstArticleRow.state == FirstArticleState.WANTED
_OF_BATCH = (
    select(LotRow.id)
    .where(LotRow.id == JobRow.lot_id, LotRow.task_id == FirstArticleRow.task_id, FirstArticleRow.lab == JobRow.lab)
    .correlate(JobRow, FirstArticleRow)
    .exists()
)
BLOCKED: Final[ColumnElement[bool]] = (
    exists().where(_WANTED, FirstArticleRow.job_id != JobRow.id, _OF_BATCH).correlate(JobRow)
)
"""Whether a row of `jobs` waits for another one of its batch."""
TURN: Final[ScalarSelect[int]] = func.coalesce(
    select(FirstArticleRow.id).where(_WANTED, FirstArticleRow.job_id.is_(None), _OF_BATCH).correlate(JobRow)
    .scalar_subquery(),
    0,
)  # type: ignore[assignment] # a function of a scalar is used as one  # fmt: skip
"""The first article that a row of `jobs` would be if it were handed out now, or 0."""


def asked(order: FirstArticle | None, lab: FirstArticle) -> FirstArticle:
    """When a first article is asked for: the order's word counts, but a lab that always asks is not overruled."""
    return lab if order is None or lab is FirstArticle.ALWAYS else order


def ask_for(session: Session, job: JobRow, network: Network, at: datetime) -> None:
    """Ask for a first article of the batch that a new job belongs to, where one is wanted and none was asked for."""
    session.flush()
    task, row = job.lot.task, _row(session, job)
    if row is not None and row.state is not FirstArticleState.WAIVED:
        return
    runs = select(func.count()).select_from(JobRow).join(LotRow).where(*_batch(task.id, job.lab))
    if (session.scalar(runs.where(JobRow.state.not_in(ENDED_FOR_NOTHING))) or 0) < 2:
        return
    why = _why(session, task, asked(task.build.first_article, network.lab(job.lab).first_article), job.lab)
    if why is None or _proved(session, task.id, job.lab):
        return
    if row is None:
        row = FirstArticleRow(task=task, lab=job.lab, state=FirstArticleState.WANTED, asked_at=at, why=why)
        session.add(row)
        session.flush()
    else:
        advance(row, FirstArticleState.WANTED, f"first-article {row.id}")
    row.job_id = _under_way(session, row)
    _tell(session, row, at, why)


def begin(session: Session, job: JobRow, at: datetime) -> bool:
    """Whether the job may be handed out now; where it is the first of its batch, it is noted as that."""
    row = _row(session, job)
    if row is None or row.state is not FirstArticleState.WANTED or row.job_id == job.id:
        return True
    if row.job_id is not None:
        return False
    row.job_id = job.id
    _tell(session, row, at, "its first run begins", kind="begun")
    return True


def hand_out(session: Session, article_id: int, job_id: str, at: datetime) -> None:
    """Note that a job, for which `TURN` was this, is now the first of its batch."""
    session.execute(update(FirstArticleRow).where(FirstArticleRow.id == article_id).values(job_id=job_id))
    _tell(session, session.get_one(FirstArticleRow, article_id), at, "its first run begins", kind="begun")


def made(session: Session, job: JobRow, at: datetime) -> None:
    """Say that a first run is made, where it is one: a peer is to check it."""
    row = _row(session, job)
    if row is not None and row.job_id == job.id and row.state is FirstArticleState.WANTED:
        _tell(session, row, at, "a peer is to check it: the rest of its batch waits", kind="made")


def leave(session: Session, job: JobRow, at: datetime, why: str) -> None:
    """Let another run be the first where this job was to be, and has been given back, scrapped or withdrawn."""
    row = _row(session, job)
    if row is not None and row.job_id == job.id and row.state is FirstArticleState.WANTED:
        session.flush()
        row.job_id = _under_way(session, row, without=job.id)
        _tell(session, row, at, why)


def looked_at(session: Session, piece: PieceRow, at: datetime, *, who: str, why: str) -> None:
    """Take note of what a peer has said of a piece: the rest of its batch may start, or waits for another first."""
    job = piece.job
    row = _row(session, job)
    if row is None:
        return
    session.flush()
    states = [each.state for each in job.pieces]
    bad = any(state in _BAD for state in states)
    if row.state is FirstArticleState.WANTED and not bad and any(state in _GOOD for state in states):
        advance(row, FirstArticleState.ACCEPTED, f"first-article {row.id}")
        row.job_id = job.id
        _tell(session, row, at, why, who=who)
    elif bad:
        put_aside(session, job, at, f"piece {piece.id} was rejected: {why}", who=who)


def put_aside(session: Session, job: JobRow, at: datetime, why: str, *, who: str = "coordinator") -> None:
    """Where a job was the first of its batch, accepted or not: another is, for its work is of no use any more."""
    row = _row(session, job)
    if row is None or row.job_id != job.id or row.state is FirstArticleState.WAIVED:
        return
    session.flush()
    if row.state is FirstArticleState.ACCEPTED:
        advance(row, FirstArticleState.WANTED, f"first-article {row.id}")
    row.job_id = _under_way(session, row, without=job.id)
    _tell(session, row, at, why, who=who)


def waive(session: Session, build: BuildRow, network: Network, at: datetime) -> None:
    """Ask no more where a lab has come to say never, or has left."""
    rows = select(FirstArticleRow).join(TaskRow).where(TaskRow.build_id == build.id, _WANTED)
    labs = {lab.id: lab for lab in network.labs}
    for row in session.scalars(rows.order_by(FirstArticleRow.id)).all():
        lab = labs.get(row.lab)
        if lab is None or asked(build.first_article, lab.first_article) is FirstArticle.NEVER:
            advance(row, FirstArticleState.WAIVED, f"first-article {row.id}")
            _tell(session, row, at, "the lab asks for it no more")


def reason(session: Session, job: JobRow) -> str | None:
    """What a scheduled job waits for, in words, where that is the first run of its batch; else None."""
    row = _row(session, job)
    if row is None or row.state is not FirstArticleState.WANTED or row.job is None or row.job_id == job.id:
        return None
    if row.job.state is JobState.MADE:
        return f"a peer is to check the first of its batch, {row.job_id}"
    return f"the first of its batch, {row.job_id}, is made alone: it is {row.job.state}"


def to_check(session: Session, build_id: int) -> list[JobRow]:
    """First runs of a build that are made, for whose check other runs wait."""
    query = select(JobRow).join(FirstArticleRow, FirstArticleRow.job_id == JobRow.id)
    return list(session.scalars(query.where(JobRow.build_id == build_id, AWAITED).order_by(JobRow.id)))


AWAITED: Final[ColumnElement[bool]] = (JobRow.state == JobState.MADE) & (
    exists().where(_WANTED, FirstArticleRow.job_id == JobRow.id).correlate(JobRow)
)
"""Whether a row of `jobs` is a first run that is made and waits for a peer's check."""


def with_first_articles(session: Session, build: BuildRow, network: Network, firm: Firm) -> Firm:
    """What stands in a build, and of which batches a first article is to be planned for."""
    found: dict[tuple[str, str], str | None] = {}
    rows = select(FirstArticleRow).join(TaskRow).where(TaskRow.build_id == build.id)
    rows = rows.where(FirstArticleRow.state != FirstArticleState.WAIVED)
    known = {(row.task_id, row.lab): row for row in session.scalars(rows)}
    for lab in network.labs:
        when = asked(build.first_article, lab.first_article)
        for task in build.tasks if when is not FirstArticle.NEVER else ():
            row = known.get((task.id, lab.id))
            if row is not None and row.state is FirstArticleState.WANTED:
                found[task.key, lab.id] = row.job.lot.key if row.job is not None else None
            elif row is None and len(task.lots) != 1 and _why(session, task, when, lab.id) is not None:
                found[task.key, lab.id] = None
    alone = (task.key for task in build.tasks) if build.first_article is FirstArticle.ALWAYS else ()
    return replace(firm, first_articles=found, first_alone=frozenset(alone))


def with_first_articles_of(session: Session, design: Design, graph: TaskGraph, network: Network, firm: Firm) -> Firm:
    """The same for a design that no build is stored of yet, where each lab says when it asks."""
    found: dict[tuple[str, str], str | None] = {}
    for task in graph.order():
        file = design.file(task.file) if task.file else None
        digest = sha256_of_file(design.locate(file.path)) if file is not None and file.present else None
        facts = TaskRow(file=task.file, file_sha256=digest, material=task.material)
        for lab in network.labs:
            if _why(session, facts, lab.first_article, lab.id) is not None:
                found[task.id, lab.id] = None
    return replace(firm, first_articles=found)


def _row(session: Session, job: JobRow) -> FirstArticleRow | None:
    query = select(FirstArticleRow).where(FirstArticleRow.task_id == job.lot.task_id, FirstArticleRow.lab == job.lab)
    return session.scalars(query).first()


def _batch(task_id: int, lab: str) -> tuple[ColumnElement[bool], ...]:
    return LotRow.task_id == task_id, LotRow.retired_at.is_(None), JobRow.lab == lab


def _why(session: Session, task: TaskRow, when: FirstArticle, lab: str) -> str | None:
    """Why a first article of a task is asked for at a lab, or None."""
    if when is FirstArticle.ALWAYS:
        return "a first article is always asked for"
    if when is FirstArticle.NEVER or task.file_sha256 is None or _made_before(session, task, lab):
        return None
    return f"{lab} has not made {task.file} in {task.material or 'this material'} before"


def _made_before(session: Session, task: TaskRow, lab: str) -> bool:
    """Whether a lab has made the same file in the same material for another task, and no peer has found it bad."""
    query = (
        select(PieceRow.id)
        .join(JobRow, JobRow.id == PieceRow.job_id)
        .join(LotRow, LotRow.id == JobRow.lot_id)
        .join(TaskRow, TaskRow.id == LotRow.task_id)
        .where(TaskRow.file_sha256 == task.file_sha256, TaskRow.material.is_not_distinct_from(task.material))
        .where(TaskRow.id != (task.id or 0), JobRow.lab == lab, JobRow.state == JobState.MADE)
        .where(PieceRow.state.in_((PieceState.MADE, *_GOOD)))
    )
    return session.scalars(query.limit(1)).first() is not None


def _proved(session: Session, task_id: int, lab: str) -> bool:
    """Whether a peer has accepted a run of the batch already."""
    good = exists().where(PieceRow.job_id == JobRow.id, PieceRow.state.in_(_GOOD)).correlate(JobRow)
    bad = exists().where(PieceRow.job_id == JobRow.id, PieceRow.state.in_(_BAD)).correlate(JobRow)
    query = select(JobRow.id).join(LotRow).where(*_batch(task_id, lab), good, ~bad)
    return session.scalars(query.limit(1)).first() is not None


def _under_way(session: Session, row: FirstArticleRow, without: str = "") -> str | None:
    """The first run of the batch that was handed out, and of which no piece was found bad; None where there is none."""
    bad = exists().where(PieceRow.job_id == JobRow.id, PieceRow.state.in_(_BAD)).correlate(JobRow)
    query = select(JobRow.id).join(LotRow).where(*_batch(row.task_id, row.lab), ~bad, JobRow.id != without)
    return session.scalars(query.where(JobRow.state.in_(_UNDER_WAY)).order_by(JobRow.offer_id).limit(1)).first()


def _tell(
    session: Session, row: FirstArticleRow, at: datetime, why: str, *, who: str = "coordinator", kind: str = ""
) -> None:
    task = row.task
    record(
        session, at, f"first-article.{kind or row.state}", f"build {task.build_id}", who=who, why=why,
        task=task.key, lab=row.lab, job=row.job_id,
    )  # fmt: skip
