from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.plan import Placement, Plan
from scheduler.problem import Option, Precedence, Problem, Task
from scheduler.validator import violations

GOOD = (
    Placement("shell", "printer", 10, 130, 200),
    Placement("leg", "saw", 15, 55, 55),
    Placement("screws", None, 0, 230, 230),
    Placement("assembly", "mill", 260, 310, 310),
    Placement("running", "saw", -20, 15, 15),
)


def _with(*changed: Placement) -> Plan:
    by_task = {each.task: each for each in (*GOOD, *changed)}
    return Plan(tuple(by_task.values()), 300, "hand")


def test_a_good_plan_breaks_no_rule(workshop: Problem) -> None:
    assert violations(workshop, _with()) == ()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            Placement("shell", "printer", 9, 129, 200),
            "task shell starts at 9 s, but machine printer is busy until",
        ),
        (Placement("shell", "printer", 10, 131, 200), "task shell runs 121 s on machine printer instead of 120 s"),
        (
            Placement("shell", "printer", 10, 130, 130),
            "task shell is taken off machine printer at 130 s instead of 200 s, the first open moment of lab north",
        ),
        (Placement("shell", "printer", 100, 220, 220), "task shell starts at 100 s, when lab north is closed"),
        (
            Placement("shell", "printer", 450, 570, 570),
            "task shell finishes at 570 s, after the last opening of lab north",
        ),
        (Placement("shell", "printer", 450, 570, 570), "task shell ends at 570 s, after the horizon of 500 s"),
        (
            Placement("leg", "saw", 70, 110, 110),
            "task leg runs from 70 s to 110 s on attended machine saw, which",
        ),
        (Placement("leg", "saw", 20, 60, 61), "task leg on attended machine saw ends 1 s late"),
        (Placement("leg", "saw", 14, 54, 54), "tasks running and leg are both on machine saw from 14 s to 15 s"),
        (Placement("leg", "printer", 210, 240, 240), "task leg stands on machine printer, which is not one of its"),
        (Placement("leg", None, 20, 60, 60), "task leg stands on machine None, which is not one of its options"),
        (Placement("screws", None, 0, 229, 229), "task screws waits 229 s instead of 230 s"),
        (Placement("screws", "saw", 60, 290, 290), "task screws is a wait but stands on machine saw"),
        (Placement("assembly", "mill", 4, 54, 54), "task assembly starts at 4 s, before its release at 5 s"),
        (
            Placement("assembly", "mill", 259, 309, 309),
            "task assembly starts at 259 s, but shell ends at 200 s and then come 0 s of lag and 60 s of transport",
        ),
        (
            Placement("leg", "saw", 220, 260, 260),
            "task assembly starts at 260 s, but leg ends at 260 s and then come 10 s of lag and 60 s of transport",
        ),
        (
            Placement("running", "saw", -20, 14, 14),
            "task running is fixed at -20-15 s on machine saw but stands at -20-14 s on machine saw",
        ),
        (Placement("lid", "saw", 60, 70, 70), "task lid is placed but not in the problem"),
    ],
)
def test_each_wrong_is_named(workshop: Problem, changed: Placement, sentence: str) -> None:
    found = violations(workshop, _with(changed))
    assert any(each.startswith(sentence) for each in found), found


def test_missing_double_and_boastful_plans_are_named(workshop: Problem) -> None:
    assert violations(workshop, Plan(GOOD[1:], 0, "hand")) == ("task shell is not placed",)
    assert "task leg is placed 2 times" in violations(workshop, Plan((*GOOD, GOOD[1]), 0, "hand"))
    assert violations(workshop, Plan(GOOD, 311, "hand")) == ("the lower bound 311 s is above the makespan 310 s",)


def test_a_long_run_hides_no_clash_behind_a_short_one(workshop: Problem) -> None:
    tasks = tuple(replace(workshop.tasks[0], id=name) for name in ("a", "b", "c"))
    problem = replace(workshop, tasks=tasks, precedences=())
    spots = (Placement("a", "printer", 10, 130, 200), Placement("b", "printer", 20, 140, 200))
    plan = Plan((*spots, Placement("c", "printer", 30, 150, 200)), 0, "hand")
    assert len(violations(problem, plan)) == 3


def test_a_machine_is_occupied_until_its_pieces_are_taken_off(workshop: Problem) -> None:
    tasks = (Task("night", (Option("printer", 100),)), Task("next", fixed=Placement("next", "printer", 180, 190, 190)))
    problem = replace(workshop, tasks=tasks, precedences=())
    plan = Plan((Placement("night", "printer", 50, 150, 200), Placement("next", "printer", 180, 190, 190)), 0, "hand")
    assert violations(problem, plan) == ("tasks night and next are both on machine printer from 180 s to 190 s",)


def test_history_is_not_judged(workshop: Problem) -> None:
    fixed = [replace(workshop.tasks[4], id=name, fixed=Placement(name, "saw", -9, -1, 150)) for name in ("a", "b")]
    problem = replace(workshop, tasks=tuple(fixed), precedences=(Precedence("a", "b"),))
    plan = Plan(tuple(task.fixed for task in fixed if task.fixed), 0, "hand")
    assert violations(problem, plan) == ()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), which=st.integers(0, 10), data=st.data())
def test_any_break_of_a_valid_plan_is_named(
    make_problem: Callable[..., Problem], seed: int, which: int, data: st.DataObject
) -> None:
    problem = make_problem(seed)
    found = decode(Network(problem), [float(number) for number in range(len(problem.tasks))])
    if not isinstance(found, Schedule):
        return
    plan = Plan(found.placements, 0, "list schedule")
    assert violations(problem, plan) == ()
    victim = found.placements[which % len(found.placements)]
    others = tuple(each for each in found.placements if each is not victim)
    broken = data.draw(
        st.sampled_from(
            [
                (),
                (victim, victim),
                (replace(victim, task=victim.task + "x"),),
                (replace(victim, machine="nowhere"),),
                (replace(victim, start_s=victim.start_s - 1),),
                (replace(victim, end_s=problem.horizon_s + 1),),
                (replace(victim, run_end_s=victim.end_s + 1, end_s=victim.end_s + 1),),
            ]
        )
    )
    named = violations(problem, Plan((*others, *broken), 0, "hand"))
    assert any(victim.task in each for each in named)
