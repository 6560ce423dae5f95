"""What is needed, what is being made, and what waits for a person: the whole network's work at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TypeVarTuple

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from bom.graph import TaskKind
from coordinator.first_articles import AWAITED
from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    EventRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PieceRow,
    PieceState,
    RunRow,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.service import ClaimRow, ClaimState, OrderRow, ProgressRow
from coordinator.service.house import House, View
from coordinator.service.runs.jobs import is_by_hand
from coordinator.service.runs.waits import hindrances, waits_of
from coordinator.service.work.claims import takers_of
from machines.lab import Network

__all__ = ["Board", "NeededView", "NeededWork", "WaitingView", "WorkView"]

_MOST = 50
_MOST_KNOWN = 200
Columns = TypeVarTuple("Columns")
_MOST_TO_COME = 200
_MOST_AWAITED = 500
_MOST_NAMED = 3
_AT_WORK = (JobState.DISPATCHED, JobState.RUNNING)
_TO_COME = (JobState.SCHEDULED, JobState.WAITING_FOR_TOOLPATH)


class NeededView(View):
    """A lot that nobody makes yet, or a task that no machine can make. `behind` counts the tasks that wait for it."""

    task_id: int
    task: str
    build_id: int
    design: str
    pieces: float
    unit: str
    process: str | None
    material: str | None
    lot_id: int | None
    stage: str
    lab: str | None
    machine: str | None
    offer_id: int | None
    expires_at: datetime | None
    reason: str | None
    behind: int
    since: datetime
    due_at: datetime | None


class NeededWork(View):
    """A page of what is needed, the most urgent first; `count` is of all pages."""

    items: list[NeededView]
    count: int
    processes: list[str]


class WorkView(View):
    """A job, to come, at work or made; its start and end are those of its run as far as there is one.

    `share` is how much of its program is done, 0 to 1, where it is known; `waits` says for what one to come waits,
    beside its time and its machine; `taken_by` who has claimed it, and may begin and end it by hand; `has_kit` whether
    there is something to tick off before.
    """

    job_id: str
    build_id: int
    task: str
    design: str
    lab: str
    machine: str
    state: JobState
    by_hand: bool
    pieces: int
    start: datetime
    end: datetime
    share: float | None
    waits: str | None
    taken_by: str | None
    has_kit: bool


class WaitingView(View):
    """Something that goes on when a person has said or done something."""

    kind: str
    what: str
    build_id: int
    design: str
    lab: str | None
    why: str
    since: datetime | None
    job_id: str | None = None
    piece_id: int | None = None


class Board:
    """The work of the whole network."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._needed: dict[tuple[str | None, str | None, int], tuple[int, NeededWork]] = {}  # as of the last event

    def needed(self, process: str | None = None, lab: str | None = None, *, page: int = 1) -> NeededWork:
        """What nobody makes yet: the earliest due first, then what most other work waits for.

        Args:
            process: only this one.
            lab: only what is proposed to it.
            page: from 1.
        """
        asked = (process, lab, page)
        with self._house.reading() as session:
            newest = session.scalar(select(func.max(EventRow.id))) or 0
            known = self._needed.get(asked)
            if known is None or known[0] != newest:
                if len(self._needed) >= _MOST_KNOWN:
                    self._needed.clear()
                known = self._needed[asked] = (newest, _needed_work(session, process, lab, page))
        return known[1]

    def planning(self) -> int:
        """How many open builds wait for a plan: what they need is not known yet."""
        query = select(func.count()).select_from(OrderRow).join(BuildRow, BuildRow.id == OrderRow.build_id)
        wanted = query.where(BuildRow.state == BuildState.OPEN, OrderRow.plan_wanted > OrderRow.plan_made)
        with self._house.reading() as session:
            return session.scalar(wanted) or 0

    def at_work(self, build_id: int | None = None, lab: str | None = None) -> list[WorkView]:
        """What is being made now, what ends first at the top."""
        query = _jobs(_AT_WORK, build_id, lab).order_by(JobRow.planned_end, JobRow.id).limit(_MOST)
        with self._house.reading() as session:
            jobs = session.scalars(query).all()
            if not jobs:
                return []
            made = select(ProgressRow).where(ProgressRow.job_id.in_([job.id for job in jobs]))
            progress = {each.job_id: each for each in session.scalars(made)}
            network = self._house.networks.of(session)
            takers = takers_of(session, jobs)
            return [_work(job, network, progress.get(job.id), taken_by=takers.get(job.id)) for job in jobs]

    def to_come(self, lab: str, machine: str | None = None) -> list[WorkView]:
        """Jobs of a lab that have not begun, in the order of their planned starts, 200 at most."""
        query = _jobs(_TO_COME, None, lab).order_by(JobRow.planned_start, JobRow.id).limit(_MOST_TO_COME)
        if machine is not None:
            query = query.where(JobRow.machine == machine)
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            jobs = session.scalars(query).all()
            if not jobs:
                return []
            hands = [job for job in jobs if job.state is JobState.SCHEDULED and is_by_hand(network, job)]
            now = self._house.clock.now()
            why = {**hindrances(session, hands, now), **waits_of(session, jobs, network, now).why}
            takers = takers_of(session, jobs)
            return [_work(job, network, None, why.get(job.id), takers.get(job.id)) for job in jobs]

    def waiting(
        self, build_id: int | None = None, lab: str | None = None, machine: str | None = None
    ) -> list[WaitingView]:
        """What waits for a person: verdicts first, then checks (of first articles before others), then purchases.

        Of one machine only verdicts: what it did is in doubt until somebody has ruled.
        """
        with self._house.reading() as session:
            doubtful = _jobs((JobState.LOST_CONTACT, JobState.FAILED), build_id, lab)
            doubtful = doubtful if machine is None else doubtful.where(JobRow.machine == machine)
            found = [_verdict(job) for job in session.scalars(doubtful.order_by(JobRow.id).limit(_MOST))]
            if machine is not None:
                return found
            pieces = session.scalars(_unchecked(build_id, lab).limit(_MOST)).all()
            awaited = frozenset(session.scalars(select(JobRow.id).where(AWAITED)) if pieces else ())
            found += [_check(piece, awaited) for piece in pieces]
            if lab is None:
                overdue = session.scalars(_overdue(build_id, self._house.clock.now()).limit(_MOST_AWAITED))
                by_build = groupby(overdue, key=lambda task: task.build_id)
                found += [_arrivals(list(tasks)) for _, tasks in by_build]
            return found

    def recent(self, build_id: int | None = None, limit: int = 8) -> list[WorkView]:
        """What was made last."""
        query = _jobs((JobState.MADE,), build_id, None).join(RunRow, RunRow.job_id == JobRow.id)
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            jobs = session.scalars(query.order_by(RunRow.ended_at.desc()).limit(limit))
            return [_work(job, network, None) for job in jobs]


