"""Why a job is planned for its moment: what goes into it, what its machine does before, when its lab opens.

The reasons are read from what is stored, not from the problem that was solved: they stay true when other work moves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bom.graph import TaskKind
from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.plans.calendars import calendar_of
from coordinator.schema.builds import (
    EventRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    PlanRow,
    RunRow,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.service import OrderRow
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError
from machines.lab import Network

__all__ = ["PlaceCause", "PlaceView", "Places"]

_TO_COME: Final = (JobState.SCHEDULED, JobState.WAITING_FOR_TOOLPATH, JobState.DISPATCHED)
_ON_MACHINE: Final = (*_TO_COME, JobState.RUNNING, JobState.LOST_CONTACT)
_NEAR: Final = timedelta(minutes=1)  # ends and starts are planned to the second, runs end when they end


class PlaceCause(StrEnum):
    """What keeps a job from an earlier start."""

    BEGUN = "begun"  # nothing any more
    PART = "part"  # something that goes into it is not there before
    MACHINE = "machine"  # its machine has other work before
    SHIFT = "shift"  # its lab opens then
    PLANNED = "planned"  # it was planned then, and starts at once
    AGREED = "agreed"  # nothing that is known: it was agreed for then


class PlaceView(View):
    """Why a job stands where it does.

    `cause` is the last thing that it waits for, `what` the task that is meant, if one is, and `until` when that is
    over; `way_s` is how much of it things are on their way. `part`, `part_at`, `before`, `before_at` and `opens_at` are
    all that could have kept it, null where nothing of the kind does. `terms` says why it is this machine.
    """

    job_id: str
    build_id: int
    task: str
    pieces: int
    lab: str
    machine: str
    state: JobState
    start: datetime
    end: datetime
    cause: PlaceCause
    what: str | None
    until: datetime | None
    way_s: int
    part: str | None
    part_at: datetime | None
    before: str | None
    before_at: datetime | None
    opens_at: datetime | None
    planned_at: datetime
    due_at: datetime | None
    terms: str


class _Job(NamedTuple):
    id: str
    build_id: int
    lab: str
    machine: str
    state: JobState
    start: datetime
    end: datetime
    began_at: datetime | None
    ended_at: datetime | None
    task_id: int
    task: str
    pieces: int
    terms: str
    planned_at: datetime
    due_at: datetime | None


class _Part(NamedTuple):
    name: str
    at: datetime
    way_s: int


class _Busy(NamedTuple):
    job_id: str
    task: str
    start: datetime
    end: datetime


_JOBS = (
    select(
        JobRow.id, JobRow.build_id, JobRow.lab, JobRow.machine, JobRow.state, JobRow.planned_start, JobRow.planned_end,
        RunRow.started_at, RunRow.ended_at, TaskRow.id, TaskRow.name, LotRow.pieces, OfferRow.terms, PlanRow.made_at,
        OrderRow.due_at,
    )
    .join(OrderRow, OrderRow.build_id == JobRow.build_id)
    .join(LotRow, LotRow.id == JobRow.lot_id)
    .join(TaskRow, TaskRow.id == LotRow.task_id)
    .join(OfferRow, OfferRow.id == JobRow.offer_id)
    .join(PlanRow, PlanRow.id == OfferRow.plan_id)
    .outerjoin(RunRow, RunRow.job_id == JobRow.id)
)  # fmt: skip


class Places:
    """Where jobs stand in time, and why."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: tuple[int, dict[str, PlaceView]] = (-1, {})  # as of the last event

    def one(self, job_id: str) -> PlaceView:
        """Why one job stands where it does.

        Raises:
            UnknownError: there is no such job.
        """
        found = self.of([job_id]).get(job_id)
        if found is None:
            raise UnknownError(f"there is no job {job_id[:60]!r}")
        return found

    def of(self, job_ids: Sequence[str]) -> Mapping[str, PlaceView]:
        """Why these jobs stand where they do, by id; in a few statements, and once between two events."""
        with self._house.reading() as session:
            newest = session.scalar(select(func.max(EventRow.id))) or 0
            known = self._known[1] if self._known[0] == newest else {}
            missing = [each for each in job_ids if each not in known]
            if missing:
                known = known | _places(session, self._house.networks.of(session), missing)
            self._known = (newest, known)
        return {each: known[each] for each in job_ids if each in known}


def _places(session: Session, network: Network | None, job_ids: Sequence[str]) -> dict[str, PlaceView]:
    jobs = [_Job._make(row) for row in session.execute(_JOBS.where(JobRow.id.in_(job_ids)))]
    to_come = [job for job in jobs if job.state in _TO_COME]
    parts = _parts(session, network, to_come)
    busy = _busy(session, {job.machine for job in to_come})
    opens = _openings(network, to_come)
    return {
        job.id: _view(job, parts.get(job.id), _before(job, busy.get(job.machine, ())), opens.get(job.id))
        for job in jobs
    }


def _parts(session: Session, network: Network | None, jobs: Sequence[_Job]) -> dict[str, _Part]:
    """By job, what goes into it that is there last, where its lab has it then."""
    at = func.coalesce(RunRow.ended_at, JobRow.planned_end)
    query = (
        select(TaskEdgeRow.after_id, TaskRow.name, TaskRow.kind, TaskRow.arrives_at, JobRow.lab, at)
        .join(TaskRow, TaskRow.id == TaskEdgeRow.before_id)
        .outerjoin(LotRow, (LotRow.task_id == TaskRow.id) & LotRow.retired_at.is_(None))
        .outerjoin(JobRow, (JobRow.lot_id == LotRow.id) & JobRow.state.not_in(ENDED_FOR_NOTHING))
        .outerjoin(RunRow, RunRow.job_id == JobRow.id)
        .where(TaskEdgeRow.after_id.in_({job.task_id for job in jobs}), TaskRow.state != TaskState.CANCELLED)
    )
    ahead: dict[int, list[tuple[str, datetime, str | None]]] = defaultdict(list)
    for after, name, kind, arrives_at, lab, ends_at in session.execute(query):
        moment = arrives_at if kind == TaskKind.PURCHASE else ends_at
        if moment is not None:
            ahead[after].append((name, moment, lab))
    ways: dict[tuple[str, str], int] = {}
    found = {}
    for job in jobs:
        there = [_brought(network, ways, each, job.lab) for each in ahead.get(job.task_id, ())]
        if there:
            found[job.id] = max(there, key=lambda each: each.at)
    return found


