"""What neighbours say, as it holds now, and their designs brought in as versions of our own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from commons.federation.documents import DocumentKind
from coordinator.schema.builds import DesignRow
from coordinator.schema.federation import BroughtInRow, HeardRow, NeighbourRow
from coordinator.service.access import Right
from coordinator.service.designs.designs import DESIGN_LIMITS, Designs, DesignView
from coordinator.service.federation.archives import archive_of, archives_of
from coordinator.service.federation.neighbours import Reach
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from core.errors import InputError, StateError
from core.hashes import sha256_of_file
from designs.design import Source
from designs.source import open_design

__all__ = ["Bringing", "HeardView", "OriginView"]

_MOST_ARCHIVE_BYTES: Final = 512 * 2**20
_MOST_NAME: Final = 100


class HeardView(View):
    """What a neighbour says of something; nothing holds of what it contradicts itself about.

    `here` is the design of our own that has the same content, or null.
    """

    id: int
    neighbour: str
    kind: DocumentKind
    subject: str
    number: int
    said_at: datetime
    came_at: datetime
    in_conflict: bool
    body: dict[str, Any]
    here: int | None


class OriginView(View):
    """From whom a design was brought in."""

    neighbour: str
    key: str
    subject: str
    licence: str | None
    brought_at: datetime
    brought_by: str


class Bringing:
    """What came."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs

    def heard(
        self,
        kind: DocumentKind | None = None,
        neighbour: str | None = None,
        *,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[HeardView]:
        """What holds now and what stands in conflict, the newest first.

        Args:
            kind: only of this.
            neighbour: only of this one.
            after: the cursor of an earlier page.
            limit: rows.
        """
        newer = aliased(HeardRow)
        newest = (
            select(func.max(newer.number))
            .where(newer.neighbour == HeardRow.neighbour, newer.subject == HeardRow.subject)
            .scalar_subquery()
        )
        query = select(HeardRow).where(HeardRow.withdrawn.is_(False), HeardRow.number == newest)
        if kind is not None:
            query = query.where(HeardRow.kind == str(kind))
        if neighbour is not None:
            query = query.where(HeardRow.neighbour == neighbour)
        with self._house.reading() as session:
            ours: dict[str, int] = {}

            def look(rows: Sequence[HeardRow]) -> None:
                ours.update(_ours(session, rows))

            return page_of(
                session, query, HeardRow.id, lambda row: _view(row, ours), after=after, limit=limit, falling=True,
                first=look,
            )  # fmt: skip

    def origin(self, design_id: int) -> OriginView | None:
        """From whom a design was brought in; None where it was not."""
        with self._house.reading() as session:
            row = session.get(BroughtInRow, design_id)
            if row is None:
                return None
            return OriginView(
                neighbour=row.neighbour, key=row.network, subject=row.subject, licence=row.licence,
                brought_at=row.brought_at, brought_by=row.brought_by,
            )  # fmt: skip

    def bring_in(self, call: Call, heard_id: int, reach: Reach) -> DesignView:
        """Make a neighbour's design one of ours: its archive is fetched by its hash, read as a stranger's, and kept.

        Args:
            call: who asks.
            heard_id: of what was heard.
            reach: the way there.

        Raises:
            ForbiddenError: who asks may import nothing.
            UnknownError: no such design was heard of.
            StateError: its neighbour contradicts itself about it, or its archive cannot be had.
            InputError: what came is not what the document says, or is no design.
        """
        call.actor.require(Right.IMPORT_DESIGN)
        with self._house.reading() as session:
            row, url = _design_heard(session, heard_id)
            digest, said = archive_of(row), json.loads(row.document)["body"]
            if digest is None:
                raise StateError("its document names no archive", where=f"heard {heard_id}")
            body: dict[str, Any] = said  # an archive is named in an object
            origin = BroughtInRow(
                neighbour=row.neighbour, network=row.network, subject=row.subject, document_sha256=row.sha256,
                licence=_text(body.get("licence")), brought_by=call.actor.id,
            )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
            archive = self._archive(Path(scratch, "design.zip"), digest, url, body["archive"].get("bytes"), reach)
            return self._read(call, archive, body, origin)

    def _archive(self, target: Path, digest: str, url: str, size: Any, reach: Reach) -> Path:
        """The archive of a hash: of ours, of a stick, or from the neighbour."""
        for store in (archives_of(self._house), self._house.files):
            try:
                return store.path(digest)
            except KeyError:
                continue
        if not url:
            raise StateError("its archive is not here", where=digest, hint="take a stick that has it")
        most = min(size, _MOST_ARCHIVE_BYTES) if isinstance(size, int) and size > 0 else _MOST_ARCHIVE_BYTES
        with target.open("wb") as file:
            reach.fetch(f"{url}/api/v1/files/{digest}", most, file)
        if sha256_of_file(target) != digest:
            raise InputError("what came is not the archive that the document names: its hash is another", where=digest)
        return target

    def _read(self, call: Call, archive: Path, body: dict[str, Any], origin: BroughtInRow) -> DesignView:
        with open_design(str(archive), limits=DESIGN_LIMITS) as opened:
            if opened.content_hash != body.get("content_sha256"):
                raise InputError("the files are not those of which the document gives the hash", where=origin.subject)
            place = _text(body.get("location")) or _text(body.get("name")) or origin.subject
            source = Source(opened.source.kind, f"{origin.neighbour}: {place}", _text(body.get("commit")))
            name = (_text(body.get("name")) or opened.name)[:_MOST_NAME]
            packed = self._designs.packed(replace(opened, source=source, name=name))

        def work(change: Change) -> DesignView:
            row = self._designs.store(change, packed)
            ours = row.imported_at == change.at and row.imported_by == change.who
            if ours and change.session.get(BroughtInRow, row.design_id) is None:
                origin.design_id, origin.brought_at = row.design_id, self._house.real.now()
                change.session.add(origin)
                change.record("design.brought-in", f"design {row.design_id}", neighbour=origin.neighbour)
            return self._designs.view(row)

        return self._house.perform(call, DesignView, work)


def _design_heard(session: Session, heard_id: int) -> tuple[HeardRow, str]:
    row = session.get(HeardRow, heard_id)
    if row is None or row.kind != str(DocumentKind.DESIGN) or row.withdrawn:
        raise UnknownError(f"no neighbour tells of a design {heard_id}")
    if row.in_conflict:
        hint = "ask them which of the two they mean"
        raise StateError(f"{row.neighbour} contradicts itself about it", where=row.subject, hint=hint)
    return row, session.get_one(NeighbourRow, row.neighbour).url


def _ours(session: Session, rows: Sequence[HeardRow]) -> dict[str, int]:
    """Our designs by content, as far as the rows tell of such content."""
    told = {each for each in (_content(row) for row in rows) if each is not None}
    query = select(DesignRow.content_hash, DesignRow.id).where(DesignRow.content_hash.in_(told))
    return {row[0]: row[1] for row in session.execute(query)} if told else {}


def _content(row: HeardRow) -> str | None:
    body = json.loads(row.document)["body"]
    return (
        _text(body.get("content_sha256")) if row.kind == str(DocumentKind.DESIGN) and isinstance(body, dict) else None
    )


def _view(row: HeardRow, ours: dict[str, int]) -> HeardView:
    body = json.loads(row.document)["body"]
    return HeardView(
        id=row.id, neighbour=row.neighbour, kind=DocumentKind(row.kind), subject=row.subject, number=row.number,
        said_at=row.said_at, came_at=row.came_at, in_conflict=row.in_conflict,
        body=body if isinstance(body, dict) else {"said": body}, here=ours.get(_content(row) or ""),
    )  # fmt: skip


def _text(value: Any) -> str | None:
    """A stranger's text as one line of ours."""
    if not isinstance(value, str):
        return None
    return "".join(each if each.isprintable() else " " for each in value)[:300] or None
