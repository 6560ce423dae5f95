"""Jobs: work by hand that people start and end, and verdicts on what failed or went out of contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from bom.graph import TaskKind
from coordinator.life import end_run, rule, start_run
from coordinator.moves import advance
from coordinator.schema.builds import JobRow, JobState, LotRow, PieceState, RunOutcome, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.service import AttemptRow, AttemptState, OrderRow, ProgressRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.machinery.fitness import block_of
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from coordinator.service.runs.clearing import by_hand
from coordinator.service.runs.feeding import Feeding
from coordinator.service.runs.left_out import scrap_left_out
from coordinator.service.runs.waits import Waits, waits_of
from coordinator.service.supplies.kits import is_waived, require_kit
from coordinator.service.work.claims import takers_of
from coordinator.service.work.finishing import settle_task
from core.errors import InputError, StateError
from machines.lab import Network

__all__ = ["JobView", "Jobs", "PieceView", "ProgressView", "is_by_hand"]

_SHOWN = (joinedload(JobRow.run), joinedload(JobRow.lot).joinedload(LotRow.task), selectinload(JobRow.pieces))


class PieceView(View):
    """One thing that a job makes."""

    id: int
    number: int
    state: PieceState
    made_at: datetime | None


class ProgressView(View):
    """How far a job is, in lines of its program."""

    lines_done: int
    lines_total: int
    state: str
    at: datetime


class JobView(View):
    """One run of one machine, started at most once.

    `waits` says for what a scheduled job waits, beside its time and its machine; `to_check` that others of its batch
    wait until a peer has checked a piece of it.
    """

    id: str
    build_id: int
    task: str
    lot_id: int
    lab: str
    machine: str
    state: JobState
    by_hand: bool
    program: str | None
    program_sha256: str | None
    planned_start: datetime
    planned_end: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str | None
    remake_of: str | None
    waits: str | None
    to_check: bool
    pieces: list[PieceView]
    progress: ProgressView | None


class Jobs:
    """What is made."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._feeding = Feeding(house)

    def all(
        self, lab: str | None = None, state: JobState | None = None, build_id: int | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[JobView]:  # fmt: skip
        """Jobs, of one lab, state or build, or of all, by id."""
        query = select(JobRow).join(OrderRow, OrderRow.build_id == JobRow.build_id).options(*_SHOWN)
        for column, value in ((JobRow.lab, lab), (JobRow.state, state), (JobRow.build_id, build_id)):
            if value is not None:
                query = query.where(column == value)
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            progress: dict[str, ProgressRow] = {}
            waits = Waits()

            def read(rows: Sequence[JobRow]) -> None:
                nonlocal waits
                waits = waits_of(session, rows, network, self._house.clock.now())
                told = select(ProgressRow).where(ProgressRow.job_id.in_([row.id for row in rows]))
                progress.update((row.job_id, row) for row in session.scalars(told))

            return page_of(
                session, query, JobRow.id, lambda row: _view(network, row, progress.get(row.id), waits),
                after=after, limit=limit, first=read,
            )  # fmt: skip

    def one(self, job_id: str) -> JobView:
        """One job.

        Raises:
            UnknownError: there is no such job.
        """
        with self._house.reading() as session:
            return self._whole(session, _job(session, job_id))

    def start(self, call: Call, job_id: str) -> JobView:
        """Say that hands begin to work on a job.

        Raises:
            UnknownError: there is no such job.
            ForbiddenError: who asks is no operator of its lab, and has not claimed it.
            StateError: it is no work by hand, has begun before, waits for another task, or not all of its kit lies on
                the table and nobody has waived that; or something stands against it (`service.fitness`).
        """

        def work(change: Change) -> JobView:
            job = _by_hand(change.session, self._house.networks.of(change.session), call, job_id)
            waived = is_waived(change.session, job)
            missing = _missing(change.session, job, bought=not waived)
            if missing is not None:
                raise StateError(f"it waits for {missing!r}", where=f"job {job_id}")
            if not waived:
                require_kit(change.session, job)
            block = block_of(change.session, job, change.at)
            if block is not None:
                raise StateError(block.why, where=f"job {job_id}")
            why = "begun by hand, without all of its kit" if waived else "begun by hand"
            start_run(change.session, job, change.at, who=change.who, why=why)
            change.session.flush()
            return self._whole(change.session, job)

        return self._house.perform(call, JobView, work)

    def end(self, call: Call, job_id: str, *, made: bool, why: str) -> JobView:
        """Say that the work of hands is done, or that it failed.

        Raises:
            UnknownError: there is no such job.
            ForbiddenError: who asks is no operator of its lab, and has not claimed it.
            StateError: it is no work by hand, or does not go on.
        """

        def work(change: Change) -> JobView:
            job = _by_hand(change.session, self._house.networks.of(change.session), call, job_id)
            outcome = RunOutcome.FINISHED if made else RunOutcome.FAILED
            end_run(change.session, job, outcome, change.at, lines=None, why=why or "done by hand", who=change.who)
            settle_task(change, job.lot.task)
            want_plan(change, job.build_id, f"{job.lot.task.name} is {job.state}")
            return self._whole(change.session, job)

        return self._house.perform(call, JobView, work)

    def rule(self, call: Call, job_id: str, verdict: JobState, why: str) -> JobView:
        """Say what became of a job that failed or went out of contact: made, or scrapped and to be made again.

        What its agent tells afterwards changes nothing any more; it is noted.

        Raises:
            UnknownError: there is no such job.
            ForbiddenError: who asks is no operator of its lab.
            InputError: the verdict is neither.
            StateError: the job needs no verdict.
        """
        if verdict not in (JobState.MADE, JobState.SCRAPPED):
            raise InputError(f"{verdict} is no verdict", where="verdict", hint="made or scrapped")
        with self._house.reading() as session:
            call.actor.require(Right.ANSWER, _job(session, job_id).lab)
        fed = self._feeding.of_job(job_id) if verdict is JobState.SCRAPPED else None

        def work(change: Change) -> JobView:
            job = _job(change.session, job_id)
            rule(change.session, job, verdict, change.at, who=change.who, why=why, fed=fed)
            scrap_left_out(change, self._house, job)
            attempts = select(AttemptRow).where(AttemptRow.job_id == job_id, AttemptRow.state == AttemptState.STARTED)
            for attempt in change.session.scalars(attempts):
                advance(attempt, AttemptState.ENDED, f"attempt {attempt.id}")
            settle_task(change, job.lot.task)
            want_plan(change, job.build_id, f"{job.lot.task.name} was judged: {verdict}")
            return self._whole(change.session, job)

        return self._house.perform(call, JobView, work)

    def _whole(self, session: Session, job: JobRow) -> JobView:
        network = self._house.networks.of(session)
        waits = waits_of(session, [job], network, self._house.clock.now())
        return _view(network, job, session.get(ProgressRow, job.id), waits)


def _by_hand(session: Session, network: Network | None, call: Call, job_id: str) -> JobRow:
    job = _job(session, job_id)
    if takers_of(session, [job]).get(job.id) != call.actor.id:
        call.actor.require(Right.ANSWER, job.lab)
    if not is_by_hand(network, job):
        raise StateError(f"{job.machine} is driven by an agent, not by hand", where=f"job {job_id}")
    return job


def is_by_hand(network: Network | None, job: JobRow) -> bool:
    """Whether people start and end the job; so it is where its machine has left the network."""
    machine = network.find(job.machine) if network is not None else None
    return machine is None or network is None or by_hand(network, machine)


def _missing(session: Session, job: JobRow, *, bought: bool) -> str | None:
    """The name of a task that has to be done before this job's, or None; with `bought` purchases count too."""
    ahead = (
        select(TaskRow.name)
        .join(TaskEdgeRow, TaskEdgeRow.before_id == TaskRow.id)
        .where(TaskEdgeRow.after_id == job.lot.task_id, TaskRow.state != TaskState.DONE)
    )
    if not bought:
        ahead = ahead.where(TaskRow.kind != TaskKind.PURCHASE)
    return session.scalars(ahead.limit(1)).first()


def _job(session: Session, job_id: str) -> JobRow:
    found = session.get(JobRow, job_id)
    if found is None or session.get(OrderRow, found.build_id) is None:
        raise UnknownError(f"there is no job {job_id[:60]!r}")
    return found


def _view(network: Network | None, job: JobRow, progress: ProgressRow | None, waits: Waits) -> JobView:
    run = job.run
    return JobView(
        id=job.id,
        build_id=job.build_id,
        task=job.lot.task.name,
        lot_id=job.lot_id,
        lab=job.lab,
        machine=job.machine,
        state=job.state,
        by_hand=is_by_hand(network, job),
        program=job.program_name,
        program_sha256=job.program_sha256,
        planned_start=job.planned_start,
        planned_end=job.planned_end,
        started_at=run.started_at if run else None,
        ended_at=run.ended_at if run else None,
        message=run.message if run else None,
        remake_of=job.remake_of,
        waits=waits.why.get(job.id),
        to_check=job.id in waits.awaited,
        pieces=[
            PieceView(id=each.id, number=each.number, state=each.state, made_at=each.made_at) for each in job.pieces
        ],
        progress=ProgressView(
            lines_done=progress.lines_done, lines_total=progress.lines_total, state=progress.state, at=progress.at
        )
        if progress
        else None,
    )
