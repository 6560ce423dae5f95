"""`/health`, `/metrics` and `/files`: is it well, how much is there, and programs by their hash."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, PlainTextResponse

from coordinator.api.context import App
from coordinator.service.house import View
from coordinator.service.refusals import UnknownError

__all__ = ["router"]

router = APIRouter(tags=["service"])
_Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class Health(View):
    """That the coordinator answers and its database too; `simulated` where time and machines are not real."""

    status: str
    version: str
    simulated: bool
    last_event: int


@router.get("/health")
def read_health(application: App) -> Health:
    """Whether all is well."""
    simulated = application.house.settings.simulated
    return Health(status="ok", version=version("fabcommons"), simulated=simulated, last_event=application.log.newest())


@router.get("/metrics", response_class=PlainTextResponse)
def read_metrics(application: App) -> PlainTextResponse:
    """Counts for Prometheus (text format 0.0.4)."""
    return PlainTextResponse(application.metrics.text(), media_type="text/plain; version=0.0.4")


@router.get(
    "/files/{digest}",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
def read_file(application: App, digest: _Digest) -> FileResponse:
    """A file by the SHA-256 of its content: programs, and designs as they were imported."""
    try:
        path = application.house.files.path(digest)
    except KeyError:
        raise UnknownError(f"there is no file {digest}") from None
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="application/octet-stream", headers=headers)
