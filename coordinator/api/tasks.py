"""`/tasks`: what is asked for; purchases that arrive."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from coordinator.api.common import RowId
from coordinator.api.context import After, App, Asked, Limit
from coordinator.schema.builds import TaskState
from coordinator.service.paging import Page
from coordinator.service.work.tasks import TaskView

__all__ = ["router"]

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.get("")
def list_tasks(
    application: App, state: Annotated[TaskState | None, Query()] = None, after: After = None, limit: Limit = 50
) -> Page[TaskView]:
    """The tasks of all builds; those that are open can be claimed lot by lot."""
    return application.tasks.of(None, state, after=after, limit=limit)


@router.get("/{task_id}")
def read_task(application: App, task_id: RowId) -> TaskView:
    """One task."""
    return application.tasks.one(task_id)


@router.post("/{task_id}/arrival")
def note_arrival(application: App, call: Asked, task_id: RowId) -> TaskView:
    """Say that a purchase is there."""
    return application.tasks.arrived(call, task_id)
