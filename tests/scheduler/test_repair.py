from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar
from scheduler.events import Declined, Event, Failed, LabCloses, MachineDown, Nothing, TaskEnds
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task
from scheduler.repair import Standing, polish, repair
from scheduler.validator import violations


def _event(problem: Problem, plan: Plan, random: Random) -> Event:
    task = random.choice([task for task in problem.tasks if task.fixed is None])
    machine = random.choice(problem.machines)
    from_s, length = random.randint(0, 40), random.randint(1, 15)
    options: list[Event] = [
        MachineDown(machine.id, from_s, from_s + length),
        LabCloses(random.choice(problem.labs).id, from_s, from_s + length),
        Nothing(),
    ]
    if task.options:
        options += [Failed(task.id), Declined(task.id, random.choice(task.options).machine)]
        placed = plan.placement(task.id)
        if placed.start_s >= 0:
            options.append(TaskEnds(task.id, placed.start_s + random.randint(0, 12)))
    return random.choice(options)


@given(seed=st.integers(0, 10**6), rich=st.booleans())
def test_any_event_gives_a_valid_plan_or_a_reason(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int, rich: bool
) -> None:
    problem = make_problem(seed, tasks=9)
    problem = enrich(problem, seed) if rich else problem
    if not any(task.fixed is None for task in problem.tasks):
        return
    numbers = [float(place) for place in range(len(problem.tasks))]
    found = decode(Network(problem), numbers)
    if not isinstance(found, Schedule):
        return
    plan, random = Plan(found.placements, 0, "list"), Random(seed)
    now_s = random.randint(0, 30)
    event = _event(problem, plan, random)
    try:
        repaired = repair(problem, plan, event, now_s)
    except (PlanError, InputError) as error:
        if "breaks a rule" in str(error):
            raise
        return
    assert violations(repaired.problem, repaired.plan) == ()
    for old in plan.placements:
        new = repaired.plan.placement(old.task)
        if (
            old.start_s < now_s
            and old.task not in (getattr(event, "task", None),)
            and not isinstance(event, MachineDown)
        ):
            assert new == old
        assert (new != old) == (old.task in repaired.moved)


def _floor(workshop: Problem, orders: int = 60) -> Problem:
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(6))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(m.id, 20 + (7 * n + 11 * k) % 30) for k, m in enumerate(machines)))
        for n in range(4 * orders)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(4 * orders - 1) if n % 4 != 3)
    return Problem(workshop.origin, 50_000, (Lab("lab", Calendar.always(50_000)),), machines, tasks, arcs)


def _plan(problem: Problem) -> Plan:
    found = decode(Network(problem), [float(place) for place in range(len(problem.tasks))])
    assert isinstance(found, Schedule)
    return Plan(found.placements, 0, "list")


def test_a_machine_that_fails_moves_its_own_work_and_little_else(workshop: Problem) -> None:
    problem = _floor(workshop)
    plan = _plan(problem)
    on = {each.task for each in plan.placements if each.machine == "m2" and each.end_s > 300}
    repaired = repair(problem, plan, MachineDown("m2", 300, 50_000), 300)
    assert on <= set(repaired.moved)
    elsewhere = [
        each.task
        for each in repaired.plan.placements
        if each.task not in on and not each.task.startswith("m2") and each.machine != plan.placement(each.task).machine
    ]
    assert len(elsewhere) <= 0.02 * len(problem.tasks)
    for old in plan.placements:
        if old.start_s < 300 and old.task not in on:
            assert repaired.plan.placement(old.task) == old


def test_a_standing_plan_takes_one_failure_after_another(workshop: Problem) -> None:
    problem = _floor(workshop)
    plan = _plan(problem)
    standing = Standing(problem, plan.placements)
    placed = {each.task: each for each in plan.placements}
    for number, (machine, now_s) in enumerate((("m1", 100), ("m4", 250), ("m1", 700))):
        before = {task: each for task, each in placed.items() if task in {t.id for t in problem.tasks}}
        event = MachineDown(machine, now_s, now_s + 400)
        changed = standing.machine_down(machine, now_s, now_s + 400, now_s)
        problem = event.change(problem, before, now_s)
        placed.update({each.task: each for each in changed})
        placed.update({task.id: task.fixed for task in problem.tasks if task.fixed is not None})
        result = Plan(tuple(placed[task.id] for task in problem.tasks), 0, "hand")
        assert violations(problem, result) == (), number
        assert changed


