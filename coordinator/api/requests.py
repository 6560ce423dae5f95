"""What people ask of machines at work, and what these were last seen doing."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import ConfigDict, StringConstraints

from coordinator.api.common import Body, MachineId, Reason
from coordinator.api.context import App, Asked, Who
from coordinator.schema.request import RequestKind
from coordinator.service.machinery.readings import ReadingView
from coordinator.service.machinery.requests import ObjectView, RequestView
from coordinator.service.reasons.places import PlaceView

__all__ = ["router"]

router = APIRouter(tags=["labs"])
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_PRIVATE: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Request(Body):
    """What is asked of the job that a machine runs; `object` is the label of the one that is to be left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "pause", "why": "the tool rack is open"}, {"kind": "cancel object", "object": "2"}]
        }
    )
    kind: RequestKind
    object: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")] | None = None
    why: Reason = ""


@router.post("/machines/{machine_id}/requests", status_code=201)
def ask_machine(application: App, call: Asked, machine_id: MachineId, body: Request) -> RequestView:
    """Ask a machine at work to pause, go on, end or stop; good for seconds, and no replacement for its own switch."""
    return application.requests.ask(call, machine_id, body.kind, object_label=body.object, why=body.why)


@router.get("/machines/{machine_id}/requests")
def list_machine_requests(application: App, machine_id: MachineId) -> list[RequestView]:
    """What was last asked of a machine, and what came of it."""
    return application.requests.of(machine_id=machine_id)


@router.get("/machines/{machine_id}/reading")
def read_reading(application: App, machine_id: MachineId) -> ReadingView | None:
    """What a machine was last seen doing, with its temperatures of the last while; null where it was never seen."""
    return application.readings.of(machine_id)


@router.get(
    "/machines/{machine_id}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": _BINARY, "image/png": _BINARY}, "description": "A picture."}},
)
def read_machine_picture(application: App, actor: Who, machine_id: MachineId) -> Response:
    """What the camera of a machine saw last, for members of its lab; the header `Age` says how many seconds ago."""
    seen = application.pictures.one(actor, machine_id)
    headers = {**_PRIVATE, "Age": str(round(application.pictures.age_s(seen)))}
    return Response(seen.picture.content, media_type=seen.picture.media, headers=headers)


@router.get("/jobs/{job_id}/place")
def explain_job(application: App, job_id: JobId) -> PlaceView:
    """Why a job is planned for its moment: what it waits for, its machine's other work, its lab's hours."""
    return application.places.one(job_id)


@router.get("/jobs/{job_id}/requests")
def list_job_requests(application: App, job_id: JobId) -> list[RequestView]:
    """What was asked of the machine while it ran this job."""
    return application.requests.of(job_id=job_id)


@router.get("/jobs/{job_id}/objects")
def list_objects(application: App, job_id: JobId) -> list[ObjectView]:
    """The objects on the plate of a job that its machine can leave out; none where it cannot."""
    return application.requests.objects(job_id)
