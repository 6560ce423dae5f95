"""The labs of a store as one network, put together once for each change of them."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.schema.builds import EventRow
from coordinator.schema.network import LabRow, WayRow
from coordinator.store import once
from machines.lab import Network
from machines.network import network_of

__all__ = ["LAB_EVENTS", "VERSION", "Networks", "entry_of"]

LAB_EVENTS = ("lab ", "lab!")
"""Subjects of events that change the network lie from the first of these to before the second."""
VERSION = func.coalesce(
    select(func.max(EventRow.id))
    .where(EventRow.subject >= LAB_EVENTS[0], EventRow.subject < LAB_EVENTS[1])
    .scalar_subquery(),
    0,
)
"""The id of the last event that changed the network, or 0: of equal versions the network is equal."""


class Networks:
    """Remembers the network as it was last read; the log of the same transaction says whether it still is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[int, Network | None] = (-1, None)

    def of(self, session: Session) -> Network | None:
        """All labs as this session sees them; None when there are none."""
        return once(session, Networks, lambda: self.at(session, session.scalar(select(VERSION)) or 0))

    def at(self, session: Session, version: int) -> Network | None:
        """The same, where the session has read the `VERSION` already."""
        with self._lock:
            known, network = self._known
        if known == version:
            return network
        network = _network(session)
        if session.info.get("reads"):  # what a writer sees may yet be undone
            with self._lock:
                self._known = max(self._known, (version, network), key=lambda each: each[0])
        return network


def entry_of(row: LabRow) -> dict[str, Any]:
    """A lab's whole entry of a labs document."""
    return {**row.document, "machines": [machine.document for machine in row.machines]}


def _network(session: Session) -> Network | None:
    rows = session.scalars(select(LabRow).order_by(LabRow.rank, LabRow.id)).all()
    if not rows:
        return None
    ways = [{"between": [way.a, way.b], "minutes": way.minutes} for way in session.scalars(select(WayRow))]
    document = {"labs": [entry_of(row) for row in rows], "transport": ways}
    return network_of(document, where="the labs of this coordinator")
