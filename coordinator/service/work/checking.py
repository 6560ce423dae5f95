"""A peer's check of a piece: what it does to the piece, its batch, its task and its build."""

from __future__ import annotations

from coordinator.first_articles import looked_at
from coordinator.moves import advance
from coordinator.schema.builds import BuildState, PieceRow, PieceState
from coordinator.schema.service import CheckRow
from coordinator.service.house import Change
from coordinator.service.supplies.delivery import deliver_if_there
from coordinator.service.work.finishing import settle_task
from coordinator.service.work.remaking import make_again

__all__ = ["check_piece"]


def check_piece(change: Change, piece: PieceRow, *, accept: bool, why: str) -> None:
    """Accept or reject a piece; a rejected one is made again, in a lot of its own.

    Raises:
        StateError: it is not made, or was checked before.
    """
    advance(piece, PieceState.ACCEPTED if accept else PieceState.REJECTED, f"piece {piece.id}")
    check = CheckRow(piece=piece, accepted=accept, checked_at=change.at, checked_by=change.who, why=why)
    change.session.add(check)
    change.record(f"piece.{piece.state}", f"piece {piece.id}", why, job=piece.job_id)
    if not accept and piece.job.lot.task.build.state is not BuildState.CANCELLED:
        check.lot_id = make_again(change, piece, "rejected").id
    looked_at(change.session, piece, change.at, who=change.who, why=why)
    settle_task(change, piece.job.lot.task)
    deliver_if_there(change, piece)