def _needed_work(session: Session, process: str | None, lab: str | None, page: int) -> NeededWork:
    kinds = session.scalars(_unmade(select(TaskRow.process)).where(TaskRow.process.is_not(None)).distinct())
    processes = sorted(each for each in kinds if each)
    chosen = _unmade(select(LotRow.id, TaskRow.id))
    if process is not None:
        chosen = chosen.where(TaskRow.process == process)
    if lab is not None:
        chosen = chosen.join(OfferRow, OfferRow.lot_id == LotRow.id)
        chosen = chosen.where(OfferRow.state == OfferState.OFFERED, OfferRow.lab == lab)
    count = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    behind = select(func.count()).where(TaskEdgeRow.before_id == TaskRow.id).scalar_subquery()
    urgent = (OrderRow.due_at.is_(None), OrderRow.due_at, behind.desc(), TaskRow.build_id, TaskRow.id, LotRow.id)
    ordered = chosen.add_columns(behind).order_by(*urgent)
    rows = session.execute(ordered.offset((page - 1) * _MOST).limit(_MOST))
    items = _needed(session, [(row[0], row[1], row[2]) for row in rows])
    return NeededWork(items=items, count=count, processes=processes)


def _unmade(query: Select[*Columns]) -> Select[*Columns]:
    """Of open builds: tasks with lots that no job makes, and tasks without lots that no machine can make."""
    taken = select(JobRow.id).where(JobRow.lot_id == LotRow.id, JobRow.state.not_in(ENDED_FOR_NOTHING)).exists()
    query = query.select_from(TaskRow).join(BuildRow).join(OrderRow, OrderRow.build_id == BuildRow.id)
    query = query.outerjoin(LotRow, (LotRow.task_id == TaskRow.id) & LotRow.retired_at.is_(None))
    needed = case((LotRow.id.is_(None), TaskRow.state == TaskState.UNPLACEABLE), else_=~taken)
    over = (TaskState.DONE, TaskState.CANCELLED)
    return query.where(BuildRow.state == BuildState.OPEN, TaskRow.state.not_in(over), needed)


