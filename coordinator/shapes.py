"""How a part looks: a picture, and a mesh for a viewer. Work for a process apart: part files come from strangers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from geometry.part import BODY_SUFFIXES, PART_SUFFIXES, read_body
from geometry.thumbnail import Thumbnail, thumbnail
from geometry.view import packed_view

__all__ = ["SHOWN_SUFFIXES", "SOLID_SUFFIXES", "part_picture", "part_view"]

SHOWN_SUFFIXES = PART_SUFFIXES
SOLID_SUFFIXES = BODY_SUFFIXES
"""Of files that have three dimensions."""


def part_picture(data: bytes, suffix: str, size_px: int) -> Thumbnail:
    """A picture of a part file.

    Args:
        data: the file.
        suffix: that tells its kind, such as ".stl".
        size_px: on each side.

    Raises:
        GeometryError: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        return thumbnail(_written(scratch, data, suffix), size_px=size_px)


def part_view(data: bytes, suffix: str) -> bytes:
    """A part file as a viewer takes it (`geometry.view`).

    Raises:
        GeometryError: it cannot be read, or is flat.
    """
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        return packed_view(read_body(_written(scratch, data, suffix)))


def _written(scratch: str, data: bytes, suffix: str) -> Path:
    path = Path(scratch, f"part{suffix}")
    path.write_bytes(data)
    return path
