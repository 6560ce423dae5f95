"""When agents were last heard of: noted now and then, many in one statement, not with each of their many calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from coordinator.schema.network import AgentRow
from coordinator.service.house import House

__all__ = ["Presence"]

_SEEN_EVERY = timedelta(seconds=15)
_WRITE_EVERY_S = 1.0
_NOTE = (
    update(AgentRow)
    .where(AgentRow.id.in_(bindparam("agents", expanding=True)))
    .values(seen_at=bindparam("now", type_=AgentRow.seen_at.type))
)


class Presence:
    """Which agents are there.

    What is not yet written is lost with the process: an agent then seems to have been silent for as much longer as
    it takes until its next call.
    """

    def __init__(self, house: House, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Args: house: whose database; monotonic: tells the time."""
        self._house = house
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._noted: dict[str, datetime] = {}
        self._unwritten: set[str] = set()
        self._written_s = float("-inf")

    def note(self, agent: str) -> None:
        """An agent calls. It is written at once, unless others were a moment ago: then with those that come next."""
        with self._lock:
            self._hear((agent,))
            due = self._unwritten and self._monotonic() - self._written_s >= _WRITE_EVERY_S
        if due:
            with self._house.store.transaction(quiet=True) as session:
                self.note_within(session, ())

    def note_within(self, session: Session, agents: Iterable[str]) -> None:
        """Agents call, and a transaction goes on anyway: write all that is to be written."""
        with self._lock:
            now = self._hear(agents)
            late, self._unwritten = self._unwritten, set()
            self._written_s = self._monotonic()
        if late:
            session.connection().execute(_NOTE, {"agents": sorted(late), "now": now})

    def _hear(self, agents: Iterable[str]) -> datetime:
        now = self._house.real.now()
        for agent in agents:
            noted = self._noted.get(agent)
            if noted is None or now - noted > _SEEN_EVERY:
                self._noted[agent] = now
                self._unwritten.add(agent)
        return now
