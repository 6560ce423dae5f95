"""The as-built report: every piece with its file, machine, times, instructions and outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.builds import open_offers
from coordinator.tables import BuildRow, EventRow, JobRow, JobState, PieceRow, TaskState

__all__ = ["as_built"]

VERSION = "fabcommons-as-built/1"


def as_built(session: Session, build: BuildRow) -> dict[str, Any]:
    """The report in JSON values; `complete` says whether every task of the build is done."""
    jobs = session.scalars(select(JobRow).where(JobRow.build_id == build.id).order_by(JobRow.offer_id)).all()
    return {
        "version": VERSION,
        "design": build.design.name,
        "design_sha256": build.design.content_hash,
        "commit": build.design.commit,
        "licence": build.design.licence,
        "quantity": build.quantity,
        "opened_at": _iso(build.opened_at),
        "finished_at": _iso(build.finished_at),
        "complete": all(task.state is TaskState.DONE for task in build.tasks),
        "pieces": [_piece(piece) for job in jobs for piece in job.pieces],
        "bought": [
            {"name": task.name, "quantity": task.quantity, "unit": task.unit, "arrived_at": _iso(task.arrives_at)}
            for task in build.tasks
            if task.kind == "purchase" and task.state is TaskState.DONE
        ],
        "waiting": [
            *({"job": job.id, "name": job.task.name, "why": _why(job)} for job in jobs if _why(job)),
            *(
                {"offer": offer.id, "name": offer.task.name, "why": "waiting for the lab's answer"}
                for offer in open_offers(session, build)
            ),
            *(
                {"task": task.key, "name": task.name, "why": task.reason}
                for task in build.tasks
                if task.state is TaskState.UNPLACEABLE
            ),
        ],
        "events": session.query(EventRow).count(),
    }


def _piece(piece: PieceRow) -> dict[str, Any]:
    job, run, task = piece.job, piece.job.run, piece.task
    return {
        "piece": f"{job.id}/{piece.number}",
        "name": task.name,
        "file": task.file,
        "file_sha256": task.file_sha256,
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


def _why(job: JobRow) -> str | None:
    return {
        JobState.WAITING_FOR_TOOLPATH: "waiting for a toolpath",
        JobState.SCHEDULED: "waiting for what it needs or for a person to start it",
        JobState.RUNNING: "running",
        JobState.FAILED: "failed, waiting for a person's verdict",
        JobState.LOST_CONTACT: "out of contact, waiting for a person's verdict",
    }.get(job.state)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
