from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from scheduler.explain import explain
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Delivery, Option, Problem, Shift, Stock, Task, Use
from scheduler.solve import solve
from scheduler.validator import violations


def test_a_task_is_explained_by_what_it_waits_for(workshop: Problem) -> None:
    plan = solve(workshop)
    told = explain(workshop, plan, "assembly")
    assert told.when == ("it starts at 2026-03-02 08:04 UTC, right after task shell and 1 min on the way")
    assert told.alternatives == ()
    assert explain(workshop, plan, "screws").when.endswith("as early as can be")
    assert "machine printer" not in explain(workshop, plan, "leg").when
    assert explain(workshop, plan, "running").when.startswith("it is fixed")


def test_another_machine_is_explained_by_what_would_come_of_it(workshop: Problem) -> None:
    plan = solve(workshop)
    told = explain(workshop, plan, "leg")
    (other,) = told.alternatives
    assert {told.placement.machine, other.machine} == {"saw", "mill"}
    assert other.reason
    if other.start_s is not None and told.placement.machine == "saw":
        assert other.start_s >= 50


def test_a_machine_that_is_taken_is_named(workshop: Problem) -> None:
    tasks = (Task("a", workshop.tasks[1].options[:1]), Task("b", workshop.tasks[1].options[:1]))
    problem = replace(workshop, tasks=tasks, precedences=())
    plan = Plan((Placement("a", "saw", 0, 40, 40), Placement("b", "saw", 40, 80, 80)), 0, "hand")
    assert violations(problem, plan) == ()
    assert "it waits 40 s for machine saw, which does a" in explain(problem, plan, "b").when


def test_an_unknown_task_is_refused(workshop: Problem) -> None:
    with pytest.raises(InputError, match="task nail is unknown"):
        explain(workshop, solve(workshop), "nail")


@given(seed=st.integers(0, 10**6))
def test_every_alternative_with_a_time_could_really_stand_there(
    make_problem: Callable[..., Problem], seed: int
) -> None:
    problem = make_problem(seed, tasks=7)
    found = decode(Network(problem), [0.0] * len(problem.tasks))
    if not isinstance(found, Schedule):
        return
    plan = Plan(found.placements, 0, "list")
    for task in problem.tasks:
        for other in explain(problem, plan, task.id).alternatives:
            if other.start_s is None or other.end_s is None or other.reason.startswith("what comes after"):
                continue
            run = next(option.duration_s for option in task.options if option.machine == other.machine)
            moved = Placement(task.id, other.machine, other.start_s, other.start_s + run, other.end_s)
            placements = tuple(moved if each.task == task.id else each for each in plan.placements)
            assert violations(problem, replace(plan, placements=placements)) == ()


def test_a_wait_for_an_operator_or_for_material_is_named_and_so_is_the_money(workshop: Problem) -> None:
    stocks = (Stock("PLA", 500, (Delivery(60, 3000),), "g"),)
    labs = (replace(workshop.labs[0], operators=(Shift(0, 500),)), workshop.labs[1])
    machines = tuple(
        replace(each, unattended=True, busy_until_s=0, attend_start_s=20, cost_h=36.0) for each in workshop.machines
    )
    tasks = (
        Task("first", (Option("printer", 50),)),
        Task("second", (Option("saw", 50), Option("mill", 30, cost=2.0))),
        Task("heavy", (Option("saw", 10, uses=(Use("PLA", 900),)),)),
    )
    problem = replace(workshop, labs=labs, machines=machines, tasks=tasks, precedences=(), stocks=stocks)
    stands = (("first", "printer", 0, 50), ("second", "saw", 20, 70), ("heavy", "saw", 70, 80))
    plan = Plan(tuple(Placement(name, on, start, end, end) for name, on, start, end in stands), 0, "hand")
    assert violations(problem, plan) == ()
    assert explain(problem, plan, "second").when == (
        "it starts at 2026-03-02 08:00 UTC: it waits 20 s, at last for an operator of lab north"
    )
    (mill,) = explain(problem, plan, "second").alternatives
    assert mill.reason.endswith("; it would cost 1.80 more")
    later = replace(plan, placements=(plan.placements[0], Placement("heavy", "saw", 60, 70, 70)))
    alone = replace(problem, tasks=(tasks[0], tasks[2]))
    assert violations(alone, later) == ()
    assert explain(alone, later, "heavy").when == (
        "it starts at 2026-03-02 08:01 UTC: it waits 1 min, at last for 900 g of PLA"
    )
