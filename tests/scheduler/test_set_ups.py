"""Set-ups in bounds and in CP-SAT, against every order of a few tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations, pairwise, permutations, product
from random import Random

import numpy as np
import pytest

from scheduler.bounds import lower_bound
from scheduler.calendars import Calendar
from scheduler.cpsat import CpSat
from scheduler.effort import Effort
from scheduler.incumbent import Incumbent
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Problem, SetUps, Task
from scheduler.rounds import cheapest_rounds
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations

HORIZON_S = 3000
FAMILIES = ("", "red", "blue", "green")


def _problem(tasks: tuple[Task, ...], machines: tuple[Machine, ...], set_ups: SetUps) -> Problem:
    labs = (Lab("lab", Calendar.always(HORIZON_S)),)
    return Problem(datetime(2026, 3, 2, tzinfo=UTC), HORIZON_S, labs, machines, tasks, set_ups=set_ups)


def _random(seed: int, *, plain: bool) -> Problem:
    """Two machines, five tasks.

    Unless plain: pieces without a family, set-ups that are shorter over a third family, and fixed work.
    """
    random = Random(seed)
    machines = tuple(
        Machine(f"m{number}", "lab", False, random.choice((0, 4)), random.choice(FAMILIES)) for number in range(2)
    )
    tasks = tuple(
        Task(
            f"t{number}",
            tuple(Option(f"m{each}", random.randint(1, 8)) for each in random.choice(((0,), (1,), (0, 1)))),
            release_s=random.choice((0, 0, 6)),
            family=random.choice(FAMILIES[1 if plain else 0 :]),
        )
        for number in range(5)
    )
    if not plain and random.random() < 0.5:
        fixed = Placement("old", "m0", 7, 10, 10)
        tasks = (*tasks, Task("old", fixed=fixed, family=random.choice(FAMILIES)))
    return _problem(
        tasks, machines, SetUps({pair: random.randint(7 if plain else 0, 14) for pair in permutations(FAMILIES[1:], 2)})
    )


def _shortest(problem: Problem) -> int:
    """The least makespan over all orders and options, each task behind all that stands on its machine before it."""
    free = [task for task in problem.tasks if task.fixed is None]
    fixed = [task for task in problem.tasks if task.fixed is not None]
    best = HORIZON_S
    for options in product(*(task.options for task in free)):
        ends = []
        for machine in problem.machines:
            here = [
                (task, option.duration_s)
                for task, option in zip(free, options, strict=True)
                if option.machine == machine.id
            ]
            stand = [task for task in fixed if task.fixed and task.fixed.machine == machine.id]
            ends.append(min(_last_end(problem, machine, order, stand) for order in _orders(here, stand)))
        best = min(best, max(ends))
    return best


def _orders(here: list[tuple[Task, int]], stand: list[Task]) -> list[tuple[tuple[Task, int], ...]]:
    return list(permutations([*here, *((task, 0) for task in stand)]))


def _last_end(problem: Problem, machine: Machine, order: tuple[tuple[Task, int], ...], stand: list[Task]) -> int:
    now_s, family, all_fixed = machine.busy_until_s, machine.set_to, True
    last_s = max([0, *(task.fixed.end_s for task in stand if task.fixed)])
    for task, duration_s in order:
        set_up_s = problem.set_ups.between(family, task.family)
        all_fixed = all_fixed and task.fixed is not None
        if task.fixed is not None:
            if now_s + (0 if all_fixed else set_up_s) > task.fixed.start_s:
                return HORIZON_S
            now_s = task.fixed.end_s
        else:
            now_s = max(now_s + set_up_s, task.release_s) + duration_s
            last_s = max(last_s, now_s)
        if task.family:
            family, all_fixed = task.family, task.fixed is not None
    return last_s


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_cp_sat_alone_and_our_bound_agree_with_every_order(seed: int, plain: bool) -> None:
    problem = _random(seed, plain=plain)
    best = _shortest(problem)
    network = Network(problem)
    head, tail = heads(network), tails(network)
    assert lower_bound(network, head, tail).makespan_s <= best
    incumbent = Incumbent(problem, 0)
    CpSat(workers=1, seed=0).shorten(network, head, tail, incumbent, Effort(10))
    assert incumbent.schedule is not None
    assert incumbent.lower_bound_s <= best <= incumbent.schedule.makespan_s
    if plain:
        assert (incumbent.lower_bound_s, incumbent.schedule.makespan_s) == (best, best)


def test_a_short_piece_without_a_family_leaves_the_machine_as_it_was() -> None:
    tasks = tuple(
        Task(name, (Option("m", seconds),), family=family)
        for name, seconds, family in (("a", 5, "red"), ("b", 1, ""), ("c", 5, "blue"))
    )
    problem = _problem(tasks, (Machine("m", "lab", False),), SetUps(default_s=10))
    plan = solve(problem, work=1.0)
    assert (plan.makespan_s, plan.lower_bound_s) == (21, 21)
    at = {"a": (0, 5), "b": (6, 7), "c": (15, 20)}  # ten seconds from a to c, but not right before c
    wrong = Plan(tuple(Placement(name, "m", s, e, e) for name, (s, e) in at.items()), 0, "hand")
    assert violations(problem, wrong) == (
        "task c starts at 15 s on machine m, but a set-up of 10 s from red to blue begins at 7 s, after b",
    )
    assert terms_of(problem, wrong.placements).set_up_s == 10


def test_work_without_a_family_goes_between_two_families_only_where_the_set_up_still_fits() -> None:
    """The set-up for the later one lies right before it, whatever lies before that."""
    stand = {"a": ("red", 0, 10), "n": ("", 14, 16), "b": ("blue", 22, 30)}
    old = tuple(
        Task(name, fixed=Placement(name, "m", start, end, end), family=family)
        for name, (family, start, end) in stand.items()
    )
    for family, seconds, starts in (("", 4, 10), ("red", 3, 10), ("blue", 1, 30), ("", 2, 10), ("green", 1, 38)):
        task = Task("new", (Option("m", seconds),), family=family)
        set_ups = SetUps({("red", "blue"): 6, ("green", "blue"): 8, ("red", "green"): 9}, default_s=50)
        problem = _problem((*old, task), (Machine("m", "lab", False, 0, "red"),), set_ups)
        plan = solve(problem, work=0.1)
        assert plan.placement("new").start_s == starts, (family, seconds)
        assert violations(problem, plan) == ()


def test_the_bound_counts_set_ups_that_a_machine_cannot_avoid() -> None:
    tasks = tuple(Task(f"t{n}", (Option("m", 5),), family=FAMILIES[1 + n % 3]) for n in range(6))
    costs = {("red", "blue"): 7, ("blue", "green"): 9, ("red", "green"): 20}
    network = Network(_problem(tasks, (Machine("m", "lab", False),), SetUps(costs)))
    # Red from blue takes 7, blue from red 7, green from blue 9; the dearest may be there already.
    assert lower_bound(network, heads(network), tails(network)).makespan_s == 6 * 5 + 7 + 7


def test_rounds_are_the_cheapest_of_all_orders() -> None:
    random = np.random.default_rng(3)
    ways, first_s, families = random.integers(0, 30, (5, 5)), (4, 0, 9, 2), (1, 2, 3, 4)
    found = {frozenset(each.families): each for each in cheapest_rounds(families, ways, first_s)}
    assert len(found) == 2**4
    for count in range(1, 5):
        for some in combinations(families, count):
            least = min(
                first_s[order[0] - 1] + sum(int(ways[pair]) for pair in pairwise(order)) for order in permutations(some)
            )
            best = found[frozenset(some)]
            assert best.set_up_s == least
            assert first_s[best.families[0] - 1] + sum(int(ways[pair]) for pair in pairwise(best.families)) == least


@pytest.mark.parametrize("names", [("red", "blue", "green", "white"), tuple("abcdefgh")])
def test_two_dozen_tasks_on_four_machines_are_proved_within_three_in_a_hundred(names: tuple[str, ...]) -> None:
    random = Random(2)
    tasks = tuple(
        Task(
            f"t{number}",
            tuple(Option(f"m{each}", random.randint(10, 60)) for each in random.sample(range(4), random.randint(2, 4))),
            family=random.choice(names),
        )
        for number in range(24)
    )
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(4))
    problem = _problem(tasks, machines, SetUps({pair: random.randint(15, 45) for pair in permutations(names, 2)}))
    plan = solve(problem, work=10.0)
    assert violations(problem, plan) == ()
    assert plan.gap <= 0.03
    assert plan.bound_by == "CP-SAT"
