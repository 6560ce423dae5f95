"""`/designs/ID/parts`: the part files of a design, with pictures and what a viewer needs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response

from coordinator.api.common import RowId
from coordinator.api.context import App
from coordinator.service.designs.shapes import PartFileView

__all__ = ["router"]

router = APIRouter(prefix="/designs", tags=["designs"])
Number = Annotated[int, Path(ge=1, le=100_000)]
_HEADERS: Final = {
    "Cache-Control": "public, max-age=604800, immutable",  # a design's files never change
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}


@router.get("/{design_id}/parts")
def list_part_files(application: App, design_id: RowId) -> list[PartFileView]:
    """The part files of a design, by path."""
    return application.shapes.of(design_id)


@router.get(
    "/{design_id}/parts/{number}/picture",
    response_class=Response,
    responses={200: {"content": {"image/png": _BINARY, "image/svg+xml": _BINARY}, "description": "A picture."}},
)
def read_part_picture(application: App, design_id: RowId, number: Number) -> Response:
    """A picture of a part: a mesh or solid seen from the front, the right and above, or a drawing's lines."""
    shown = application.shapes.picture(design_id, number)
    return Response(shown.data, media_type=shown.media_type, headers=_HEADERS)


@router.get(
    "/{design_id}/parts/{number}/view",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": _BINARY}, "description": "A mesh (geometry/view.py)."}},
)
def read_part_view(application: App, design_id: RowId, number: Number) -> Response:
    """A part with three dimensions, packed for a viewer: at most 100,000 triangles."""
    return Response(application.shapes.view(design_id, number), media_type="application/octet-stream", headers=_HEADERS)
