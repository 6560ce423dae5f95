from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar
from scheduler.events import Declined, Event, Failed, LabCloses, MachineDown, NewOrder, Nothing, TaskEnds
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, SetUps, Task, Use
from scheduler.standing import Standing
from scheduler.validator import violations
from scheduler.watch import Watch


def _planned(problem: Problem) -> Plan | None:
    found = decode(Network(problem), [float(place) for place in range(len(problem.tasks))])
    return Plan(found.placements, 0, "list") if isinstance(found, Schedule) else None


def _with_set_ups(problem: Problem, random: Random) -> Problem:
    """Families whose set-ups need not keep the triangle's rule."""
    ways = {("a", "b"): random.randint(0, 2), ("b", "c"): random.randint(0, 2), ("a", "c"): random.randint(0, 12)}
    tasks = tuple(replace(task, family=random.choice(("a", "b", "c"))) for task in problem.tasks)
    return replace(problem, tasks=tasks, set_ups=SetUps(ways))


def _order(problem: Problem, standing: Standing, random: Random, number: int) -> NewOrder:
    machines = [machine.id for machine in problem.machines]
    uses = tuple(Use(stock.id, 1) for stock in problem.stocks)
    tasks = [
        Task(
            f"n{number}.{k}",
            tuple(Option(each, random.randint(1, 4), uses=uses) for each in random.sample(machines, 1)),
            family=random.choice([task.family for task in problem.tasks]),
        )
        for k in range(random.randint(1, 3))
    ]
    arcs = [Precedence(tasks[0].id, each.id, random.randint(0, 2)) for each in tasks[1:]]
    old = random.choice([task.id for task in problem.tasks if "is down from" not in task.id])
    return NewOrder(tuple(tasks), (*arcs, Precedence(old, tasks[-1].id)))


def _event(problem: Problem, standing: Standing, random: Random, now_s: int, number: int) -> Event:
    task = random.choice([task for task in problem.tasks if "is down from" not in task.id])
    from_s, length_s = random.randint(max(0, now_s - 5), 50), random.randint(1, 15)
    events: list[Event] = [
        MachineDown(random.choice(problem.machines).id, from_s, from_s + length_s),
        LabCloses(random.choice(problem.labs).id, from_s, from_s + length_s),
        Nothing(),
        Failed(task.id),
        _order(problem, standing, random, number),
    ]
    if task.options:
        events.append(Declined(task.id, random.choice(task.options).machine))
    start_s = standing.placement(task.id).start_s
    if start_s <= now_s:
        events.append(TaskEnds(task.id, max(now_s, start_s) + random.randint(0, 12)))
    return random.choice(events)


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(("plain", "set-ups", "rich")))
def test_one_event_after_another_leaves_a_valid_plan_and_history_alone(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int, kind: str
) -> None:
    """The rich have operators, attended set-ups, hand work that pauses, and material."""
    random = Random(seed)
    problem = make_problem(seed, tasks=8)
    if kind != "plain":
        problem = _with_set_ups(problem, random) if kind == "set-ups" else enrich(problem, seed)
    plan = _planned(problem)
    if plan is None:
        return
    standing = Standing(problem, plan.placements)
    placed = {each.task: each for each in plan.placements}
    now_s = 0
    for number in range(6):
        now_s += random.randint(0, 8)
        event = _event(problem, standing, random, now_s, number)
        try:
            changed = standing.take(event, now_s)
        except (PlanError, InputError) as error:
            if "breaks a rule" in str(error):
                raise
            assert {name: standing.placement(name) for name in placed} == placed  # nothing has changed
            continue
        problem = event.change(problem, placed, now_s)
        assert all(each != placed.get(each.task) for each in changed)
        placed.update((each.task, each) for each in changed)
        placed.update((task.id, task.fixed) for task in problem.tasks if task.fixed is not None)
        result = Plan(tuple(placed[task.id] for task in problem.tasks), 0, "hand")
        assert violations(problem, result) == (), event
        assert standing.problem == problem
        assert standing.plan.placements == result.placements
        placed = {name: each for name, each in placed.items() if " is down from " not in name}


def _floor(workshop: Problem, orders: int = 30) -> Problem:
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(6))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(m.id, 20 + (7 * n + 11 * k) % 30) for k, m in enumerate(machines)))
        for n in range(4 * orders)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(4 * orders - 1) if n % 4 != 3)
    return Problem(workshop.origin, 50_000, (Lab("lab", Calendar.always(50_000)),), machines, tasks, arcs)


def _standing(problem: Problem) -> tuple[Standing, dict[str, Placement]]:
    plan = _planned(problem)
    assert plan is not None
    return Standing(problem, plan.placements), {each.task: each for each in plan.placements}


def test_work_that_was_running_when_the_plan_was_taken_up_is_lost_with_its_machine(workshop: Problem) -> None:
    problem = _floor(workshop, orders=5)
    standing, placed = _standing(problem)
    running = next(each for each in placed.values() if each.machine == "m0" and each.start_s == 0)
    fixed = tuple(replace(task, fixed=placed[task.id]) if task.id == running.task else task for task in problem.tasks)
    standing = Standing(replace(problem, tasks=fixed), tuple(placed.values()))
    changed = {each.task: each for each in standing.take(MachineDown("m0", 5, 9000), 5)}
    assert running.task in changed
    assert changed[running.task].machine != "m0" or changed[running.task].start_s >= 9000


def test_a_run_that_is_late_pushes_its_machine_and_nobody_else_without_need(workshop: Problem) -> None:
    standing, placed = _standing(_floor(workshop))
    first = next(each for each in placed.values() if each.start_s == 0 and each.machine == "m1")
    changed = standing.take(TaskEnds(first.task, first.end_s + 3), 10)
    assert 1 < len(changed) < 20
    assert all(placed[each.task].machine == each.machine for each in changed)


