"""What a piece weighs, as far as its geometry and its material tell."""

from __future__ import annotations

import math

from bom.graph import Task
from core.trees import materials
from machines.durations import Shape
from machines.matching.material import printed_by

__all__ = ["piece_kg"]


def piece_kg(task: Task, shape: Shape) -> float | str:
    """The mass of one piece: of a filament print its shell and infill, else its volume, times the density.

    Densities are usual values of `core/materials.yaml`, true to 5 %, of wood to 20 %.

    Returns:
        Kilograms; in words what is lacking where that is not known.
    """
    volume_mm3 = shape.taken_mm3(printed_by(task.process, task.material)) or shape.volume_mm3
    if volume_mm3 is None or not (math.isfinite(volume_mm3) and volume_mm3 > 0):
        return "its volume is not measured"
    if task.material is None:
        return "its material is not said"
    density: float | None = materials().fact(task.material, "density_g_cm3") if task.material in materials() else None
    return "the density of its material is not known" if density is None else volume_mm3 * density / 1e6
