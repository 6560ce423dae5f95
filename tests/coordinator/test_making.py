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
from coordinator.answers import Answer
from coordinator.builds import decide
from coordinator.folder import OrderFolder
from coordinator.life import end_run, rule, start_run
from coordinator.make.making import Begin, Making, Order, last_moment
from coordinator.make.pace import FastPace
from coordinator.make.person import Ruling, StandIn
from coordinator.make.workshop import Workshop
from coordinator.plans.opening import open_all
from coordinator.plans.toolpaths import TOOLPATH_CODES
from coordinator.schema.builds import BuildRow, BuildState, EventRow, JobRow, JobState, OfferRow, OfferState, RunOutcome
from coordinator.store import Store
from core.errors import InputError, PlanError, StateError
from machines.lab import Policy
from machines.matching import Verdict
from machines.network import read_network
from tests.machines.toolpaths.conftest import prusa as prusa
from tests.machines.toolpaths.conftest import sandbox as sandbox

from .conftest import LICENCE, block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
ROWS = ("Panel,2,Manual cutting,Plywood,,", "Screw,4,,,,Shop")
Bench = Callable[..., Making]


class Refuser(StandIn):
    """Declines the first offers that it sees."""

    def __init__(self, pace: FastPace, refuse: int) -> None:
        super().__init__(pace)
        self.left = refuse

    async def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        if self.left:
            self.left -= 1
            return Answer(False, "operator", "no time this week")
        return await super().answer_offer(work, policy, verdict, terms)


class Absent(StandIn):
    """Nobody is there to answer what no policy decides."""

    async def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        return None


