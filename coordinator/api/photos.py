"""`/pieces/ID/photos`, `/photos`: what pieces look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response

from coordinator.api.common import Reason, RowId
from coordinator.api.context import App, Asked, Key, Who
from coordinator.api.etag import etag_of
from coordinator.api.receiving import received
from coordinator.photographs import MOST_BYTES
from coordinator.service.house import Call
from coordinator.service.work.photos import CAPTION_LENGTH, PhotoView
from core.hashes import sha256_of_file

__all__ = ["PATH", "router"]

PATH: Final = r"(/api/v1)?/pieces/[0-9]{1,16}/photos"
router = APIRouter(tags=["photos"])
_Caption = Annotated[
    str, Query(max_length=CAPTION_LENGTH, pattern=r"^[^\x00-\x1f\x7f]*$", description="What is to be seen, one line.")
]
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}
_JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": _BINARY}, "description": "A JPEG file."},
    304: {"description": "Who asks has it already."},
}
_HEADERS: Final = {
    "Cache-Control": "public, max-age=86400, immutable",  # a day, as a photo may be removed
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/pieces/{piece_id}/photos")
def list_photos(application: App, piece_id: RowId) -> list[PhotoView]:
    """The photos of a piece, in the order in which they came."""
    return application.photos.of_piece(piece_id)


@router.post("/pieces/{piece_id}/photos", status_code=201, openapi_extra=_BODY)
async def add_photo(
    application: App, request: Request, actor: Who, piece_id: RowId, caption: _Caption = "", key: Key = None
) -> PhotoView:
    """Add a photo of a piece: a JPEG, PNG or WebP file as the body. Of it only the picture is kept."""
    await run_in_threadpool(application.photos.require_may_add, Call(actor), piece_id)  # before a byte is taken
    async with received(request, MOST_BYTES) as photo:
        digest = await run_in_threadpool(sha256_of_file, photo)
        call = Call(actor, key, f"{piece_id}\n{caption}\n{digest}".encode())
        return await run_in_threadpool(application.photos.add, call, piece_id, photo, caption)


@router.get("/photos/{photo_id}/image", response_class=Response, responses=_JPEG)
def read_photo(application: App, request: Request, photo_id: RowId) -> Response:
    """A photo, of at most 1600 pixels on its longest side."""
    return _served(request, *application.photos.image(photo_id))


@router.get("/photos/{photo_id}/thumbnail", response_class=Response, responses=_JPEG)
def read_photo_thumbnail(application: App, request: Request, photo_id: RowId) -> Response:
    """A photo, of at most 320 pixels on its longest side."""
    return _served(request, *application.photos.thumbnail(photo_id))


@router.delete("/photos/{photo_id}")
def remove_photo(
    application: App, call: Asked, photo_id: RowId, why: Annotated[Reason, Query(description="Others read it.")] = ""
) -> PhotoView:
    """Show a photo no more: for who has added it, and stewards."""
    return application.photos.remove(call, photo_id, why)


def _served(request: Request, digest: str, path: Path) -> Response:
    headers = {**_HEADERS, "ETag": etag_of(digest)}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if headers["ETag"] in known:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type="image/jpeg", headers=headers)
