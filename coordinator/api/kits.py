"""`/kits`: what has to lie on the table before an assembly begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from coordinator.api.common import Body, Reason
from coordinator.api.context import App, Asked
from coordinator.service.supplies.kits import KitView

__all__ = ["router"]

router = APIRouter(prefix="/kits", tags=["kits"])
JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]


class Seen(Body):
    """What lies on the table, by task; without tasks all that is in the lab by what was noted.

    Of what by that is not there, `why` says how it came.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"tasks": [2, 3], "why": "carried over from South"}]})
    tasks: list[Id] = Field(default=[], max_length=1000)
    why: Reason = ""


class Gone(Body):
    """What does not lie on the table any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"task_id": 3, "why": "one rolled away"}]})
    task_id: Id
    why: Reason = ""


class Waiver(Body):
    """Why a job may begin without all of its kit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "the foot can be glued on tomorrow"}]})
    why: Annotated[Reason, Field(min_length=1)]


@router.get("")
def list_kits(
    application: App,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    lab: Annotated[str | None, Query(max_length=40)] = None,
) -> list[KitView]:
    """The kits of assemblies that have not begun, of a build or a lab; the 50 that begin first."""
    return application.kits.of(build_id, lab)


@router.get("/{job_id}")
def read_kit(application: App, job_id: JobId) -> KitView:
    """The kit of one job."""
    return application.kits.one(job_id)


@router.post("/{job_id}/ticks")
def tick_kit(application: App, call: Asked, job_id: JobId, body: Seen) -> KitView:
    """Say that things lie on the table."""
    return application.kits.tick(call, job_id, body.tasks, body.why)


@router.post("/{job_id}/unticks")
def untick_kit(application: App, call: Asked, job_id: JobId, body: Gone) -> KitView:
    """Say that something does not lie on the table any more."""
    return application.kits.untick(call, job_id, body.task_id, body.why)


@router.post("/{job_id}/waiver")
def waive_kit(application: App, call: Asked, job_id: JobId, body: Waiver) -> KitView:
    """Say that a job may begin though its kit is not complete."""
    return application.kits.waive(call, job_id, body.why)
