"""Every term of the objective is weighed on every way through `solve`: small, large, operators, plates, lots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from random import Random

import pytest

import scheduler.solve
from scheduler.calendars import Calendar
from scheduler.objective import Objective
from scheduler.plan import Placement, Plan
from scheduler.problem import (
    Lab,
    Machine,
    Option,
    Plate,
    Precedence,
    Problem,
    Promise,
    SetUps,
    Shift,
    Split,
    Task,
    Transport,
)
from scheduler.solve import solve
from scheduler.terms import Terms, terms_of
from scheduler.validator import violations

ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL_S = 8


def _two_labs(number: int = 10) -> Problem:
    """Quick, dear work here; slow, cheap work there, which has had less; each order goes through two steps."""
    always = Calendar.always(1_000_000)
    labs = (Lab("here", always, share=1, had_s=9000), Lab("there", always, share=1))
    machines = tuple(Machine(f"{lab[0]}{n}", lab, True, cost_h=90 if lab == "here" else 1) for lab, n in product(
        ("here", "there"), range(2)))  # fmt: skip
    options = tuple(
        Option(each.id, 600 if each.lab == "here" else 900, energy_kwh=5.0 if each.lab == "here" else 1.0)
        for each in machines
    )
    tasks = tuple(Task(f"t{n}", options, family=("red", "blue")[n % 2]) for n in range(number))
    arrows = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(0, number - 1, 2))
    ways, set_ups = Transport({("here", "there"): 60}), SetUps({("red", "blue"): 120})
    return Problem(ORIGIN, 1_000_000, labs, machines, tasks, arrows, ways, set_ups)


def _local(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Problem:
    monkeypatch.setattr(scheduler.solve, "fits", lambda network: False)
    return problem


def _exact(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Problem:
    return problem


def _operators(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Problem:
    labs = tuple(replace(each, operators=(Shift(0, 1_000_000, 2),)) for each in problem.labs)
    return replace(problem, labs=labs, machines=tuple(replace(each, attend_start_s=30) for each in problem.machines))


def _plates(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Problem:
    machines = tuple(replace(each, plate=Plate(most_tasks=2, fixed_s=300)) for each in problem.machines)
    return replace(problem, machines=machines, tasks=tuple(replace(task, batch="PLA") for task in problem.tasks))


def _lots(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Problem:
    split = tuple(replace(each, duration_s=each.duration_s // 30, energy_kwh=0.2) for each in problem.tasks[0].options)
    clips = Task("clips", split, quantity=60, split=Split(10), family="red")
    return replace(problem, tasks=(clips, *problem.tasks[:4]), precedences=problem.precedences[:2])


WAYS = (_exact, _local, _operators, _plates, _lots)
VALUES: dict[str, Callable[[Terms], float]] = {
    "transport": lambda terms: terms.transport_s,
    "set_up": lambda terms: terms.set_up_s,
    "cost": lambda terms: terms.cost,
    "energy": lambda terms: terms.energy_kwh,
    "fairness": lambda terms: terms.unfair_s,
}


@pytest.mark.parametrize("term", VALUES)
@pytest.mark.parametrize("way", WAYS, ids=[way.__name__.strip("_") for way in WAYS])
def test_what_is_weighed_is_less_than_where_it_is_not(
    way: Callable[[Problem, pytest.MonkeyPatch], Problem], term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = way(_two_labs(), monkeypatch)
    # A wish that counts more than all of the makespan that it may cost.
    weighed = replace(problem, objective=Objective(makespan=0.001, **{term: 1000.0}))
    plans = [solve(each, work=0.5) for each in (problem, weighed)]
    assert all(violations(problem, plan) == () for plan in plans)
    before, after = (VALUES[term](terms_of(problem, plan.placements)) for plan in plans)
    assert after <= before
    assert after < before or before == 0


@pytest.mark.parametrize("way", WAYS[:3], ids=[way.__name__.strip("_") for way in WAYS[:3]])
def test_promises_are_kept_where_changes_are_weighed(
    way: Callable[[Problem, pytest.MonkeyPatch], Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = way(_two_labs(4), monkeypatch)
    promised = tuple(
        replace(task, family="", promise=Promise("t0", 2000 * (1 + place), 1.0)) if place < 3 else task
        for place, task in enumerate(problem.tasks)
    )
    for weight, changed in ((0.0, 3), (1e6, 0)):
        asked = replace(problem, tasks=promised, precedences=(), objective=Objective(change=weight))
        assert terms_of(asked, solve(asked, work=0.5).placements).changed == changed


def _tiny(seed: int, term: str) -> Problem:
    """Three tasks in eight seconds, some of them due."""
    random = Random(seed)
    labs = tuple(Lab(f"lab{n}", Calendar.always(UNTIL_S), share=1.0, had_s=3 * n) for n in range(2))
    machines = tuple(
        Machine(f"m{n}", f"lab{n}", random.random() < 0.5, set_to=random.choice(("", "red")), cost_h=3600.0 * n)
        for n in range(2)
    )
    tasks = []
    for number in range(3):
        options = tuple(
            Option(each.id, random.randint(1, 3), cost=random.choice((0.0, 4.0)), energy_kwh=random.choice((0.0, 3.0)))
            for each in random.sample(machines, random.randint(1, 2))
        )
        promise = Promise(random.choice(options).machine, random.randint(0, 5), random.choice((1.0, 5.0)))
        tasks.append(
            Task(
                f"t{number}",
                options,
                family=random.choice(("red", "blue")),
                due_s=random.choice((None, None, random.randint(1, 6))),
                promise=promise if term == "change" else None,
            )
        )
    weights = {"makespan": 1.0, term: random.choice((0.5, 2.0, 10.0))}
    arrows = (Precedence("t0", "t1"),)
    ways, set_ups = Transport({("lab0", "lab1"): 1}), SetUps({("red", "blue"): 1})
    return Problem(ORIGIN, UNTIL_S, labs, machines, tuple(tasks), arrows, ways, set_ups, Objective(**weights))


def _best(problem: Problem) -> tuple[int, float] | None:
    """The least lateness and then the least weighted sum of all plans there are; the judge alone says which are."""

    def broken(placed: tuple[Placement, ...]) -> bool:
        return any(not each.endswith(" is not placed") for each in violations(problem, Plan(placed, 0, "hand")))

    partial: list[tuple[Placement, ...]] = [()]
    for task in problem.tasks:
        spots = [
            Placement(task.id, option.machine, start, start + option.duration_s, start + option.duration_s)
            for option in task.options
            for start in range(UNTIL_S - option.duration_s + 1)
        ]
        partial = [(*some, spot) for some in partial for spot in spots if not broken((*some, spot))]
    return min((terms_of(problem, each).score(problem.objective)[:2] for each in partial), default=None)


@pytest.mark.parametrize("term", [*VALUES, "change"])
@pytest.mark.parametrize("seed", range(4))
def test_small_problems_are_weighed_as_well_as_by_hand(term: str, seed: int) -> None:
    problem = _tiny(seed, term)
    best = _best(problem)
    assert best is not None
    found = terms_of(problem, solve(problem, work=1).placements).score(problem.objective)
    assert found[:2] == (best[0], pytest.approx(best[1]))
