"""When a task and a build are done; where a build is checked, a piece counts once a peer has accepted it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.builds import close_task
from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.moves import advance
from coordinator.schema.builds import BuildState, JobRow, LotRow, PieceRow, PieceState, TaskRow, TaskState
from coordinator.schema.service import OrderRow
from coordinator.service.house import Change

__all__ = ["settle_build", "settle_task"]

_GOOD = (PieceState.ACCEPTED, PieceState.DELIVERED)
_BAD = (PieceState.REJECTED, PieceState.SCRAPPED)


def settle_task(change: Change, task: TaskRow) -> None:
    """Note that a task is done, if it is, and then the build."""
    if _unchecked(change.session, task):
        return
    close_task(change.session, task, change.at)
    settle_build(change, task)


def settle_build(change: Change, task: TaskRow) -> None:
    """Note that a build is finished, if all its tasks are done."""
    build = task.build
    over = (TaskState.DONE, TaskState.CANCELLED)
    left = select(TaskRow.id).where(TaskRow.build_id == build.id, TaskRow.state.not_in(over)).limit(1)
    change.session.flush()
    if build.state is BuildState.OPEN and change.session.scalar(left) is None:
        advance(build, BuildState.FINISHED, f"build {build.id}")
        build.finished_at = change.at
        change.record("build.finished", f"build {build.id}")


def _unchecked(session: Session, task: TaskRow) -> bool:
    """Whether a piece of the task still waits for its check; a bad one is made again in a lot of its own."""
    order = session.get(OrderRow, task.build_id)
    if order is None or not order.checked:
        return False
    made = select(PieceRow.id).join(JobRow, JobRow.id == PieceRow.job_id).join(LotRow, LotRow.id == JobRow.lot_id)
    of_task = (LotRow.task_id == task.id, LotRow.retired_at.is_(None), JobRow.state.not_in(ENDED_FOR_NOTHING))
    session.flush()
    waiting = made.where(*of_task, PieceRow.state.not_in((*_GOOD, *_BAD))).limit(1)
    return session.scalar(waiting) is not None
