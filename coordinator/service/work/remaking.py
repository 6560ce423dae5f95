"""What is found bad is made again: a lot of its own for a piece, and what was done is open again."""

from __future__ import annotations

from sqlalchemy import func, select

from coordinator.moves import advance
from coordinator.schema.builds import BuildRow, BuildState, LotRow, PieceRow, PieceState, TaskState
from coordinator.service.house import Change
from coordinator.service.planning.orders import want_plan

__all__ = ["make_again", "reopen_build", "scrap_piece"]


def make_again(change: Change, piece: PieceRow, why: str) -> LotRow:
    """A lot of its own for a piece that is no good; its task and its build are open again."""
    task, build = piece.job.lot.task, piece.job.lot.task.build
    taken = select(func.count()).select_from(LotRow).where(LotRow.task_id == task.id)
    number = (change.session.scalar(taken) or 0) + 1
    lot = LotRow(build_id=build.id, key=f"{task.key}-{number}", pieces=1)
    task.lots.append(lot)
    change.session.flush()
    told = f"piece {piece.id} was {why}"
    if task.state is TaskState.DONE:
        advance(task, TaskState.OPEN, f"task {task.key}")
        change.record("task.open", f"task {task.key}", told, build=build.id)
    reopen_build(change, build, told)
    want_plan(change, build.id, f"a {task.name} was {why}")
    return lot


def scrap_piece(change: Change, piece: PieceRow, why: str, told: str) -> None:
    """A piece is no good, or was never there: it is made again, but where nobody wants it any more.

    Args:
        change: under way.
        piece: of a run that was made.
        why: the reason, one sentence, or "".
        told: what became of it, after "was".
    """
    if piece.state is PieceState.SUPERSEDED:
        return
    advance(piece, PieceState.SCRAPPED, f"piece {piece.id}")
    change.record("piece.scrapped", f"piece {piece.id}", why or told, job=piece.job_id)
    if piece.job.lot.task.build.state is not BuildState.CANCELLED:
        make_again(change, piece, told)


def reopen_build(change: Change, build: BuildRow, why: str) -> None:
    """A build that was finished is not any more."""
    if build.state is BuildState.FINISHED:
        advance(build, BuildState.OPEN, f"build {build.id}")
        build.finished_at = None
        change.record("build.open", f"build {build.id}", why)
