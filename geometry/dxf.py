"""DXF drawings: the lines that a cutter follows, flattened to polygons.

Source: AutoCAD DXF reference, header variable $INSUNITS. Versions before 2000 do not have it: millimetres are assumed.
Lines of the types that ISO 128-2 gives to centre lines and hidden edges are not cut.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from ezdxf import recover
from ezdxf.document import Drawing
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.insert import Insert
from ezdxf.filemanagement import readfile
from ezdxf.lldxf.const import DXFError
from ezdxf.path import make_path

from geometry.errors import GeometryError
from geometry.frames import sheet_of
from geometry.strokes import MAX_POINTS, SAG_MM, Points, Sketch, Stroke, counted

__all__ = ["read_dxf"]

_CUT = frozenset({"ARC", "CIRCLE", "ELLIPSE", "LINE", "LWPOLYLINE", "POLYLINE", "SPLINE"})
_ANNOTATIONS = {
    **dict.fromkeys(("TEXT", "MTEXT", "ATTRIB", "ATTDEF"), "texts"),
    **dict.fromkeys(("DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION", "TOLERANCE"), "dimensions"),
    **dict.fromkeys(("LEADER", "MULTILEADER", "MLEADER"), "leader lines"),
}
_DIMENSIONS = frozenset({"dimensions", "leader lines"})
_OTHERS = {"POINT": "points", "HATCH": "hatches", "MPOLYGON": "hatches", "IMAGE": "images", "VIEWPORT": "views"}
_UNCUT_LINETYPE = re.compile(r"center|centre|dashdot|dashed|hidden|phantom|divide|border", re.I)
_MAX_ENTITIES = 100_000
_MAX_DEPTH = 32
_MAX_LINES = 3_000_000  # of text: what is parsed in a few seconds, a hundred thousand entities
_UNITS_MM = {
    1: ("inches", 25.4),
    2: ("feet", 304.8),
    4: ("millimetres", 1.0),
    5: ("centimetres", 10.0),
    6: ("metres", 1000.0),
    8: ("microinches", 25.4e-6),
    9: ("mils", 0.0254),
    10: ("yards", 914.4),
    13: ("micrometres", 0.001),
    14: ("decimetres", 100.0),
}
_BARE_ENTITY = re.compile(
    rb"^[ \t]*0[ \t]*\r?\n(?:ARC|CIRCLE|ELLIPSE|LINE|LWPOLYLINE|POLYLINE|SPLINE)\r?\n"
    rb"(?=[ \t]*100[ \t]*\r?\nAcDb(?!Entity))",
    re.M,
)
_IMPLAUSIBLE_MM = 10_000.0
_SMALL_MM = 25.0  # a sheet part this small, read as millimetres without a word in the file, may be meant in inches
logging.getLogger("ezdxf").addHandler(logging.NullHandler())  # what it repairs is no news for standard error
_LOADER_ERRORS = (DXFError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read_dxf(path: Path) -> Sketch:
    """The lines and curves of the model space, blocks included.

    Texts, dimensions, hatches and points are left out, and so are centre lines, hidden edges, layers that are switched
    off and blocks that are a sheet's frame.

    Raises:
        GeometryError: "drawing-unreadable", "drawing-empty" or "drawing-too-complex".
        OSError: the file cannot be read.
    """
    if _text_lines(path) > _MAX_LINES:
        raise _too_complex(path.name)
    try:
        document = _load(path)
        stated = _UNITS_MM.get(document.header.get("$INSUNITS", 0))
        tracer = _Tracer(document, stated[1] if stated else 1.0, path.name)
        tracer.trace(document.modelspace())
    except _LOADER_ERRORS as error:
        raise GeometryError(
            "the drawing cannot be read", code="drawing-unreadable", where=path.name, hint="export the drawing again"
        ) from error
    longest = _longest([points for _, points in tracer.lines])
    if not np.isfinite(longest) or longest <= 0:
        raise GeometryError("the drawing has no lines to cut", code="drawing-empty", where=path.name)
    unit, unit_mm, unit_note = _unit(stated, longest)
    return Sketch(
        strokes=tuple(Stroke(layer, points * unit_mm) for layer, points in tracer.lines),
        unit=unit,
        unit_note=unit_note,
        left_out=counted(tracer.left_out),
        dimensioned=not _DIMENSIONS.isdisjoint(tracer.left_out),
    )


def _unit(stated: tuple[str, float] | None, longest: float) -> tuple[str, float, str | None]:
    """Name, millimetres, and, where it is assumed, why.

    Some programs write "metres" over drawings in millimetres: a sheet part of more than 10 m is not believed.
    """
    name, unit_mm = _UNITS_MM[4]
    if stated is None:
        hint = f", and {longest:.3g} is small for a sheet part: are they inches?" if longest < _SMALL_MM else ""
        return name, unit_mm, f"the file states no unit{hint}"
    if stated[1] > unit_mm and longest * stated[1] > _IMPLAUSIBLE_MM:
        return (
            name,
            unit_mm,
            f"the file states {stated[0]}, but then the part would be {longest * stated[1]:,.0f} mm long",
        )
    return *stated, None


def _load(path: Path) -> Drawing:
    """The document, where needed repaired: Inkscape's exporter for OpenSCAD leaves a subclass out of its polylines."""
    try:
        return readfile(path)
    except (DXFError, UnicodeDecodeError):
        repaired = _BARE_ENTITY.sub(rb"\g<0>100\nAcDbEntity\n8\n0\n", path.read_bytes())
        return recover.read(io.BytesIO(repaired))[0]


