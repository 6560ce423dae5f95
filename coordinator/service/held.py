"""Jobs whose time has come and that may not start: why is told once to those who can do something about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from coordinator.first_articles import BLOCKED
from coordinator.machine_tables import HeldRow, LockRow, OutsideRow, ReservationRow
from coordinator.service.fitness import block_of
from coordinator.service.house import Change, House, View
from coordinator.service_tables import OrderRow
from coordinator.stock_tables import NeedRow
from coordinator.tables import JobRow, JobState, LotRow, TaskEdgeRow, TaskRow, TaskState

__all__ = ["Held", "HeldView"]

_MOST: Final = 200
_AT_WORK: Final = (JobState.DISPATCHED, JobState.RUNNING, JobState.LOST_CONTACT)


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
    known = {row.job_id: row.why for row in session.scalars(select(HeldRow))}
    there = {job.id: block.why for job in _due(session, now) if (block := block_of(session, job, now)) is not None}
    news: dict[str, str | None] = {job_id: None for job_id in known if job_id not in there}
    return news | {job_id: why for job_id, why in there.items() if known.get(job_id) != why}


def _due(session: Session, now: datetime) -> list[JobRow]:
    """Jobs that wait for no other, whose time has come, on machines where nothing runs, and that may be hindered."""
    other = aliased(JobRow)
    busy = exists().where(other.machine == JobRow.machine, other.state.in_(_AT_WORK))
    hindered = (
        exists().where(NeedRow.offer_id == JobRow.offer_id)
        | exists().where(LockRow.machine == JobRow.machine, LockRow.unlocked_at.is_(None))
        | exists().where(OutsideRow.machine == JobRow.machine, OutsideRow.ended_at.is_(None))
        | exists().where(
            ReservationRow.machine == JobRow.machine, ReservationRow.ended_at.is_(None), ReservationRow.ends_at > now
        )
    )
    ahead = aliased(TaskRow)
    not_done = exists().where(
        TaskEdgeRow.after_id == LotRow.task_id, ahead.id == TaskEdgeRow.before_id, ahead.state != TaskState.DONE
    )
    query = select(JobRow).join(OrderRow, OrderRow.build_id == JobRow.build_id).join(LotRow, LotRow.id == JobRow.lot_id)
    query = query.where(JobRow.state == JobState.SCHEDULED, JobRow.planned_start <= now)
    query = query.where(~busy, hindered, ~not_done.correlate(LotRow), ~BLOCKED)
    return list(session.scalars(query.order_by(JobRow.planned_start, JobRow.offer_id).limit(_MOST)))


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
