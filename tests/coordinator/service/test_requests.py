"""What people ask of running machines: carried to the agent at once, bound to one attempt, never carried out late."""

from __future__ import annotations

import pytest

from coordinator.moves import MOVES
from coordinator.schema.builds import PieceState, RunOutcome
from coordinator.schema.request import RequestKind, RequestState
from coordinator.service.access import Actor
from coordinator.service.house import Call
from coordinator.service.machinery.requests import GOOD_FOR_S, RequestView, ToldRequestView
from coordinator.service.refusals import ForbiddenError, StaleError, UnauthenticatedError, UnknownError
from coordinator.service.runs.attempts import WorkView
from core.errors import FabcommonsError, InputError, StateError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Town

PRINTER = ["north-printer"]
PLATE = "M486 T2\nM486 S0\nM486 S1\nM486 S-1\n" + print_program()


def running(town: Town, agent: Actor) -> WorkView:
    """A job that the agent runs on the printer."""
    for offer in town.application.offers.all().items:
        if offer.state == "offered":
            town.application.offers.answer(Call(town.people[offer.lab]), offer.id, accept=True, why="")
    town.plan()
    work = town.application.attempts.claim(agent, "north", PRINTER)
    assert work is not None
    town.application.attempts.start(agent, work.attempt_id, work.fence)
    return work


def ask(town: Town, kind: RequestKind = RequestKind.PAUSE, who: str = "north", **how: str) -> RequestView:
    return town.application.requests.ask(Call(town.people[who]), "north-printer", kind, **how)  # type: ignore[arg-type]


def told(town: Town, agent: Actor, *known: int) -> list[ToldRequestView]:
    return town.application.requests.pending(agent, known)


def kinds(town: Town) -> list[str]:
    return [event.kind for event in town.application.log.after(0, 1000) if event.kind.startswith("request.")]


