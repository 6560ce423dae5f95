"""The forms with which people add photos of a piece, and remove them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.service.house import Call
from coordinator.web.forms import Plain, back_to, taken_by
from coordinator.web.receiving import sent_file

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)


@router.post("/pieces/{piece_id}/photos", response_class=RedirectResponse, status_code=303)
async def add(application: App, request: Request, actor: Who, piece_id: RowId) -> Response:
    """Add a photo; leads to the piece."""
    await run_in_threadpool(application.photos.require_may_add, Call(actor), piece_id)  # before a byte is taken
    async with sent_file(request, "photo", "a JPEG, PNG or WebP file") as sent:
        caption = sent.fields.get("caption", "")
        await run_in_threadpool(application.photos.add, Call(actor), piece_id, sent.path, caption)
    return back_to(f"/pieces/{piece_id}")


@_act("/photos/{photo_id}/remove")
def remove(application: App, actor: Who, photo_id: RowId, sent: Plain) -> Response:
    """Show a photo no more."""
    application.photos.remove(Call(actor), photo_id, sent.why)
    return back_to(sent.back)
