"""People by skill: who does what, found exactly, judged, and told when they are too few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, PlanError
from scheduler.calendars import Calendar, Window
from scheduler.document import plan_document, problem_document, read_plan, read_problem
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Need, Option, Person, Precedence, Problem, Task
from scheduler.solve import solve
from scheduler.validator import violations

HOUR = 3600


def _problem(tasks: tuple[Task, ...], people: tuple[Person, ...], stations: int = 3, hours: int = 10) -> Problem:
    lab = Lab("yard", Calendar((Window(0, hours * HOUR),)))
    machines = tuple(Machine(f"s{n}", "yard", False) for n in range(stations))
    return Problem(datetime(2026, 6, 6, 8, tzinfo=UTC), hours * HOUR, (lab,), machines, tasks, people=people)


def _task(name: str, station: int, *needs: Need, hours: int = 1) -> Task:
    return Task(name, (Option(f"s{station}", hours * HOUR),), needs=needs)


def test_nobody_who_can_do_more_is_spent_on_what_others_can_do_too() -> None:
    people = (Person("ada", "yard", ("weld", "lift")), Person("ben", "yard", ("lift",)))
    tasks = (_task("carry", 0, Need("lift")), _task("frame", 1, Need("weld")))
    plan = solve(_problem(tasks, people), work=0.1)
    assert [(each.start_s, each.people) for each in plan.placements] == [(0, ("ben",)), (0, ("ada",))]


def test_people_change_places_where_only_that_shares_the_skills_out() -> None:
    """Whoever is asked first could do either; two of the three units leave one way alone."""
    people = tuple(
        Person(name, "yard", skills)
        for name, skills in (("ada", ("weld", "lift")), ("ben", ("lift", "wire")), ("eve", ("wire", "weld")))
    )
    for needs in permutations((Need("weld"), Need("lift"), Need("wire"))):
        problem = _problem((_task("all", 0, *needs),), people)
        plan = solve(problem, work=0.1)
        assert violations(problem, plan) == ()
        assert sorted(plan.placements[0].people) == ["ada", "ben", "eve"]


def test_a_build_day_of_two_dozen_people_at_a_dozen_stations_side_by_side() -> None:
    random = Random(1)
    skills = ("weld", "wire", "lift", "lead")
    people = tuple(
        Person(f"p{n:02}", "yard", tuple({"lift", *random.sample(skills, random.randint(1, 2))})) for n in range(24)
    )
    tasks = tuple(
        _task(f"m{module}.{step}", random.randrange(12), Need("lead" if step == 2 else "weld"), Need("lift", 2))
        for module in range(12)
        for step in range(3)
    )
    arrows = tuple(Precedence(f"m{n}.{step}", f"m{n}.{step + 1}") for n in range(12) for step in range(2))
    problem = replace(_problem(tasks, people, stations=12, hours=16), precedences=arrows)
    plan = solve(problem, work=0.3)
    assert violations(problem, plan) == ()
    busy = max(
        sum(len(each.people) for each in plan.placements if each.start_s <= at < each.run_end_s)
        for at in range(0, plan.makespan_s, HOUR)
    )
    assert 12 <= busy <= 24  # several modules at a time
    assert read_problem(problem_document(problem)) == problem
    assert read_plan(plan_document(problem, plan)) == plan


def test_firm_work_keeps_its_people() -> None:
    people = (Person("ada", "yard", ("weld",)),)
    firm = Task("firm", (Option("s0", HOUR),), fixed=Placement("firm", "s0", HOUR, 2 * HOUR, 2 * HOUR, ("ada",)))
    problem = _problem((firm, _task("frame", 1, Need("weld"), hours=2)), people)
    assert solve(problem, work=0.1).placement("frame").start_s == 2 * HOUR


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        (("ada",), "task frame has no place: machine s0: it needs 2 people of lab yard who can weld, where 1 can"),
        (
            ("ada", "eve"),
            "task frame has no place: machine s0: 2 who can weld are never in lab yard for 1 h together, once it can",
        ),
    ],
)
def test_too_few_people_are_named(people: tuple[str, ...], reason: str) -> None:
    hours = {"ada": Calendar((Window(0, 5 * HOUR),)), "eve": Calendar((Window(5 * HOUR, 9 * HOUR),))}
    crew = tuple(Person(name, "yard", ("weld",), hours[name]) for name in people)
    with pytest.raises(PlanError) as caught:
        solve(_problem((_task("frame", 0, Need("weld", 2)),), crew), work=0.1)
    assert caught.value.what.startswith(reason)


def test_the_judge_names_what_is_wrong_with_people() -> None:
    people = (
        Person("ada", "yard", ("weld",), Calendar((Window(0, HOUR),))),
        Person("ben", "yard", ("lift",)),
        Person("far", "field", ("weld",)),
    )
    problem = _problem((_task("frame", 0, Need("weld")), _task("carry", 1, Need("lift"))), ())
    field = Lab("field", problem.labs[0].calendar)
    problem = replace(problem, labs=(*problem.labs, field), people=people)

    def wrong(frame: tuple[str, ...], carry: tuple[str, ...] = ("ben",), at: int = 0) -> tuple[str, ...]:
        stands = (
            Placement("frame", "s0", at, at + HOUR, at + HOUR, frame),
            Placement("carry", "s1", 0, HOUR, HOUR, carry),
        )
        return violations(problem, Plan(stands, 0, "hand"))

    assert wrong(("ada",)) == ()
    assert wrong(()) == ("task frame needs 1 people but has 0",)
    assert wrong(("nobody",))[0] == "person nobody, who is to do task frame, is unknown"
    assert wrong(("ben",), ("ada",)) == (
        "task frame needs 1 who can weld; ben cannot share that out",
        "task carry needs 1 who can lift; ada cannot share that out",
    )
    assert wrong(("far",)) == ("person far of lab field is to do task frame in lab yard",)
    assert wrong(("ada",), at=HOUR) == ("person ada is not there from 3600 s to 7200 s for task frame",)
    assert wrong(("ben",)) == (
        "task frame needs 1 who can weld; ben cannot share that out",
        "person ben does tasks frame and carry at 0 s",
    )


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Person("", "yard", ()), "a person has no id"),
        (lambda: Person("p", "yard", ("a", "a")), "person p: skill a stands twice"),
        (lambda: Need(""), "a need names no skill"),
        (lambda: Need("weld", 0), "need of weld: 0 people are not 1 to 1000"),
        (lambda: Task("t", delay_s=1, needs=(Need("weld"),)), "task t: it is a wait, but needs people"),
        (lambda: _task("t", 0, Need("weld"), Need("weld")), "task t: skill weld stands twice"),
        (lambda: _problem((), (Person("p", "sea", ()),)), "person p: lab sea is unknown"),
        (lambda: Placement("t", "m", 0, 1, 1, ("p", "p")), "placement of t: somebody stands twice among its people"),
    ],
)
def test_bad_people_are_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(reason)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_a_plan_is_valid_or_the_reason_is_told(
    make_problem: Callable[..., Problem], enrich: Callable[..., Problem], seed: int
) -> None:
    random = Random(seed)
    problem = enrich(make_problem(seed, tasks=6), seed)
    skills = ("a", "b", "c")
    people = tuple(
        Person(f"p{n}", random.choice(problem.labs).id, tuple(random.sample(skills, random.randint(1, 3))))
        for n in range(random.randint(1, 7))
    )
    tasks = tuple(
        replace(each, needs=tuple(Need(skill, random.randint(1, 2)) for skill in skills if random.random() < 0.3))
        if each.options
        else each
        for each in problem.tasks
    )
    problem = replace(problem, tasks=tasks, people=people)
    try:
        plan = solve(problem, work=0.1)
    except PlanError as error:
        told = error.what
    else:
        told = "valid" if violations(problem, plan) == () else ""
    assert told
