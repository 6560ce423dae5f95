"""Large files in parts: begun, continued where they were left, over restarts of either side, and used once whole."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.parts import Parts
from coordinator.schema.upload import UploadRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError
from core.errors import InputError, LimitError, StateError
from core.hashes import sha256_of_file

__all__ = ["MOST_BYTES", "Sink", "UploadView", "Uploads"]

MOST_BYTES: Final = 512 * 2**20
_MOST_EACH: Final = 2**30  # bytes of one person's uploads together
_MOST_COUNT: Final = 20
_KEPT: Final = timedelta(hours=24)  # after the last byte
_SPARE_BYTES: Final = 256 * 2**20  # that an upload leaves free on the disk


class UploadView(View):
    """A file on its way here: `offset` bytes of `size` are on the disk. It goes when nothing more comes until then."""

    id: str
    size: int
    offset: int
    expires_at: datetime


@dataclass(slots=True)
class Sink:
    """Takes what comes of an upload.

    Attributes:
        file: it goes there.
        offset: how much has come.
        size: how much is to come in all.
    """

    file: BinaryIO
    offset: int
    size: int

    def write(self, chunk: bytes) -> None:
        """Take some more.

        Raises:
            LimitError: it is more than was announced; nothing of the chunk is kept.
        """
        if self.offset + len(chunk) > self.size:
            raise LimitError("more comes than was announced", where="body")
        self.file.write(chunk)
        self.offset += len(chunk)


class Uploads:
    """Files on their way here. Each is its owner's: to anybody else it is not there."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parts = Parts(house.files.beside("uploads"))

    def begin(self, actor: Actor, size: int, sha256: str | None) -> UploadView:
        """Announce a file.

        Args:
            actor: who sends it.
            size: in bytes.
            sha256: of the whole, to be compared at the end; None where it is not known.

        Raises:
            ForbiddenError: who asks has no use for a file.
            LimitError: it is too large, or too much of the same person is on its way.
            StateError: the disk is nearly full.
        """
        if not actor.may(Right.ANSWER):
            actor.require(Right.IMPORT_DESIGN)
        if not 0 < size <= MOST_BYTES:
            raise LimitError(f"an upload has from 1 to {MOST_BYTES:,} bytes", where="Upload-Length")
        self._require_room(size)
        now = self._house.real.now()
        with self._house.store.transaction() as session:  # no event: nothing of the network changes
            mine = select(func.count(), func.coalesce(func.sum(UploadRow.size), 0)).where(UploadRow.owner == actor.id)
            count, total = session.execute(mine.where(UploadRow.expires_at > now)).one()
            if count >= _MOST_COUNT or total + size > _MOST_EACH:
                hint = "use those that are whole, and end others: GET /uploads lists them"
                raise LimitError(f"{count} of your uploads, {total:,} bytes, are here already", hint=hint)
            row = UploadRow(
                id=secrets.token_hex(16), owner=actor.id, size=size, offset=0, sha256=sha256, made_at=now,
                expires_at=now + _KEPT,
            )  # fmt: skip
            session.add(row)
            return _view(row)

    def mine(self, actor: Actor) -> list[UploadView]:
        """The uploads of who asks, the oldest first."""
        query = select(UploadRow).where(UploadRow.owner == actor.id, UploadRow.expires_at > self._house.real.now())
        with self._house.reading() as session:
            return [_view(row) for row in session.scalars(query.order_by(UploadRow.made_at, UploadRow.id))]

    def one(self, actor: Actor, upload_id: str) -> UploadView:
        """How far one is.

        Raises:
            UnknownError: there is none of this id and person.
        """
        with self._house.reading() as session:
            return _view(self._row(session, actor, upload_id))

    @contextmanager
    def continued(self, actor: Actor, upload_id: str, offset: int) -> Iterator[Sink]:
        """What takes the next part. What came is kept, whatever ends the context; the whole is held against its hash.

        Args:
            actor: who sends.
            upload_id: of the upload.
            offset: from where on the part is.

        Raises:
            UnknownError: there is none of this id and person.
            StateError: the part does not begin where the last one ended, or another one is coming.
            LimitError: more comes than was announced.
            InputError: the whole is not what its hash says; the upload is gone.
        """
        self.one(actor, upload_id)
        with self._parts.growing(upload_id) as file:
            row = self.one(actor, upload_id)  # as it is now that nobody else writes
            if row.offset != offset:
                hint = "ask for the offset with HEAD"
                raise StateError(f"{row.offset} bytes are here, not {offset}", where=f"upload {upload_id}", hint=hint)
            if os.fstat(file.fileno()).st_size < offset:
                self._drop(upload_id)
                raise _lost(upload_id)
            file.truncate(offset)  # what came behind it was never counted
            sink = Sink(file, offset, row.size)
            try:
                yield sink
            finally:
                file.flush()
                os.fsync(file.fileno())
                self._count(actor, upload_id, sink.offset)
            if sink.offset == row.size:
                self._compare(upload_id)

    def whole(self, actor: Actor, upload_id: str) -> Path:
        """Where a file lies that has come in full. It stays until its owner ends it or it expires.

        Raises:
            UnknownError: there is none of this id and person.
            StateError: it has not come in full.
        """
        row = self.one(actor, upload_id)
        if row.offset < row.size:
            raise StateError(f"{row.offset:,} of {row.size:,} bytes have come", where=f"upload {upload_id}")
        path = self._parts.path(upload_id)
        if not path.is_file():
            raise _lost(upload_id)
        return path

    def end(self, actor: Actor, upload_id: str) -> None:
        """Forget one.

        Raises:
            UnknownError: there is none of this id and person.
        """
        self.one(actor, upload_id)
        self._drop(upload_id)

    def sweep(self) -> int:
        """Forget those that nobody continued, and what no row speaks of; returns how many."""
        now, here = self._house.real.now(), self._parts.names()  # before the rows: one that is begun now has a row
        with self._house.looking() as session:
            known = {row.id: row.expires_at for row in session.scalars(select(UploadRow))}
        old = [each for each, expires_at in known.items() if expires_at <= now]
        for each in old:
            self._drop(each)
        for each in set(here) - known.keys():
            self._parts.forget(each)
        return len(old)

    def _count(self, actor: Actor, upload_id: str, offset: int) -> None:
        with self._house.store.transaction() as session:
            row = self._row(session, actor, upload_id)
            row.offset, row.expires_at = offset, self._house.real.now() + _KEPT

    def _compare(self, upload_id: str) -> None:
        with self._house.reading() as session:
            wanted = session.get_one(UploadRow, upload_id).sha256
        if wanted is not None and sha256_of_file(self._parts.path(upload_id)) != wanted:
            self._drop(upload_id)
            raise InputError("what came is not what its hash says", where=f"upload {upload_id}", hint="send it anew")

    def _drop(self, upload_id: str) -> None:
        with self._house.store.transaction() as session:
            row = session.get(UploadRow, upload_id)
            if row is not None:
                session.delete(row)
        self._parts.forget(upload_id)

    def _row(self, session: Session, actor: Actor, upload_id: str) -> UploadRow:
        row = session.get(UploadRow, upload_id)
        if row is None or row.owner != actor.id or not actor.known or row.expires_at <= self._house.real.now():
            raise UnknownError("there is no such upload of yours", where=f"upload {upload_id}")
        return row

    def _require_room(self, size: int) -> None:
        place = self._house.files.beside("uploads")
        while not place.exists():
            place = place.parent
        if shutil.disk_usage(place).free < size + _SPARE_BYTES:
            raise StateError("the coordinator's disk is nearly full", hint="tell a steward")


def _lost(upload_id: str) -> StateError:
    return StateError("what had come is no longer on the disk", where=f"upload {upload_id}", hint="begin anew")


def _view(row: UploadRow) -> UploadView:
    return UploadView(id=row.id, size=row.size, offset=row.offset, expires_at=row.expires_at)
