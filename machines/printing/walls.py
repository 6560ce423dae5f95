"""Walls of one layer: how long the lines along the contours are, and how long they take."""

from __future__ import annotations

import math
from typing import NamedTuple

from machines.printing.compiled import compiled
from machines.printing.moves import path_s
from machines.printing.sections import Floats, Ints

__all__ = ["WallRecipe", "measure_walls", "outlines"]

_SMALL_MM = 2 * math.pi * 6.5  # PrusaSlicer 2.5: shorter loops run at the speed of small walls


class WallRecipe(NamedTuple):
    """What walls are made with.

    Attributes:
        external_offset_mm: from the contour to the middle of the outermost line.
        inner_offset_mm: from the contour to the middle of the next.
        spacing_mm: between the inner lines.
        walls: lines.
        external_mm_s, inner_mm_s, small_mm_s: speeds.
        acceleration_mm_s2, jerk_mm_s: of both.
    """

    external_offset_mm: float
    inner_offset_mm: float
    spacing_mm: float
    walls: int
    external_mm_s: float
    inner_mm_s: float
    small_mm_s: float
    acceleration_mm_s2: float
    jerk_mm_s: float


@compiled
def measure_walls(points: Floats, begin: Ints, recipe: WallRecipe, speeds: Floats, found: Floats) -> None:
    """Add up the walls of a layer; a line beside a contour is shorter by its way round the turns (2 pi a contour).

    Args:
        points: contours, as `loops.chain`.
        begin: where each contour begins.
        recipe: what they are made with.
        speeds: room, as `moves.path_s`.
        found: receives length, seconds and number of outermost lines, then of inner lines.
    """
    for loop in range(len(begin) - 1):
        length, area = _measure(points, begin[loop], begin[loop + 1])
        turn = 2 * math.pi if area > 0 else -2 * math.pi
        timed, pace = 0.0, 0.0  # inner walls have one speed: they are followed once
        for rank in range(recipe.walls):
            first = rank == 0
            offset = recipe.external_offset_mm if first else recipe.inner_offset_mm + (rank - 1) * recipe.spacing_mm
            line = length - turn * offset
            if line <= 0.0:
                break
            speed = recipe.external_mm_s if first else recipe.inner_mm_s
            if line <= _SMALL_MM:
                speed = min(speed, recipe.small_mm_s)
            if speed != timed:
                acceleration, jerk = recipe.acceleration_mm_s2, recipe.jerk_mm_s
                timed = speed
                pace = path_s(points, begin[loop], begin[loop + 1], speed, acceleration, jerk, speeds) / length
            at = 0 if first else 3
            found[at] += line
            found[at + 1] += pace * line
            found[at + 2] += 1


@compiled
def outlines(points: Floats, begin: Ints) -> tuple[int, float]:
    """How many of a layer's contours are outer ones, and how long those are, mm."""
    count, total = 0, 0.0
    for loop in range(len(begin) - 1):
        length, area = _measure(points, begin[loop], begin[loop + 1])
        if area > 0:
            count += 1
            total += length
    return count, total


@compiled
def _measure(points: Floats, begin: int, end: int) -> tuple[float, float]:
    """Length and signed area of a contour, mm and mm2."""
    length = area = 0.0
    for i in range(begin, end - 1):
        dx, dy = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
        length += math.sqrt(dx * dx + dy * dy)
        area += 0.5 * (points[i, 0] * points[i + 1, 1] - points[i + 1, 0] * points[i, 1])
    return length, area
