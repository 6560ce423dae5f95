"""What neighbours say is taken in, or refused with the reason, whichever way it came.

Of a subject the highest number holds. Two documents with one number contradict each other: both are kept, and neither
is used, until their signer says something newer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, func, select

from commons.federation.documents import Document, DocumentKind, read_document
from commons.federation.keys import follower_in
from coordinator.schema.federation import HeardRow, NeighbourRow, RefusedRow
from coordinator.service.house import Change
from core.errors import InputError

__all__ = ["STICK", "Heard", "hear", "refuse"]

STICK: Final = "stick"
LINE: Final = "line"
_MOST_HELD: Final = 20_000
_MOST_REFUSED: Final = 200
_MOST_CHARS: Final = 500
_MOST_BEGIN: Final = 200


@dataclass(slots=True)
class Heard:
    """What became of documents that came together.

    Attributes:
        new: how many say something new.
        known: how many were here already.
        refused: why others were not taken.
        last: the highest number up to which all was in order; 0 where nothing was.
    """

    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)
    last: int = 0


@dataclass(frozen=True, slots=True)
class _Way:
    """How documents came: by whom they have to be where that is known, and behind which number."""

    name: str
    neighbour: NeighbourRow | None
    after: int


def hear(
    change: Change, documents: Iterable[bytes], *, way: str, now: datetime, neighbour: NeighbourRow | None = None,
    after: int = 0,
) -> Heard:  # fmt: skip
    """Take in what came.

    Args:
        change: the transaction.
        documents: as they came.
        way: an address, or `STICK`.
        now: in real time.
        neighbour: whose they have to be; None where they say it themselves.
        after: only higher numbers were asked for.
    """
    came, found = _Way(way, neighbour, after), Heard(last=after)
    for data in documents:
        try:
            document = read_document(data, now=now, where=way)
            taken = _take(change, document, came, now)
        except InputError as error:
            found.refused.append(_told(error))
            whose = neighbour.name if neighbour is not None else ""
            refuse(change, whose, way, data, _told(error), now)
            continue
        found.new += taken
        found.known += not taken
        if not found.refused:
            found.last = max(found.last, document.number)
    return found


def refuse(change: Change, whose: str, way: str, data: bytes, why: str, now: datetime) -> None:
    """Note what was refused, once; the newest of each neighbour are kept."""
    digest = hashlib.sha256(data).hexdigest()
    session = change.session
    query = select(RefusedRow).where(RefusedRow.neighbour == whose)
    known = session.scalar(query.where(RefusedRow.sha256 == digest))
    if known is not None:
        known.came_at, known.why = now, why
        return
    begins = "".join(each if each.isprintable() else " " for each in data[:_MOST_BEGIN].decode("utf-8", "replace"))
    session.add(
        RefusedRow(
            neighbour=whose,
            way=way if way == STICK else LINE,
            sha256=digest,
            why=why,
            begins=begins[:_MOST_BEGIN],
            came_at=now,
        )
    )
    session.flush()
    kept = session.scalars(query.order_by(RefusedRow.id.desc()).offset(_MOST_REFUSED)).all()
    for old in kept:
        session.delete(old)


def _take(change: Change, document: Document, way: _Way, now: datetime) -> bool:
    """Take one document; whether it is new.

    Raises:
        InputError: it is not to be taken.
    """
    whose = way.neighbour or _neighbour_of(change, document.network)
    if whose is not None and document.kind is DocumentKind.KEY:
        return _follow(change, whose, document, now)
    if whose is None or document.network != whose.network:
        hint = "a steward adds the networks that are listened to"
        raise InputError("it is of a network that we do not listen to", where=f"key {document.network[:12]}", hint=hint)
    session = change.session
    if session.scalar(_of(whose).where(HeardRow.sha256 == document.sha256)) is not None:
        return False
    about = f"{document.subject} number {document.number}"
    if document.number <= way.after:
        raise InputError("it is older than what was asked for: a replay", where=about)
    twins = session.scalars(_of(whose).where(HeardRow.number == document.number)).all()
    held = session.scalar(
        select(func.max(HeardRow.number)).where(HeardRow.neighbour == whose.name, HeardRow.subject == document.subject)
    )
    if not twins and held is not None and held > document.number:
        raise InputError(f"number {held} is known of the same: an old copy, or a replay", where=about)
    _keep(change, whose, document, twins, now)
    if twins:
        for twin in twins:
            twin.in_conflict = True
        change.record("neighbour.contradicts", f"neighbour {whose.name}", number=document.number)
    return True


def _keep(change: Change, whose: NeighbourRow, document: Document, twins: Iterable[HeardRow], now: datetime) -> None:
    session, conflict = change.session, any(True for _ in twins)
    count = session.scalar(select(func.count(HeardRow.id)).where(HeardRow.neighbour == whose.name)) or 0
    if count >= _MOST_HELD:
        raise InputError(f"{_MOST_HELD} documents are the most that are kept of one network", where=whose.name)
    older = (HeardRow.subject == document.subject, HeardRow.number < document.number, HeardRow.neighbour == whose.name)
    session.execute(delete(HeardRow).where(*older))
    row = HeardRow(
        neighbour=whose.name, network=document.network, kind=str(document.kind), subject=document.subject,
        number=document.number, sha256=document.sha256, document=document.data.decode(), said_at=document.made_at,
        came_at=now, withdrawn=document.body is None, in_conflict=conflict,
    )  # fmt: skip
    session.add(row)
    session.flush()


def _follow(change: Change, whose: NeighbourRow, document: Document, now: datetime) -> bool:
    """Go over to the key that follows; what says which key followed one that we never knew changes nothing."""
    if document.network != whose.network:
        return False
    key = follower_in(document, now=now, where=f"the change of keys of {whose.name}")
    if _neighbour_of(change, key) is not None:
        raise InputError("another neighbour signs with the key that follows", where=whose.name)
    whose.network = key
    change.session.flush()
    change.record("neighbour.key-changed", f"neighbour {whose.name}", key=key)
    return True


def _neighbour_of(change: Change, network: str) -> NeighbourRow | None:
    known = NeighbourRow.network == network, NeighbourRow.confirmed_at.is_not(None)
    return change.session.scalar(select(NeighbourRow).where(*known))


def _of(whose: NeighbourRow) -> Select[HeardRow]:
    return select(HeardRow).where(HeardRow.neighbour == whose.name)


def _told(error: InputError) -> str:
    text = str(error).encode("utf-8", "replace").decode()
    return "".join(each if each.isprintable() else " " for each in text)[:_MOST_CHARS]
