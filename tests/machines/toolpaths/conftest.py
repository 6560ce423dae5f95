"""What the tests of toolpaths share: programs that may be absent, printers, small meshes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import MissingToolError
from geometry.stl import Corners
from machines.lab import Connection, Driver, Machine
from machines.printing.defaults import print_profile
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.part_mesh import stl_bytes
from machines.toolpaths.prusa import prusa_slicer
from machines.toolpaths.sandbox import check_sandbox, find_tool
from machines.toolpaths.slicer import Slicer

WriteMesh = Callable[[Corners], Path]


def _missing(what: str) -> None:
    if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def sandbox() -> None:
    try:
        check_sandbox()
    except MissingToolError as error:
        _missing(str(error))


@pytest.fixture(scope="session")
def prusa(sandbox: None) -> Slicer:
    try:
        return prusa_slicer()
    except MissingToolError as error:
        _missing(str(error))
        raise


@pytest.fixture(scope="session")
def openscad(sandbox: None) -> str:
    try:
        return find_tool("openscad", "openscad")
    except MissingToolError as error:
        _missing(str(error))
        raise


@pytest.fixture(scope="session")
def printer() -> Machine:
    return Machine(
        "printer",
        "lab",
        "Printer",
        ("fdm",),
        Connection(Driver.HANDS),
        materials=("pla",),
        envelope_mm=(200.0, 180.0, 160.0),
    )


@pytest.fixture(scope="session")
def ini(printer: Machine) -> str:
    return print_profile(printer, "pla").prusa_ini()


@pytest.fixture
def cache(tmp_path: Path) -> ToolpathCache:
    return ToolpathCache(tmp_path / "cache")


@pytest.fixture
def write_mesh(tmp_path: Path) -> WriteMesh:
    """Write triangles as a binary STL file of its own."""

    def write(corners: Corners) -> Path:
        path = tmp_path / f"part{len(list(tmp_path.glob('*.stl')))}.stl"
        path.write_bytes(stl_bytes(corners))
        return path

    return write


@pytest.fixture
def box() -> Corners:
    return box_of(20, 15, 2)


def box_of(x: float, y: float, z: float) -> Corners:
    return np.array(trimesh.creation.box((x, y, z)).triangles, dtype=np.float64)
