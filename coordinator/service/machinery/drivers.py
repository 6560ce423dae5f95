"""Which agent drives which machine: one at a time, for as long as it is heard of.

The first of a lab's agents that asks for work for a machine drives it; another that asks for the same gets none until
the first has been silent for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select

from coordinator.schema.network import MachineRow
from coordinator.schema.request import DriverRow
from coordinator.service.house import House

__all__ = ["Drivers"]

_MOST_KNOWN = 10_000
_OF_MACHINES = select(DriverRow.machine, DriverRow.agent_id, DriverRow.until).where(
    DriverRow.machine.in_(bindparam("machines", expanding=True))
)
_OF_LAB = select(MachineRow.id).where(
    MachineRow.lab == bindparam("lab"), MachineRow.id.in_(bindparam("machines", expanding=True))
)


class Drivers:
    """Who drives what."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._for = timedelta(seconds=house.settings.lease_s)
        self._look_again = self._for / 4
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, str]] = {}  # by machine: when that was looked at, who drives it

    def held(self, agent_id: str, lab: str, machines: Sequence[str]) -> tuple[str, ...]:
        """Those of the machines that the agent drives: free ones of its lab become its own, others stay as they are."""
        now = self._house.real.now()
        with self._lock:
            known = {each: self._known[each] for each in machines if each in self._known}
        drivers = {each: driver for each, (seen, driver) in known.items() if now - seen < self._look_again}
        old = [each for each in machines if each not in drivers]
        if old:
            found = self._take(agent_id, lab, old, now)
            drivers |= found
            with self._lock:
                if len(self._known) > _MOST_KNOWN:
                    self._known.clear()
                self._known |= {each: (now, driver) for each, driver in found.items() if driver}
        return tuple(each for each in machines if drivers[each] == agent_id)

    def drop(self, agent_id: str) -> None:
        """An agent ends: others may drive its machines at once."""
        with self._house.store.transaction() as session:
            for row in session.scalars(select(DriverRow).where(DriverRow.agent_id == agent_id)):
                session.delete(row)
        with self._lock:
            for machine in [each for each, (_, driver) in self._known.items() if driver == agent_id]:
                del self._known[machine]

    def _take(self, agent_id: str, lab: str, machines: Sequence[str], now: datetime) -> dict[str, str]:
        """Who drives each of the machines from now on; nobody ("") what is no machine of the lab."""
        asked = {"machines": list(machines)}
        with self._house.looking() as session:
            own = set(session.connection().execute(_OF_LAB, {**asked, "lab": lab}).scalars())
            rows = {row.machine: row for row in session.connection().execute(_OF_MACHINES, asked)}
        drivers = {each: "" for each in machines if each not in own}
        if all(each in rows and self._is_settled(rows[each], agent_id, now) for each in own):
            return drivers | {each: rows[each].agent_id for each in own}
        with self._house.store.transaction(quiet=True) as session:
            for each in sorted(own):
                row = session.get(DriverRow, each)
                if row is None:
                    row = DriverRow(machine=each, agent_id=agent_id)
                    session.add(row)
                if row.agent_id == agent_id or row.until <= now:
                    row.agent_id, row.until = agent_id, now + self._for
                drivers[each] = row.agent_id
        return drivers

    def _is_settled(self, row: Row[*tuple[Any, ...]], agent_id: str, now: datetime) -> bool:
        """Whether nothing is to be written: another drives it, or the agent does and has for long enough."""
        if row.until <= now:
            return False
        return bool(row.agent_id != agent_id or row.until - now > self._for / 2)