def _needed(session: Session, found: Iterable[tuple[int | None, int, int]]) -> list[NeededView]:
    wanted = list(found)
    lots = [lot for lot, _, _ in wanted if lot is not None]
    tasks = {
        task.id: task
        for task in session.scalars(
            select(TaskRow)
            .where(TaskRow.id.in_([task for _, task, _ in wanted]))
            .options(joinedload(TaskRow.build).joinedload(BuildRow.design))
        )
    }
    builds = {task.build_id for task in tasks.values()}
    due = {row.build_id: row.due_at for row in session.scalars(select(OrderRow).where(OrderRow.build_id.in_(builds)))}
    pieces = {lot.id: lot.pieces for lot in session.scalars(select(LotRow).where(LotRow.id.in_(lots)))}
    offered = select(OfferRow).where(OfferRow.lot_id.in_(lots), OfferRow.state == OfferState.OFFERED)
    offers = {offer.lot_id: offer for offer in session.scalars(offered)}
    claimed = select(ClaimRow).where(ClaimRow.lot_id.in_(lots), ClaimRow.state == ClaimState.OPEN)
    claims = {claim.lot_id: claim for claim in session.scalars(claimed)}
    return [
        _needed_view(tasks[task], lot, behind, pieces, offers, claims, due[tasks[task].build_id])
        for lot, task, behind in wanted
    ]


def _needed_view(
    task: TaskRow, lot: int | None, behind: int, pieces: Mapping[int, int], offers: Mapping[int, OfferRow],
    claims: Mapping[int, ClaimRow], due_at: datetime | None,
) -> NeededView:  # fmt: skip
    offer = offers.get(lot) if lot is not None else None
    claim = claims.get(lot) if lot is not None else None
    taker = claim or offer
    stage = "claimed" if claim else "offered" if offer else str(task.state)
    return NeededView(
        task_id=task.id,
        task=task.name,
        build_id=task.build_id,
        design=task.build.design.name,
        pieces=task.quantity if lot is None else pieces[lot],
        unit=task.unit,
        process=task.process,
        material=task.material,
        lot_id=lot,
        stage=stage,
        lab=taker.lab if taker else None,
        machine=taker.machine if taker else None,
        offer_id=offer.id if offer else None,
        expires_at=offer.expires_at if offer else None,
        reason=task.reason if taker is None else None,
        behind=behind,
        since=task.build.opened_at,
        due_at=due_at,
    )


def _jobs(states: Iterable[JobState], build_id: int | None, lab: str | None) -> Select[JobRow]:
    query = (
        select(JobRow)
        .join(OrderRow, OrderRow.build_id == JobRow.build_id)
        .where(JobRow.state.in_(list(states)))
        .options(
            joinedload(JobRow.run),
            joinedload(JobRow.lot).joinedload(LotRow.task).joinedload(TaskRow.build).joinedload(BuildRow.design),
        )
    )
    if build_id is not None:
        query = query.where(JobRow.build_id == build_id)
    return query if lab is None else query.where(JobRow.lab == lab)


