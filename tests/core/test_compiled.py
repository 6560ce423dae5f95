"""Compiled code is kept, and forgotten as soon as any of its sources says something else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core import compiled
from core.compiled import compiler, forget_stale

ADDER = """
from pathlib import Path
from core.compiled import compiler
from other import ONE

compiled = compiler(Path(__file__).parent, also=[Path(__file__).parent.parent / "other.py"])

@compiled
def less(a):
    return a - ONE
"""
USER = """
from adder.least import compiled, less

@compiled
def twice_less(a):
    return less(less(a))
"""


def test_compiled_code_is_forgotten_when_a_source_changes(tmp_path: Path) -> None:
    folder = tmp_path / "bulk"
    kept = folder / "__pycache__"
    kept.mkdir(parents=True)
    source, other = folder / "lines.py", tmp_path / "arcs.py"
    for path in (source, other):
        path.write_text("")
    forget_stale(folder, [other])
    index, code, plain = kept / "walker.walk-1.nbi", kept / "walker.walk-1.nbc", kept / "lines.pyc"
    for changed in (source, other):
        for path in (index, code, plain):
            path.write_text("")
        forget_stale(folder, [other])
        assert index.exists()
        changed.write_text("# new")
        forget_stale(folder, [other])
        assert not index.exists()
        assert not code.exists()
        assert plain.exists()


def test_what_a_compiled_function_calls_may_change(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="nothing is compiled without it")
    package = tmp_path / "adder"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "least.py").write_text(ADDER)
    (package / "user.py").write_text(USER)
    command = [sys.executable, "-c", "from adder.user import twice_less; print(twice_less(10))"]
    found = []
    for one in (1, 1, 3):
        (tmp_path / "other.py").write_text(f"ONE = {one}\n")
        root = Path(compiled.__file__).parents[1]
        done = subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": f"{root}:{tmp_path}", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.append(int(done.stdout))
    assert found == [8, 8, 4]
    assert list((package / "__pycache__").glob("user.twice_less-*.nbc"))


def test_without_numba_functions_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)

    def plain() -> int:
        return 1

    assert compiler(tmp_path)(plain) is plain
    assert not list(tmp_path.iterdir())
