"""Small pictures of part files: a PNG of a mesh or a solid, an SVG of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geometry.drawing import DRAWING_SUFFIXES, read_drawing
from geometry.mesh import read_mesh
from geometry.png import png_bytes
from geometry.rendering import render
from geometry.solid import SOLID_SUFFIXES, read_solid
from geometry.strokes import Points

__all__ = ["Thumbnail", "thumbnail"]

_MARGIN = 0.04
_MOST_POINTS = 20_000
_Y_UP = frozenset({".dxf"})  # an SVG's y points down already


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture.

    Attributes:
        media_type: "image/png" or "image/svg+xml".
        data: the file.
    """

    media_type: str
    data: bytes


def thumbnail(path: Path, *, size_px: int = 192) -> Thumbnail:
    """A square picture of a part: a mesh or a solid seen from the front, the right and above, or a drawing's contours.

    Args:
        path: the file; its suffix tells the kind.
        size_px: pixels on each side, from 8 to 1,024.

    Raises:
        GeometryError: the file cannot be read; codes as in `geometry.part.measure_part`.
        OSError: the file cannot be read.
        ValueError: the size is out of range.
    """
    if not 8 <= size_px <= 1024:
        raise ValueError(f"a thumbnail has 8 to 1,024 pixels on each side, not {size_px}")
    suffix = path.suffix.lower()
    if suffix in DRAWING_SUFFIXES:
        upright = np.array((1.0, -1.0 if suffix in _Y_UP else 1.0))
        lines = [(contour.points * upright, contour.closed) for contour in read_drawing(path).contours]
        return Thumbnail("image/svg+xml", _outlines(lines, size_px).encode("ascii"))
    corners = read_solid(path) if suffix in SOLID_SUFFIXES else read_mesh(path)
    return Thumbnail("image/png", png_bytes(render(corners, size_px)))


def _outlines(lines: Sequence[tuple[Points, bool]], size_px: int) -> str:
    """One path, the largest side as long as the picture less its margin; nothing of the file's texts gets into it."""
    points = np.concatenate([line for line, _ in lines])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (1 - 2 * _MARGIN) * size_px / float((high - low).max())
    every = max(1, len(points) // _MOST_POINTS)
    middle = (low + high) / 2
    steps = " ".join(_step(_thinned((line - middle) * scale, every), closed) for line, closed in lines)
    view = f"{-size_px / 2:g} {-size_px / 2:g} {size_px} {size_px}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_px}" height="{size_px}" viewBox="{view}">'
        f'<path d="{steps}" fill="none" stroke="#333" stroke-width="1"/></svg>\n'
    )


def _thinned(points: Points, every: int) -> Points:
    """Every nth point, both ends kept, rounded to a tenth of a pixel and without repetitions."""
    kept = np.round(np.concatenate((points[:-1:every], points[-1:])), 1)
    moved = np.concatenate(([True], (np.diff(kept, axis=0) != 0).any(axis=1)))
    return np.asarray(kept[moved], dtype=np.float64)


def _step(points: Points, closed: bool) -> str:
    return "M" + " ".join(f"{x:g} {y:g}" for x, y in points.tolist()) + ("Z" if closed else "")
