"""A stranger's part file as triangles that a slicer may see, and what makes it doubtful.

The file itself never reaches the slicer: it is read by `geometry`, and a binary STL of our own is written from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.hashes import sha256_of_file
from geometry.errors import GeometryError
from geometry.mesh import MESH_SUFFIXES, read_mesh
from geometry.solid import SOLID_SUFFIXES, read_solid
from geometry.stl import Corners
from machines.toolpaths.holds import Hold
from machines.toolpaths.soundness import Soundness, oriented, soundness

__all__ = ["MAX_FACETS", "PART_MESH_SUFFIXES", "PartMesh", "part_mesh", "read_part", "stl_bytes"]

PART_MESH_SUFFIXES = MESH_SUFFIXES | SOLID_SUFFIXES
MAX_FACETS = 2_000_000
_UNIT_STATED = SOLID_SUFFIXES | {".3mf"}
_STEP_MM = 0.01  # coarser coordinates than a printer places
_SMALL_MM = 12.0  # in inches the longest side of a part that fills a printer of 300 mm
_METRES_BELOW_MM = 1.0
_OVERLAP = _INVERTED = 0.002  # of 132 published meshes none has that much
_BINARY = 0x8000  # PrusaSlicer takes a file for text when no byte after the header is above 127
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


@dataclass(frozen=True, slots=True)
class PartMesh:
    """One part's mesh.

    Attributes:
        name: of the file.
        sha256: of the file.
        corners: of its facets, shape (n, 3, 3), in millimetres, looking outwards on the whole.
        holds: what is doubtful about it.
        soundness: what was found.
        unit_known: whether the unit is stated by the file or by a person.
    """

    name: str
    sha256: str
    corners: Corners = field(repr=False)
    holds: tuple[Hold, ...]
    soundness: Soundness = field(repr=False)
    unit_known: bool = False

    @property
    def extents_mm(self) -> tuple[float, float, float]:
        """Size of its bounding box along x, y, z."""
        x, y, z = (float(each) for each in np.ptp(self.corners.reshape(-1, 3), axis=0))
        return x, y, z

    @property
    def volume_mm3(self) -> float:
        """Enclosed volume; meaningful only when nothing leaks."""
        centred = self.corners - self.corners.mean(axis=(0, 1))
        return abs(float(np.einsum("ij,ij->", centred[:, 0], np.cross(centred[:, 1], centred[:, 2])))) / 6


def read_part(path: Path, *, unit_known: bool = False) -> PartMesh:
    """Read a mesh or a solid, told by its suffix (see `PART_MESH_SUFFIXES`) and content.

    Args:
        path: the file.
        unit_known: whether a person has said that its numbers are millimetres.

    Raises:
        GeometryError: it cannot be read; codes as in `geometry.mesh` and `geometry.solid`, or "file-too-large".
        OSError: the file cannot be read.
    """
    suffix = path.suffix.lower()
    corners = read_solid(path) if suffix in SOLID_SUFFIXES else read_mesh(path)
    return part_mesh(corners, path.name, sha256_of_file(path), unit_known=unit_known or suffix in _UNIT_STATED)


def part_mesh(corners: Corners, name: str, sha256: str, *, unit_known: bool) -> PartMesh:
    """Triangles looked at.

    Args:
        corners: of its facets, shape (n, 3, 3), in millimetres, n from 1.
        name: of the file.
        sha256: of the file.
        unit_known: whether file or person states the unit, so that a small part is no cause for doubt.

    Raises:
        InputError: it has more facets than are sliced.
    """
    if len(corners) > MAX_FACETS:
        what = f"the mesh has {len(corners):,} facets, more than the {MAX_FACETS:,} that are sliced"
        raise GeometryError(what, code="mesh-too-complex", where=name, hint="simplify the mesh")
    corners, _ = oriented(corners)
    found = soundness(corners)
    longest_mm = float(np.ptp(corners.reshape(-1, 3), axis=0).max())
    holds = (*_unsound(found), *(() if unit_known else _small(longest_mm)), *_flat(corners), *_far(corners))
    return PartMesh(name, sha256, corners, holds, found, unit_known)


def stl_bytes(corners: Corners) -> bytes:
    """A binary STL file; its header says nothing."""
    facets = np.zeros(len(corners), _FACET)
    facets["corners"] = corners
    facets["attribute"] = _BINARY
    return bytes(80) + len(corners).to_bytes(4, "little") + facets.tobytes()


def _unsound(found: Soundness) -> list[Hold]:
    holds = []
    if found.open_edge_count:
        holds.append(
            Hold("mesh-leaks", f"the mesh leaks: {found.open_edge_count:,} edges border on an odd number of facets")
        )
    if found.turned_edge_count:
        what = f"along {found.turned_edge_count:,} edges the facets look to opposite sides: what is inside is not known"
        holds.append(Hold("mesh-turned", what))
    if found.doubled_facet_count:
        holds.append(Hold("mesh-doubled", f"{found.doubled_facet_count:,} facets stand more than once"))
    if found.inverted_share > _INVERTED:
        what = f"the mesh is inside out over {found.inverted_share:.1%} of its volume"
        holds.append(Hold("mesh-inverted", what))
    if found.overlap_share > _OVERLAP:
        what = f"the mesh passes through itself: {found.overlap_share:.1%} of its volume lies inside twice"
        holds.append(Hold("mesh-overlaps", what))
    return holds


def _small(longest_mm: float) -> list[Hold]:
    if longest_mm >= _SMALL_MM:
        return []
    unit = "metres" if longest_mm < _METRES_BELOW_MM else "inches"
    return [Hold("unit-doubtful", f"the longest side is {longest_mm:.3g} mm: are the numbers of the file {unit}?")]


def _flat(corners: Corners) -> list[Hold]:
    thinnest_mm = float(np.ptp(corners.reshape(-1, 3), axis=0).min())
    return [Hold("mesh-flat", "the mesh has no thickness: it encloses nothing")] if thinnest_mm <= 1e-6 else []


def _far(corners: Corners) -> list[Hold]:
    """Far from the origin, numbers of single precision lie wide apart: details are gone before the file is read."""
    farthest = np.float32(np.abs(corners).max())
    step_mm = float(np.spacing(farthest))
    if step_mm <= _STEP_MM or not (corners == corners.astype(np.float32)).all():
        return []
    what = (
        f"the mesh lies {farthest / 1000:.0f} m from the origin: its coordinates are rounded to {step_mm:.2g} mm there"
    )
    return [Hold("mesh-coarse", what)]
