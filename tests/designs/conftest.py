"""What the tests of this room share."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

Tree = dict[str, str | bytes]


class Git(Protocol):
    """Runs git in a folder and returns what it prints."""

    def __call__(self, folder: Path, *arguments: str) -> str: ...


def _missing_program(what: str) -> None:
    if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
        pytest.fail(f"{what} is absent")
    pytest.skip(f"{what} is absent")


@pytest.fixture(scope="session")
def real_designs() -> Path:
    """The folder of real repositories beside the checkout."""
    folder = Path(__file__).parents[2].parent / "shared" / "designs" / "data"
    if not folder.exists():
        pytest.skip("../shared/designs/data with the real repositories is absent")
    return folder


@pytest.fixture(scope="session")
def git() -> Git:
    """The program git, deaf to the settings of whoever runs the tests."""
    program = shutil.which("git")
    if program is None:
        _missing_program("the program git")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def run(folder: Path, *arguments: str) -> str:
        command = [program or "git", "-C", str(folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    return run


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary files are made during the test: it must be empty at the end."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def plant(tmp_path: Path) -> Callable[[Tree], Path]:
    """Writes files into a new folder."""

    def write(tree: Tree, name: str = "lamp") -> Path:
        root = tmp_path / name
        for path, content in tree.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def pack(tmp_path: Path) -> Callable[[Tree], Path]:
    """Writes files into a new zip archive."""

    def write(tree: Tree, name: str = "lamp.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in tree.items():
                archive.writestr(member, content)
        return path

    return write
