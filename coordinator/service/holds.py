"""One at a time, over all processes of a store: planning, sweeping. A hold runs out when its holder falls silent."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy import delete

from coordinator.schema.service import HoldRow
from coordinator.service.house import House

__all__ = ["Hold", "clear_holds"]


class Hold:
    """The right to do something alone for a while."""

    def __init__(self, house: House, name: str, hold_s: float) -> None:
        """Args: name: of what is done; hold_s: how long the right lasts after it was last taken, real seconds."""
        self._house = house
        self._name = name
        self._for = timedelta(seconds=hold_s)
        self._holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"

    def take(self) -> bool:
        """Take the right or keep it; False while another has it."""
        now = self._house.real.now()
        with self._house.reading() as session:
            row = session.get(HoldRow, self._name)
            if row is not None and row.until > now:
                if row.holder != self._holder:
                    return False
                if row.until - now > self._for / 2:
                    return True
        with self._house.store.transaction() as session:
            row = session.get(HoldRow, self._name)
            if row is not None and row.holder != self._holder and row.until > now:
                return False
            session.merge(HoldRow(name=self._name, holder=self._holder, until=now + self._for))
        return True

    def renew(self) -> None:
        """Keep the right while what it is for goes on in another thread; does nothing without it."""
        with self._house.reading() as session:
            row = session.get(HoldRow, self._name)
            mine = row is not None and row.holder == self._holder
        if mine:
            self.take()

    def drop(self) -> None:
        """Let another have it."""
        with self._house.store.transaction() as session:
            row = session.get(HoldRow, self._name)
            if row is not None and row.holder == self._holder:
                session.delete(row)


def clear_holds(house: House) -> None:
    """Forget all holds, where it is known that no other process uses the store: who had them was killed."""
    with house.store.transaction() as session:
        session.execute(delete(HoldRow))
