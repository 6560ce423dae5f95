"""What a manifest says of a part's body: its outer dimensions and its mass, as measured.

Sources: `outer-dimensions` (mm) and `mass` (g) of a part in `src/schema/okh.schema.json` of iop-alliance/OpenKnowHow;
the mass is the volume times the usual density of the material (`core/materials.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bom.bill import BillLine
from core.trees import materials
from designs.design import Design, DesignFile, FileRole
from geometry.mesh import MeshFacts
from geometry.part import PART_SUFFIXES
from geometry.survey import Surveying

__all__ = ["mass_g", "measured_parts"]

_MAX_MEASURED: Final = 200
_MM3_IN_CM3: Final = 1000.0


def measured_parts(design: Design, lines: Sequence[BillLine], measure: Surveying) -> Mapping[str, dict[str, Any]]:
    """Key of a line -> `outer-dimensions` and `mass` of one piece, where they are known.

    The dimensions are the bounding box of the part as it lies in its file: width along x, depth along y, height along
    z. Of a file that cannot be measured, or whose unit is in doubt, nothing is said; `design check` tells why.

    Args:
        design: the open design.
        lines: parts that are made.
        measure: what measures files.
    """
    shapes = {line.key: file for line in lines if (file := _shape(design, line)) is not None}
    places = {key: design.locate(file.path) for key, file in list(shapes.items())[:_MAX_MEASURED]}
    outcomes = measure(places.values())
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        body = outcomes.get(places[line.key]) if line.key in places else None
        if not isinstance(body, MeshFacts) or body.unit_suspicion:
            continue
        sizes = (round(each, 2) for each in body.extents_mm)
        found[line.key] = {"outer-dimensions": dict(zip(("width", "depth", "height"), sizes, strict=True))}
        mass = mass_g(body, line.material)
        if mass is not None:
            found[line.key]["mass"] = mass
    return found


def mass_g(body: MeshFacts, material: str | None) -> float | None:
    """Grams of the solid body; None when its volume or the material's density is not known.

    A print with infill weighs less: the manifest's `infill` is the designer's to add.
    """
    density_g_cm3 = materials().fact(material, "density_g_cm3") if material in materials() and material else None
    if density_g_cm3 is None or not body.watertight or body.volume_mm3 <= 0:
        return None
    return float(f"{body.volume_mm3 / _MM3_IN_CM3 * float(density_g_cm3):.3g}")


def _shape(design: Design, line: BillLine) -> DesignFile | None:
    """The file that gives the part its body: a mesh, else a solid that can be measured."""
    files = [file for path in line.files if (file := design.file(path)) is not None and file.present]
    usable = [each for each in files if each.suffix in PART_SUFFIXES]
    for role in (FileRole.MESH, FileRole.SOLID):
        for file in usable:
            if file.role is role:
                return file
    return None
