"""DXF drawings: the lines that a cutter follows, flattened to polygons.

Source: AutoCAD DXF reference, header variable $INSUNITS. Versions before 2000 do not have it: millimetres are assumed.
"""

from __future__ import annotations

import io
import logging
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ezdxf import recover
from ezdxf.disassemble import recursive_decompose
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.filemanagement import readfile
from ezdxf.lldxf.const import DXFError
from ezdxf.path import make_path

from geometry.errors import GeometryError

__all__ = ["Outline", "read_dxf_outline"]

_CUT = frozenset({"ARC", "CIRCLE", "ELLIPSE", "LINE", "LWPOLYLINE", "POLYLINE", "SPLINE"})
_MAX_ENTITIES = 100_000
_MAX_POINTS = 5_000_000
_SAG_MM = 0.01  # between a curve and the polygon that stands for it
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
logging.getLogger("ezdxf").addHandler(logging.NullHandler())  # what it repairs is no news for standard error
_LOADER_ERRORS = (DXFError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a cutter follows.

    Attributes:
        width_mm, height_mm: of the bounding box of all lines.
        length_mm: along all lines.
        unit: name of the drawing's unit.
        unit_note: why the unit is assumed, or None when the file states it.
    """

    width_mm: float
    height_mm: float
    length_mm: float
    unit: str
    unit_note: str | None


def read_dxf_outline(path: Path) -> Outline:
    """The lines and curves of the model space, blocks included; texts, dimensions, hatches and points are not cut.

    Raises:
        GeometryError: "drawing-unreadable", "drawing-empty" or "drawing-too-complex".
        OSError: the file cannot be read.
    """
    try:
        document = _load(path)
        stated = _UNITS_MM.get(document.header.get("$INSUNITS", 0))
        box, length = _trace(document, stated[1] if stated else 1.0, path.name)
    except _LOADER_ERRORS as error:
        raise GeometryError(
            "the drawing cannot be read", code="drawing-unreadable", where=path.name, hint="export the drawing again"
        ) from error
    if box is None or not math.isfinite(length) or length <= 0:
        raise GeometryError("the drawing has no lines to cut", code="drawing-empty", where=path.name)
    left, bottom, right, top = box
    unit, unit_mm, unit_note = _unit(stated, max(right - left, top - bottom))
    return Outline(
        width_mm=(right - left) * unit_mm,
        height_mm=(top - bottom) * unit_mm,
        length_mm=length * unit_mm,
        unit=unit,
        unit_note=unit_note,
    )


def _unit(stated: tuple[str, float] | None, longest: float) -> tuple[str, float, str | None]:
    """Name, millimetres, and, where it is assumed, why.

    Some programs write "metres" over drawings in millimetres: a sheet part of more than 10 m is not believed.
    """
    name, unit_mm = _UNITS_MM[4]
    if stated is None:
        return name, unit_mm, "the file states no unit"
    if stated[1] > unit_mm and longest * stated[1] > _IMPLAUSIBLE_MM:
        return (
            name,
            unit_mm,
            f"the file states {stated[0]}, but then the part would be {longest * stated[1]:,.0f} mm long",
        )
    return *stated, None


_Box = tuple[float, float, float, float]


def _load(path: Path) -> Drawing:
    """The document, where needed repaired: Inkscape's exporter for OpenSCAD leaves a subclass out of its polylines."""
    try:
        return readfile(path)
    except (DXFError, UnicodeDecodeError):
        repaired = _BARE_ENTITY.sub(rb"\g<0>100\nAcDbEntity\n8\n0\n", path.read_bytes())
        return recover.read(io.BytesIO(repaired))[0]


def _trace(document: Drawing, unit_mm: float, where: str) -> tuple[_Box | None, float]:
    """Bounding box (left, bottom, right, top) and length of all lines, in drawing units."""
    left = bottom = math.inf
    right = top = -math.inf
    length = 0.0
    points = 0
    for entity in _cut_entities(document, where):
        last = None
        for point in make_path(entity).flattening(_SAG_MM / unit_mm):
            points += 1
            left, right = min(left, point.x), max(right, point.x)
            bottom, top = min(bottom, point.y), max(top, point.y)
            length += point.distance(last) if last is not None else 0.0
            last = point
        if points > _MAX_POINTS:
            raise _too_complex(where)
    return ((left, bottom, right, top) if points else None), length


def _cut_entities(document: Drawing, where: str) -> Iterator[DXFEntity]:
    outer = (each for each in document.modelspace() if each.dxftype() in _CUT or each.dxftype() == "INSERT")
    for count, entity in enumerate(recursive_decompose(outer)):
        if count >= _MAX_ENTITIES:
            raise _too_complex(where)
        if entity.dxftype() in _CUT:
            yield entity


def _too_complex(where: str) -> GeometryError:
    return GeometryError("the drawing has too many lines", code="drawing-too-complex", where=where)
