"""A picture of why a mesh waits for a person: seen from two sides, black where it leaks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geometry.png import png_bytes
from geometry.rendering import render
from geometry.stl import Corners

__all__ = ["mesh_picture"]

_MOST_EDGES = 2000
_MARK_SHARE = 0.012  # half the width of a mark, of the mesh's longest side
_BLACK = 0


def mesh_picture(corners: Corners, open_edges: npt.NDArray[np.float64], *, size_px: int = 320) -> bytes:
    """A PNG image, twice as wide as high: from the front, and from behind.

    Args:
        corners: of the facets, shape (n, 3, 3).
        open_edges: that leak, shape (m, 2, 3); m from 0.
        size_px: its height.
    """
    turned = np.array((-1.0, -1.0, 1.0))
    views = [_view(corners * side, open_edges * side, size_px) for side in (np.ones(3), turned)]
    return png_bytes(np.concatenate(views, axis=1))


def _view(corners: Corners, edges: npt.NDArray[np.float64], size_px: int) -> npt.NDArray[np.uint8]:
    plain = render(corners, size_px)
    if not len(edges):
        return plain
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    marks = np.clip(_marks(edges[:_MOST_EDGES], _MARK_SHARE * float((high - low).max())), low, high)
    marked = render(np.concatenate((corners, marks)), size_px)  # the same box, so the same scale
    differs = (marked != plain).any(axis=2)
    plain[differs] = (_BLACK, 255)
    return plain


def _marks(edges: npt.NDArray[np.float64], half_mm: float) -> Corners:
    """Along each edge three strips, one across each axis: from somewhere one of them is seen."""
    first, last = edges[:, 0], edges[:, 1]
    strips = []
    for axis in range(3):
        wide = np.zeros(3)
        wide[axis] = half_mm
        strips += [np.stack((first - wide, last - wide, last + wide), axis=1)]
        strips += [np.stack((first - wide, last + wide, first + wide), axis=1)]
    return np.concatenate(strips)
