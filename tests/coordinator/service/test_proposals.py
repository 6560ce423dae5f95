"""Proposals: who has a voice, how they are decided, and that they take effect once, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commons.decisions import Rule, Word
from coordinator.schema.governance import ProposalRow, ProposalState
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR, Actor
from coordinator.service.application import KEEPER
from coordinator.service.governance.effects import EFFECTS, Effect, Prepared, register
from coordinator.service.governance.proposals import ProposalView, Voting
from coordinator.service.house import Call, Change
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.service.tending import Tending
from core.errors import InputError, StateError

from .conftest import Town

CODE = {"text": "We answer within a week."}
WEEK = Voting(why="we never wrote it down")


def propose(town: Town, who: str = "ada", voting: Voting = WEEK) -> ProposalView:
    return town.application.proposals.open(Call(town.people[who]), "code", None, CODE, voting)


def say(town: Town, proposal: ProposalView, who: str, word: Word, why: str = "") -> ProposalView:
    return town.application.proposals.speak(Call(town.people[who]), proposal.id, word, why)


def after(town: Town, **time: float) -> None:
    """Later, when the keeper has had its turn."""
    town.clock.move(**time)
    Tending(town.application, failed=lambda error: None).keep()


def now(town: Town, proposal: ProposalView) -> ProposalView:
    return town.application.proposals.one(VISITOR, proposal.id)


def kinds(town: Town, kind: str) -> int:
    return sum(each.kind == kind for each in town.application.log.after(0, 9999))


def test_by_consent_it_passes_unless_somebody_objects(town: Town) -> None:
    proposal = propose(town)
    assert (proposal.tally.yes, proposal.voters, proposal.quorum_percent) == (1, 4, 10)
    with pytest.raises(UnknownError):
        town.application.codes.now()
    after(town, days=6)
    assert now(town, proposal).state is ProposalState.OPEN
    after(town, days=1)
    done = now(town, proposal)
    assert (done.state, done.outcome) == (ProposalState.PASSED, "it is the code of the network from now on")
    assert town.application.codes.now().text == CODE["text"]
    assert town.application.codes.now().proposal_id == proposal.id


def test_an_objection_gives_its_reason_and_may_be_taken_back(town: Town) -> None:
    proposal = propose(town)
    with pytest.raises(InputError, match="reason"):
        say(town, proposal, "north", Word.NO)
    say(town, proposal, "north", Word.NO, "a week is short")
    assert now(town, proposal).tally.no == 1
    spoken = say(town, proposal, "north", Word.ASIDE, "so be it")
    assert (spoken.tally.no, spoken.tally.aside, spoken.yours, spoken.waits) == (0, 1, Word.ASIDE, False)
    assert [(each.word, each.counts) for each in spoken.voices] == [
        (Word.YES, True),
        (Word.NO, False),
        (Word.ASIDE, True),
    ]
    after(town, days=8)
    assert now(town, proposal).state is ProposalState.PASSED


def test_an_objection_that_stands_ends_it(town: Town) -> None:
    proposal = propose(town)
    say(town, proposal, "north", Word.NO, "a week is short")
    after(town, days=8)
    assert now(town, proposal).state is ProposalState.REFUSED
    assert town.application.codes.all() == []


def test_by_majority_more_are_for_it_than_against_and_enough_take_part(town: Town) -> None:
    most = Voting(Rule.MAJORITY, quorum_percent=75)
    first, second = propose(town, voting=most), propose(town, voting=most)
    say(town, first, "north", Word.NO)
    say(town, first, "ste", Word.YES)
    after(town, days=8)
    assert now(town, first).state is ProposalState.PASSED
    assert now(town, second).state is ProposalState.LAPSED
    assert now(town, second).outcome == "too few took part"


def test_who_has_a_voice(town: Town) -> None:
    proposal = propose(town)
    with pytest.raises(UnauthenticatedError):
        town.application.proposals.open(Call(VISITOR), "code", None, CODE, WEEK)
    stranger = Actor("p-0000000000")
    with pytest.raises(ForbiddenError):
        town.application.proposals.speak(Call(stranger), proposal.id, Word.YES, "")
    agent = town.agent("north")
    with pytest.raises(ForbiddenError):
        town.application.proposals.speak(Call(agent), proposal.id, Word.YES, "")
    with pytest.raises(ForbiddenError):  # who runs the server is nobody of the network
        town.application.proposals.speak(Call(KEEPER), proposal.id, Word.YES, "")


def test_who_has_left_is_not_counted_at_the_end(town: Town) -> None:
    proposal = propose(town)
    say(town, proposal, "north", Word.NO, "I am leaving anyway")
    town.application.people.erase(Call(town.people["north"]), town.people["north"].id)
    after(town, days=8)
    done = now(town, proposal)
    assert (done.state, done.voters) == (ProposalState.PASSED, 3)
    assert len(done.voices) == 2


def test_time_and_rules_are_kept_to(town: Town) -> None:
    with pytest.raises(InputError, match="72 hours"):
        propose(town, voting=Voting(hours=71))
    with pytest.raises(InputError, match="10 percent"):
        propose(town, voting=Voting(quorum_percent=9))
    with pytest.raises(InputError, match="not decided by consent"):
        town.application.members.exclude(Call(town.people["ada"]), town.people["north"].id, "", Voting(hours=200))
    with pytest.raises(InputError, match="nothing is decided"):
        town.application.proposals.open(Call(town.people["ada"]), "weather", None, {}, WEEK)
    proposal = propose(town)
    town.clock.move(days=8)
    with pytest.raises(StateError, match="not open at that time"):
        say(town, proposal, "north", Word.YES)


def test_who_opened_it_takes_it_back(town: Town) -> None:
    proposal = propose(town)
    with pytest.raises(ForbiddenError):
        town.application.proposals.withdraw(Call(town.people["ste"]), proposal.id, "")
    town.application.proposals.withdraw(Call(town.people["ada"]), proposal.id, "better words next week")
    with pytest.raises(StateError):
        say(town, proposal, "north", Word.YES)
    after(town, days=8)
    assert now(town, proposal).state is ProposalState.WITHDRAWN
    assert town.application.codes.all() == []


def test_a_person_is_welcomed_and_shut_out(town: Town) -> None:
    ada = Call(town.people["ada"])
    south = town.people["south"].id
    town.application.members.welcome(ada, south, Role.BUILDER, "", None, WEEK)
    after(town, days=8)
    roles = {each.role for each in town.application.people.one(VISITOR, south).grants}
    assert roles == {Role.BUILDER, Role.OPERATOR}
    out = town.application.members.exclude(ada, south, "", Voting(Rule.MAJORITY, hours=168))
    town.application.proposals.speak(Call(town.people["ste"]), out.id, Word.YES, "")
    after(town, days=8)
    assert town.application.people.one(VISITOR, south).grants == []
    assert kinds(town, "token.revoked") == 1


def test_the_last_steward_is_not_shut_out(town: Town) -> None:
    proposal = town.application.members.exclude(
        Call(town.people["ada"]), town.people["ste"].id, "", Voting(Rule.MAJORITY, hours=168)
    )
    after(town, days=8)
    done = now(town, proposal)
    assert (done.state, "without a steward" in done.outcome) == (ProposalState.VOID, True)
    assert [each.role for each in town.application.people.one(VISITOR, town.people["ste"].id).grants] == [Role.STEWARD]


def test_a_lab_is_welcomed_with_its_operator_and_shut_out(town: Town) -> None:
    ada, south = Call(town.people["ada"]), town.people["south"].id
    entry = {"id": "west", "name": "West", "timezone": "UTC", "opening_hours": {"daily": "08:00-18:00"}}
    with pytest.raises(InputError, match="machines"):
        town.application.members.welcome(ada, south, Role.OPERATOR, "west", {**entry, "machines": []}, WEEK)
    town.application.members.welcome(ada, south, Role.OPERATOR, "west", entry, WEEK)
    after(town, days=8)
    assert town.application.labs.one(VISITOR, "west").name == "West"
    town.application.members.exclude(ada, "", "north", Voting(Rule.MAJORITY, hours=168))
    agent = town.agent("north")
    after(town, days=8)
    assert town.application.labs.machines(VISITOR, "north").items == []
    assert town.application.people.one(VISITOR, town.people["north"].id).grants == []
    assert kinds(town, "token.revoked") == 1
    assert agent.id
    town.order()  # the rest of the network goes on


class BrokenOffError(Exception):
    """The process ends in the midst of a decision."""


@pytest.fixture
def counting() -> Iterator[list[str]]:
    """A kind of proposal that counts what it does, and breaks off as often as it is told."""
    broken: list[str] = []

    def take(change: Change, proposal: ProposalRow) -> str:
        change.record("network.changed", "network", why=f"proposal {proposal.id} counted")
        if broken:
            broken.pop()
            raise BrokenOffError
        return "counted"

    register("count", Effect(lambda session, scope, sent: Prepared("Count", {}), take))
    yield broken
    del EFFECTS["count"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.integers(0, 4), turns=st.integers(1, 4), days=st.integers(1, 20))
def test_it_takes_effect_exactly_once_whatever_breaks_off(
    town: Town, counting: list[str], faults: int, turns: int, days: int
) -> None:
    before = kinds(town, "network.changed")
    proposal = town.application.proposals.open(
        Call(town.people["ada"]), "count", None, {}, Voting(hours=timedelta(days=days) / timedelta(hours=1))
    )
    counting.extend(["fault"] * faults)
    town.clock.move(days=days)
    for _ in range(faults):
        with pytest.raises(BrokenOffError):
            town.application.proposals.decide_due()
        assert now(town, proposal).state is ProposalState.OPEN
    for _ in range(turns):
        town.application.proposals.decide_due()
    assert now(town, proposal).state is ProposalState.PASSED
    assert kinds(town, "network.changed") == before + 1


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="known already"):
        register("code", EFFECTS["code"])
