import pytest

pytest.importorskip("numpy", reason="the fast path works on arrays")

import os

from gcode.bulk.compiler import forget_stale


def test_compiled_code_is_forgotten_when_a_source_is_newer(tmp_path) -> None:
    folder = tmp_path / "bulk"
    kept = folder / "__pycache__"
    kept.mkdir(parents=True)
    source, index, code = folder / "lines.py", kept / "walker.walk-1.nbi", kept / "walker.walk-1.nbc"
    for path in (source, index, code, tmp_path / "arcs.py"):
        path.write_text("")
        os.utime(path, (1000, 1000))
    forget_stale(folder)
    assert index.exists()
    os.utime(source, (2000, 2000))
    forget_stale(folder)
    assert not index.exists()
    assert not code.exists()
    assert source.exists()
    forget_stale(folder)
