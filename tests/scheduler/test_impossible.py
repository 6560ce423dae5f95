"""What cannot be, injected into a sound problem and given to the command line: named, with the change that helps.

`impossible.json` holds a week in two labs (print, saw, mill, weld in pairs, share a bed, make clips in lots, buy
screws, assemble), and for each case what is put where in it, the sentence that names it, and the hint.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from core.errors import InputError, PlanError

CASES = json.loads(Path(__file__).with_name("impossible.json").read_text(encoding="utf-8"))
NAMES = [case["name"] for case in CASES["impossible"]]


def _put(document: Any, path: list[str | int], value: object) -> None:
    """Things with an id are found by it; a plus is the end of a list."""
    for step in path[:-1]:
        document = document[_place(document, step)]
    if path[-1] == "+":
        document.append(value)
    else:
        document[_place(document, path[-1])] = value


def _place(document: Any, step: str | int) -> str | int:
    named = isinstance(document, list) and isinstance(step, str)
    return next(place for place, each in enumerate(document) if each["id"] == step) if named else step


def _solved(problem: object, folder: Path) -> BaseException | None:
    path = folder / "problem.json"
    path.write_text(json.dumps(problem))
    arguments = ["schedule", "solve", str(path), "--seconds", "0.5", "--workers", "1"]
    return CliRunner().invoke(app, arguments).exception


@pytest.mark.parametrize("case", CASES["impossible"], ids=NAMES)
def test_what_cannot_be_is_named_with_the_change_that_helps(case: dict[str, Any], tmp_path: Path) -> None:
    problem = deepcopy(CASES["sound"])
    for path, value in case["put"]:
        _put(problem, path, value)
    error = _solved(problem, tmp_path)
    assert isinstance(error, PlanError | InputError)
    told = f"{error.where}: {error.what}" if error.where else error.what
    assert told.replace("problem.json", "problem").endswith(case["what"])
    assert (error.hint or "") == case["change"]


def test_the_sound_problem_has_a_plan(tmp_path: Path) -> None:
    assert _solved(CASES["sound"], tmp_path) is None
    assert len(set(NAMES)) == len(NAMES) >= 60
