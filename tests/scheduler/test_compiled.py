from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json
from dataclasses import replace
from scheduler.fjs import read_fjs
from scheduler.solve import _Search
from scheduler.effort import Effort
text = "6 4 2\\n" + "\\n".join(
    "5 " + " ".join(f"2 {(job + k) % 2 + 1} {3 + (5 * job + 7 * k) % 9} {(job + k) % 2 + 3} {4 + (3 * job + k) % 8}"
    for k in range(5)) for job in range(6)
)
problem = read_fjs(text)
if DUE:
    problem = replace(problem, tasks=tuple(replace(each, due_s=5 * n) for n, each in enumerate(problem.tasks)))
search = _Search(problem, Effort(1, work=0.05), 1, 3, None)
search.small = False  # the compiled search alone, without CP-SAT
search.run(None)
plan = search.plan()
print(json.dumps([[each.task, each.machine, each.start_s] for each in plan.placements]))
"""


def _placements(due: bool, **environment: str) -> list[list[object]]:
    result = subprocess.run(
        [sys.executable, "-c", f"DUE = {due}\n{SCRIPT}"], capture_output=True, text=True, check=True, timeout=280,
        cwd=Path(__file__).parents[2], env={**os.environ, **environment},
    )  # fmt: skip
    found: list[list[object]] = json.loads(result.stdout)
    return found


@pytest.mark.timeout(600)  # a busy computer compiles for minutes
@pytest.mark.parametrize("due", [False, True])
def test_plain_python_gives_the_same_plan_as_compiled_code(due: bool) -> None:
    assert _placements(due, NUMBA_DISABLE_JIT="1") == _placements(due)
