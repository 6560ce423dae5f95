"""Boxes into boxes, very many at once: `geometry.fit.fit` without a hull, as arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["fit_boxes"]

Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]
_TOLERANCE_MM = 1e-3  # as in geometry.fit


def fit_boxes(parts: Floats, rooms: Floats, flat: _Bools, square: _Bools | None = None) -> npt.NDArray[np.int8]:
    """Whether boxes fit boxes, turned by right angles or in one plane: 1 yes, -1 no, 0 not so, perhaps otherwise.

    Args:
        parts: extents along x, y, z, shape (n, 3), in millimetres.
        rooms: sides of the rooms, margins taken off, shape (n, 3).
        flat: the part lies in x and y and turns about z alone, shape (n,).
        square: only right angles are possible, shape (n,); None for nowhere.
    """
    ranks = np.empty(len(parts), np.int8)
    ranks[flat] = _flat(parts[flat], rooms[flat])
    ranks[~flat] = _solid(parts[~flat], rooms[~flat])
    if square is not None and square.any():
        ranks[square] = np.where(_square(parts[square], rooms[square]), 1, -1)
    return ranks


def _flat(parts: Floats, rooms: Floats) -> npt.NDArray[np.int8]:
    low_enough = parts[:, 2] <= rooms[:, 2] + _TOLERANCE_MM
    square = (np.sort(parts[:, :2], axis=1) <= np.sort(rooms[:, :2], axis=1) + _TOLERANCE_MM).all(axis=1)
    turned = low_enough & ~square
    turned[turned] = _diagonal(parts[turned][:, 0], parts[turned][:, 1], rooms[turned][:, 0], rooms[turned][:, 1])
    too_long = parts[:, :2].max(axis=1) > np.hypot(rooms[:, 0], rooms[:, 1]) + _TOLERANCE_MM
    ranks = np.where(too_long | ~low_enough, -1, 0)
    return np.where(low_enough & (square | turned), 1, ranks).astype(np.int8)


def _ascending(sides: Floats) -> tuple[Floats, Floats, Floats]:
    """The least, middle and greatest side of each, shape (n,); faster than sorting rows of three."""
    x, y, z = sides.T
    low, high = np.minimum(x, y), np.maximum(x, y)
    return np.minimum(low, z), np.maximum(low, np.minimum(high, z)), np.maximum(high, z)


def _square(parts: Floats, rooms: Floats) -> _Bools:
    """Whether boxes fit at right angles, shape (n,)."""
    square = np.ones(len(parts), dtype=bool)
    for part, room in zip(_ascending(parts), _ascending(rooms), strict=True):
        square &= part <= room + _TOLERANCE_MM
    return square


def _solid(parts: Floats, rooms: Floats) -> npt.NDArray[np.int8]:
    square = _square(parts, rooms)
    too_long = parts.max(axis=1) > np.sqrt((rooms**2).sum(axis=1)) + _TOLERANCE_MM
    ranks = np.where(square, 1, np.where(too_long, -1, 0)).astype(np.int8)
    for across in range(3):
        for axis in range(3):
            rest = np.flatnonzero(ranks == 0)
            part, room = np.delete(parts[rest], across, axis=1), np.delete(rooms[rest], axis, axis=1)
            held = parts[rest, across] <= rooms[rest, axis] + _TOLERANCE_MM
            held[held] = _diagonal(part[held, 0], part[held, 1], room[held, 0], room[held, 1])
            ranks[rest[held]] = 1
    return ranks


def _diagonal(x: Floats, y: Floats, width: Floats, depth: Floats) -> _Bools:
    """Whether rectangles x by y fit width by depth turned by some angle, either side first."""
    return _one_way(x, y, width, depth) | _one_way(y, x, width, depth)


def _one_way(x: Floats, y: Floats, width: Floats, depth: Floats) -> _Bools:
    across, slope = np.hypot(x, y), np.arctan2(y, x)
    larger = across > width
    turn = slope + np.arccos(np.divide(width, across, out=np.ones_like(across), where=larger))
    deep = x * np.sin(turn) + y * np.cos(turn)
    return np.asarray(larger & (turn <= np.pi / 2) & (deep <= depth + _TOLERANCE_MM))
