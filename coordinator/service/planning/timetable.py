"""The work of all labs in time, as the bars and rows of a chart."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from coordinator.charts.bars import bars_of, job_lines, rows_of
from coordinator.charts.gantt_bars import Bar, Row
from coordinator.schema.builds import JobRow, RunRow
from coordinator.schema.service import OrderRow
from coordinator.service.house import House

__all__ = ["Timetable"]

_MOST = 2000


class Timetable:
    """Who makes what when."""

    def __init__(self, house: House) -> None:
        self._house = house

    def between(
        self, window: tuple[datetime, datetime] | None, *, lab: str | None = None, build_id: int | None = None
    ) -> tuple[list[Bar], list[Row], tzinfo]:
        """The jobs of a window, planned or made, 2,000 at most; all machines of the labs; the zone of the first lab.

        Bars name processes by their ids, for who shows them says them in the reader's language.

        Args:
            window: from, to; with time zones. None for all of it.
            lab: only of this lab.
            build_id: only of this build.
        """
        begin = func.coalesce(RunRow.started_at, JobRow.planned_start)
        end = func.coalesce(RunRow.ended_at, JobRow.planned_end)
        ordered = select(OrderRow.build_id)
        conditions: list[ColumnElement[bool]] = [JobRow.build_id.in_(ordered)]
        if window is not None:
            conditions += [begin < window[1], end > window[0]]
        if lab is not None:
            conditions.append(JobRow.lab == lab)
        if build_id is not None:
            conditions.append(JobRow.build_id == build_id)
        now = self._house.clock.now()
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            if network is None:
                return [], [], UTC
            bars = bars_of(job_lines(session, *conditions, limit=_MOST), network, now, str)
        chosen = [each for each in network.labs if lab is None or each.id == lab]
        rows = [row for each in chosen for row in rows_of(each, network, bars)]
        return bars, rows, ZoneInfo((chosen or network.labs)[0].zone)
