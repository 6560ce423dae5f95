"""`/pieces`: what was made, checked by peers, delivered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict

from coordinator.api.common import Body, Reason, RowId
from coordinator.api.context import After, App, Asked, Limit
from coordinator.schema.builds import PieceState
from coordinator.service.paging import Page
from coordinator.service.work.pieces import CheckedPiece

__all__ = ["router"]

router = APIRouter(prefix="/pieces", tags=["pieces"])


class Check(Body):
    """What a peer says of a piece."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"accept": False, "why": "warped by 2 mm"}]})
    accept: bool
    why: Reason


@router.get("")
def list_pieces(
    application: App,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    state: Annotated[PieceState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[CheckedPiece]:
    """Pieces, of one build or state, or all."""
    return application.pieces.all(build_id, state, after=after, limit=limit)


@router.get("/{piece_id}")
def read_piece(application: App, piece_id: RowId) -> CheckedPiece:
    """One piece, with what peers said of it."""
    return application.pieces.one(piece_id)


@router.post("/{piece_id}/check")
def check_piece(application: App, call: Asked, piece_id: RowId, body: Check) -> CheckedPiece:
    """Accept or reject a piece that somebody else made; a rejected one is made again."""
    return application.pieces.check(call, piece_id, accept=body.accept, why=body.why)


@router.post("/{piece_id}/delivery")
def note_delivery(application: App, call: Asked, piece_id: RowId) -> CheckedPiece:
    """Say that a piece is where it was ordered to; where the build is checked, one that a peer has accepted."""
    return application.pieces.deliver(call, piece_id)
