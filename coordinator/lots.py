"""What has become of each lot of a build: the one place that says what is done, what is firm, and what has no home."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from coordinator.schema.builds import (
    BuildRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PieceState,
    RunOutcome,
    TaskRow,
    TaskState,
)
from coordinator.shipping import arrivals_of

if TYPE_CHECKING:  # it brings the planner's packages along, which who only looks does without
    from coordinator.plans.work import Firm

__all__ = [
    "ENDED_FOR_NOTHING",
    "covered",
    "firm_work",
    "homeless",
    "live_job",
    "lots_of",
    "made_in_full",
    "open_offer",
    "wanted",
]

_OF_NO_USE = (PieceState.REJECTED, PieceState.SCRAPPED, PieceState.SUPERSEDED)
_PATIENCE = 3  # failures of one lot on one machine before it goes elsewhere
ENDED_FOR_NOTHING = (JobState.SCRAPPED, JobState.WITHDRAWN)
"""States of jobs that left nothing: their lots are to be made."""


def lots_of(session: Session, build: BuildRow) -> list[LotRow]:
    """All lots of a build that count, in order; those that a change has put aside do not."""
    counts = (LotRow.build_id == build.id, LotRow.retired_at.is_(None))
    read = (joinedload(LotRow.task), selectinload(LotRow.jobs), selectinload(LotRow.offers))
    return list(session.scalars(select(LotRow).where(*counts).order_by(LotRow.id).options(*read)))


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
    """Whether every lot of the task is made, and they are enough; a task that was never cut into lots is not."""
    jobs = [live_job(lot) for lot in task.lots]
    made = bool(jobs) and all(job is not None and job.state is JobState.MADE for job in jobs)
    return made and covered(task) >= wanted(task)


def wanted(task: TaskRow) -> int:
    """How many pieces the lots of a task are to make; of what is not counted in pieces the whole amount is one."""
    return math.ceil(task.quantity) if task.unit == "piece" else 1


def covered(task: TaskRow) -> int:
    """How many pieces the lots of a task make, have made or will make; those found bad since do not count."""
    return sum(lot.pieces - _bad(live_job(lot)) for lot in task.lots)


def _bad(job: JobRow | None) -> int:
    return 0 if job is None else sum(piece.state in _OF_NO_USE for piece in job.pieces)


def firm_work(session: Session, build: BuildRow, at: datetime) -> Firm:
    """What a new plan must leave as it is."""
    from coordinator.plans.work import Firm

    sizes: dict[str, list[tuple[str, int]]] = {}
    placed: dict[str, tuple[str | None, datetime, datetime]] = {}
    machines: dict[str, str] = {}
    barred: set[tuple[str, str]] = set()
    missing: dict[str, int] = {}
    sent = arrivals_of(session, build, at)
    for lot in lots_of(session, build):
        sizes.setdefault(lot.task.key, []).append((lot.key, lot.pieces))
        barred |= {(lot.key, machine) for machine in _barred(lot)}
        job = live_job(lot)
        if job is None:
            continue
        if job.run is not None:  # made, running, or waiting for a verdict
            end = job.run.ended_at or max(job.planned_end, at)
            placed[lot.key] = (job.machine, min(job.run.started_at, end), end)
            if lot.id in sent:  # it lies where it was sent to from then on: no way is to be added
                placed[lot.key] = (None, min(job.run.started_at, end), max(sent[lot.id], end))
        else:
            machines[lot.key] = job.machine
    for task in build.tasks:
        missing[task.key] = wanted(task) - covered(task)
        if task.arrives_at is not None and task.state in (TaskState.ORDERED, TaskState.DONE):
            placed[task.key] = (None, min(build.opened_at, task.arrives_at), task.arrives_at)
    return Firm(sizes, placed, machines, frozenset(barred), missing)


def _barred(lot: LotRow) -> set[str]:
    """Machines that declined the lot, or failed at it too often."""
    refused = (OfferState.DECLINED, OfferState.EXPIRED)
    declined = {offer.machine for offer in lot.offers if offer.state in refused}
    failures = Counter(job.machine for job in lot.jobs if job.run and job.run.outcome is RunOutcome.FAILED)
    return declined | {machine for machine, count in failures.items() if count >= _PATIENCE}