def _brought(
    network: Network | None, ways: dict[tuple[str, str], int], part: tuple[str, datetime, str | None], to_lab: str
) -> _Part:
    name, at, lab = part
    if lab is None or lab == to_lab or network is None:
        return _Part(name, at, 0)
    if (lab, to_lab) not in ways:
        known = {lab, to_lab} <= {each.id for each in network.labs}
        ways[lab, to_lab] = round(network.transport(lab, to_lab).minutes * 60) if known else 0
    way_s = ways[lab, to_lab]
    return _Part(name, at + timedelta(seconds=way_s), way_s)


def _busy(session: Session, machines: Iterable[str]) -> dict[str, list[_Busy]]:
    """What each machine has to do, by the ends."""
    start = func.coalesce(RunRow.started_at, JobRow.planned_start)
    query = (
        select(JobRow.machine, JobRow.id, TaskRow.name, start, JobRow.planned_end)
        .join(LotRow, LotRow.id == JobRow.lot_id)
        .join(TaskRow, TaskRow.id == LotRow.task_id)
        .outerjoin(RunRow, RunRow.job_id == JobRow.id)
        .where(JobRow.machine.in_(set(machines)), JobRow.state.in_(_ON_MACHINE))
        .order_by(JobRow.planned_end)
    )
    found: dict[str, list[_Busy]] = defaultdict(list)
    for machine, job_id, task, begins, ends in session.execute(query):
        found[machine].append(_Busy(job_id, task, begins, ends))
    return found


def _before(job: _Job, busy: Sequence[_Busy]) -> _Busy | None:
    """What its machine does last before it."""
    ended = bisect_right(busy, job.start + _NEAR, key=lambda each: each.end)
    earlier = (busy[at] for at in range(ended - 1, -1, -1))
    return next((each for each in earlier if each.job_id != job.id and each.start < job.start), None)


def _openings(network: Network | None, jobs: Sequence[_Job]) -> dict[str, datetime]:
    """By job, when the hours of its lab begin in which it starts, if that is known."""
    by_lab: dict[str, list[_Job]] = defaultdict(list)
    for job in jobs:
        by_lab[job.lab].append(job)
    labs = {each.id for each in network.labs} if network is not None else set()
    found: dict[str, datetime] = {}
    for lab, members in by_lab.items():
        if network is None or lab not in labs:
            continue
        origin = min(job.start for job in members) - timedelta(days=1)
        horizon_s = round((max(job.start for job in members) - origin).total_seconds()) + 1
        windows = calendar_of(network, lab, origin, horizon_s).windows
        for job in members:
            at_s = (job.start - origin).total_seconds()
            window = next((each for each in windows if each.start_s <= at_s <= each.end_s), None)
            if window is not None and window.start_s > 0:
                found[job.id] = origin + timedelta(seconds=window.start_s)
    return found


def _view(job: _Job, part: _Part | None, before: _Busy | None, opens_at: datetime | None) -> PlaceView:
    begun = job.state not in _TO_COME
    return PlaceView(
        job_id=job.id, build_id=job.build_id, task=job.task, pieces=job.pieces, lab=job.lab, machine=job.machine,
        state=job.state, start=job.began_at or job.start, end=job.ended_at or job.end,
        part=part.name if part else None, part_at=part.at if part else None,
        before=before.task if before else None, before_at=before.end if before else None,
        opens_at=opens_at, planned_at=job.planned_at, due_at=job.due_at, terms=job.terms,
        **(_BEGUN if begun else _cause(job, part, before, opens_at)),
    )  # fmt: skip


_BEGUN: Final[Mapping[str, Any]] = {"cause": PlaceCause.BEGUN, "what": None, "until": None, "way_s": 0}


def _cause(job: _Job, part: _Part | None, before: _Busy | None, opens_at: datetime | None) -> dict[str, Any]:
    """The last of what could keep it. What ends after its start does not, but for a part that comes too late."""
    could: list[tuple[datetime, PlaceCause, str | None, int]] = [(job.planned_at, PlaceCause.PLANNED, None, 0)]
    if opens_at is not None:
        could.append((opens_at, PlaceCause.SHIFT, None, 0))
    if before is not None:
        could.append((before.end, PlaceCause.MACHINE, before.task, 0))
    keeps = [each for each in could if each[0] <= job.start + _NEAR]
    if part is not None:
        keeps.append((part.at, PlaceCause.PART, part.name, part.way_s))
    until, cause, what, way_s = max(keeps, key=_last, default=(None, PlaceCause.AGREED, None, 0))
    if cause is PlaceCause.PLANNED and until is not None and job.start - until > timedelta(hours=1):
        cause = PlaceCause.AGREED
    return {"cause": cause, "what": what, "until": until, "way_s": way_s}


def _last(could: tuple[datetime, PlaceCause, str | None, int]) -> tuple[datetime, bool]:
    """By the moment; of two that end together the part tells more than the machine that makes it."""
    return could[0], could[1] is PlaceCause.PART
