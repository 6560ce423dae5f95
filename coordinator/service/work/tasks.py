"""Tasks and their lots: what is asked for, and how far each part of it has come; purchases that arrive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coordinator.lots import live_job, open_offer
from coordinator.schema.builds import LotRow, TaskRow, TaskState
from coordinator.schema.service import OrderRow
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from coordinator.service.supplies.supply import receive_rest
from coordinator.service.work.builds import order_in, require_tender
from core.errors import StateError

__all__ = ["LotView", "TaskView", "Tasks"]


class LotView(View):
    """What one run makes of a task. `stage` is the state of its live job, else "offered" or "open"."""

    id: int
    key: str
    pieces: int
    stage: str
    machine: str | None
    offer_id: int | None
    job_id: str | None


class TaskView(View):
    """Something to be done for a build."""

    id: int
    build_id: int
    key: str
    kind: str
    name: str
    quantity: float
    unit: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None
    state: TaskState
    reason: str | None
    arrives_at: datetime | None
    lots: list[LotView]


class Tasks:
    """What is asked for."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(
        self, build_id: int | None = None, state: TaskState | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[TaskView]:
        """Tasks, of one build or of all, in one state or in any.

        Raises:
            UnknownError: there is no such build.
        """
        lots = selectinload(TaskRow.lots)
        query = select(TaskRow).join(OrderRow, OrderRow.build_id == TaskRow.build_id)
        query = query.options(lots.selectinload(LotRow.jobs), lots.selectinload(LotRow.offers))
        with self._house.reading() as session:
            if build_id is not None:
                order_in(session, build_id)
                query = query.where(TaskRow.build_id == build_id)
            if state is not None:
                query = query.where(TaskRow.state == state)
            return page_of(session, query, TaskRow.id, _view, after=after, limit=limit)

    def one(self, task_id: int) -> TaskView:
        """One task.

        Raises:
            UnknownError: there is no such task.
        """
        with self._house.reading() as session:
            return _view(_task(session, task_id))

    def arrived(self, call: Call, task_id: int) -> TaskView:
        """Say that all of a purchase is there, whoever ordered it.

        Raises:
            UnknownError: there is no such task.
            ForbiddenError: who asks has not ordered the build and is no steward.
            StateError: the task is no purchase on its way.
        """

        def work(change: Change) -> TaskView:
            task = _task(change.session, task_id)
            require_tender(change.session, call.actor, task.build_id)
            if task.state is not TaskState.ORDERED:
                raise StateError(f"this task is {task.state}: nothing is on its way", where=f"task {task_id}")
            receive_rest(change, task, "all of it is here")
            return _view(task)

        return self._house.perform(call, TaskView, work)


def _task(session: Session, task_id: int) -> TaskRow:
    found = session.get(TaskRow, task_id)
    if found is None or session.get(OrderRow, found.build_id) is None:
        raise UnknownError(f"there is no task {task_id}")
    return found


def _view(task: TaskRow) -> TaskView:
    return TaskView(
        id=task.id,
        build_id=task.build_id,
        key=task.key,
        kind=task.kind,
        name=task.name,
        quantity=task.quantity,
        unit=task.unit,
        process=task.process,
        material=task.material,
        file=task.file,
        file_sha256=task.file_sha256,
        state=task.state,
        reason=task.reason,
        arrives_at=task.arrives_at,
        lots=[_lot_view(lot) for lot in task.lots],
    )


def _lot_view(lot: LotRow) -> LotView:
    job, offer = live_job(lot), open_offer(lot)
    return LotView(
        id=lot.id,
        key=lot.key,
        pieces=lot.pieces,
        stage=str(job.state) if job else "offered" if offer else "open",
        machine=job.machine if job else offer.machine if offer else None,
        offer_id=offer.id if offer else None,
        job_id=job.id if job else None,
    )
