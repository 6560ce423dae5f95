"""Licences that act: advice, what is asked for designs and work, what designers permit, what goes with pieces."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from commons.licences.parties import Maker, Purpose
from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import App, Asked
from coordinator.service.licensing.desk import DesignLicenceView, NoticesView
from coordinator.service.licensing.permissions import PermissionView
from coordinator.service.licensing.views import AdviceView
from coordinator.service.work.builds import BuildView

__all__ = ["router"]

router = APIRouter()
Expression = Annotated[
    str | None,
    Query(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$", description="An SPDX expression; without it none is stated."),
]


class Permission(Body):
    """What the designer permits: up to which purpose, in one lab or in all, who says so and how that is known."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"up_to": "sale", "note": "Ria, by mail on 3 May", "lab": "north"}]}
    )
    up_to: Purpose
    note: Annotated[Reason, Field(min_length=1)]
    lab: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")


class PurposeBody(Body):
    """What a build is for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"purpose": "gift"}]})
    purpose: Purpose


@router.get("/licences/advice", tags=["licences"])
def advise_on_licence(
    application: App,
    licence: Expression = None,
    maker: Annotated[Maker | None, Query(description="Who makes it; without it nobody has said.")] = None,
    purpose: Annotated[Purpose | None, Query(description="What for; without it nobody has said.")] = None,
    changed: Annotated[bool, Query(description="Whether the design was changed.")] = False,
) -> AdviceView:
    """What a licence asks of a maker for a purpose, in a sentence and by clause. No legal advice."""
    return application.licensing.advise(licence, maker, purpose, changed=changed)


@router.get("/designs/{design_id}/licence", tags=["designs"])
def read_design_licence(application: App, design_id: RowId) -> DesignLicenceView:
    """The licence of a design, those of its parts that have others, and where they do not go together."""
    return application.licensing.of_design(design_id)


@router.get("/designs/{design_id}/permissions", tags=["designs"])
def list_permissions(application: App, design_id: RowId) -> list[PermissionView]:
    """What the designer permits beside the licence, the newest first; it holds for all versions."""
    return application.licensing.permissions.of(design_id)


@router.post("/designs/{design_id}/permissions", status_code=201, tags=["designs"])
def give_permission(application: App, call: Asked, design_id: RowId, body: Permission) -> PermissionView:
    """Record what the designer permits: by a maintainer or a steward, for one lab by its operators."""
    return application.licensing.permissions.give(call, design_id, body.up_to, body.note, body.lab)


@router.post("/permissions/{permission_id}/end", tags=["designs"])
def end_permission(application: App, call: Asked, permission_id: RowId, body: Why) -> PermissionView:
    """Say that a permission holds no more; what was accepted under it stays accepted."""
    return application.licensing.permissions.end(call, permission_id, body.why)


@router.put("/builds/{build_id}/purpose", tags=["builds"])
def say_purpose(application: App, call: Asked, build_id: RowId, body: PurposeBody) -> BuildView:
    """Say what a build is for: own use, gift, at cost or sale."""
    return application.licensing.say_purpose(call, build_id, body.purpose)


@router.get("/pieces/{piece_id}/notices", tags=["pieces"])
def read_notices(application: App, piece_id: RowId) -> NoticesView:
    """What goes with a piece: its licence, where its source lies, who made the design, and the clauses that ask so."""
    return application.licensing.of_piece(piece_id)
