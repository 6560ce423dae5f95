"""Measure a part's mesh: STL, 3MF, OBJ, PLY, OFF."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import trimesh

from geometry.content import check_content
from geometry.errors import GeometryError
from geometry.stl import Corners, read_stl
from geometry.threemf import read_3mf

__all__ = [
    "MESH_SUFFIXES",
    "MeshFacts",
    "checked_corners",
    "load_by_trimesh",
    "measure_corners",
    "measure_mesh",
    "read_mesh",
]

_MAX_BYTES = 256 * 2**20
_MAX_EXTENT_MM = 1e6
_MAX_FACES_FOR_BODIES = 2_000_000
_METRES_BELOW_MM = 1.0
_INCHES_BELOW_MM = 4.0  # honest parts begin at 5 mm (1,429 meshes of 46 repositories)
_MICROMETRES_ABOVE_MM = 5e3
_LOADED_BY_TRIMESH = frozenset({".obj", ".off", ".ply"})
_TEXT = frozenset({".obj", ".off"})
MESH_SUFFIXES = _LOADED_BY_TRIMESH | {".stl", ".3mf"}
_LOADER_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    StopIteration,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class MeshFacts:
    """What a mesh measures.

    Attributes:
        extents_mm: size of the axis-aligned bounding box along x, y, z.
        volume_mm3: enclosed volume; meaningful only when `watertight`.
        area_mm2: surface.
        face_count: triangles.
        body_count: parts that share no vertex, or None when the mesh is too large to tell cheaply.
        watertight: every edge has exactly two triangles.
        unit_suspicion: the unit the file seems to use although its numbers are read as millimetres ("metres",
            "inches", "micrometres"), or None. A hint to ask about; nothing is ever scaled by it.
    """

    extents_mm: tuple[float, float, float]
    volume_mm3: float
    area_mm2: float
    face_count: int
    body_count: int | None
    watertight: bool
    unit_suspicion: str | None = None

    def __post_init__(self) -> None:
        if min(self.extents_mm) < 0 or max(self.extents_mm) <= 0:
            raise ValueError("extents are three lengths, not all of them zero")
        if self.volume_mm3 < 0 or self.area_mm2 < 0:
            raise ValueError("volume and surface are not negative")
        if self.face_count < 1:
            raise ValueError("a mesh has at least one triangle")


def measure_mesh(path: Path, *, max_bytes: int = _MAX_BYTES) -> MeshFacts:
    """The facts of a part's mesh, told by its suffix and content.

    A 3MF states its unit; the numbers of the other formats are read as millimetres.

    Raises:
        GeometryError: it cannot be measured; `code` says why ("mesh-empty", "mesh-truncated", "mesh-unreadable",
            "mesh-unsupported", "html-page", "git-lfs-pointer", "file-empty", "file-too-large").
        OSError: the file cannot be read.
    """
    stated = path.suffix.lower() == ".3mf"
    return measure_corners(read_mesh(path, max_bytes=max_bytes), unit_stated=stated)


def read_mesh(path: Path, *, max_bytes: int = _MAX_BYTES) -> Corners:
    """The corners of a mesh's triangles, shape (triangles, 3, 3), in millimetres.

    Raises:
        GeometryError: as `measure_mesh`.
        OSError: the file cannot be read.
    """
    check_content(path, max_bytes)
    suffix = path.suffix.lower()
    if suffix == ".stl":
        return checked_corners(read_stl(path.read_bytes(), where=path.name), path.name)
    if suffix == ".3mf":
        return checked_corners(read_3mf(path, max_bytes=max_bytes), path.name)
    if suffix in _LOADED_BY_TRIMESH:
        return checked_corners(load_by_trimesh(path.read_bytes(), suffix, path.name), path.name)
    known = ", ".join(sorted(MESH_SUFFIXES))
    what = f"meshes of the kind {suffix or 'without suffix'} are not measured"
    raise GeometryError(what, code="mesh-unsupported", where=path.name, hint=f"{known} are")


def load_by_trimesh(data: bytes, suffix: str, where: str) -> Corners:
    """The corners as trimesh reads them; from memory, so that it follows no reference to another file.

    Raises:
        GeometryError: "mesh-unreadable".
    """
    if suffix in _TEXT:  # comments may be in any encoding; numbers are ASCII
        data = data.decode("utf-8", "replace").encode()
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type=suffix[1:], process=False)
        mesh = scene.to_mesh()
        return np.asarray(mesh.triangles, dtype=np.float64)
    except _LOADER_ERRORS as error:
        raise GeometryError(
            "the mesh cannot be read", code="mesh-unreadable", where=where, hint="export the part again"
        ) from error


def checked_corners(corners: Corners, where: str) -> Corners:
    """The same corners, when they are those of a part.

    Raises:
        GeometryError: "mesh-empty" or "mesh-unreadable": none, a single point, or no numbers.
    """
    if not len(corners):
        raise GeometryError("the mesh has no facets", code="mesh-empty", where=where, hint="export the part again")
    low, high = _bounds(corners)
    if not (np.abs([low, high]) < _MAX_EXTENT_MM).all():  # false for NaN too
        what = f"the mesh has coordinates that are no numbers or lie beyond {_MAX_EXTENT_MM / 1e6:g} km"
        raise GeometryError(what, code="mesh-unreadable", where=where, hint="export the part again")
    if (high - low).max() <= 0:
        raise GeometryError("the mesh is a single point", code="mesh-empty", where=where)
    return corners


def measure_corners(corners: Corners, *, unit_stated: bool = False) -> MeshFacts:
    """The facts of triangles.

    Args:
        corners: as `checked_corners` lets them pass, shape (triangles, 3, 3), in millimetres.
        unit_stated: whether the file states its unit, so that nothing is suspected of it.
    """
    low, high = _bounds(corners)
    extents = high - low
    centred = corners - (low + high) / 2  # near the origin the volume loses no digits
    doubled_normals = np.cross(centred[:, 1] - centred[:, 0], centred[:, 2] - centred[:, 0])
    mesh = trimesh.Trimesh(
        vertices=centred.reshape(-1, 3), faces=np.arange(centred.size // 3).reshape(-1, 3), process=True
    )
    return MeshFacts(
        extents_mm=(float(extents[0]), float(extents[1]), float(extents[2])),
        volume_mm3=abs(float(np.einsum("ij,ij->", centred[:, 0], doubled_normals))) / 6,
        area_mm2=float(np.linalg.norm(doubled_normals, axis=1).sum()) / 2,
        face_count=len(corners),
        body_count=int(mesh.body_count) if len(corners) <= _MAX_FACES_FOR_BODIES else None,
        watertight=bool(mesh.is_watertight),
        unit_suspicion=None if unit_stated else _suspicion(float(extents.max())),
    )


def _bounds(corners: Corners) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least and greatest x, y, z; column by column is three times as fast as along an axis."""
    columns = corners.reshape(-1, 3).T
    return np.array([column.min() for column in columns]), np.array([column.max() for column in columns])


def _suspicion(longest_mm: float) -> str | None:
    if longest_mm < _METRES_BELOW_MM:
        return "metres"
    if longest_mm < _INCHES_BELOW_MM:
        return "inches"
    if longest_mm > _MICROMETRES_ABOVE_MM:
        return "micrometres"
    return None
