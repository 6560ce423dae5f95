"""Jobs whose time has come and that may not start: why is told once to those who can do something about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from coordinator.first_articles import BLOCKED
from coordinator.schema.builds import JobRow, JobState, LotRow, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.machine import HeldRow, LockRow, OutsideRow, ReservationRow
from coordinator.schema.service import OrderRow
from coordinator.schema.stock import NeedRow, StockRow
from coordinator.service.house import Change, House, View
from coordinator.service.machinery.fitness import blocks_of

__all__ = ["Held", "HeldView"]

_MOST: Final = 200
_AT_WORK: Final = (JobState.DISPATCHED, JobState.RUNNING, JobState.LOST_CONTACT)


_NOW = bindparam("now", type_=ReservationRow.ends_at.type)
_LOCKED = LockRow.unlocked_at.is_(None)
_OUTSIDE = OutsideRow.ended_at.is_(None)
_RESERVED = and_(ReservationRow.ended_at.is_(None), ReservationRow.ends_at > _NOW)
_HINDRANCES = ((LockRow, _LOCKED), (OutsideRow, _OUTSIDE), (ReservationRow, _RESERVED))
_ANYTHING = select(
    or_(*(exists(select(row.machine).where(holds)) for row, holds in _HINDRANCES), exists(select(StockRow.id)),
        exists(select(HeldRow.job_id)))
)  # fmt: skip
"""Whether anything could stand against any job: most of the time nothing does, and that is soon known."""
_OTHER = aliased(JobRow)
_AHEAD = aliased(TaskRow)
_HINDERED = or_(
    exists().where(NeedRow.offer_id == JobRow.offer_id, StockRow.lab == JobRow.lab),
    *(exists().where(row.machine == JobRow.machine, holds) for row, holds in _HINDRANCES),
)
_NOT_DONE = exists().where(
    TaskEdgeRow.after_id == LotRow.task_id, _AHEAD.id == TaskEdgeRow.before_id, _AHEAD.state != TaskState.DONE
)
_DUE = (
    select(JobRow)
    .join(OrderRow, OrderRow.build_id == JobRow.build_id)
    .join(LotRow, LotRow.id == JobRow.lot_id)
    .where(JobRow.state == JobState.SCHEDULED, JobRow.planned_start <= _NOW, _HINDERED)
    .where(~exists().where(_OTHER.machine == JobRow.machine, _OTHER.state.in_(_AT_WORK)))
    .where(~_NOT_DONE.correlate(LotRow), ~BLOCKED)
    .order_by(JobRow.planned_start, JobRow.offer_id)
    .limit(_MOST)
)
"""Jobs that wait for no other, whose time has come, on machines where nothing runs, and that may be hindered."""


class HeldView(View):
    """A job whose time has come and that may not start, and why."""

    job_id: str
    build_id: int
    task: str
    machine: str
    lab: str
    why: str
    since: datetime


class Held:
    """What stands in the way of jobs."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(self, lab: str | None = None, machine: str | None = None) -> list[HeldView]:
        """Jobs that may not start though their time has come, of one lab or machine or of all; 200 at most."""
        query = select(HeldRow, JobRow).join(JobRow, JobRow.id == HeldRow.job_id)
        query = query.options(joinedload(JobRow.lot).joinedload(LotRow.task))
        for column, value in ((JobRow.lab, lab), (JobRow.machine, machine)):
            query = query if value is None else query.where(column == value)
        with self._house.reading() as session:
            rows = session.execute(query.order_by(HeldRow.since, HeldRow.job_id).limit(_MOST)).all()
            return [_view(row, job) for row, job in rows]

    def sweep(self) -> int:
        """Note which jobs are held now, and which no more; returns how much has changed."""
        with self._house.reading() as session:
            if not _news(session, self._house.clock.now()):
                return 0
        with self._house.change("coordinator") as change:
            news = _news(change.session, change.at)
            for job_id, why in news.items():
                _note(change, job_id, why)
        return len(news)


def _news(session: Session, now: datetime) -> dict[str, str | None]:
    """By job, what is to be told of it: a reason that is new, or None where there is none any more."""
    if not session.connection().execute(_ANYTHING, {"now": now}).scalar():
        return {}
    known = {row.job_id: row.why for row in session.scalars(select(HeldRow))}
    due = session.scalars(_DUE, {"now": now}).all()
    there = {job_id: block.why for job_id, block in blocks_of(session, due, now).items()}
    news: dict[str, str | None] = {job_id: None for job_id in known if job_id not in there}
    return news | {job_id: why for job_id, why in there.items() if known.get(job_id) != why}


def _note(change: Change, job_id: str, why: str | None) -> None:
    session = change.session
    job, row = session.get_one(JobRow, job_id), session.get(HeldRow, job_id)
    told = {"machine": job.machine, "lab": job.lab}
    if why is None:
        session.delete(row)
        change.record("job.freed", f"job {job_id}", "nothing stands in its way any more", **told)
        return
    if row is None:
        session.add(HeldRow(job_id=job_id, why=why, since=change.at))
    else:
        row.why = why
    change.record("job.held", f"job {job_id}", why, **told)


def _view(row: HeldRow, job: JobRow) -> HeldView:
    return HeldView(
        job_id=job.id,
        build_id=job.build_id,
        task=job.lot.task.name,
        machine=job.machine,
        lab=job.lab,
        why=row.why,
        since=row.since,
    )
