"""What is installed: the wheel carries what it needs and nothing else, and the base install stays small."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from hatchling.build import build_wheel
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
COORDINATOR_ONLY = ("alembic", "ezdxf", "lxml", "networkx", "numpy", "ortools", "scipy", "sqlalchemy", "trimesh")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        name = build_wheel(str(folder))
    return zipfile.ZipFile(folder / name).namelist()


def test_the_wheel_carries_data_and_no_tests(wheel: list[str]) -> None:
    for needed in (
        "core/processes.yaml",
        "core/materials.yaml",
        "core/py.typed",
        "machines/models/filament_printers.yaml",
        "coordinator/migrations/env.py",
        "coordinator/migrations/versions/0001_the_first_schema.py",
        "coordinator/examples/labs.yaml",
        "coordinator/examples/seedling-station/okh.yml",
    ):
        assert needed in wheel
    assert not [name for name in wheel if name.startswith(("tests/", "benchmarks/"))]


def test_every_room_is_typed_and_shipped(wheel: list[str]) -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert {f"{room}/py.typed" for room in rooms} <= set(wheel)


def base_closure() -> set[str]:
    """Names of the distributions that the base install brings."""
    seen: set[str] = set()
    queue = [Requirement(text) for text in distribution("fabcommons").requires or ()]
    while queue:
        requirement = queue.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        queue += [Requirement(text) for text in distribution(name).requires or ()]
    return seen


def test_the_base_install_is_small() -> None:
    names = base_closure()
    size = 0
    for name in names:
        files = distribution(name).files or ()
        size += sum(Path(file.locate()).stat().st_size for file in files if Path(file.locate()).is_file())
    assert size < 60e6, f"{size / 1e6:.0f} MB: {sorted(names)}"
    assert not names & set(COORDINATOR_ONLY)


def test_the_command_starts_in_the_base_install(tmp_path: Path) -> None:
    """With the coordinator's packages out of reach, help works and a command says which extra it needs."""
    block = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {COORDINATOR_ONLY!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "import agent.runner, firmware_bridge.device\n"
        "from coordinator.cli import main\n"
        "main()\n"
    )

    def fabcommons(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", block, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)

    assert fabcommons("--help").returncode == 0
    refused = fabcommons("demo")
    assert refused.returncode == 1
    assert "needs the coordinator extra" in refused.stderr
    assert "Traceback" not in refused.stderr
