"""3MF meshes: what the package's build instantiates, in millimetres.

Source: 3MF Core Specification 1.3 (units, objects, components, build; a transform is twelve numbers, the rows of a 4x3
matrix that row vectors are multiplied with) and its Production Extension 1.1 (`p:path`, objects in other model files).
Beam lattices, slices and displacement are not read.
"""

from __future__ import annotations

import zipfile
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from lxml import etree  # type: ignore[import-untyped]

from geometry.errors import GeometryError

__all__ = ["read_3mf"]

_CORE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
_PATH = "{http://schemas.microsoft.com/3dmanufacturing/production/2015/06}path"
_UNITS_MM = {
    "micron": 0.001,
    "millimeter": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
}
_MAX_INSTANCES = 10_000
_MAX_DEPTH = 32
_MAX_CORNERS = 15_000_000
_CHUNK_BYTES = 2**20

_Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Use:
    """One instance of an object: the model file, the object's id there, and the 4x4 matrix for row vectors."""

    model: str
    object_id: str
    matrix: _Floats


@dataclass(frozen=True, slots=True)
class _Object:
    """Coordinates and corner indices, flat, and the objects it is composed of."""

    coordinates: array[float] = field(default_factory=lambda: array("d"))
    corners: array[int] = field(default_factory=lambda: array("q"))
    uses: list[_Use] = field(default_factory=list)


class _Model:
    """One model file; a target for lxml's parser, so that no tree of elements is ever built."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.unit_mm = 1.0
        self.objects: dict[str, _Object] = {}
        self.build: list[_Use] = []
        self._current = _Object()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag.removeprefix(_CORE):
            case "vertex":
                self._current.coordinates.extend(float(attributes[axis]) for axis in "xyz")
            case "triangle":
                self._current.corners.extend(int(attributes[corner]) for corner in ("v1", "v2", "v3"))
            case "object":
                self._current = self.objects[attributes["id"]] = _Object()
            case "component":
                self._current.uses.append(self._use(attributes))
            case "item":
                self.build.append(self._use(attributes))
            case "model":
                self.unit_mm = _UNITS_MM[attributes.get("unit", "millimeter")]

    def close(self) -> _Model:
        return self

    def _use(self, attributes: Mapping[str, str]) -> _Use:
        model = attributes.get(_PATH, self.name).lstrip("/")
        return _Use(model, attributes["objectid"], _matrix(attributes.get("transform")))


def read_3mf(path: Path, *, max_bytes: int) -> _Floats:
    """The corners of the facets of all that is built, shape (facets, 3, 3), in millimetres.

    Args:
        path: the file.
        max_bytes: how much the model files may hold together, unpacked.

    Raises:
        GeometryError: "mesh-unreadable", "mesh-empty" or "file-too-large".
    """
    try:
        with zipfile.ZipFile(path) as package:
            models = _read_models(package, path.name, max_bytes)
            root = models[_root_name(list(models))]
            pieces = [_corners(use, models) for use in _instances(root.build, models, path.name)]
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, etree.XMLSyntaxError) as error:
        raise _unreadable(path.name, "the 3MF file is damaged") from error
    except (KeyError, IndexError, ValueError) as error:
        raise _unreadable(path.name, "the 3MF file contradicts itself") from error
    if not pieces:
        raise GeometryError("the 3MF file builds nothing", code="mesh-empty", where=path.name)
    return np.concatenate(pieces) * root.unit_mm


def _read_models(package: zipfile.ZipFile, where: str, max_bytes: int) -> dict[str, _Model]:
    infos = [info for info in package.infolist() if info.filename.lower().endswith(".model")]
    if sum(info.file_size for info in infos) > max_bytes:
        what = f"its models have more than the {max_bytes:,} bytes that are read"
        raise GeometryError(what, code="file-too-large", where=where)
    models = {}
    for info in infos:
        parser = etree.XMLParser(
            target=_Model(info.filename), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        with package.open(info) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.feed(chunk)
        models[info.filename] = parser.close()
    return models


def _root_name(names: list[str]) -> str:
    """The model that the package starts from: by convention `3D/3dmodel.model`, else the first."""
    return next((name for name in names if name.lower() == "3d/3dmodel.model"), names[0])


def _instances(build: list[_Use], models: Mapping[str, _Model], where: str) -> Iterator[_Use]:
    """Every instance of an object with a mesh of its own, components resolved."""
    open_uses = [(use, 0) for use in reversed(build)]
    seen = 0
    corners = 0
    while open_uses:
        use, depth = open_uses.pop()
        found = models[use.model].objects[use.object_id]
        seen += 1
        corners += len(found.corners)
        if seen > _MAX_INSTANCES or depth > _MAX_DEPTH or corners > _MAX_CORNERS:
            raise _unreadable(where, "the 3MF file repeats its objects too often")
        open_uses.extend((_Use(each.model, each.object_id, each.matrix @ use.matrix), depth + 1) for each in found.uses)
        if found.corners:
            yield use


def _corners(use: _Use, models: Mapping[str, _Model]) -> _Floats:
    found = models[use.model].objects[use.object_id]
    points = np.frombuffer(found.coordinates, np.float64).reshape(-1, 3)
    indices = np.frombuffer(found.corners, np.int64)
    if indices.min() < 0:
        raise IndexError("a corner has a negative index")
    placed = points @ use.matrix[:3, :3] + use.matrix[3, :3]
    return placed[indices].reshape(-1, 3, 3)


def _matrix(transform: str | None) -> _Floats:
    matrix = np.eye(4)
    if transform:
        matrix[:, :3] = np.array([float(word) for word in transform.split()]).reshape(4, 3)
    return matrix


def _unreadable(where: str, what: str) -> GeometryError:
    return GeometryError(what, code="mesh-unreadable", where=where, hint="export the part again")
