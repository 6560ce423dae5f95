"""The problems that benchmarks measure with, and what they count."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from benchmarks.networks import DAY, dated, read_network, set_up_problem, with_calendars
from benchmarks.repairs import Floor, disturbed
from scheduler.plan import Placement
from scheduler.repair import Standing
from scheduler.solve import solve
from scheduler.validator import violations


@pytest.fixture
def network() -> dict[str, Any]:
    """Eight orders of three tasks on four machines in two labs, as the files of networks hold them."""
    random = Random(5)
    tasks = [
        {
            "order": number // 3,
            "predecessors": [number - 1] if number % 3 else [],
            "alternatives": [[machine, random.randint(20, 90)] for machine in random.sample(range(4), 3)],
        }
        for number in range(24)
    ]
    return {
        "transport_min": [[0, 30], [30, 0]],
        "machine_lab": [0, 0, 1, 1],
        "tasks": tasks,
        "orders": [{"due": 100 + 10 * number, "weight": 1 + number % 3} for number in range(8)],
        "lower_bound": 2000,
    }


def test_a_network_is_read_with_or_without_transport(network: dict[str, Any]) -> None:
    with_ways, without = read_network(network, transport=True), read_network(network, transport=False)
    assert with_ways.transport.between("l0", "l1") == 30
    assert without.transport.between("l0", "l1") == 0
    assert [len(each) for each in (with_ways.tasks, with_ways.machines, with_ways.labs)] == [24, 4, 2]
    assert {(each.before, each.after) for each in with_ways.precedences} == {
        (f"t{n - 1}", f"t{n}") for n in range(24) if n % 3
    }
    assert [(each.machine, each.duration_s) for each in with_ways.tasks[7].options] == [
        (f"m{machine}", duration) for machine, duration in network["tasks"][7]["alternatives"]
    ]


def test_the_last_task_of_an_order_has_its_due_date(network: dict[str, Any]) -> None:
    problem = dated(network, read_network(network, transport=True))
    due = {task.id: (task.due_s, task.weight) for task in problem.tasks if task.due_s is not None}
    assert due == {f"t{3 * n + 2}": (100 + 10 * n, 1 + n % 3) for n in range(8)}


def test_calendars_are_the_same_for_a_seed_and_leave_room_for_every_run(network: dict[str, Any]) -> None:
    plain = read_network(network, transport=True)
    problem = with_calendars(plain, 1)
    assert with_calendars(plain, 1) == problem
    assert with_calendars(plain, 2) != problem
    for lab in problem.labs:
        assert all(window.end_s - window.start_s == 600 for window in lab.calendar.windows)
        assert all(window.start_s // DAY % 7 < 5 for window in lab.calendar.windows)
    assert {machine.unattended for machine in problem.machines} == {False, True}
    assert {task.family for task in problem.tasks} == {"a", "b", "c", "d"}
    assert violations(problem, solve(problem, work=0.2)) == ()


def test_small_problems_with_set_ups_are_the_same_for_a_seed() -> None:
    assert set_up_problem(3) == set_up_problem(3)
    problem = set_up_problem(3)
    assert (len(problem.tasks), len(problem.machines), len({task.family for task in problem.tasks})) == (40, 5, 4)


def test_every_kind_of_event_is_taken(network: dict[str, Any]) -> None:
    problem = with_calendars(read_network(network, transport=True), 1)
    plan = solve(problem, work=0.2)
    now_s = min(each.start_s for each in plan.placements) + 5
    for kind in ("machine_down", "failed", "late", "early", "new_order", "lab_closes", "declined"):
        standing = Standing(problem, plan.placements)
        floor = Floor(problem, standing, plan.placements, Random(2))
        event = getattr(floor, kind)(now_s)
        assert standing.take(event, now_s) or kind == "lab_closes"
        assert violations(standing.problem, standing.plan) == ()


def _at(task: str, machine: str, start_s: int) -> Placement:
    return Placement(task, machine, start_s, start_s + 5, start_s + 5)


def test_the_fewest_tasks_out_of_order_are_counted() -> None:
    placed = {name: _at(name, "m", 10 * place) for place, name in enumerate("abcde")}
    later = [_at(name, "m", 10 * place + 3) for place, name in enumerate("abcde")]
    assert disturbed(placed, later, ()) == (0, 0)
    assert disturbed(placed, [_at("a", "m", 99)], ()) == (0, 1)
    assert disturbed(placed, [_at("a", "m", 99), _at("b", "n", 0)], ()) == (1, 1)
    assert disturbed(placed, [_at("a", "m", 99), _at("b", "n", 0)], {"a", "b"}) == (0, 0)
    assert disturbed(placed, [_at(name, "m", 90 - 10 * place) for place, name in enumerate("abcde")], ()) == (0, 4)
