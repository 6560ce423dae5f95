"""Problems to measure with: synthetic networks of labs, their due dates and calendars, and small ones with set-ups."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

from scheduler.calendars import Calendar, Window
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, SetUps, Task, Transport

__all__ = ["DAY", "FOLDER", "dated", "peak_mb", "read_network", "set_up_problem", "with_calendars"]

FOLDER = Path(__file__).parents[1].parent / "shared" / "benchmarks"
DAY = 1440  # a second of a network is a minute
_WORKINGDAYS = 5
_ORIGIN = datetime(2026, 1, 5, tzinfo=UTC)


def read_network(document: dict[str, Any], *, transport: bool) -> Problem:
    """A synthetic network of labs."""
    tasks = tuple(
        Task(f"t{number}", tuple(Option(f"m{machine}", duration) for machine, duration in task["alternatives"]))
        for number, task in enumerate(document["tasks"])
    )
    precedences = tuple(
        Precedence(f"t{before}", f"t{number}")
        for number, task in enumerate(document["tasks"])
        for before in task["predecessors"]
    )
    minutes = document["transport_min"]
    horizon_s = 10 * document["lower_bound"]
    labs = tuple(Lab(f"l{number}", Calendar.always(horizon_s)) for number in range(len(minutes)))
    machines = tuple(
        Machine(f"m{number}", f"l{lab}", unattended=True) for number, lab in enumerate(document["machine_lab"])
    )
    ways = {
        (f"l{here}", f"l{there}"): value
        for here, row in enumerate(minutes)
        for there, value in enumerate(row)
        if here != there and transport
    }
    return Problem(_ORIGIN, horizon_s, labs, machines, tasks, precedences, Transport(ways))


def dated(document: dict[str, Any], problem: Problem) -> Problem:
    """The same with the orders' due dates and weights, on the last task of each order."""
    last = {task["order"]: number for number, task in enumerate(document["tasks"])}
    tasks = list(problem.tasks)
    for order, each in enumerate(document["orders"]):
        tasks[last[order]] = replace(tasks[last[order]], due_s=each["due"], weight=each["weight"])
    return replace(problem, tasks=tuple(tasks))


def set_up_problem(seed: int) -> Problem:
    """Forty tasks of four families on five machines, each on two to five of them."""
    random = Random(seed)
    names = ("red", "blue", "green", "white")
    tasks = []
    for number in range(40):
        base, machines = random.randint(10, 60), random.sample(range(5), random.randint(2, 5))
        options = tuple(Option(f"m{each}", max(1, round(base * random.uniform(0.7, 1.4)))) for each in machines)
        tasks.append(Task(f"t{number}", options, family=random.choice(names)))
    pairs = {pair: random.randint(15, 45) for pair in permutations(names, 2)}
    machines = tuple(Machine(f"m{number}", "lab", unattended=False) for number in range(5))
    labs = (Lab("lab", Calendar.always(5000)),)
    return Problem(_ORIGIN, 5000, labs, machines, tuple(tasks), set_ups=SetUps(pairs))


def with_calendars(problem: Problem, seed: int) -> Problem:
    """A network in which labs open ten hours on five days a week, and work has one of four families.

    A second is a minute here. Every other machine is attended, where all its runs fit into a day.
    """
    random = Random(seed)
    days = range(problem.horizon_s // DAY)
    labs = []
    for lab in problem.labs:
        shift = random.randint(0, 120)
        opens = [day * DAY + 420 + shift for day in days if day % 7 < _WORKINGDAYS]
        labs.append(Lab(lab.id, Calendar(tuple(Window(each, each + 600) for each in opens))))
    longest: dict[str, int] = {}
    for task in problem.tasks:
        for option in task.options:
            longest[option.machine] = max(longest.get(option.machine, 0), option.duration_s)
    machines = tuple(
        replace(machine, unattended=bool(number % 2) or longest.get(machine.id, 0) > 600)
        for number, machine in enumerate(problem.machines)
    )
    tasks = tuple(replace(task, family=random.choice(("a", "b", "c", "d"))) for task in problem.tasks)
    return replace(problem, labs=tuple(labs), machines=machines, tasks=tasks, set_ups=SetUps(default_s=15))


def peak_mb() -> float:
    """The most memory that this process has held so far, in megabytes (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
