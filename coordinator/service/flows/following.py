"""The log, told as economic events: each event of the log once, in order, whenever somebody looks.

What is told of an event and how far the log was told are one transaction: what was cut off before its end is told
again from where the last one ended, and nothing stands in the book twice or is missing. The names of economic events
come from what they tell of, so even a log that is told again from its beginning adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import EventRow
from coordinator.schema.flow import FlowBookRow
from coordinator.service.flows import made, moved
from coordinator.service.flows.book import enter
from coordinator.service.flows.names import Names, new_network
from coordinator.service.flows.told import Told
from coordinator.service.house import Change, House

__all__ = ["TELLERS", "catch_up", "names_in", "tell"]

Teller = Callable[[Session, Names, EventRow], Iterator[Told]]
TELLERS: Final[Mapping[str, Teller]] = {
    "job.made": made.job_ended,
    "job.scrapped": made.job_ended,
    "piece.accepted": made.piece_checked,
    "piece.rejected": made.piece_checked,
    "piece.scrapped": made.piece_scrapped,
    "piece.delivered": made.piece_delivered,
    "build.finished": made.build_finished,
    "change.accepted": made.change_accepted,
    "purchase.came": moved.purchase_came,
    "purchase.bad": moved.purchase_came,
    "purchase.arrived": moved.purchase_came,
    "task.arrived": moved.task_arrived,
    "shipment.sent": moved.shipment_sent,
    "shipment.arrived": moved.shipment_ended,
    "shipment.damaged": moved.shipment_ended,
    "shipment.lost": moved.shipment_ended,
    "shipment.returned": moved.shipment_ended,
    "stock.received": moved.stock_booked,
    "stock.used": moved.stock_booked,
    "stock.corrected": moved.stock_booked,
    "stock.retired": moved.stock_booked,
}
"""By kind of event of the log, what it says of flows. Other kinds say nothing of them."""

_AT_ONCE: Final = 500
_WHO: Final = "coordinator"
_BOOK: Final = 1


def names_in(session: Session) -> Names | None:
    """The names of this network; None while it has none."""
    book = session.get(FlowBookRow, _BOOK)
    return None if book is None else Names(book.network)


def catch_up(house: House) -> Names:
    """Tell what the log has that the book has not; returns how this network's things are called."""
    while True:
        with house.reading() as session:
            book = session.get(FlowBookRow, _BOOK)
            if book is not None and not _waiting(session, book.told, 1):
                return Names(book.network)
        with house.store.transaction(quiet=True) as session:
            tell(Change(session, house.clock.now(), _WHO), _AT_ONCE)


def tell(change: Change, limit: int) -> None:
    """Tell the next events of the log, and note how far it was told."""
    book = change.session.get(FlowBookRow, _BOOK)
    if book is None:
        book = FlowBookRow(id=_BOOK, network=new_network(), told=0)
        change.session.add(book)
    names = Names(book.network)
    for event in _waiting(change.session, book.told, limit):
        told = TELLERS[event.kind](change.session, names, event)
        enter(change, (entry for each in told for entry in each.entries()))
        book.told = event.id


def _waiting(session: Session, told: int, limit: int) -> list[EventRow]:
    """Events of the log that are still to be told."""
    query = select(EventRow).where(EventRow.id > told, EventRow.kind.in_(TELLERS))
    return list(session.scalars(query.order_by(EventRow.id).limit(limit)))
