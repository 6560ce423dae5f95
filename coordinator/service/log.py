"""The event log, read on from the last id that was seen; ids are in the order in which events became visible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from coordinator.service.house import House, View
from coordinator.tables import EventRow

__all__ = ["EventView", "Log"]


class EventView(View):
    """Something that happened. `who` is a pseudonym, an agent, a machine, a policy or the coordinator itself."""

    id: int
    at: datetime
    kind: str
    subject: str
    who: str
    why: str
    data: dict[str, Any]


class Log:
    """What happened."""

    def __init__(self, house: House) -> None:
        self._house = house

    def after(self, last: int, limit: int = 200) -> list[EventView]:
        """Events behind the one of id `last`, in order."""
        query = select(EventRow).where(EventRow.id > last).order_by(EventRow.id).limit(limit)
        with self._house.reading() as session:
            return [_view(row) for row in session.scalars(query)]

    def newest(self) -> int:
        """The id of the last event, or 0."""
        with self._house.reading() as session:
            return session.scalar(select(func.max(EventRow.id))) or 0


def _view(row: EventRow) -> EventView:
    return EventView(id=row.id, at=row.at, kind=row.kind, subject=row.subject, who=row.who, why=row.why, data=row.data)
