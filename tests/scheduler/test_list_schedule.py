from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars import Calendar
from scheduler.effort import Effort
from scheduler.improvement import improve
from scheduler.incumbent import Incumbent
from scheduler.list_schedule import PRIORITIES, Schedule, Stuck, cheap_choices, decode, placed, priorities, schedule_of
from scheduler.network import Network
from scheduler.paths import heads, tails
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task
from scheduler.search.graph import Graph
from scheduler.validator import violations


def _rules(network: Network) -> dict[str, list[float]]:
    return priorities(network, heads(network), tails(network))


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_rule_gives_a_valid_plan_or_the_task_that_is_stuck(
    make_problem: Callable[..., Problem], seed: int
) -> None:
    problem = make_problem(seed, tasks=9)
    network = Network(problem)
    rules = _rules(network)
    assert tuple(rules) == PRIORITIES
    for numbers in rules.values():
        found = decode(network, numbers)
        if isinstance(found, Stuck):
            assert found.task in network.position
        else:
            assert violations(problem, Plan(found.placements, 0, "list")) == ()


def test_a_short_task_goes_into_the_gap_before_a_fixed_one(workshop: Problem) -> None:
    fixed = Task("promised", fixed=Placement("promised", "saw", 40, 90, 90))
    tasks = (fixed, Task("short", (Option("saw", 30),)), Task("long", (Option("saw", 60),)))
    found = decode(Network(replace(workshop, tasks=tasks, precedences=())), [0.0, 1.0, 2.0])
    assert isinstance(found, Schedule)
    assert [(each.task, each.start_s) for each in found.placements] == [("promised", 40), ("short", 0), ("long", 200)]
    assert found.cost == (260, 90 + 30 + 260)


def test_the_machine_that_ends_first_counts_its_transport(workshop: Problem) -> None:
    tasks = (Task("part", (Option("saw", 10),)), Task("next", (Option("saw", 70), Option("mill", 60))))
    problem = replace(workshop, tasks=tasks, precedences=(Precedence("part", "next"),))
    found = decode(Network(problem), [0.0, 1.0])
    assert isinstance(found, Schedule)
    assert found.placements[1] == Placement("next", "saw", 10, 80, 80)  # the mill would begin at 70 and end at 130


def test_a_wait_is_nowhere(workshop: Problem) -> None:
    tasks = (Task("cut", (Option("mill", 10),)), Task("dry", delay_s=5), Task("fold", (Option("saw", 10),)))
    arcs = (Precedence("cut", "dry"), Precedence("dry", "fold"))
    found = decode(Network(replace(workshop, tasks=tasks, precedences=arcs)), [0.0] * 3)
    assert isinstance(found, Schedule)
    assert [each.start_s for each in found.placements] == [50, 60, 65]


def test_cheap_choices_spare_the_dear_machine(workshop: Problem) -> None:
    network = Network(workshop)
    saw, mill = 1, 2
    prices = [0.1, 0.8, 0.1]
    assert [choice.machine for choice in cheap_choices(network, prices)[1]] == [mill]
    assert [choice.machine for choice in cheap_choices(network, prices, slack=20.0)[1]] == [saw, mill]
    assert cheap_choices(network, prices)[2] == []


def _crowd(workshop: Problem) -> Problem:
    machines = tuple(Machine(f"m{number}", "lab", False) for number in range(3))
    tasks = tuple(
        Task(f"t{n}", tuple(Option(m.id, 3 + (5 * n + 7 * k) % 11) for k, m in enumerate(machines))) for n in range(25)
    )
    arcs = tuple(Precedence(f"t{n}", f"t{n + 5}") for n in range(20))
    return Problem(workshop.origin, 999, (Lab("lab", Calendar.always(999)),), machines, tasks, arcs)