def test_a_run_that_ends_early_moves_nothing_else(workshop: Problem) -> None:
    standing, placed = _standing(_floor(workshop))
    first = next(each for each in placed.values() if each.start_s == 0)
    assert [each.task for each in standing.take(TaskEnds(first.task, 10), 10)] == [first.task]


def test_a_lab_that_opens_no_more_loses_its_work_and_the_plan_stays_as_it_was(workshop: Problem) -> None:
    standing, placed = _standing(_floor(workshop, orders=3))
    with pytest.raises(PlanError, match="finds no place"):
        standing.take(LabCloses("lab", 0, 50_000), 0)
    assert {name: standing.placement(name) for name in placed} == placed
    assert standing.take(Nothing(), 0) == ()


def test_a_new_family_and_a_new_order_behind_standing_work_are_taken_in(workshop: Problem) -> None:
    problem = _floor(workshop, orders=3)
    standing, placed = _standing(replace(problem, set_ups=SetUps(default_s=40)))
    tasks = (Task("n2", (Option("m2", 9),), family="red"), Task("n1", (Option("m2", 9),), family="blue"))
    changed = standing.take(NewOrder(tasks, (Precedence("n1", "n2"), Precedence("t11", "n1"))), 7)
    new = {each.task: each for each in changed}
    assert set(new) == {"n1", "n2"}
    assert new["n1"].start_s >= placed["t11"].end_s
    assert new["n2"].start_s >= new["n1"].end_s + 40
    assert violations(standing.problem, standing.plan) == ()


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (MachineDown("m9", 0, 5), "machine m9 is unknown"),
        (LabCloses("lab", 5, 5), "does not end after its start"),
        (Declined("t99", "m0"), "task t99 is unknown"),
        (NewOrder((Task("t0", (Option("m0", 1),)),)), "task t0 stands twice"),
        (NewOrder((Task("n", (Option("m9", 1),)),)), "machine m9 is unknown"),
        (NewOrder((Task("n", delay_s=1), Task("n", delay_s=2))), "a new task stands twice"),
        (NewOrder((Task("n", delay_s=1),), (Precedence("n", "t3"),)), "t3 stands already"),
        (NewOrder((Task("n", delay_s=1),), (Precedence("t99", "n"),)), "task t99 is unknown"),
        (
            NewOrder((Task("n", delay_s=1), Task("o", delay_s=1)), (Precedence("n", "o"), Precedence("o", "n"))),
            "in a circle",
        ),
        (NewOrder((Task("n", fixed=Placement("n", "m0", 0, 1, 1)),)), "new task n is fixed"),
    ],
)
def test_events_that_make_no_sense_change_nothing(workshop: Problem, event: Event, what: str) -> None:
    standing, _ = _standing(_floor(workshop, orders=3))
    problem, plan = standing.problem, standing.plan
    with pytest.raises(InputError, match=what):
        standing.take(event, 0)
    assert (standing.problem, standing.plan) == (problem, plan)


@pytest.mark.parametrize("moment_s", [10**30, -(10**30)])
def test_moments_that_no_plan_can_hold_are_refused(workshop: Problem, moment_s: int) -> None:
    for make in (
        lambda: MachineDown("m0", 0, moment_s),
        lambda: LabCloses("lab", moment_s, 5),
        lambda: TaskEnds("t0", moment_s),
        lambda: _standing(_floor(workshop, orders=1))[0].take(Nothing(), moment_s),
    ):
        with pytest.raises(InputError, match="more than a hundred years from the origin"):
            make()


def _told(event: Event, now_s: int, problem: Problem, wrong: Callable[[Placement], Placement]) -> tuple[str, ...]:
    """What the judge says when one placement that a repair changed is spoiled."""
    standing, placed = _standing(problem)
    watch = Watch(problem, placed.values())
    changed = list(standing.take(event, now_s))
    changed[0] = wrong(changed[0])
    return watch.judge(event, now_s, changed)


def _later(placement: Placement, by_s: int) -> Placement:
    return Placement(
        placement.task, placement.machine, placement.start_s + by_s, placement.run_end_s + by_s, placement.end_s + by_s
    )


def test_the_judge_of_what_changed_sees_what_a_repair_does_wrong(workshop: Problem) -> None:
    problem = _floor(workshop)
    down = MachineDown("m2", 300, 900)
    assert _told(down, 300, problem, lambda each: each) == ()
    assert any("starts at" in each for each in _told(down, 300, problem, lambda each: _later(each, -400)))
    assert any("are both on machine" in each for each in _told(down, 300, problem, lambda each: _later(each, 1)))
    wrong = _told(down, 300, problem, lambda each: replace(each, machine="m2", start_s=400, run_end_s=430, end_s=430))
    assert any("m2 is down" in each for each in wrong)
    assert any(
        "instead of" in each
        for each in _told(
            down, 300, problem, lambda each: replace(each, run_end_s=each.end_s + 1, end_s=each.end_s + 1)
        )
    )


def test_the_judge_of_what_changed_sees_what_a_repair_forgets(workshop: Problem) -> None:
    problem = _floor(workshop)
    standing, placed = _standing(problem)
    event = MachineDown("m2", 300, 900)
    changed = standing.take(event, 300)
    lost = next(each.task for each in changed if placed[each.task].machine == "m2")
    told = Watch(problem, placed.values()).judge(event, 300, [each for each in changed if each.task != lost])
    assert any(lost in each for each in told)
    other = next(each for each in placed.values() if each.start_s < 300 and each.machine != "m2")
    told = Watch(problem, placed.values()).judge(event, 300, [*changed, _later(other, 5000)])
    assert f"task {other.task} had started at {other.start_s} s but has moved" in told
