"""Agents that ask for work at the same time are answered in one transaction, each as if it had asked alone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from benchmarks.claims import seed_jobs
from coordinator.schema.service import AttemptRow, AttemptState
from coordinator.service.access import Actor
from coordinator.service.refusals import ForbiddenError
from coordinator.service.runs import queue as queue_module
from coordinator.service.runs.attempts import WorkView
from coordinator.service.runs.handing_out import Claimant

from .conftest import Town

JOBS = 6


@pytest.fixture
def agents(bare: Town) -> tuple[Actor, Actor]:
    """Two agents of a lab of printers that each have a job."""
    operator = seed_jobs(bare.application, JOBS)
    tokens = bare.application.tokens
    one, other = (tokens.actor(tokens.add_agent(operator, "north", name).token) for name in ("one", "other"))
    return one, other


def wish(actor: Actor, *numbers: int, lab: str = "north") -> Claimant:
    return Claimant(actor, lab, tuple(f"printer-{number}" for number in numbers))


def given(answers: object) -> list[str | None]:
    return [each.job_id if isinstance(each, WorkView) else None for each in answers]  # type: ignore[attr-defined]


def test_each_gets_the_first_job_of_its_machines(bare: Town, agents: tuple[Actor, Actor]) -> None:
    one, other = agents
    bare.clock.move(days=1)
    answers = bare.application.attempts.claims([wish(one, 0, 1), wish(other, 2), wish(other, 77), wish(one)])
    assert given(answers) == ["J0", "J2", None, None]
    who = {each.machine: each for each in answers if isinstance(each, WorkView)}
    with bare.application.house.reading() as session:
        leased = session.scalars(select(AttemptRow)).all()
    assert {row.id: row.agent_id for row in leased} == {
        who["printer-0"].attempt_id: one.id,
        who["printer-2"].attempt_id: other.id,
    }


def test_two_who_ask_for_one_machine_get_its_job_once(bare: Town, agents: tuple[Actor, Actor]) -> None:
    bare.clock.move(days=1)
    answers = bare.application.attempts.claims([wish(agents[0], 3), wish(agents[0], 3), wish(agents[1], 3)])
    assert given(answers) == ["J3", None, None]
    with bare.application.house.reading() as session:
        assert session.scalar(select(func.count()).select_from(AttemptRow)) == 1


def test_who_may_not_ask_keeps_nobody_from_being_served(bare: Town, agents: tuple[Actor, Actor]) -> None:
    bare.clock.move(days=1)
    refused, served = bare.application.attempts.claims([wish(agents[0], 0, lab="south"), wish(agents[1], 1)])
    assert isinstance(refused, ForbiddenError)
    assert given([served]) == ["J1"]


def test_a_lease_that_its_agent_has_not_heard_of_is_given_anew(bare: Town, agents: tuple[Actor, Actor]) -> None:
    one, other = agents
    bare.clock.move(days=1)
    claims = bare.application.attempts.claims
    assert given(claims([wish(one, 4)])) == ["J4"]
    again, fresh = claims([wish(one, 4), wish(other, 5)])
    assert given([again, fresh]) == ["J4", "J5"]
    assert isinstance(again, WorkView)
    assert again.fence == 2
    with bare.application.house.reading() as session:
        states = session.scalars(select(AttemptRow.state).order_by(AttemptRow.id)).all()
    assert sorted(states) == sorted([AttemptState.RELEASED, AttemptState.LEASED, AttemptState.LEASED])


def test_more_machines_than_one_statement_takes(
    bare: Town, agents: tuple[Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "_AT_ONCE", 2)
    bare.clock.move(days=1)
    answers = bare.application.attempts.claims([wish(agents[0], *range(JOBS)), wish(agents[1], 5)])
    assert given(answers) == ["J0", None], "the first drives all of them"
