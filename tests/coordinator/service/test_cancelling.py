"""A build that is cancelled half-way: what is kept, what is freed, what runs on; and that nothing begins again."""

from __future__ import annotations

import pytest

from coordinator.schema.builds import BuildState, JobState, OfferState, PieceState, RunOutcome, TaskState
from coordinator.schema.network import Role
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, StaleError
from core.errors import InputError, StateError

from .conftest import Town
from .test_whole_life import claimed, printed


def half_made(town: Town) -> int:
    """One foot is printed, the other waits; panels are to be cut, screws are on their way."""
    build = town.order()
    printed(town, town.agent("north"))
    return build.id


def cancel(town: Town, build_id: int, who: str = "ada", **how: object) -> object:
    call = Call(town.people[who])
    return town.application.changes.cancellations.cancel(call, build_id, "the money is gone", **how)  # type: ignore[arg-type]


def test_the_look_says_what_is_done_then(town: Town) -> None:
    build_id = half_made(town)
    cancellations = town.application.changes.cancellations
    before = town.application.log.newest()
    seen = cancellations.one(build_id)
    assert town.application.log.newest() == before, "looking changes nothing"
    assert seen.cancelled_at is None
    assert [(each.task, each.lab, len(each.pieces)) for each in seen.kept] == [("Foot", "north", 1)]
    assert {each.kind for each in seen.freed} >= {"job"}
    assert [each.task for each in seen.purchases] == ["Screw"]
    done = cancel(town, build_id)
    assert cancellations.one(build_id) == done
    told = {"cancelled_at", "cancelled_by", "why"}
    assert done.model_dump(exclude=told) == seen.model_dump(exclude=told)  # type: ignore[attr-defined]


def test_all_of_it_happens_and_nothing_begins_again(town: Town) -> None:
    build_id = half_made(town)
    cancel(town, build_id)
    build = town.application.builds.one(build_id)
    assert build.state is BuildState.CANCELLED
    assert build.finished_at == town.clock.now()
    states = {task.name: task.state for task in town.application.tasks.of(build_id).items}
    assert states == {"Foot": TaskState.CANCELLED, "Panel": TaskState.CANCELLED, "Screw": TaskState.CANCELLED,
                      "lamp": TaskState.CANCELLED}  # fmt: skip
    assert {job.state for job in town.application.jobs.all(build_id=build_id).items} == {
        JobState.MADE,
        JobState.WITHDRAWN,
    }
    assert not town.application.offers.all(state=OfferState.OFFERED).items
    agent = town.agent("north")
    assert town.application.attempts.claim(agent, "north", ["north-printer"]) is None
    assert town.application.planner.plan_next() is None
    town.application.labs.clear(Call(town.people["north"]), "north-printer")
    assert town.application.planner.plan_next() is None
    assert town.application.attempts.claim(agent, "north", ["north-printer"]) is None
    report = town.application.builds.report(build_id)
    assert not report["complete"]
    assert sum(piece["outcome"] == "made" for piece in report["pieces"]) == 1


def test_a_lease_is_taken_back_and_its_agent_refused(town: Town) -> None:
    build, agent = town.order(), town.agent("north")
    work = claimed(town, agent)
    cancel(town, build.id)
    assert town.application.jobs.one(work.job_id).state is JobState.WITHDRAWN
    with pytest.raises(StaleError):
        town.application.attempts.start(agent, work.attempt_id, work.fence)


@pytest.mark.parametrize("outcome", [RunOutcome.FINISHED, RunOutcome.FAILED])
def test_what_runs_is_not_stopped_and_comes_to_its_end(town: Town, outcome: RunOutcome) -> None:
    build, agent, attempts = town.order(), town.agent("north"), town.application.attempts
    work = claimed(town, agent)
    attempts.start(agent, work.attempt_id, work.fence)
    with pytest.raises(InputError, match="does not run"):
        cancel(town, build.id, stop=["J0-nothing"])
    cancel(town, build.id, stop=[work.job_id])
    (run,) = town.application.changes.cancellations.one(build.id).running
    assert (run.job_id, run.stop_asked, run.state) == (work.job_id, True, "running")
    asked = [each for each in town.application.log.after(0, 1000) if each.kind == "job.stop-asked"]
    assert [(each.subject, each.who) for each in asked] == [(f"job {work.job_id}", town.people["ada"].id)]
    attempts.end(agent, work.attempt_id, work.fence, outcome, lines=50, message="it ended")
    if outcome is RunOutcome.FAILED:
        town.application.jobs.rule(Call(town.people["north"]), work.job_id, JobState.SCRAPPED, "half a foot")
    assert town.application.planner.plan_next() is None
    assert attempts.claim(agent, "north", ["north-printer"]) is None
    assert town.application.builds.one(build.id).state is BuildState.CANCELLED


def test_a_piece_that_is_rejected_afterwards_is_not_made_again(town: Town) -> None:
    build_id = half_made(town)
    cancel(town, build_id)
    (foot,) = town.application.pieces.all(build_id, PieceState.MADE).items
    town.application.pieces.check(Call(town.people["south"]), foot.id, accept=False, why="warped")
    assert town.application.planner.plan_next() is None
    assert town.application.builds.one(build_id).state is BuildState.CANCELLED
    assert not town.application.board.needed().items


def test_other_builds_have_the_machines_and_are_told_of_the_pieces(town: Town) -> None:
    design = town.upload()
    first = town.order(design)
    printed(town, town.agent("north"))
    second = town.order(design)
    (kept, *_) = town.application.changes.cancellations.one(first.id).kept
    assert (kept.task, kept.wanted_by) == ("Foot", [second.id])
    before = {job.id: job.planned_start for job in town.application.jobs.all(build_id=second.id).items}
    cancel(town, first.id)
    assert town.application.builds.one(second.id).planning
    town.plan()
    after = {job.id: job.planned_start for job in town.application.jobs.all(build_id=second.id).items}
    assert min(after.values()) <= min(before.values())


def test_only_who_ordered_it_or_a_steward_cancels_and_says_why(town: Town) -> None:
    build = town.order()
    town.join("bob", Role.BUILDER)
    for name in ("bob", "north"):
        with pytest.raises(ForbiddenError):
            cancel(town, build.id, name)
    with pytest.raises(InputError, match="reason"):
        town.application.changes.cancellations.cancel(Call(town.people["ada"]), build.id, "  ")
    cancel(town, build.id, "ste")
    with pytest.raises(StateError, match="cancelled"):
        cancel(town, build.id)


def test_a_claim_on_a_cancelled_build_is_refused(town: Town) -> None:
    build = town.order()
    lot = next(lot for task in town.application.tasks.of(build.id).items for lot in task.lots)
    cancel(town, build.id)
    with pytest.raises(StateError, match="nobody needs it"):
        town.application.claims.make(Call(town.people["south"]), lot.id, "south-bench", "")
