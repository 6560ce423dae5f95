"""The life of a job: every legal move happens, every other is impossible, and a second start above all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coordinator.life import end_run, rule, start_run
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    EventRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PieceRow,
    PieceState,
    PlanRow,
    RunOutcome,
    RunRow,
    TaskRow,
    TaskState,
)
from coordinator.store import Store
from core.errors import StateError

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    store = Store(tmp_path / "x.db")
    with store.transaction() as opened:
        design = DesignRow(name="lamp", location=".", content_hash="0" * 64)
        build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="labs.yaml", opened_at=NOW)
        task = TaskRow(
            build=build, key="foot", kind="fabricate", name="Foot", quantity=2, unit="piece", state=TaskState.OPEN
        )
        opened.add_all([design, build, task])
        opened.flush()
        lot = LotRow(build_id=build.id, task=task, key="foot-1", pieces=2)
        plan = PlanRow(build_id=build.id, made_at=NOW, why="first plan", document={})
        opened.add_all([lot, plan])
        opened.flush()
        offer = OfferRow(
            plan_id=plan.id, lot=lot, lab="north", machine="printer", verdict="yes", terms="",
            planned_start=NOW, planned_end=NOW, state=OfferState.ACCEPTED,
        )  # fmt: skip
        opened.add(offer)
        opened.flush()
        job = JobRow(
            id="J1", build_id=build.id, lot=lot, offer_id=offer.id, lab="north", machine="printer",
            state=JobState.SCHEDULED, planned_start=NOW, planned_end=NOW,
        )  # fmt: skip
        job.pieces = [PieceRow(number=n, state=PieceState.PLANNED) for n in (1, 2)]
        opened.add(job)
        opened.flush()
        yield opened
    store.close()


def test_a_finished_run_makes_its_pieces(session: Session) -> None:
    job = session.get_one(JobRow, "J1")
    start_run(session, job, NOW)
    session.flush()
    end_run(session, job, RunOutcome.FINISHED, NOW, lines=7, why="all lines executed")
    assert job.state is JobState.MADE
    assert [piece.state for piece in job.pieces] == [PieceState.MADE] * 2
    assert session.get_one(RunRow, "J1").lines == 7
    assert [e.kind for e in session.query(EventRow).order_by(EventRow.id)] == ["job.running", "job.made"]


def test_lost_contact_waits_for_a_verdict(session: Session) -> None:
    job = session.get_one(JobRow, "J1")
    start_run(session, job, NOW)
    session.flush()
    end_run(session, job, RunOutcome.LOST_CONTACT, NOW, lines=None, why="unplugged")
    assert job.state is JobState.LOST_CONTACT
    assert {piece.state for piece in job.pieces} == {PieceState.PLANNED}
    rule(session, job, JobState.SCRAPPED, NOW, who="operator", why="half a part")
    assert {piece.state for piece in job.pieces} == {PieceState.SCRAPPED}
    assert session.query(EventRow).order_by(EventRow.id.desc()).first().who == "operator"  # type: ignore[union-attr]


@pytest.mark.parametrize("state", [each for each in JobState if each not in (JobState.SCHEDULED, JobState.DISPATCHED)])
def test_only_a_scheduled_or_dispatched_job_can_start(session: Session, state: JobState) -> None:
    job = session.get_one(JobRow, "J1")
    job.state = state
    with pytest.raises(StateError, match="cannot become running"):
        start_run(session, job, NOW)


def test_the_database_itself_refuses_a_second_start(session: Session) -> None:
    job = session.get_one(JobRow, "J1")
    start_run(session, job, NOW)
    session.flush()
    job.state = JobState.SCHEDULED  # as a bug might do it
    with pytest.raises(IntegrityError), session.begin_nested():
        start_run(session, job, NOW)
        session.flush()


LEGAL = {
    (JobState.FAILED, JobState.MADE),
    (JobState.FAILED, JobState.SCRAPPED),
    (JobState.LOST_CONTACT, JobState.MADE),
    (JobState.LOST_CONTACT, JobState.SCRAPPED),
}
RULINGS = (JobState.MADE, JobState.SCRAPPED)


@pytest.mark.parametrize(("state", "verdict"), list(product(JobState, RULINGS)))
def test_a_verdict_is_for_doubtful_jobs_only(session: Session, state: JobState, verdict: JobState) -> None:
    job = session.get_one(JobRow, "J1")
    job.state = state
    if (state, verdict) in LEGAL:
        rule(session, job, verdict, NOW, who="operator", why="looked")
        assert job.state is verdict
    else:
        with pytest.raises(StateError):
            rule(session, job, verdict, NOW, who="operator", why="looked")
