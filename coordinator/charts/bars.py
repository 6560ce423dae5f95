"""Jobs as bars of a chart, and the machines as its rows, with the hours in which their labs are closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coordinator.charts.gantt_bars import Bar, BarState, Row
from coordinator.plans.calendars import calendar_of
from coordinator.schema.builds import JobRow, JobState, LotRow, RunRow, TaskRow
from core.trees import processes
from machines.lab import Lab, Network

__all__ = ["JobLine", "bars_of", "job_lines", "process_label", "rows_of"]

_STATES = {
    JobState.WAITING_FOR_TOOLPATH: BarState.PLANNED,
    JobState.SCHEDULED: BarState.PLANNED,
    JobState.DISPATCHED: BarState.PLANNED,
    JobState.RUNNING: BarState.RUNNING,
    JobState.MADE: BarState.MADE,
    JobState.FAILED: BarState.LOST,
    JobState.LOST_CONTACT: BarState.LOST,
    JobState.SCRAPPED: BarState.SCRAPPED,
}


class JobLine(NamedTuple):
    """What of a job its bar shows."""

    id: str
    lab: str
    machine: str
    state: JobState
    task: str
    process: str | None
    pieces: int
    planned_start: datetime
    planned_end: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str | None


def job_lines(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[JobLine]:
    """Jobs that meet conditions on jobs and runs, by their starts."""
    begin = func.coalesce(RunRow.started_at, JobRow.planned_start)
    query = (
        select(
            JobRow.id, JobRow.lab, JobRow.machine, JobRow.state, TaskRow.name, TaskRow.process, LotRow.pieces,
            JobRow.planned_start, JobRow.planned_end, RunRow.started_at, RunRow.ended_at, RunRow.message,
        )
        .join(LotRow, LotRow.id == JobRow.lot_id)
        .join(TaskRow, TaskRow.id == LotRow.task_id)
        .outerjoin(RunRow, RunRow.job_id == JobRow.id)
        .where(JobRow.state != JobState.WITHDRAWN, *conditions)
    )  # fmt: skip
    return [JobLine._make(row) for row in session.execute(query.order_by(begin, JobRow.offer_id).limit(limit))]


@cache
def process_label(process: str) -> str:
    """The English name of a process."""
    return processes()[process].label


def bars_of(
    jobs: Iterable[JobLine], network: Network, now: datetime, called: Callable[[str], str] = process_label
) -> list[Bar]:
    """Jobs when they are planned, or when they ran; one that runs longer than planned ends now.

    Args:
        jobs: the jobs.
        network: names labs and machines; what has left it since goes by its id.
        now: on the network's clock.
        called: what a process is called.
    """
    labs = {lab.id: lab.name for lab in network.labs}
    machines = {machine: name for lab in network.labs for machine, name in _row_names(lab).items()}
    return [_bar(job, machines.get(job.machine, job.machine), labs.get(job.lab, job.lab), now, called) for job in jobs]


def _bar(job: JobLine, machine: str, lab: str, now: datetime, called: Callable[[str], str]) -> Bar:
    start, end = job.planned_start, job.planned_end
    if job.started_at is not None:
        start, end = job.started_at, job.ended_at or max(now, job.started_at)
    return Bar(
        row=machine,
        group=lab,
        label=job.task if job.pieces == 1 else f"{job.pieces} x {job.task}",
        start=start,
        end=end,
        state=_STATES[job.state],
        process=called(job.process) if job.process else "",
        detail=job.id + (f": {job.message}" if job.message else ""),
        key=job.id,
    )


def rows_of(lab: Lab, network: Network, bars: Sequence[Bar]) -> Iterator[Row]:
    """The machines of a lab; closed hours are given over the time that the bars span."""
    closed = tuple(_closed(lab, network, bars))
    for name in _row_names(lab).values():
        yield Row(name, lab.name, closed)


def _row_names(lab: Lab) -> dict[str, str]:
    """By the id of a machine, what people call it, and its id where the lab has two of that name."""
    namesakes = Counter(each.name for each in lab.machines)
    return {each.id: each.name if namesakes[each.name] == 1 else f"{each.name} ({each.id})" for each in lab.machines}


def _closed(lab: Lab, network: Network, bars: Sequence[Bar]) -> Iterator[tuple[datetime, datetime]]:
    """The hours in which the lab is closed, over the time that the bars span."""
    if not bars:
        return
    start, end = min(bar.start for bar in bars), max(bar.end for bar in bars)
    horizon_s = max(1, round((end - start).total_seconds()))
    cursor = 0
    for window in calendar_of(network, lab.id, start, horizon_s).windows:
        if window.start_s > cursor:
            yield start + timedelta(seconds=cursor), start + timedelta(seconds=window.start_s)
        cursor = window.end_s
    if cursor < horizon_s:
        yield start + timedelta(seconds=cursor), end
