from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars import Calendar, Window
from scheduler.effort import Effort
from scheduler.lateness import hurry
from scheduler.list_schedule import Stuck, placed, quick_numbers, schedule_of
from scheduler.network import Network
from scheduler.plan import Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, SetUps, Task, Transport
from scheduler.search.elite import Sequenced
from scheduler.search.graph import END, build, new_graph
from scheduler.search.lateness import COST, anneal, cost_of, new_annealing
from scheduler.sequencing import sequencable, sequenced, settled
from scheduler.terms import terms_of
from scheduler.validator import violations

pytestmark = pytest.mark.timeout(600)  # a busy computer compiles for minutes


def _late(problem: Problem, random: Random) -> Problem:
    tasks = tuple(
        replace(task, due_s=random.randint(0, 20), weight=random.randint(1, 5))
        if task.fixed is None and random.random() < 0.6
        else task
        for task in problem.tasks
    )
    return replace(problem, tasks=tasks)


def _network(workshop: Problem, orders: int = 12, labs: int = 1) -> Network:
    """Orders of three tasks on six machines that do not suffice."""
    random = Random(3)
    places = tuple(
        Lab(f"l{n}", Calendar(tuple(Window(1000 * day, 1000 * day + 700) for day in range(20)))) for n in range(labs)
    )
    machines = tuple(Machine(f"m{n}", f"l{n % labs}", n % 2 == 1) for n in range(6))
    tasks = tuple(
        Task(
            f"t{n}",
            tuple(Option(each.id, random.randint(20, 90)) for each in random.sample(machines, 3)),
            family=random.choice(("red", "blue")),
            due_s=random.randint(50, 200) if n % 3 == 2 else None,
            weight=random.randint(1, 9),
        )
        for n in range(3 * orders)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 1}") for n in range(3 * orders - 1) if n % 3 != 2)
    ways, set_ups = Transport(default_s=15), SetUps(default_s=10)
    return Network(Problem(workshop.origin, 20_000, places, machines, tasks, arcs, ways, set_ups))


def _weighted(network: Network, found: Sequenced) -> int:
    graph = settled(network, found)
    assert graph is not None
    schedule = schedule_of(network, graph.nodes)
    assert violations(network.problem, Plan(schedule.placements, 0, "annealing")) == ()
    return terms_of(network.problem, schedule.placements).weighted_lateness


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_lateness_counted_move_by_move_is_that_of_the_plan(make_problem: Callable[..., Problem], seed: int) -> None:
    network = Network(_late(make_problem(seed, tasks=9, fixed=False), Random(seed)))
    start = placed(network, quick_numbers(network))
    if isinstance(start, Stuck) or not sequencable(network):
        return
    due = np.array([2**60 if task.due_s is None else task.due_s for task in network.tasks])
    weight = np.array([0 if task.due_s is None else task.weight for task in network.tasks])
    memory = new_annealing(due, weight, seed)
    graph, one = new_graph(network.shop), sequenced(start)
    assert build(network.shop, graph, one.options, one.starts, np.argsort(one.starts, kind="stable"))
    memory.counters[COST] = cost_of(graph, memory)
    for warmth in (20.0, 3.0, 0.0):
        anneal(network.shop, graph, memory, 60, warmth)
        ends, now = graph.nodes[:, END].copy(), sequenced(graph)
        assert build(network.shop, graph, now.options, now.starts, np.argsort(now.starts, kind="stable"))
        assert (graph.nodes[:, END] == ends).all()  # what was updated is what is computed afresh
        assert memory.counters[COST] == cost_of(graph, memory)
    if int(graph.nodes[:, END].max()) <= network.problem.horizon_s:
        _weighted(network, sequenced(graph))


def test_annealing_gains_and_equal_inputs_give_equal_plans(workshop: Problem) -> None:
    network = _network(workshop)
    start = placed(network, quick_numbers(network))
    assert not isinstance(start, Stuck)
    told: list[list[Sequenced]] = [[], []]
    for found in told:
        hurry(network, sequenced(start), effort=Effort(1, work=0.3), workers=2, seed=4, found=found.append)
    assert told[0][-1].starts.tolist() == told[1][-1].starts.tolist()
    before = terms_of(network.problem, schedule_of(network, start.nodes).placements).weighted_lateness
    assert _weighted(network, told[0][-1]) < 0.9 * before


def test_threads_beside_each_other_give_valid_plans(workshop: Problem) -> None:
    network = _network(workshop, orders=40, labs=6)
    start = placed(network, quick_numbers(network))
    assert not isinstance(start, Stuck)
    found: list[Sequenced] = []
    asked = count()  # it ends after so many looks at the clock, whatever the clock says
    effort = Effort(600, cancelled=lambda: next(asked) > 150)
    hurry(network, sequenced(start), effort=effort, workers=3, seed=4, found=found.append)
    before = terms_of(network.problem, schedule_of(network, start.nodes).placements).weighted_lateness
    assert _weighted(network, found[-1]) < before


def test_nothing_late_is_left_alone(workshop: Problem) -> None:
    network = Network(replace(workshop, tasks=workshop.tasks[:3], precedences=()))
    start = placed(network, quick_numbers(network))
    assert not isinstance(start, Stuck)
    found: list[Sequenced] = []
    hurry(network, sequenced(start), effort=Effort(60), workers=2, seed=0, found=found.append)
    assert found == []
