"""Which agent drives which machine: one at a time, for as long as it is heard of.

The first of a lab's agents that asks for work for a machine drives it; another that asks for the same gets none until
the first has been silent for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.request_tables import DriverRow
from coordinator.service.house import House

__all__ = ["Drivers"]

_MOST_KNOWN = 10_000


class Drivers:
    """Who drives what."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._for = timedelta(seconds=house.settings.lease_s)
        self._look_again = self._for / 4
        self._lock = threading.Lock()
        self._known: dict[tuple[str, tuple[str, ...]], tuple[datetime, tuple[str, ...]]] = {}

    def held(self, agent_id: str, machines: Sequence[str]) -> tuple[str, ...]:
        """Those of the machines that the agent drives: free ones become its own, others stay with who has them."""
        now, key = self._house.real.now(), (agent_id, tuple(machines))
        with self._lock:
            known = self._known.get(key)
        if known is not None and now - known[0] < self._look_again:
            return known[1]
        mine = self._take(agent_id, machines, now)
        with self._lock:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[key] = (now, mine)
        return mine

    def of(self, session: Session, machine_id: str) -> str | None:
        """The agent that drives a machine now, or None."""
        row = session.get(DriverRow, machine_id)
        return row.agent_id if row is not None and row.until > self._house.real.now() else None

    def drop(self, agent_id: str) -> None:
        """An agent ends: others may drive its machines at once."""
        with self._house.store.transaction() as session:
            for row in session.scalars(select(DriverRow).where(DriverRow.agent_id == agent_id)):
                session.delete(row)
        with self._lock:
            for key in [each for each in self._known if each[0] == agent_id]:
                del self._known[key]

    def _take(self, agent_id: str, machines: Sequence[str], now: datetime) -> tuple[str, ...]:
        query = select(DriverRow).where(DriverRow.machine.in_(machines))
        with self._house.reading() as session:
            rows = {row.machine: row for row in session.scalars(query)}
        if all(self._is_settled(rows.get(each), agent_id, now) for each in machines):
            return tuple(each for each in machines if rows[each].agent_id == agent_id)
        with self._house.store.transaction() as session:
            rows = {row.machine: row for row in session.scalars(query)}
            mine = []
            for each in machines:
                row = rows.get(each)
                if row is None:
                    row = DriverRow(machine=each, agent_id=agent_id)
                    session.add(row)
                elif row.agent_id != agent_id and row.until > now:
                    continue
                row.agent_id, row.until = agent_id, now + self._for
                mine.append(each)
            return tuple(mine)

    def _is_settled(self, row: DriverRow | None, agent_id: str, now: datetime) -> bool:
        """Whether nothing is to be written: another drives it, or the agent does and has for long enough."""
        if row is None or row.until <= now:
            return False
        return row.agent_id != agent_id or row.until - now > self._for / 2
