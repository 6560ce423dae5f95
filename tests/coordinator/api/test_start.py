"""What a server loads before it answers: packages that only some requests need come with the first of them."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("trimesh", "ezdxf", "numba", "ortools", "reportlab", "apprise", "distributed")


def test_a_start_loads_nothing_that_waits_for_its_first_use() -> None:
    code = f"import coordinator.api.server, sys; print([each for each in {HEAVY} if each in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert told.stdout.strip() == "[]"
