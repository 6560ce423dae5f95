from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product

import pytest

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task
from scheduler.solve import solve
from scheduler.validator import violations

Spot = tuple[str | None, int, int]  # machine, start, end


def _open(problem: Problem, machine: str, second: int, *, ending: bool = False) -> bool:
    lab = next(each.lab for each in problem.machines if each.id == machine)
    windows = next(each.calendar.windows for each in problem.labs if each.id == lab)
    return any(w.start_s <= second < w.end_s or (ending and second == w.end_s) for w in windows)


def _end(problem: Problem, machine: Machine, start: int, duration: int) -> int | None:
    """When a run that starts here is over, second by second."""
    if not machine.unattended:
        whole = all(_open(problem, machine.id, second) for second in range(start, start + duration))
        return start + duration if whole else None
    if not _open(problem, machine.id, start):
        return None
    seconds = range(start + duration, problem.horizon_s + 1)
    return next((second for second in seconds if _open(problem, machine.id, second, ending=True)), None)


def _ready(problem: Problem, task: Task, lab: str | None, spots: dict[str, Spot]) -> int:
    labs = {machine.id: machine.lab for machine in problem.machines}
    ready = task.release_s
    for arc in problem.precedences:
        if arc.after == task.id:
            machine, _, end = spots[arc.before]
            way = problem.transport.between(labs[machine], lab) if machine and lab else 0
            ready = max(ready, end + arc.lag_s + way)
    return ready


def _place(problem: Problem, task: Task, option: Option | None, spots: dict[str, Spot]) -> Spot | None:
    if option is None:
        start = _ready(problem, task, None, spots)
        return (None, start, start + (task.delay_s or 0))
    machine = next(each for each in problem.machines if each.id == option.machine)
    taken = [spot for spot in spots.values() if spot[0] == machine.id]
    for start in range(max(_ready(problem, task, machine.lab, spots), machine.busy_until_s), problem.horizon_s):
        end = _end(problem, machine, start, option.duration_s)
        if end is not None and all(end <= other[1] or other[2] <= start for other in taken):
            return (machine.id, start, end)
    return None


def _late(problem: Problem, task: Task, spot: Spot) -> bool:
    labs: dict[str | None, str] = {machine.id: machine.lab for machine in problem.machines}
    due = problem.horizon_s
    for other in problem.tasks:
        for arc in problem.precedences:
            if arc.before == task.id and arc.after == other.id and other.fixed:
                machine = other.fixed.machine
                way = problem.transport.between(labs[spot[0]], labs[machine]) if spot[0] and machine else 0
                due = min(due, other.fixed.start_s - arc.lag_s - way)
    return spot[2] > due


def _brute_force(problem: Problem) -> int | None:
    """The smallest makespan over every order and every choice of machines; None when there is none."""
    free = [task for task in problem.tasks if task.fixed is None]
    fixed = {t.id: (t.fixed.machine, t.fixed.start_s, t.fixed.end_s) for t in problem.tasks if t.fixed}
    arcs = {(each.before, each.after) for each in problem.precedences}
    best: int | None = None
    for order in permutations(free):
        rank = {task.id: position for position, task in enumerate(order)}
        if any(rank.get(one, -1) > rank.get(other, 99) for one, other in arcs if one in rank and other in rank):
            continue
        for options in product(*(task.options or (None,) for task in order)):
            spots: dict[str, Spot] = dict(fixed)
            for task, option in zip(order, options, strict=True):
                spot = _place(problem, task, option, spots)
                if spot is None or _late(problem, task, spot):
                    break
                spots[task.id] = spot
            else:
                makespan = max([0, *(end for _, _, end in spots.values())])
                best = makespan if best is None else min(best, makespan)
    return best


@pytest.mark.parametrize("seed", range(80))
def test_small_problems_agree_with_brute_force(make_problem: Callable[..., Problem], seed: int) -> None:
    problem = make_problem(seed)
    best = _brute_force(problem)
    if best is None:
        with pytest.raises(PlanError):
            solve(problem, seconds=5)
    else:
        plan = solve(problem, seconds=5)
        assert violations(problem, plan) == ()
        assert (plan.makespan_s, plan.lower_bound_s, plan.status) == (best, best, "optimal")


