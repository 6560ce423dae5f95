"""The programs beside a lab's machines: when each was last heard of, and how another is let in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import StringConstraints

from coordinator.api.common import LabId
from coordinator.api.context import App, Who
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.web.forms import Sent
from coordinator.web.languages import chosen
from coordinator.web.page import Page, Shown, Site, as_answer

__all__ = ["agents_of_lab", "public_address", "router"]

router = APIRouter(include_in_schema=False)
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AgentSent(Sent):
    """What the computer beside the machines is called."""

    name: _Name


def agents_of_lab(application: Application, actor: Actor, lab_id: str) -> dict[str, Any]:
    """The agents of a lab; the machines of a lab that a program has to drive are driven by none where this is empty."""
    return {"agents": application.tokens.agents(actor, lab_id) if actor.may(Right.SEE_LAB, lab_id) else []}


def public_address(application: Application, request: Request) -> str:
    """How others reach this coordinator, as far as it knows."""
    return application.house.settings.public_url or str(request.base_url).rstrip("/")


@router.post("/labs/{lab_id}/agents")
async def let_in(
    application: App, request: Request, actor: Who, lab_id: LabId, sent: Annotated[AgentSent, Form()]
) -> Response:
    """Let an agent in; its token is shown in the answer, and nowhere else."""
    made = await run_in_threadpool(application.tokens.add_agent, actor, lab_id, sent.name)
    facts = {"token": made.token, "address": public_address(application, request), "back": sent.back}
    site = request.app.state.site
    assert isinstance(site, Site)  # noqa: S101 - set where the pages are added
    path = f"/labs/{lab_id}/set-up"
    page = Page(application, actor, lambda: Shown("agent", facts))
    return as_answer(request, await run_in_threadpool(site.render, page, path, chosen(request)))
