from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json
from scheduler.fjs import read_fjs
from scheduler.solve import _Search
from scheduler.effort import Effort
text = "6 4 2\\n" + "\\n".join(
    "5 " + " ".join(f"2 {(job + k) % 2 + 1} {3 + (5 * job + 7 * k) % 9} {(job + k) % 2 + 3} {4 + (3 * job + k) % 8}"
    for k in range(5)) for job in range(6)
)
search = _Search(read_fjs(text), Effort(1, work=0.05), 1, 3, None)
search.small = False  # the compiled search alone, without CP-SAT
search.run(None)
plan = search.plan()
print(json.dumps([[each.task, each.machine, each.start_s] for each in plan.placements]))
"""


def _placements(**environment: str) -> list[list[object]]:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=100,
        cwd=Path(__file__).parents[2], env={**os.environ, **environment},
    )  # fmt: skip
    found: list[list[object]] = json.loads(result.stdout)
    return found


def test_plain_python_gives_the_same_plan_as_compiled_code() -> None:
    assert _placements(NUMBA_DISABLE_JIT="1") == _placements()