def test_the_workshop_is_planned_in_the_problems_order(workshop: Problem) -> None:
    seen: list[Plan] = []
    plan = solve(workshop, progress=seen.append)
    assert [each.task for each in plan.placements] == [task.id for task in workshop.tasks]
    assert plan.placement("screws") == Placement("screws", None, 0, 230, 230)
    # The shell starts when the printer is free and is taken off when the lab opens at 200; the way south takes 60.
    assert plan.placement("shell") == Placement("shell", "printer", 10, 130, 200)
    assert plan.placement("assembly") == Placement("assembly", "mill", 260, 310, 310)
    assert (plan.makespan_s, plan.status, plan.gap) == (310, "optimal", 0.0)
    assert [each.makespan_s for each in seen] == sorted((each.makespan_s for each in seen), reverse=True)
    assert seen[-1].placements == plan.placements


def test_ends_come_early_even_where_the_makespan_does_not_ask_for_it(workshop: Problem) -> None:
    long = replace(workshop, tasks=(*workshop.tasks, Task("parcel", delay_s=500)))
    assert solve(long).placement("assembly").end_s == 310


def test_equal_work_gives_equal_plans(make_problem: Callable[..., Problem]) -> None:
    problem = make_problem(5, tasks=12)
    one, other = (solve(problem, work=0.2, seed=3) for _ in range(2))
    assert one == other


def test_nothing_to_do_is_planned_at_once(workshop: Problem) -> None:
    plan = solve(replace(workshop, tasks=workshop.tasks[4:], precedences=()))
    assert (plan.makespan_s, plan.status) == (15, "optimal")
    assert solve(replace(workshop, tasks=(), precedences=())).makespan_s == 0


def test_a_problem_too_large_for_cpsat_is_planned_and_says_so(workshop: Problem) -> None:
    always = Calendar.always(20_000)
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(4))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(m.id, 20 + (7 * n + 11 * k) % 40) for k, m in enumerate(machines)))
        for n in range(320)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(0, 320, 2))
    problem = Problem(workshop.origin, 20_000, (Lab("lab", always),), machines, tasks, arcs)
    plan = solve(problem, work=0.2)
    assert violations(problem, plan) == ()
    assert "320 tasks are too many for CP-SAT" in plan.solver
    assert plan.gap < 0.05


def test_no_room_for_all_is_told_with_the_horizon_and_a_task(workshop: Problem) -> None:
    tasks = tuple(Task(f"t{number}", (Option("saw", 60),)) for number in range(4))
    problem = replace(workshop, tasks=tasks, precedences=())
    with pytest.raises(PlanError, match=r"no plan exists within the horizon \(8 min 20 s, until .* UTC\).* on saw"):
        solve(problem)


def test_a_task_without_a_place_is_told_with_its_reason(workshop: Problem) -> None:
    tasks = (*workshop.tasks, Task("slab", (Option("saw", 130),)))
    with pytest.raises(PlanError, match="task slab has no place: machine saw: an attended run of 2 min 10 s is longer"):
        solve(replace(workshop, tasks=tasks))


def test_limits_must_be_positive(workshop: Problem) -> None:
    for limits in ({"seconds": 0.0}, {"workers": 0}, {"work": 0.0}):
        with pytest.raises(InputError, match="must be positive"):
            solve(workshop, **limits)  # type: ignore[arg-type]


def test_fixed_work_in_the_future_is_a_deadline_for_what_comes_before(workshop: Problem) -> None:
    fixed = Placement("assembly", "mill", 260, 310, 310)
    tasks = (*workshop.tasks[:3], Task("assembly", fixed=fixed), *workshop.tasks[4:])
    plan = solve(replace(workshop, tasks=tasks))
    assert plan.placement("assembly") == fixed
    early = replace(fixed, start_s=250, run_end_s=300, end_s=300)
    with pytest.raises(PlanError, match=r"task shell has no place: it ends at .* at the earliest, but must end by"):
        solve(replace(workshop, tasks=(*workshop.tasks[:3], Task("assembly", fixed=early), *workshop.tasks[4:])))
