"""What would change if a machine stopped: asked on the schedule, answered on a page of its own, never stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from coordinator.api.common import MachineId
from coordinator.api.context import App, Who
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.web.forms import Sent
from coordinator.web.languages import chosen
from coordinator.web.page import Page, Shown, Site, as_answer

__all__ = ["machines_to_try", "router"]

router = APIRouter(include_in_schema=False)


class StopSent(Sent):
    """A machine, and for how many hours it would stop."""

    machine: MachineId
    hours: Annotated[float, Field(gt=0, le=1e6)]


@router.post("/schedule")
async def try_out(application: App, request: Request, actor: Who, sent: Annotated[StopSent, Form()]) -> Response:
    """Show what would change; nothing does."""
    trial = await run_in_threadpool(application.trials.stopped, actor, sent.machine, sent.hours)
    site = request.app.state.site
    assert isinstance(site, Site)  # noqa: S101 - set where the pages are added
    facts = {"trial": trial, "machines": machines_to_try(application, actor)}
    page = Page(application, actor, lambda: Shown("trial", facts))
    return as_answer(request, await run_in_threadpool(site.render, page, "/schedule", chosen(request)))


def machines_to_try(application: Application, actor: Actor) -> list[str]:
    """The machines that the reader may try out to stop; 200 at most."""
    return [each.id for each in application.labs.machines(actor, limit=200).items] if actor.known else []
