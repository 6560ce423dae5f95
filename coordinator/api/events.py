"""`/events`: what happens, as it happens, as server-sent events that can be taken up where they were left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from coordinator.api.context import App
from coordinator.service.application import Application
from coordinator.service.log import EventView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(tags=["events"])
_QUIET_S = 14.0  # then a comment, so that nobody between takes the line for dead
_BATCH = 500
_Cursor = Annotated[int | None, Query(ge=0, le=2**53 - 1, description="The id of the last event that you have.")]


@router.get("/log")
def read_log(
    application: App, after: _Cursor = None, limit: Annotated[int, Query(ge=1, le=_BATCH)] = 100,
    newest: Annotated[bool, Query(description="From the newest back; `next` goes on behind the oldest.")] = False,
) -> Page[EventView]:  # fmt: skip
    """The event log, a page at a time: from the first event on, or with `newest` from the last one back."""
    found = application.log.before(after, limit + 1) if newest else application.log.after(after or 0, limit + 1)
    shown = found[:limit]
    return Page(items=shown, next=str(shown[-1].id) if len(found) > limit else None)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_events(
    application: App,
    request: Request,
    after: _Cursor = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", pattern=r"^\d{1,15}$")] = None,
) -> StreamingResponse:
    """Events from now on, or behind the one that is named (`Last-Event-ID`, or `after`). It goes on until you leave."""
    last = int(last_event_id) if last_event_id is not None else after
    if last is None:
        last = await run_in_threadpool(application.log.newest)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(application, request, last), media_type="text/event-stream", headers=headers)


async def _stream(application: Application, request: Request, last: int) -> AsyncIterator[str]:
    yield f": events behind {last}\n\n"
    with application.tail.followed(last) as follower:
        while not application.house.closing.is_set() and not await request.is_disconnected():
            told = await follower.next(_QUIET_S)
            yield "".join(each.text for each in told) or ": still here\n\n"
