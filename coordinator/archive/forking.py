"""An export that becomes a network of its own: another name, other keys, other names in the ledger, and its origin.

What a fork says is never taken for a word of the network that it began as: it has none of its keys, hands out none of
its signed documents, and calls itself otherwise in economic events, those of the time before the fork included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from coordinator.archive.nouns import Care, care_of
from coordinator.archive.reading import Archive
from coordinator.events import record
from coordinator.schema.account import NetworkRow, SignUp
from coordinator.schema.builds import EventRow
from coordinator.schema.federation import NetworkKeyRow, PublishedRow
from coordinator.schema.flow import FlowBookRow
from coordinator.schema.network_fork import NetworkForkRow
from coordinator.service.flows.names import Names, new_network
from core.errors import InputError

__all__ = ["Fork", "fork_of"]

_NAMED: Final = frozenset({"economic_events", "shares", "share_payments", "distributions"})
_MOST_NAME: Final = 100
_UNNAMED: Final = "fabcommons"


@dataclass(frozen=True, slots=True)
class Fork:
    """What an export becomes.

    Attributes:
        name: of the new network.
        before: how the old one is called in economic events, or None where nothing has flowed there.
        after: how the new one is.
        written_at: when the export was written.
    """

    name: str
    before: str | None
    after: str
    written_at: datetime

    def line(self, table: str, line: bytes) -> bytes:
        """A row as the fork has it: the names of what has flowed are its own."""
        if self.before is None or table not in _NAMED:
            return line
        return line.replace(Names(self.before).prefix.encode(), Names(self.after).prefix.encode())

    def begin(self, connection: Connection) -> None:
        """Make what was read the fork, in the transaction that reads it.

        Raises:
            InputError: it is called like the network that it began as.
        """
        now = datetime.now(UTC)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            chosen = session.get(NetworkRow, 1)
            old = chosen.name if chosen is not None else _UNNAMED
            if self.name.casefold() == old.casefold():
                raise InputError(f"the network that it began as is called {old}", where="--fork", hint="find a name")
            key = _key_of(session)
            session.execute(delete(PublishedRow))
            session.execute(delete(NetworkKeyRow))
            session.merge(NetworkRow(id=1, name=self.name, **({} if chosen else _fresh())))
            for book in session.scalars(select(FlowBookRow)):
                book.network = self.after
            session.add(NetworkForkRow(name=old, key=key, names=self.before, written_at=self.written_at, forked_at=now))
            session.flush()
            record(session, now, "network.forked", "network", why=f"it began as {old}", key=key, names=self.before)
            session.commit()


def fork_of(archive: Archive, name: str) -> Fork:
    """What an archive becomes under a name.

    Raises:
        InputError: it is no name, or the archive holds what lets people in and signs for the old network.
    """
    called = " ".join(name.split())
    if not called or len(called) > _MOST_NAME or not called.isprintable():
        raise InputError(f"a network's name has 1 to {_MOST_NAME} letters", where="--fork")
    secret = sorted(each for each in archive.manifest.tables if care_of(each) is Care.SECRET)
    if secret:
        hint = "export without --secrets: a fork has keys of its own, and people come in anew"
        raise InputError(f"it holds secrets of the old network ({secret[0]})", where=archive.where, hint=hint)
    return Fork(called, _names_in(archive), new_network(), archive.manifest.written_at)


def _key_of(session: Session) -> str | None:
    """With what the old network signed, as its log tells; the keys themselves are in no export that becomes a fork."""
    told = select(EventRow).where(EventRow.kind.in_(("network.key-made", "network.key-changed", "network.forked")))
    newest = session.scalars(told.order_by(EventRow.id.desc()).limit(1)).first()
    return newest.data.get("key") if newest is not None and newest.kind != "network.forked" else None


def _names_in(archive: Archive) -> str | None:
    """How the network is called in economic events."""
    member = archive.manifest.tables.get("flow_book")
    for line in archive.lines(member) if member is not None else ():
        row = json.loads(line)
        found = row.get("network") if isinstance(row, Mapping) else None
        if isinstance(found, str) and found.isascii() and found.isalnum():
            return found
    return None


def _fresh() -> dict[str, object]:
    return {"sign_up": SignUp.INVITATION, "newcomer_role": None, "alert_services": None, "link_by_email": False}
