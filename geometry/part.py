"""Measure any part file: a mesh, a solid or a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from geometry.drawing import DRAWING_SUFFIXES, DrawingFacts, measure_drawing
from geometry.errors import GeometryError
from geometry.mesh import MESH_SUFFIXES, MeshFacts, measure_mesh, read_mesh
from geometry.solid import SOLID_SUFFIXES, measure_solid, read_solid
from geometry.stl import Corners

__all__ = ["BODY_SUFFIXES", "PART_SUFFIXES", "PartFacts", "measure_part", "read_body"]

PartFacts: TypeAlias = MeshFacts | DrawingFacts

BODY_SUFFIXES = MESH_SUFFIXES | SOLID_SUFFIXES
PART_SUFFIXES = BODY_SUFFIXES | DRAWING_SUFFIXES


def measure_part(path: Path) -> PartFacts:
    """The facts of a part file, told by its suffix (see `PART_SUFFIXES`) and content.

    Raises:
        GeometryError: it cannot be measured; `code` says why, "part-unsupported" when nothing measures its kind.
        OSError: the file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in MESH_SUFFIXES:
        return measure_mesh(path)
    if suffix in SOLID_SUFFIXES:
        return measure_solid(path)
    if suffix in DRAWING_SUFFIXES:
        return measure_drawing(path)
    what = f"files of the kind {suffix or 'without suffix'} are not measured"
    known = ", ".join(sorted(PART_SUFFIXES))
    raise GeometryError(what, code="part-unsupported", where=path.name, hint=f"{known} are")


def read_body(path: Path) -> Corners:
    """The corners of the triangles of a mesh, or of a solid's tessellation, shape (triangles, 3, 3), in millimetres.

    Raises:
        GeometryError: as `read_mesh` and `read_solid`.
        OSError: the file cannot be read.
    """
    return read_solid(path) if path.suffix.lower() in SOLID_SUFFIXES else read_mesh(path)
