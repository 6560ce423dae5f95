"""An order in the store: offers, refusals, failures, crashes between any two steps. No machine needed: hands work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from agent.journal import Journal, Step
from coordinator.folder import OrderFolder
from coordinator.life import end_run, rule, start_run
from coordinator.making import Making, Order, last_moment
from coordinator.opening import open_all
from coordinator.pace import FastPace
from coordinator.person import Answer, StandIn
from coordinator.store import Store
from coordinator.tables import BuildRow, BuildState, EventRow, JobRow, JobState, OfferRow, OfferState, RunOutcome
from coordinator.workshop import Workshop
from core.errors import PlanError, StateError
from machines.lab import Policy
from machines.matching import Verdict

from .conftest import block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
ROWS = ("Panel,2,Manual cutting,Plywood,,", "Screw,4,,,,Shop")
Bench = Callable[..., Making]


class Refuser(StandIn):
    """Declines the first offers that it sees."""

    def __init__(self, pace: FastPace, refuse: int) -> None:
        super().__init__(pace)
        self.left = refuse

    def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        if self.left:
            self.left -= 1
            return Answer(False, "operator", "no time this week")
        return super().answer_offer(work, policy, verdict, terms)


class Absent(StandIn):
    """Nobody is there to answer what no policy decides."""

    def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        return None


@pytest.fixture
def bench(tmp_path: Path, design: Callable[..., Path], labs: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        made: list[Path] = []

        def open_bench(person: type[StandIn] | Callable[[FastPace], StandIn] = StandIn, *, rows: tuple[str, ...] = ROWS,
                       quantity: int = 1, **files: str) -> Making:  # fmt: skip
            if not made:
                made.append(design(*rows, **files))
            opened = stack.enter_context(open_all(str(made[0]), None, labs, quantity))
            folder = OrderFolder(tmp_path / "order")
            folder.root.mkdir(exist_ok=True)
            pace = FastPace(last_moment(folder) or NOW, 50_000)
            order = Order(opened.design, opened.graph, opened.network, str(labs), quantity, 1.0, plan_seconds=1.0)
            workshop = Workshop(opened.network, folder.machines, speed=50_000)
            making = Making(folder, order, workshop, pace, person(pace))
            stack.callback(making.close)
            stack.callback(lambda: asyncio.run(workshop.close()))
            return making

        yield open_bench


def kinds(making: Making) -> Counter[str]:
    with making.store.transaction() as session:
        return Counter(session.scalars(select(EventRow.kind)))


def test_an_order_is_made_and_reported(bench: Bench) -> None:
    making = bench()
    assert making.prepare() is False
    asyncio.run(making.carry_out())
    report = making.report()
    assert report["complete"]
    assert Counter(piece["name"] for piece in report["pieces"]) == {"Panel": 2, "design": 1}
    assert {piece["outcome"] for piece in report["pieces"]} == {"made"}
    assert [each["name"] for each in report["bought"]] == ["Screw"]
    assert kinds(making)["job.made"] == len({piece["piece"].split("/")[0] for piece in report["pieces"]})


def test_the_event_log_is_in_order_and_names_the_one_who_acted(bench: Bench) -> None:
    making = bench()
    making.prepare()
    asyncio.run(making.carry_out())
    with making.store.transaction() as session:
        events = session.scalars(select(EventRow).order_by(EventRow.id)).all()
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert {event.who for event in events if event.kind == "offer.accepted"} == {"policy", "stand-in"}
        assert events[-1].kind == "build.finished"


def test_declined_work_is_offered_elsewhere(bench: Bench) -> None:
    making = bench(lambda pace: Refuser(pace, 1))
    making.prepare()
    asyncio.run(making.carry_out())
    assert making.report()["complete"]
    with making.store.transaction() as session:
        declined = session.scalars(select(OfferRow).where(OfferRow.state == OfferState.DECLINED)).one()
        later = session.scalars(select(OfferRow).where(OfferRow.run_key == declined.run_key)).all()
        assert {offer.machine for offer in later if offer.state is OfferState.ACCEPTED} != {declined.machine}
        assert declined.why == "no time this week"


def test_work_that_everybody_declines_is_left_and_said(bench: Bench) -> None:
    making = bench(lambda pace: Refuser(pace, 100))
    making.prepare()
    asyncio.run(making.carry_out())
    report = making.report()
    assert not report["complete"]
    assert "every lab that could has declined" in {each["why"] for each in report["waiting"]}


def test_what_nobody_answers_stays_an_offer(bench: Bench) -> None:
    making = bench(Absent)
    making.prepare()
    asyncio.run(making.carry_out())
    with making.store.transaction() as session:
        assert set(session.scalars(select(OfferRow.state))) == {OfferState.OFFERED}
        assert session.scalars(select(JobRow)).all() == []
    assert {each["why"] for each in making.report()["waiting"]} == {"waiting for the lab's answer"}


def test_an_unknown_match_is_never_accepted_by_a_policy(bench: Bench) -> None:
    making = bench(Absent, rows=("Panel,1,Manual cutting,,,",))
    making.prepare()
    with making.store.transaction() as session:
        offer = session.scalars(select(OfferRow).where(OfferRow.verdict == "unknown")).first()
        assert offer is not None
        assert offer.state is OfferState.OFFERED
        assert "names no material" in offer.terms


def test_parts_without_a_program_wait_for_a_toolpath(bench: Bench) -> None:
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,",), foot__stl=block_stl(20, 20, 20))
    making.prepare()
    asyncio.run(making.carry_out())
    waiting = {each["name"]: each["why"] for each in making.report()["waiting"]}
    assert waiting == {
        "Foot": "waiting for a toolpath",
        "design": "waiting for what it needs or for a person to start it",
    }


def test_an_interrupted_order_is_taken_up_and_a_finished_one_is_a_new_order(bench: Bench) -> None:
    first = bench()
    first.prepare()
    again = bench()
    assert again.prepare() is True
    assert again.build_id == first.build_id
    asyncio.run(again.carry_out())
    again.mark_reported()
    with again.store.transaction() as session:
        assert session.get_one(BuildRow, again.build_id).state is BuildState.REPORTED
    new = bench()
    assert new.prepare() is False
    assert new.build_id != first.build_id


PRINTED = {"foot__stl": block_stl(20, 20, 20), "foot__gcode": print_program()}


def a_printed_job(making: Making) -> str:
    with making.store.transaction() as session:
        return session.scalars(select(JobRow.id).where(JobRow.machine == "north-printer")).one()


@pytest.mark.parametrize("journalled", [None, Step.STARTED, Step.FINISHED])
def test_a_run_that_a_crash_left_open_is_ended_as_the_journal_says(
    bench: Bench, tmp_path: Path, journalled: Step | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,",), **PRINTED)
    making.prepare()
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        start_run(session, session.get_one(JobRow, job_id), NOW)
    journal = Journal(tmp_path / "order" / "machines" / "north-printer.journal")
    if journalled is not None:
        journal.write(job_id, Step.STARTED)
    if journalled is Step.FINISHED:
        journal.write(job_id, Step.FINISHED, lines=50, message="finished")
    journal.close()
    monkeypatch.setattr(StandIn, "clear_to_start", nobody)  # nothing is sent to a machine in this test
    after = bench()
    assert after.prepare() is True
    asyncio.run(after.carry_out())
    with after.store.transaction() as session:
        old = session.get_one(JobRow, job_id)
        newer = session.scalars(select(JobRow).where(JobRow.remake_of == job_id)).all()
        if journalled is Step.FINISHED:
            assert (old.state, newer) == (JobState.MADE, [])
            assert old.run is not None
            assert old.run.lines == 50
        else:
            assert old.state is JobState.SCRAPPED
            assert old.run is not None
            assert old.run.outcome is RunOutcome.LOST_CONTACT
            assert [job.state for job in newer] == [JobState.SCHEDULED]


async def nobody(*_: object) -> bool:
    return False


def test_a_crash_between_verdict_and_new_plan_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,",), **PRINTED)
    making.prepare()
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        job = session.get_one(JobRow, job_id)
        start_run(session, job, NOW)
        session.flush()
        end_run(session, job, RunOutcome.LOST_CONTACT, NOW, lines=None, why="unplugged")
        rule(session, job, JobState.SCRAPPED, NOW, who="operator", why="half a foot")
    monkeypatch.setattr(StandIn, "clear_to_start", nobody)
    after = bench()
    after.prepare()
    asyncio.run(after.carry_out())
    with after.store.transaction() as session:
        assert session.scalars(select(JobRow.remake_of).where(JobRow.remake_of.is_not(None))).all() == [job_id]


def test_a_plan_that_fails_on_the_way_stops_no_machine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,", *ROWS), **PRINTED)
    making.prepare()
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        start_run(session, session.get_one(JobRow, job_id), NOW)

    def fail(*_: object, **__: object) -> None:
        raise PlanError("the printer has left the network")

    monkeypatch.setattr("coordinator.making.plan_build", fail)
    after = bench()
    after.prepare()
    asyncio.run(after.carry_out())
    report = after.report()
    assert {piece["name"]: piece["outcome"] for piece in report["pieces"]} == {
        "Foot": "scrapped",
        "Panel": "made",
        "design": "planned",
    }
    assert {"task": "fabricate:foot", "name": "Foot", "why": "the printer has left the network"} in report["waiting"]
    assert kinds(after)["plan.failed"] == 1


def test_a_folder_is_one_process_at_a_time(tmp_path: Path) -> None:
    folder = OrderFolder(tmp_path / "order")
    with folder.held(), pytest.raises(StateError, match="another fabcommons works in this folder"), folder.held():
        raise AssertionError("it must not be held twice")
    with folder.held():
        pass


def test_a_cleared_folder_never_looks_interrupted(tmp_path: Path) -> None:
    folder = OrderFolder(tmp_path / "order")
    with folder.held():
        Store(folder.database).close()
        assert folder.interrupted
        folder.report.write_text("{}")
        assert not folder.interrupted
        folder.clear()
        assert not folder.interrupted
        assert not folder.database.exists()
