"""A small problem whose model OR-Tools 9.15 calls infeasible when the horizon is that of its best plan."""

from __future__ import annotations

from datetime import UTC, datetime

from scheduler.calendars import Calendar, Window
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task
from scheduler.solve import solve
from scheduler.validator import violations


def test_a_plan_is_found_although_the_solver_calls_its_model_infeasible() -> None:
    lab = Lab("lab", Calendar((Window(2, 8), Window(11, 45))))
    machines = (Machine("m0", "lab", True), Machine("m1", "lab", True, busy_until_s=3))
    tasks = (
        Task("one", (Option("m1", 5),), release_s=2),
        Task("two", (Option("m1", 5),), release_s=2),
        Task("then", (Option("m0", 5), Option("m1", 9))),
        Task("last", (Option("m0", 7), Option("m1", 2))),
    )
    arrows = (Precedence("one", "then"), Precedence("two", "then"), Precedence("then", "last", 3))
    problem = Problem(datetime(2026, 3, 2, tzinfo=UTC), 60, (lab,), machines, tasks, arrows)
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    assert (plan.makespan_s, plan.status) == (26, "optimal")
