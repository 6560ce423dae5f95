"""Quotes: what designs and builds are reckoned to cost, which set-ups builds share, and what pieces and builds took."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.service.costing.effort import BuildEffort, PieceEffort
from coordinator.service.costing.quotes import MOST_QUOTED, QuoteView
from coordinator.service.costing.scope import SharedSetUpView

__all__ = ["router"]

router = APIRouter(tags=["quotes"])
DeliverTo = Annotated[
    str | None, Query(max_length=40, description="The lab that it is delivered to; nobody is who orders it.")
]
Count = Annotated[int, Query(ge=1, le=MOST_QUOTED, description="How many.")]


@router.get("/designs/{design_id}/quote")
def quote_design(
    application: App, actor: Who, design_id: RowId, count: Count = 1, deliver_to: DeliverTo = None
) -> QuoteView:
    """What so many of a design would cost if they were ordered now; for people of the network, nothing is stored."""
    return application.quotes.of_design(actor, design_id, count, deliver_to)


@router.get("/builds/{build_id}/quote")
def read_quote(application: App, build_id: RowId) -> QuoteView:
    """What a build was reckoned to cost before its first run, and what it came to so far."""
    return application.quotes.of_build(build_id)


@router.get("/builds/{build_id}/shared-set-ups")
def list_shared_set_ups(application: App, build_id: RowId) -> list[SharedSetUpView]:
    """The change-overs of machines that a build shares with others whose runs follow or precede its own."""
    return application.scope.of(build_id)


@router.get("/pieces/{piece_id}/effort")
def read_effort(application: App, piece_id: RowId) -> PieceEffort:
    """What a piece took: time of machines and people, material, energy, ways, and what that costs at today's prices."""
    return application.efforts.of_piece(piece_id)


@router.get("/builds/{build_id}/effort")
def read_effort_of_build(application: App, build_id: RowId) -> BuildEffort:
    """What a build took so far; what it costs stands in its quote."""
    return application.efforts.of_build(build_id)
