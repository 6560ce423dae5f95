"""Triangles to a small picture: parallel projection, a depth buffer, light on each facet. No display, no graphics card.

Every facet is covered with points no farther apart than a pixel, and of the points that fall on one pixel the nearest
is seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from geometry.stl import Corners

__all__ = ["render"]

_FROM = np.array((0.55, -0.75, 0.5))  # where the eye is: in front, to the right, above
_LIGHT = np.array((0.2, -0.7, 0.9))
_DARKEST, _BRIGHTEST = 70.0, 235.0
_MARGIN = 0.04
_CHUNK_POINTS = 500_000

_Floats = npt.NDArray[np.float64]


def render(corners: Corners, size_px: int) -> npt.NDArray[np.uint8]:
    """The picture of a mesh: grey and alpha, shape (size, size, 2), clear where nothing is.

    Args:
        corners: the triangles, shape (n, 3, 3), finite, n from 1.
        size_px: pixels on each side, from 8.
    """
    placed = corners - (corners.min(axis=(0, 1)) + corners.max(axis=(0, 1))) / 2
    shades = _shades(placed)
    seen = placed @ _axes().T  # right, up, towards the eye
    low, high = seen[..., :2].min(axis=(0, 1)), seen[..., :2].max(axis=(0, 1))
    scale = (1 - 2 * _MARGIN) * size_px / max(float((high - low).max()), 1e-12)
    seen[..., :2] = (seen[..., :2] - (low + high) / 2) * scale + size_px / 2
    grey = np.zeros(size_px * size_px)
    depth = np.full(size_px * size_px, -np.inf)
    for facets, points in _covered(seen):
        _paint(grey, depth, points, np.broadcast_to(shades[facets][:, None], points.shape[:2]), size_px)
    alpha = np.where(np.isfinite(depth), 255, 0)
    return np.stack((grey, alpha), axis=1).reshape(size_px, size_px, 2)[::-1].astype(np.uint8)


def _axes() -> _Floats:
    """Unit vectors of the picture's right, its up, and towards the eye, as rows."""
    towards = _FROM / np.linalg.norm(_FROM)
    right = np.cross((0.0, 0.0, 1.0), towards)
    right /= np.linalg.norm(right)
    return np.stack((right, np.cross(towards, right), towards))


def _shades(corners: Corners) -> _Floats:
    """Brightness of each facet; both sides alike, since the facets of many files are turned the wrong way."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    turned = np.where((normals @ _axes()[2])[:, None] < 0, -normals, normals)
    lit = (turned @ (_LIGHT / np.linalg.norm(_LIGHT))) / np.where(lengths > 0, lengths, 1)
    return np.asarray(_DARKEST + (_BRIGHTEST - _DARKEST) * np.clip(0.25 + 0.75 * lit, 0, 1))


def _covered(seen: _Floats) -> Iterator[tuple[npt.NDArray[np.int64], _Floats]]:
    """Facets with the points that cover each, shape (facets, points, 3); facets of like size go together."""
    edges = seen[:, :, :2] - np.roll(seen[:, :, :2], 1, axis=1)
    steps = np.ceil(np.log2(np.maximum(np.linalg.norm(edges, axis=2).max(axis=1) * 1.2, 1))).astype(np.int64)
    for step in np.unique(steps):
        weights = _weights(2 ** int(step))
        facets = np.flatnonzero(steps == step)
        most = max(1, _CHUNK_POINTS // len(weights))
        for at in range(0, len(facets), most):
            chosen = facets[at : at + most]
            yield chosen, weights @ seen[chosen]


def _weights(parts: int) -> _Floats:
    """Barycentric weights of an even grid over a triangle, each edge in so many parts, shape (points, 3)."""
    i, j = (each.ravel() for each in np.meshgrid(np.arange(parts + 1), np.arange(parts + 1)))
    inside = i + j <= parts
    i, j = i[inside], j[inside]
    return np.stack((i, j, parts - i - j), axis=1) / parts


def _paint(grey: _Floats, depth: _Floats, points: _Floats, shades: _Floats, size_px: int) -> None:
    """Put the points into the picture; the nearest of each pixel stays."""
    columns, rows = (np.clip(points[..., axis].astype(np.int64), 0, size_px - 1).ravel() for axis in (0, 1))
    pixels, nearness = rows * size_px + columns, points[..., 2].ravel()
    order = np.argsort(nearness, kind="stable")  # where a pixel stands twice the last assignment holds
    pixels, nearness, shade = pixels[order], nearness[order], shades.ravel()[order]
    nearest = np.full(len(depth), -1)
    nearest[pixels] = np.arange(len(pixels))
    hit = np.flatnonzero(nearest >= 0)
    hit = hit[nearness[nearest[hit]] > depth[hit]]
    depth[hit], grey[hit] = nearness[nearest[hit]], shade[nearest[hit]]
