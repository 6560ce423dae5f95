from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, LimitError
from scheduler.document import plan_document, problem_document, read_plan, read_problem
from scheduler.fields import MOST_S
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem

MANUAL = Path(__file__).parents[2] / "docs" / "scheduling-problem.md"


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_problem_comes_back_as_it_was(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = make_problem(seed)
    assert read_problem(json.loads(json.dumps(problem_document(problem)))) == problem


def test_a_plan_tells_iso_times_labs_and_names_and_comes_back(workshop: Problem) -> None:
    problem = replace(workshop, tasks=(replace(workshop.tasks[1], name="Leg, left"), workshop.tasks[2]), precedences=())
    plan = Plan((Placement("leg", "saw", 15, 55, 55), Placement("screws", None, 0, 230, 230)), 230, "hand")
    document = json.loads(json.dumps(plan_document(problem, plan)))
    assert document["placements"][0] == {
        "task": "leg", "name": "Leg, left", "machine": "saw", "lab": "north",
        "start": "2026-03-02T08:00:15+00:00",
        "run_end": "2026-03-02T08:00:55+00:00", "end": "2026-03-02T08:00:55+00:00",
        "start_s": 15, "run_end_s": 55, "end_s": 55,
    }  # fmt: skip
    assert (document["placements"][1]["machine"], document["placements"][1]["lab"]) == (None, None)
    assert (document["makespan_s"], document["gap"], document["status"]) == (230, 0.0, "optimal")
    assert read_plan(document) == plan


def _spoilt(document: dict[str, Any], path: list[str | int], value: object) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    target: Any = copy
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (["version"], "fabcommons-problem/9", "f.json.version: version 'fabcommons-problem/9' is unknown"),
        (["version"], None, "f.json: version is missing"),
        (["origin"], "yesterday", "f.json.origin: 'yesterday' is not an ISO 8601 date and time"),
        (["origin"], "2026-03-02T08:00:00", "f.json: problem: the origin has no time zone"),
        (["horizon_s"], "500", "f.json.horizon_s: '500' is not a whole number of seconds"),
        (["horizon_s"], 500.0, "f.json.horizon_s: 500.0 is not a whole number of seconds"),
        (["horizon_s"], True, "f.json.horizon_s: True is not a whole number of seconds"),
        (["colour"], "red", "f.json: unknown key colour"),
        (["tasks"], {}, "f.json.tasks: a list is expected here"),
        (["tasks"], {"a": 1}, "f.json.tasks: a list is expected here"),
        (["tasks", 0], "shell", "f.json.tasks[0]: an object is expected here"),
        (["tasks", 0, "id"], None, "f.json.tasks[0]: id is missing"),
        (["tasks", 0, "options", 0, "duration_s"], 0, "f.json.tasks[0].options[0]: option printer: a run of 0 s"),
        (["tasks", 2, "delay_s"], -1, "f.json.tasks[2]: task screws: a delay of -1 s is negative"),
        (["tasks", 4, "fixed", "end_s"], -30, "f.json.tasks[4].fixed: placement of running: start -20 s"),
        (["labs", 0, "windows", 0], [5], "f.json.labs[0].windows[0]: a pair [start, end] of seconds is expected here"),
        (["labs", 0, "windows", 0], [9, 5], "f.json.labs[0].windows[0]: a window from 9 s to 5 s"),
        (["machines", 0, "unattended"], 1, "f.json.machines[0].unattended: 1 is not true or false"),
        (
            ["transport", "pairs"],
            [{"from": "north", "to": "south", "seconds": 1}] * 2,
            "f.json.transport.pairs: a",
        ),
    ],
)
def test_a_spoilt_document_is_refused_at_its_place(
    workshop: Problem, path: list[str | int], value: object, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_problem(_spoilt(problem_document(workshop), path, value), where="f.json")
    assert str(caught.value).startswith(reason)


def test_numbers_past_a_hundred_years_are_refused(workshop: Problem) -> None:
    with pytest.raises(LimitError, match=r"f.json.precedences\[0\].lag_s: \d+ s are more than a hundred years"):
        read_problem(_spoilt(problem_document(workshop), ["precedences", 0, "lag_s"], MOST_S + 1), where="f.json")


@pytest.mark.parametrize("document", [None, 3, "x", [], {}])
def test_what_is_no_document_is_refused(document: object) -> None:
    for read in (read_problem, read_plan):
        with pytest.raises(InputError):
            read(document)


def test_transport_without_a_default_needs_every_pair(workshop: Problem) -> None:
    document = problem_document(workshop)
    with pytest.raises(InputError, match="no transport is given between north and south"):
        read_problem(_spoilt(document, ["transport"], {"pairs": []}))
    del document["transport"]
    assert read_problem(document).transport.between("north", "south") == 0


def test_the_example_in_the_manual_is_a_problem_and_every_key_is_explained(workshop: Problem) -> None:
    text = MANUAL.read_text(encoding="utf-8")
    problem = read_problem(json.loads(text.split("```json")[1].split("```")[0]))
    assert problem.tasks

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*(keys(each) for each in value.values()))
        return set().union(*(keys(each) for each in value)) if isinstance(value, list) else set()

    plan = Plan(tuple(task.fixed for task in workshop.tasks if task.fixed), 0, "hand")
    missing = {
        key for key in keys(problem_document(workshop)) | keys(plan_document(workshop, plan)) if f"`{key}`" not in text
    }
    assert missing == set()