def _longest(lines: list[Points]) -> float:
    """The longer side of the box around all lines; 0 when there are none."""
    if not lines:
        return 0.0
    lows, highs = [points.min(axis=0) for points in lines], [points.max(axis=0) for points in lines]
    return float((np.max(highs, axis=0) - np.min(lows, axis=0)).max())


class _Tracer:
    """Collects the lines of a document, in its own unit, and counts what is left out."""

    def __init__(self, document: Drawing, unit_mm: float, where: str) -> None:
        self.lines: list[tuple[str, Points]] = []
        self.left_out: Counter[str] = Counter()
        self.annotated = False
        self._layers = document.layers
        self._unit_mm = unit_mm
        self._where = where
        self._seen = 0
        self._points = 0

    def trace(self, entities: Iterable[DXFGraphic], layer: str = "0", depth: int = 0) -> None:
        """Take the entities, blocks resolved; what lies on layer 0 inside a block lies on the block's own layer."""
        if depth > _MAX_DEPTH:
            raise _too_complex(self._where)
        for entity in entities:
            self._seen += 1
            if self._seen > _MAX_ENTITIES:
                raise _too_complex(self._where)
            own = entity.dxf.get("layer", "0")
            own = layer if own == "0" else own
            if isinstance(entity, Insert):
                self._trace_block(entity, own, depth)
            elif (reason := self._reason_against(entity, own)) is not None:
                self.left_out[reason] += 1
            else:
                self._take(entity, own)

    def _trace_block(self, block: Insert, layer: str, depth: int) -> None:
        """A block, unless it is a sheet's frame: as large as a sheet, with texts in it."""
        first, annotated = len(self.lines), self.annotated
        self.annotated = any(each.dxftype() == "ATTDEF" for each in block.block() or ())
        for each in block.multi_insert() if block.mcount > 1 else (block,):
            self.trace(each.virtual_entities(), layer, depth + 1)
        size = self._size(self.lines[first:])
        if self.annotated and size is not None and sheet_of(*size) is not None:
            del self.lines[first:]
            self.left_out[f"frames of a sheet {sheet_of(*size)}"] += 1
        self.annotated = self.annotated or annotated

    def _size(self, lines: list[tuple[str, Points]]) -> tuple[float, float] | None:
        """Width and height in millimetres."""
        if not lines:
            return None
        points = np.concatenate([points for _, points in lines]) * self._unit_mm
        width, height = np.ptp(points, axis=0).tolist()
        return width, height

    def _reason_against(self, entity: DXFGraphic, layer: str) -> str | None:
        """Why the entity is not cut, as a plural noun, or None."""
        kind = entity.dxftype()
        if kind in _ANNOTATIONS:
            self.annotated = True
            return _ANNOTATIONS[kind]
        if kind not in _CUT:
            return _OTHERS.get(kind, f"{kind.lower()} entities")
        known = self._layers.get(layer) if layer in self._layers else None
        if entity.dxf.get("invisible", 0) or (known and (known.is_off() or known.is_frozen() or not known.dxf.plot)):
            return "lines that are switched off"
        linetype = entity.dxf.get("linetype", "BYLAYER")
        if linetype.upper() in ("BYLAYER", "BYBLOCK"):
            linetype = known.dxf.linetype if known else ""
        return "centre lines and hidden edges" if _UNCUT_LINETYPE.search(linetype) else None

    def _take(self, entity: DXFGraphic, layer: str) -> None:
        if entity.dxftype() == "LINE":
            points = np.array([entity.dxf.start.vec2, entity.dxf.end.vec2])
        else:
            curve = make_path(entity).flattening(SAG_MM / self._unit_mm)
            points = np.array([(each.x, each.y) for each in curve]).reshape(-1, 2)
        self._points += len(points)
        if self._points > MAX_POINTS:
            raise _too_complex(self._where)
        if len(points) > 1:
            self.lines.append((layer, points))


def _text_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b""))


def _too_complex(where: str) -> GeometryError:
    return GeometryError("the drawing has too many lines", code="drawing-too-complex", where=where)
