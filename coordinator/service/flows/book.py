"""The book of economic events: rows that are only added, and the events in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.flows.documents import event_node, event_of
from commons.flows.events import Event
from coordinator.schema.flow import EconomicEventRow
from coordinator.service.house import Change
from coordinator.service.refusals import UnknownError

__all__ = ["Entry", "enter", "event_in", "row_of"]

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, and where it belongs.

    Attributes:
        event: what flowed.
        build_id: the build that it was for, or None.
        design_id: the version of the design that it was for, or None.
        source: empty for what happened here, else where it was imported from.
    """

    event: Event
    build_id: int | None = None
    design_id: int | None = None
    source: str = ""


def enter(change: Change, entries: Iterable[Entry]) -> int:
    """Add what is not in the book yet; an event that is there already stays as it is.

    Returns:
        How many were added.
    """
    wanted = {each.event.id: each for each in entries}
    ids, known = list(wanted), set[str]()
    for start in range(0, len(ids), _AT_ONCE):
        query = select(EconomicEventRow.id).where(EconomicEventRow.id.in_(ids[start : start + _AT_ONCE]))
        known.update(change.session.scalars(query))
    rows = [_row(change, each) for name, each in wanted.items() if name not in known]
    change.session.add_all(rows)
    change.session.flush()
    return len(rows)


def event_in(row: EconomicEventRow) -> Event:
    """The event of a row."""
    return event_of(row.document)


def row_of(session: Session, number: int) -> EconomicEventRow:
    """An economic event by its number.

    Raises:
        UnknownError: there is none.
    """
    found = session.get(EconomicEventRow, number)
    if found is None:
        raise UnknownError(f"there is no economic event {number}")
    return found


def _row(change: Change, entry: Entry) -> EconomicEventRow:
    event = entry.event
    return EconomicEventRow(
        id=event.id, at=event.at, action=str(event.action), provider=event.provider, receiver=event.receiver,
        corrects=event.corrects, build_id=entry.build_id, design_id=entry.design_id, source=entry.source,
        entered_at=change.at, entered_by=change.who, document=event_node(event),
    )  # fmt: skip
