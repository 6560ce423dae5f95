from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random

import pytest

from scheduler.calendars import Calendar, Window
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport

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


@pytest.fixture(autouse=True)
def no_solver_is_at_fault(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.fixture(scope="session")
def make_problem() -> Callable[..., Problem]:
    return random_problem


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
