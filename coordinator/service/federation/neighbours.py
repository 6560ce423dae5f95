"""The networks that we listen to: added by their address and key, confirmed by words that people compare, left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from commons.federation.canonical import parse
from commons.federation.documents import network_key
from commons.federation.keys import same_words, words_of
from coordinator.schema.federation import HeardRow, NeighbourRow, NetworkKeyRow, RefusedRow
from coordinator.service.access import Actor, Right
from coordinator.service.federation.archives import archives_of, unwanted
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from core.errors import InputError, LimitError, StateError

__all__ = ["NAME", "NeighbourView", "Neighbours", "Reach", "RefusedView", "neighbour_in"]

NAME: Final = r"^[a-z0-9][a-z0-9-]{0,39}$"
_MOST: Final = 100
_GREETING_BYTES: Final = 2**16


class Reach(Protocol):
    """The way to other networks; `coordinator.api.reach` goes over HTTPS."""

    def check(self, url: str) -> None:
        """Look at an address.

        Raises:
            InputError: it may not be asked.
        """

    def read(self, url: str, most_bytes: int) -> bytes:
        """What is at an address.

        Raises:
            InputError: it may not be asked.
            StateError: it does not answer as it should.
            LimitError: it is larger than that.
        """

    def fetch(self, url: str, most_bytes: int, into: Any) -> None:
        """The same, written into an open file."""


class NeighbourView(View):
    """A network that we listen to, once it is confirmed: somebody has compared the words of its key."""

    name: str
    url: str
    key: str
    words: str
    confirmed_at: datetime | None
    added_at: datetime
    added_by: str
    heard_at: datetime | None
    last_answer: str
    documents: int
    contradictions: int
    refused: int


class RefusedView(View):
    """Something that came and was refused; `begins` are its first characters."""

    id: int
    neighbour: str
    way: str
    sha256: str
    why: str
    begins: str
    came_at: datetime


class Neighbours:
    """Whom we listen to."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(self) -> list[NeighbourView]:
        """Every one, by name."""
        with self._house.reading() as session:
            rows = session.scalars(select(NeighbourRow).order_by(NeighbourRow.name)).all()
            counts = _counts(session, [row.name for row in rows])
            return [_view(row, counts) for row in rows]

    def add(self, call: Call, url: str, key: str | None, name: str | None, reach: Reach) -> NeighbourView:
        """Add a network.

        Args:
            call: who asks.
            url: such as "https://fab.example"; empty where it is heard of by stick only.
            key: as its people gave it, by another way than this address: then it is trusted from now on. Without it
                the key that the address shows is noted, and counts once its words were compared (`confirm`).
            name: what we call it; made of the address where none is given.
            reach: the way there.

        Raises:
            ForbiddenError: who asks is no steward.
            InputError: the address may not be asked or shows another key, or the key or name is none.
            StateError: the address does not answer, or the network or name is known already.
            LimitError: there are a hundred.
        """
        call.actor.require(Right.KEEP_NEIGHBOURS)
        url = url.rstrip("/")
        if not url and key is None:
            raise InputError("neither an address nor a key is given", hint="who is heard of by stick is known by a key")
        shown = key if not url else _shown_key(reach, url)
        if key is not None and key != shown:
            raise InputError("this address shows another key than the one that you were given", where=url)
        network_key(shown or "")
        called = name or _name_of(url)
        if not re.fullmatch(NAME, called):
            raise InputError("a name has small letters, digits and hyphens, 40 at most", where=called[:60])

        def work(change: Change) -> NeighbourView:
            self._require_new(change.session, called, shown or "")
            now = self._house.real.now()
            row = NeighbourRow(
                name=called, url=url, network=shown, confirmed_at=None if key is None else now, added_at=now,
                added_by=change.who, cursor=0, next_at=now, failures=0, heard_at=None, last_answer="",
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("neighbour.added", f"neighbour {called}", key=shown, confirmed=key is not None)
            return neighbour_view(change.session, row)

        return self._house.perform(call, NeighbourView, work)

    def confirm(self, call: Call, name: str, words: str) -> NeighbourView:
        """Say that the words which its people read out are those of its key.

        Raises:
            ForbiddenError: who asks is no steward.
            UnknownError: there is no such neighbour.
            InputError: they are not: somebody between us may have put in a key of their own.
        """
        call.actor.require(Right.KEEP_NEIGHBOURS)

        def work(change: Change) -> NeighbourView:
            row = neighbour_in(change.session, name)
            if not same_words(words, row.network):
                hint = (
                    "ask them to read the words on their page of networks again; if these differ, do not trust this key"
                )
                raise InputError("these are not the words of its key", where=f"neighbour {name}", hint=hint)
            if row.confirmed_at is None:
                row.confirmed_at = row.next_at = self._house.real.now()
                change.record("neighbour.confirmed", f"neighbour {name}", key=row.network)
            return neighbour_view(change.session, row)

        return self._house.perform(call, NeighbourView, work)

    def leave(self, call: Call, name: str) -> NeighbourView:
        """Listen no more: its key is not trusted, and all that came from it goes, but for what was brought in.

        Raises:
            ForbiddenError: who asks is no steward.
            UnknownError: there is no such neighbour.
        """
        call.actor.require(Right.KEEP_NEIGHBOURS)
        gone: Sequence[str] = ()

        def work(change: Change) -> NeighbourView:
            nonlocal gone
            row = neighbour_in(change.session, name)
            view = neighbour_view(change.session, row)
            gone = unwanted(change.session, name)
            change.session.execute(delete(HeardRow).where(HeardRow.neighbour == name))
            change.session.execute(delete(RefusedRow).where(RefusedRow.neighbour == name))
            change.session.delete(row)
            change.record("neighbour.left", f"neighbour {name}", key=row.network)
            return view

        view = self._house.perform(call, NeighbourView, work)
        archives_of(self._house).forget(gone)
        return view

    def refused(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[RefusedView]:
        """What was refused and why, the newest first.

        Raises:
            ForbiddenError: who asks is no steward.
        """
        actor.require(Right.KEEP_NEIGHBOURS)
        with self._house.reading() as session:
            return page_of(session, select(RefusedRow), RefusedRow.id, _refused, after=after, limit=limit, falling=True)

    @staticmethod
    def _require_new(session: Session, name: str, key: str) -> None:
        known = session.scalar(
            select(NeighbourRow.name).where((NeighbourRow.name == name) | (NeighbourRow.network == key)).limit(1)
        )
        if known is not None:
            raise StateError(f"it is known already, as {known}", where=f"neighbour {name}", hint="leave it first")
        if session.scalar(select(NetworkKeyRow.id).where(NetworkKeyRow.public == key)) is not None:
            raise InputError("this is a key of our own", where=f"neighbour {name}")
        if (session.scalar(select(func.count(NeighbourRow.name))) or 0) >= _MOST:
            raise LimitError(f"{_MOST} neighbours are the most", hint="leave one")


def neighbour_in(session: Session, name: str) -> NeighbourRow:
    """A neighbour.

    Raises:
        UnknownError: there is none of this name.
    """
    row = session.get(NeighbourRow, name)
    if row is None:
        raise UnknownError(f"there is no neighbour {name}")
    return row


def neighbour_view(session: Session, row: NeighbourRow) -> NeighbourView:
    """A neighbour as the outside sees it."""
    return _view(row, _counts(session, [row.name]))


@dataclass(frozen=True, slots=True)
class _Counts:
    """By neighbour, how many of its documents we have, how many of these are in conflict, and how many were refused."""

    documents: Mapping[str, int]
    conflicts: Mapping[str, int]
    refused: Mapping[str, int]


def _counts(session: Session, names: Sequence[str]) -> _Counts:
    def counted(column: InstrumentedAttribute[str], *conditions: ColumnElement[bool]) -> dict[str, int]:
        query = select(column, func.count()).where(column.in_(names), *conditions).group_by(column)
        return {row[0]: row[1] for row in session.execute(query)}

    return _Counts(
        counted(HeardRow.neighbour, HeardRow.withdrawn.is_(False)),
        counted(HeardRow.neighbour, HeardRow.in_conflict.is_(True)),
        counted(RefusedRow.neighbour),
    )


def _view(row: NeighbourRow, counts: _Counts) -> NeighbourView:
    return NeighbourView(
        name=row.name, url=row.url, key=row.network, words=words_of(row.network), confirmed_at=row.confirmed_at,
        added_at=row.added_at, added_by=row.added_by, heard_at=row.heard_at, last_answer=row.last_answer,
        documents=counts.documents.get(row.name, 0), contradictions=counts.conflicts.get(row.name, 0),
        refused=counts.refused.get(row.name, 0),
    )  # fmt: skip


def _refused(row: RefusedRow) -> RefusedView:
    return RefusedView(
        id=row.id, neighbour=row.neighbour, way=row.way, sha256=row.sha256, why=row.why, begins=row.begins,
        came_at=row.came_at,
    )  # fmt: skip


def _shown_key(reach: Reach, url: str) -> str:
    """The key that a coordinator shows at its address."""
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment:
        raise InputError("the address of a coordinator has no path", where=url, hint="write https://host")
    reach.check(url)
    shown = parse(reach.read(f"{url}/api/v1/federation", _GREETING_BYTES), where=url)
    key = shown.get("key") if isinstance(shown, dict) else None
    if not isinstance(key, str):
        raise StateError("it shows no key yet", where=url, hint="is a coordinator there, and does it serve?")
    return key


def _name_of(url: str) -> str:
    host = urlsplit(url).hostname or "neighbour"
    return re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:40] or "neighbour"
