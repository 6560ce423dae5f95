"""The work of all labs in time, as the bars and rows of a chart."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from coordinator.bars import bar_of, rows_of
from coordinator.gantt import Bar, Row
from coordinator.service.house import House
from coordinator.service_tables import OrderRow
from coordinator.tables import JobRow, JobState, LotRow, RunRow

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

        Args:
            window: from, to; with time zones. None for all of it.
            lab: only of this lab.
            build_id: only of this build.
        """
        begin, end = (
            func.coalesce(RunRow.started_at, JobRow.planned_start),
            func.coalesce(RunRow.ended_at, JobRow.planned_end),
        )
        query = (
            select(JobRow)
            .join(OrderRow, OrderRow.build_id == JobRow.build_id)
            .outerjoin(RunRow, RunRow.job_id == JobRow.id)
            .where(JobRow.state != JobState.WITHDRAWN)
            .options(
                joinedload(JobRow.run), joinedload(JobRow.lot).joinedload(LotRow.task), selectinload(JobRow.pieces)
            )
        )
        if window is not None:
            query = query.where(begin < window[1], end > window[0])
        if lab is not None:
            query = query.where(JobRow.lab == lab)
        if build_id is not None:
            query = query.where(JobRow.build_id == build_id)
        now = self._house.clock.now()
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            if network is None:
                return [], [], UTC
            bars = [bar_of(job, network, now) for job in session.scalars(query.order_by(begin, JobRow.id).limit(_MOST))]
        chosen = [each for each in network.labs if lab is None or each.id == lab]
        rows = [row for each in chosen for row in rows_of(each, network, bars)]
        return bars, rows, ZoneInfo((chosen or network.labs)[0].zone)
