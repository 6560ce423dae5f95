"""A mesh packed for a viewer: few bytes, whole to the eye. What is measured or made comes from the file itself.

Format, little-endian: ``FCV1``; counts of vertices and of triangles (two uint32); the centre x, y, z and the step
(four float32, millimetres); for each vertex x, y, z in steps from the centre (three int16), padded with zeros to a
multiple of four bytes; for each triangle three vertex numbers (uint32).
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

from geometry.stl import Corners

__all__ = ["MOST_TRIANGLES", "packed_view"]

MOST_TRIANGLES: Final = 100_000
_MAGIC: Final = b"FCV1"
_FINEST: Final = 2**15 - 1  # steps from the centre to the farthest side
_COARSEST: Final = 4
_NUMBERED: Final = 2**21  # vertices of which three numbers go into one key

_Steps = npt.NDArray[np.int16]
_Faces = npt.NDArray[np.uint32]


def packed_view(corners: Corners, most: int = MOST_TRIANGLES) -> bytes:
    """A mesh as a viewer takes it.

    Vertices are put on a grid, and triangles that collapse on it are left out (vertex clustering: Rossignac and Borrel
    1993). The grid is the finest that 16 bits hold; a mesh of more triangles than wanted gets a coarser one.

    Args:
        corners: the triangles, shape (n, 3, 3), finite, n from 1, in millimetres.
        most: triangles that are wanted at most; never so few that nothing is left.
    """
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    centre, reach = (low + high) / 2, max(float((high - low).max()) / 2, 1e-9)
    placed = (corners - centre) / reach
    steps = _FINEST if len(corners) <= most else max(_COARSEST, int(2 * np.sqrt(most)))
    vertices, faces = _clustered(placed, steps)
    while len(faces) > most and steps > _COARSEST:
        steps = max(_COARSEST, int(steps * 0.7))
        vertices, faces = _clustered(placed, steps)
    head = struct.pack("<4sII4f", _MAGIC, len(vertices), len(faces), *(float(each) for each in centre), reach / steps)
    body = vertices.astype("<i2").tobytes()
    return head + body + bytes(-len(body) % 4) + faces.astype("<u4").tobytes()


def _clustered(placed: Corners, steps: int) -> tuple[_Steps, _Faces]:
    """Vertices on a grid of so many steps to each side, each once, and the triangles that are left."""
    grid = np.rint(placed * steps).astype(np.int64).reshape(-1, 3)
    keys = ((grid[:, 0] + steps) * (2 * steps + 1) + grid[:, 1] + steps) * (2 * steps + 1) + grid[:, 2] + steps
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    faces = number.reshape(-1, 3).astype(np.uint32)
    flat = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    kept = faces[~flat] if not flat.all() else faces[:1]
    return grid[first].astype(np.int16), _once(kept) if len(first) < _NUMBERED else kept


def _once(faces: _Faces) -> _Faces:
    """Each triangle once, whichever corner it begins with."""
    turned = np.sort(faces, axis=1).astype(np.uint64)
    keys = (turned[:, 0] << np.uint64(42)) | (turned[:, 1] << np.uint64(21)) | turned[:, 2]
    _, first = np.unique(keys, return_index=True)
    return np.asarray(faces[np.sort(first)], dtype=np.uint32)
