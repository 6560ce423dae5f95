"""The first run of a batch is made alone, and the rest starts when a peer has accepted it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
import yaml

from coordinator.schema.builds import JobState, PieceState, RunOutcome
from coordinator.schema.network import PersonRow, Role
from coordinator.service.access import Actor
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError
from coordinator.service.runs.attempts import WorkView
from coordinator.service.runs.jobs import JobView
from core.errors import StateError
from machines.lab import FirstArticle
from tests.coordinator.conftest import LABS, block_stl, print_program

from .conftest import Town
from .conftest import bare as bare
from .conftest import town as town
from .test_whole_life import accept

FEET = "Foot,3,3D printing,PLA,foot.stl,"
PRINTERS = ["north-printer", "north-second"]


@pytest.fixture
def printers(town: Town) -> Town:
    """A second printer in the first lab, which asks where it has not made a file before, as labs do by default."""
    document = yaml.safe_load(LABS)
    lab = document["labs"][0]
    lab["policy"] = {"accepts": "automatically"}
    lab["machines"].append(lab["machines"][0] | {"id": "north-second"})
    town.application.labs.put(Call(KEEPER), document)
    return town


def taken(town: Town, agent: Actor) -> Iterator[WorkView]:
    """All work that is handed out now, started."""
    for machine in PRINTERS:
        work = town.application.attempts.claim(agent, "north", [machine])
        if work is not None:
            town.application.attempts.start(agent, work.attempt_id, work.fence)
            yield work


def ended(town: Town, agent: Actor, work: WorkView, outcome: RunOutcome = RunOutcome.FINISHED) -> None:
    town.clock.move(minutes=10)
    town.application.attempts.end(agent, work.attempt_id, work.fence, outcome, lines=50, message=f"it {outcome}")
    town.plan()
    town.clock.move(hours=1)  # what was planned after that may begin


def check(town: Town, job_id: str, *, accept: bool, who: str = "south") -> None:
    for piece in town.application.jobs.one(job_id).pieces:
        town.application.pieces.check(Call(town.people[who]), piece.id, accept=accept, why="I measured it")
    town.plan()
    town.clock.move(hours=1)


def feet(town: Town, build_id: int) -> list[JobView]:
    return [job for job in town.application.jobs.all(build_id=build_id, limit=200).items if job.task == "Foot"]


def kinds(town: Town) -> list[str]:
    return [each.kind for each in town.application.log.after(0, 9999) if each.kind.startswith("first-article.")]


def test_one_is_made_alone_then_checked_then_the_rest(printers: Town) -> None:
    town = printers
    agent, build = town.agent("north"), town.order(town.upload(FEET))
    jobs = sorted(feet(town, build.id), key=lambda job: job.planned_start)
    assert len(jobs) == 3
    assert all((after.planned_start - jobs[0].planned_end).total_seconds() >= 1800 for after in jobs[1:]), jobs
    town.clock.move(hours=2)
    (first,) = taken(town, agent)
    assert list(taken(town, agent)) == [], "the rest waits while the first is made"
    waits = {job.waits for job in feet(town, build.id) if job.state is JobState.SCHEDULED}
    assert waits == {f"the first of its batch, {first.job_id}, is made alone: it is running"}
    ended(town, agent, first)
    assert list(taken(town, agent)) == [], "and while nobody has looked at it"
    assert town.application.jobs.one(first.job_id).to_check
    (asked,) = [each for each in town.application.board.waiting(build.id) if each.kind == "check"]
    assert "the rest of its batch waits" in asked.why
    check(town, first.job_id, accept=True)
    rest = list(taken(town, agent))
    assert {work.machine for work in rest} <= set(PRINTERS)
    for work in rest:
        ended(town, agent, work)
    rest += taken(town, agent)
    assert len(rest) == 2
    assert kinds(town) == [f"first-article.{each}" for each in ("wanted", "begun", "made", "accepted")]


def test_a_rejected_first_article_is_made_again_before_the_rest(printers: Town) -> None:
    town = printers
    agent, build = town.agent("north"), town.order(town.upload(FEET))
    town.clock.move(hours=2)
    (first,) = taken(town, agent)
    ended(town, agent, first)
    check(town, first.job_id, accept=False)
    remade = [job for job in feet(town, build.id) if job.remake_of == first.job_id]
    assert len(remade) == 1, "the remake names what it stands for"
    (second,) = taken(town, agent)
    assert list(taken(town, agent)) == [], "the next is a first article again"
    ended(town, agent, second)
    check(town, second.job_id, accept=True)
    assert list(taken(town, agent))
    told = ("wanted", "begun", "made", "wanted", "begun", "made", "accepted")
    assert kinds(town) == [f"first-article.{each}" for each in told]


def test_what_is_found_bad_after_all_holds_the_rest_up_again(printers: Town) -> None:
    """Of a plate of two, a peer accepts one piece; the rest may start, until the other is found bad."""
    town = printers
    plates = {"foot__stl": block_stl(20, 20, 20), "foot_x2__gcode": print_program()}
    agent, build = town.agent("north"), town.order(town.upload("Foot,6,3D printing,PLA,foot.stl,", **plates))
    town.clock.move(hours=2)
    (first,) = taken(town, agent)
    ended(town, agent, first)
    one, other = town.application.jobs.one(first.job_id).pieces
    peer = Call(town.people["south"])
    town.application.pieces.check(peer, one.id, accept=True, why="fits")
    assert not any(job.waits for job in feet(town, build.id))
    town.application.pieces.check(peer, other.id, accept=False, why="split")
    town.plan()
    town.clock.move(hours=1)
    (second,) = taken(town, agent)
    assert list(taken(town, agent)) == []
    ended(town, agent, second)
    check(town, second.job_id, accept=True)
    assert list(taken(town, agent))


@pytest.mark.parametrize("outcome", [RunOutcome.FAILED, RunOutcome.LOST_CONTACT])
def test_a_first_article_that_fails_is_scrapped_and_another_takes_its_place(
    printers: Town, outcome: RunOutcome
) -> None:
    town = printers
    agent, build = town.agent("north"), town.order(town.upload(FEET))
    town.clock.move(hours=2)
    (first,) = taken(town, agent)
    ended(town, agent, first, outcome)
    assert list(taken(town, agent)) == [], "nobody has ruled yet"
    town.application.jobs.rule(Call(town.people["north"]), first.job_id, JobState.SCRAPPED, "a heap of string")
    town.plan()
    town.clock.move(hours=1)
    (second,) = taken(town, agent)
    assert second.job_id != first.job_id
    ended(town, agent, second)
    check(town, second.job_id, accept=True)
    assert list(taken(town, agent))
    assert build.id


def test_a_lease_that_runs_out_frees_the_place_of_the_first(printers: Town) -> None:
    town = printers
    agent, _ = town.agent("north"), town.order(town.upload(FEET))
    town.clock.move(hours=2)
    first = town.application.attempts.claim(agent, "north", PRINTERS)
    assert first is not None
    other = next(each for each in PRINTERS if each != first.machine)
    assert town.application.attempts.claim(agent, "north", [other]) is None
    town.real.move(seconds=31)
    town.application.attempts.sweep()
    again = town.application.attempts.claim(agent, "north", PRINTERS)
    assert again is not None
    assert town.application.attempts.claim(agent, "north", [each for each in PRINTERS if each != again.machine]) is None


@pytest.mark.parametrize(
    ("lab", "order", "alone"),
    [
        ("never", None, False), ("never", FirstArticle.NEW, True), ("new", FirstArticle.NEVER, False),
        ("always", FirstArticle.NEVER, True), ("always", None, True),
    ],
)  # fmt: skip
def test_order_and_lab_say_whether_it_is_asked_for(
    printers: Town, lab: str, order: FirstArticle | None, alone: bool
) -> None:
    town, document = printers, yaml.safe_load(LABS)
    document["labs"][0]["policy"]["first_article"] = lab
    document["labs"][0]["machines"].append(document["labs"][0]["machines"][0] | {"id": "north-second"})
    town.application.labs.put(Call(KEEPER), document)
    agent, _ = town.agent("north"), town.order(town.upload(FEET), first_article=order)
    town.clock.move(hours=2)
    assert len(list(taken(town, agent))) == (1 if alone else 2)


def test_a_file_that_the_lab_has_made_before_needs_none(printers: Town) -> None:
    town = printers
    agent, design = town.agent("north"), town.upload(FEET)
    town.order(design)
    town.clock.move(hours=2)
    (first,) = taken(town, agent)
    ended(town, agent, first)
    check(town, first.job_id, accept=True)
    for _ in range(2):
        for work in taken(town, agent):
            ended(town, agent, work)
    town.order(design)
    town.clock.move(hours=2)
    assert len(list(taken(town, agent))) == 2
    assert len(kinds(town)) == 4, "of the first build alone"


def test_a_newer_version_has_a_first_article_of_its_own(printers: Town) -> None:
    town = printers
    agent, build = town.agent("north"), town.order(town.upload(FEET))
    town.clock.move(hours=2)
    (first,) = taken(town, agent)
    ended(town, agent, first)
    check(town, first.job_id, accept=True)
    running = next(taken(town, agent))
    newer = town.upload(FEET, foot__stl=block_stl(20, 20, 25), foot__gcode=print_program(205))
    town.application.changes.moving.move(Call(town.people["ada"]), build.id, newer.id, "it is better", None)
    town.plan()
    town.clock.move(hours=3)
    ended(town, agent, running)
    assert not [job for job in feet(town, build.id) if job.to_check], "what was made of the old version proves nothing"
    new = list(taken(town, agent))
    assert len(new) == 1
    ended(town, agent, new[0])
    assert town.application.jobs.one(new[0].job_id).to_check


def test_a_lab_that_comes_to_say_never_is_asked_no_more(printers: Town) -> None:
    town = printers
    agent, _ = town.agent("north"), town.order(town.upload(FEET))
    document = yaml.safe_load(LABS)
    document["labs"][0]["machines"].append(document["labs"][0]["machines"][0] | {"id": "north-second"})
    town.application.labs.put(Call(KEEPER), document)
    town.plan()
    town.clock.move(hours=2)
    assert len(list(taken(town, agent))) == 2
    assert kinds(town) == ["first-article.wanted", "first-article.waived"]


def test_work_by_hand_waits_too_and_says_for_what(printers: Town) -> None:
    town = printers
    panels = "Panel,3,Manual cutting,Plywood,,"
    build = town.order(town.upload(panels), first_article=FirstArticle.ALWAYS)
    accept(town)
    jobs = [job for job in town.application.jobs.all(build_id=build.id).items if job.task == "Panel"]
    assert sorted(len(job.pieces) for job in jobs) == [1, 2], "the first is one piece alone"
    assert len({job.lab for job in jobs}) == 1
    one, rest = sorted(jobs, key=lambda job: job.planned_start)
    operator = Call(town.people[one.lab])
    town.application.jobs.start(operator, one.id)
    with pytest.raises(StateError, match="is made alone"):
        town.application.jobs.start(operator, rest.id)
    town.application.jobs.end(operator, one.id, made=True, why="")
    with pytest.raises(StateError, match="a peer is to check the first of its batch"):
        town.application.jobs.start(operator, rest.id)
    with pytest.raises(ForbiddenError, match="has a hand in making it"):
        check(town, one.id, accept=True, who=one.lab)
    check(town, one.id, accept=True, who="ada")
    assert town.application.jobs.start(operator, rest.id).state is JobState.RUNNING


def test_where_nobody_else_could_look_the_maker_does(bare: Town) -> None:
    town = bare
    town.application.labs.put(Call(KEEPER), {"labs": yaml.safe_load(LABS)["labs"][:1]})
    town.join("ada", Role.STEWARD)  # orders, and checks nothing
    maker = Call(town.join("north", Role.OPERATOR, "north"))
    build = town.order(town.upload("Panel,1,Manual cutting,Plywood,,"), checked=True)
    accept(town)
    (panel,) = [job for job in town.application.jobs.all(build_id=build.id).items if job.task == "Panel"]
    town.application.jobs.start(maker, panel.id)
    town.application.jobs.end(maker, panel.id, made=True, why="")
    town.join("dot", Role.DESIGNER)
    with pytest.raises(ForbiddenError, match="a peer checks it"):
        town.application.pieces.check(maker, panel.pieces[0].id, accept=True, why="mine is good")
    with town.application.house.change("test") as change:
        change.session.get_one(PersonRow, town.people["dot"].id).erased_at = change.at
    checked = town.application.pieces.check(maker, panel.pieces[0].id, accept=True, why="nobody else is here")
    assert checked.state is PieceState.ACCEPTED


def test_in_order_of_time_no_second_run_begins_before_the_first_is_accepted(printers: Town) -> None:
    """The whole life, as the log tells it."""
    town = printers
    agent, build = town.agent("north"), town.order(town.upload("Foot,6,3D printing,PLA,foot.stl,"))
    town.clock.move(hours=2)
    verdicts = iter([False, False, True])
    for _ in range(30):
        works = list(taken(town, agent))
        for work in works:
            ended(town, agent, work)
        for job in feet(town, build.id):
            if job.to_check:
                check(town, job.id, accept=next(verdicts))
        town.clock.move(hours=1)
        if all(job.state is JobState.MADE for job in feet(town, build.id)) and not works:
            break
    told = [each for each in town.application.log.after(0, 9999) if each.kind in ("job.running", "piece.accepted")]
    before = [each.kind for each in told][: [each.kind for each in told].index("piece.accepted")]
    assert before == ["job.running"] * 3
    good = [p for job in feet(town, build.id) for p in job.pieces if p.state in (PieceState.MADE, PieceState.ACCEPTED)]
    assert len(good) == 6
    assert all(a.at <= b.at for a, b in pairwise(told))