def _unchecked(build_id: int | None, lab: str | None) -> Select[PieceRow]:
    query = (
        select(PieceRow)
        .join(JobRow)
        .join(OrderRow, OrderRow.build_id == JobRow.build_id)
        .where(PieceRow.state == PieceState.MADE, or_(OrderRow.checked, AWAITED))
        .options(
            joinedload(PieceRow.job)
            .joinedload(JobRow.lot)
            .joinedload(LotRow.task)
            .joinedload(TaskRow.build)
            .joinedload(BuildRow.design)
        )
    )
    if build_id is not None:
        query = query.where(JobRow.build_id == build_id)
    if lab is not None:
        query = query.where(JobRow.lab == lab)
    return query.order_by(case((AWAITED, 0), else_=1), PieceRow.id)


def _overdue(build_id: int | None, now: datetime) -> Select[TaskRow]:
    """Purchases that should be there, build by build."""
    query = (
        select(TaskRow)
        .join(OrderRow, OrderRow.build_id == TaskRow.build_id)
        .where(TaskRow.state == TaskState.ORDERED, TaskRow.arrives_at <= now)
        .options(joinedload(TaskRow.build).joinedload(BuildRow.design))
    )
    query = query if build_id is None else query.where(TaskRow.build_id == build_id)
    return query.order_by(TaskRow.build_id, TaskRow.arrives_at, TaskRow.id)


def _work(
    job: JobRow, network: Network | None, progress: ProgressRow | None, waits: str | None = None,
    taken_by: str | None = None,
) -> WorkView:  # fmt: skip
    total = progress.lines_total if progress else 0
    return WorkView(
        job_id=job.id,
        build_id=job.build_id,
        task=job.lot.task.name,
        design=_design(job).name,
        lab=job.lab,
        machine=job.machine,
        state=job.state,
        by_hand=is_by_hand(network, job),
        pieces=job.lot.pieces,
        start=job.run.started_at if job.run else job.planned_start,
        end=job.run.ended_at if job.run and job.run.ended_at else job.planned_end,
        share=min(1.0, progress.lines_done / total) if progress and total else None,
        waits=waits,
        taken_by=taken_by,
        has_kit=job.lot.task.kind == TaskKind.ASSEMBLE,
    )


def _verdict(job: JobRow) -> WaitingView:
    run = job.run
    return WaitingView(
        kind="verdict", what=job.lot.task.name, build_id=job.build_id, design=_design(job).name, lab=job.lab,
        why=(run.message if run else None) or str(job.state), since=run.ended_at if run else None, job_id=job.id,
    )  # fmt: skip


def _check(piece: PieceRow, awaited: frozenset[str]) -> WaitingView:
    job = piece.job
    why = "a peer is to look at it" + (": the rest of its batch waits for that" if job.id in awaited else "")
    return WaitingView(
        kind="check", what=f"{job.lot.task.name}, piece {piece.number}", build_id=job.build_id,
        design=_design(job).name, lab=job.lab, why=why, since=piece.made_at, piece_id=piece.id,
    )  # fmt: skip


def _arrivals(tasks: Sequence[TaskRow]) -> WaitingView:
    """The purchases of one build, as one matter."""
    names = ", ".join(task.name for task in tasks[:_MOST_NAMED])
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    build = tasks[0].build
    return WaitingView(
        kind="arrival", what="1 purchase" if len(tasks) == 1 else f"{len(tasks)} purchases", build_id=build.id,
        design=build.design.name, lab=None, why=f"should be here: {names}{more}", since=tasks[0].arrives_at,
    )  # fmt: skip


def _design(job: JobRow) -> DesignRow:
    return job.lot.task.build.design
