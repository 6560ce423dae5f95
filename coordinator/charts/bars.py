"""Jobs as bars of a chart, and the machines as its rows, with the hours in which their labs are closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

__all__ = ["JobLine", "bar_of", "job_lines", "process_label", "rows_of"]

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


def bar_of(job: JobLine, network: Network, now: datetime, called: Callable[[str], str] = process_label) -> Bar:
    """A job when it is planned, or when it ran; one that runs longer than planned ends now.

    Args:
        job: the job.
        network: names labs and machines.
        now: on the network's clock.
        called: what a process is called.
    """
    start, end = job.planned_start, job.planned_end
    if job.started_at is not None:
        start, end = job.started_at, job.ended_at or max(now, job.started_at)
    return Bar(
        row=_row_name(network, job.machine),
        group=_lab_name(network, job.lab),
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
    for machine in lab.machines:
        yield Row(_row_name(network, machine.id), lab.name, closed)


def _row_name(network: Network, machine_id: str) -> str:
    """What people call the machine, and its id where a lab has two of that name."""
    machine = network.find(machine_id)
    if machine is None:  # it has left the network since
        return machine_id
    namesakes = sum(each.name == machine.name for each in network.lab(machine.lab).machines)
    return machine.name if namesakes == 1 else f"{machine.name} ({machine.id})"


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


def _lab_name(network: Network, lab_id: str) -> str:
    return next((lab.name for lab in network.labs if lab.id == lab_id), lab_id)