def test_a_late_task_pushes_only_what_waits_for_it_or_its_machine(workshop: Problem) -> None:
    problem = _floor(workshop, orders=3)
    plan = _plan(problem)
    first = next(each for each in plan.placements if each.start_s == 0)
    repaired = repair(problem, plan, TaskEnds(first.task, first.end_s + 1), first.start_s + 1)
    assert violations(repaired.problem, repaired.plan) == ()
    early = repair(problem, plan, TaskEnds(first.task, first.end_s - 1), first.start_s + 1)
    assert early.moved == (first.task,)


def test_new_work_goes_into_the_gaps(workshop: Problem) -> None:
    problem = _floor(workshop, orders=3)
    plan = _plan(problem)
    more = replace(problem, tasks=(*problem.tasks, Task("new", (Option("m0", 5),))))
    repaired = repair(more, plan, Nothing(), 0)
    assert repaired.moved == ()
    assert repaired.plan.placement("new").end_s > 0


def test_a_declined_task_goes_elsewhere_or_is_told_to_have_nowhere(workshop: Problem) -> None:
    problem = _floor(workshop, orders=3)
    plan = _plan(problem)
    on = plan.placement("t0").machine
    assert on is not None
    repaired = repair(problem, plan, Declined("t0", on), 0)
    assert repaired.plan.placement("t0").machine != on
    only = replace(problem, tasks=(replace(problem.tasks[0], options=(Option(on, 20),)), *problem.tasks[1:]))
    with pytest.raises(InputError, match="no machine but"):
        repair(only, plan, Declined("t0", on), 0)


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (MachineDown("m9", 0, 5), "machine m9 is unknown"),
        (MachineDown("saw", 5, 5), "does not end after its start"),
        (LabCloses("west", 0, 5), "lab west is unknown"),
        (Failed("t77"), "task t77 is unknown"),
        (TaskEnds("leg", -100), "before its start"),
    ],
)
def test_events_that_make_no_sense_are_refused(workshop: Problem, event: Event, what: str) -> None:
    leg = Placement("leg", "saw", 15, 55, 55)
    with pytest.raises(InputError, match=what):
        repair(workshop, Plan((leg,), 0, "hand"), event, 0)


def test_polish_pays_for_every_change(workshop: Problem) -> None:
    problem = _floor(workshop, orders=8)
    plan = _plan(problem)
    after = repair(problem, plan, MachineDown("m2", 30, 500), 30)
    dear = polish(after.problem, after.plan, price=1e6, work=1.0, workers=1)
    assert dear.placements == after.plan.placements
    free = polish(after.problem, after.plan, price=0.0, work=1.0, workers=1)
    assert violations(after.problem, free) == ()
    assert free.makespan_s < after.plan.makespan_s


def test_work_that_finds_no_gap_moves_other_work(workshop: Problem) -> None:
    """The run that failed is done again before the other one, which a standing plan does not move."""
    lab = Lab("lab", Calendar.always(130))
    tasks = (Task("first", (Option("saw", 50),)), Task("other", (Option("saw", 40),)))
    problem = Problem(workshop.origin, 130, (lab,), (Machine("saw", "lab", False),), tasks)
    plan = Plan((Placement("first", "saw", 0, 50, 50), Placement("other", "saw", 50, 90, 90)), 0, "hand")
    with pytest.raises(PlanError, match="finds no place"):
        Standing(problem, plan.placements).take(Failed("first"), 40)
    after = repair(problem, plan, Failed("first"), 40)
    assert violations(after.problem, after.plan) == ()
    assert [each.start_s for each in after.plan.placements] == [40, 90]
    with pytest.raises(PlanError, match="finds no place"):
        repair(problem, plan, Failed("first"), 45)
