from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count
from random import Random

import pytest

from scheduler.calendars import Calendar
from scheduler.cpsat import CpSat, fits
from scheduler.effort import Effort
from scheduler.incumbent import Incumbent
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.precheck import unplaceable
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task


def _shorten(problem: Problem, incumbent: Incumbent, effort: Effort) -> bool:
    network = Network(problem)
    head, tail = heads(network), tails(network)
    return CpSat(workers=1, seed=0).shorten(network, head, tail, incumbent, effort)


@pytest.mark.parametrize("seed", [2, 59, 337, 2022, 2047, 2073, 2095, 2190, 2277, *range(1000, 1030)])
def test_alone_and_without_a_hint_it_agrees_with_brute_force(
    make_problem: Callable[..., Problem], shortest: Callable[[Problem], int | None], seed: int
) -> None:
    problem = make_problem(seed)
    if unplaceable(problem):
        return
    best = shortest(problem)
    incumbent = Incumbent(problem, 0)
    impossible = _shorten(problem, incumbent, Effort(5))
    found = incumbent.schedule
    assert (impossible, found.makespan_s if found else None) == (best is None, best)
    if best is not None:
        assert incumbent.lower_bound_s == best


@pytest.mark.parametrize("seed", range(1000, 1010))
def test_a_hint_is_complete_and_feasible(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = make_problem(seed)
    network = Network(problem)
    known = decode(network, [0.0] * len(problem.tasks))
    if isinstance(known, Schedule):
        incumbent = Incumbent(problem, 0)
        incumbent.offer(known, "list schedule")
        assert not _shorten(problem, incumbent, Effort(5))
        assert incumbent.proved


def test_a_machine_that_is_left_idle_does_not_raise_the_bound(workshop: Problem) -> None:
    machines = (replace(workshop.machines[1], busy_until_s=90), workshop.machines[2])
    either = Task("either", (Option("saw", 5), Option("mill", 10)))
    problem = replace(workshop, machines=machines, tasks=(either,), precedences=())
    incumbent = Incumbent(problem, 0)
    assert not _shorten(problem, incumbent, Effort(5))
    assert (incumbent.proved, incumbent.lower_bound_s) == (True, 60)


def test_the_way_between_labs_is_in_the_model(workshop: Problem) -> None:
    tasks = tuple(Task(name, (Option("saw", 90), Option("mill", 80))) for name in ("one", "two"))
    problem = replace(workshop, tasks=tasks, precedences=(Precedence("one", "two"),))
    incumbent = Incumbent(problem, 0)
    assert not _shorten(problem, incumbent, Effort(5))
    # Saw until 90, then it closes: the mill from 250 on (the way takes 60), or the saw from 200 on.
    assert (incumbent.proved, incumbent.lower_bound_s) == (True, 290)


def test_an_unattended_run_does_not_start_at_closing_time(workshop: Problem) -> None:
    tasks = (Task("first", (Option("printer", 90),)), Task("second", (Option("printer", 20),)))
    problem = replace(workshop, tasks=tasks, precedences=(Precedence("first", "second"),))
    incumbent = Incumbent(problem, 0)
    assert not _shorten(problem, incumbent, Effort(5))
    assert (incumbent.proved, incumbent.lower_bound_s) == (True, 220)  # the first ends with the day, at 100


def test_settling_keeps_the_makespan_and_brings_the_ends_forward(workshop: Problem) -> None:
    network = Network(workshop)
    head, tail = heads(network), tails(network)
    incumbent = Incumbent(workshop, 310)
    found = decode(network, [0.0] * 5)
    assert isinstance(found, Schedule)
    moved = tuple(
        replace(each, start_s=60, run_end_s=100, end_s=100) if each.task == "leg" else each for each in found.placements
    )
    incumbent.offer(Schedule.of(moved), "by hand")
    CpSat(workers=1, seed=0).settle(network, head, tail, incumbent, Effort(5))
    assert incumbent.schedule == found


def test_patience_stops_the_solver_long_before_its_limit(workshop: Problem) -> None:
    random = Random(1)
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(12))
    tasks, arcs = [], []
    for job in range(12):
        for step, machine in enumerate(random.sample(machines, len(machines))):
            tasks.append(Task(f"{job}.{step}", (Option(machine.id, random.randint(1, 999)),)))
            if step:
                arcs.append(Precedence(f"{job}.{step - 1}", f"{job}.{step}"))
    labs = (Lab("lab", Calendar.always(10**6)),)
    problem = Problem(workshop.origin, 10**6, labs, machines, tuple(tasks), tuple(arcs))
    ticks = chain((0.0, 0.0), (3.0**power for power in count()))  # every look at this clock ends patience
    incumbent = Incumbent(problem, 0)
    effort = Effort(1e9, patience_s=1, monotonic=lambda: next(ticks))
    assert not _shorten(problem, incumbent, effort)
    assert not incumbent.proved


def test_what_is_too_large_does_not_fit(workshop: Problem) -> None:
    assert fits(Network(workshop))
    tasks = tuple(Task(f"t{n}", (Option("saw", 1),)) for n in range(301))
    assert not fits(Network(replace(workshop, tasks=tasks, precedences=())))
