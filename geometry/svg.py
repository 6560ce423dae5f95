"""SVG drawings: the page, and the outlines that a cutter follows, flattened to polygons.

Source: SVG 1.1, 7.10 (units) and 7.12 (intrinsic sizing); CSS Values 3, 5.2: 1 in = 25.4 mm = 96 px = 72 pt = 6 pc.
Programs for cutting machines have also taken a pixel for 1/72 or 1/90 in: a size in pixels is an assumption. As those
programs do, a drawing with strokes is cut along them and its plain fills are taken for engraving; a drawing without any
stroke is cut along the edges of its fills.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import svgelements

from geometry.curves import shape_lines
from geometry.errors import GeometryError
from geometry.strokes import MAX_POINTS, Points, Sketch, Stroke, counted
from geometry.svgtree import LAYER, Element, count_tags, prepared, read_svg_tree

__all__ = ["read_svg"]

_PX_MM = 25.4 / 96
_UNITS_MM = {"mm": 1.0, "cm": 10.0, "q": 0.25, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "px": _PX_MM, "": _PX_MM}
_LENGTH = re.compile(r"\s*([+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*", re.I)
_LOADER_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_HIDDEN = frozenset({"hidden", "collapse"})


@dataclass(frozen=True, slots=True)
class _Page:
    """The size of a page, its unit as written, and why its length is assumed, or None when it is one on paper."""

    width_mm: float
    height_mm: float
    unit: str
    unit_note: str | None


@dataclass(frozen=True, slots=True)
class _Outline:
    """The polygons of one shape, in millimetres, and how it is painted."""

    layer: str | None
    stroke: str | None
    fill: str | None
    lines: tuple[Points, ...]


def read_svg(path: Path) -> Sketch:
    """The outlines of a drawing, `use`, transforms and style sheets applied.

    Texts, images, invisible shapes, and fills beside strokes are left out.

    Raises:
        GeometryError: "drawing-unreadable", "drawing-empty", "drawing-too-complex" or "file-too-large".
        OSError: the file cannot be read.
    """
    root = read_svg_tree(path)
    page = _page(root, path.name)
    left_out = Counter(texts=count_tags(root, "text"), images=count_tags(root, "image"))
    try:
        outlines = list(_outlines(prepared(root, page.width_mm / _PX_MM, page.height_mm / _PX_MM), path.name))
    except _LOADER_ERRORS as error:
        raise GeometryError(
            "the drawing cannot be read", code="drawing-unreadable", where=path.name, hint="export the drawing again"
        ) from error
    strokes = tuple(_cut(outlines, left_out))
    if not any(np.ptp(stroke.points, axis=0).max() > 0 for stroke in strokes):
        raise GeometryError("the drawing has no lines to cut", code="drawing-empty", where=path.name)
    return Sketch(strokes, page.unit, page.unit_note, counted(left_out))


def _cut(outlines: list[_Outline], left_out: Counter[str]) -> Iterator[Stroke]:
    """What is cut: the strokes; where there are none, the edges of all fills but white ones."""
    stroked = any(each.stroke for each in outlines)
    for each in outlines:
        colour = each.stroke if stroked else each.fill
        if colour is None or (not stroked and colour == "#ffffff"):
            left_out["fills without a stroke" if each.fill and stroked else "invisible shapes"] += 1
            continue
        yield from (Stroke(each.layer or colour, line) for line in each.lines)


def _outlines(xml: bytes, where: str) -> Iterator[_Outline]:
    total = 0
    for shape in svgelements.SVG.parse(io.BytesIO(xml), ppi=96.0).elements():
        if not isinstance(shape, svgelements.Shape) or shape.values.get("visibility") in _HIDDEN:
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # coordinates that are no numbers fall out below
            lines = tuple(line * _PX_MM for line in shape_lines(shape, _PX_MM))
        total += sum(map(len, lines))
        if total > MAX_POINTS:
            raise GeometryError("the drawing has too many lines", code="drawing-too-complex", where=where)
        lines = tuple(line for line in lines if len(line) > 1 and np.isfinite(line).all())
        if lines:
            layer = shape.values.get(LAYER)
            yield _Outline(layer, _colour(shape.stroke), _colour(shape.fill), lines)


def _colour(paint: svgelements.Color | None) -> str | None:
    """The colour as "#rrggbb", or None where nothing is painted."""
    if paint is None or paint.value is None or paint.alpha == 0:
        return None
    return f"#{paint.red:02x}{paint.green:02x}{paint.blue:02x}"


def _page(root: Element, where: str) -> _Page:
    """The size of the page; of `viewBox` in pixels where width and height are not stated.

    Raises:
        GeometryError: "drawing-empty", it states none.
    """
    width, height = _length(root.get("width")), _length(root.get("height"))
    if width is None or height is None:
        box = _view_box(root.get("viewBox"))
        if box is None:
            raise GeometryError(
                "the drawing states no size", code="drawing-empty", where=where, hint="set the page's size in mm"
            )
        width, height = (box[0], "px"), (box[1], "px")
    units = sorted({width[1] or "px", height[1] or "px"})
    note = "the page's size is in pixels, 96 to the inch are assumed" if "px" in units else None
    return _Page(width[0] * _UNITS_MM[width[1]], height[0] * _UNITS_MM[height[1]], ", ".join(units), note)


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
