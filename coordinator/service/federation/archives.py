"""Archives of neighbours' designs that came on a stick: kept apart from our own files, and served to nobody."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.federation.documents import DocumentKind
from coordinator.files import FileStore, is_digest
from coordinator.schema.federation import HeardRow
from coordinator.service.house import House

__all__ = ["archive_of", "archives_of", "unwanted"]


def archive_of(row: HeardRow) -> str | None:
    """The SHA-256 of the archive of a design that a neighbour told of; None where it says none."""
    body = json.loads(row.document)["body"]
    archive = body.get("archive") if isinstance(body, dict) else None
    digest = archive.get("sha256") if isinstance(archive, dict) else None
    return digest if isinstance(digest, str) and is_digest(digest) else None


def archives_of(house: House) -> FileStore:
    """Where they lie."""
    return FileStore(house.files.beside("neighbours"))


def unwanted(session: Session, neighbour: str) -> Sequence[str]:
    """The archives that a neighbour told of, and no other neighbour."""
    rows = session.scalars(select(HeardRow).where(HeardRow.kind == str(DocumentKind.DESIGN))).all()
    theirs = {archive_of(row) for row in rows if row.neighbour == neighbour}
    kept = {archive_of(row) for row in rows if row.neighbour != neighbour}
    return sorted(each for each in theirs - kept if each is not None)
