"""What happened: the event log, the newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from coordinator.api.context import App, Who
from coordinator.web.page import Page, Shown

__all__ = ["happenings"]

_ROWS = 100


def happenings(application: App, actor: Who, before: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None) -> Page:
    """The log, a page at a time."""

    def show() -> Shown:
        events = application.log.before(before, limit=_ROWS + 1)
        older = events[_ROWS - 1].id if len(events) > _ROWS else None
        return Shown("happenings", {"events": events[:_ROWS], "older": older})

    return Page(application, actor, show)
