from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import InputError
from scheduler.calendars import Calendar, Window
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport

SPOT = Placement("t", "m", 0, 1, 1)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: Lab("", Calendar()), "a lab has no id"),
        (lambda: Machine("", "lab", False), "a machine has no id"),
        (lambda: Machine("m", "lab", False, -1), "machine m: busy_until_s is -1"),
        (lambda: Option("m", 0), "option m: a run of 0 s is shorter than one second"),
        (lambda: Task("", (Option("m", 1),)), "a task has no id"),
        (lambda: Task("t"), "task t: no machine can do it and it is no wait"),
        (lambda: Task("t", (Option("m", 1),), release_s=-1), "task t: release_s is -1"),
        (lambda: Task("t", delay_s=-1), "task t: a delay of -1 s is negative"),
        (lambda: Task("t", (Option("m", 1),), delay_s=1), "task t: it has both options and a delay"),
        (lambda: Task("t", (Option("m", 1), Option("m", 2))), "task t: a machine stands twice"),
        (lambda: Task("u", fixed=SPOT), "task u: its fixed placement is that of task t"),
        (lambda: Task("t", delay_s=1, fixed=SPOT), "task t: it is a wait, but is fixed on a machine"),
        (lambda: Precedence("t", "t"), "precedence t -> t: a task cannot come before itself"),
        (lambda: Precedence("t", "u", -1), "precedence t -> u: a lag of -1 s is negative"),
        (lambda: Transport({("a", "a"): 1}), "transport a -> a: a lab needs no transport to itself"),
        (lambda: Transport({("a", "b"): -1}), "transport a -> b: a transport of -1 s is negative"),
        (lambda: Transport({}, -1), "transport: a default of -1 s is negative"),
        (lambda: Placement("t", "m", 5, 4, 6), "placement of t: start 5 s, run's end 4 s and end 6 s are not in order"),
        (lambda: Plan((), -1, "x"), "the lower bound of -1 s is negative"),
    ],
)
def test_a_part_refuses(build: Callable[[], object], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"origin": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)}, "problem: the origin has no time zone"),
        ({"horizon_s": 0}, "problem: the horizon of 0 s is not positive"),
        ({"horizon_s": 10**12}, "problem: the horizon of 1000000000000 s is over a hundred years"),
        ({"horizon_s": 499}, "lab north: its calendar ends 500 s, past the horizon"),
        ({"machines": (Machine("printer", "east", True),)}, "machine printer: lab east is unknown"),
        ({"machines": ()}, "task shell: machine printer is unknown"),
        ({"transport": Transport({("north", "east"): 1})}, "transport: lab east is unknown"),
        ({"transport": Transport({}, None)}, "transport: no transport is given between north and south"),
        ({"precedences": (Precedence("shell", "lid"),)}, "precedence shell -> lid: task lid is unknown"),
        (
            {"precedences": (Precedence("shell", "leg"), Precedence("shell", "leg", 9))},
            "problem: precedence shell -> leg",
        ),
    ],
)
def test_a_problem_refuses(workshop: Problem, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(workshop, **change)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("field", ["labs", "machines", "tasks"])
def test_a_problem_refuses_an_id_that_stands_twice(workshop: Problem, field: str) -> None:
    items = getattr(workshop, field)
    with pytest.raises(InputError, match=f"{items[0].id} stands twice"):
        replace(workshop, **{field: (*items, items[0])})


def test_a_problem_refuses_an_origin_out_of_time(workshop: Problem) -> None:
    with pytest.raises(InputError, match="the origin's year is 9999"):
        replace(workshop, origin=workshop.origin.replace(year=9999))


def test_a_problem_refuses_work_fixed_on_an_unknown_machine(workshop: Problem) -> None:
    lost = Task("lost", fixed=Placement("lost", "lathe", 0, 1, 1))
    with pytest.raises(InputError, match="task lost: it is fixed on machine lathe, which is unknown"):
        replace(workshop, tasks=(*workshop.tasks, lost))


def test_a_circle_is_named_task_by_task(workshop: Problem) -> None:
    arcs = (*workshop.precedences, Precedence("assembly", "leg"))
    with pytest.raises(InputError, match=r"in a circle: (leg -> assembly -> leg|assembly -> leg -> assembly) \("):
        replace(workshop, precedences=arcs)


def test_transport_goes_both_ways_unless_both_are_given() -> None:
    transport = Transport({("a", "b"): 5, ("b", "c"): 7, ("c", "b"): 9}, None)
    assert [transport.between(*pair) for pair in (("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("a", "a"))] == [
        5, 5, 7, 9, 0,
    ]  # fmt: skip
    with pytest.raises(KeyError):
        transport.between("a", "c")
    assert Transport({}, 3).between("a", "c") == 3


def test_transport_does_not_change_with_the_mapping_it_came_from() -> None:
    ways = {("a", "b"): 5}
    transport = Transport(ways)
    ways["a", "b"] = 6
    assert transport.between("a", "b") == 5


def test_a_plan_tells_its_makespan_gap_and_status() -> None:
    plan = Plan((Placement("t", "m", -9, -4, -2), Placement("u", None, 0, 8, 8)), 6, "hand")
    assert (plan.makespan_s, plan.gap, plan.status) == (8, 0.25, "feasible")
    assert Plan(plan.placements, 8, "hand").status == "optimal"
    assert Plan(plan.placements[:1], 0, "hand").makespan_s == 0
    assert plan.placement("u").end_s == 8
    with pytest.raises(KeyError):
        plan.placement("v")


def test_windows_may_reach_the_horizon(workshop: Problem) -> None:
    lab = Lab("north", Calendar((Window(0, workshop.horizon_s),)))
    assert replace(workshop, labs=(lab, workshop.labs[1])).labs[0] == lab
