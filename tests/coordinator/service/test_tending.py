"""What happens by itself: leases and offers run out, a simulated clock leaps only where nobody works, one plans."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from coordinator.schema.builds import JobState, OfferState
from coordinator.service import turns
from coordinator.service.access import Actor
from coordinator.service.clock import SimulatedClock
from coordinator.service.house import Call, House
from coordinator.service.tending import Tending

from .conftest import NOW, Town


def quiet(error: BaseException) -> None:
    raise error


def test_an_offer_that_nobody_answers_expires_and_goes_elsewhere(town: Town) -> None:
    build = town.order(town.upload("Panel,2,Manual cutting,,,"))
    tending = Tending(town.application, failed=quiet)
    offers = town.application.offers
    first = offers.all(state=OfferState.OFFERED, build_id=build.id).items[0]
    town.clock.move(hours=47)
    assert not tending.keep()
    town.clock.move(hours=2)
    assert tending.keep()
    town.plan()
    second = offers.all(state=OfferState.OFFERED, build_id=build.id).items[0]
    assert (offers.one(first.id).state, second.lab != first.lab) == (OfferState.EXPIRED, True)


def test_a_claim_beats_a_proposal_and_matching_has_the_last_word(town: Town) -> None:
    build = town.order(town.upload("Panel,2,Manual cutting,,,"))
    claims, offers = town.application.claims, town.application.offers
    offered = offers.all(state=OfferState.OFFERED, build_id=build.id).items[0]
    other = next(lab for lab in ("north", "south") if lab != offered.lab)
    claim = claims.make(Call(town.people[other]), offered.lot_id, f"{other}-bench", "we have an hour")
    assert offers.one(offered.id).state is OfferState.WITHDRAWN
    with pytest.raises(Exception, match="has claimed it"):
        claims.make(Call(town.people[offered.lab]), offered.lot_id, f"{offered.lab}-bench", "so have we")
    town.plan()
    assert claims.all(other).items[0].state == "honoured"
    job = next(each for each in town.application.jobs.all(build_id=build.id).items if each.lot_id == offered.lot_id)
    assert (job.machine, job.state) == (f"{other}-bench", JobState.SCHEDULED)
    assert claim.state == "open"


def test_a_claim_for_a_machine_that_cannot_is_refused_with_the_reason(town: Town) -> None:
    build = town.order(town.upload("Panel,2,Manual cutting,,,"))
    offered = town.application.offers.all(state=OfferState.OFFERED, build_id=build.id).items[0]
    claims = town.application.claims
    claims.make(Call(town.people["north"]), offered.lot_id, "north-printer", "")
    town.plan()
    assert claims.all("north").items[0].state == "refused"
    refused = [event for event in town.application.log.after(0, 1000) if event.kind == "claim.refused"]
    assert refused[0].why
    again = town.application.offers.all(state=OfferState.OFFERED, build_id=build.id).items
    assert [each.lot_id for each in again] == [offered.lot_id], "it is proposed once more"


def test_two_builds_do_not_plan_one_machine_for_the_same_time(town: Town) -> None:
    design = town.upload("Foot,1,3D printing,PLA,foot.stl,")
    town.order(design)
    town.order(design)
    spans = sorted(
        (job.planned_start, job.planned_end)
        for job in town.application.jobs.all().items
        if job.machine == "north-printer"
    )
    assert len(spans) == 2
    assert spans[0][1] <= spans[1][0]


def leaping(town: Town) -> tuple[Tending, SimulatedClock]:
    """The same town on a clock that leaps."""
    old = town.application.house
    clock = SimulatedClock(old.clock.now(), 0.001)
    object.__setattr__(old, "clock", clock)
    assert isinstance(old, House)
    return Tending(town.application, failed=quiet), clock


def test_a_simulated_clock_leaps_to_the_next_start_and_not_while_somebody_works(town: Town) -> None:
    agent: Actor = town.agent("north")
    town.clock.move(hours=-6)  # at night; the printer runs unattended, and starts when its lab is open
    town.order(town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    tending, clock = leaping(town)
    attempts = town.application.attempts
    assert attempts.claim(agent, "north", ["north-printer"]) is None
    tending.keep()
    assert clock.now() >= NOW - timedelta(hours=1)
    work = attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    before = clock.now()
    tending.keep()
    assert clock.now() - before < timedelta(seconds=1)


def test_old_answers_are_forgotten(town: Town) -> None:
    design = town.upload()
    call = Call(town.people["ada"], "key", b"order")
    first = town.application.builds.order(call, design.id, 1)
    assert town.application.builds.order(call, design.id, 1) == first
    town.real.move(days=3)
    Tending(town.application, failed=quiet).keep()
    assert town.application.builds.order(call, design.id, 1).id != first.id


def test_a_database_that_is_away_for_a_while_does_not_end_the_service(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other error does."""
    taken, failed, done = itertools.count(), list[BaseException](), threading.Event()

    def keep(_: Tending) -> bool:
        if next(taken) == 0:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly"))
        raise ZeroDivisionError

    def fail(error: BaseException) -> None:
        failed.append(error)
        done.set()

    monkeypatch.setattr(Tending, "keep", keep)
    monkeypatch.setattr(turns, "_AGAIN_S", 0.01)
    tending = Tending(town.application, failed=fail)
    tending.start()
    assert done.wait(60)
    tending.stop()
    assert isinstance(failed[0], ZeroDivisionError)
    assert next(taken) == 2
