"""`/builds/ID/traveller.pdf`, `/builds/ID/labels.pdf`: what goes with the work on paper."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from coordinator.api.common import RowId
from coordinator.api.context import App
from coordinator.papers.build import labels_of, traveller_of
from coordinator.papers.content import SHEETS
from coordinator.service.refusals import UnknownError
from coordinator.web.languages import chosen, language

__all__ = ["router"]

_PDF = "application/pdf"
_PAPER = {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "A PDF."}


class _Paper(Response):
    media_type = _PDF


class SheetName(StrEnum):
    """The sheet that labels are printed on: 24 on an A4 page, or one on a label printer's roll (mm)."""

    A4_24 = "a4-24"
    ROLL_62X29 = "62x29"


router = APIRouter(prefix="/builds", tags=["builds"])


@router.get("/{build_id}/traveller.pdf", response_class=_Paper, responses={200: _PAPER})
def print_traveller(application: App, request: Request, build_id: RowId) -> Response:
    """The sheet that goes through the workshops with a build: every step in order, with a line to sign."""
    from coordinator.papers.traveller import traveller_sheet  # reportlab loads only for who prints

    paper = traveller_sheet(traveller_of(application, build_id, _origin(request), language(chosen(request))))
    return _as_answer(paper, f"traveller-{build_id}")


@router.get("/{build_id}/labels.pdf", response_class=_Paper, responses={200: _PAPER})
def print_labels(
    application: App,
    request: Request,
    build_id: RowId,
    sheet: SheetName = SheetName.A4_24,
    skip: Annotated[int, Query(ge=0, le=23, description="Places of the first sheet that are used already.")] = 0,
    after: Annotated[int, Query(ge=0, le=2**53 - 1, description="Only pieces with a higher id.")] = 0,
) -> Response:
    """Labels for the pieces that are made: what it is, its licence and source, and a code that leads to its page."""
    from coordinator.papers.labels import label_sheet

    spoken = language(chosen(request))
    labels = labels_of(application, build_id, _origin(request), after, spoken)
    if not labels:
        raise UnknownError(f"no piece of build {build_id} is made yet" + (f" after piece {after}" if after else ""))
    paper = SHEETS[sheet]
    return _as_answer(label_sheet(labels, paper, skip=skip % paper.places, spoken=spoken), f"labels-{build_id}")


def _origin(request: Request) -> str:
    """Under which people reach this coordinator; what was asked for where the steward did not say."""
    return str(request.app.state.public_url or request.base_url).rstrip("/")


def _as_answer(paper: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "X-Content-Type-Options": "nosniff"}
    headers["Vary"] = "Accept-Language, Cookie"  # its words are in the reader's language
    return Response(paper, media_type=_PDF, headers=headers)
