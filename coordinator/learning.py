"""What finished runs teach about machines: each run's program, timed by its moves, beside what it really took."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from sqlalchemy import select

from coordinator.files import FileStore
from coordinator.folder import OrderFolder
from coordinator.plans.programs import facts_of
from coordinator.schema.builds import JobRow, RunOutcome, RunRow
from coordinator.store import Store
from core.errors import InputError
from gcode.program import read_program
from machines.calibration import Calibration, LoggedJob, calibrate

__all__ = ["jobs_csv", "learned_from", "logged_jobs", "orders_in", "was_simulated"]

_MOST_RUNS = 200  # of one machine, the latest; more teach nothing new
_MOST_ORDERS = 200


def logged_jobs(folder: OrderFolder) -> dict[str, list[LoggedJob]]:
    """The finished runs of an order's programs by machine id, the latest first; work by hand has no program.

    Raises:
        InputError: the folder holds no order.
        StateError: its database cannot be opened.
    """
    if not folder.database.exists():
        raise InputError("there is no order here", where=str(folder.root), hint="give the --dir of an order")
    store, files = Store(folder.database), FileStore(folder.files)
    found: dict[str, list[LoggedJob]] = {}
    timed: dict[str, float | None] = {}
    try:
        with store.reading() as session:
            wanted = select(JobRow.machine, JobRow.program_sha256, RunRow.started_at, RunRow.ended_at)
            wanted = wanted.join(RunRow, RunRow.job_id == JobRow.id).where(
                RunRow.outcome == RunOutcome.FINISHED, JobRow.program_sha256.is_not(None), RunRow.ended_at.is_not(None)
            )
            rows = session.execute(wanted.order_by(RunRow.started_at.desc())).all()
    finally:
        store.close()
    for machine, digest, started_at, ended_at in rows:
        if digest is None or ended_at is None:  # the query asks for others only
            continue
        jobs = found.setdefault(machine, [])
        if digest not in timed:
            timed[digest] = _moves_s(files, digest)
        estimated_s, real_s = timed[digest], (ended_at - started_at).total_seconds()
        if estimated_s and real_s > 0 and len(jobs) < _MOST_RUNS:
            jobs.append(LoggedJob(estimated_s, real_s))
    return {machine: jobs for machine, jobs in found.items() if jobs}


def orders_in(folder: Path) -> list[OrderFolder]:
    """The order that a folder holds, or all orders in the folders inside it, the latest first.

    Raises:
        InputError: there is none.
    """
    found = [OrderFolder(folder)]
    if not found[0].database.exists():
        inside = folder.iterdir() if folder.is_dir() else ()
        found = [each for path in inside if (each := OrderFolder(path)).database.exists()]
    if not found:
        hint = "give the --dir of an order, or a folder with such folders"
        raise InputError("there is no order here", where=str(folder), hint=hint)
    return sorted(found, key=lambda each: (-each.database.stat().st_mtime, each.root))[:_MOST_ORDERS]


def learned_from(*folders: OrderFolder) -> Mapping[str, Calibration]:
    """What each machine's finished runs in the folders of orders teach, by its id; raises as `logged_jobs`.

    Args:
        folders: the latest first.
    """
    together: dict[str, list[LoggedJob]] = {}
    for folder in folders:
        for machine, jobs in logged_jobs(folder).items():
            together.setdefault(machine, []).extend(jobs)
    return {machine: calibrate(jobs[:_MOST_RUNS]) for machine, jobs in together.items()}


def was_simulated(folder: OrderFolder) -> bool:
    """Whether the order's report says that its machines were virtual; their runs teach nothing about real ones."""
    try:
        report = json.loads(folder.report.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False  # no report yet
    return isinstance(report, dict) and report.get("simulated") is True


def jobs_csv(jobs: list[LoggedJob]) -> str:
    """A log as `fabcommons estimate --jobs` takes it."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["estimated_s", "real_s"])
    writer.writerows([round(job.estimated_s, 3), round(job.real_s, 3)] for job in jobs)
    return text.getvalue()


def _moves_s(files: FileStore, digest: str) -> float | None:
    """How long a kept program moves, heating left out; None where it is gone or cannot be read any more."""
    try:
        return facts_of(read_program(files.path(digest))).duration_s
    except (KeyError, InputError):
        return None
