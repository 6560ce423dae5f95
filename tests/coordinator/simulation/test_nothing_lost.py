"""Nothing is lost and nothing is made twice, whatever dies: ten hours in one process, a thousand jobs, by a seed.

Other seeds: ``FABCOMMONS_SEEDS=1,2,3 ./dev test tests/coordinator/simulation``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.moves import may_become
from coordinator.schema.builds import BuildRow, BuildState, JobRow, JobState, LotRow, PieceRow, PieceState, RunRow
from coordinator.service.log import EventView

from .town import Plan, Town

pytestmark = pytest.mark.timeout(900)
SEEDS = [int(each) for each in os.environ.get("FABCOMMONS_SEEDS", "7").split(",")]
FAULTS = {
    "a request was lost", "an answer was lost", "a request came twice", "a request failed with its connection",
    "the connection to the database broke", "the coordinator was killed in a transaction", "a stale agent was refused",
    "harm: coordinator", "harm: agent", "harm: agent sleeps", "harm: network", "a person ruled scrapped",
    "a report came after a verdict", "a peer accepted", "a peer rejected",
}  # fmt: skip


MOVES_OF_JOBS = {f"job.{state.replace(' ', '-')}" for state in JobState}


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where there is one: what a disk keeps through a power cut is not what is shown here."""
    shared = Path("/dev/shm")  # noqa: S108 (the folder in it is made by mkdtemp)
    folder = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thousand_jobs_in_ten_hours(memory: Path, seed: int) -> None:
    town = Town(memory / "x.db", memory, Plan(seed))
    town.live()
    prove(town)
    assert set(town.seen) >= FAULTS, "every fault has happened"
    town.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_on_postgresql(memory: Path, databases: Callable[[], str], seed: int) -> None:
    whole = "FABCOMMONS_SEEDS" in os.environ
    town = Town(databases(), memory, Plan(seed) if whole else Plan(seed, lots=120, hours=1.2, builds=2))
    town.live()
    prove(town)
    assert {"the connection to the database broke", "harm: coordinator", "harm: agent"} <= set(town.seen)
    town.close()


def test_a_seed_says_all_that_happens(memory: Path) -> None:
    def told(name: str) -> list[tuple[Any, ...]]:
        (memory / name).mkdir()
        town = Town(memory / name / "x.db", memory / name, Plan(3, lots=40, hours=0.5, builds=2))
        town.live()
        town.close()
        return [(event.id, event.at, event.kind, event.data.get("machine")) for event in town.heard]

    assert told("one") == told("other")


def prove(town: Town) -> None:
    """What the machines' own logs, the rows and the event log say, each for itself and of each other."""
    events = whole_log(town)
    starts = Counter(move.job_id for machine in town.machines.values() for move in machine.log)
    assert set(starts.values()) == {1}, "an attempt started twice"
    assert len(starts) >= town.plan.lots
    assert town.heard == events, "a listener has missed something"
    assert [event.id for event in events] == sorted({event.id for event in events})
    assert [event.at for event in events] == sorted(event.at for event in events)
    with town.coordinator.store.reading() as session:
        assert {build.state for build in session.scalars(select(BuildRow))} == {BuildState.FINISHED}
        jobs = {job.id: job for job in session.scalars(select(JobRow))}
        for lot in session.scalars(select(LotRow)):
            assert [job.state for job in lot.jobs].count(JobState.MADE) == 1, "made once, and remade only when scrapped"
            assert {job.state for job in lot.jobs} <= {JobState.MADE, JobState.SCRAPPED}
        for piece in session.scalars(select(PieceRow)):
            assert (piece.state, piece.job.state) in {
                (PieceState.MADE, JobState.MADE),
                (PieceState.ACCEPTED, JobState.MADE),
                (PieceState.REJECTED, JobState.MADE),
                (PieceState.SCRAPPED, JobState.SCRAPPED),
            }
        runs = {run.job_id for run in session.scalars(select(RunRow))}
        lives = lives_of(events)
        assert {job_id: life[-1][0] for job_id, life in lives.items()} == {
            key: str(job.state) for key, job in jobs.items()
        }
        prove_first_articles(session, events)
    assert set(starts) <= runs, "no machine moved for a job that the coordinator had not let start"
    for job_id, job in jobs.items():
        prove_end(town, job, lives[job_id])


def prove_first_articles(session: Session, events: list[EventView]) -> None:
    """Of no batch was a second run handed out before a peer had accepted the first; none was forgotten."""
    batch = {
        job.id: (job.build_id, job.lot.task.key, job.lab) for job in session.scalars(select(JobRow).order_by(JobRow.id))
    }
    made = Counter(batch[job_id] for job_id in session.scalars(select(JobRow.id).where(JobRow.state == JobState.MADE)))
    first: dict[tuple[int, str, str], str | None] = {}  # of the batches that wait
    asked, accepted = set(), set()
    for event in events:
        noun, _, name = event.subject.partition(" ")
        kind = event.kind.removeprefix("first-article.")
        if kind != event.kind:
            key = (int(name), event.data["task"], event.data["lab"])
            asked.add(key)
            if kind == "accepted":
                assert event.data["job"] in accepted
                del first[key]
            else:
                first[key] = event.data["job"]
        elif event.kind == "piece.accepted":
            accepted.add(event.data["job"])
        elif event.kind == "job.dispatched" and batch[name] in first:
            assert first[batch[name]] == name, f"{name} was handed out while its batch waits for {first[batch[name]]}"
        assert noun
    assert len(asked) > 1
    assert {key for key, count in made.items() if count > 1} <= asked


def prove_end(town: Town, job: JobRow, life: list[tuple[str, EventView]]) -> None:
    """A job ended as its machine says, or as a person ruled who is on record."""
    move = town.machines[job.machine].last(job.id)
    ruled = life[-1][1].who in {actor.id for actor in town.operators.values()}
    if job.state is JobState.SCRAPPED:
        assert ruled, f"{job.id} was scrapped, and no person said so"
    elif not ruled:
        assert move is not None
        assert move.good is True, f"{job.id} counts as made, and its machine knows nothing of that"
    if move is not None:
        let = next(event.at for state, event in life if state == "running")
        assert (let - town.heard[0].at).total_seconds() <= move.began_s + 1e-6, "it moved before it was let"


def lives_of(events: list[EventView]) -> dict[str, list[tuple[str, EventView]]]:
    """The states of each job in order; every move was legal, and began where the one before it had ended."""
    lives: dict[str, list[tuple[str, EventView]]] = {}
    for event in events:
        noun, _, job_id = event.subject.partition(" ")
        if noun != "job" or event.kind not in MOVES_OF_JOBS:
            continue
        state = JobState(event.kind.removeprefix("job.").replace("-", " "))
        life = lives.setdefault(job_id, [])
        if life:
            before = JobState(event.data["before"])
            assert str(before) == life[-1][0], event
            assert may_become(before, state), event
        life.append((str(state), event))
    return lives


def whole_log(town: Town) -> list[EventView]:
    found: list[EventView] = []
    while more := town.coordinator.application.log.after(found[-1].id if found else 0, 1000):
        found += more
    return found
