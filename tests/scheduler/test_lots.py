"""Tasks that may be split: lots that the judge accepts, as good as every way to divide, bounds that hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from coordinator.cli import app
from core.errors import InputError, PlanError
from scheduler.calendars import Calendar, Window
from scheduler.conflicts import conflicts
from scheduler.document import plan_document, problem_document, read_plan, read_problem
from scheduler.events import Failed, MachineDown
from scheduler.explain import explain
from scheduler.lot_bounds import bound_of_lots
from scheduler.lots import apart, divided
from scheduler.network import Network
from scheduler.objective import Objective
from scheduler.plan import Placement, Plan
from scheduler.precheck import unplaceable
from scheduler.problem import (
    Lab,
    Machine,
    Need,
    Option,
    Person,
    Plate,
    Precedence,
    Problem,
    Promise,
    Split,
    Stock,
    Task,
    Transport,
    Use,
)  # fmt: skip
from scheduler.repair import polish, repair
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations


def _problem(workshop: Problem, *tasks: Task, machines: int = 3, until_s: int = 20_000) -> Problem:
    lab = Lab("lab", Calendar.always(until_s))
    names = tuple(Machine(f"m{number}", "lab", True) for number in range(machines))
    return Problem(workshop.origin, until_s, (lab,), names, tasks)


def _clips(pieces: int, split: Split, seconds: tuple[int, ...] = (10, 20, 30), lot_s: int = 60) -> Task:
    options = tuple(Option(f"m{number}", each, lot_s=lot_s) for number, each in enumerate(seconds))
    return Task("clips", options, quantity=pieces, split=split)


def _lots(plan: Plan) -> list[tuple[str | None, int]]:
    return [(each.machine, each.pieces) for each in plan.placements if each.lot]


def test_pieces_are_divided_so_that_all_machines_end_at_once(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(110, Split()))
    plan = solve(problem, work=1)
    assert violations(problem, plan) == ()
    assert sum(pieces for _, pieces in _lots(plan)) == 110
    assert plan.makespan_s == 660  # 60 pieces in 600 s, 30 in 600, 20 in 600, and 60 s of handling each
    assert plan.lower_bound_s <= 660


def test_handling_that_takes_longer_than_it_helps_keeps_pieces_together(workshop: Problem) -> None:
    alone = _problem(workshop, _clips(30, Split(), (10,), lot_s=500))
    assert _lots(solve(alone, work=1)) == [("m0", 30)]


def test_no_lot_is_smaller_or_larger_than_allowed(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(50, Split(12, 20)))
    plan = solve(problem, work=1)
    assert violations(problem, plan) == ()
    assert all(12 <= pieces <= 20 for _, pieces in _lots(plan))


def test_what_waits_for_some_pieces_starts_before_the_last_lot(workshop: Problem) -> None:
    tasks = (_clips(60, Split(10, 30), (10, 10)), Task("pack", (Option("m2", 300),)))
    problem = replace(_problem(workshop, *tasks), precedences=(Precedence("clips", "pack", 5, pieces=10),))
    plan = solve(problem, work=1)
    assert violations(problem, plan) == ()
    assert plan.placement("pack").start_s == 60 + 100 + 5
    late = max(each.end_s for each in plan.placements if each.lot)
    assert late > 165
    early = tuple(replace(e, start_s=60, run_end_s=360, end_s=360) if e.task == "pack" else e for e in plan.placements)
    wrong = violations(problem, replace(plan, placements=early, lower_bound_s=0))
    assert wrong == ("task pack starts at 60 s, when 0 pieces of clips are there instead of 10",)


def test_due_dates_count_by_the_last_lot_once(workshop: Problem) -> None:
    task = replace(_clips(60, Split(30, 30), (10, 10)), due_s=300, weight=3)
    problem = _problem(workshop, task)
    plan = solve(problem, work=1)
    assert plan.makespan_s == 360
    terms = terms_of(problem, plan.placements)
    assert (terms.weighted_lateness, terms.late, terms.total_end_s) == (180, 1, 720)


def test_material_money_and_energy_count_for_each_piece(workshop: Problem) -> None:
    task = Task("clips", (Option("m0", 10, lot_s=10, cost=2.0, energy_kwh=0.5, uses=(Use("PLA", 3),)),), quantity=8,
                split=Split(4), uses=(Use("boxes", 1),))  # fmt: skip
    problem = replace(_problem(workshop, machines=1), stocks=(Stock("PLA", 24), Stock("boxes", 8)), tasks=(task,))
    plan = solve(problem, work=1)
    terms = terms_of(problem, plan.placements)
    assert (terms.cost, terms.energy_kwh) == (16.0, 4.0)
    less = replace(problem, stocks=(Stock("PLA", 23), Stock("boxes", 8)))
    assert "stock PLA" in violations(less, plan)[0]
    (found,) = conflicts(less)
    assert found.tasks == ("clips",)
    assert "stock PLA is short: 24 pieces are needed" in found.what or "it uses 24 pieces of PLA" in found.what


def test_cheap_machines_get_the_pieces_where_cost_is_weighed(workshop: Problem) -> None:
    options = (Option("m0", 10, cost=5.0), Option("m1", 10, cost=1.0))
    task = Task("clips", options, quantity=40, split=Split(5))
    problem = replace(_problem(workshop, task), objective=Objective(makespan=1.0, cost=100.0))
    assert {machine for machine, _ in _lots(solve(problem, work=1))} == {"m1"}


@pytest.mark.parametrize(
    ("lots", "sentence"),
    [
        ([(1, 9), (2, 31)], "lot 1 of task clips has 9 pieces, and must have 10 at least"),
        ([(1, 9), (2, 31)], "lot 2 of task clips has 31 pieces, and must have 30 at most"),
        ([(1, 20), (2, 15)], "the lots of task clips make 35 pieces instead of 40"),
        ([(1, 20), (3, 20)], "the lots of task clips are not numbered from 1 on: [1, 3]"),
        ([(1, 20), (1, 20)], "task clips #1 is placed 2 times"),
        ([(0, 0), (1, 40)], "task clips is split, but a placement of it names no lot"),
        ([], "task clips is not placed"),
    ],
)
def test_the_judge_names_wrong_lots(workshop: Problem, lots: list[tuple[int, int]], sentence: str) -> None:
    problem = _problem(workshop, _clips(40, Split(10, 30)))
    placements, at_s = [], 0
    for lot, pieces in lots:
        end_s = at_s + 60 + 10 * pieces
        placements.append(Placement("clips", "m0", at_s, end_s, end_s, lot=lot, pieces=pieces))
        at_s = end_s
    assert sentence in violations(problem, Plan(tuple(placements), 0, "hand"))


def test_the_judge_names_a_lot_that_runs_too_short_and_lots_of_what_is_whole(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(40, Split(10)), Task("whole", (Option("m1", 5),)))
    short = Placement("clips", "m0", 0, 400, 400, lot=1, pieces=40)
    whole = Placement("whole", "m1", 0, 5, 5, lot=1, pieces=1)
    assert violations(problem, Plan((short, whole), 0, "hand")) == (
        "task whole is not split, but lot 1 of it is placed",
        "task clips #1 runs 400 s on machine m0 instead of 460 s",
    )
    plain = _problem(workshop, problem.tasks[1])
    assert violations(plain, Plan((whole,), 0, "hand")) == ("task whole is not split, but lot 1 of it is placed",)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Split(0), "split: a smallest lot of 0 is not from 1 to 1e6"),
        (lambda: Split(5, 4), "split: a largest lot of 4 is smaller than the smallest one of 5, or over 1e6"),
        (lambda: _clips(0, Split()), "task clips: a quantity of 0 is not from 1 to 1e6"),
        (lambda: _clips(7, Split(4, 6)), "task clips: 7 pieces cannot be divided into lots of 4 to 6"),
        (lambda: _clips(3000, Split(1, 2)), "task clips: 3000 pieces take 1500 lots, over 1000"),
        (lambda: Task("t", delay_s=5, split=Split()), "task t: it is a wait, and not split"),
        (lambda: replace(_clips(5, Split()), batch="PLA"), "task clips: it is split, and shares no run"),
        (
            lambda: replace(_clips(5, Split()), promise=Promise("m0", 0, 1)),
            "task clips: it is promised, and not split any more",
        ),
        (
            lambda: replace(_clips(5, Split()), fixed=Placement("clips", "m0", 0, 5, 5)),
            "task clips: it is fixed, and not split any more",
        ),
        (lambda: Task("t", (Option("m0", 5, lot_s=1),)), "task t: lot_s stands at an option, but it is not split"),
        (lambda: Option("m0", 5, lot_s=-1), "option m0: lot_s is -1, which is negative or too much"),
        (lambda: _clips(10**6, Split(), (10**4,)), "task clips: all its pieces together take more than a hundred"),
        (
            lambda: replace(_clips(10**6, Split()), uses=(Use("PLA", 10**7),)),
            "task clips: all its pieces together use more than 1e12 of a stock",
        ),
        (lambda: Placement("t", "m", 0, 1, 1, lot=1), "placement of t: lot 1 of 0 pieces is none"),
    ],
)
def test_bad_lots_are_refused(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(sentence)


def test_a_problem_refuses_what_does_not_fit_its_lots(workshop: Problem) -> None:
    clips, pack = _clips(40, Split(10)), Task("pack", (Option("m0", 5),))
    problem = _problem(workshop, clips, pack)
    with pytest.raises(InputError, match="41 pieces are not 1 to the 40 it makes"):
        replace(problem, precedences=(Precedence("clips", "pack", pieces=41),))
    with pytest.raises(InputError, match="pieces are counted only of a task that is split, which pack is not"):
        replace(problem, precedences=(Precedence("pack", "clips", pieces=1),))
    with pytest.raises(InputError, match="named like a lot of task clips"):
        replace(problem, tasks=(clips, replace(pack, id="clips #2")))
    with pytest.raises(InputError, match="divide them into lots first"):
        Network(problem)


def test_lots_are_written_and_read_and_older_versions_still_are(workshop: Problem) -> None:
    clips, pack = _clips(40, Split(10, 30)), Task("pack", (Option("m0", 5),))
    problem = replace(_problem(workshop, clips, pack), precedences=(Precedence("clips", "pack", pieces=10),))
    document = json.loads(json.dumps(problem_document(problem)))
    assert document["version"] == "fabcommons-problem/4"
    assert read_problem(document) == problem
    plan = solve(problem, work=0.2)
    written = json.loads(json.dumps(plan_document(problem, plan)))
    assert written["placements"][0].keys() >= {"lot", "pieces"}
    assert read_plan(written) == plan
    old = json.loads(json.dumps(problem_document(_problem(workshop, pack))))
    for version in (1, 2, 3):
        assert read_problem(old | {"version": f"fabcommons-problem/{version}"}).tasks == (pack,)
    assert read_plan(written | {"version": "fabcommons-plan/1", "placements": []}).placements == ()


def test_a_lot_that_fits_no_opening_is_told_with_its_pieces(workshop: Problem) -> None:
    hours = tuple(Window(1000 * day, 1000 * day + 100) for day in range(5))
    problem = _problem(workshop, _clips(40, Split(12, 20)))
    shut = replace(problem, labs=(Lab("lab", Calendar(hours)),),
                   machines=tuple(replace(each, unattended=False) for each in problem.machines))  # fmt: skip
    (found,) = unplaceable(shut)
    assert found.task == "clips"
    assert found.reason.startswith("even a lot of 14: machine m0: an attended run of 3 min 20 s is longer than any")
    with pytest.raises(PlanError, match="even a lot of 14"):
        solve(shut, work=0.1)
    smaller, longer, *_ = conflicts(shut)[0].changes
    assert smaller == "possible if a lot of clips may have fewer than 12 pieces"
    assert longer.startswith("possible if lab lab is open from")


def test_too_little_machine_time_for_all_pieces_is_told(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(4000, Split(10, 100)), until_s=10_000)
    (found,) = conflicts(problem)
    assert found.tasks == ("clips",)
    assert "that only m0, m1, m2 can do take" in found.what
    with pytest.raises(PlanError, match="that only m0, m1, m2 can do take"):
        solve(problem, work=0.1)


def test_explain_says_why_so_many_lots(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(110, Split(5, 60)))
    plan = solve(problem, work=1)
    told = explain(problem, plan, "clips")
    assert told.lots.startswith("its 110 pieces are made in 3 lots (")
    assert "in 2 lots it would be done 6 min 40 s later" in told.lots
    assert "in 4 lots it would be done" in told.lots
    assert explain(problem, plan, "clips #1").lots == ""
    one = _problem(workshop, _clips(40, Split(20, 20)))
    told_limits = explain(one, solve(one, work=0.2), "clips").lots
    assert told_limits.endswith("fewer cannot be, for a lot has 20 pieces at most; more cannot be, for a lot has 20 or "
                                "more")  # fmt: skip


def test_lots_keep_their_sizes_when_a_machine_fails(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(110, Split(5, 60)))
    plan = solve(problem, work=1)
    repaired = repair(problem, plan, MachineDown("m0", 300, 2000), 300)
    assert violations(repaired.problem, repaired.plan) == ()
    assert repaired.moved == (next(f"clips #{each.lot}" for each in plan.placements if each.machine == "m0"),)
    sizes = sorted(task.quantity for task in repaired.problem.tasks if task.id.startswith("clips"))
    assert sizes == sorted(pieces for _, pieces in _lots(plan))
    better = polish(repaired.problem, repaired.plan, price=1, work=0.1)
    assert violations(repaired.problem, better) == ()
    assert read_problem(problem_document(repaired.problem)) == repaired.problem
    with pytest.raises(InputError, match="task clips is made in lots"):
        repair(problem, plan, Failed("clips"), 300)


def test_an_incumbent_never_gets_worse_and_progress_is_told(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(500, Split(5, 200), (7, 11, 13)), Task("other", (Option("m0", 900),)))
    told: list[Plan] = []
    first = solve(problem, work=0.1, progress=told.append)
    assert told[-1].makespan_s == first.makespan_s
    assert solve(problem, work=0.1) == first
    assert solve(problem, work=0.1, incumbent=first).makespan_s <= first.makespan_s
    stopped = solve(problem, seconds=30, cancelled=lambda: True)
    assert violations(problem, stopped) == ()


def test_people_and_plates_live_beside_lots(workshop: Problem) -> None:
    clips = replace(_clips(20, Split(5)), needs=(Need("welding"),))
    parts = tuple(Task(f"p{n}", (Option("bed", 100),), batch="PLA") for n in range(3))
    problem = _problem(workshop)
    problem = replace(
        problem,
        tasks=(clips, *parts),
        machines=(*problem.machines, Machine("bed", "lab", True, plate=Plate(most_tasks=3))),
        people=(Person("ann", "lab", ("welding",)), Person("bo", "lab", ("welding",))),
    )
    plan = solve(problem, work=0.5)
    assert violations(problem, plan) == ()
    assert all(each.people for each in plan.placements if each.lot)


def test_the_command_line_shows_lots(workshop: Problem, tmp_path: Path) -> None:
    problem = _problem(workshop, _clips(110, Split(5, 60)))
    files = {name: tmp_path / f"{name}.json" for name in ("problem", "plan", "new", "now")}
    svg = tmp_path / "plan.svg"
    files["problem"].write_text(json.dumps(problem_document(problem)))

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(app, ["schedule", *map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.output

    solved = run("solve", files["problem"], "--seconds", 1, "--workers", 1, "--out", files["plan"], "--svg", svg)
    assert "clips, lot 1: " in solved
    assert "clips, lot 1: " in svg.read_text()
    assert "valid: 3 placements" in run("validate", files["problem"], files["plan"])
    assert "its 110 pieces are made in 3 lots" in run("explain", files["problem"], files["plan"], "clips")
    run("repair", files["problem"], files["plan"], "--event", "down:m0:300:2000", "--now", 300,
        "--out", files["new"], "--problem", files["now"])  # fmt: skip
    assert "valid" in run("validate", files["now"], files["new"])


def _split_at_random(problem: Problem, seed: int) -> Problem:
    """The problem with one or two tasks of a few pieces, and arrows that count some of them."""
    random = Random(seed)
    work = [task.id for task in problem.tasks if task.options and task.fixed is None]
    chosen = set(random.sample(work, min(len(work), random.randint(1, 2))))

    def task(each: Task) -> Task:
        if each.id not in chosen:
            return each
        pieces = random.randint(1, 5)
        smallest = random.randint(1, pieces)
        largest = random.choice((None, random.randint(smallest, pieces)))
        options = tuple(
            replace(o, duration_s=max(1, o.duration_s // 3), lot_s=random.randint(0, 3)) for o in each.options
        )
        split = Split(smallest, largest)
        if split.fewest_lots(pieces) > split.most_lots(pieces):
            split = Split(1, largest)
        return replace(each, options=options, quantity=pieces, split=split)

    tasks = {each.id: task(each) for each in problem.tasks}
    arrows = tuple(
        replace(arrow, pieces=random.randint(1, tasks[arrow.before].quantity))
        if arrow.before in chosen and random.random() < 0.4
        else arrow
        for arrow in problem.precedences
    )
    return replace(problem, tasks=tuple(tasks.values()), precedences=arrows)


def _compositions(pieces: int, smallest: int, largest: int) -> Iterator[tuple[int, ...]]:
    if pieces == 0:
        yield ()
    for first in range(smallest, min(pieces, largest) + 1):
        for rest in _compositions(pieces - first, smallest, largest):
            yield (first, *rest)


def _by_hand(problem: Problem, shortest: Callable[[Problem], int | None]) -> int | None:
    """The smallest makespan of all ways to divide, each with its lots in every order."""
    split = [task for task in problem.tasks if task.split is not None]
    ways = [
        list(_compositions(task.quantity, task.split.smallest, task.split.largest or task.quantity))
        for task in split
        if task.split is not None
    ]
    counted = any(arrow.pieces is not None for arrow in problem.precedences)
    best: int | None = None
    for sizes in product(*ways):
        if not counted and any(list(each) != sorted(each) for each in sizes):
            continue
        way = divided(problem, dict(zip((task.id for task in split), sizes, strict=True)))
        found = shortest(way.problem)
        best = found if best is None or (found is not None and found < best) else best
    return best


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_small_problems_are_solved_as_well_as_by_hand_and_no_bound_is_above(
    make_problem: Callable[..., Problem], shortest: Callable[[Problem], int | None], seed: int
) -> None:
    problem = _split_at_random(make_problem(seed, tasks=2), seed)
    pieces = sum(task.quantity // task.split.smallest for task in problem.tasks if task.split is not None)
    assume(pieces + len(problem.tasks) <= 6)
    best = _by_hand(problem, shortest)
    if best is None:
        with pytest.raises(PlanError):
            solve(problem, work=0.2)
        return
    plan = solve(problem, work=1)
    assert violations(problem, plan) == ()
    assert bound_of_lots(problem) <= best
    assert plan.lower_bound_s <= best <= plan.makespan_s
    # Where several wait for some pieces of one task, each may wait for other lots, which no order of lots tells.
    assert plan.makespan_s == best


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), rich=st.booleans())
def test_a_plan_is_valid_or_the_reason_is_told(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int, rich: bool
) -> None:
    problem = make_problem(seed, tasks=5)
    problem = _split_at_random(enrich(problem, seed) if rich else problem, seed)
    assert read_problem(problem_document(problem)) == problem
    try:
        plan = solve(problem, work=0.1)
    except PlanError as error:
        assert error.what  # noqa: PT017 - what it says is a reason
        return
    assert violations(problem, plan) == ()
    assert not conflicts(problem)
    runs, placed = apart(problem, plan)
    assert violations(runs, placed) == ()
    for task in problem.tasks:
        assert explain(problem, plan, task.id).when
    assert read_plan(plan_document(problem, plan)) == plan


def test_transport_is_kept_between_lots_and_what_waits(workshop: Problem) -> None:
    problem = _problem(workshop, _clips(40, Split(10), (10, 10)), Task("pack", (Option("m2", 5),)))
    labs = (*problem.labs, replace(problem.labs[0], id="far"))
    machines = (problem.machines[0], replace(problem.machines[1], lab="far"), problem.machines[2])
    problem = replace(
        problem, labs=labs, machines=machines, transport=Transport({("lab", "far"): 100}),
        precedences=(Precedence("clips", "pack"),),
    )  # fmt: skip
    plan = solve(problem, work=1)
    assert violations(problem, plan) == ()
    assert plan.placement("pack").start_s == 310  # 25 pieces here until 310 s, 15 there until 210 s and on the way
