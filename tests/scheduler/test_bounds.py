from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.bounds import lower_bound, path_bound
from scheduler.calendars import Calendar, Window
from scheduler.list_schedule import Schedule, decode, priorities
from scheduler.network import Network
from scheduler.paths import heads, latest_ends, tails
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport


def _bound(problem: Problem) -> int:
    network = Network(problem)
    return lower_bound(network, heads(network), tails(network)).makespan_s


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_list_schedule_beats_the_bounds(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = make_problem(seed, tasks=8)
    network = Network(problem)
    head, tail, due = heads(network), tails(network), latest_ends(network, problem.horizon_s)
    for numbers in priorities(network, head, tail).values():
        found = decode(network, numbers)
        if isinstance(found, Schedule):
            assert lower_bound(network, head, tail).makespan_s <= found.makespan_s
            for task, placement in enumerate(found.placements):
                early = head[task]
                assert early is not None
                assert early.start_s <= placement.start_s
                assert early.end_s <= placement.end_s
                assert placement.end_s + tail[task] <= found.makespan_s
                assert problem.tasks[task].fixed or placement.end_s <= due[task]


def test_the_longest_path_keeps_hours_and_transport(workshop: Problem) -> None:
    network = Network(workshop)
    assert path_bound(heads(network), tails(network)) == 310


@pytest.mark.parametrize(
    ("machines", "durations", "bound"),
    [
        (1, [10, 20, 30], 60),  # one machine does everything
        (3, [10, 10, 10, 10], 14),  # 40 seconds on three machines: 13.3, rounded up
        (2, [30, 10], 30),  # the longest task
    ],
)
def test_the_load_of_equal_machines(workshop: Problem, machines: int, durations: list[int], bound: int) -> None:
    problem = _shop(workshop, Calendar.always(1000), machines, durations)
    assert _bound(problem) == bound


def test_the_load_counts_open_seconds_and_what_fixed_work_leaves(workshop: Problem) -> None:
    hours = Calendar((Window(10, 30), Window(50, 70), Window(90, 110)))
    problem = _shop(workshop, hours, 1, [9, 9, 9])
    assert _bound(problem) == 57  # 20 seconds until 30, the other 7 from 50 on
    fixed = Task("old", fixed=Placement("old", "m0", 5, 20, 20))
    assert _bound(replace(problem, tasks=(*problem.tasks, fixed))) == 67
    waiting = replace(problem, machines=(replace(problem.machines[0], busy_until_s=25),))
    assert _bound(waiting) == 97  # no run fits between 25 and 30: 20 in the second window, 7 in the third


def test_over_night_a_machine_offers_no_more_than_its_longest_run(workshop: Problem) -> None:
    hours = Calendar((Window(0, 10), Window(100, 110), Window(200, 210)))
    problem = _shop(workshop, hours, 1, [15, 15, 15])
    alone = replace(problem, machines=(replace(problem.machines[0], unattended=True),))
    assert _bound(alone) == 120  # by 100: 10 open seconds and 15 more; the other 20 from 100 on
    fixed = Task("old", fixed=Placement("old", "m0", 95, 105, 105))
    assert _bound(replace(alone, tasks=(*alone.tasks, fixed))) == 225  # none fits before: taken off at 100


def test_prices_of_scarce_machines_are_dear(workshop: Problem) -> None:
    problem = _shop(workshop, Calendar.always(1000), 2, [10])
    tasks = tuple(Task(f"only{n}", (Option("m0", 50),)) for n in range(5))
    network = Network(replace(problem, tasks=(*problem.tasks, *tasks)))
    found = lower_bound(network, heads(network), tails(network))
    assert (found.makespan_s, found.prices[0] > 0.9) == (250, True)


def _shop(workshop: Problem, hours: Calendar, machines: int, durations: list[int]) -> Problem:
    names = [f"m{number}" for number in range(machines)]
    tasks = tuple(
        Task(f"t{number}", tuple(Option(name, duration) for name in names)) for number, duration in enumerate(durations)
    )
    machine = tuple(Machine(name, "lab", unattended=False) for name in names)
    return Problem(workshop.origin, 1000, (Lab("lab", hours),), machine, tasks)


@pytest.mark.parametrize("seed", range(5))
def test_the_prices_prove_the_bound_in_exact_numbers(seed: int) -> None:
    """Weak duality again, with fractions, from the problem alone: one second less cannot be paid for."""
    random = Random(seed)
    machines = tuple(Machine(f"m{n}", f"lab{n % 2}", False) for n in range(5))
    labs = tuple(Lab(f"lab{n}", Calendar.always(9000)) for n in range(2))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(f"m{k}", random.randint(20, 90)) for k in random.sample(range(5), 3)))
        for n in range(60)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(59) if n % 3 != 2)
    problem = Problem(
        datetime(2026, 3, 2, tzinfo=UTC), 9000, labs, machines, tasks, arcs, Transport({("lab0", "lab1"): 40})
    )
    network = Network(problem)
    bound = lower_bound(network, heads(network), tails(network))
    prices = [Fraction(price) for price in bound.prices]
    cost = sum(min(prices[int(o.machine[1:])] * o.duration_s for o in task.options) for task in tasks)
    rest: dict[str, dict[str, int]] = {}
    pairs = {(arc.before, arc.after) for arc in arcs}
    for task in reversed(tasks):
        behind = [each for each in tasks if (task.id, each.id) in pairs]
        rest[task.id] = {
            lab.id: max(
                (
                    min(
                        problem.transport.between(lab.id, machines[int(o.machine[1:])].lab)
                        + o.duration_s
                        + rest[each.id][machines[int(o.machine[1:])].lab]
                        for o in each.options
                    )
                    for each in behind
                ),
                default=0,
            )
            for lab in labs
        }
    by_machine = [
        min(min(rest[task.id].values()) for task in tasks if any(o.machine == machine.id for o in task.options))
        for machine in machines
    ]
    last = sorted(min(each.values()) for each in rest.values())[: len(machines)]
    tail = max(
        sum(price * seconds for price, seconds in zip(sorted(prices, reverse=True), last, strict=True)),
        sum(price * seconds for price, seconds in zip(prices, by_machine, strict=True)),
    )
    # A makespan of one second less offers less than the tasks cost (two seconds, for the rounding of the search).
    assert sum(prices) * (bound.makespan_s - 2) - tail < cost
