"""What a duration is: an expected time, an interval, and where both come from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.trees import processes

__all__ = ["Estimate", "Shape"]

_WALL_MM = 0.9  # two perimeters of a 0.45 mm line, and as much top and bottom
_INFILL = 0.15


@dataclass(frozen=True, slots=True)
class Shape:
    """What was measured of one piece; None where it could not be.

    Attributes:
        extents_mm: size along x, y, z.
        volume_mm3: enclosed.
        area_mm2: surface.
        cut_length_mm: of all contours of a drawing.
        pierce_count: contours.
        mesh: gives the corners of the part's triangles, shape (triangles, 3, 3), or None where they cannot be read;
            called when a print is reckoned.
    """

    extents_mm: tuple[float, float, float] | None = None
    volume_mm3: float | None = None
    area_mm2: float | None = None
    cut_length_mm: float | None = None
    pierce_count: int | None = None
    mesh: Callable[[], npt.NDArray[np.float64] | None] | None = field(default=None, compare=False, repr=False)

    @property
    def printed_mm3(self) -> float | None:
        """What a plain filament print lays down: its shell and thin infill inside; None where it was not measured."""
        if not self.volume_mm3 or not self.area_mm2 or self.volume_mm3 < 0:
            return None
        shell = min(self.volume_mm3, self.area_mm2 * _WALL_MM)
        return shell + _INFILL * (self.volume_mm3 - shell)

    def taken_mm3(self, process: str | None) -> float | None:
        """What one piece takes of its material: of a filament print its shell and infill, of other additive work all.

        None for other processes, and where the piece was not measured.
        """
        tree = processes()
        if process is None or not tree.is_a(process, "additive"):
            return None
        filament = tree.is_a("fdm", process) or tree.is_a(process, "fdm")
        taken = self.printed_mm3 if filament else self.volume_mm3
        return taken if taken is not None and math.isfinite(taken) and taken > 0 else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Time of one run, an operator's minutes before and after it included.

    Attributes:
        duration_s: the expected time.
        low_s, high_s: where it should lie nine times in ten.
        basis: where the figure comes from, one clause.
        material_kg: what a print takes, where it was reckoned; else None.
    """

    duration_s: float
    low_s: float
    high_s: float
    basis: str
    material_kg: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.low_s <= self.duration_s <= self.high_s:
            raise ValueError("an estimate is above zero and lies in its interval")
