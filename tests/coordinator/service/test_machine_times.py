"""When machines are not to be had: locks, upkeep, reservations, work from outside; and the hours that come of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coordinator.schema.builds import JobState, OfferState, RunOutcome
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.machinery.readings import BUSY_OUTSIDE, Seen
from coordinator.service.machinery.running import split
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.runs.attempts import WorkView
from coordinator.service.runs.jobs import JobView
from core.errors import InputError, StateError
from tests.coordinator.conftest import LABS, block_stl, print_program

from .conftest import NOW, Town

HOUR = timedelta(hours=1)
FOOT = "Foot,1,3D printing,PLA,foot.stl,"
SECOND = """
      - id: north-spare
        name: Spare printer
        processes: [fdm]
        materials: [pla]
        envelope_mm: [220, 220, 250]
        unattended: true
        connection: {driver: marlin, port: virtual}
        limits: {nozzle_c: 240, bed_c: 90}
"""


def order_foot(town: Town) -> None:
    town.order(town.upload(FOOT, foot__stl=block_stl(20, 20, 20), foot__gcode=print_program()))


def operator(town: Town) -> Call:
    return Call(town.people["north"])


def agent(town: Town) -> None:
    town.people.setdefault("agent", town.agent("north"))


def claim(town: Town, machine: str = "north-printer") -> WorkView | None:
    agent(town)
    return town.application.attempts.claim(town.people["agent"], "north", [machine])


def kinds(town: Town) -> list[str]:
    return [each.kind for each in town.application.log.after(0, 9999)]


def printing(town: Town) -> JobView:
    """The one job of a printer."""
    (job,) = (each for each in town.application.jobs.all().items if each.task == "Foot")
    return job


def test_no_job_starts_on_a_machine_that_is_locked_and_all_know_why(town: Town) -> None:
    order_foot(town)
    locks = town.application.locks
    lock = locks.lock(operator(town), "north-printer", "nozzle clogged")
    assert (lock.running, lock.locked_by) == (None, town.people["north"].id)
    assert claim(town) is None
    town.application.held.sweep()
    assert [each.why for each in town.application.held.all()] == ["north-printer is locked: nozzle clogged"]
    with pytest.raises(StateError, match="locked: nozzle clogged"):
        locks.lock(operator(town), "north-printer", "again")
    locks.unlock(operator(town), "north-printer", "nozzle changed")
    assert claim(town) is not None
    assert [each.what for each in locks.log("north-printer").items] == ["nozzle changed"]
    told = [each for each in kinds(town) if each in ("machine.locked", "machine.unlocked", "machine.cared-for")]
    assert told == ["machine.locked", "machine.unlocked", "machine.cared-for"]


def test_a_running_job_is_left_alone(town: Town) -> None:
    order_foot(town)
    work = claim(town)
    assert work is not None
    attempts = town.application.attempts
    attempts.start(town.people["agent"], work.attempt_id, work.fence)
    lock = town.application.locks.lock(operator(town), "north-printer", "it rattles")
    assert lock.running == work.job_id
    town.plan()
    attempts.end(town.people["agent"], work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done")
    assert town.application.jobs.one(work.job_id).state is JobState.MADE


def test_work_that_is_only_offered_goes_to_another_machine(bare: Town) -> None:
    labs = yaml.safe_load(LABS)
    labs["labs"][0]["policy"] = {"accepts": "asks"}
    labs["labs"][0]["machines"] += yaml.safe_load(SECOND)
    bare.application.labs.put(Call(KEEPER), labs)
    bare.join("ada", Role.BUILDER)
    bare.join("north", Role.OPERATOR, "north")
    order_foot(bare)
    (offer,) = (each for each in bare.application.offers.all().items if each.task == "Foot")
    other = {"north-printer": "north-spare", "north-spare": "north-printer"}[offer.machine]
    bare.application.locks.lock(Call(bare.people["north"]), offer.machine, "nozzle clogged")
    bare.plan()
    offers = [each for each in bare.application.offers.all().items if each.task == "Foot"]
    assert [each.machine for each in offers if each.state is OfferState.OFFERED] == [other]


def test_accepted_work_waits_for_the_end_of_a_lock(town: Town) -> None:
    order_foot(town)
    until = NOW + 30 * HOUR
    town.application.locks.lock(operator(town), "north-printer", "belt ordered", until)
    town.plan()
    job = printing(town)
    assert job.planned_start >= until


@pytest.mark.parametrize("why", ["", "  "])
def test_a_lock_has_a_reason_and_an_end_ahead(town: Town, why: str) -> None:
    locks = town.application.locks
    with pytest.raises(InputError, match="why"):
        locks.lock(operator(town), "north-printer", why)
    with pytest.raises(InputError, match="ahead"):
        locks.lock(operator(town), "north-printer", "broken", NOW - HOUR)
    with pytest.raises(ForbiddenError):
        locks.lock(Call(town.people["south"]), "north-printer", "broken")
    with pytest.raises(UnknownError):
        locks.lock(operator(town), "nowhere", "broken")
    with pytest.raises(StateError, match="not locked"):
        locks.unlock(operator(town), "north-printer")


def run_for(town: Town, hours: float) -> None:
    """One foot, made in so many hours."""
    order_foot(town)
    work = claim(town)
    assert work is not None
    town.application.attempts.start(town.people["agent"], work.attempt_id, work.fence)
    town.clock.move(hours=hours)
    town.application.attempts.end(
        town.people["agent"], work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done"
    )


def sweep(town: Town) -> None:
    town.real.move(minutes=1)
    town.application.upkeep.sweep()


def test_upkeep_by_hours_run_is_told_once_and_locks_until_it_is_done(town: Town) -> None:
    upkeep = town.application.upkeep
    made = upkeep.add(operator(town), "north-printer", "grease the rods", every_hours=2.0, locks=True)
    assert (made.hours_left, made.next_at) == (2.0, None)
    run_for(town, 1.0)
    sweep(town)
    assert upkeep.of("north-printer")[0].due_at is None
    run_for(town, 1.5)
    for _ in range(3):
        sweep(town)
    assert kinds(town).count("upkeep.due") == 1
    lock = town.application.locks.of("north-printer")
    assert lock is not None
    assert (lock.why, lock.locked_by) == ("due: grease the rods", "coordinator")
    town.application.locks.unlock(operator(town), "north-printer", "greased")
    again = upkeep.of("north-printer")[0]
    assert (again.due_at, again.hours_left) == (None, pytest.approx(2.0))
    (care,) = town.application.locks.log("north-printer").items
    assert (care.upkeep, care.hours) == ("grease the rods", pytest.approx(2.5))


def test_upkeep_by_a_rule_of_days_is_due_in_the_zone_of_the_lab(town: Town) -> None:
    upkeep = town.application.upkeep
    made = upkeep.add(operator(town), "north-bench", "sweep", rule="FREQ=WEEKLY", starts_at=NOW + HOUR)
    assert made.next_at == NOW + HOUR
    sweep(town)
    assert "upkeep.due" not in kinds(town)
    town.clock.move(hours=2)
    sweep(town)
    assert kinds(town).count("upkeep.due") == 1
    assert town.application.locks.of("north-bench") is None, "it does not lock"
    done = upkeep.done(operator(town), made.id)
    assert done.next_at == NOW + HOUR + timedelta(days=7)
    upkeep.end(operator(town), made.id)
    assert upkeep.of("north-bench") == []


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"every_hours": 0.0},
        {"every_hours": float("inf")},
        {"every_hours": 5.0, "rule": "FREQ=DAILY", "starts_at": NOW},
        {"rule": "FREQ=DAILY"},
        {"rule": "FREQ=SECONDLY", "starts_at": NOW},
        {"rule": "nonsense", "starts_at": NOW},
    ],
)
def test_upkeep_that_says_nothing_sensible_is_refused(town: Town, stated: dict[str, object]) -> None:
    with pytest.raises(InputError):
        town.application.upkeep.add(operator(town), "north-printer", "oil", **stated)  # type: ignore[arg-type]


def test_a_reservation_keeps_jobs_away_and_is_planned_around(town: Town) -> None:
    reservations = town.application.reservations
    made = reservations.make(operator(town), "north-printer", NOW, NOW + 3 * HOUR, "workshop for children")
    order_foot(town)
    job = printing(town)
    assert job.planned_start >= NOW + 3 * HOUR
    assert claim(town) is None
    ended = reservations.end(operator(town), made.id)
    assert ended.conflicts == []
    town.plan()
    assert claim(town) is not None


def test_a_job_does_not_run_into_a_reservation(town: Town) -> None:
    order_foot(town)
    job = printing(town)
    soon = NOW + (job.planned_end - job.planned_start) / 2
    reservations = town.application.reservations
    with pytest.raises(StateError, match="Foot is scheduled"):
        reservations.make(operator(town), "north-printer", soon, soon + HOUR)
    made = reservations.make(operator(town), "north-printer", soon, soon + HOUR, anyway=True)
    assert [each.job_id for each in made.conflicts] == [job.id]
    assert claim(town) is None
    town.application.held.sweep()
    assert [each.why for each in town.application.held.all()] == ["north-printer is reserved before the run would end"]
    town.plan()
    assert town.application.jobs.one(job.id).planned_start >= made.ends_at
    with pytest.raises(StateError, match="somebody has reserved"):
        reservations.make(operator(town), "north-printer", soon, soon + HOUR, anyway=True)


def open_to_all(town: Town) -> None:
    entry = town.application.labs.one(KEEPER, "north").entry
    entry["access"] = "public"
    town.application.labs.put_one(operator(town), "north", entry)


def test_guests_reserve_only_what_is_open_to_all_and_only_a_little(town: Town) -> None:
    reservations, ada = town.application.reservations, Call(town.people["ada"])
    with pytest.raises(ForbiddenError):
        reservations.make(ada, "north-bench", NOW, NOW + HOUR)
    open_to_all(town)
    with pytest.raises(InputError, match="1 day"):
        reservations.make(ada, "north-bench", NOW, NOW + 25 * HOUR)
    for day in range(5):
        made = reservations.make(ada, "north-bench", NOW + day * 24 * HOUR, NOW + (day * 24 + 1) * HOUR, "a shelf")
    with pytest.raises(StateError, match="5 reservations"):
        reservations.make(ada, "north-bench", NOW + 200 * HOUR, NOW + 201 * HOUR)
    with pytest.raises(ForbiddenError):
        reservations.end(Call(town.people["south"]), made.id)
    reservations.end(ada, made.id)
    with pytest.raises(StateError, match="over"):
        reservations.end(ada, made.id)


def test_guests_do_not_push_promised_work_away(town: Town) -> None:
    open_to_all(town)
    order_foot(town)
    with pytest.raises(StateError, match="is scheduled"):
        town.application.reservations.make(
            Call(town.people["ada"]), "north-printer", NOW, NOW + HOUR, "mine", anyway=True
        )


def test_who_has_a_machine_is_nobodys_business_but_the_labs(town: Town) -> None:
    reservations = town.application.reservations
    reservations.make(operator(town), "north-bench", NOW, NOW + HOUR, "a party")
    people = ("ada", "south", "north", "ste")
    seen = {name: reservations.all(town.people[name]).items[0].person is not None for name in people}
    assert seen == {"ada": False, "south": False, "north": True, "ste": True}


@pytest.mark.parametrize(
    ("begin", "end"), [(1, 1), (2, 1), (-3, -1), (0, 32 * 24), (24 * 400, 24 * 400 + 1)]
)  # fmt: skip
def test_a_time_that_is_none_cannot_be_reserved(town: Town, begin: int, end: int) -> None:
    with pytest.raises(InputError):
        town.application.reservations.make(operator(town), "north-bench", NOW + begin * HOUR, NOW + end * HOUR)


def see(town: Town, state: str, left_s: float | None = None) -> None:
    agent(town)
    outside = "benchy.gcode" if state == BUSY_OUTSIDE else None
    seen = Seen(machine="north-printer", state=state, outside=outside, left_s=left_s)
    town.application.readings.note(town.people["agent"], [seen])


def test_work_from_outside_is_seen_and_planned_around_until_it_ends(town: Town) -> None:
    see(town, BUSY_OUTSIDE, 5 * 3600)
    found = town.application.outside_work.of("north-printer")
    assert found is not None
    assert (found.what, found.ends_at) == ("benchy.gcode", NOW + 5 * HOUR)
    order_foot(town)
    job = printing(town)
    assert job.planned_start >= NOW + 5 * HOUR
    assert claim(town) is None
    see(town, BUSY_OUTSIDE, 6 * 3600)
    town.plan()
    assert town.application.jobs.one(job.id).planned_start >= NOW + 6 * HOUR
    see(town, "idle")
    town.plan()
    assert town.application.outside_work.of("north-printer") is None
    assert claim(town) is not None


def test_hours_are_added_up_by_what_the_machine_did(town: Town) -> None:
    run_for(town, 2.0)  # 9 to 11
    locks = town.application.locks
    locks.lock(operator(town), "north-printer", "clogged")
    town.clock.move(hours=1)
    locks.unlock(operator(town), "north-printer", "cleaned")  # 11 to 12
    made = town.application.reservations.make(operator(town), "north-printer", NOW + 3 * HOUR, NOW + 5 * HOUR)
    town.clock.move(hours=1)
    town.application.reservations.end(operator(town), made.id)  # 12 to 13
    see(town, BUSY_OUTSIDE)
    town.clock.move(hours=1)
    see(town, "idle")  # 13 to 14
    town.clock.move(hours=5)
    told = town.application.running.utilisation("north-printer", NOW)
    assert (told.running, told.locked, told.reserved, told.outside, told.idle) == pytest.approx((2, 1, 1, 1, 5))
    assert (told.hours, told.share, told.runs, told.hours_run_ever) == pytest.approx((10, 0.3, 1, 2))
    with pytest.raises(InputError):
        town.application.running.utilisation("north-printer", NOW + 100 * HOUR)


SPANS = st.lists(
    st.tuples(st.integers(-20, 120), st.integers(0, 60)).map(
        lambda pair: (NOW + pair[0] * HOUR, NOW + (pair[0] + pair[1]) * HOUR)
    ),
    max_size=6,
)


@given(layers=st.lists(SPANS, min_size=1, max_size=4))
def test_each_hour_counts_for_the_first_that_holds_it(layers: list[list[tuple[object, object]]]) -> None:
    told = split(layers, NOW, NOW + 100 * HOUR)  # type: ignore[arg-type]
    expected = [0] * len(layers)
    for hour in range(100):
        begin = NOW + hour * HOUR
        for place, spans in enumerate(layers):
            if any(first <= begin and begin + HOUR <= last for first, last in spans):  # type: ignore[operator]
                expected[place] += 1
                break
    assert [each / HOUR for each in told] == expected
