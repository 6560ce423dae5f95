"""`/jobs/ID/program`: the program that a job waits for, given by its lab."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field

from coordinator.api.common import Body
from coordinator.api.context import App, Asked, Key, Who
from coordinator.api.jobs import JobId
from coordinator.api.receiving import received
from coordinator.api.uploads import UPLOAD_ID
from coordinator.plans.given_program import NAME
from coordinator.service.house import Call
from coordinator.service.runs.programs import GivenView
from core.hashes import sha256_of_file

__all__ = ["PATH", "ProgramName", "router"]

PATH: Final = r"(/api/v1)?/jobs/[A-Za-z0-9_-]{1,40}/program"
router = APIRouter(prefix="/jobs", tags=["jobs"])
ProgramName = Annotated[str, Query(pattern=NAME, description="What the program is called, such as foot.gcode.")]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class UploadedProgram(Body):
    """A file that was uploaded in parts, and what it is called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"upload_id": "0" * 32, "name": "foot.gcode"}]})
    upload_id: str = Field(pattern=UPLOAD_ID)
    name: str = Field(pattern=NAME)


@router.put("/{job_id}/program", openapi_extra=_BODY)
async def give_program(
    application: App, request: Request, actor: Who, job_id: JobId, name: ProgramName, key: Key = None
) -> GivenView:
    """Give a job the G-code that it waits for, as the body; it is checked and timed, then the job is scheduled."""
    await run_in_threadpool(application.programs.require_may_give, Call(actor), job_id)  # before a byte is taken
    async with received(request) as program:
        digest = await run_in_threadpool(sha256_of_file, program)
        call = Call(actor, key, f"{job_id}\n{name}\n{digest}".encode())
        return await run_in_threadpool(application.programs.give, call, job_id, program, name)


@router.post("/{job_id}/program/uploaded")
def give_uploaded_program(application: App, call: Asked, job_id: JobId, body: UploadedProgram) -> GivenView:
    """The same, with a file that was uploaded in parts; the upload stays until it is ended or expires."""
    application.programs.require_may_give(call, job_id)
    program = application.uploads.whole(call.actor, body.upload_id)
    return application.programs.give(call, job_id, program, body.name)
