"""What has become of each lot of a build: the one place that says what is done, what is firm, and what has no home."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.tables import (
    BuildRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    RunOutcome,
    TaskRow,
    TaskState,
)

if TYPE_CHECKING:  # it brings the planner's packages along, which who only looks does without
    from coordinator.work import Firm

__all__ = ["ENDED_FOR_NOTHING", "firm_work", "homeless", "live_job", "lots_of", "made_in_full", "open_offer"]

_PATIENCE = 3  # failures of one lot on one machine before it goes elsewhere
ENDED_FOR_NOTHING = (JobState.SCRAPPED, JobState.WITHDRAWN)
"""States of jobs that left nothing: their lots are to be made."""


def lots_of(session: Session, build: BuildRow) -> list[LotRow]:
    """All lots of a build, in order."""
    return list(session.scalars(select(LotRow).where(LotRow.build_id == build.id).order_by(LotRow.id)))


def live_job(lot: LotRow) -> JobRow | None:
    """The job that makes or has made the lot; None when there is none, or its pieces were scrapped."""
    return next((job for job in reversed(lot.jobs) if job.state not in ENDED_FOR_NOTHING), None)


def open_offer(lot: LotRow) -> OfferRow | None:
    """The offer of the lot that nobody has answered."""
    return next((offer for offer in lot.offers if offer.state is OfferState.OFFERED), None)


def homeless(session: Session, build: BuildRow) -> list[LotRow]:
    """Lots that nobody makes, has made or has been asked to make."""
    return [lot for lot in lots_of(session, build) if live_job(lot) is None and open_offer(lot) is None]


def made_in_full(task: TaskRow) -> bool:
    """Whether every lot of the task is made; a task that was never cut into lots is not."""
    jobs = [live_job(lot) for lot in task.lots]
    return bool(jobs) and all(job is not None and job.state is JobState.MADE for job in jobs)


def firm_work(session: Session, build: BuildRow, at: datetime) -> Firm:
    """What a new plan must leave as it is."""
    from coordinator.work import Firm

    sizes: dict[str, list[tuple[str, int]]] = {}
    placed: dict[str, tuple[str | None, datetime, datetime]] = {}
    machines: dict[str, str] = {}
    barred: set[tuple[str, str]] = set()
    for lot in lots_of(session, build):
        sizes.setdefault(lot.task.key, []).append((lot.key, lot.pieces))
        barred |= {(lot.key, machine) for machine in _barred(lot)}
        job = live_job(lot)
        if job is None:
            continue
        if job.run is not None:  # made, running, or waiting for a verdict
            end = job.run.ended_at or max(job.planned_end, at)
            placed[lot.key] = (job.machine, min(job.run.started_at, end), end)
        else:
            machines[lot.key] = job.machine
    for task in build.tasks:
        if task.arrives_at is not None and task.state in (TaskState.ORDERED, TaskState.DONE):
            placed[task.key] = (None, min(build.opened_at, task.arrives_at), task.arrives_at)
    return Firm(sizes, placed, machines, frozenset(barred))


def _barred(lot: LotRow) -> set[str]:
    """Machines that declined the lot, or failed at it too often."""
    refused = (OfferState.DECLINED, OfferState.EXPIRED)
    declined = {offer.machine for offer in lot.offers if offer.state in refused}
    failures = Counter(job.machine for job in lot.jobs if job.run and job.run.outcome is RunOutcome.FAILED)
    return declined | {machine for machine, count in failures.items() if count >= _PATIENCE}
