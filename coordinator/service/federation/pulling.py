"""What neighbours publish is asked for over HTTPS, in pages, from where the last time ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from commons.federation.canonical import canonical, parse
from coordinator.schema.federation import NeighbourRow
from coordinator.service.access import Actor, Right
from coordinator.service.federation.listening import Heard, hear, refuse
from coordinator.service.federation.neighbours import Reach, neighbour_in
from coordinator.service.house import Change, House, View
from core.errors import FabcommonsError, InputError, StateError

__all__ = ["PulledView", "Pulling"]

_PAGE_BYTES: Final = 8 * 2**20
_MOST_PAGES: Final = 100
_ON_A_PAGE: Final = 200
_EVERY: Final = timedelta(minutes=15)
_LONGEST: Final = timedelta(hours=12)
_MOST_TOLD: Final = 20
_MOST_CHARS: Final = 500


class PulledView(View):
    """What came of asking a neighbour: so many documents that are new, known or refused, and the first reasons why."""

    neighbour: str
    new: int
    known: int
    refused: int
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class _Page:
    """Documents as bytes, and the cursor behind them or None at the end."""

    documents: Sequence[bytes]
    next: int | None


class Pulling:
    """Asking others."""

    def __init__(self, house: House) -> None:
        self._house = house

    def pull(self, actor: Actor, name: str, reach: Reach) -> PulledView:
        """Ask a neighbour now.

        Args:
            actor: who asks.
            name: of the neighbour.
            reach: the way there.

        Raises:
            ForbiddenError: who asks is no steward.
            UnknownError: there is no such neighbour.
            StateError: nobody has compared the words of its key, it has no address, or does not answer as it should.
            InputError: its address may not be asked, or what it answers is no list of documents.
        """
        actor.require(Right.KEEP_NEIGHBOURS)
        with self._house.reading() as session:
            row = neighbour_in(session, name)
            url, cursor, confirmed = row.url, row.cursor, row.confirmed_at is not None
        if not confirmed:
            hint = "compare its words with those that its people read to you, and confirm it"
            raise StateError("its key is not confirmed", where=f"neighbour {name}", hint=hint)
        if not url:
            raise StateError("it has no address", where=f"neighbour {name}", hint="take a stick of it")
        total = Heard(last=cursor)
        try:
            after: int | None = cursor
            for _ in range(_MOST_PAGES):
                if after is None:
                    break
                after = self._turn_page(actor.id, name, url, after, total, reach)
        except FabcommonsError as error:
            self._failed(actor.id, name, error)
            raise
        self._came(actor.id, name, total)
        return PulledView(
            neighbour=name, new=total.new, known=total.known, refused=len(total.refused),
            reasons=total.refused[:_MOST_TOLD],
        )  # fmt: skip

    def due(self) -> list[str]:
        """The neighbours that are to be asked now."""
        waiting = select(NeighbourRow.name).where(
            NeighbourRow.confirmed_at.is_not(None),
            NeighbourRow.url != "",
            NeighbourRow.next_at <= self._house.real.now(),
        )
        with self._house.reading() as session:
            return list(session.scalars(waiting.order_by(NeighbourRow.name)))

    def _turn_page(self, who: str, name: str, url: str, after: int, total: Heard, reach: Reach) -> int | None:
        address = f"{url}/api/v1/federation/documents?after={after}&limit=50"
        data = reach.read(address, _PAGE_BYTES)
        try:
            page = _page(data, address)
        except InputError as error:
            with self._house.change(who) as change:
                refuse(change, name, url, data, str(error)[:_MOST_CHARS], self._house.real.now())
            raise
        with self._house.change(who) as change:
            now = self._house.real.now()
            row = neighbour_in(change.session, name)  # left meanwhile: nothing more is taken
            found = hear(change, page.documents, way=url, now=now, neighbour=row, after=after)
            if not total.refused:
                total.last = row.cursor = max(row.cursor, found.last)
            total.new, total.known = total.new + found.new, total.known + found.known
            total.refused += found.refused
        return page.next if page.next is not None and page.next > after else None

    def _came(self, who: str, name: str, total: Heard) -> None:
        with self._house.change(who) as change:
            row = change.session.get(NeighbourRow, name)
            if row is None:
                return
            now = self._house.real.now()
            row.heard_at, row.failures, row.next_at = now, 0, now + _EVERY
            row.last_answer = f"{len(total.refused)} refused: {total.refused[0]}"[:_MOST_CHARS] if total.refused else ""
            _record(change, name, total)

    def _failed(self, who: str, name: str, error: FabcommonsError) -> None:
        with self._house.change(who) as change:
            row = change.session.get(NeighbourRow, name)
            if row is not None:
                row.failures += 1
                row.next_at = _again(self._house.real.now(), row.failures)
                row.last_answer = str(error).encode("utf-8", "replace").decode()[:_MOST_CHARS]


def _record(change: Change, name: str, total: Heard) -> None:
    if total.new:
        change.record("neighbour.heard", f"neighbour {name}", new=total.new)
    if total.refused:
        change.record("neighbour.refused", f"neighbour {name}", total.refused[0], refused=len(total.refused))


def _again(now: datetime, failures: int) -> datetime:
    """When to try next: after a quarter of an hour, then twice as long each time, twelve hours at most."""
    wait: timedelta = min(_EVERY * 2 ** min(failures - 1, 10), _LONGEST)
    return now + wait


def _page(data: bytes, where: str) -> _Page:
    """A page of documents.

    Raises:
        InputError: it is none.
    """
    found: Any = parse(data, where=where)
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list) or len(items) > _ON_A_PAGE:
        raise InputError("what it answers is no page of documents", where=where)
    cursor = found.get("next")
    following = (
        int(cursor)
        if isinstance(cursor, str) and cursor.isascii() and cursor.isdecimal() and len(cursor) < 17
        else None
    )
    return _Page([_bytes(each) for each in items], following)


def _bytes(document: Any) -> bytes:
    """A document of a page in its one form; what has none is refused where it is read."""
    try:
        return canonical(document)
    except InputError as error:
        return str(error).encode("utf-8", "replace")
