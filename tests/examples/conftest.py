"""Where the example stands, and its own programs made importable for the tests of this folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
DESIGN = EXAMPLES / "seedling-station"


class Load(Protocol):
    def __call__(self, name: str) -> ModuleType: ...


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def design() -> Path:
    return DESIGN


@pytest.fixture(scope="session")
def source() -> Iterator[Load]:
    """Import a module of the design's source folder by its name."""
    folder = str(DESIGN / "source")
    before, writes_nothing = set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True  # a design is read by other tests: leave nothing in its folder
    yield import_module
    sys.dont_write_bytecode = writes_nothing
    sys.path.remove(folder)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]
