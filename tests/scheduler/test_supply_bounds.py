"""Bounds that know operators and material: exact where that is easy, and never above the best of all plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import PlanError
from scheduler.bounds import lower_bound, path_bound
from scheduler.calendars import Calendar, Window
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import Delivery, Lab, Machine, Option, Precedence, Problem, Shift, Stock, Task, Use
from scheduler.solve import solve
from scheduler.validator import violations

UNTIL_S = 10
ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)


def _problem(tasks: tuple[Task, ...], *, machines: int = 4, until_s: int = 1000, operators: int = 1) -> Problem:
    lab = Lab("lab", Calendar.always(until_s), (Shift(0, until_s, operators),))
    names = tuple(Machine(f"m{number}", "lab", False, attends_run=True) for number in range(machines))
    return Problem(ORIGIN, until_s, (lab,), names, tasks)


def _bound(problem: Problem) -> int:
    network = Network(problem)
    return lower_bound(network, heads(network), tails(network)).makespan_s


def test_one_operator_at_four_machines_does_all_work_alone() -> None:
    tasks = tuple(Task(f"t{n}", tuple(Option(f"m{k}", 50) for k in range(4))) for n in range(8))
    assert _bound(_problem(tasks)) == 400
    assert _bound(_problem(tasks, operators=2)) == 200
    assert _bound(_problem(tasks, operators=9)) == 100


def test_work_that_another_lab_could_do_is_shared_out_between_the_labs_operators() -> None:
    two = _problem(tuple(Task(f"t{n}", (Option("m0", 50), Option("m1", 50))) for n in range(8)))
    labs = (two.labs[0], replace(two.labs[0], id="other"))
    machines = (two.machines[0], replace(two.machines[1], lab="other"))
    assert _bound(replace(two, labs=labs, machines=machines)) == 200


def test_what_is_attended_waits_for_the_shift_and_what_comes_behind_for_it() -> None:
    tasks = (Task("a", (Option("m0", 50),)), Task("b", delay_s=30))
    problem = replace(_problem(tasks), precedences=(Precedence("a", "b"),))
    late = replace(problem, labs=(replace(problem.labs[0], operators=(Shift(200, 300),)),))
    assert path_bound(heads(Network(late)), tails(Network(late))) == 80
    assert _bound(late) == 280


def test_the_last_of_what_takes_material_waits_for_the_last_delivery() -> None:
    options = tuple(Option(f"m{k}", 50) for k in range(4))
    tasks = tuple(Task(f"t{n}", options, uses=(Use("PLA", 10),)) for n in range(4))
    stock = Stock("PLA", 25, (Delivery(300, 10), Delivery(400, 9)))
    problem = replace(_problem((), operators=9), stocks=(stock,), tasks=tasks)
    assert _bound(problem) == 450
    enough = replace(problem, stocks=(Stock("PLA", 40),))
    assert _bound(enough) == 50
    plan = solve(problem, work=0.2)
    assert (plan.makespan_s, plan.status) == (450, "optimal")


def _tiny(seed: int) -> Problem:
    """Two or three short tasks in ten seconds, with operators, material and hours."""
    random = Random(seed)

    def hours() -> Calendar:
        edges = sorted(random.sample(range(UNTIL_S + 1), random.choice((2, 4))))
        windows = tuple(Window(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True))
        return random.choice((Calendar.always(UNTIL_S), Calendar(windows)))

    def shifts() -> tuple[Shift, ...]:
        starts = [random.randint(0, 6) for _ in range(random.randint(1, 2))]
        return tuple(Shift(each, random.randint(each + 1, UNTIL_S)) for each in starts)

    labs = tuple(Lab(f"lab{n}", hours(), random.choice((None, shifts()))) for n in range(random.randint(1, 2)))
    machines = []
    for number in range(random.randint(1, 2)):
        unattended, lab = random.random() < 0.5, random.choice(labs).id
        pauses = not unattended and random.random() < 0.3
        attended = {
            "attend_start_s": random.randint(0, 2),
            "attend_end_s": 0 if pauses else random.randint(0, 1),
            "attends_run": not unattended and random.random() < 0.4,
        }
        machines.append(replace(Machine(f"m{number}", lab, unattended, pauses=pauses), **attended))
    deliveries = tuple(Delivery(random.randint(1, 6), random.randint(1, 3)) for _ in range(2))
    stock = Stock("PLA", random.randint(0, 3), deliveries)
    tasks = []
    for number in range(random.randint(2, 3)):
        some = random.sample(machines, random.randint(1, len(machines)))
        options = tuple(Option(each.id, random.randint(1, 3)) for each in some)
        uses = (Use("PLA", random.randint(1, 3)),) if random.random() < 0.5 else ()
        tasks.append(Task(f"t{number}", options, uses=uses))
    arrows = (Precedence("t0", "t1"),) if random.random() < 0.4 else ()
    return Problem(ORIGIN, UNTIL_S, labs, tuple(machines), tuple(tasks), arrows, stocks=(stock,))


def _places(problem: Problem, task: Task, before_s: int) -> Iterator[Placement]:
    """All a task could have that ends before a moment, rules of time apart."""
    pauses = {machine.id for machine in problem.machines if machine.pauses}
    for option in task.options:
        for start_s in range(before_s):
            for run_end_s in range(start_s + option.duration_s, before_s):
                for end_s in range(run_end_s, before_s):
                    yield Placement(task.id, option.machine, start_s, run_end_s, end_s)
                if option.machine not in pauses:
                    break


def _broken(problem: Problem, placed: tuple[Placement, ...]) -> bool:
    return any(not each.endswith(" is not placed") for each in violations(problem, Plan(placed, 0, "hand")))


def _any_plan(problem: Problem, before_s: int) -> bool:
    """Whether there is a plan that ends before a moment, by trying all; the judge alone says what is valid."""
    partial: list[tuple[Placement, ...]] = [()]
    for task in problem.tasks:
        own = [each for each in _places(problem, task, before_s) if not _broken(problem, (each,))]
        partial = [(*some, each) for some in partial for each in own if not _broken(problem, (*some, each))]
    return bool(partial)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_no_plan_of_all_there_are_ends_before_the_bound(seed: int) -> None:
    problem = _tiny(seed)
    if unplaceable(problem):
        assert not _any_plan(problem, UNTIL_S + 1)
        return
    bound_s = _bound(problem)
    assert bound_s <= UNTIL_S
    assert not _any_plan(problem, bound_s)


@pytest.mark.parametrize("seed", range(40))
def test_the_bound_of_a_plan_is_not_above_it(seed: int) -> None:
    problem = _tiny(seed)
    try:
        plan = solve(problem, work=0.1)
    except PlanError:
        return
    assert violations(problem, plan) == ()
    assert not _any_plan(problem, plan.lower_bound_s)
