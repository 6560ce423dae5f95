"""What a lab's small computer loads: nothing that the coordinator alone needs."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFUSES = """
import importlib.abc, sys
class Refuses(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"an agent's computer has no {{name}}", name=name)
sys.meta_path.insert(0, Refuses())
"""


def absent() -> set[str]:
    """The modules that only the extras install, by pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base = closure(project["dependencies"])
    extras = project["optional-dependencies"]
    more = closure([each for name in ("coordinator", "mqtt", "scale") for each in extras[name]]) - base
    modules = importlib.metadata.packages_distributions()
    names = {module for module, owners in modules.items() if {named(each) for each in owners} <= more}
    assert {"numpy", "sqlalchemy", "pydantic", "dateutil", "fastapi"} <= names
    return names


def named(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def closure(requirements: list[str]) -> set[str]:
    """The distributions that these ask for, and what those ask for, as far as they are installed."""
    todo, found = [named(each) for each in requirements], set()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        try:
            wanted = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        todo += [named(each) for each in wanted if "extra ==" not in each]
    return found


def tried(code: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of code where the extras are missing."""
    whole = REFUSES.format(names=absent()) + code
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "code",
    [
        "import coordinator.cli",
        "import coordinator.commands.agent",
        "import coordinator.commands.agent_probe",
        "from agent.station import Station; from agent.page import serve_page",
        "from firmware_bridge.servers.kinds import KINDS; [kind('http://127.0.0.1:9', '') for kind in KINDS.values()]",
        "from coordinator.cli import app; app(['agent', 'probe', 'http://127.0.0.1:9'], standalone_mode=False)",
    ],
)
def test_an_agent_works_with_the_base_install(code: str) -> None:
    answer = tried(code)
    assert answer.returncode == 0, answer.stderr


def test_what_is_missing_would_be_noticed() -> None:
    assert "has no numpy" in tried("import numpy").stderr