def test_local_search_only_gets_better_and_is_the_same_for_a_seed(workshop: Problem) -> None:
    network = Network(_crowd(workshop))
    start = placed(network, [float(-n) for n in range(25)])
    assert isinstance(start, Graph)
    told: list[Graph] = []
    for _ in range(2):
        improve(network, start, effort=Effort(1, work=2), seed=7, found=told.append, enough=lambda: False)
    costs = [schedule_of(network, graph.nodes).cost for graph in told]
    half = len(costs) // 2
    assert costs[:half] == costs[half:] == sorted(costs[:half], reverse=True)
    assert costs[half - 1] < schedule_of(network, start.nodes).cost


def test_local_search_stops_when_it_is_good_enough_or_in_vain(workshop: Problem) -> None:
    network = Network(_crowd(workshop))
    start = placed(network, [float(-n) for n in range(25)])
    assert isinstance(start, Graph)

    def gains(enough: Callable[[], bool], most_vain: int | None) -> int:
        told: list[Graph] = []
        improve(network, start, effort=Effort(1, work=5), seed=7, found=told.append, enough=enough, most_vain=most_vain)
        return len(told)

    assert gains(lambda: True, None) == 0
    assert gains(lambda: False, 0) == 0
    assert gains(lambda: False, 50) > 0


def _ticking(*seconds: float) -> Callable[[], float]:
    ticks: Iterator[float] = iter(seconds)
    return lambda: next(ticks)


def test_effort_ends_at_its_limit_or_when_patience_does() -> None:
    assert [Effort(10, monotonic=_ticking(0, now)).over() for now in (9.9, 10)] == [False, True]
    effort = Effort(100, patience_s=1, monotonic=_ticking(0, 0.9, 1.1, 3, 5.9, 6.1))
    assert [effort.over(), effort.over()] == [False, True]
    effort.note(0.5)  # at 3 s
    assert [effort.over(), effort.over()] == [False, True]  # half of the time spent


def test_effort_is_not_refreshed_by_a_tiny_gain() -> None:
    effort = Effort(100, patience_s=1, monotonic=_ticking(0, 0.5, 1.2))
    effort.note(0.5)  # at 0.5 s
    effort.note(0.4999)
    assert not effort.over()  # at 1.2 s
    effort = Effort(100, patience_s=1, monotonic=_ticking(0, 0.5, 1.6))
    effort.note(0.5)
    effort.note(0.4999)
    assert effort.over()


def test_effort_by_work_does_not_look_at_the_clock() -> None:
    effort = Effort(1, work=0.02, monotonic=_ticking(0))
    assert [effort.another_pass() for _ in range(3)] == [True, True, False]
    assert not effort.over()


def test_a_part_of_an_effort_is_smaller() -> None:
    assert Effort(1, work=3).part(0.1, 9).work == pytest.approx(0.3)
    assert Effort(1, work=30).part(0.1, 0.5).work == 0.5
    assert Effort(10, monotonic=lambda: 0.0).part(0.5, 9).left_s == 5


def test_the_incumbent_takes_only_what_is_better_and_valid(workshop: Problem, caplog: pytest.LogCaptureFixture) -> None:
    good = decode(Network(workshop), _rules(Network(workshop))["longest tail"])
    assert isinstance(good, Schedule)
    told: list[Plan] = []
    incumbent = Incumbent(workshop, 100, told.append)
    assert (incumbent.plan, incumbent.proved) == (None, False)
    broken = Schedule.of(replace(each, machine="mill") for each in good.placements)
    assert not incumbent.offer(broken, "a faulty solver")
    assert "a faulty solver gave a plan that breaks" in caplog.text
    caplog.clear()
    assert incumbent.offer(good, "list")
    assert not incumbent.offer(good, "list again")
    assert [plan.solver for plan in told] == ["list"]
    assert not incumbent.proved
    assert [incumbent.raise_bound(bound, "hand") for bound in (90, good.makespan_s)] == [False, True]
    assert incumbent.proved
    assert incumbent.plan is not None
    assert incumbent.plan.status == "optimal"
