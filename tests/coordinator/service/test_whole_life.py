"""A build from its order to its last piece, without HTTP: agents, hands, purchases, verdicts, checks."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest

from coordinator.schema.builds import BuildState, JobState, OfferState, PieceState, RunOutcome, TaskState
from coordinator.schema.network import Role
from coordinator.schema.service import AttemptState
from coordinator.service.access import Actor
from coordinator.service.house import Call
from coordinator.service.refusals import StaleError, UnknownError
from coordinator.service.runs.attempts import Told, WorkView
from core.errors import StateError

from .conftest import Town

PRINTER = ["north-printer"]


def claimed(town: Town, agent: Actor) -> WorkView:
    work = town.application.attempts.claim(agent, "north", PRINTER)
    assert work is not None
    return work


def printed(town: Town, agent: Actor, outcome: RunOutcome = RunOutcome.FINISHED) -> WorkView:
    """Claim the next print and run it to its end."""
    attempts, work = town.application.attempts, claimed(town, agent)
    attempts.start(agent, work.attempt_id, work.fence)
    town.clock.move(minutes=10)
    attempts.end(agent, work.attempt_id, work.fence, outcome, lines=50, message=f"it {outcome}")
    town.plan()
    return work


def arrive(town: Town, build_id: int) -> None:
    for task in town.application.tasks.of(build_id, TaskState.ORDERED).items:
        town.application.tasks.arrived(Call(town.people["ada"]), task.id)
    town.plan()


def accept(town: Town) -> None:
    """Operators take what no policy decides."""
    for offer in town.application.offers.all(state=OfferState.OFFERED).items:
        town.application.offers.answer(Call(town.people[offer.lab]), offer.id, accept=True, why="we can")


def by_hand(town: Town, build_id: int) -> int:
    """Start and end all work by hand that can be begun; returns how much that was."""
    done = 0
    for job in town.application.jobs.all(state=JobState.SCHEDULED, build_id=build_id).items:
        if job.by_hand:
            operator = Call(town.people[job.lab])
            try:
                lay_out(town, operator, job.id)
                town.application.jobs.start(operator, job.id)
            except StateError:
                continue
            town.clock.move(minutes=5)
            town.application.jobs.end(operator, job.id, made=True, why="")
            done += 1
    town.plan()
    return done


def lay_out(town: Town, operator: Call, job_id: str) -> None:
    """Tick off all that an assembly needs; what other labs made is carried over."""
    with suppress(UnknownError):  # it assembles nothing
        kit = town.application.kits.one(job_id)
        town.application.kits.tick(operator, job_id, [line.task_id for line in kit.lines], "carried over")


def finish(town: Town, agent: Actor, build_id: int) -> None:
    """Make everything that is left."""
    for _ in range(30):
        arrive(town, build_id)
        accept(town)
        by_hand(town, build_id)
        work = town.application.attempts.claim(agent, "north", PRINTER)
        if work is not None:
            town.application.attempts.start(agent, work.attempt_id, work.fence)
            town.application.attempts.end(
                agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done"
            )
            town.plan()
        if town.application.builds.one(build_id).state is BuildState.FINISHED:
            return
        town.clock.move(minutes=30)
    raise AssertionError(town.application.builds.report(build_id)["waiting"])


def test_a_build_is_made_by_agents_and_hands(town: Town) -> None:
    agent, build = town.agent("north"), town.order()
    finish(town, agent, build.id)
    report = town.application.builds.report(build.id)
    assert report["complete"]
    assert Counter(piece["name"] for piece in report["pieces"]) == {"Foot": 2, "Panel": 2, "lamp": 1}
    assert {piece["outcome"] for piece in report["pieces"]} == {"made"}
    events = town.application.log.after(0, 1000)
    assert [event.id for event in events] == sorted(event.id for event in events)
    kinds = Counter(event.kind for event in events)
    assert kinds["job.dispatched"] == 2
    assert kinds["job.running"] == len({piece["piece"].partition("/")[0] for piece in report["pieces"]})
    assert {e.who for e in events if e.kind == "job.running" and e.data["machine"] == "north-printer"} == {agent.id}
    assert not any("@" in str(event) for event in events), "events carry pseudonyms only"


def test_a_job_is_claimed_once_and_a_machine_has_one_job(town: Town) -> None:
    one, other = town.agent("north"), town.agent("north")
    town.order()
    first = claimed(town, one)
    assert town.application.attempts.claim(other, "north", PRINTER) is None
    second = claimed(town, one)  # the answer to the first was lost: it asks again, and the first is worthless
    assert (second.job_id, second.fence) == (first.job_id, 2)
    with pytest.raises(StaleError):
        town.application.attempts.start(one, first.attempt_id, first.fence)
    town.application.attempts.start(one, second.attempt_id, second.fence)
    assert town.application.attempts.claim(one, "north", PRINTER) is None


def test_a_lease_that_runs_out_before_the_start_gives_the_job_to_another(town: Town) -> None:
    one, other = town.agent("north"), town.agent("north")
    town.order()
    first = claimed(town, one)
    town.real.move(seconds=31)
    assert town.application.attempts.sweep() == 1
    second = claimed(town, other)
    assert (second.job_id, second.fence) == (first.job_id, 2)
    attempts = town.application.attempts
    with pytest.raises(StaleError, match="may not act on it any more"):
        attempts.start(one, first.attempt_id, first.fence)
    attempts.start(other, second.attempt_id, second.fence)
    for fence in (1, 2):
        with pytest.raises(UnknownError):
            attempts.start(one, second.attempt_id, fence)
    with pytest.raises(StaleError):
        attempts.end(one, first.attempt_id, first.fence, RunOutcome.FINISHED, lines=1, message="I did it")
    assert town.application.jobs.one(first.job_id).state is JobState.RUNNING
    late = [event for event in town.application.log.after(0, 1000) if event.kind == "attempt.late"]
    assert [(event.who, event.why) for event in late] == [(one.id, "I did it")]


def test_a_start_whose_answer_was_lost_is_asked_for_again(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    work = claimed(town, agent)
    attempts = town.application.attempts
    assert attempts.start(agent, work.attempt_id, work.fence) == attempts.start(agent, work.attempt_id, work.fence)
    ends = [
        attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done")
        for _ in range(2)
    ]
    assert ends[0] == ends[1]
    assert ends[0].job_state is JobState.MADE


def test_silence_after_the_start_is_lost_contact_until_the_agent_is_heard_of(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    work = claimed(town, agent)
    attempts = town.application.attempts
    attempts.start(agent, work.attempt_id, work.fence)
    town.real.move(seconds=31)
    attempts.sweep()
    assert town.application.jobs.one(work.job_id).state is JobState.LOST_CONTACT
    assert attempts.claim(agent, "north", PRINTER) is None, "the machine may still move"
    told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=5, lines_total=50, state="running")
    assert attempts.progress(agent, [told])[0].job_state is JobState.RUNNING
    town.real.move(seconds=31)
    attempts.sweep()
    attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done", ended_ago_s=20)
    job = town.application.jobs.one(work.job_id)
    assert (job.state, job.message) == (JobState.MADE, "done")
    assert job.progress is not None
    assert job.progress.lines_done == 5


def test_what_an_agent_tells_after_a_verdict_is_noted_and_changes_nothing(town: Town) -> None:
    agent = town.agent("north")
    build = town.order()
    work = claimed(town, agent)
    attempts, jobs = town.application.attempts, town.application.jobs
    attempts.start(agent, work.attempt_id, work.fence)
    town.real.move(seconds=31)
    attempts.sweep()
    jobs.rule(Call(town.people["north"]), work.job_id, JobState.SCRAPPED, "half a foot")
    with pytest.raises(StaleError):
        attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=50, message="done after all")
    assert jobs.one(work.job_id).state is JobState.SCRAPPED
    town.plan()
    remade = [job for job in jobs.all(build_id=build.id).items if job.remake_of == work.job_id]
    assert len(remade) == 1
    finish(town, agent, build.id)
    outcomes = Counter(piece["outcome"] for piece in town.application.builds.report(build.id)["pieces"])
    assert outcomes == {"made": 5, "scrapped": 1}


def test_a_job_that_was_given_back_is_taken_again(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    work = claimed(town, agent)
    attempts = town.application.attempts
    released = attempts.release(agent, work.attempt_id, work.fence, "the agent is drained")
    assert (released.state, released.job_state) == (AttemptState.RELEASED, JobState.SCHEDULED)
    again = claimed(town, agent)
    assert (again.job_id, again.fence) == (work.job_id, 2)
    attempts.start(agent, again.attempt_id, again.fence)
    with pytest.raises(StaleError):
        attempts.release(agent, again.attempt_id, again.fence, "too late")
    assert [each.attempt_id for each in attempts.open(agent)] == [again.attempt_id]


def test_a_checked_build_is_done_when_peers_have_accepted_every_piece(town: Town) -> None:
    agent = town.agent("north")
    build = town.order(town.upload("Foot,1,3D printing,PLA,foot.stl,"), checked=True)
    work = printed(town, agent)
    pieces = town.application.pieces
    foot = pieces.all(build.id, PieceState.MADE).items[0]
    assert foot.job_id == work.job_id
    assert by_hand(town, build.id) == 0, "assembly waits for the check"
    checked = pieces.check(Call(town.people["south"]), foot.id, accept=False, why="warped")
    assert (checked.state, checked.checks) == (PieceState.REJECTED, [f"{town.people['south'].id}: warped"])
    with pytest.raises(StateError):
        pieces.check(Call(town.people["south"]), foot.id, accept=True, why="on second thoughts")
    town.plan()
    printed(town, agent)
    foot = pieces.all(build.id, PieceState.MADE).items[0]
    pieces.check(Call(town.people["south"]), foot.id, accept=True, why="fits")
    town.plan()
    assert by_hand(town, build.id) == 1
    lamp = pieces.all(build.id, PieceState.MADE).items[0]
    maker = town.application.jobs.one(lamp.job_id).lab
    with pytest.raises(Exception, match="has a hand in making it"):
        pieces.check(Call(town.people[maker]), lamp.id, accept=True, why="mine is good")
    with pytest.raises(StateError, match="no peer has accepted it"):
        pieces.deliver(Call(town.people["ada"]), lamp.id)
    pieces.check(Call(town.people["ada"]), lamp.id, accept=True, why="it shines")
    assert town.application.builds.one(build.id).state is BuildState.FINISHED
    delivered = pieces.deliver(Call(town.people["ada"]), lamp.id)
    assert delivered.state is PieceState.DELIVERED
    assert town.application.builds.one(build.id).state is BuildState.DELIVERED


def test_a_part_that_is_rejected_after_the_assembly_was_begun_is_made_again(town: Town) -> None:
    agent, application = town.agent("north"), town.application
    build = town.order()
    finish(town, agent, build.id)
    foot = next(each for each in application.pieces.all(build.id).items if each.task == "Foot")
    application.pieces.check(Call(town.join("dee", Role.DESIGNER)), foot.id, accept=False, why="it is bent")
    town.plan()
    (task,) = [each for each in application.tasks.of(build.id).items if each.name == "Foot"]
    assert (task.state, task.reason) == (TaskState.OPEN, None)
    finish(town, agent, build.id)
