"""Checks of the shapes of parts: meshes, solids and drawings are measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bom.bill import Bill, Make
from core.provenance import Finding, Severity
from designs.design import Design, DesignFile, FileRole
from geometry.content import Fault
from geometry.drawing import DrawingFacts
from geometry.mesh import MeshFacts
from geometry.part import PART_SUFFIXES
from geometry.survey import Surveying, survey

__all__ = ["check_shapes"]

_NOT_ITS_FAULT: Final = frozenset({"step-not-installed"})
_EXPORT: Final = "export the part again"


def check_shapes(design: Design, bill: Bill, measure: Surveying = survey) -> Iterator[Finding]:
    """Findings about the file of every part that is made; of all meshes where there is no bill."""
    if bill.lines:
        paths = [line.files[0] for line in bill.lines if line.files and line.make is not Make.PURCHASE]
    else:
        paths = [file.path for file in design.with_role(FileRole.MESH)]
    files = [file for path in dict.fromkeys(paths) if (file := design.file(path)) is not None and file.present]
    measurable = {design.locate(file.path): file for file in files if file.suffix in PART_SUFFIXES}
    for place, facts in measure(measurable).items():
        file = measurable[place]
        if isinstance(facts, Fault):
            severity = Severity.NOTE if facts.code in _NOT_ITS_FAULT else Severity.ERROR
            message = f"{file.path} cannot be used: {facts.message}"
            yield Finding(facts.code, severity, message, file.path, facts.fix or _EXPORT)
        elif isinstance(facts, MeshFacts):
            yield from _mesh(facts, file)
        else:
            yield from _drawing(facts, file)


def _mesh(mesh: MeshFacts, file: DesignFile) -> Iterator[Finding]:
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


def _drawing(drawing: DrawingFacts, file: DesignFile) -> Iterator[Finding]:
    if drawing.unit_note:
        message = f"{file.path}: {drawing.unit_note}"
        yield Finding("unit-assumed", Severity.NOTE, message, file.path, "export it again with its unit")
    if drawing.left_out:
        message = f"{file.path} shows what is not counted as cut: {', '.join(drawing.left_out)}"
        yield Finding("drawing-left-out", Severity.NOTE, message, file.path, "take out of the drawing what is not cut")
    for doubt in drawing.doubts:
        fix = "take out of the drawing what is not cut, or close what is"
        yield Finding("drawing-doubt", Severity.NOTE, f"{file.path}: {doubt}", file.path, fix)
    if drawing.open_count:
        message = f"{file.path}: {drawing.open_count} contours do not close, so what they outline does not come off"
        yield Finding("drawing-open", Severity.NOTE, message, file.path, "join their ends, if they are to be cut")
