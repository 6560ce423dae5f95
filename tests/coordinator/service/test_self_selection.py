"""Who is no operator takes work by hand at a bench that is open to everybody; the lab has the last word."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from coordinator.schema.builds import JobState, OfferState
from coordinator.schema.network import Role
from coordinator.schema.service import ClaimState
from coordinator.service.access import VISITOR
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from coordinator.service.work.claims import ClaimView
from coordinator.service.work.offers import OfferView
from tests.coordinator.conftest import LABS

from .conftest import Town
from .conftest import bare as bare
from .conftest import town as town

PANELS = "Panel,2,Manual cutting,Plywood,,"


def opened(town: Town, accepts: str = "asks", **bench: Any) -> None:
    """The bench of the second lab is open to everybody; the lab answers as is said."""
    document = yaml.safe_load(LABS)
    document["labs"][1]["policy"]["accepts"] = accepts
    document["labs"][1]["machines"][0] |= {"access": "public"} | bench
    town.application.labs.put(Call(KEEPER), document)


def claimed(town: Town, who: str) -> ClaimView:
    """The panels are ordered, and somebody claims them for the open bench."""
    build = town.order(town.upload(PANELS))
    decline(town)
    (lot,) = [lot for task in town.application.tasks.of(build.id).items if task.name == "Panel" for lot in task.lots]
    made = town.application.claims.make(Call(town.people[who]), lot.id, "south-bench", "I have an afternoon")
    town.plan()
    return made


def decline(town: Town) -> None:
    """The first lab makes none of it."""
    for offer in town.application.offers.all("north", OfferState.OFFERED).items:
        town.application.offers.answer(Call(town.people["north"]), offer.id, accept=False, why="no time")
    town.plan()


def asked(town: Town) -> OfferView:
    (offer,) = [each for each in town.application.offers.all("south", OfferState.OFFERED).items if each.task == "Panel"]
    return offer


def state_of(town: Town, claim: ClaimView) -> ClaimState:
    return next(each.state for each in town.application.claims.all().items if each.id == claim.id)


@pytest.fixture
def asking(town: Town) -> Town:
    """The first lab has no bench, the second one is open to everybody and asks."""
    opened(town)
    town.join("dot", Role.DESIGNER)
    return town


def test_the_lab_answers_and_the_person_does_the_work(asking: Town) -> None:
    town = asking
    claim = claimed(town, "dot")
    assert state_of(town, claim) is ClaimState.OPEN, "it waits for the lab's word"
    town.application.offers.answer(Call(town.people["south"]), asked(town).id, accept=True, why="come by")
    assert state_of(town, claim) is ClaimState.HONOURED
    (job,) = [job for job in town.application.jobs.all("south").items if job.task == "Panel"]
    with pytest.raises(ForbiddenError):
        town.application.jobs.start(Call(town.people["ada"]), job.id)
    dot = Call(town.people["dot"])
    assert town.application.jobs.start(dot, job.id).state is JobState.RUNNING
    assert town.application.jobs.end(dot, job.id, made=True, why="").state is JobState.MADE
    with pytest.raises(ForbiddenError, match="a peer checks it"):
        town.application.pieces.check(dot, job.pieces[0].id, accept=True, why="mine")


def test_a_lab_that_declines_ends_the_claim(asking: Town) -> None:
    town = asking
    claim = claimed(town, "dot")
    town.application.offers.answer(Call(town.people["south"]), asked(town).id, accept=False, why="full")
    town.plan()
    assert state_of(town, claim) is ClaimState.REFUSED


def test_a_lab_that_does_not_answer_ends_the_claim(asking: Town) -> None:
    town = asking
    claim = claimed(town, "dot")
    town.clock.move(hours=49)
    assert town.application.offers.expire() >= 1
    town.plan()
    assert state_of(town, claim) is ClaimState.REFUSED
    assert not [each for each in town.application.offers.all("south", OfferState.OFFERED).items if each.task == "Panel"]


def test_what_is_not_sure_waits_for_a_person_even_where_the_lab_accepts_automatically(town: Town) -> None:
    opened(town, "automatically")
    town.join("dot", Role.DESIGNER)
    claim = claimed(town, "dot")
    assert asked(town).verdict == "unknown", "no file says how large a panel is"
    assert state_of(town, claim) is ClaimState.OPEN


def test_who_claims_takes_it_back(asking: Town) -> None:
    town = asking
    claim = claimed(town, "dot")
    with pytest.raises(ForbiddenError):
        town.application.claims.withdraw(Call(town.people["ada"]), claim.id, "not mine")
    assert town.application.claims.withdraw(Call(town.people["dot"]), claim.id, "ill").state is ClaimState.WITHDRAWN


@pytest.mark.parametrize(
    "bench", [{"access": "members"}, {"training": "saw"}, {"connection": {"driver": "grbl", "port": "virtual"}}]
)
def test_a_bench_that_is_not_open_is_for_operators(town: Town, bench: dict[str, Any]) -> None:
    opened(town, **bench)
    town.join("dot", Role.DESIGNER)
    build = town.order(town.upload(PANELS))
    lots = [lot.id for task in town.application.tasks.of(build.id).items for lot in task.lots]
    with pytest.raises(ForbiddenError, match="may not answer offers, claim work"):
        town.application.claims.make(Call(town.people["dot"]), lots[0], "south-bench", "")
    assert town.application.claims.open_benches() == []


def test_visitors_and_stewards_take_no_work(asking: Town) -> None:
    town = asking
    build = town.order(town.upload(PANELS))
    lots = [lot.id for task in town.application.tasks.of(build.id).items for lot in task.lots]
    with pytest.raises(UnauthenticatedError):
        town.application.claims.make(Call(VISITOR), lots[0], "south-bench", "")
    with pytest.raises(ForbiddenError):
        town.application.claims.make(Call(town.people["ste"]), lots[0], "south-bench", "")
    assert town.application.claims.open_benches() == [("south-bench", "Other bench")]
