"""Measure a drawing of a sheet part: DXF, SVG."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geometry.content import check_content
from geometry.dxf import read_dxf_outline
from geometry.errors import GeometryError
from geometry.svg import read_svg_page

__all__ = ["DrawingFacts", "measure_drawing"]

_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class DrawingFacts:
    """What a drawing measures.

    Attributes:
        width_mm, height_mm: of all that is cut (DXF), or of the page (SVG).
        cut_length_mm: along all lines, or None where it is not measured (SVG).
        unit: name of the drawing's unit.
        unit_note: why the unit is assumed, one clause a person should confirm; None when the file states it.
    """

    width_mm: float
    height_mm: float
    cut_length_mm: float | None
    unit: str
    unit_note: str | None = None

    @property
    def unit_stated(self) -> bool:
        """Whether the file states its unit; else it is assumed."""
        return self.unit_note is None

    def __post_init__(self) -> None:
        if self.width_mm < 0 or self.height_mm < 0 or self.width_mm + self.height_mm <= 0:
            raise ValueError("width and height are two lengths, not both of them zero")
        if self.cut_length_mm is not None and self.cut_length_mm < 0:
            raise ValueError("the cutting length is not negative")


def measure_drawing(path: Path, *, max_bytes: int = _MAX_BYTES) -> DrawingFacts:
    """The facts of a drawing, told by its suffix and content.

    Raises:
        GeometryError: it cannot be measured; `code` says why ("drawing-empty", "drawing-truncated",
            "drawing-unreadable", "drawing-too-complex", "drawing-unsupported", "html-page", "git-lfs-pointer",
            "file-empty", "file-too-large").
        OSError: the file cannot be read.
    """
    check_content(path, max_bytes)
    suffix = path.suffix.lower()
    if suffix == ".dxf":
        outline = read_dxf_outline(path)
        return DrawingFacts(outline.width_mm, outline.height_mm, outline.length_mm, outline.unit, outline.unit_note)
    if suffix == ".svg":
        page = read_svg_page(path)
        return DrawingFacts(page.width_mm, page.height_mm, None, page.unit, page.unit_note)
    what = f"drawings of the kind {suffix or 'without suffix'} are not measured"
    raise GeometryError(what, code="drawing-unsupported", where=path.name, hint=".dxf and .svg are")