def test_a_request_is_told_to_its_agent_and_answered(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    work = running(town, agent)
    asked = ask(town, why="the tool rack is open")
    (heard,) = told(town, agent)
    assert (heard.id, heard.attempt_id, heard.fence) == (asked.id, work.attempt_id, work.fence)
    assert (heard.good_for_s, heard.any_pause) == (GOOD_FOR_S, True), "the virtual printer's mode is automatic"
    assert told(town, agent, heard.id) == [], "it is known"
    assert told(town, agent) == [heard], "the answer was lost: it is told again"
    ended = town.application.requests.answer(agent, asked.id, done=True, text="it comes to rest")
    assert (ended.state, ended.answer) == (RequestState.DONE, "it comes to rest")
    assert town.application.requests.answer(agent, asked.id, done=True, text="again") == ended
    with pytest.raises(StaleError):
        town.application.requests.answer(agent, asked.id, done=False, text="no")
    assert town.application.requests.of(machine_id="north-printer") == [ended]
    assert town.application.requests.of(job_id=work.job_id) == [ended]
    assert kinds(town) == ["request.asked", "request.told", "request.done"]


def test_asked_twice_while_it_is_open_it_is_one_request(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    running(town, agent)
    first = ask(town)
    assert ask(town).id == first.id
    assert ask(town, RequestKind.CANCEL).id != first.id
    told(town, agent)
    assert ask(town).id == first.id
    town.application.requests.answer(agent, first.id, done=True, text="")
    assert ask(town).id != first.id


def test_an_agent_that_was_away_hears_nothing_that_is_late(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    running(town, agent)
    asked = ask(town, RequestKind.STOP)
    town.real.move(seconds=GOOD_FOR_S + 0.1)
    assert told(town, agent) == []
    assert town.application.requests.sweep() == 1
    (kept,) = town.application.requests.of(machine_id="north-printer")
    assert (kept.state, "go to the machine" in kept.answer) == (RequestState.EXPIRED, True)
    with pytest.raises(UnknownError):
        town.application.requests.answer(agent, asked.id, done=True, text="done, and never told")


def test_an_agent_that_was_told_and_is_silent_leaves_a_doubt_which_its_late_word_ends(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    running(town, agent)
    asked = ask(town, RequestKind.STOP)
    told(town, agent)
    town.real.move(seconds=60)
    assert town.application.requests.sweep() == 0, "homing takes a minute"
    town.real.move(seconds=200)
    assert town.application.requests.sweep() == 1
    (kept,) = town.application.requests.of(machine_id="north-printer")
    assert (kept.state, "look at the machine" in kept.answer) == (RequestState.EXPIRED, True)
    assert town.application.requests.answer(agent, asked.id, done=True, text="stopped").state is RequestState.DONE


def test_a_request_is_for_one_attempt_and_no_later_job(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    work = running(town, agent)
    ask(town, RequestKind.STOP)
    town.application.attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=9, message="done")
    (heard,) = told(town, agent)
    assert (heard.attempt_id, heard.fence) == (work.attempt_id, work.fence), "the agent finds that it runs no more"
    with pytest.raises(StateError, match="no agent runs a job"):
        ask(town, RequestKind.STOP)


def test_a_stranger_asks_nothing_of_a_machine(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    running(town, agent)
    asked = ask(town)
    for who in ("ada", "ste", "south"):
        with pytest.raises(ForbiddenError):
            ask(town, who=who)
    other = town.agent("south", by="south")
    assert told(town, other) == []
    with pytest.raises(UnknownError):
        town.application.requests.answer(other, asked.id, done=True, text="")
    with pytest.raises(ForbiddenError):
        told(town, town.people["north"])
    with pytest.raises((ForbiddenError, UnauthenticatedError)):
        town.application.requests.ask(Call(agent), "north-printer", RequestKind.PAUSE)


def test_a_machine_out_of_contact_is_gone_to(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    running(town, agent)
    town.real.move(seconds=31)
    town.application.attempts.sweep()
    with pytest.raises(StateError, match="out of contact"):
        ask(town, RequestKind.STOP)


@pytest.mark.parametrize(
    ("kind", "how", "error", "words"),
    [
        (RequestKind.CANCEL_OBJECT, {}, InputError, "needs an object"),
        (RequestKind.PAUSE, {"object_label": "0"}, InputError, "takes no object"),
        (RequestKind.CANCEL_OBJECT, {"object_label": "0"}, StateError, "does not mark its objects"),
        (RequestKind.UNLOCK, {}, StateError, "does not wait to be unlocked"),
        (RequestKind.HOME, {}, StateError, "does not wait to be unlocked"),
    ],
)
def test_what_the_job_cannot_do_is_refused_with_the_reason(
    town: Town, kind: RequestKind, how: dict[str, str], error: type[FabcommonsError], words: str
) -> None:
    agent = town.agent("north")
    town.order()
    running(town, agent)
    with pytest.raises(error, match=words):
        ask(town, kind, **how)
    assert kinds(town) == []


def test_one_object_of_a_plate_can_be_left_out(town: Town) -> None:
    agent = town.agent("north")
    town.order(town.upload(foot__stl=block_stl(20, 20, 20), foot__gcode=PLATE))
    work = running(town, agent)
    assert [(each.label, each.name) for each in town.application.requests.objects(work.job_id)] == [
        ("0", "0"),
        ("1", "1"),
    ]
    with pytest.raises(InputError, match="no object '7'"):
        ask(town, RequestKind.CANCEL_OBJECT, object_label="7")
    ask(town, RequestKind.CANCEL_OBJECT, object_label="1")
    assert ask(town, RequestKind.CANCEL_OBJECT, object_label="0").object == "0", "another object is another request"
    assert [each.object for each in told(town, agent)] == ["1", "0"]


def left_out(town: Town, agent: Actor, program: str) -> tuple[WorkView, RequestView]:
    """A run of two feet at once, of which object 1 is asked to be left out, and the agent has heard of it."""
    names = {"foot__stl": block_stl(20, 20, 20), program: PLATE}
    town.order(town.upload("Foot,2,3D printing,PLA,foot.stl,", **names))
    work = running(town, agent)
    asked = ask(town, RequestKind.CANCEL_OBJECT, object_label="1")
    told(town, agent)
    return work, asked


def states(town: Town, work: WorkView) -> dict[int, PieceState]:
    return {each.number: each.state for each in town.application.jobs.one(work.job_id).pieces}


@pytest.mark.parametrize("answered_first", [True, False])
def test_the_piece_of_an_object_that_was_left_out_is_made_again(town: Town, answered_first: bool) -> None:
    agent = town.agent("north")
    work, asked = left_out(town, agent, "foot_x2__gcode")
    steps = [
        lambda: town.application.requests.answer(agent, asked.id, done=True, text="left out"),
        lambda: town.application.attempts.end(
            agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=53, message="finished"
        ),
    ]
    for step in steps if answered_first else reversed(steps):
        step()
        step()  # told twice, it is done once
    assert states(town, work) == {1: PieceState.MADE, 2: PieceState.SCRAPPED}
    (event,) = [each for each in town.application.log.after(0, 1000) if each.kind == "piece.scrapped"]
    assert event.why == f"{asked.asked_by} had object 1 left out"
    town.plan()
    (again,) = [each for each in town.application.jobs.all().items if each.task == "Foot" and each.id != work.job_id]
    assert len(again.pieces) == 1
    assert town.application.requests.of(job_id=work.job_id)[0].answer == "left out"


def test_what_the_agent_refused_to_leave_out_is_made(town: Town) -> None:
    agent = town.agent("north")
    work, asked = left_out(town, agent, "foot_x2__gcode")
    town.application.requests.answer(agent, asked.id, done=False, text="its firmware does not know objects")
    town.application.attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=53, message="finished")
    assert set(states(town, work).values()) == {PieceState.MADE}


def test_where_objects_are_not_pieces_a_person_has_to_look(town: Town) -> None:
    agent = town.agent("north")
    work, asked = left_out(town, agent, "foot__gcode")  # two objects, one piece
    answer = town.application.requests.answer(agent, asked.id, done=True, text="left out").answer
    assert answer == "left out; which pieces that is nobody knows here: reject those that are missing"
    town.application.attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=53, message="finished")
    assert set(states(town, work).values()) == {PieceState.MADE}


def test_no_state_of_a_request_leads_back_to_the_machine() -> None:
    assert all(not {RequestState.ASKED, RequestState.TOLD} & MOVES[RequestState][state] for state in
               (RequestState.DONE, RequestState.REFUSED, RequestState.EXPIRED, RequestState.TOLD))  # fmt: skip
