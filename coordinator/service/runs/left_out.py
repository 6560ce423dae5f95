"""Objects of a plate that were left out of a run: their pieces are no pieces, and are made again."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import JobRow, JobState, PieceRow, PieceState
from coordinator.schema.request import RequestKind, RequestRow, RequestState
from coordinator.service.house import Change, House
from coordinator.service.work.remaking import scrap_piece
from gcode.plate import PlateObject, objects_of_file

__all__ = ["left_out_of", "objects_in", "piece_of", "scrap_left_out"]


def objects_in(house: House, job: JobRow) -> tuple[PlateObject, ...]:
    """The objects that a job's program marks, in their order; none where it has no program here."""
    try:
        return _objects_of(house.files.path(job.program_sha256)) if job.program_sha256 else ()
    except KeyError:
        return ()


def piece_of(house: House, job: JobRow, label: str | None) -> PieceRow | None:
    """The piece that an object of the plate is; None where objects are not pieces one by one."""
    labels = [each.label for each in objects_in(house, job)]
    pieces = sorted(job.pieces, key=lambda each: each.number)
    return pieces[labels.index(label)] if label in labels and len(labels) == len(pieces) else None


def scrap_left_out(change: Change, house: House, job: JobRow) -> None:
    """Scrap the pieces of a finished run whose objects a person had left out; they are made again."""
    if job.state is not JobState.MADE:
        return
    for row, piece in left_out_of(change.session, house, job):
        if piece.state is PieceState.MADE:
            scrap_piece(change, piece, f"{row.asked_by} had object {row.object} left out", "left out")


def left_out_of(session: Session, house: House, job: JobRow) -> list[tuple[RequestRow, PieceRow]]:
    """The pieces whose objects a person had left out of a run, each with its request."""
    asked = select(RequestRow).where(RequestRow.job_id == job.id, RequestRow.kind == RequestKind.CANCEL_OBJECT)
    rows = session.scalars(asked.where(RequestRow.state == RequestState.DONE).order_by(RequestRow.id)).all()
    return [(row, piece) for row in rows if (piece := piece_of(house, job, row.object)) is not None]


@lru_cache(maxsize=64)
def _objects_of(path: Path) -> tuple[PlateObject, ...]:
    """A file's content never changes under its name."""
    return objects_of_file(path)
