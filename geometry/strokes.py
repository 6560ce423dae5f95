"""The lines of a drawing as a reader hands them on: polygons in millimetres, curves flattened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_POINTS", "SAG_MM", "Points", "Sketch", "Stroke", "counted"]

Points: TypeAlias = npt.NDArray[np.float64]

SAG_MM = 0.01  # between a curve and the polygon that stands for it
MAX_POINTS = 5_000_000


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line or curve.

    Attributes:
        layer: the layer it lies on, or the colour it is drawn with.
        points: shape (n, 2), n from 2, in millimetres.
    """

    layer: str
    points: Points


@dataclass(frozen=True, slots=True)
class Sketch:
    """All that a drawing holds for a cutter.

    Attributes:
        strokes: in the order of the file.
        unit: name of the drawing's unit.
        unit_note: why the unit is assumed, one clause; None when the file states it.
        left_out: what else it shows and nobody cuts, a clause each.
        dimensioned: whether dimensions or leader lines stand beside the lines: it is made to be read, not only cut.
    """

    strokes: tuple[Stroke, ...]
    unit: str
    unit_note: str | None
    left_out: tuple[str, ...] = ()
    dimensioned: bool = False


def counted(things: Mapping[str, int]) -> tuple[str, ...]:
    """A clause for each noun: "dimensions (3)"."""
    return tuple(f"{noun} ({count})" for noun, count in sorted(things.items()) if count)
