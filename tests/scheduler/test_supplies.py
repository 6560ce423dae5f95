"""Operators and material: list schedules and `solve` against the validator and against brute force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar, Window
from scheduler.list_schedule import Stuck, decode, quick_numbers
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Delivery, Lab, Machine, Option, Problem, SetUps, Shift, Stock, Task, Use
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations

ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)


def _problem(
    machines: tuple[Machine, ...],
    tasks: tuple[Task, ...],
    windows: tuple[tuple[int, int], ...] = ((0, 1000),),
    operators: tuple[Shift, ...] | None = None,
    stocks: tuple[Stock, ...] = (),
) -> Problem:
    lab = Lab("lab", Calendar(tuple(Window(*each) for each in windows)), operators)
    return Problem(ORIGIN, 1000, (lab,), machines, tasks, stocks=stocks)


def _planned(problem: Problem) -> dict[str, tuple[int, int, int]]:
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    return {each.task: (each.start_s, each.run_end_s, each.end_s) for each in plan.placements}


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 10**6))
def test_list_schedules_keep_operators_and_material(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int
) -> None:
    problem = enrich(make_problem(seed, tasks=8), seed)
    network = Network(problem)
    for numbers in (quick_numbers(network), [float(seed * (n + 7) % 11) for n in range(len(problem.tasks))]):
        found = decode(network, numbers)
        if isinstance(found, Stuck):
            assert found.task in network.position
        else:
            assert violations(problem, Plan(found.placements, 0, "list")) == ()


def test_one_operator_takes_the_pieces_of_the_night_off_one_after_the_other() -> None:
    machines = tuple(Machine(f"p{n}", "lab", True, attend_start_s=10, attend_end_s=5) for n in range(3))
    tasks = tuple(Task(f"t{n}", (Option(f"p{n}", 200),)) for n in range(3))
    placed = _planned(_problem(machines, tasks, ((0, 100), (500, 600)), (Shift(0, 1000),)))
    assert sorted(placed.values()) == [(0, 200, 505), (10, 210, 510), (20, 220, 515)]


def test_operators_of_shifts_that_overlap_add_up() -> None:
    machines = tuple(Machine(f"m{n}", "lab", False, attends_run=True) for n in range(3))
    tasks = tuple(Task(f"t{n}", (Option(f"m{n}", 50),)) for n in range(3))
    placed = _planned(_problem(machines, tasks, operators=(Shift(0, 200), Shift(30, 200, 2))))
    assert sorted(placed.values()) == [(0, 50, 50), (30, 80, 80), (30, 80, 80)]


def test_hand_work_takes_nobody_while_it_pauses() -> None:
    machines = (
        Machine("bench", "lab", False, pauses=True, attends_run=True),
        Machine("saw", "lab", False, attends_run=True),
    )
    tasks = (Task("hand", (Option("bench", 60),)), Task("cut", (Option("saw", 40),), release_s=100))
    placed = _planned(_problem(machines, tasks, ((0, 50), (100, 200)), (Shift(0, 1000),)))
    assert placed == {"hand": (0, 110, 110), "cut": (110, 150, 150)}


def test_a_set_up_takes_an_operator_right_before_the_run() -> None:
    machines = tuple(
        Machine(f"m{n}", "lab", True, set_to="red", attend_start_s=1, attends_set_up=True) for n in range(2)
    )
    tasks = tuple(Task(f"t{n}", (Option(f"m{n}", 30),), family="blue") for n in range(2))
    problem = replace(_problem(machines, tasks, operators=(Shift(0, 1000),)), set_ups=SetUps(default_s=20))
    assert sorted(_planned(problem).values()) == [(20, 50, 50), (41, 71, 71)]


def test_material_is_used_in_the_order_that_deliveries_allow() -> None:
    stock = Stock("pla", 5, (Delivery(100, 4), Delivery(300, 10)), "g")
    tasks = tuple(
        Task(f"t{n}", (Option(f"m{n}", 10, uses=(Use("pla", amount),)),)) for n, amount in enumerate((5, 4, 9))
    )
    machines = tuple(Machine(f"m{n}", "lab", False) for n in range(3))
    placed = _planned(_problem(machines, tasks, stocks=(stock,)))
    assert [placed[f"t{n}"][0] for n in range(3)] == [0, 100, 300]


def test_promised_work_keeps_its_material_and_its_operator() -> None:
    """What starts later without a word must not be taken from it now."""
    firm = Task("firm", (Option("m0", 10),), fixed=Placement("firm", "m0", 50, 60, 60), uses=(Use("pla", 4),))
    free = Task("free", (Option("m1", 70),), uses=(Use("pla", 3),))
    machines = (Machine("m0", "lab", False, attends_run=True), Machine("m1", "lab", False, attends_run=True))
    stock = Stock("pla", 6, (Delivery(90, 1),))
    problem = _problem(machines, (firm, free), stocks=(stock,))
    assert _planned(problem)["free"] == (90, 160, 160)
    one = replace(problem, labs=(replace(problem.labs[0], operators=(Shift(0, 1000),)),), stocks=(Stock("pla", 7),))
    assert _planned(one)["free"] == (60, 130, 130)
    down = replace(firm, options=(), uses=())
    assert _planned(replace(one, tasks=(down, free)))["free"] == (0, 70, 70)


def _broken(problem: Problem, *placements: Placement) -> tuple[str, ...]:
    return violations(problem, Plan(placements, 0, "hand"))


def test_the_validator_names_what_is_short() -> None:
    machines = tuple(Machine(f"m{n}", "lab", True, attend_start_s=10, attend_end_s=5) for n in range(2))
    tasks = tuple(Task(f"t{n}", (Option(f"m{n}", 30, uses=(Use("pla", 3),)),)) for n in range(2))
    problem = _problem(machines, tasks, ((0, 100),), (Shift(0, 60),), (Stock("pla", 5, unit="g"),))
    assert _broken(problem, Placement("t0", "m0", 0, 30, 35), Placement("t1", "m1", 5, 35, 40)) == (
        "lab lab is short of 1 operators from 5 s to 10 s, asked for by task t0 on machine m0, task t1 on machine m1",
        "stock pla: by 5 s, when task t1 starts, 6 g are taken, but only 5 are there",
    )
    alone = replace(problem, tasks=tasks[:1])
    assert _broken(alone, Placement("t0", "m0", 0, 30, 32)) == (
        "task t0 on machine m0 is taken off 2 s after its run, which takes 5 s",
    )
    assert _broken(alone, Placement("t0", "m0", 20, 50, 105)) == (
        "task t0 is taken off machine m0 from 100 s to 105 s, which is not inside one opening of lab lab",
        "task t0 on machine m0 needs an operator from 100 s to 105 s, not inside one opening of lab lab",
        "lab lab is short of 1 operators from 100 s to 105 s, asked for by task t0 on machine m0",
    )
    assert _broken(alone, Placement("t0", "m0", 20, 50, 60)) == ()
    assert _broken(alone, Placement("t0", "m0", 95, 125, 130))[1:] == (
        "task t0 on machine m0 needs an operator from 95 s to 105 s, not inside one opening of lab lab",
        "task t0 on machine m0 needs an operator from 125 s to 130 s, not inside one opening of lab lab",
        "lab lab is short of 1 operators from 95 s to 105 s, asked for by task t0 on machine m0",
        "lab lab is short of 1 operators from 125 s to 130 s, asked for by task t0 on machine m0",
    )


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Shift(5, 5), "shift from 5 s: it begins before 0, or ends at 5 s, not after"),
        (lambda: Shift(0, 5, 0), "shift from 0 s: 0 operators are not 1 to 10000"),
        (lambda: Lab("l", Calendar(), share=-1.0), "lab l: a share of -1.0 is not from 0 to 1000000"),
        (lambda: Lab("l", Calendar(), had_s=-1), "lab l: had_s is -1, which is negative or past all measure"),
        (lambda: Machine("m", "l", True, attends_run=True), "machine m: a run that may go on while the lab is closed"),
        (lambda: Machine("m", "l", True, attend_start_s=-1), "machine m: attend_start_s is -1"),
        (lambda: Machine("m", "l", False, pauses=True, attend_end_s=1), "machine m: the end of hand work"),
        (lambda: Machine("m", "l", True, cost_h=float("nan")), "machine m: a cost of nan is not from 0 to 1e9"),
        (lambda: Delivery(-1, 5), "delivery at -1 s: it lies before the origin"),
        (lambda: Delivery(1, 0), "delivery at 1 s: an amount of 0 is not from 1"),
        (lambda: Stock("s", -1), "stock s: an amount of -1 is not from 0"),
        (lambda: Stock("", 1), "a stock has no id"),
        (lambda: Use("s", 0), "use of s: an amount of 0 is not from 1"),
        (lambda: Option("m", 1, attend_end_s=-1), "option m: attend_end_s is -1"),
        (lambda: Option("m", 1, energy_kwh=-1.0), "option m: energy_kwh is -1.0, not from 0"),
        (lambda: Option("m", 1, uses=(Use("s", 1), Use("s", 2))), "option m: stock s stands twice"),
        (lambda: Task("t", delay_s=1, uses=(Use("s", 1),)), "task t: it is a wait, but uses material"),
        (
            lambda: _problem((Machine("m", "lab", True),), (Task("t", (Option("m", 1, uses=(Use("s", 1),)),)),)),
            "task t: it uses stock s, which is unknown",
        ),
        (
            lambda: _problem(
                (Machine("m", "lab", False, pauses=True),), (Task("t", (Option("m", 1, attend_end_s=3),)),)
            ),
            "task t: the end of hand work on machine m is not attended apart from the work",
        ),
    ],
)
def test_bad_data_is_refused_with_a_sentence(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(reason)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_a_plan_is_valid_or_the_reason_is_told(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int
) -> None:
    problem = enrich(make_problem(seed, tasks=5), seed)
    try:
        plan = solve(problem, work=0.1)
    except PlanError as error:
        told = error.what
    else:
        told = "valid" if violations(problem, plan) == () else ""
    assert told


def _alone(problem: Problem, task: Task) -> list[Placement]:
    """Every place of a task that keeps the rules while nothing else is there."""
    part = replace(problem, tasks=(task,), precedences=())
    last = problem.horizon_s
    if task.delay_s is not None:
        every = [
            Placement(task.id, None, s, s + task.delay_s, s + task.delay_s) for s in range(last - task.delay_s + 1)
        ]
    else:
        every = [
            Placement(task.id, option.machine, start, start + option.duration_s, end)
            for option in task.options
            for start in range(last)
            for end in range(start + option.duration_s, last + 1)
        ]
    return [each for each in every if not violations(part, Plan((each,), 0, "hand"))]


@pytest.mark.parametrize("seed", range(40))
def test_small_problems_agree_with_every_plan(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int
) -> None:
    """Set-ups left out: the model knows only part of them."""
    problem = enrich(make_problem(seed, tasks=3, fixed=False), seed)
    short = tuple(Calendar(tuple(w for w in lab.calendar.windows if w.end_s <= 24)) for lab in problem.labs)
    labs = tuple(replace(lab, calendar=each) for lab, each in zip(problem.labs, short, strict=True))
    machines = tuple(replace(each, pauses=False, busy_until_s=0) for each in problem.machines)
    tasks = tuple(replace(each, family="") for each in problem.tasks)
    wishes = replace(problem.objective, set_up=0.0)
    problem = replace(problem, horizon_s=24, labs=labs, machines=machines, tasks=tasks, objective=wishes)
    best = None
    for placements in product(*(_alone(problem, task) for task in tasks)):
        score = terms_of(problem, placements).score(wishes)[:2]
        if (best is None or score < best) and not violations(problem, Plan(placements, 0, "hand")):
            best = score
    if best is None:
        with pytest.raises(PlanError):
            solve(problem, work=0.5)
    else:
        plan = solve(problem, work=2.0)
        assert terms_of(problem, plan.placements).score(wishes)[:2] == pytest.approx(best, abs=0.01)
        assert plan.lower_bound_s <= min(plan.makespan_s, 24)
