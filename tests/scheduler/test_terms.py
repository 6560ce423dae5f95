"""Money, energy and shares as terms, in searches and in plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars import Calendar
from scheduler.list_schedule import placed, quick_numbers, schedule_of
from scheduler.network import Network
from scheduler.objective import Objective
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Option, Problem, Task
from scheduler.scoring import Scoring
from scheduler.search.graph import Graph
from scheduler.solve import solve
from scheduler.terms import terms_of


def _two_labs(objective: Objective, number: int = 12) -> Problem:
    """The second lab takes twice as long and costs a tenth; the first has had ten hours before."""
    always = Calendar.always(1_000_000)
    labs = (Lab("quick", always, share=1, had_s=36_000), Lab("cheap", always, share=1))
    machines = (Machine("q", "quick", True, cost_h=10.0), Machine("c", "cheap", True, cost_h=0.5))
    options = (Option("q", 3600, cost=1, energy_kwh=2.0), Option("c", 7200, cost=0.1, energy_kwh=3.0))
    tasks = tuple(Task(f"t{n}", options) for n in range(number))
    return Problem(datetime(2026, 3, 2, tzinfo=UTC), 1_000_000, labs, machines, tasks, objective=objective)


def test_the_terms_are_those_that_people_would_add_up() -> None:
    problem = _two_labs(Objective(), 3)
    old = Task("old", problem.tasks[0].options, fixed=Placement("old", "q", -100, 3500, 3500))
    problem = replace(problem, tasks=(*problem.tasks, old))
    at = [Placement("t0", "q", 3600, 7200, 7200), Placement("t1", "c", 0, 7200, 7200)]
    at += [Placement("t2", "c", 7200, 14400, 14400), Placement("old", "q", -100, 3500, 3500)]
    terms = terms_of(problem, at)
    assert (terms.cost, terms.energy_kwh) == (pytest.approx(11.0 + 2 * (0.1 + 0.5 * 2)), 8.0)
    # quick has had 10 h, 1 h before and 1 h now; cheap 4 h: 12 of 16 instead of 8.
    assert terms.unfair_s == 4 * 3600


@pytest.mark.parametrize(
    ("objective", "on_cheap"),
    [
        (Objective(makespan=1), {4}),
        (Objective(makespan=1, cost=1e5), {12}),
        (Objective(makespan=0, energy=1), {0}),
        (Objective(makespan=0.001, fairness=1), {7, 8}),  # 10 h and 4 or 5 h against 16 or 14 h
    ],
)
def test_a_weighed_term_moves_the_plan(objective: Objective, on_cheap: set[int]) -> None:
    problem = _two_labs(objective)
    plan = solve(problem, work=1.0)
    assert sum(each.machine == "c" for each in plan.placements) in on_cheap


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_searches_score_as_the_terms_do(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int
) -> None:
    problem = enrich(make_problem(seed, tasks=7, fixed=False), seed)
    network = Network(problem)
    found = placed(network, quick_numbers(network))
    if isinstance(found, Graph):
        told = Scoring(network).score(found)
        terms = terms_of(problem, schedule_of(network, found.nodes).placements)
        assert told == pytest.approx(terms.score(problem.objective))
