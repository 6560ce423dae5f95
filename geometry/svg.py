"""The page of an SVG drawing: its size in millimetres.

Source: SVG 1.1, 7.10 (units) and 7.12 (intrinsic sizing); CSS Values 3, 5.2: 1 in = 25.4 mm = 96 px = 72 pt = 6 pc.
Programs for cutting machines have also taken a pixel for 1/72 or 1/90 in: a size in pixels is an assumption.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from geometry.errors import GeometryError

__all__ = ["SvgPage", "read_svg_page"]

_UNITS_MM = {
    "mm": 1.0,
    "cm": 10.0,
    "q": 0.25,
    "in": 25.4,
    "pt": 25.4 / 72,
    "pc": 25.4 / 6,
    "px": 25.4 / 96,
    "": 25.4 / 96,
}
_LENGTH = re.compile(r"\s*([+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*", re.I)


@dataclass(frozen=True, slots=True)
class SvgPage:
    """The size of a page.

    Attributes:
        width_mm, height_mm: of the page.
        unit: as written.
        unit_note: why its length is assumed, or None when it is a length on paper.
    """

    width_mm: float
    height_mm: float
    unit: str
    unit_note: str | None


def read_svg_page(path: Path) -> SvgPage:
    """The size of the page; of `viewBox` in pixels where width and height are not stated.

    No entity is resolved, no other file and no network is read.

    Raises:
        GeometryError: "drawing-unreadable" or "drawing-empty".
        OSError: the file cannot be read.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise GeometryError(
            "the drawing is no well-formed XML", code="drawing-unreadable", where=path.name, hint=error.msg
        ) from error
    if etree.QName(root).localname != "svg":
        raise GeometryError("the drawing is no SVG", code="drawing-unreadable", where=path.name)
    width, height = _length(root.get("width")), _length(root.get("height"))
    if width is None or height is None:
        box = _view_box(root.get("viewBox"))
        if box is None:
            raise GeometryError(
                "the drawing states no size", code="drawing-empty", where=path.name, hint="set the page's size in mm"
            )
        width, height = (box[0], "px"), (box[1], "px")
    units = sorted({width[1] or "px", height[1] or "px"})
    note = "the page's size is in pixels, 96 to the inch are assumed" if "px" in units else None
    return SvgPage(width[0] * _UNITS_MM[width[1]], height[0] * _UNITS_MM[height[1]], ", ".join(units), note)


def _length(text: str | None) -> tuple[float, str] | None:
    """Number and unit; None when absent, relative (per cent, em) or not positive."""
    match = _LENGTH.fullmatch(text or "")
    if match is None or match.group(2).lower() not in _UNITS_MM or float(match.group(1)) <= 0:
        return None
    return float(match.group(1)), match.group(2).lower()


def _view_box(text: str | None) -> tuple[float, float] | None:
    words = re.split(r"[\s,]+", (text or "").strip())
    try:
        _, _, width, height = (float(word) for word in words)
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None
