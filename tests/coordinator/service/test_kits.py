"""What lies on the table before hands begin: counted, ticked, missing, waived; by whom."""

from __future__ import annotations

import pytest

from coordinator.schema.builds import JobState, RunOutcome
from coordinator.service.access import VISITOR
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.service.supplies.kits import KitLineView, KitView
from coordinator.service.supplies.purchases import Ordered
from core.errors import InputError, StateError

from .conftest import Town
from .test_supplies import WEEK, ada, screws
from .test_whole_life import accept, arrive, printed

ROWS = ("Foot,2,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop", "Drill jig,1,3D printing,PLA,foot.stl,")


def kit_of(town: Town, build_id: int) -> KitView:
    town.plan()
    accept(town)
    (kit,) = town.application.kits.of(build_id)
    return kit


def line(kit: KitView, name: str) -> KitLineView:
    return next(each for each in kit.lines if each.name == name)


def operator(town: Town, kit: KitView) -> Call:
    return Call(town.people[kit.lab])


def test_a_kit_counts_what_one_assembly_needs_and_says_where_it_is(town: Town) -> None:
    agent, build = town.agent("north"), town.order(town.upload(*ROWS[:2]))
    kit = kit_of(town, build.id)
    assert {(each.name, each.kind, each.quantity, each.here) for each in kit.lines} == {
        ("Foot", "made", 2, 0),
        ("Screw", "bought", 4, 0),
    }
    assert line(kit, "Screw").where == "nobody has ordered it"
    assert line(kit, "Foot").where == "still to be made"
    assert line(kit, "Foot").expected_at is not None
    wanted = town.application.purchases.want(ada(town), {screws(town, build.id).id: None})
    assert line(kit_of(town, build.id), "Screw").where == "not ordered yet"
    town.application.purchases.order(ada(town), wanted.id, Ordered("Shop", expected_at=WEEK, place=kit.lab))
    found = line(kit_of(town, build.id), "Screw")
    assert (found.where, found.expected_at) == ("ordered", WEEK)
    town.application.purchases.receive(ada(town), wanted.id, [])
    assert line(kit_of(town, build.id), "Screw").is_here
    printed(town, agent)
    work = town.application.attempts.claim(agent, "north", ["north-printer"])
    assert work is None or work.job_id
    kit = kit_of(town, build.id)
    assert line(kit, "Foot").here == (1 if kit.lab == "north" else 0)


def made(town: Town, *rows: str) -> tuple[int, KitView]:
    """A build of which all is made and bought but nothing is ticked."""
    agent, build = town.agent("north"), town.order(town.upload(*rows))
    while (work := town.application.attempts.claim(agent, "north", ["north-printer"])) is not None:
        town.application.attempts.start(agent, work.attempt_id, work.fence)
        town.application.attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done")
        town.clock.move(minutes=10)
        town.plan()
    arrive(town, build.id)
    return build.id, kit_of(town, build.id)


def test_hands_do_not_begin_before_all_is_ticked(town: Town) -> None:
    _, kit = made(town, "Foot,1,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop")
    jobs, kits, who = town.application.jobs, town.application.kits, operator(town, kit)
    with pytest.raises(StateError, match="not yet on the table: Foot, Screw"):
        jobs.start(who, kit.job_id)
    kits.tick(who, kit.job_id, [line(kit, "Screw").task_id])
    with pytest.raises(StateError, match="not yet on the table: Foot"):
        jobs.start(who, kit.job_id)
    full = kits.tick(who, kit.job_id, [line(kit, "Foot").task_id], "carried over")
    assert full.complete
    assert {each.ticked_by for each in full.lines} == {who.actor.id}
    less = kits.untick(who, kit.job_id, line(kit, "Screw").task_id, "one rolled away")
    assert not less.complete
    with pytest.raises(StateError, match="Screw"):
        jobs.start(who, kit.job_id)
    kits.tick(who, kit.job_id, [])
    assert jobs.start(who, kit.job_id).state is JobState.RUNNING
    with pytest.raises(StateError, match="this job is running"):
        kits.untick(who, kit.job_id, line(kit, "Screw").task_id, "too late")
    kinds = [each.kind for each in town.application.log.of_build(kit.build_id, 99)]
    assert [each for each in kinds if each.startswith("kit.")].count("kit.complete") == 2


