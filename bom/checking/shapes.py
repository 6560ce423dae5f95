"""Checks of the shapes of parts: meshes and drawings are measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bom.bill import Bill, Make
from core.provenance import Finding, Severity
from designs.design import Design, DesignFile, FileRole
from geometry.drawing import measure_drawing
from geometry.errors import GeometryError
from geometry.mesh import measure_mesh

__all__ = ["check_shapes"]

_DRAWINGS: Final = frozenset({".dxf", ".svg"})
_EXPORT: Final = "export the part again"


def check_shapes(design: Design, bill: Bill) -> Iterator[Finding]:
    """Findings about the file of every part that is made; of all meshes where there is no bill."""
    if bill.lines:
        paths = dict.fromkeys(line.files[0] for line in bill.lines if line.files and line.make is not Make.PURCHASE)
    else:
        paths = dict.fromkeys(file.path for file in design.with_role(FileRole.MESH))
    for file in (found for path in paths if (found := design.file(path)) is not None and found.present):
        try:
            if file.role is FileRole.MESH:
                yield from _mesh(design, file)
            elif file.suffix in _DRAWINGS:
                yield from _drawing(design, file)
        except GeometryError as error:
            unsupported = error.code.endswith("-unsupported")
            severity = Severity.NOTE if unsupported else Severity.ERROR
            message = f"{file.path} cannot be used: {error.what}"
            yield Finding(error.code, severity, message, file.path, error.hint or _EXPORT)


def _mesh(design: Design, file: DesignFile) -> Iterator[Finding]:
    mesh = measure_mesh(design.locate(file.path))
    if not mesh.watertight:
        message = f"{file.path} is not watertight: where its walls are open, a slicer guesses what is inside"
        yield Finding("mesh-leaky", Severity.WARNING, message, file.path, f"repair the mesh, or {_EXPORT}")
    if mesh.unit_suspicion:
        size = " x ".join(f"{each:.3g}" for each in mesh.extents_mm)
        message = f"{file.path} measures {size} mm: it seems to be in {mesh.unit_suspicion}"
        yield Finding("unit-suspicion", Severity.WARNING, message, file.path, "export it in millimetres")
    if mesh.body_count is not None and mesh.body_count > 1:
        message = (
            f"{file.path} holds {mesh.body_count} separate bodies; if it is a plate of parts, nobody can count them"
        )
        fix = "give each part a file of its own, or say in the list that they belong together"
        yield Finding("mesh-several-bodies", Severity.NOTE, message, file.path, fix)


def _drawing(design: Design, file: DesignFile) -> Iterator[Finding]:
    drawing = measure_drawing(design.locate(file.path))
    if drawing.unit_note:
        message = f"{file.path}: {drawing.unit_note}"
        yield Finding("unit-assumed", Severity.NOTE, message, file.path, "export it again with its unit")
