"""`/builds`: what is ordered, its plan and its report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from commons.licences.parties import Purpose
from coordinator.api.common import Body, RowId
from coordinator.api.context import After, App, Asked, Limit
from coordinator.schema.builds import TaskState
from coordinator.service.paging import Page
from coordinator.service.work.builds import BuildView, PlanView
from coordinator.service.work.tasks import TaskView
from machines.lab import FirstArticle

__all__ = ["router"]

router = APIRouter(prefix="/builds", tags=["builds"])
_EXAMPLE: JsonDict = {
    "design_id": 1,
    "quantity": 2,
    "due_at": "2030-02-01T12:00:00Z",
    "deliver_to": "north",
    "checked": True,
    "first_article": "always",
    "purpose": "own use",
}


class BuildOrder(Body):
    """So many of a design, by a date, to a lab; `checked` when a peer is to check every piece.

    `first_article` says when a peer is to check the first run of a batch before the rest starts; else each lab does.
    `purpose` is what it is for, which licences tell apart: `sale` where anybody earns by it, who makes it included.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    design_id: int = Field(ge=1, le=2**53 - 1)
    quantity: int = Field(default=1, ge=1, le=10_000)
    due_at: AwareDatetime | None = None
    deliver_to: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    lead_days: float = Field(default=3.0, ge=0, le=365)
    checked: bool = False
    first_article: FirstArticle | None = None
    purpose: Purpose | None = None


@router.get("")
def list_builds(application: App, after: After = None, limit: Limit = 50) -> Page[BuildView]:
    """Every build, the oldest first."""
    return application.builds.all(after=after, limit=limit)


@router.post("", status_code=201)
def order_build(application: App, call: Asked, body: BuildOrder) -> BuildView:
    """Order a design. It is planned in the background; offers to labs follow."""
    due_at: datetime | None = body.due_at
    return application.builds.order(
        call, body.design_id, body.quantity,
        due_at=due_at, deliver_to=body.deliver_to, lead_days=body.lead_days, checked=body.checked,
        first_article=body.first_article, purpose=body.purpose,
    )  # fmt: skip


@router.get("/{build_id}")
def read_build(application: App, build_id: RowId) -> BuildView:
    """One build."""
    return application.builds.one(build_id)


@router.get("/{build_id}/tasks")
def list_tasks_of_build(
    application: App,
    build_id: RowId,
    state: Annotated[TaskState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[TaskView]:
    """The tasks of a build."""
    return application.tasks.of(build_id, state, after=after, limit=limit)


@router.get("/{build_id}/plan")
def read_plan(application: App, build_id: RowId) -> PlanView:
    """The newest plan of a build."""
    return application.builds.plan(build_id)


@router.get("/{build_id}/report")
def read_report(application: App, build_id: RowId) -> dict[str, Any]:
    """The as-built report so far: every piece, its file, machine, times, instructions and outcome."""
    return application.builds.report(build_id)
