from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations, product
from random import Random

import pytest

from scheduler.calendars import Calendar, Window
from scheduler.objective import Objective
from scheduler.plan import Placement
from scheduler.problem import (
    Delivery,
    Lab,
    Machine,
    Option,
    Precedence,
    Problem,
    SetUps,
    Shift,
    Stock,
    Task,
    Transport,
    Use,
)

ORIGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
HORIZON_S = 60


def _calendar(random: Random) -> Calendar:
    if random.random() < 0.2:
        return Calendar.always(HORIZON_S)
    edges = sorted(random.sample(range(HORIZON_S + 1), 2 * random.randint(1, 3)))
    return Calendar(tuple(Window(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)))


def _task(random: Random, number: int, machines: list[str], *, fixed: bool) -> Task:
    name = f"t{number}"
    if fixed:
        start = random.randint(-5, 25)
        end = start + random.randint(1, 6)
        return Task(name, fixed=Placement(name, random.choice(machines), start, end, end + random.randint(0, 3)))
    release = random.choice((0, 0, random.randint(0, 10)))
    if random.random() < 0.15:
        return Task(name, delay_s=random.randint(0, 12), release_s=release)
    some = random.sample(machines, random.randint(1, len(machines)))
    return Task(name, tuple(Option(each, random.randint(1, 9)) for each in some), release_s=release)


def random_problem(seed: int, *, tasks: int = 4, fixed: bool = True) -> Problem:
    """Up to two labs, three machines, a few tasks; some of these have no plan."""
    random = Random(seed)
    labs = [Lab(f"lab{number}", _calendar(random)) for number in range(random.randint(1, 2))]
    machines = [
        Machine(
            f"m{number}", random.choice(labs).id, random.random() < 0.5, random.choice((0, 0, random.randint(0, 9)))
        )
        for number in range(random.randint(1, 3))
    ]
    names = [machine.id for machine in machines]
    work = [_task(random, number, names, fixed=False) for number in range(random.randint(1, tasks))]
    if fixed and random.random() < 0.4:
        work.append(_task(random, len(work), names, fixed=True))
    random.shuffle(work)
    arcs = tuple(
        Precedence(work[one].id, work[other].id, random.choice((0, 0, random.randint(0, 4))))
        for one in range(len(work))
        for other in range(one + 1, len(work))
        if random.random() < 0.3
    )
    way = {("lab0", "lab1"): random.randint(0, 9)} if len(labs) == 2 else {}
    return Problem(ORIGIN, HORIZON_S, tuple(labs), tuple(machines), tuple(work), arcs, Transport(way))


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


def brute_force(problem: Problem) -> int | None:
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


@pytest.fixture(autouse=True)
def no_solver_is_at_fault(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


FAMILIES = ("", "red", "blue")


def enriched(problem: Problem, seed: int, *, wishes: bool = True) -> Problem:
    """The problem with operators, material, set-ups, due dates, costs and shares; some of these have no plan."""
    random = Random(seed)
    machines = tuple(_machine(random, each) for each in problem.machines)
    pausing = {each.id for each in machines if each.pauses}
    stocks = tuple(_stock(random, f"s{number}") for number in range(random.randint(0, 2)))
    tasks = tuple(_rich_task(random, each, stocks, pausing) for each in problem.tasks)
    set_ups = SetUps({pair: random.randint(0, 5) for pair in permutations(FAMILIES[1:], 2)})
    weights = Objective(*(random.choice((0.0, 1.0, 2.5)) for _ in range(7))) if wishes else Objective()
    return replace(
        problem,
        labs=tuple(_lab(random, each, problem.horizon_s) for each in problem.labs),
        machines=machines,
        tasks=tasks,
        stocks=stocks,
        set_ups=set_ups,
        objective=weights,
    )


def _lab(random: Random, lab: Lab, horizon_s: int) -> Lab:
    shifts = []
    for _ in range(random.randint(0, 3)):
        start_s = random.randint(0, horizon_s // 2)
        shifts.append(Shift(start_s, random.randint(start_s + 1, horizon_s), random.randint(1, 2)))
    operators = tuple(shifts) if random.random() < 0.7 else None
    return replace(
        lab, operators=operators, share=random.choice((None, 1.0, 2.0)), had_s=random.choice((0, random.randint(1, 30)))
    )


def _machine(random: Random, machine: Machine) -> Machine:
    unattended = machine.unattended
    pauses = not unattended and random.random() < 0.3
    return replace(
        machine,
        pauses=pauses,
        attend_start_s=random.choice((0, 0, 1, 2)),
        attend_end_s=0 if pauses else random.choice((0, 0, 1, 2)),
        attends_run=not unattended and random.random() < 0.3,
        attends_set_up=random.random() < 0.4,
        set_to=random.choice(FAMILIES),
        cost_h=random.choice((0.0, 3600.0)),
    )


def _stock(random: Random, name: str) -> Stock:
    deliveries = tuple(Delivery(random.randint(0, 40), random.randint(1, 5)) for _ in range(random.randint(0, 2)))
    return Stock(name, random.randint(0, 9), deliveries, random.choice(("g", "")))


def _uses(random: Random, stocks: tuple[Stock, ...], odds: float) -> tuple[Use, ...]:
    return tuple(Use(each.id, random.randint(1, 3)) for each in stocks if random.random() < odds)


def _rich_task(random: Random, task: Task, stocks: tuple[Stock, ...], pausing: set[str]) -> Task:
    options = tuple(_option(random, each, stocks, pausing) for each in task.options)
    work = task.delay_s is None
    return replace(
        task,
        options=options,
        family=random.choice(FAMILIES) if work else "",
        uses=_uses(random, stocks, 0.3) if work else (),
        due_s=random.choice((None, None, random.randint(0, 40))),
        weight=random.randint(1, 3),
    )


def _option(random: Random, option: Option, stocks: tuple[Stock, ...], pausing: set[str]) -> Option:
    return replace(
        option,
        attend_start_s=random.choice((None, None, 0, 3)),
        attend_end_s=None if option.machine in pausing else random.choice((None, None, 0, 1)),
        cost=random.choice((0.0, 2.0, 5.5)),
        energy_kwh=random.choice((0.0, 1.0)),
        uses=_uses(random, stocks, 0.3),
    )


@pytest.fixture(scope="session")
def make_problem() -> Callable[..., Problem]:
    return random_problem


@pytest.fixture(scope="session")
def enrich() -> Callable[..., Problem]:
    return enriched


@pytest.fixture(scope="session")
def shortest() -> Callable[[Problem], int | None]:
    return brute_force


@pytest.fixture
def workshop() -> Problem:
    """Two labs; a printer that runs alone and a saw that does not; a bought part; one piece that runs already."""
    day = Calendar((Window(0, 100), Window(200, 300), Window(400, 500)))
    labs = (Lab("north", day), Lab("south", Calendar((Window(50, 150), Window(250, 350), Window(450, 500)))))
    machines = (Machine("printer", "north", True, 10), Machine("saw", "north", False), Machine("mill", "south", False))
    running = Placement("running", "saw", -20, 15, 15)
    tasks = (
        Task("shell", (Option("printer", 120),)),
        Task("leg", (Option("saw", 40), Option("mill", 30))),
        Task("screws", delay_s=230),
        Task("assembly", (Option("mill", 50),), release_s=5),
        Task("running", fixed=running),
    )
    arcs = (Precedence("shell", "assembly"), Precedence("leg", "assembly", 10), Precedence("screws", "assembly"))
    return Problem(ORIGIN, 500, labs, machines, tasks, arcs, Transport({("north", "south"): 60}))