@pytest.fixture
def bench(tmp_path: Path, design: Callable[..., Path], labs: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        made: list[Path] = []

        def open_bench(person: type[StandIn] | Callable[[FastPace], StandIn] = StandIn, *, rows: tuple[str, ...] = ROWS,
                       quantity: int = 1, permitted: str = "", **files: str) -> Making:  # fmt: skip
            if not made:
                made.append(design(*rows, **{"LICENSE": f"SPDX-License-Identifier: {LICENCE}\n", **files}))
            opened = stack.enter_context(open_all(str(made[0]), None, labs, quantity))
            folder = OrderFolder(tmp_path / "order")
            folder.root.mkdir(exist_ok=True)
            pace = FastPace(last_moment(folder) or NOW, 50_000)
            order = Order(
                opened.design,
                opened.graph,
                opened.network,
                str(labs),
                quantity,
                1.0,
                plan_seconds=1.0,
                permitted=permitted,
            )
            workshop = Workshop(opened.network, folder.machines, speed=50_000)
            making = Making(folder, order, workshop, pace, person(pace))
            stack.callback(making.close)
            stack.callback(lambda: asyncio.run(workshop.close()))
            return making

        yield open_bench


def prepare(making: Making) -> Begin:
    return asyncio.run(making.prepare())


def kinds(making: Making) -> Counter[str]:
    with making.store.transaction() as session:
        return Counter(session.scalars(select(EventRow.kind)))


def test_an_order_is_made_and_reported(bench: Bench) -> None:
    making = bench()
    assert prepare(making) is Begin.NEW
    asyncio.run(making.carry_out())
    report = making.report()
    assert report["complete"]
    assert Counter(piece["name"] for piece in report["pieces"]) == {"Panel": 2, "design": 1}
    assert {piece["outcome"] for piece in report["pieces"]} == {"made"}
    assert [each["name"] for each in report["bought"]] == ["Screw"]
    assert kinds(making)["job.made"] == len({piece["piece"].split("/")[0] for piece in report["pieces"]})


OURS = "Nobody knows this licence.\n"


def accepted(making: Making) -> set[tuple[str, str]]:
    """Who has accepted offers, and who has settled what the licence asks."""
    with making.store.transaction() as session:
        events = session.scalars(select(EventRow)).all()
    return {(each.kind, each.who) for each in events if each.kind in ("offer.accepted", "licence.settled")}


def test_no_policy_settles_what_a_licence_asks(bench: Bench) -> None:
    making = bench(Absent, LICENSE=OURS)
    assert prepare(making) is Begin.NEW
    assert accepted(making) == set()
    assert "must ask before it may" in making.licence_lines()[0]


def test_who_settles_what_a_licence_asks_stands_in_the_log(bench: Bench) -> None:
    making = bench(LICENSE=OURS)
    prepare(making)
    assert accepted(making) == {("offer.accepted", "stand-in"), ("licence.settled", "stand-in")}


def test_what_was_settled_beforehand_is_for_policies_again(bench: Bench) -> None:
    making = bench(permitted="Ria, by mail", LICENSE=OURS)
    prepare(making)
    assert ("offer.accepted", "policy") in accepted(making)
    assert ("licence.settled", "order") in accepted(making)


def test_the_event_log_is_in_order_and_names_the_one_who_acted(bench: Bench) -> None:
    making = bench()
    prepare(making)
    asyncio.run(making.carry_out())
    with making.store.transaction() as session:
        events = session.scalars(select(EventRow).order_by(EventRow.id)).all()
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert {event.who for event in events if event.kind == "offer.accepted"} == {"policy", "stand-in"}
        assert events[-1].kind == "build.finished"


def test_declined_work_is_offered_elsewhere(bench: Bench) -> None:
    making = bench(lambda pace: Refuser(pace, 1))
    prepare(making)
    asyncio.run(making.carry_out())
    assert making.report()["complete"]
    with making.store.transaction() as session:
        declined = session.scalars(select(OfferRow).where(OfferRow.state == OfferState.DECLINED)).one()
        later = session.scalars(select(OfferRow).where(OfferRow.lot_id == declined.lot_id)).all()
        assert {offer.machine for offer in later if offer.state is OfferState.ACCEPTED} != {declined.machine}
        assert declined.why == "no time this week"


def test_work_that_everybody_declines_is_left_and_said(bench: Bench) -> None:
    making = bench(lambda pace: Refuser(pace, 100))
    prepare(making)
    asyncio.run(making.carry_out())
    report = making.report()
    assert not report["complete"]
    assert "every lab that could has declined or failed" in {each["why"] for each in report["waiting"]}


def test_what_nobody_answers_stays_an_offer(bench: Bench) -> None:
    making = bench(Absent)
    prepare(making)
    asyncio.run(making.carry_out())
    with making.store.transaction() as session:
        assert set(session.scalars(select(OfferRow.state))) == {OfferState.OFFERED}
        assert session.scalars(select(JobRow)).all() == []
    assert {each["why"] for each in making.report()["waiting"]} == {"waiting for the lab's answer"}


def test_an_unknown_match_is_never_accepted_by_a_policy(bench: Bench) -> None:
    making = bench(Absent, rows=("Panel,1,Manual cutting,,,",))
    prepare(making)
    with making.store.transaction() as session:
        offer = session.scalars(select(OfferRow).where(OfferRow.verdict == "unknown")).first()
        assert offer is not None
        assert offer.state is OfferState.OFFERED
        assert "names no material" in offer.terms


def test_parts_that_are_doubtful_wait_for_a_toolpath(bench: Bench) -> None:
    """8 mm or 8 inches? A slicer would not ask."""
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,",), foot__stl=block_stl(8, 8, 8))
    prepare(making)
    asyncio.run(making.carry_out())
    waiting = {each["name"]: each["why"] for each in making.report()["waiting"]}
    assert waiting == {
        "Foot": "waiting for a toolpath",
        "design": "waiting for what it needs or for a person to start it",
    }
    assert {each["code"] for each in making.plan()["findings"]} & TOOLPATH_CODES


@pytest.mark.usefixtures("prusa")
def test_parts_without_a_program_are_sliced_and_made(bench: Bench) -> None:
    making = bench(rows=("Foot,2,3D printing,PLA,foot.stl,",), foot__stl=block_stl(20, 20, 5))
    prepare(making)
    asyncio.run(making.carry_out())
    report = making.report()
    assert report["complete"]
    assert [piece["outcome"] for piece in report["pieces"] if piece["name"] == "Foot"] == ["made", "made"]


def test_an_interrupted_order_is_taken_up_and_a_finished_one_is_a_new_order(bench: Bench) -> None:
    first = bench()
    prepare(first)
    again = bench()
    assert prepare(again) is Begin.TAKEN_UP
    assert again.build_id == first.build_id
    asyncio.run(again.carry_out())
    again.mark_reported()
    with again.store.transaction() as session:
        assert session.get_one(BuildRow, again.build_id).state is BuildState.REPORTED
    assert prepare(bench()) is Begin.COMPLETE
    new = bench()
    assert asyncio.run(new.prepare(again=True)) is Begin.NEW
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
    prepare(making)
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        start_run(session, session.get_one(JobRow, job_id), NOW)
    journal = Journal(tmp_path / "order" / "machines" / "north-printer.journal")
    if journalled is not None:
        journal.write(job_id, Step.STARTED)
    if journalled is Step.FINISHED:
        journal.write(job_id, Step.FINISHED, lines=50, message="finished")
    journal.close()
    monkeypatch.setattr(StandIn, "may_start", nobody)  # nothing is sent to a machine in this test
    after = bench()
    assert prepare(after) is Begin.TAKEN_UP
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
    prepare(making)
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        job = session.get_one(JobRow, job_id)
        start_run(session, job, NOW)
        session.flush()
        end_run(session, job, RunOutcome.LOST_CONTACT, NOW, lines=None, why="unplugged")
        rule(session, job, JobState.SCRAPPED, NOW, who="operator", why="half a foot")
    monkeypatch.setattr(StandIn, "may_start", nobody)
    after = bench()
    prepare(after)
    asyncio.run(after.carry_out())
    with after.store.transaction() as session:
        assert session.scalars(select(JobRow.remake_of).where(JobRow.remake_of.is_not(None))).all() == [job_id]


def test_a_plan_that_fails_on_the_way_stops_no_machine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,", *ROWS), **PRINTED)
    prepare(making)
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        start_run(session, session.get_one(JobRow, job_id), NOW)

    def fail(*_: object, **__: object) -> None:
        raise PlanError("the printer has left the network")

    monkeypatch.setattr("coordinator.make.making.plan_build", fail)
    after = bench()
    prepare(after)
    asyncio.run(after.carry_out())
    report = after.report()
    assert {piece["name"]: piece["outcome"] for piece in report["pieces"]} == {
        "Foot": "scrapped",
        "Panel": "made",
        "design": "planned",
    }
    assert {"lot": "fabricate:foot-1", "name": "Foot", "why": "the printer has left the network"} in report["waiting"]
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


MANY = ("Panel,100,Manual cutting,Plywood,,", "Screw,4,,,,Shop")  # three lots: 48, 48, 4


def panels(making: Making) -> Counter[str]:
    report = making.report()
    return Counter(piece["outcome"] for piece in report["pieces"] if piece["name"] == "Panel")


@pytest.mark.parametrize("refused", range(1, 7))
def test_declined_lots_of_a_large_task_are_all_made_elsewhere_or_named(bench: Bench, refused: int) -> None:
    making = bench(lambda pace: Refuser(pace, refused), rows=MANY)
    prepare(making)
    asyncio.run(making.carry_out())
    report = making.report()
    left = [each for each in report["waiting"] if each["name"] == "Panel"]
    assert report["complete"] is (panels(making)["made"] == 100)
    assert report["complete"] is (not left)
    if refused < 2:
        assert report["complete"]


class Fickle(StandIn):
    """Answers some offers, and leaves the rest open."""

    async def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        return None if work.startswith(("4 x", "1 x")) else await super().answer_offer(work, policy, verdict, terms)


def test_a_task_is_not_done_before_every_lot_is_made(bench: Bench) -> None:
    making = bench(Fickle, rows=MANY)
    prepare(making)
    asyncio.run(making.carry_out())
    report = making.report()
    assert panels(making) == {"made": 96}
    assert not report["complete"]
    assert {each["why"] for each in report["waiting"]} == {"waiting for the lab's answer"}


def test_a_crash_right_after_a_refusal_loses_no_lot(bench: Bench) -> None:
    making = bench(Absent, rows=MANY)
    prepare(making)
    with making.store.transaction() as session:
        build = session.get_one(BuildRow, making.build_id)
        offer = session.scalars(select(OfferRow).order_by(OfferRow.id)).first()
        assert offer is not None
        no = Answer(False, "operator", "no time")
        decide(session, build, offer, no, read_network(Path(build.labs_file)), NOW)
    after = bench(rows=MANY)
    prepare(after)
    asyncio.run(after.carry_out())
    assert after.report()["complete"]
    assert panels(after) == {"made": 100}


class Pardoner(StandIn):
    """Finds the pieces of every doubtful job good."""

    async def rule(self, work: str, machine: str, cause: str) -> Ruling | None:
        return Ruling(JobState.MADE, "operator", "they are good")


def test_a_person_may_find_the_pieces_of_a_failed_job_good(bench: Bench) -> None:
    making = bench(rows=("Foot,1,3D printing,PLA,foot.stl,",), **PRINTED)
    prepare(making)
    job_id = a_printed_job(making)
    with making.store.transaction() as session:
        job = session.get_one(JobRow, job_id)
        start_run(session, job, NOW)
        session.flush()
        end_run(session, job, RunOutcome.FAILED, NOW, lines=3, why="the filament ran out at the very end")
    after = bench(Pardoner)
    prepare(after)
    asyncio.run(after.carry_out())
    assert after.report()["complete"]


def test_a_machine_that_left_the_network_is_planned_around(bench: Bench, labs: Path) -> None:
    making = bench(rows=("Panel,2,Manual cutting,Plywood,,",))
    prepare(making)
    with making.store.reading() as session:
        gone = session.scalars(select(JobRow.machine)).all()[0]
    labs.write_text(labs.read_text().replace(f"id: {gone}", "id: another-bench"))
    after = bench()
    prepare(after)
    asyncio.run(after.carry_out())
    assert after.report()["complete"]
    with after.store.reading() as session:
        assert JobState.WITHDRAWN in set(session.scalars(select(JobRow.state)))


def test_another_order_does_not_enter_a_folder_that_is_in_use(bench: Bench) -> None:
    prepare(bench())
    with pytest.raises(StateError, match="holds an order of 1 x design"):
        prepare(bench(quantity=2))


def test_a_strangers_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis" / "machines").mkdir(parents=True)
    (tmp_path / "thesis" / "machines" / "chapter.txt").write_text("years of work")
    folder = OrderFolder(tmp_path / "thesis")
    with pytest.raises(InputError, match="the folder holds something else"), folder.held():
        raise AssertionError("it must not be held")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be used"), OrderFolder(tmp_path / "file").held():
        raise AssertionError("it must not be held")


def test_clearing_takes_away_only_what_is_ours(tmp_path: Path) -> None:
    folder = OrderFolder(tmp_path / "order")
    with folder.held():
        folder.machines.mkdir()
        (folder.machines / "printer.log").write_text("{}")
        (folder.machines / "notes.txt").write_text("mine")
        folder.clear()
        assert [path.name for path in folder.machines.iterdir()] == ["notes.txt"]
