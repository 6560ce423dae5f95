"""A stick instead of a line: our documents and the archives of designs in one zip file, and those of others taken.

``documents.jsonl`` has a document a line, ``files/SHA256`` the archives of designs that they name.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sqlalchemy import select

from commons.federation.documents import DocumentKind
from coordinator.schema.federation import HeardRow, PublishedRow
from coordinator.service.access import Actor, Right
from coordinator.service.federation.archives import archive_of, archives_of
from coordinator.service.federation.listening import STICK, hear
from coordinator.service.house import House, View
from core.errors import InputError, LimitError

__all__ = ["MOST_BYTES", "Stick", "TakenView"]

MOST_BYTES: Final = 512 * 2**20
"""Of a stick's archives together, unpacked."""
_DOCUMENTS: Final = "documents.jsonl"
_FILE: Final = re.compile(r"files/([0-9a-f]{64})")
_MOST_DOCUMENTS: Final = 20_000
_MOST_DOCUMENT_BYTES: Final = 64 * 2**20
_MOST_LINE: Final = 2**20
_MOST_MEMBERS: Final = 5001
_CHUNK: Final = 2**20
_MOST_TOLD: Final = 20


class TakenView(View):
    """What came of a stick: so many documents that are new, known or refused, the first reasons why, and archives."""

    new: int
    known: int
    refused: int
    reasons: list[str]
    archives: int


class Stick:
    """Packing and taking."""

    def __init__(self, house: House) -> None:
        self._house = house

    def pack(self, actor: Actor, target: Path) -> None:
        """Write what we publish into a new zip file.

        Raises:
            ForbiddenError: who asks is no steward.
            LimitError: the archives are too large together.
        """
        actor.require(Right.KEEP_NEIGHBOURS)
        with self._house.reading() as session:
            texts = list(session.scalars(select(PublishedRow.document).order_by(PublishedRow.number)))
        digests = dict.fromkeys(each for each in map(_archive_named, texts) if each is not None)
        room = MOST_BYTES
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(_DOCUMENTS, "".join(f"{each}\n" for each in texts))
            for digest in digests:
                try:
                    path = self._house.files.path(digest)
                except KeyError:
                    continue
                room -= path.stat().st_size
                if room < 0:
                    hint = "neighbours with a line can fetch them one by one"
                    raise LimitError(f"the designs are larger than {MOST_BYTES // 2**20} MiB together", hint=hint)
                packed.write(path, f"files/{digest}", zipfile.ZIP_STORED)  # an archive is packed already

    def take(self, actor: Actor, source: Path) -> TakenView:
        """Take in what another network packed.

        Raises:
            ForbiddenError: who asks is no steward.
            InputError: it is no such file.
            LimitError: it is too large, or holds too many.
        """
        actor.require(Right.KEEP_NEIGHBOURS)
        with _opened(source) as packed:
            documents = list(_lines(packed))
            with self._house.change(actor.id) as change:
                found = hear(change, documents, way=STICK, now=self._house.real.now())
                if found.new:
                    change.record("neighbour.heard", "stick", new=found.new)
                if found.refused:
                    change.record("neighbour.refused", "stick", found.refused[0], refused=len(found.refused))
            archives = self._keep_archives(packed)
        return TakenView(
            new=found.new, known=found.known, refused=len(found.refused), reasons=found.refused[:_MOST_TOLD],
            archives=archives,
        )  # fmt: skip

    def _keep_archives(self, packed: zipfile.ZipFile) -> int:
        """Keep the archives that documents which hold name; returns how many."""
        with self._house.reading() as session:
            rows = session.scalars(
                select(HeardRow).where(HeardRow.kind == str(DocumentKind.DESIGN), ~HeardRow.withdrawn)
            )
            wanted = {archive_of(row) for row in rows}
        shelf, count, room = archives_of(self._house), 0, MOST_BYTES
        for info in packed.infolist():
            named = _FILE.fullmatch(info.filename)
            if named is None or named[1] not in wanted:
                continue
            room -= info.file_size
            if room < 0:
                raise LimitError(f"the archives unpack to more than {MOST_BYTES // 2**20} MiB", where=info.filename)
            with packed.open(info) as file:
                digest = shelf.keep(_proved(file, named[1], info.file_size))
            assert digest == named[1]  # noqa: S101 - `_proved` has read all of it
            count += 1
        return count


def _archive_named(text: str) -> str | None:
    body = json.loads(text)["body"]
    archive = body.get("archive") if isinstance(body, dict) else None
    return archive.get("sha256") if isinstance(archive, dict) else None


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file whose members are named as ours are.

    Raises:
        InputError: it is none, is damaged, or holds something else.
        LimitError: it holds too many.
    """
    try:
        with zipfile.ZipFile(source) as packed:
            names = [each.filename for each in packed.infolist()]
            if len(names) > _MOST_MEMBERS:
                raise LimitError(f"a stick holds at most {_MOST_MEMBERS} files")
            odd = [each for each in names if each != _DOCUMENTS and not _FILE.fullmatch(each)]
            if odd or names.count(_DOCUMENTS) != 1 or len(set(names)) != len(names):
                hint = f"it has {_DOCUMENTS} and files/SHA256, as `fabcommons neighbour pack` writes them"
                raise InputError("this was not packed by a network", where=(odd or [_DOCUMENTS])[0][:100], hint=hint)
            yield packed
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"the file is damaged, or no zip: {str(error)[:100]}") from error
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror or error}") from error


def _lines(packed: zipfile.ZipFile) -> Iterator[bytes]:
    """The documents, read within bounds whatever the file says of its size."""
    room, count = _MOST_DOCUMENT_BYTES, 0
    with packed.open(_DOCUMENTS) as file:
        while line := file.readline(_MOST_LINE + 2):
            room, count = room - len(line), count + 1
            if room < 0 or count > _MOST_DOCUMENTS or len(line) > _MOST_LINE + 1:
                raise LimitError(f"a stick has at most {_MOST_DOCUMENTS} documents of 1 MiB each, 64 MiB together")
            if line.strip():
                yield line.strip()


def _proved(file: IO[bytes], digest: str, size: int) -> Iterator[bytes]:
    """The chunks of a file whose hash is the one that its name says.

    Raises:
        InputError: it is not, or it is longer than it says.
    """
    hashed, left = hashlib.sha256(), size
    while chunk := file.read(_CHUNK):
        hashed.update(chunk)
        left -= len(chunk)
        if left < 0:
            raise LimitError("a file is longer than the stick says", where=digest)
        yield chunk
    if hashed.hexdigest() != digest:
        raise InputError("a file is not what its name says: its hash is another", where=digest)
