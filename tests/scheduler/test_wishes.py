"""Set-ups, due dates and promises against brute force, and against the validator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product
from random import Random

import pytest

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.objective import Objective
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Promise, SetUps, Task
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations

FAMILIES = ("", "red", "blue", "green")


def _pausing(problem: Problem, seed: int) -> Problem:
    """The problem with some machines on which work pauses."""
    random = Random(seed)
    return replace(
        problem,
        machines=tuple(
            replace(machine, unattended=False, pauses=True) if random.random() < 0.7 else machine
            for machine in problem.machines
        ),
    )


def _wished(problem: Problem, seed: int) -> Problem:
    """The problem with families, set-ups and due dates."""
    random = Random(seed)
    tasks = tuple(
        replace(
            task,
            family=random.choice(FAMILIES) if task.options else "",
            due_s=random.choice((None, random.randint(0, 40))),
            weight=random.randint(1, 3),
        )
        for task in problem.tasks
    )
    pairs = {pair: random.randint(0, 6) for pair in permutations(FAMILIES[1:], 2)}
    machines = tuple(replace(machine, set_to=random.choice(FAMILIES)) for machine in problem.machines)
    return replace(problem, tasks=tasks, machines=machines, set_ups=SetUps(pairs))


def _best(problem: Problem) -> tuple[int, int] | None:
    """The least weighted lateness, then makespan, over all orders and options, each task behind those before it."""
    best: tuple[int, int] | None = None
    for order in permutations(problem.tasks):
        rank = {task.id: place for place, task in enumerate(order)}
        if any(rank[arc.before] > rank[arc.after] for arc in problem.precedences):
            continue
        for options in product(*(task.options or (None,) for task in order)):
            placed = _appended(problem, order, options)
            if placed is not None:
                terms = terms_of(problem, placed)
                value = terms.weighted_lateness, terms.makespan_s
                best = value if best is None else min(best, value)
    return best


def _appended(problem: Problem, order: tuple[Task, ...], options: tuple[Option | None, ...]) -> list[Placement] | None:
    placed: list[Placement] = []
    for task, option in zip(order, options, strict=True):
        for start in range(problem.horizon_s + 1):
            tried = _run(problem, task, option, start)
            if tried is None or any(_before(placed, each, tried) for each in placed):
                continue
            some = {each.task for each in placed} | {task.id}
            part = replace(
                problem,
                tasks=tuple(each for each in problem.tasks if each.id in some),
                precedences=tuple(arc for arc in problem.precedences if arc.before in some and arc.after in some),
            )
            if not violations(part, Plan((*placed, tried), 0, "hand")):
                placed.append(tried)
                break
        else:
            return None
    return placed


def _before(placed: list[Placement], one: Placement, other: Placement) -> bool:
    return one.machine is not None and one.machine == other.machine and other.start_s < one.end_s


def _run(problem: Problem, task: Task, option: Option | None, start: int) -> Placement | None:
    if option is None:
        end = start + (task.delay_s or 0)
        return Placement(task.id, None, start, end, end)
    machine = next(each for each in problem.machines if each.id == option.machine)
    done = end = start + option.duration_s
    windows = next(lab.calendar.windows for lab in problem.labs if lab.id == machine.lab)
    if machine.pauses:
        worked = [second for w in windows for second in range(max(start, w.start_s), w.end_s)]
        if len(worked) < option.duration_s:
            return None
        done = end = worked[option.duration_s - 1] + 1
    if machine.unattended:
        ends = [max(window.start_s, done) for window in windows if window.end_s >= done]
        if not ends:
            return None
        end = min(ends)
    return Placement(task.id, machine.id, start, done, end)


@pytest.mark.parametrize("seed", range(30))
def test_set_ups_and_due_dates_agree_with_brute_force(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = _wished(make_problem(seed, tasks=3, fixed=False), seed)
    best = _best(problem)
    if best is None:
        return
    plan = solve(problem, seconds=20, patience_s=None)
    assert violations(problem, plan) == ()
    terms = terms_of(problem, plan.placements)
    assert (terms.weighted_lateness, terms.makespan_s) == best


@pytest.mark.parametrize("seed", range(30))
def test_work_that_pauses_is_placed_as_early_as_by_brute_force(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = _pausing(make_problem(seed, tasks=3, fixed=False), seed)
    best = _best(problem)
    if best is None:
        with pytest.raises(PlanError):
            solve(problem, work=0.5)
        return
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    assert plan.lower_bound_s <= best[1] == plan.makespan_s


def test_hand_work_goes_on_in_the_morning(workshop: Problem) -> None:
    bench = Machine("bench", "north", False, pauses=True)
    problem = replace(
        workshop, machines=(*workshop.machines, bench), tasks=(Task("sand", (Option("bench", 150),)),), precedences=()
    )
    plan = solve(problem)
    assert plan.placement("sand") == Placement("sand", "bench", 0, 250, 250)
    short = Placement("sand", "bench", 0, 150, 150)
    assert violations(problem, Plan((short,), 0, "hand")) == (
        "task sand runs 100 s on machine bench instead of 150 s",
        "task sand ends at 150 s, when nobody works in lab north",
    )
    with pytest.raises(InputError, match="not both"):
        Machine("bench", "north", True, pauses=True)


def _shop(tasks: int, machines: int, families: int, **more: object) -> Problem:
    names = [f"f{number}" for number in range(families)]
    work = tuple(
        Task(
            f"t{n}",
            tuple(Option(f"m{k}", 5 + (7 * n + 3 * k) % 11) for k in range(machines)),
            family=names[n % families],
        )
        for n in range(tasks)
    )
    labs = (Lab("lab", Calendar.always(5000)),)
    placed = tuple(Machine(f"m{number}", "lab", False) for number in range(machines))
    from datetime import UTC, datetime

    return Problem(
        datetime(2026, 3, 2, 8, tzinfo=UTC), 5000, labs, placed, work, set_ups=SetUps(default_s=10), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_set_ups_are_spared_when_they_are_long() -> None:
    problem = _shop(40, 4, 4)
    plan = solve(problem, work=1.0)
    assert violations(problem, plan) == ()
    assert terms_of(problem, plan.placements).set_up_s <= 120  # each of forty tasks another family than the last: 360
    free = solve(replace(problem, set_ups=SetUps()), work=1.0)
    assert free.makespan_s <= plan.makespan_s


def test_a_set_up_that_is_left_out_is_named() -> None:
    problem = _shop(2, 1, 2)
    placed = (Placement("t0", "m0", 0, 5, 5), Placement("t1", "m0", 12, 24, 24))
    named = violations(problem, Plan(placed, 0, "hand"))
    assert named == (
        "task t1 starts at 12 s on machine m0, but a set-up of 10 s from f0 to f1 begins at 5 s, after t0",
    )
    machines = (replace(problem.machines[0], set_to="f1"),)
    first = violations(
        replace(problem, machines=machines),
        Plan((placed[0], replace(placed[1], start_s=15, run_end_s=27, end_s=27)), 0, "hand"),
    )
    assert first == ("task t0 starts at 0 s on machine m0, but a set-up of 10 s from f1 to f0 begins at 0 s",)


def test_fixed_work_among_set_ups_is_kept_clear_of() -> None:
    problem = _shop(6, 1, 3)
    fixed = Task("old", fixed=Placement("old", "m0", 30, 40, 40), family="f2")
    problem = replace(problem, tasks=(*problem.tasks, fixed))
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()


def test_fixed_work_within_longer_fixed_work_leaves_the_machine_as_that_does() -> None:
    """The judge goes by what ended last; work without a family leaves what the machine was set to."""
    problem = _shop(1, 1, 1)
    machines = (replace(problem.machines[0], set_to="f9"),)
    fixed = (
        Task("long", fixed=Placement("long", "m0", 0, 100, 100)),
        Task("within", fixed=Placement("within", "m0", 10, 20, 20), family="f0"),
    )
    problem = replace(problem, machines=machines, tasks=(*problem.tasks, *fixed))
    found = decode(Network(problem), [0.0, 1.0, 2.0])
    assert isinstance(found, Schedule)
    assert violations(problem, Plan(found.placements, 0, "list")) == ()
    assert next(each.start_s for each in found.placements if each.task == "t0") == 110


def test_a_promise_is_kept_unless_breaking_it_is_worth_its_price() -> None:
    problem = _shop(6, 2, 1)
    promised = replace(problem.tasks[0], promise=Promise("m1", 20, 7.0))
    problem = replace(problem, tasks=(promised, *problem.tasks[1:]), objective=Objective(change=1000.0))
    kept = solve(problem, work=2.0)
    assert (kept.placement("t0").machine, kept.placement("t0").start_s) == ("m1", 20)
    cheap = solve(replace(problem, objective=Objective(change=0.0)), work=2.0)
    assert cheap.makespan_s <= kept.makespan_s
    assert terms_of(problem, kept.placements).change == 0


def test_due_dates_come_before_the_makespan() -> None:
    problem = _shop(20, 2, 1)
    tasks = tuple(replace(task, due_s=10 * place, weight=1 + place % 3) for place, task in enumerate(problem.tasks))
    dated = replace(problem, tasks=tasks)
    plan, plain = solve(dated, work=1.0), solve(problem, work=1.0)
    lateness = [terms_of(dated, each.placements).weighted_lateness for each in (plan, plain)]
    assert lateness[0] < lateness[1]


def test_nothing_worse_than_the_incumbent_is_returned_and_cancelling_returns_it() -> None:
    problem = _shop(40, 4, 4)
    good = solve(problem, work=1.0)
    again = solve(problem, incumbent=good, cancelled=lambda: True)
    assert terms_of(problem, again.placements).score(problem.objective) <= terms_of(problem, good.placements).score(
        problem.objective
    )
    broken = replace(good, placements=tuple(replace(each, machine="m0") for each in good.placements))
    assert violations(problem, solve(problem, work=0.2, incumbent=broken)) == ()


def test_wishes_refuse_bad_data() -> None:
    for make in (
        lambda: SetUps({("a", "a"): 3}),
        lambda: SetUps({("a", "b"): -3}),
        lambda: SetUps(default_s=-1),
        lambda: Objective(makespan=-1.0),
        lambda: Objective(change=float("nan")),
        lambda: Promise("m", 0, -1.0),
        lambda: Task("t", delay_s=3, promise=Promise("m", 0, 1.0)),
        lambda: Task("t", delay_s=3, weight=-1),
    ):
        with pytest.raises(InputError):
            make()
    with pytest.raises(InputError, match="promised to machine m9, which cannot do it"):
        problem = _shop(2, 1, 1)
        replace(problem, tasks=(replace(problem.tasks[0], promise=Promise("m9", 0, 1.0)),))


def test_an_arrow_counts_its_transport_once() -> None:
    problem = _shop(2, 2, 1)
    two = (*problem.labs, Lab("far", Calendar.always(5000)))
    from scheduler.problem import Transport

    problem = replace(
        problem,
        labs=two,
        machines=(problem.machines[0], replace(problem.machines[1], lab="far")),
        precedences=(Precedence("t0", "t1"),),
        transport=Transport({("lab", "far"): 50}),
    )
    placed = (Placement("t0", "m0", 0, 5, 5), Placement("t1", "m1", 55, 60, 60))
    assert terms_of(problem, placed).transport_s == 50