def test_a_person_may_begin_without_and_says_why(town: Town) -> None:
    build = town.order(town.upload("Screw,4,,,,Shop"))
    kit = kit_of(town, build.id)
    kits, who = town.application.kits, operator(town, kit)
    with pytest.raises(StateError):
        town.application.jobs.start(who, kit.job_id)
    with pytest.raises(InputError, match="say why"):
        kits.waive(who, kit.job_id, " ")
    waived = kits.waive(who, kit.job_id, "screws of our own will do")
    assert (waived.complete, waived.waived_why) == (False, "screws of our own will do")
    town.application.jobs.start(who, kit.job_id)
    begun = [each for each in town.application.log.of_build(build.id, 99) if each.kind == "job.running"]
    assert begun[0].why == "begun by hand, without all of its kit"


def test_what_is_still_to_be_made_is_waited_for_all_the_same(town: Town) -> None:
    build = town.order(town.upload("Foot,1,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop"))
    kit = kit_of(town, build.id)
    who = operator(town, kit)
    town.application.kits.waive(who, kit.job_id, "screws of our own will do")
    with pytest.raises(StateError, match="it waits for 'Foot'"):
        town.application.jobs.start(who, kit.job_id)


def test_what_is_noted_elsewhere_is_ticked_with_a_reason_only(town: Town) -> None:
    build = town.order(town.upload("Screw,4,,,,Shop"))
    kit = kit_of(town, build.id)
    other = "south" if kit.lab == "north" else "north"
    wanted = town.application.purchases.want(ada(town), {screws(town, build.id).id: None})
    town.application.purchases.order(ada(town), wanted.id, Ordered("Shop", place=other))
    town.application.purchases.receive(ada(town), wanted.id, [])
    found = line(kit_of(town, build.id), "Screw")
    assert (found.is_here, found.where) == (False, f"at {other}")
    kits, who = town.application.kits, operator(town, kit)
    assert not kits.tick(who, kit.job_id, []).complete, "what is not here is not ticked by the lot"
    with pytest.raises(StateError, match="say how it came"):
        kits.tick(who, kit.job_id, [found.task_id])
    ticked = kits.tick(who, kit.job_id, [found.task_id], "I fetched them")
    assert line(ticked, "Screw").why == "I fetched them"


def test_a_piece_that_is_not_made_is_on_no_table(town: Town) -> None:
    build = town.order(town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    kit = kit_of(town, build.id)
    with pytest.raises(StateError, match="not made yet"):
        town.application.kits.tick(operator(town, kit), kit.job_id, [line(kit, "Foot").task_id], "I have one")


def test_only_operators_of_the_lab_tick(town: Town) -> None:
    build = town.order(town.upload("Screw,4,,,,Shop"))
    kit, kits = kit_of(town, build.id), town.application.kits
    other = town.people["south" if kit.lab == "north" else "north"]
    for who, error in ((VISITOR, UnauthenticatedError), (town.people["ada"], ForbiddenError), (other, ForbiddenError)):
        with pytest.raises(error):
            kits.tick(Call(who), kit.job_id, [])
        with pytest.raises(error):
            kits.waive(Call(who), kit.job_id, "because")
    with pytest.raises(UnknownError):
        kits.tick(operator(town, kit), kit.job_id, [99])


def test_a_tool_lies_there_for_all(town: Town) -> None:
    _, kit = made(town, *ROWS)
    jig = line(kit, "Drill jig")
    assert (jig.kind, jig.quantity) == ("tool", 1)
