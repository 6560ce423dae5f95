"""A small design and two labs to plan with; new databases are copies of one that all migrations made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache

from coordinator.store import Store
from tests.coordinator.postgresql import cluster as cluster
from tests.coordinator.postgresql import databases as databases
from tests.coordinator.postgresql import empty_databases as empty_databases

LABS = """
labs:
  - id: north
    name: North
    timezone: UTC
    opening_hours: {daily: "08:00-18:00"}
    policy: {accepts: automatically, first_article: never}
    machines:
      - id: north-printer
        name: Printer
        processes: [fdm]
        materials: [pla]
        envelope_mm: [220, 220, 250]
        unattended: true
        connection: {driver: marlin, port: virtual}
        limits: {nozzle_c: 240, bed_c: 90}
      - id: north-bench
        name: Bench
        processes: [assembly, manual_cutting]
        materials: [plywood, pla]
        envelope_mm: [500, 500, 500]
  - id: south
    name: South
    timezone: UTC
    opening_hours: {daily: "08:00-18:00"}
    policy: {accepts: automatically, first_article: never}
    machines:
      - id: south-bench
        name: Other bench
        processes: [assembly, manual_cutting]
        materials: [plywood, pla]
        envelope_mm: [500, 500, 500]
transport:
  - {between: [north, south], minutes: 60}
"""
LICENCE = "CERN-OHL-P-2.0"  # of the designs of tests: it asks nobody before it is made
FACES = ((0, 3, 2), (0, 2, 1), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6),
         (3, 0, 4), (3, 4, 7))  # fmt: skip


def block_stl(x: float, y: float, z: float) -> str:
    """A box as ASCII STL."""
    corners = [(0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0), (0, 0, z), (x, 0, z), (x, y, z), (0, y, z)]
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {corners[i][0]} {corners[i][1]} {corners[i][2]}\n" for i in face)
        + "endloop\nendfacet\n"
        for face in FACES
    )
    return f"solid block\n{facets}endsolid block\n"


def print_program(nozzle_c: int = 200) -> str:
    """A short filament program."""
    moves = "".join(f"G1 X{20 + n} Y30 E{n / 10:.2f} F1200\n" for n in range(1, 40))
    return f"G28\nG90\nM82\nM104 S{nozzle_c}\nG92 E0\n{moves}M104 S0\nM140 S0\nM107\nM84\n"


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new SQLite file is a copy of one that all migrations made; one that is there already is upgraded as ever.

    Statements are compiled once for all of them: an engine that is new knows none, and most tests make two.
    """
    made = tmp_path_factory.mktemp("migrated") / "x.db"
    first, compiled = Store(made), LRUCache(2000)
    first.close()
    upgrade, dialect = Store._upgrade, first.engine.dialect

    def copied(store: Store) -> None:
        url = store.engine.url
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
            shutil.copyfile(made, str(url.database))
        else:
            upgrade(store)

    def engine(address: Any, **how: Any) -> Engine:
        new = create_engine(address, **how)
        if new.dialect.name == dialect.name:
            new.dialect = dialect  # statements are kept by dialect
            new.update_execution_options(compiled_cache=compiled)
        return new

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_upgrade", copied)
        patch.setattr("coordinator.store.create_engine", engine)
        yield


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    path = tmp_path / "labs.yaml"
    path.write_text(LABS, encoding="utf-8")
    return path


@pytest.fixture
def design(tmp_path: Path) -> Callable[..., Path]:
    """Makes a design folder out of the rows of its bill and its files."""

    def make(*rows: str, **files: str) -> Path:
        folder = tmp_path / "design"
        folder.mkdir()
        header = "Part,Qty,Process,Material,File,Supplier"
        (folder / "bom.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return folder

    return make
