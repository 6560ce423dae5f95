from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars import Calendar
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.plan import Placement
from scheduler.precheck import unplaceable
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (
            Task("x", (Option("saw", 101),)),
            "machine saw: an attended run of 1 min 41 s is longer than any opening of lab north (1 min 40 s)",
        ),
        (
            Task("x", (Option("saw", 90),), release_s=420),
            "machine saw: no opening of lab north from 2026-03-02 08:07 UTC on has 1 min 30 s left",
        ),
        (
            Task("x", (Option("printer", 90),), release_s=420),
            "machine printer: a run of 1 min 30 s from 2026-03-02 08:07 UTC ends after lab north closes last "
            "(2026-03-02 08:08 UTC)",
        ),
        (
            Task("x", (Option("printer", 9),), release_s=540),
            "machine printer: it can start at 2026-03-02 08:09 UTC, after lab north closes last (2026-03-02 08:08 UTC)",
        ),
        (Task("x", (Option("dead", 9),)), "machine dead: lab shut never opens before 2026-03-02 08:08 UTC"),
        (
            Task("x", delay_s=400, release_s=120),
            "its wait of 6 min 40 s from 2026-03-02 08:02 UTC ends after the horizon (2026-03-02 08:08 UTC)",
        ),
        (
            Task("x", (Option("saw", 101), Option("dead", 9))),
            "machine saw: an attended run of 1 min 41 s is longer than any opening of lab north (1 min 40 s); "
            "machine dead: lab shut never opens before 2026-03-02 08:08 UTC",
        ),
    ],
)
def test_a_task_without_a_place_is_told_with_its_numbers(workshop: Problem, task: Task, reason: str) -> None:
    problem = replace(
        workshop,
        labs=(*workshop.labs, Lab("shut", Calendar())),
        machines=(*workshop.machines, Machine("dead", "shut", True)),
        tasks=(*workshop.tasks, task),
    )
    assert [(each.task, each.reason) for each in unplaceable(problem)] == [("x", reason)]


def test_what_only_waits_for_an_unplaceable_task_is_not_told_again(workshop: Problem) -> None:
    tasks = (replace(workshop.tasks[0], options=(Option("saw", 300),)), *workshop.tasks[1:])
    assert [each.task for each in unplaceable(replace(workshop, tasks=tasks))] == ["shell"]


def test_a_task_that_is_too_late_only_after_what_comes_before_is_told(workshop: Problem) -> None:
    tasks = (*workshop.tasks, Task("packing", (Option("saw", 90),)))
    problem = replace(
        workshop, tasks=tasks, precedences=(*workshop.precedences, Precedence("assembly", "packing", 100))
    )
    [found] = unplaceable(problem)
    assert found.task == "packing"
    assert "no opening of lab north from 2026-03-02 08:07 UTC on has 1 min 30 s left" in found.reason


def test_of_a_chain_before_fixed_work_only_the_last_is_told(workshop: Problem) -> None:
    fixed = Task("assembly", fixed=Placement("assembly", "mill", 250, 300, 300))
    tasks = (*workshop.tasks[:3], fixed, Task("paint", delay_s=20))
    arcs = (Precedence("shell", "paint"), Precedence("paint", "assembly", 40))
    [found] = unplaceable(replace(workshop, tasks=tasks, precedences=arcs))
    assert found.task == "paint"


def test_fixed_work_that_comes_too_soon_is_told(workshop: Problem) -> None:
    fixed = Task("assembly", fixed=Placement("assembly", "mill", 250, 300, 300))
    problem = replace(workshop, tasks=(*workshop.tasks[:3], fixed, *workshop.tasks[4:]))
    [found] = unplaceable(problem)
    assert found.task == "shell"
    assert found.reason == (
        "it ends at 2026-03-02 08:03 UTC at the earliest, but must end by 2026-03-02 08:03 UTC "
        "for what comes after it (assembly)"
    )


def test_a_good_problem_has_nothing_to_tell(workshop: Problem) -> None:
    assert unplaceable(workshop) == ()


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_has_a_list_schedule_is_not_called_unplaceable(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = make_problem(seed)
    found = decode(Network(problem), [0.0] * len(problem.tasks))
    if isinstance(found, Schedule):
        assert unplaceable(problem) == ()
