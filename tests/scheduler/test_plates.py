"""Tasks that share runs: as few runs as exact packing, plans that the judge accepts, bounds that hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.plates import parts, plates_problem, slots
from core.errors import InputError, PlanError
from scheduler.calendars import Calendar, Window
from scheduler.document import problem_document, read_problem
from scheduler.events import MachineDown
from scheduler.plan import Placement, Plan
from scheduler.plates import fewest, formed, groups_in, spread
from scheduler.problem import Lab, Machine, Option, Plate, Precedence, Problem, Shift, Stock, Task, Use
from scheduler.repair import repair
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations

BED = Plate(most_tasks=4, most_area=100, fixed_s=60)


def _problem(machines: tuple[Machine, ...], tasks: tuple[Task, ...], hours: tuple[int, int] = (0, 5000)) -> Problem:
    lab = Lab("lab", Calendar((Window(*hours),)))
    return Problem(datetime(2026, 3, 2, tzinfo=UTC), 5000, (lab,), machines, tasks)


def _parts(number: int, *, area: int = 30, seconds: int = 160, batch: str = "PLA") -> tuple[Task, ...]:
    return tuple(
        Task(f"{batch}{n}", (Option("printer", seconds),), batch=batch, area=area, family=batch) for n in range(number)
    )


def test_parts_share_a_print_bed_whose_fixed_part_is_spent_once() -> None:
    problem = _problem((Machine("printer", "lab", True, plate=BED, cost_h=36.0),), _parts(6))
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    assert [len(run) for run in groups_in(problem, plan.placements)] == [3, 3]
    assert plan.makespan_s == 2 * (60 + 3 * 100)
    assert terms_of(problem, plan.placements).cost == pytest.approx(720 * 36 / 3600)
    assert 0 < plan.lower_bound_s <= plan.makespan_s


def test_an_oven_lasts_as_long_as_its_longest_task() -> None:
    oven = Machine("oven", "lab", False, plate=Plate(most_tasks=3, at_once=True))
    tasks = tuple(Task(f"t{n}", (Option("oven", 50 + 10 * n),), batch="80 degrees") for n in range(3))
    plan = solve(_problem((oven,), tasks), work=0.5)
    assert {(each.start_s, each.end_s) for each in plan.placements} == {(0, 70)}


def test_only_one_batch_and_family_shares_a_run_and_never_work_that_waits_for_each_other() -> None:
    tasks = (*_parts(2), *_parts(2, batch="PETG"))
    problem = replace(
        _problem((Machine("printer", "lab", True, plate=BED),), tasks), precedences=(Precedence("PLA0", "PLA1"),)
    )
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    runs = groups_in(problem, plan.placements)
    assert [{task.id for task in run} for run in runs] == [{"PETG0", "PETG1"}]


def test_a_shared_run_takes_operators_once_and_material_of_all() -> None:
    machine = Machine("printer", "lab", True, plate=BED, attend_start_s=30, attend_end_s=20)
    tasks = tuple(replace(task, uses=(Use("spool", 40),)) for task in _parts(3))
    problem = replace(_problem((machine,), ()), tasks=tasks, stocks=(Stock("spool", 120, unit="g"),))
    problem = replace(problem, labs=(replace(problem.labs[0], operators=(Shift(0, 30), Shift(360, 380))),))
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    assert {(each.start_s, each.run_end_s, each.end_s) for each in plan.placements} == {(0, 360, 380)}
    less = replace(problem, stocks=(Stock("spool", 119, unit="g"),))
    assert violations(less, plan) == (
        "stock spool: by 0 s, when task PLA2 starts, 120 g are taken, but only 119 are there",
    )


def test_the_judge_names_a_crowded_or_too_short_run() -> None:
    problem = _problem((Machine("printer", "lab", True, plate=BED),), _parts(5, area=25))
    together = tuple(Placement(f"PLA{n}", "printer", 0, 560, 560) for n in range(5))
    assert violations(problem, Plan(together, 0, "hand")) == (
        "5 tasks share a run of machine printer, which takes 4: PLA0, PLA1, PLA2, PLA3, PLA4",
        "tasks of area 125 share a run of machine printer, which takes 100: PLA0, PLA1, PLA2, PLA3, PLA4",
    )
    short = tuple(Placement(f"PLA{n}", "printer", 0, 200, 200) for n in range(2))
    two = replace(problem, tasks=problem.tasks[:2])
    assert violations(two, Plan(short, 0, "hand")) == (
        "task PLA0 runs 200 s on machine printer instead of 260 s",
        "task PLA1 runs 200 s on machine printer instead of 260 s",
    )
    apart = (Placement("PLA0", "printer", 0, 160, 160), Placement("PLA1", "printer", 100, 260, 260))
    assert violations(two, Plan(apart, 0, "hand")) == (
        "tasks PLA0 and PLA1 are both on machine printer from 100 s to 160 s",
    )


def _fewest_by_hand(areas: list[int], most: int) -> int:
    """The least number of runs over all ways to assign."""
    for runs in range(1, len(areas) + 1):
        for which in product(range(runs), repeat=len(areas)):
            if all(sum(a for a, r in zip(areas, which, strict=True) if r == run) <= most for run in range(runs)):
                return runs
    return 0


@pytest.mark.parametrize("seed", range(12))
def test_as_few_runs_as_there_can_be(seed: int) -> None:
    random = Random(seed)
    areas = [random.randint(15, 60) for _ in range(7)]
    tasks = tuple(replace(_parts(1)[0], id=f"t{n}", area=area) for n, area in enumerate(areas))
    problem = _problem((Machine("printer", "lab", True, plate=Plate(most_area=100)),), tasks)
    groups = fewest(problem, tasks)
    assert sorted(task.id for group in groups for task in group) == sorted(task.id for task in tasks)
    assert len(groups) == _fewest_by_hand(areas, 100)


def test_many_parts_are_packed_tighter_than_first_fit_does() -> None:
    areas = parts(200, seed=200, tight=True)
    problem = plates_problem(areas)
    groups = fewest(problem, problem.tasks)
    assert sorted(task.id for group in groups for task in group) == sorted(task.id for task in problem.tasks)
    assert all(sum(task.area for task in group) <= 10_000 and len(group) <= 12 for group in groups)
    assert len(groups) == 49  # first fit makes 50, and 48 is the sum of all areas


def test_the_peer_packs_a_few_parts_as_tightly_as_can_be() -> None:
    areas = [6000, 4000, 5000, 5000, 3000, 3000, 4000]
    problem = plates_problem(areas)
    assert slots(areas, 20, 1) == len(fewest(problem, problem.tasks)) == 3


def test_work_is_spread_over_all_plates_where_that_is_quicker() -> None:
    machines = tuple(Machine(f"p{n}", "lab", True, plate=Plate(most_tasks=9)) for n in range(3))
    options = tuple(Option(machine.id, 100) for machine in machines)
    tasks = tuple(Task(f"t{n}", options, batch="PLA") for n in range(9))
    problem = _problem(machines, tasks)
    assert len(fewest(problem, tasks)) == 1
    assert sorted(len(group) for group in spread(problem, tasks)) == [3, 3, 3]
    assert solve(problem, work=0.5).makespan_s == 300


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Plate, "plate: a plate has neither a limit of tasks nor one of area"),
        (lambda: Plate(most_tasks=0), "plate: a limit is not from 1"),
        (lambda: Plate(most_tasks=1, fixed_s=-1), "plate: fixed_s is -1"),
        (lambda: Task("t", delay_s=1, batch="PLA"), "task t: it is a wait, and shares no run"),
        (lambda: Task("t", (Option("m", 1),), area=-1), "task t: an area of -1 is not from 0"),
        (
            lambda: _problem((Machine("printer", "lab", True, plate=BED),), _parts(1, area=101)),
            "task PLA0: its area of 101 is larger than the plate of printer",
        ),
        (
            lambda: _problem((Machine("printer", "lab", True, plate=BED),), _parts(1, seconds=60)),
            "task PLA0: its run on printer is not longer than the part all runs have",
        ),
    ],
)
def test_bad_plates_are_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(reason)


def _shared(problem: Problem, seed: int) -> Problem:
    """The problem with plates on some machines and batches for some tasks."""
    random = Random(seed)
    machines = tuple(
        replace(each, plate=Plate(random.choice((None, 2, 3)), random.randint(5, 9), 0, random.random() < 0.4))
        if random.random() < 0.7
        else each
        for each in problem.machines
    )
    tasks = tuple(
        replace(each, batch=random.choice(("", "a", "b")), area=random.randint(0, 5)) if each.options else each
        for each in problem.tasks
    )
    return replace(problem, machines=machines, tasks=tasks)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), rich=st.booleans())
def test_a_plan_is_valid_or_the_reason_is_told(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int, rich: bool
) -> None:
    problem = _shared(make_problem(seed, tasks=6), seed)
    problem = enrich(problem, seed) if rich else problem
    assert read_problem(problem_document(problem)) == problem
    try:
        plan = solve(problem, work=0.1)
    except PlanError as error:
        told = error.what
    else:
        told = "valid" if violations(problem, plan) == () else ""
        again = solve(problem, work=0.1, incumbent=plan)
        wishes = problem.objective
        assert terms_of(problem, again.placements).score(wishes) <= terms_of(problem, plan.placements).score(wishes)
    assert told


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_no_way_to_share_runs_beats_the_bound(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = _shared(make_problem(seed, tasks=6, fixed=False), seed)
    random = Random(seed)
    try:
        bound_s = solve(problem, work=0.05).lower_bound_s
    except PlanError:
        return
    tasks = [task for task in problem.tasks if task.batch == "a"]
    pair = tuple(random.sample(tasks, 2)) if len(tasks) > 1 else ()
    for groups in ((), (pair,)):
        try:
            found = solve(formed(problem, groups if pair else ()).problem, work=0.05)
        except (PlanError, InputError):  # no room, no plate that takes both, or one waits for the other
            continue
        assert bound_s <= found.makespan_s


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_after_an_event_runs_are_still_shared_or_the_reason_is_told(
    make_problem: Callable[..., Problem], seed: int
) -> None:
    random = Random(seed)
    problem = _shared(make_problem(seed, tasks=7), seed)
    try:
        plan = solve(problem, work=0.05)
    except PlanError:
        return
    now_s = random.randint(0, 20)
    machine = random.choice(problem.machines).id
    try:
        repaired = repair(problem, plan, MachineDown(machine, now_s, now_s + random.randint(1, 15)), now_s)
    except PlanError as error:
        assert "breaks a rule" not in error.what  # noqa: PT017 - what else it says is a reason
        return
    assert violations(repaired.problem, repaired.plan) == ()
