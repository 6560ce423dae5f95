"""A hundred injected impossibilities, each named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar, Window
from scheduler.conflicts import conflicts
from scheduler.document import problem_document, read_problem
from scheduler.plan import Placement
from scheduler.problem import Delivery, Lab, Machine, Option, Precedence, Problem, Shift, Stock, Task, Use
from scheduler.solve import solve

Injection = Callable[[Problem, Random], tuple[Callable[[], object], str]]


def _sound(workshop: Problem, random: Random) -> Problem:
    """Sixty tasks in orders of four on six machines in two labs, with plenty of room."""
    day = 36_000
    windows = tuple(Window(86_400 * n, 86_400 * n + day) for n in range(10))
    labs = (Lab("east", Calendar(windows)), Lab("west", Calendar(windows)))
    machines = tuple(Machine(f"m{n}", "east" if n % 2 else "west", n % 3 == 0) for n in range(6))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(f"m{k}", random.randint(600, 7000)) for k in random.sample(range(6), 3)))
        for n in range(60)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(59) if n % 4 != 3)
    return Problem(workshop.origin, 864_000, labs, machines, tasks, arcs)


def _raised(call: Callable[[], object]) -> str:
    with pytest.raises((InputError, PlanError)) as caught:
        call()
    return str(caught.value)


def _task(problem: Problem, number: int, **new: object) -> Problem:
    tasks = list(problem.tasks)
    tasks[number] = replace(tasks[number], **new)  # type: ignore[arg-type]
    return replace(problem, tasks=tuple(tasks))


def _no_machine(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    number = random.randrange(60)
    return lambda: _task(problem, number, options=()), f"task t{number}: no machine can do it"


def _closed(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    number = random.randrange(60)
    shut = replace(
        problem,
        labs=(*problem.labs, Lab("shut", Calendar())),
        machines=(*problem.machines, Machine("m9", "shut", True)),
    )
    broken = _task(shut, number, options=(Option("m9", 60),))
    return lambda: solve(broken), f"task t{number} has no place: machine m9: lab shut never opens"


def _too_long(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    number = random.randrange(60)
    broken = _task(problem, number, options=(Option("m1", 36_001 + random.randint(0, 5000)),))
    return lambda: solve(broken), f"task t{number} has no place: machine m1: an attended run of"


def _deadline(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    order = random.randrange(15)
    start = random.randint(0, 1000)
    last = Placement("last", "m0", start, start + 5, start + 5)
    broken = replace(
        problem,
        tasks=(*problem.tasks, Task("last", fixed=last)),
        precedences=(*problem.precedences, Precedence(f"t{4 * order + 3}", "last")),
    )
    return lambda: solve(broken), "must end by"


def _circle(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    order = random.randrange(15)
    arcs = (*problem.precedences, Precedence(f"t{4 * order + 3}", f"t{4 * order}"))
    return lambda: replace(problem, precedences=arcs), "in a circle"


def _negative(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    document, number = problem_document(problem), random.randrange(60)
    document["tasks"][number]["options"][0]["duration_s"] = -random.randint(1, 9000)
    return lambda: read_problem(document, where="injected"), f"injected.tasks[{number}].options[0]"


def _overload(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    more = tuple(Task(f"big{n}", (Option("m1", 30_000 + random.randint(0, 5000)),)) for n in range(12))
    broken = replace(problem, tasks=(*problem.tasks, *more))
    return lambda: solve(broken, seconds=0.5), "m1"


def _unknown(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    number = random.randrange(60)
    return lambda: _task(problem, number, options=(Option("m77", 5),)), f"task t{number}: machine m77 is unknown"


def _stock_short(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    """Sixty tasks take 100 g each, and there is less."""
    amount = random.randint(1000, 2000)
    stocks = (Stock("PLA", amount, (Delivery(86_400, 3999 - amount),), "g"),)
    tasks = tuple(replace(task, uses=(Use("PLA", 100),)) for task in problem.tasks)
    return lambda: solve(replace(problem, stocks=stocks, tasks=tasks)), "stock PLA is short: 4 kg are needed by"


def _too_much(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    number = random.randrange(60)
    broken = _task(replace(problem, stocks=(Stock("PLA", 800, unit="g"),)), number, uses=(Use("PLA", 3200),))
    return lambda: solve(broken), f"task t{number} has no place: machine m"


def _nobody(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    """Machines whose set-down nobody has the time for, in either lab."""
    number, machines = random.randrange(60), tuple(replace(each, attend_end_s=1000) for each in problem.machines)
    shifts = tuple(Shift(86_400 * day, 86_400 * day + 900) for day in range(10))
    labs = tuple(replace(lab, operators=shifts) for lab in problem.labs)
    tasks = tuple(
        task if index == number else replace(task, options=tuple(replace(o, attend_end_s=0) for o in task.options))
        for index, task in enumerate(problem.tasks)
    )
    broken = replace(problem, machines=machines, labs=labs, tasks=tasks)
    return lambda: solve(broken), f"task t{number} has no place: machine m"


def _few_operators(problem: Problem, random: Random) -> tuple[Callable[[], object], str]:
    shifts = tuple(Shift(86_400 * day, 86_400 * day + random.randint(700, 1100)) for day in range(10))
    labs = tuple(replace(lab, operators=shifts) for lab in problem.labs)
    machines = tuple(replace(each, attend_start_s=600) for each in problem.machines)
    east = {each.id for each in machines if each.lab == "east"}
    tasks = tuple(
        replace(task, options=tuple(o for o in task.options if o.machine in east) or task.options)
        for task in problem.tasks
    )
    broken = replace(problem, machines=machines, labs=labs, tasks=tasks)
    return lambda: solve(broken), "lab east is short of operators: "


INJECTIONS: tuple[Injection, ...] = (
    _no_machine, _closed, _too_long, _deadline, _circle, _negative, _overload, _unknown,
    _stock_short, _too_much, _nobody, _few_operators,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(100))
def test_an_injected_impossibility_is_named(workshop: Problem, seed: int) -> None:
    random = Random(seed)
    inject = INJECTIONS[seed % len(INJECTIONS)]
    call, name = inject(_sound(workshop, random), random)
    assert name in _raised(call)


def test_the_sound_problem_has_no_conflict(workshop: Problem) -> None:
    problem = _sound(workshop, Random(0))
    assert conflicts(problem) == ()
    assert solve(problem, work=0.1).makespan_s > 0


def test_the_smallest_change_comes_first_and_works(workshop: Problem) -> None:
    problem = _sound(workshop, Random(0))
    broken = _task(problem, 4, options=(Option("m1", 36_100),))
    (found,) = conflicts(broken)
    assert found.tasks == ("t4",)
    assert found.changes[0].startswith("possible if lab east is open from")
    assert found.changes[1] == "possible if machine m1 may run while lab east is closed"
    alone = tuple(replace(each, unattended=True) if each.id == "m1" else each for each in broken.machines)
    assert conflicts(replace(broken, machines=alone)) == ()


def test_fixed_work_too_early_is_told_by_how_much(workshop: Problem) -> None:
    problem = _sound(workshop, Random(0))
    single = replace(
        problem,
        tasks=(Task("a", (Option("m1", 500),)), Task("z", fixed=Placement("z", "m0", 400, 410, 410))),
        precedences=(Precedence("a", "z"),),
    )
    (found,) = conflicts(single)
    assert "possible if z, which is fixed, is 1 min 40 s later or more" in found.changes


def test_material_that_comes_too_late_for_firm_work_is_told_with_both_amounts(workshop: Problem) -> None:
    tasks = (
        Task("a", (Option("m1", 500),), uses=(Use("PLA", 3200),)),
        Task("z", fixed=Placement("z", "m0", 7000, 8000, 8000)),
    )
    problem = replace(
        _sound(workshop, Random(0)),
        tasks=tasks,
        precedences=(Precedence("a", "z"),),
        stocks=(Stock("PLA", 1000, (Delivery(6900, 5000),), "g"),),
    )
    (found,) = conflicts(problem)
    assert found.what == (
        "stock PLA is short: 3.2 kg are needed by 2026-03-02 09:48 UTC at the latest, for a, but 1 kg are there by then"
    )
    assert found.changes == ("possible, if at all, with 2.2 kg more by 2026-03-02 09:48 UTC",)
    assert "stock PLA is short" in _raised(lambda: solve(problem))


def test_machines_without_enough_hours_are_told_with_what_is_missing(workshop: Problem) -> None:
    problem = _sound(workshop, Random(0))
    many = tuple(Task(f"b{n}", (Option("m1", 30_000),)) for n in range(13))
    (found,) = conflicts(replace(problem, tasks=many, precedences=()))
    assert found.what.startswith("13 tasks that only m1 can do take 108 h 20 min together at least, but until")
    assert "there are 100 h" in found.what
