"""The Gantt chart of a build: what was planned, what was made, what was scrapped, lab by lab."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from coordinator.charts.bars import bars_of, job_lines, rows_of
from coordinator.charts.gantt import gantt_page
from coordinator.schema.builds import BuildRow, JobRow
from coordinator.store import Store
from machines.lab import Network

__all__ = ["write_gantt"]


def write_gantt(store: Store, build_id: int, network: Network, path: Path, now: datetime) -> None:
    """Write the chart of a build as one self-contained HTML page; times are in the first lab's zone."""
    with store.reading() as session:
        build = session.get_one(BuildRow, build_id)
        bars = bars_of(job_lines(session, JobRow.build_id == build_id), network, now)
        title = f"{build.quantity} x {build.design.name}"
    rows = [row for lab in network.labs for row in rows_of(lab, network, bars)]
    zone = ZoneInfo(network.labs[0].zone)
    page = gantt_page(title, bars, generated=datetime.now(UTC), rows=rows, now=now, zone=zone)
    part = path.with_suffix(".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
