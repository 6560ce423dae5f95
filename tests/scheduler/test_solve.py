from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task
from scheduler.solve import solve
from scheduler.validator import violations


@pytest.mark.parametrize("seed", range(80))
def test_small_problems_agree_with_brute_force(
    make_problem: Callable[..., Problem], shortest: Callable[[Problem], int | None], seed: int
) -> None:
    problem = make_problem(seed)
    best = shortest(problem)
    if best is None:
        with pytest.raises(PlanError):
            solve(problem, seconds=90, patience_s=None)
    else:
        plan = solve(problem, seconds=90, patience_s=None)
        assert violations(problem, plan) == ()
        assert (plan.makespan_s, plan.lower_bound_s, plan.status) == (best, best, "optimal")


def test_the_workshop_is_planned_in_the_problems_order(workshop: Problem) -> None:
    seen: list[Plan] = []
    plan = solve(workshop, progress=seen.append)
    assert [each.task for each in plan.placements] == [task.id for task in workshop.tasks]
    assert plan.placement("screws") == Placement("screws", None, 0, 230, 230)
    # The shell starts when the printer is free and is taken off when the lab opens at 200; the way south takes 60.
    assert plan.placement("shell") == Placement("shell", "printer", 10, 130, 200)
    assert plan.placement("assembly") == Placement("assembly", "mill", 260, 310, 310)
    assert (plan.makespan_s, plan.status, plan.gap) == (310, "optimal", 0.0)
    assert [each.makespan_s for each in seen] == sorted((each.makespan_s for each in seen), reverse=True)
    assert seen[-1].placements == plan.placements


def test_ends_come_early_even_where_the_makespan_does_not_ask_for_it(workshop: Problem) -> None:
    long = replace(workshop, tasks=(*workshop.tasks, Task("parcel", delay_s=500)))
    assert solve(long).placement("assembly").end_s == 310


def test_equal_work_gives_equal_plans(make_problem: Callable[..., Problem]) -> None:
    problem = make_problem(5, tasks=12)
    one, other = (solve(problem, work=0.2, seed=3) for _ in range(2))
    assert one == other


def test_nothing_to_do_is_planned_at_once(workshop: Problem) -> None:
    plan = solve(replace(workshop, tasks=workshop.tasks[4:], precedences=()))
    assert (plan.makespan_s, plan.status) == (15, "optimal")
    assert solve(replace(workshop, tasks=(), precedences=())).makespan_s == 0


def test_a_problem_too_large_for_cpsat_is_planned_and_says_so(workshop: Problem) -> None:
    always = Calendar.always(20_000)
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(4))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(m.id, 20 + (7 * n + 11 * k) % 40) for k, m in enumerate(machines)))
        for n in range(320)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(0, 320, 2))
    problem = Problem(workshop.origin, 20_000, (Lab("lab", always),), machines, tasks, arcs)
    plan = solve(problem, work=0.2)
    assert violations(problem, plan) == ()
    assert "320 tasks are too many for CP-SAT" in plan.solver
    assert plan.gap < 0.05


def test_no_room_for_all_is_told_with_the_number_that_has_some(workshop: Problem) -> None:
    tasks = tuple(Task(f"t{number}", (Option("saw", 60),)) for number in range(4))
    problem = replace(workshop, tasks=tasks, precedences=())
    with pytest.raises(PlanError, match=r"4 tasks that only saw can do take 1 min or more each .* room for 3 of them"):
        solve(problem)


def test_a_task_without_a_place_is_told_with_its_reason(workshop: Problem) -> None:
    tasks = (*workshop.tasks, Task("slab", (Option("saw", 130),)))
    with pytest.raises(PlanError, match="task slab has no place: machine saw: an attended run of 2 min 10 s is longer"):
        solve(replace(workshop, tasks=tasks))


def test_limits_must_be_positive(workshop: Problem) -> None:
    for limits in ({"seconds": 0.0}, {"workers": 0}, {"work": 0.0}):
        with pytest.raises(InputError, match="must be positive"):
            solve(workshop, **limits)  # type: ignore[arg-type]


def test_fixed_work_may_end_after_the_horizon(workshop: Problem) -> None:
    long = Task("long", fixed=Placement("long", "saw", 90, 700, 700))
    plan = solve(replace(workshop, tasks=(*workshop.tasks, long)))
    assert (plan.makespan_s, plan.status, plan.placement("leg").start_s) == (700, "optimal", 15)
    crowd = tuple(Task(f"t{number}", (Option("mill", 100),)) for number in range(2))
    fixed = Task("late", fixed=Placement("late", "mill", 440, 700, 700))
    assert solve(replace(workshop, tasks=(*crowd, fixed), precedences=())).makespan_s == 700


def test_fixed_work_in_the_future_is_a_deadline_for_what_comes_before(workshop: Problem) -> None:
    fixed = Placement("assembly", "mill", 260, 310, 310)
    tasks = (*workshop.tasks[:3], Task("assembly", fixed=fixed), *workshop.tasks[4:])
    plan = solve(replace(workshop, tasks=tasks))
    assert plan.placement("assembly") == fixed
    early = replace(fixed, start_s=250, run_end_s=300, end_s=300)
    with pytest.raises(PlanError, match=r"task shell has no place: it ends at .* at the earliest, but must end by"):
        solve(replace(workshop, tasks=(*workshop.tasks[:3], Task("assembly", fixed=early), *workshop.tasks[4:])))
