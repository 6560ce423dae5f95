"""The Gantt chart of a build: what was planned, what was made, what was scrapped, lab by lab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coordinator.calendars import calendar_of
from coordinator.gantt import Bar, BarState, Row, gantt_page
from coordinator.store import Store
from coordinator.tables import BuildRow, JobRow, JobState
from core.trees import processes
from machines.lab import Lab, Network

__all__ = ["write_gantt"]

_STATES = {
    JobState.WAITING_FOR_TOOLPATH: BarState.PLANNED,
    JobState.SCHEDULED: BarState.PLANNED,
    JobState.RUNNING: BarState.RUNNING,
    JobState.MADE: BarState.MADE,
    JobState.FAILED: BarState.LOST,
    JobState.LOST_CONTACT: BarState.LOST,
    JobState.SCRAPPED: BarState.SCRAPPED,
}


def write_gantt(store: Store, build_id: int, network: Network, path: Path, now: datetime) -> None:
    """Write the chart of a build as one self-contained HTML page; times are in the first lab's zone."""
    with store.reading() as session:
        build = session.get_one(BuildRow, build_id)
        jobs = session.scalars(select(JobRow).where(JobRow.build_id == build_id).order_by(JobRow.offer_id)).all()
        bars = [_bar(job, network, now) for job in jobs]
        title = f"{build.quantity} x {build.design.name}"
    rows = [row for lab in network.labs for row in _rows(lab, network, bars)]
    zone = ZoneInfo(network.labs[0].zone)
    page = gantt_page(title, bars, generated=datetime.now(UTC), rows=rows, now=now, zone=zone)
    part = path.with_suffix(".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)


def _bar(job: JobRow, network: Network, now: datetime) -> Bar:
    start, end = job.planned_start, job.planned_end
    if job.run is not None:
        start, end = job.run.started_at, job.run.ended_at or max(now, job.run.started_at)
    process = job.lot.task.process
    return Bar(
        row=_row_name(network, job.machine),
        group=_lab_name(network, job.lab),
        label=job.lot.task.name if len(job.pieces) == 1 else f"{len(job.pieces)} x {job.lot.task.name}",
        start=start,
        end=end,
        state=_STATES[job.state],
        process=processes()[process].label if process else "",
        detail=job.id + (f": {job.run.message}" if job.run and job.run.message else ""),
    )


def _rows(lab: Lab, network: Network, bars: Sequence[Bar]) -> Iterator[Row]:
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
