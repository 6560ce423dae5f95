"""The as-built report: every piece with its file, machine, times, instructions and outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.lots import live_job, lots_of, open_offer
from coordinator.schema.builds import BuildRow, BuildState, JobState, LotRow, PieceRow, TaskState
from coordinator.schema.change import LotVersionRow, OfferSubstitutionRow, SubstitutionRow, TaskVersionRow

__all__ = ["as_built"]

VERSION = "fabcommons-as-built/1"


def as_built(session: Session, build: BuildRow, *, simulated: bool) -> dict[str, Any]:
    """The report in JSON values.

    Args:
        session: to read with.
        build: what is reported.
        simulated: whether virtual machines and a stand-in made it.

    Returns:
        The report; `complete` says whether every task of the build is done, `waiting` what is not and why.
    """
    lots = lots_of(session, build)
    return {
        "version": VERSION,
        "simulated": simulated,
        "design": build.design.name,
        "design_sha256": build.design.content_hash,
        "commit": build.design.commit,
        "licence": build.design.licence,
        "quantity": build.quantity,
        "opened_at": _iso(build.opened_at),
        "finished_at": _iso(build.finished_at),
        "complete": build.state is not BuildState.CANCELLED
        and all(task.state in (TaskState.DONE, TaskState.CANCELLED) for task in build.tasks),
        "pieces": [
            _piece(session, piece, lot)
            for lot in (*lots, *_retired(session, build))
            for job in lot.jobs
            for piece in job.pieces
        ],
        "bought": [
            {"name": task.name, "quantity": task.quantity, "unit": task.unit, "arrived_at": _iso(task.arrives_at)}
            for task in build.tasks
            if task.kind == "purchase" and task.state is TaskState.DONE
        ],
        "waiting": [
            *({"lot": lot.key, "name": lot.task.name, "why": why} for lot in lots if (why := _why(lot))),
            *(
                {"task": task.key, "name": task.name, "why": task.reason or "waiting to be delivered"}
                for task in build.tasks
                if task.state is TaskState.ORDERED or (task.state is TaskState.UNPLACEABLE and not task.lots)
            ),
        ],
    }


def _retired(session: Session, build: BuildRow) -> list[LotRow]:
    """Lots that a change of the build has put aside after they were begun."""
    begun = select(LotRow).where(LotRow.build_id == build.id, LotRow.retired_at.is_not(None))
    return [lot for lot in session.scalars(begun.order_by(LotRow.id)) if any(job.run is not None for job in lot.jobs)]


def _piece(session: Session, piece: PieceRow, lot: LotRow) -> dict[str, Any]:
    job, run, task = piece.job, piece.job.run, lot.task
    made_by = session.get(LotVersionRow, lot.id)  # where the design has moved on since
    follows = session.get(TaskVersionRow, task.id)
    design = (made_by or follows or task.build).design
    return {
        "piece": f"{job.id}/{piece.number}",
        "name": task.name,
        "amount": "1 piece" if task.unit == "piece" else f"{task.quantity:g} {task.unit}",
        "file": (made_by or task).file,
        "file_sha256": (made_by or task).file_sha256,
        "version_sha256": design.content_hash,
        "commit": design.commit,
        "substitutions": _substitutions(session, job.offer_id),
        "lab": job.lab,
        "machine": job.machine,
        "start": _iso(run.started_at) if run else None,
        "end": _iso(run.ended_at) if run else None,
        "toolpath": job.program_name,
        "toolpath_sha256": job.program_sha256,
        "outcome": str(piece.state),
        "note": run.message if run else None,
        "remake_of": job.remake_of,
    }


def _substitutions(session: Session, offer_id: int) -> list[dict[str, Any]]:
    """What was used instead, and who allowed it."""
    query = select(SubstitutionRow).join(OfferSubstitutionRow).where(OfferSubstitutionRow.offer_id == offer_id)
    return [
        {
            "of": str(each.kind),
            "wanted": each.wanted,
            "instead": each.instead,
            "approved_by": each.decided_by,
            "as": each.decided_as,
        }
        for each in session.scalars(query.order_by(SubstitutionRow.id))
    ]


_WHY = {
    JobState.WAITING_FOR_TOOLPATH: "waiting for a toolpath",
    JobState.SCHEDULED: "waiting for what it needs or for a person to start it",
    JobState.RUNNING: "running",
    JobState.FAILED: "failed, waiting for a person's verdict",
    JobState.LOST_CONTACT: "out of contact, waiting for a person's verdict",
}


def _why(lot: LotRow) -> str | None:
    """What a lot waits for, or None when it is made."""
    job = live_job(lot)
    if job is not None:
        return _WHY.get(job.state)
    if open_offer(lot) is not None:
        return "waiting for the lab's answer"
    return lot.task.reason or "waiting to be planned"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
