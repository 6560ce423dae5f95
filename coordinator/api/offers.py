"""`/offers`: what is proposed to labs, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit
from coordinator.schema.builds import OfferState
from coordinator.service.paging import Page
from coordinator.service.work.offers import OfferView, TakenTogether

__all__ = ["router"]

router = APIRouter(prefix="/offers", tags=["offers"])


class Acceptance(Body):
    """Why a lab takes work, and how what the licence asks is settled where that is still open."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"why": "we can", "licence_note": "we have a licence from the designer"}]}
    )
    why: Reason = ""
    licence_note: Reason = ""


@router.get("")
def list_offers(
    application: App,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[OfferState | None, Query()] = None,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[OfferView]:
    """Offers, of one lab, state or build, or all."""
    return application.offers.all(lab, state, build_id, after=after, limit=limit)


@router.get("/{offer_id}")
def read_offer(application: App, offer_id: RowId) -> OfferView:
    """One offer."""
    return application.offers.one(offer_id)


class AllOfBuild(Body):
    """A build whose offers a lab takes, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lab": "north", "build_id": 1, "why": "we can"}]})
    lab: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    build_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    why: Reason = ""


@router.post("/accept")
def accept_offers(application: App, call: Asked, body: AllOfBuild) -> TakenTogether:
    """Accept all of a build that is offered to a lab; what its licence or its machine leaves open stays, with why."""
    return application.offers.accept_all(call, body.lab, body.build_id, body.why)


@router.post("/{offer_id}/accept")
def accept_offer(application: App, call: Asked, offer_id: RowId, body: Acceptance) -> OfferView:
    """Accept an offer for a lab: it becomes a job. Where its licence is not settled, `licence_note` says how it is."""
    return application.offers.answer(call, offer_id, accept=True, why=body.why, licence_note=body.licence_note)


@router.post("/{offer_id}/decline")
def decline_offer(application: App, call: Asked, offer_id: RowId, body: Why) -> OfferView:
    """Decline an offer for a lab: its work is planned elsewhere."""
    return application.offers.answer(call, offer_id, accept=False, why=body.why)
