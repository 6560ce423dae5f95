"""Builds weighed against each other: a late one is let through where that pays, and nothing else is shuffled."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from coordinator.schema.builds import JobState, OfferState, RunOutcome
from coordinator.service.designs.designs import DesignView
from coordinator.service.house import Call
from coordinator.service.log import EventView
from coordinator.service.runs.jobs import JobView
from coordinator.service.work.builds import BuildView
from tests.coordinator.conftest import block_stl

from .conftest import NOW, Town
from .conftest import bare as bare
from .conftest import town as town

HOUR_S = 3600


def part(town: Town, name: str, quantity: int, hours: float = 1.0) -> DesignView:
    """A design of so many prints, each of so many hours."""
    dwell = "G4 S200\n" * round(hours * HOUR_S / 200)
    program = f"G28\nG90\nM82\nM104 S200\nG92 E0\nG1 X20 Y30 E1 F1200\n{dwell}G1 X30 Y30 E2\nM104 S0\nM84\n"
    row = f"{name},{quantity},3D printing,PLA,{name}.stl,"
    return town.upload(row, **{f"{name}__stl": block_stl(20, 20, 10 + quantity), f"{name}__gcode": program})


def prints(town: Town, build: BuildView) -> list[JobView]:
    jobs = [job for job in town.application.jobs.all(build_id=build.id, limit=200).items if not job.by_hand]
    return sorted(jobs, key=lambda job: job.planned_start)


def starts(town: Town, build: BuildView) -> dict[str, datetime]:
    return {job.id: job.planned_start for job in prints(town, build)}


def told(town: Town, kind: str, since: int = 0) -> list[EventView]:
    return [each for each in town.application.log.after(since, 9999) if each.kind == kind]


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_a_small_build_that_is_due_soon_is_let_through(town: Town) -> None:
    big = town.order(part(town, "Rail", 7))
    before = starts(town, big)
    mark = town.application.log.newest()
    small = town.order(part(town, "Clip", 1), due_at=at(4))
    (clip,) = prints(town, small)
    assert clip.planned_end <= at(4), "it would have been made after all the rails"
    after = starts(town, big)
    assert set(after) == set(before), "what was accepted stays accepted, at its machine"
    changed = [job for job in before if abs(after[job] - before[job]) > timedelta(minutes=5)]
    assert 1 <= len(changed) <= 2, "and as little as can be makes way"
    spans = sorted((job.planned_start, job.planned_end) for job in (*prints(town, big), clip))
    assert all(one[1] <= other[0] for one, other in pairwise(spans)), "one job a machine"
    news = [each for each in told(town, "schedule.lab", mark) if each.data["build"] == big.id]
    assert {move["job"] for each in news for move in each.data["moved"]} >= set(changed)
    assert {each.why for each in news} == {f"build {small.id} would be late"}
    assert town.application.builds.plan(big.id).why == f"build {small.id} would be late"


def test_a_third_build_that_is_in_no_hurry_moves_nothing(town: Town) -> None:
    first, second = town.order(part(town, "Rail", 3)), town.order(part(town, "Clip", 2), due_at=at(200))
    before = starts(town, first) | starts(town, second)
    mark = town.application.log.newest()
    third = town.order(part(town, "Knob", 2), due_at=at(300))
    assert prints(town, third)
    assert starts(town, first) | starts(town, second) == before
    assert {each.data["build"] for each in told(town, "schedule.lab", mark)} == {third.id}
    assert {each.data["build"] for each in told(town, "schedule.build", mark)} == {third.id}


def test_what_cannot_be_in_time_in_any_case_moves_nothing(town: Town) -> None:
    big = town.order(part(town, "Rail", 2))
    before = starts(town, big)
    running = prints(town, big)[0]
    agent = town.agent("north")
    work = town.application.attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    assert work.job_id == running.id
    town.application.attempts.start(agent, work.attempt_id, work.fence)
    town.order(part(town, "Clip", 1, hours=2.0), due_at=at(-1))
    assert starts(town, big)[running.id] == before[running.id], "what runs is never moved"


def test_of_two_that_are_due_the_one_due_sooner_is_made_first(town: Town) -> None:
    later = town.order(part(town, "Rail", 3), due_at=at(9))
    sooner = town.order(part(town, "Clip", 2), due_at=at(4))
    assert max(job.planned_end for job in prints(town, sooner)) <= at(4)
    assert max(job.planned_end for job in prints(town, later)) <= at(9)


def test_an_offer_that_stays_what_it_was_keeps_its_number(town: Town) -> None:
    """A lab that thinks about an offer is not asked anew after each change elsewhere."""
    build = town.order(town.upload("Panel,2,Manual cutting,,,", "Foot,1,3D printing,PLA,foot.stl,"))
    open_offers = {each.id for each in town.application.offers.all(state=OfferState.OFFERED, build_id=build.id).items}
    assert open_offers
    with town.application.house.change("test") as change:
        from coordinator.service.planning.orders import want_plan

        want_plan(change, build.id, "anything")
    mark = town.application.log.newest()
    town.plan()
    again = {each.id for each in town.application.offers.all(state=OfferState.OFFERED, build_id=build.id).items}
    assert again == open_offers
    assert told(town, "schedule.lab", mark) == []
    assert told(town, "schedule.build", mark) == []


def test_the_builder_hears_of_a_new_end_and_the_lab_of_what_it_is_asked(town: Town) -> None:
    build = town.order(part(town, "Rail", 2), due_at=at(100))
    (first,) = told(town, "schedule.build")
    assert (first.data["build"], first.data["ordered_by"]) == (build.id, build.ordered_by)
    assert (first.data["end_before"], first.data["late"]) == (None, False)
    (north,) = [each for each in told(town, "schedule.lab") if each.data["lab"] == "north"]
    assert {each["task"] for each in north.data["taken"]} >= {"Rail"}
    assert "@" not in str(north.data)
    agent, mark = town.agent("north"), town.application.log.newest()
    work = town.application.attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    town.application.attempts.start(agent, work.attempt_id, work.fence)
    town.clock.move(hours=30)
    town.application.attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FAILED, lines=1, message="a jam")
    town.application.jobs.rule(Call(town.people["north"]), work.job_id, JobState.SCRAPPED, "string")
    town.plan()
    (later,) = told(town, "schedule.build", mark)
    assert later.data["end_before"] == first.data["end"] < later.data["end"]
