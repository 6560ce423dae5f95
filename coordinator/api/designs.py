"""`/designs`: imported from a git repository or from an uploaded archive."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import ConfigDict, Field

from coordinator.api.common import Body, Reason, RowId
from coordinator.api.context import After, App, Asked, Key, Limit, Who
from coordinator.api.receiving import received
from coordinator.api.uploads import UPLOAD_ID
from coordinator.service.access import Right
from coordinator.service.designs.bills import BillPage
from coordinator.service.designs.designs import DesignView
from coordinator.service.house import Call
from coordinator.service.paging import Page
from core.hashes import sha256_of_file

__all__ = ["UPLOAD_PATH", "router"]

router = APIRouter(prefix="/designs", tags=["designs"])
UPLOAD_PATH = "/api/v1/designs/archive"
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class DesignImport(Body):
    """A git repository to import, at a branch, tag or commit, or at its HEAD."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.org/lamp.git", "revision": "v1.2"}]}
    )
    url: str = Field(max_length=2000)
    revision: str | None = Field(default=None, max_length=200)


class UploadedDesign(Body):
    """An archive that was uploaded in parts; the name counts where the design has none itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"upload_id": "0" * 32, "name": "lamp"}]})
    upload_id: str = Field(pattern=UPLOAD_ID)
    name: Reason = Field(min_length=1, max_length=100)


@router.get("")
def list_designs(application: App, after: After = None, limit: Limit = 50) -> Page[DesignView]:
    """Every design, the oldest first."""
    return application.designs.all(after=after, limit=limit)


@router.get("/{design_id}/bill")
def read_bill(application: App, design_id: RowId, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> BillPage:
    """A page of a design's bill, line by line: why each line is read so, and what only its designer can say of it."""
    return application.bills.page(design_id, page)


@router.get(
    "/{design_id}/archive",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def fetch_archive(application: App, actor: Who, design_id: RowId) -> FileResponse:
    """All files of a design as one zip: its complete source. Without a licence it is for members only."""
    path = application.designs.archive(actor, design_id)
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="application/zip", filename=f"design-{design_id}.zip", headers=headers)


@router.get("/{design_id}")
def read_design(application: App, design_id: RowId) -> DesignView:
    """One design, with what only its designer can say."""
    return application.designs.one(design_id)


@router.post("", status_code=201)
def import_design(application: App, call: Asked, body: DesignImport) -> DesignView:
    """Import a design from a git repository at a public https address. The same content is the same design."""
    return application.designs.fetch(call, body.url, body.revision)


@router.post("/archive", status_code=201, openapi_extra=_UPLOAD)
async def upload_design(
    application: App,
    request: Request,
    actor: Who,
    name: Annotated[Reason, Query(min_length=1, max_length=100, description="Where the design has no name itself.")],
    key: Key = None,
) -> DesignView:
    """Import a design from a zip or tar archive, which is the body of the request."""
    actor.require(Right.IMPORT_DESIGN)  # before a byte is taken
    async with received(request) as archive:
        digest = await run_in_threadpool(sha256_of_file, archive)
        call = Call(actor, key, f"{name}\n{digest}".encode())
        return await run_in_threadpool(application.designs.upload, call, archive, name)


@router.post("/uploaded", status_code=201)
def import_uploaded_design(application: App, call: Asked, body: UploadedDesign) -> DesignView:
    """Import a design from an archive that was uploaded in parts; the upload stays until it is ended or expires."""
    call.actor.require(Right.IMPORT_DESIGN)
    return application.designs.upload(call, application.uploads.whole(call.actor, body.upload_id), body.name)
