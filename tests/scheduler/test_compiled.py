from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.compiled import COMPILED, at_hand, called, compiled
from scheduler.list_schedule import listed_by
from scheduler.network import Network
from scheduler.problem import Problem
from scheduler.search.longest import longest, mean_rests
from scheduler.shop import Ints

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
search.begin(None)
search.run()
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


@compiled
def _least(table: Ints, column: int) -> int:
    found = table[0, column]
    for row in range(len(table)):
        found = min(found, table[row, column])
    return int(found)


@compiled
def _lower(table: Ints, column: int) -> int:
    table[0, column] = _least(table, column) - 1
    return int(table[0, column])


def test_a_function_runs_uncompiled_with_all_that_it_calls() -> None:
    table = np.array([[3, 9], [4, 2]], dtype=np.int64)
    assert called(_lower, table, 1, wait=False) == 1
    assert table.tolist() == [[3, 1], [4, 2]]
    assert not at_hand(_lower)


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
def test_a_function_that_has_been_compiled_is_at_hand() -> None:
    assert called(_least, np.array([[3, 9], [4, 2]], dtype=np.int64), 0) == 3
    assert at_hand(_least)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), rich=st.booleans())
def test_the_first_plan_is_the_same_compiled_and_in_plain_python(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int, rich: bool
) -> None:
    problem = make_problem(seed, tasks=12)
    network = Network(enrich(problem, seed) if rich else problem)
    shop, tasks = network.shop, len(problem.tasks)
    ranks = np.array([(seed * (place + 7)) % 1009 * tasks + place for place in range(tasks)], dtype=np.int64)
    every = np.ones(len(shop.options), dtype=np.int64)
    compiled_graph, compiled_stuck = listed_by(network, shop, ranks, every)
    network.patient = False
    with patch("scheduler.compiled.at_hand", return_value=False):
        graph, stuck = listed_by(network, shop, ranks, every)
        assert (mean_rests(shop, wait=False) == mean_rests(shop)).all()
        assert all((one == other).all() for one, other in zip(longest(shop, wait=False), longest(shop), strict=True))
    assert stuck == compiled_stuck
    assert (graph.nodes == compiled_graph.nodes).all()
