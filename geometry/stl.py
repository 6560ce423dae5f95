"""STL meshes, binary (80 bytes of header, a little-endian count of facets, 50 bytes each) and ASCII.

The format states no unit.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from geometry.errors import GeometryError

__all__ = ["Corners", "read_stl"]

Corners: TypeAlias = npt.NDArray[np.float64]

_HEADER_BYTES = 84
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.I)


def read_stl(data: bytes, *, where: str) -> Corners:
    """The corners of the facets, shape (facets, 3, 3), in the file's unit.

    Raises:
        GeometryError: "mesh-unreadable", a coordinate is no number or a facet has not three corners.
    """
    if len(data) >= _HEADER_BYTES:
        count = int.from_bytes(data[80:84], "little")
        if len(data) == _HEADER_BYTES + count * _FACET.itemsize:
            return np.frombuffer(data, _FACET, offset=_HEADER_BYTES)["corners"].astype(np.float64)
    found = _VERTEX.findall(data)
    if len(found) % 3:
        raise GeometryError("a facet has not three corners", code="mesh-unreadable", where=where)
    try:
        return np.array(found, dtype="S").astype(np.float64).reshape(-1, 3, 3)
    except ValueError as error:
        raise GeometryError("a coordinate is no number", code="mesh-unreadable", where=where) from error
