"""Centre marks: the cross of straight lines that a drawing puts into the middle of a hole (ISO 128-2), never cut."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from geometry.contours import Contour
from geometry.strokes import Points

__all__ = ["without_centre_marks"]

_SAME_MM = 0.05
_ROUND = 0.01  # how much of its diameter or circumference a circle may be off


def without_centre_marks(contours: Sequence[Contour]) -> tuple[tuple[Contour, ...], int]:
    """The contours without the straight open lines that have their middle in a circle's, and how many those were."""
    centres = [_middle(each) for each in contours if _is_circle(each)]
    straight = [index for index, each in enumerate(contours) if not each.closed and len(each.points) == 2]
    if not centres or not straight:
        return tuple(contours), 0
    middles = np.array([_middle(contours[index]) for index in straight])
    distances = np.asarray(cKDTree(np.array(centres)).query(middles)[0])
    marks = {index for index, distance in zip(straight, distances.tolist(), strict=True) if distance <= _SAME_MM}
    return tuple(each for index, each in enumerate(contours) if index not in marks), len(marks)


def _middle(contour: Contour) -> Points:
    return np.asarray((contour.points.min(axis=0) + contour.points.max(axis=0)) / 2)


def _is_circle(contour: Contour) -> bool:
    width, height = contour.size_mm
    round_box = contour.closed and abs(width - height) <= _ROUND * width
    return round_box and abs(contour.length_mm - math.pi * width) <= _ROUND * math.pi * width
