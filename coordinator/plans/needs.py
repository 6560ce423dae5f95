"""From a task to what it asks of a machine: the part file is measured, the words come from the bill."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bom.graph import Task
from bom.substance import sheet_size_mm
from coordinator.plans.measuring import measure_parts
from core.provenance import Finding, Severity
from core.trees import processes
from designs.design import Design
from geometry.content import Fault
from geometry.drawing import DrawingFacts
from geometry.errors import GeometryError
from geometry.hull import Hull, part_hull
from geometry.mesh import MeshFacts
from geometry.part import BODY_SUFFIXES, PART_SUFFIXES, PartFacts, read_body
from geometry.solid import SOLID_SUFFIXES
from geometry.stl import Corners
from machines.durations import Shape
from machines.matching import Requirement
from machines.matching.material import printed_by

__all__ = ["Measurer", "Need"]

_TESSELLATED = 16  # solids kept in memory


@dataclass(frozen=True, slots=True)
class Need:
    """What one task asks for.

    Attributes:
        requirement: held against machines.
        shape: what was measured, for first durations.
    """

    requirement: Requirement
    shape: Shape


@dataclass
class Measurer:
    """Measures each part file of a design once.

    Attributes:
        design: open.
        findings: about files that could not be measured.
    """

    design: Design
    findings: list[Finding] = field(default_factory=list)
    _facts: dict[str, PartFacts | Fault] = field(default_factory=dict, init=False)
    _measured: dict[str, Shape | str] = field(default_factory=dict, init=False)
    _hulls: dict[str, Hull | None] = field(default_factory=dict, init=False)
    _tessellated: dict[str, Corners] = field(default_factory=dict, init=False)

    def survey(self, tasks: Iterable[Task]) -> None:
        """Measure the files of all these tasks together, which takes less time than one after the other."""
        found = [self.design.file(task.file) for task in tasks if task.file]
        paths = {
            self.design.locate(file.path): file.path
            for file in found
            if file is not None and file.present and file.suffix in PART_SUFFIXES and file.path not in self._facts
        }
        self._facts |= {paths[place]: facts for place, facts in measure_parts(paths).items()}

    def need(self, task: Task) -> Need:
        """What the task asks of a machine."""
        shape, why = self._shape(task.file)
        extents = shape.extents_mm
        if extents is None and task.file is None and _is_sheet(task.process):
            extents = sheet_size_mm(task.name)  # "MDF sheet 489 mm x 385 mm x 12 mm"
        if extents is not None and extents[2] == 0:  # a drawing has no height: the sheet gives it
            extents = (extents[0], extents[1], task.thickness_mm or 0.0)
        hull = partial(self._hull, task.file) if task.file and extents is not None else None
        requirement = Requirement(
            task.process, task.material, extents, task.thickness_mm, why,
            alternatives=task.alternatives, tolerance_mm=task.tolerance_mm, feature_mm=task.feature_mm,
            quantity=math.ceil(task.quantity) if task.unit == "piece" else 1,
            material_mm3=shape.taken_mm3(printed_by(task.process, task.material)), hull=hull,
        )  # fmt: skip
        return Need(requirement, shape)

    def _hull(self, path: str) -> Hull | None:
        """The hull of a part that was measured, for machines that its bounding box does not fit."""
        if path not in self._hulls:
            try:
                self._hulls[path] = part_hull(self.design.locate(path))
            except (GeometryError, OSError):  # it was readable a moment ago: the box is all that is known
                self._hulls[path] = None
        return self._hulls[path]

    def _shape(self, path: str | None) -> tuple[Shape, str | None]:
        """The shape of one piece, and why it has none."""
        if path is None:
            return Shape(), "the bill links no part file"
        if path not in self._measured:
            self._measured[path] = self._measure(path)
        measured = self._measured[path]
        return (measured, None) if isinstance(measured, Shape) else (Shape(), measured)

    def _measure(self, path: str) -> Shape | str:
        """The shape of one piece, or why it has none."""
        found = self.design.file(path)
        if found is None or not found.present:
            return f"{path} is not here"
        if found.suffix not in PART_SUFFIXES:
            return f"{path} is of a kind that is not measured yet"
        facts = self._facts.get(path)
        if facts is None:
            place = self.design.locate(path)
            facts = measure_parts([place])[place]
        if isinstance(facts, Fault):
            self.findings.append(Finding(facts.code, Severity.WARNING, facts.message, path, facts.fix))
            return f"{path}: {facts.message}"
        return self._solid(path, facts) if isinstance(facts, MeshFacts) else self._drawing(path, facts)

    def _solid(self, path: str, mesh: MeshFacts) -> Shape:
        if mesh.unit_suspicion:
            message = f"the part measures {max(mesh.extents_mm):g} mm: is it in {mesh.unit_suspicion}?"
            self.findings.append(Finding("unit-suspicion", Severity.WARNING, message, path))
        return Shape(mesh.extents_mm, mesh.volume_mm3, mesh.area_mm2, mesh=partial(self._corners, path))

    def _corners(self, path: str) -> Corners | None:
        """The triangles of a part that was measured, for reckoning a print; None where they cannot be read."""
        suffix = Path(path).suffix.lower()
        if suffix not in BODY_SUFFIXES:
            return None
        if path in self._tessellated:
            return self._tessellated[path]
        try:
            corners = read_body(self.design.locate(path))
        except (GeometryError, OSError):  # it was readable a moment ago
            return None
        if suffix in SOLID_SUFFIXES:  # half a second each, and every machine asks again
            while len(self._tessellated) >= _TESSELLATED:
                del self._tessellated[next(iter(self._tessellated))]
            self._tessellated[path] = corners
        return corners

    def _drawing(self, path: str, drawing: DrawingFacts) -> Shape:
        if drawing.unit_note:
            self.findings.append(Finding("unit-assumed", Severity.NOTE, drawing.unit_note, path))
        if drawing.left_out:
            message = f"not counted as cut: {', '.join(drawing.left_out)}"
            self.findings.append(Finding("drawing-left-out", Severity.NOTE, message, path))
        self.findings += [Finding("drawing-doubt", Severity.NOTE, each, path) for each in drawing.doubts]
        extents = (drawing.width_mm, drawing.height_mm, 0.0)
        return Shape(extents, cut_length_mm=drawing.cut_length_mm, pierce_count=drawing.pierce_count)


def _is_sheet(process: str | None) -> bool:
    return process is not None and processes().is_a(process, "sheet_cutting")
