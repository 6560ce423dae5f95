"""The event log, read on from the last id that was seen; ids are in the order in which events became visible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, literal, select, union_all

from coordinator.schema.builds import EventRow, JobRow, LotRow, OfferRow, TaskRow
from coordinator.schema.shipment import ShipmentItemRow
from coordinator.schema.supply import PurchaseItemRow
from coordinator.service.house import House, View

__all__ = ["EventView", "Log", "event_view"]


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
            return [event_view(row) for row in session.scalars(query)]

    def before(self, first: int | None, limit: int = 200) -> list[EventView]:
        """Events ahead of the one of id `first`, or up to now; the newest first."""
        query = select(EventRow).order_by(EventRow.id.desc()).limit(limit)
        if first is not None:
            query = query.where(EventRow.id < first)
        with self._house.reading() as session:
            return [event_view(row) for row in session.scalars(query)]

    def of_build(self, build_id: int, limit: int = 20) -> list[EventView]:
        """What happened last to a build, its offers, jobs, purchases and shipments; the newest first."""
        jobs = select("job " + JobRow.id).where(JobRow.build_id == build_id)
        offered = select(OfferRow.id).join(LotRow).where(LotRow.build_id == build_id).subquery()
        offers = select("offer " + cast(offered.c.id, String))
        bought = select(PurchaseItemRow.purchase_id).join(TaskRow).where(TaskRow.build_id == build_id).subquery()
        purchases = select("purchase " + cast(bought.c[0], String))
        sent = select(ShipmentItemRow.shipment_id).join(TaskRow).where(TaskRow.build_id == build_id).subquery()
        shipments = select("shipment " + cast(sent.c[0], String))
        own = select(literal(f"build {build_id}"))
        subjects = union_all(jobs, offers, purchases, shipments, own).subquery()
        query = select(EventRow).where(EventRow.subject.in_(select(subjects.c[0])))
        with self._house.reading() as session:
            return [event_view(row) for row in session.scalars(query.order_by(EventRow.id.desc()).limit(limit))]

    def newest(self) -> int:
        """The id of the last event, or 0."""
        with self._house.reading() as session:
            return session.scalar(select(func.max(EventRow.id))) or 0


def event_view(row: EventRow) -> EventView:
    """An event as the outside sees it."""
    return EventView(id=row.id, at=row.at, kind=row.kind, subject=row.subject, who=row.who, why=row.why, data=row.data)
