"""What routes are given: the application, who asks, and the request as the application takes it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from coordinator.api.cookies import require_own_page, session_shown
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.service.paging import MOST

__all__ = ["After", "App", "Asked", "Key", "Limit", "Who"]

_BEARER = HTTPBearer(auto_error=False, description="A token, as an invitation or `fabcommons token` gives it.")


async def _application(request: Request) -> Application:
    found = request.app.state.application
    assert isinstance(found, Application)  # noqa: S101 - set where the app is made
    return found


App = Annotated[Application, Depends(_application)]


async def _who_asks(
    application: App, request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Actor:
    """By token, as programs ask; else by the cookie of a browser, which only our own pages may use for a change."""
    if shown is not None:
        return await application.showing.do(shown.credentials)
    session = session_shown(request)
    if session is None:
        nobody: Actor = request.app.state.visitor
        return nobody
    require_own_page(request)
    return await run_in_threadpool(application.sessions.actor, session)


Who = Annotated[Actor, Depends(_who_asks)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=80,
        pattern=r"^[\x21-\x7e]+$",
        description="Asked again with the same key, the same request is answered again and happens once.",
    ),
]


async def _asked(request: Request, actor: Who, key: Key = None) -> Call:
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Call(actor, key, head + await request.body()) if key is not None else Call(actor)


Asked = Annotated[Call, Depends(_asked)]
After = Annotated[str | None, Query(max_length=60, description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows on the page.")]
