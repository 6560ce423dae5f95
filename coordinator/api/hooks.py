"""`/hooks` and `/forges`: who is told of events, and who tells of changes of designs."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Header, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, RowId
from coordinator.api.context import App, Who
from coordinator.service.designs.forges import Forges, ForgeView, NewForge, Signed
from coordinator.service.house import Call, View
from coordinator.service.reaching.hooks import HookView, NewHook
from core.errors import FabcommonsError

__all__ = ["router"]

router = APIRouter(tags=["webhooks"])
_LOG = logging.getLogger("fabcommons")
_Kind = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z-]{0,40}$")]
_ANYTHING: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {}}}}}


class HookBody(Body):
    """A public https address, and the kinds of events that it is told of; none for all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://example.org/fab", "kinds": ["job."]}]})
    url: str = Field(max_length=2000)
    kinds: list[_Kind] = Field(default=[], max_length=40)


class Heard(View):
    """That the design is being imported again; the event `design.imported` tells when it is there."""

    heard: bool = True


@router.get("/hooks")
def list_hooks(application: App, actor: Who) -> list[HookView]:
    """Your webhooks, and how far each has come."""
    return application.hooks.mine(actor)


@router.post("/hooks", status_code=201)
def make_hook(application: App, actor: Who, body: HookBody) -> NewHook:
    """Have an address told of events from now on; its secret is shown this once."""
    return application.hooks.make(actor, body.url, body.kinds)


@router.delete("/hooks/{hook_id}")
def end_hook(application: App, actor: Who, hook_id: RowId) -> HookView:
    """Tell an address nothing more."""
    return application.hooks.end(actor, hook_id)


@router.get("/designs/{design_id}/forges")
def list_forges(application: App, actor: Who, design_id: RowId) -> list[ForgeView]:
    """The doors of a design's forge, for its maintainers."""
    return application.forges.of(actor, design_id)


@router.post("/designs/{design_id}/forges", status_code=201)
def make_forge(application: App, actor: Who, design_id: RowId) -> NewForge:
    """Make a door at which the design's forge tells of changes; its secret is shown this once."""
    return application.forges.make(actor, design_id)


@router.delete("/forges/{forge_id}")
def end_forge(application: App, actor: Who, forge_id: RowId) -> ForgeView:
    """Close a door."""
    return application.forges.end(actor, forge_id)


@router.post("/forges/{forge_id}", status_code=202, openapi_extra=_ANYTHING)
async def hear_forge(
    application: App,
    request: Request,
    later: BackgroundTasks,
    forge_id: RowId,
    signature: Annotated[str | None, Header(alias="X-Hub-Signature-256", max_length=100)] = None,
    token: Annotated[str | None, Header(alias="X-Gitlab-Token", max_length=100)] = None,
) -> Heard:
    """For forges: say that a design has changed, signed with the secret of the door. It is imported again."""
    said = Signed(body=await request.body(), signature=signature, token=token)
    call = await run_in_threadpool(application.forges.hear, forge_id, said)
    later.add_task(_import_again, application.forges, call, forge_id)
    return Heard()


def _import_again(forges: Forges, call: Call, forge_id: int) -> None:
    """After the answer: a forge does not wait for as long as fetching takes."""
    try:
        forges.import_again(call, forge_id)
    except FabcommonsError as error:
        _LOG.warning("forge %s: the design could not be imported again: %s", forge_id, error)
