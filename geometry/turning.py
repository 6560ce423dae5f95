"""Free turning: does a hull fit a box in any orientation?

Three answers again. A rotation that was found is a proof of yes. Sizes that do not change by turning prove no. Between
them lies unknown: looking for a rotation and not finding one proves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from geometry.hull import Hull, Points

__all__ = ["Rotation", "Turned", "too_large", "too_wide", "turn_into"]

Rotation = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
"""Rows of a 3 x 3 matrix that turns the part's coordinates into the envelope's."""

_Matrices = npt.NDArray[np.float64]
_ROTATIONS = 576
_ROLLS = 24
_SURVIVORS = 6
_TRIES = 40
_ROUNDS = 14
_FIRST_STEP_RAD = 0.25
_SHRINK = 0.72  # 0.25 rad becomes 0.003 rad in 14 rounds, a hundredth of a millimetre in a few
_TOLERANCE_MM = 1e-3
_SURELY = 1 + 1e-4  # faces that are nearly parallel cross in directions that are only nearly right


@dataclass(frozen=True, slots=True)
class Turned:
    """An orientation in which a part fits.

    Attributes:
        rotation: turns the part's coordinates into the envelope's; a proper rotation.
        extents_mm: of the turned part along the envelope's x, y, z.
    """

    rotation: Rotation
    extents_mm: tuple[float, float, float]


def too_large(hull: Hull, room_mm: tuple[float, float, float]) -> str | None:
    """Why the hull fits a box of this size in no orientation at all, as a clause with numbers, or None.

    Args:
        hull: of the part.
        room_mm: the sides of the box.
    """
    a, b, c = sorted(room_mm)
    diagonal, allowed = math.hypot(a, b, c), 1 + 1e-9
    if hull.reach_mm > (diagonal + _TOLERANCE_MM) * allowed:
        return f"it is {hull.reach_mm:.1f} mm from corner to corner, the envelope {diagonal:.1f} mm"
    if hull.mean_length_mm > (a + b + c + 3 * _TOLERANCE_MM) * allowed:
        return f"its mean length is {hull.mean_length_mm:.1f} mm, that of the envelope {a + b + c:.1f} mm"
    surface = 2 * (a * b + b * c + a * c)
    if hull.area_mm2 > (surface + 4 * _TOLERANCE_MM * (a + b + c)) * allowed:
        return f"its hull has a surface of {hull.area_mm2 / 100:.0f} cm², the envelope {surface / 100:.0f} cm²"
    volume = a * b * c
    if hull.volume_mm3 > (volume + _TOLERANCE_MM * surface) * allowed:
        return f"its hull holds {hull.volume_mm3 / 1000:.0f} cm³, the envelope {volume / 1000:.0f} cm³"
    return None


def too_wide(hull: Hull, room_mm: tuple[float, float, float]) -> str | None:
    """As `too_large`, by the least width and shadow of the hull; of a hull with many corners this takes some 50 ms."""
    shortest, middle, _ = sorted(room_mm)
    if hull.width_mm > shortest + _TOLERANCE_MM:
        return f"it is at least {hull.width_mm:.1f} mm wide in every direction, the envelope has {shortest:.1f} mm"
    side = (shortest + _TOLERANCE_MM) * (middle + _TOLERANCE_MM)
    if hull.shadow_mm2 > side * _SURELY:
        covered, least = hull.shadow_mm2 / 100, shortest * middle / 100
        seen = f"from every side it covers at least {covered:.0f} cm²"
        return f"{seen}, the smallest face of the envelope has {least:.0f} cm²"
    return None


def turn_into(hull: Hull, room_mm: tuple[float, float, float]) -> Turned | None:
    """An orientation in which the hull fits a box of this size, or None when none was found.

    The search is the same each time: rotations spread evenly, those that lay the part's longest line along the box's
    diagonal, and small turns about the best of them.
    """
    room = np.asarray(room_mm, dtype=np.float64)
    points = hull.inner
    candidates = np.concatenate([_spread(), _along_diagonal(hull.reach_direction, room)])
    step = _FIRST_STEP_RAD
    for _ in range(_ROUNDS):
        over = _overrun(candidates, points, room)
        order = np.argsort(over, kind="stable")[:_SURVIVORS]
        best = candidates[order]
        inside = best[over[order] <= _TOLERANCE_MM]  # the few points fit: all may
        found = next((turned for each in inside if (turned := _checked(each, hull, room)) is not None), None)
        if found is not None:
            return found
        candidates = np.concatenate([best, *[_small_turns(step) @ each for each in best]])
        step *= _SHRINK
    return None


def _overrun(rotations: _Matrices, points: Points, room: Points) -> Points:
    """By how much the worst side of each turned part is too long, in millimetres, shape (rotations,).

    Which side of the box takes which side of the part is free: both are sorted.
    """
    turned = rotations @ points.T  # (rotations, 3, points)
    sides = np.sort(turned.max(axis=2) - turned.min(axis=2), axis=1)
    return np.asarray((sides - np.sort(room)).max(axis=1))


def _checked(rotation: _Matrices, hull: Hull, room: Points) -> Turned | None:
    """The orientation, with sides given to the box's sides by length, if all corners are inside."""
    sides = np.ptp(hull.vertices @ rotation.T, axis=0)
    order = np.argsort(sides, kind="stable")[np.argsort(np.argsort(room, kind="stable"), kind="stable")]
    turned = rotation[order]
    if np.linalg.det(turned) < 0:
        turned = turned * np.array([[-1.0], [1.0], [1.0]])  # mirrored along x: the same extents, and a rotation
    extents = np.ptp(hull.vertices @ turned.T, axis=0)
    if (extents > room + _TOLERANCE_MM).any():
        return None
    rows = tuple((float(row[0]), float(row[1]), float(row[2])) for row in turned)
    return Turned((rows[0], rows[1], rows[2]), (float(extents[0]), float(extents[1]), float(extents[2])))


