"""`solve` may be told to stop at any moment: it then gives the best plan so far."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from random import Random

import pytest

from core.errors import PlanError
from scheduler.calendars import Calendar
from scheduler.plan import Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, SetUps, Task
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations


def _floor(workshop: Problem, *, due: bool, orders: int = 25) -> Problem:
    """More tasks than CP-SAT takes, or fewer."""
    random = Random(orders)
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(6))
    tasks = tuple(
        Task(
            f"t{n}",
            tuple(Option(each.id, random.randint(20, 50)) for each in machines),
            due_s=random.randint(30, 400) if due and n % 4 == 3 else None,
        )
        for n in range(4 * orders)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(4 * orders - 1) if n % 4 != 3)
    return Problem(workshop.origin, 50_000, (Lab("lab", Calendar.always(50_000)),), machines, tasks, arcs)


def _stopped(problem: Problem, asks: int) -> tuple[Plan, list[Plan]]:
    """The plan of a search that is stopped when it has asked so often, and all that it told before."""
    asked, told = count(), list[Plan]()
    plan = solve(problem, seconds=30, cancelled=lambda: next(asked) >= asks, progress=told.append)
    return plan, told


@pytest.mark.parametrize("due", [False, True])
@pytest.mark.parametrize("orders", [4, 80])
@pytest.mark.parametrize("asks", [0, 1, 4, 15])
def test_a_search_that_is_stopped_gives_the_best_plan_that_it_told(
    workshop: Problem, due: bool, orders: int, asks: int
) -> None:
    problem = _floor(workshop, due=due, orders=orders)
    plan, told = _stopped(problem, asks)
    assert violations(problem, plan) == ()
    scores = [terms_of(problem, each.placements).score(problem.objective) for each in told]
    assert terms_of(problem, plan.placements).score(problem.objective) == min(scores)


def test_a_search_that_is_stopped_gives_nothing_worse_than_what_it_began_with(workshop: Problem) -> None:
    problem = _floor(workshop, due=True, orders=4)
    good = solve(problem, work=0.1)
    asked = count()
    plan = solve(problem, seconds=30, cancelled=lambda: next(asked) >= 1, incumbent=good)
    score = terms_of(problem, plan.placements).score(problem.objective)
    assert score <= terms_of(problem, good.placements).score(problem.objective)


def test_what_is_impossible_is_told_even_when_it_is_stopped_at_once(workshop: Problem) -> None:
    task = replace(workshop.tasks[0], options=(Option("printer", 499),))
    with pytest.raises(PlanError):
        solve(replace(workshop, tasks=(task,), precedences=(), set_ups=SetUps()), seconds=30, cancelled=lambda: True)
