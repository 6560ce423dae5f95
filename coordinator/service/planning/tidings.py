"""What a new plan changes, told to whom it concerns: each lab of its own work, who ordered a build of its end.

Two kinds of events say it, `schedule.lab` and `schedule.build`, both about the build. Whom nothing has changed for, or
next to nothing, is told nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.lots import live_job, lots_of
from coordinator.schema.builds import BuildRow, JobRow, JobState, LotRow, OfferRow, OfferState, PlanRow
from coordinator.schema.service import OrderRow
from coordinator.service.house import Change

__all__ = ["TOLD_FROM", "Standing", "standing_in", "tell"]

TOLD_FROM: Final = timedelta(minutes=15)
"""A start or an end that moves by less is not worth a word."""
_TO_COME: Final = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Work:
    """A job or an offer that stands in a lab."""

    lab: str
    machine: str
    task: str
    start: datetime
    job: str | None = None
    offer: int | None = None

    def document(self) -> dict[str, Any]:
        """In JSON values."""
        named = {"job": self.job} if self.job is not None else {"offer": self.offer}
        return {**named, "task": self.task, "machine": self.machine}


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of a build that has not begun.

    Attributes:
        jobs: that have not begun, by id.
        offers: that nobody has answered, by id.
        end: when the last plan said that all is done; None before the first.
    """

    jobs: dict[str, Work]
    offers: dict[int, Work]
    end: datetime | None


def standing_in(session: Session, build: BuildRow) -> Standing:
    """As it is now."""
    jobs, offers = {}, {}
    for lot in lots_of(session, build):
        job = live_job(lot)
        if job is not None and job.state in _TO_COME:
            jobs[job.id] = _work(lot, job, job=job.id)
        for offer in lot.offers:
            if offer.state is OfferState.OFFERED:
                offers[offer.id] = _work(lot, offer, offer=offer.id)
    newest = select(PlanRow.document).where(PlanRow.build_id == build.id).order_by(PlanRow.id.desc()).limit(1)
    document = session.scalars(newest).first() or {}
    ends = [datetime.fromisoformat(each["end"]) for each in document.get("runs", ())]
    return Standing(jobs, offers, max(ends, default=None))


def tell(change: Change, build: BuildRow, before: Standing, why: str) -> None:
    """Say what has changed since; in the transaction that changes it."""
    change.session.flush()
    after = standing_in(change.session, build)
    labs: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for job_id, work in after.jobs.items():
        if job_id not in before.jobs:
            labs[work.lab]["taken"].append(work.document() | {"start": _iso(work.start)})
    moved = [(before.jobs[each], work) for each, work in after.jobs.items() if each in before.jobs]
    moved += [(before.offers[each], work) for each, work in after.offers.items() if each in before.offers]
    for was, work in moved:
        if abs(work.start - was.start) >= TOLD_FROM:
            labs[work.lab]["moved"].append(work.document() | {"from": _iso(was.start), "to": _iso(work.start)})
    for offer_id, work in after.offers.items():
        if offer_id not in before.offers:
            labs[work.lab]["asked"].append(work.document() | {"start": _iso(work.start)})
    for offer_id, was in before.offers.items():
        row = change.session.get_one(OfferRow, offer_id)
        if row.state is OfferState.WITHDRAWN:
            labs[was.lab]["withdrawn"].append(was.document() | {"why": row.why})
    for lab, news in sorted(labs.items()):
        change.record("schedule.lab", f"build {build.id}", why, lab=lab, build=build.id, **news)
    _tell_builder(change, build, before, after, why)


def _tell_builder(change: Change, build: BuildRow, before: Standing, after: Standing, why: str) -> None:
    order = change.session.get(OrderRow, build.id)
    if order is None or after.end is None:
        return
    late = order.due_at is not None and after.end > order.due_at
    was_late = order.due_at is not None and before.end is not None and before.end > order.due_at
    if before.end is not None and abs(after.end - before.end) < TOLD_FROM and late == was_late:
        return
    change.record(
        "schedule.build", f"build {build.id}", why, build=build.id, ordered_by=order.ordered_by, late=late,
        end=_iso(after.end), end_before=before.end and _iso(before.end), due_at=order.due_at and _iso(order.due_at),
    )  # fmt: skip


def _work(lot: LotRow, row: JobRow | OfferRow, *, job: str | None = None, offer: int | None = None) -> Work:
    return Work(row.lab, row.machine, lot.task.name, row.planned_start, job, offer)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
