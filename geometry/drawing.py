"""Measure a drawing of a sheet part: DXF, SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geometry.content import check_content
from geometry.contours import Contour, join_strokes
from geometry.dxf import read_dxf
from geometry.errors import GeometryError
from geometry.frames import find_frames, frame_words
from geometry.marks import without_centre_marks
from geometry.strokes import Sketch, counted
from geometry.svg import read_svg

__all__ = ["DRAWING_SUFFIXES", "Drawing", "DrawingFacts", "DrawingLayer", "measure_drawing", "read_drawing"]

_MAX_BYTES = 64 * 2**20
_READERS = {".dxf": read_dxf, ".svg": read_svg}
DRAWING_SUFFIXES = frozenset(_READERS)


@dataclass(frozen=True, slots=True)
class DrawingLayer:
    """What lies on one layer or is drawn with one colour.

    Attributes:
        name: of the layer, else the colour ("#ff0000").
        cut_length_mm: along its contours.
        pierce_count: its contours.
    """

    name: str
    cut_length_mm: float
    pierce_count: int


@dataclass(frozen=True, slots=True)
class DrawingFacts:
    """What a drawing measures.

    Attributes:
        width_mm, height_mm: of all that is cut.
        cut_length_mm: along all contours.
        pierce_count: contours, closed or open: how often a cutter begins.
        open_count: contours that do not close.
        layers: the same by layer, in order of the file; a person knows which of them are cut and which engraved.
        left_out: what the drawing shows besides and nobody cuts, a clause each.
        doubts: what was counted and may not be meant, a clause with a question mark each.
        unit: name of the drawing's unit.
        unit_note: why the unit is assumed, one clause a person should confirm; None when the file states it.
    """

    width_mm: float
    height_mm: float
    cut_length_mm: float
    pierce_count: int
    open_count: int
    layers: tuple[DrawingLayer, ...]
    unit: str
    unit_note: str | None = None
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def unit_stated(self) -> bool:
        """Whether the file states its unit; else it is assumed."""
        return self.unit_note is None

    def __post_init__(self) -> None:
        if self.width_mm < 0 or self.height_mm < 0 or self.width_mm + self.height_mm <= 0:
            raise ValueError("width and height are two lengths, not both of them zero")
        if self.cut_length_mm <= 0:
            raise ValueError("the cutting length is above zero")
        if not 0 <= self.open_count <= self.pierce_count or self.pierce_count < 1:
            raise ValueError("there is a contour, and no more of them are open than there are")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing read: its contours in millimetres, and what stands beside them."""

    contours: tuple[Contour, ...]
    sketch: Sketch
    left_out: tuple[str, ...]
    doubts: tuple[str, ...]


def read_drawing(path: Path, *, max_bytes: int = _MAX_BYTES) -> Drawing:
    """The contours of a drawing, told by its suffix and content.

    Raises:
        GeometryError: as `measure_drawing`.
        OSError: the file cannot be read.
    """
    check_content(path, max_bytes)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        what = f"drawings of the kind {suffix or 'without suffix'} are not measured"
        raise GeometryError(what, code="drawing-unsupported", where=path.name, hint=".dxf and .svg are")
    sketch = _READERS[suffix](path)
    contours, doubled = join_strokes(sketch.strokes)
    contours, marks = without_centre_marks(contours)
    frames = find_frames(contours)
    framed = tuple(f"a frame of {frame_words(each)}" for each in frames) if sketch.dimensioned else ()
    if sketch.dimensioned:
        contours = tuple(each for each in contours if not any(each is frame for frame in frames))
    doubts = tuple(f"a rectangle of {frame_words(each)} surrounds all: is it a frame?" for each in frames)
    more = counted({"lines that lie on another one": doubled, "centre marks of holes": marks})
    return Drawing(contours, sketch, (*framed, *sketch.left_out, *more), () if sketch.dimensioned else doubts)


def measure_drawing(path: Path, *, max_bytes: int = _MAX_BYTES) -> DrawingFacts:
    """The facts of a drawing, told by its suffix and content.

    Raises:
        GeometryError: it cannot be measured; `code` says why ("drawing-empty", "drawing-truncated",
            "drawing-unreadable", "drawing-too-complex", "drawing-unsupported", "html-page", "git-lfs-pointer",
            "file-empty", "file-too-large").
        OSError: the file cannot be read.
    """
    drawing = read_drawing(path, max_bytes=max_bytes)
    contours = drawing.contours
    low = np.min([contour.points.min(axis=0) for contour in contours], axis=0)
    high = np.max([contour.points.max(axis=0) for contour in contours], axis=0)
    layers = _layers(contours)
    return DrawingFacts(
        width_mm=float(high[0] - low[0]),
        height_mm=float(high[1] - low[1]),
        cut_length_mm=sum(layer.cut_length_mm for layer in layers),
        pierce_count=len(contours),
        open_count=sum(not contour.closed for contour in contours),
        layers=layers,
        unit=drawing.sketch.unit,
        unit_note=drawing.sketch.unit_note,
        left_out=drawing.left_out,
        doubts=drawing.doubts,
    )


def _layers(contours: Sequence[Contour]) -> tuple[DrawingLayer, ...]:
    lengths: dict[str, list[float]] = {}
    for contour in contours:
        lengths.setdefault(contour.layer, []).append(contour.length_mm)
    return tuple(DrawingLayer(name, sum(each), len(each)) for name, each in lengths.items())
