"""Operators and material in standing plans: what is taken, given back, made anew and judged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar, Window
from scheduler.events import Declined, Failed, LabCloses, MachineDown, NewOrder, TaskEnds
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Delivery, Lab, Machine, Need, Option, Person, Problem, Shift, Stock, Task, Use
from scheduler.repair import repair
from scheduler.search.levels import Levels, ready_stock, take_span, take_stock
from scheduler.shop import NEVER
from scheduler.standing import Standing
from scheduler.tables import Tables
from scheduler.validator import violations
from scheduler.watch import Watch


def _levels(*steps: tuple[int, int]) -> Levels:
    rows = np.zeros((200, 3), dtype=np.int64)
    rows[: len(steps) + 1] = [(-NEVER, 0, 0), *((at_s, level, level) for at_s, level in steps)]
    return Levels(np.array([0, 200], dtype=np.int64), np.array([len(steps) + 1], dtype=np.int64), rows)


@given(
    spans=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(1, 3)), min_size=1, max_size=12),
    seed=st.integers(0, 10**6),
)
def test_what_is_taken_and_given_back_leaves_a_level_as_it_was(spans: list[tuple[int, int, int]], seed: int) -> None:
    levels = _levels((5, 4), (40, 0), (50, 2), (90, 0))
    before = levels.rows[: levels.size[0]].copy()
    for from_s, length_s, amount in spans:
        take_span(levels, 0, from_s, from_s + length_s, amount)
    for from_s, length_s, amount in Random(seed).sample(spans, len(spans)):
        take_span(levels, 0, from_s, from_s + length_s, -amount)
    assert levels.size[0] == len(before)
    assert (levels.rows[: len(before), :2] == before[:, :2]).all()


@given(uses=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5)), max_size=10), seed=st.integers(0, 10**6))
def test_material_brought_back_may_be_taken_again(uses: list[tuple[int, int]], seed: int) -> None:
    levels, some = _levels((0, 9), (20, 30), (45, 60)), Random(seed)
    for at_s, amount in uses:
        take_stock(levels, 0, at_s, amount)
    back = some.sample(uses, some.randint(0, len(uses)))
    for at_s, amount in back:
        take_stock(levels, 0, at_s, -amount)
    left = list(uses)
    for each in back:
        left.remove(each)
    deliveries = {0: 9, 20: 30, 45: 60}
    there = []
    for moment_s in range(62):
        level = max((much for at_s, much in deliveries.items() if at_s <= moment_s), default=0)
        there.append(level - sum(amount for at_s, amount in left if at_s <= moment_s))
    for amount in (1, 5, 20):
        wanted = next((at_s for at_s in range(62) if min(there[at_s:]) >= amount), None)
        found = ready_stock(levels, 0, amount)
        assert found == wanted if wanted is not None else found > 60


def _rich(workshop: Problem, tasks: int = 40) -> Problem:
    """Two labs, open by day; one operator each for three machines; a material that comes twice."""
    days = tuple(Window(day * 1000, day * 1000 + 600) for day in range(40))
    shifts = tuple(Shift(each.start_s, each.end_s) for each in days)
    labs = tuple(Lab(name, Calendar(days), shifts) for name in ("east", "west"))
    machines = tuple(
        Machine(f"m{n}", labs[n % 2].id, True, attend_start_s=8, attend_end_s=6, attends_set_up=True) for n in range(6)
    )
    uses = (Use("pla", 2),)
    work = tuple(
        Task(
            f"t{n}",
            tuple(Option(f"m{(n + k) % 6}", 40 + (7 * n + 11 * k) % 60, uses=uses) for k in range(3)),
            family=("", "red", "blue")[n % 3],
        )
        for n in range(tasks)
    )
    stock = Stock("pla", tasks, (Delivery(1000, 3 * tasks),))
    return replace(
        workshop, horizon_s=40_000, labs=labs, machines=machines, tasks=work, precedences=(), stocks=(stock,),
        transport=replace(workshop.transport, seconds={("east", "west"): 30}),
        set_ups=replace(workshop.set_ups, default_s=10),
    )  # fmt: skip


def _planned(problem: Problem) -> Plan:
    found = decode(Network(problem), [float(place) for place in range(len(problem.tasks))])
    assert isinstance(found, Schedule)
    return Plan(found.placements, 0, "list")


@pytest.mark.parametrize("kind", ["down", "closed", "failed", "late", "new"])
def test_every_event_leaves_a_valid_plan_that_moves_little(workshop: Problem, kind: str) -> None:
    problem = _rich(workshop)
    plan = _planned(problem)
    running = next(each for each in plan.placements if each.start_s < 100 < each.run_end_s)
    use = Task("n", (Option("m1", 50, uses=(Use("pla", 3),)),), family="red")
    event = {
        "down": MachineDown("m1", 100, 2500),
        "closed": LabCloses("east", 120, 1100),
        "failed": Failed(running.task),
        "late": TaskEnds(running.task, running.end_s + 70),
        "new": NewOrder((use,)),
    }[kind]
    standing = Standing(problem, plan.placements)
    changed = standing.take(event, 100)
    assert 0 < len(changed) < 40
    assert violations(standing.problem, standing.plan) == ()
    listed = repair(problem, plan, event, 100)
    assert set(listed.plan.placements) == set(standing.plan.placements)


def test_a_lab_may_close_many_times(workshop: Problem) -> None:
    """Its hours come in more pieces each time."""
    problem = _rich(workshop, tasks=12)
    standing = Standing(problem, _planned(problem).placements)
    for number in range(80):
        from_s = 2000 + number * 20
        standing.take(LabCloses("west", from_s, from_s + 7), 0)
    assert violations(standing.problem, standing.plan) == ()


def test_what_the_tables_hold_is_what_the_plan_takes(workshop: Problem) -> None:
    """After many events, tables made anew from the plan have the same levels."""
    problem = _rich(workshop)
    plan = _planned(problem)
    standing = Standing(problem, plan.placements)
    running = next(each for each in plan.placements if each.start_s < 50 < each.run_end_s)
    for event, now_s in (
        (MachineDown("m1", 60, 2500), 60), (LabCloses("east", 100, 1100), 61), (Failed(running.task), 62),
    ):  # fmt: skip
        standing.take(event, now_s)
    told, anew = standing._tables.floor, Tables(standing.problem, standing.plan.placements).floor
    for resource in range(2):
        rows = [
            {int(at_s): int(level) for at_s, level, _ in levels.rows[first : first + levels.size[resource]].tolist()}
            for levels in (told.supplies.levels, anew.supplies.levels)
            for first in [int(levels.first[resource])]
        ]
        assert _at(rows[0], 62) == _at(rows[1], 62)
    assert (told.held[: len(anew.held)] == anew.held[: len(told.held)]).all()


def _attended_set_ups(workshop: Problem, *more: Task) -> Standing:
    """One operator; on m0 blue work stands behind blue work behind red work, which m2 could do too."""
    lab = Lab("lab", Calendar.always(1000), (Shift(0, 1000),))
    machines = (
        Machine("m0", "lab", True, attends_set_up=True),
        Machine("m1", "lab", False, attends_run=True),
        Machine("m2", "lab", True),
    )
    tasks = (
        Task("red", (Option("m0", 50),), family="red"),
        Task("blue", (Option("m0", 50), Option("m2", 120)), family="blue"),
        Task("behind", (Option("m0", 50),), family="blue"),
        *more,
    )
    problem = replace(
        workshop, horizon_s=1000, labs=(lab,), machines=machines, tasks=tasks, precedences=(),
        transport=replace(workshop.transport, seconds={}), set_ups=replace(workshop.set_ups, default_s=10),
    )  # fmt: skip
    plan = _planned(problem)
    assert [(each.start_s, each.end_s) for each in plan.placements[:3]] == [(0, 50), (60, 110), (110, 160)]
    return Standing(problem, plan.placements)


def test_the_set_up_of_what_follows_takes_an_operator_when_work_between_goes(workshop: Problem) -> None:
    standing = _attended_set_ups(workshop)
    assert [each.task for each in standing.take(Declined("blue", "m0"), 10)] == ["blue"]
    hand = NewOrder((Task("hand", (Option("m1", 20),), release_s=95),))
    assert [each.start_s for each in standing.take(hand, 11)] == [110]


def test_what_finds_no_operator_for_its_new_set_up_waits(workshop: Problem) -> None:
    standing = _attended_set_ups(workshop, Task("hand", (Option("m1", 20),), release_s=95))
    assert standing.placement("hand").start_s == 95
    changed = {each.task: each for each in standing.take(Declined("blue", "m0"), 10)}
    assert changed.keys() == {"blue", "behind"}
    assert changed["behind"].start_s == 125
    assert violations(standing.problem, standing.plan) == ()


def _at(levels: dict[int, int], from_s: int) -> list[tuple[int, int]]:
    """The level at each moment in which it changes, from one moment on."""
    last = max(at_s for at_s in levels if at_s <= from_s)
    return [(max(at_s, from_s), level) for at_s, level in sorted(levels.items()) if at_s >= last]


def _told(problem: Problem, change: Callable[[Placement], Placement]) -> tuple[str, ...]:
    """What the judge says when a new task is placed otherwise than the repair placed it."""
    plan = _planned(problem)
    standing = Standing(problem, plan.placements)
    event = NewOrder((Task("n", (Option("m0", 50, uses=(Use("pla", 3),)),)),))
    (placed,) = standing.take(event, 100)
    return Watch(problem, plan.placements).judge(event, 100, [change(placed)])


def test_the_judge_sees_who_and_what_is_short(workshop: Problem) -> None:
    problem = _rich(workshop, tasks=12)
    assert _told(problem, lambda each: each) == ()

    def taken_off_by_night(each: Placement) -> Placement:
        return replace(each, start_s=550, run_end_s=600, end_s=606)

    assert any("not inside one opening of lab east" in each for each in _told(problem, taken_off_by_night))
    other = next(each for each in _planned(problem).placements if each.machine in ("m2", "m4") and each.start_s >= 100)

    def beside(each: Placement) -> Placement:
        return replace(each, start_s=other.start_s, run_end_s=other.start_s + 50, end_s=other.start_s + 56)

    assert any("lab east is short of 1 operators" in each for each in _told(problem, beside))
    scarce = replace(problem, stocks=(Stock("pla", 26, (Delivery(5000, 9),)),))
    assert _told(scarce, lambda each: each) == ()

    def early(each: Placement) -> Placement:
        return replace(each, start_s=4000, run_end_s=4050, end_s=4056)

    assert any("stock pla" in each and "only 26 are there" in each for each in _told(scarce, early))


def test_people_and_shared_runs_are_left_to_repair(workshop: Problem) -> None:
    problem = replace(
        _rich(workshop, tasks=4),
        people=(Person("ann", "east", ("saw",)),),
        tasks=(Task("hand", (Option("m0", 30),), needs=(Need("saw"),)),),
    )
    plan = _planned(problem)
    with pytest.raises(InputError, match="knows no people"):
        Standing(problem, plan.placements)
    after = repair(problem, plan, MachineDown("m0", 0, 5), 0)
    assert violations(after.problem, after.plan) == ()


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_an_event_that_fails_leaves_the_tables_as_they_were(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int
) -> None:
    problem = enrich(make_problem(seed, tasks=8), seed)
    found = decode(Network(problem), [float(place) for place in range(len(problem.tasks))])
    if not isinstance(found, Schedule):
        return
    standing = Standing(problem, found.placements)
    kept = standing._tables.floor.keep()
    every = tuple(Option(machine.id, 2) for machine in problem.machines)
    never = Task("never", every, family="new", release_s=problem.horizon_s)
    with pytest.raises(PlanError):
        standing.take(NewOrder((Task("first", every), never)), 1)
    with suppress(PlanError):
        standing.take(LabCloses(problem.labs[0].id, 1, problem.horizon_s), 1)
        return
    after = standing._tables.floor.keep()
    for name in ("slot_rows", "level_sizes", "level_rows", "held", "states", "was", "allowed", "position"):
        assert (getattr(kept, name) == getattr(after, name)).all(), name
    assert (kept.graph.nodes[:, :8] == after.graph.nodes[:, :8]).all()
    assert (kept.shop.tasks == after.shop.tasks).all()
