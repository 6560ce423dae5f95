"""Measure a solid: STEP (ISO 10303-21), where the extra `step` is installed.

The solid is tessellated by OpenCASCADE (through cascadio) in a process of its own, with limits of time and memory. STEP
states its unit, so nothing about it is assumed; glTF, which comes back, is in metres.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geometry.content import check_content
from geometry.errors import GeometryError
from geometry.mesh import MeshFacts, checked_corners, load_by_trimesh, measure_corners
from geometry.stl import Corners

__all__ = ["SOLID_SUFFIXES", "measure_solid", "read_solid"]

SOLID_SUFFIXES = frozenset({".step", ".stp"})
_MAX_BYTES = 64 * 2**20
_MEMORY_BYTES = 4 * 2**30
_LIMIT_S = 60.0
_METRE_MM = 1000.0
_GRID_MM = 1e-4  # single-precision metres are good to this up to a part of 1 m
_PROGRAM = Path(__file__).with_name("tessellate.py")


def measure_solid(path: Path, *, max_bytes: int = _MAX_BYTES) -> MeshFacts:
    """The facts of a solid, measured on its tessellation (0.05 mm); several solids in one file are taken together.

    Raises:
        GeometryError: it cannot be measured; `code` says why ("step-not-installed", "solid-truncated",
            "solid-unreadable", "solid-too-complex", "mesh-empty", "html-page", "git-lfs-pointer", "file-empty",
            "file-too-large").
        OSError: the file cannot be read.
    """
    return measure_corners(read_solid(path, max_bytes=max_bytes), unit_stated=True)


def read_solid(path: Path, *, max_bytes: int = _MAX_BYTES) -> Corners:
    """The corners of a solid's triangles, shape (triangles, 3, 3), in millimetres.

    Raises:
        GeometryError: as `measure_solid`.
        OSError: the file cannot be read.
    """
    check_content(path, max_bytes)
    if find_spec("cascadio") is None:
        raise GeometryError(
            "STEP files are measured by an extra that is not installed",
            code="step-not-installed",
            where=path.name,
            hint="pip install 'fabcommons[step]'",
        )
    with TemporaryDirectory(prefix="fabcommons-") as folder:
        triangles = Path(folder, "part.glb")
        _tessellate(path, triangles)
        corners = load_by_trimesh(triangles.read_bytes(), ".glb", path.name) * _METRE_MM
    corners = np.round(corners / _GRID_MM) * _GRID_MM
    whole = (corners != np.roll(corners, 1, axis=1)).any(axis=2).all(axis=1)  # at poles triangles shrink to lines
    return checked_corners(np.asarray(corners[whole]), path.name)


def _tessellate(path: Path, target: Path) -> None:
    command = [sys.executable, "-P", str(_PROGRAM), str(path.resolve()), str(target), str(_MEMORY_BYTES)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        what = f"the solid takes more than {_LIMIT_S:g} s to read"
        raise GeometryError(what, code="solid-too-complex", where=path.name, hint="export the part alone") from error
    if done.returncode != 0 or not target.exists():
        raise GeometryError(
            "the solid cannot be read", code="solid-unreadable", where=path.name, hint="export the part again"
        )
