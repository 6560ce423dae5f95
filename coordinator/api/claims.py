"""`/claims`: labs that take open work of their own accord."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit
from coordinator.service.paging import Page
from coordinator.service.work.claims import ClaimView

__all__ = ["router"]

router = APIRouter(prefix="/claims", tags=["claims"])


class ClaimBody(Body):
    """A lot, and the machine that is to make it; how what the licence asks is settled, where that is still open."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lot_id": 4, "machine": "north-printer"}]})
    lot_id: int = Field(ge=1, le=2**53 - 1)
    machine: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    why: Reason = ""
    licence_note: Reason = ""


@router.get("")
def list_claims(
    application: App, lab: Annotated[str | None, Query(max_length=40)] = None, after: After = None, limit: Limit = 50
) -> Page[ClaimView]:
    """Claims, of one lab or all."""
    return application.claims.all(lab, after=after, limit=limit)


@router.post("", status_code=201)
def claim_lot(application: App, call: Asked, body: ClaimBody) -> ClaimView:
    """Claim an open lot for a machine of a lab; a claim beats a proposal. The planner honours it, or says why not."""
    return application.claims.make(call, body.lot_id, body.machine, body.why, body.licence_note)


@router.post("/{claim_id}/withdraw")
def withdraw_claim(application: App, call: Asked, claim_id: RowId, body: Why) -> ClaimView:
    """Take a claim back before it is honoured."""
    return application.claims.withdraw(call, claim_id, body.why)
