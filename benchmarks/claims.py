"""How fast a coordinator gives jobs to agents, beside bare one-row commits on the same database, as a Markdown table.

    ./dev python -m benchmarks.claims --jobs 200 [--database-url postgresql://...]

All in one process, one call after another, without HTTP; the peer is in the same run. Agents that ask while others are
served are served together, in one transaction: so half of the jobs are claimed alone, half by ten agents at a time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coordinator.events import record
from coordinator.files import FileStore
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PieceRow,
    PieceState,
    PlanRow,
    RunOutcome,
    TaskRow,
    TaskState,
)
from coordinator.schema.network import Role
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor
from coordinator.service.application import KEEPER, Application
from coordinator.service.clock import RealClock
from coordinator.service.house import Call, House
from coordinator.service.runs.attempts import Told
from coordinator.service.runs.handing_out import Claimant
from coordinator.store import Store

__all__ = ["seed_jobs"]

_TOGETHER = 10


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--database-url")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(options.database_url or Path(folder, "x.db"))
        clock = RealClock()
        application = Application(House(store, FileStore(Path(folder, "files")), clock, clock))
        jobs = max(options.jobs // (2 * _TOGETHER), 1) * 2 * _TOGETHER
        operator = seed_jobs(application, jobs)
        agents = [_agent(application, operator, number) for number in range(_TOGETHER)]
        claimants = [Claimant(agents[n % _TOGETHER], "north", (f"printer-{n}",)) for n in range(jobs)]
        for each in claimants:  # they have asked before, as agents do: the machines are theirs
            application.drivers.held(each.actor.id, "north", each.machines)

        def commit(number: int) -> None:
            with store.transaction() as session:
                record(session, clock.now(), "a.b", f"c {number}")

        works: list[Any] = []

        def claim(number: int) -> None:
            works.extend(application.attempts.claims([claimants[number]]))

        def claim_together(number: int) -> None:
            first = jobs // 2 + number * _TOGETHER
            works.extend(application.attempts.claims(claimants[first : first + _TOGETHER]))

        def start(number: int) -> None:
            application.attempts.start(claimants[number].actor, works[number].attempt_id, 1)

        def tell(number: int) -> None:
            work = works[number]
            told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=1, lines_total=2, state="running")
            application.attempts.progress(claimants[number].actor, [told])

        def end(number: int) -> None:
            work = works[number]
            application.attempts.end(
                claimants[number].actor, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=2, message="finished"
            )

        steps = {
            "claim, alone": (claim, jobs // 2, 1),
            f"claims, of {_TOGETHER} together": (claim_together, jobs // 2 // _TOGETHER, _TOGETHER),
            "start": (start, jobs, 1),
            "progress of one job": (tell, jobs, 1),
            "end": (end, jobs, 1),
        }
        print(f"| {store.where.partition(':')[0].rpartition('/')[2]} | a second | bare commits beside it | ratio |")
        print("|---|---|---|---|")
        for name, (step, times, each) in steps.items():
            rate, bare = _rates(step, commit, times)
            rate *= each
            print(f"| {name} | {rate:.0f} | {bare:.0f} | {rate / bare:.2f} |")
        store.close()


def _agent(application: Application, operator: Actor, number: int) -> Actor:
    return application.tokens.actor(application.tokens.add_agent(operator, "north", f"box-{number}").token)


def _rates(step: Callable[[int], object], bare: Callable[[int], object], count: int) -> tuple[float, float]:
    """How many a second, by the median; the two take turns, so that what else the computer does meets both alike."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for place, work in enumerate((step, bare)):
            started = time.perf_counter()
            work(number)
            spent[place].append(time.perf_counter() - started)
    return 1 / statistics.median(spent[0]), 1 / statistics.median(spent[1])


def seed_jobs(application: Application, count: int) -> Actor:
    """A lab of so many printers, each with one job that may start; returns its operator."""
    machine = {"name": "Printer", "processes": ["fdm"], "unattended": True, "envelope_mm": [200, 200, 200]}
    connection = {"driver": "marlin", "port": "virtual"}
    machines = [{**machine, "id": f"printer-{n}", "connection": connection} for n in range(count)]
    lab = {"id": "north", "name": "North", "timezone": "UTC", "opening_hours": {"daily": "00:00-24:00"}}
    application.labs.put(Call(KEEPER), {"labs": [{**lab, "machines": machines}]})
    code = application.invitations.make(KEEPER, Role.OPERATOR, "north").code
    operator = application.tokens.actor(application.invitations.accept(code, "Nora", None).token)
    now = datetime.now(UTC)
    with application.house.store.transaction() as session:
        design = DesignRow(name="lamp", location=".", content_hash="0" * 64)
        build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="", opened_at=now)
        session.add(build)
        session.flush()
        plan = PlanRow(build_id=build.id, made_at=now, why="", document={})
        session.add(plan)
        order = OrderRow(
            build_id=build.id, ordered_by="p", lead_days=0, checked=False, plan_wanted=0, plan_made=0, plan_why=""
        )
        session.add(order)
        session.flush()
        for number in range(count):
            task = TaskRow(
                build=build, key=f"t{number}", kind="fabricate", name="Foot", quantity=1, unit="piece",
                state=TaskState.OPEN,
            )  # fmt: skip
            lot = LotRow(build_id=build.id, task=task, key=f"t{number}-1", pieces=1)
            session.add_all([task, lot])
            session.flush()
            offer = OfferRow(
                plan_id=plan.id, lot=lot, lab="north", machine=f"printer-{number}", verdict="yes", terms="",
                planned_start=now, planned_end=now, state=OfferState.ACCEPTED,
            )  # fmt: skip
            session.add(offer)
            session.flush()
            job = JobRow(
                id=f"J{number}", build_id=build.id, lot=lot, offer_id=offer.id, lab="north", machine=offer.machine,
                state=JobState.SCHEDULED, program_sha256="0" * 64, planned_start=now, planned_end=now,
            )  # fmt: skip
            job.pieces = [PieceRow(number=1, state=PieceState.PLANNED)]
            session.add(job)
    return operator


if __name__ == "__main__":
    main()
