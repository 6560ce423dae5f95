"""`/design-changes`: what is proposed to the maintainers of designs, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.api.proposals import DesignOf
from coordinator.schema.design_change import ChangeState
from coordinator.service.changes.versus import VersusView
from coordinator.service.governance.design_changes import DesignChangeView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(tags=["designs"])


class NewDesignChange(Body):
    """A version of yours that the design's maintainers are to take over, and what it is good for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version_id": 2, "why": "It stands firmer."}]})
    version_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    why: Annotated[Reason, Field(min_length=1)]


class Refusal(Body):
    """Why not; it stays with the change."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "It tips over on a slope."}]})
    why: Annotated[Reason, Field(min_length=1)]


@router.get("/design-changes")
def list_design_changes(
    application: App,
    actor: Who,
    state: Annotated[ChangeState | None, Query()] = None,
    design_id: DesignOf = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[DesignChangeView]:
    """Proposed changes, the newest first; of one state, of one design in all its versions, or all."""
    return application.design_changes.all(actor, state, design_id, after=after, limit=limit)


@router.post("/designs/{design_id}/changes", status_code=201)
def propose_design_change(
    application: App, call: Asked, design_id: RowId, body: NewDesignChange
) -> DesignChangeView:  # fmt: skip
    """Propose a version that you brought in or maintain to the maintainers of a design."""
    return application.design_changes.propose(call, design_id, body.version_id, body.why)


@router.get("/design-changes/{change_id}")
def read_design_change(application: App, actor: Who, change_id: RowId) -> DesignChangeView:
    """One proposed change."""
    return application.design_changes.one(actor, change_id)


@router.get("/design-changes/{change_id}/difference")
def read_design_change_difference(application: App, change_id: RowId) -> VersusView:
    """What it does to the version that it is to follow: parts, files, licence."""
    return application.design_changes.difference(change_id)


@router.post("/design-changes/{change_id}/accept")
def accept_design_change(application: App, call: Asked, change_id: RowId, body: Why) -> DesignChangeView:
    """Take it over, as a maintainer: it is the design's newest version from now on."""
    return application.design_changes.accept(call, change_id, body.why)


@router.post("/design-changes/{change_id}/decline")
def decline_design_change(application: App, call: Asked, change_id: RowId, body: Refusal) -> DesignChangeView:
    """Say no, as a maintainer, and why."""
    return application.design_changes.decline(call, change_id, body.why)


@router.post("/design-changes/{change_id}/withdraw")
def withdraw_design_change(application: App, call: Asked, change_id: RowId, body: Why) -> DesignChangeView:
    """Take back what you proposed."""
    return application.design_changes.withdraw(call, change_id, body.why)