@cache
def _spread() -> _Matrices:
    """Rotations spread evenly over all there are, shape (n, 3, 3), first of them the identity.

    Super-Fibonacci spirals: Alexa, Super-Fibonacci Spirals, CVPR 2022.
    """
    index = np.arange(_ROTATIONS) + 0.5
    share = index / _ROTATIONS
    alpha, beta = 2 * np.pi * index / math.sqrt(2), 2 * np.pi * index / 1.533751168755204288118041
    low, high = np.sqrt(share), np.sqrt(1 - share)
    quaternions = np.column_stack([low * np.sin(alpha), low * np.cos(alpha), high * np.sin(beta), high * np.cos(beta)])
    return np.concatenate([np.eye(3)[None], _from_quaternions(quaternions)])


def _from_quaternions(quaternions: Points) -> _Matrices:
    """Rotation matrices, shape (n, 3, 3), of unit quaternions x, y, z, w, shape (n, 4)."""
    x, y, z, w = quaternions.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


@cache
def _nudges() -> Points:
    """Rotation vectors of at most unit length, shape (n, 3), the same each time."""
    return np.random.default_rng(20).uniform(-1, 1, (_TRIES, 3)) / math.sqrt(3)


def _small_turns(angle_rad: float) -> _Matrices:
    """Rotations by up to this angle, shape (n, 3, 3)."""
    vectors = _nudges() * angle_rad
    half = np.linalg.norm(vectors, axis=1, keepdims=True) / 2
    return _from_quaternions(np.hstack([vectors / 2 * np.sinc(half / np.pi), np.cos(half)]))


def _along_diagonal(direction: Points, room: Points) -> _Matrices:
    """Rotations that lay a direction of the part along the box's diagonal, rolled about it, shape (n, 3, 3)."""
    part, box = _frame(direction), _frame(room / np.linalg.norm(room))
    roll = np.arange(_ROLLS) * 2 * np.pi / _ROLLS
    turns = np.zeros((_ROLLS, 3, 3))
    turns[:, 0, 0] = 1
    turns[:, 1, 1] = turns[:, 2, 2] = np.cos(roll)
    turns[:, 1, 2], turns[:, 2, 1] = -np.sin(roll), np.sin(roll)
    return np.asarray(box.T @ turns @ part)


def _frame(direction: Points) -> Points:
    """A right-handed frame whose first row is the direction, shape (3, 3)."""
    helper = np.eye(3)[int(np.abs(direction).argmin())]
    second = np.cross(direction, helper)
    second /= max(float(np.linalg.norm(second)), 1e-12)
    return np.array([direction, second, np.cross(direction, second)])
