"""A client of a coordinator, elsewhere or in this process.

    with connect("https://fab.example", token) as client:
        build = client.order_build(design_id=1, quantity=2)
        for event in client.follow_events():
            ...

Methods are named as the operations of the OpenAPI document. Lists are iterators that fetch a page when it is needed.
Requests that change something carry an idempotency key, so that they can be sent again after a lost connection.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from agent.client import checked_address
from coordinator.client import uploading
from coordinator.client.caller import Caller, Patience
from coordinator.client.calls import segment
from coordinator.client.following import follow
from coordinator.client.nouns import Nouns
from coordinator.client.nouns.events import EventView
from coordinator.client.nouns.federation import TakenView
from coordinator.client.nouns.jobs import GivenView
from coordinator.client.nouns.ledger import ImportedView
from coordinator.client.nouns.photos import PhotoView
from coordinator.client.nouns.shared import DesignView
from coordinator.client.uploading import Progress
from coordinator.client.values import read
from core.errors import FabcommonsError, InputError, LimitError

__all__ = ["Client", "connect", "open_folder"]

MOST_BYTES: Final = 2**30
_MOST_EVENTS: Final = 500  # of a page
_LD: Final = "application/ld+json"


class Client(Nouns):
    """Everything that can be asked of a coordinator."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Of the coordinator."""
        return self._caller.address

    def follow_events(self, after: int | None = None) -> Iterator[EventView]:
        """Every event behind one, or from now on; see `coordinator.client.following.follow`."""
        return follow(self._caller, after)

    def read_file(self, digest: str, target: Path) -> None:
        """Fetch a file by its SHA-256; the target is there whole, or not at all.

        Raises:
            LimitError: it is larger than any that a coordinator keeps.
            FabcommonsError: what comes is not what the hash says, or the coordinator refuses.
        """
        with self._arriving(f"/files/{segment(digest)}", target) as came:
            if came != digest:
                raise FabcommonsError("the file that came is not the one that was asked for", where=digest)

    def pack_stick(self, target: Path) -> None:
        """Write what this network publishes into a zip file for a stick; it is there whole, or not at all.

        Raises:
            LimitError: it is larger than any file of a coordinator.
            InputError: the target cannot be written.
            FabcommonsError: the coordinator refuses.
        """
        with self._arriving("/federation/stick", target):
            pass

    def take_stick(self, file: Path, *, progress: Progress | None = None) -> TakenView:
        """Take in what another network packed, in parts where it is large.

        Raises:
            InputError: the file cannot be read, or was not packed by a network.
        """
        if uploading.size_of(file) <= uploading.WHOLE_BYTES:
            path = "/federation/stick"
            answer = uploading.whole(self._caller, "POST", path, file.name, file, "application/zip", None)
            return read(TakenView, answer)
        upload_id = uploading.send(self._caller, file, progress)
        found = self.take_uploaded_stick(upload_id)
        uploading.end(self._caller, upload_id)
        return found

    @contextmanager
    def _arriving(self, path: str, target: Path) -> Iterator[str]:
        """Fetch into a file beside the target, give its SHA-256, and let it take its name if nobody objects."""
        try:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-", suffix=".part")
        except OSError as error:
            raise InputError(f"the file cannot be written: {error.strerror}", where=str(target)) from None
        try:
            with os.fdopen(handle, "wb") as file:
                hashed, size = hashlib.sha256(), 0
                with self._caller.stream("GET", path) as answer:
                    for chunk in answer.iter_bytes():
                        size += len(chunk)
                        if size > MOST_BYTES:
                            raise LimitError("the file is larger than any that a coordinator keeps", where=path)
                        hashed.update(chunk)
                        file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            yield hashed.hexdigest()
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)

    def list_events(self, rows: int, after: int | None = None) -> list[EventView]:
        """Events in the order in which they happened: the newest ones, or those behind one.

        Args:
            rows: how many at most.
            after: the id of an event; what follows it is listed.
        """
        if after is None:
            return list(islice(self.read_log(newest=True), rows))[::-1]
        return list(islice(self._pages(EventView, "/log", {}, min(rows, _MOST_EVENTS), after=str(after)), rows))

    def upload_design(
        self, archive: Path, name: str | None = None, *, progress: Progress | None = None, key: str | None = None
    ) -> DesignView:
        """Import a design from a zip or tar archive, in parts where it is large.

        Args:
            archive: on this computer.
            name: what it is called where it does not say so itself; the archive's name where none is given.
            progress: told how much has arrived.
            key: as the same request is known by; one is made where none is given.

        Raises:
            InputError: the file cannot be read, or is no design.
        """
        called = (name or archive.stem)[:100]
        if uploading.size_of(archive) <= uploading.WHOLE_BYTES:
            answer = uploading.whole(self._caller, "POST", "/designs/archive", called, archive, "application/zip", key)
            return read(DesignView, answer)
        upload_id = uploading.send(self._caller, archive, progress)
        found = self.import_uploaded_design(upload_id, called, key=key)
        uploading.end(self._caller, upload_id)
        return found

    def give_program(
        self, job_id: str, program: Path, name: str | None = None, *, progress: Progress | None = None,
        key: str | None = None,
    ) -> GivenView:  # fmt: skip
        """Give a job the G-code that it waits for, in parts where it is large; arguments as of `upload_design`."""
        called = (name or program.name)[:100]
        if uploading.size_of(program) <= uploading.WHOLE_BYTES:
            path = f"/jobs/{segment(job_id)}/program"
            answer = uploading.whole(self._caller, "PUT", path, called, program, "application/octet-stream", key)
            return read(GivenView, answer)
        upload_id = uploading.send(self._caller, program, progress)
        found = self.give_uploaded_program(job_id, upload_id, called, key=key)
        uploading.end(self._caller, upload_id)
        return found

    def add_photo(self, piece_id: int, photo: Path, caption: str = "", *, key: str | None = None) -> PhotoView:
        """Add a photo of a piece.

        Args:
            piece_id: of the piece.
            photo: a JPEG, PNG or WebP file on this computer.
            caption: what is to be seen, one line.
            key: as the same request is known by; one is made where none is given.

        Raises:
            InputError: the file cannot be read, or is no photo.
        """
        uploading.size_of(photo)
        answer = uploading.whole(
            self._caller, "POST", f"/pieces/{piece_id}/photos", {"caption": caption}, photo, "application/octet-stream",
            key,
        )  # fmt: skip
        return read(PhotoView, answer)

    def import_ledger(
        self, document: Path, source: str | None = None, *, progress: Progress | None = None, key: str | None = None
    ) -> ImportedView:
        """Have a coordinator take in economic events that another one has written as JSON-LD.

        Args:
            document: on this computer.
            source: where it is from; the file's name where none is given.
            progress: told how much has arrived.
            key: as the same request is known by; one is made where none is given.

        Raises:
            InputError: the file cannot be read, or is refused: where, and why.
        """
        called = (source or document.name)[:100]
        if uploading.size_of(document) <= uploading.WHOLE_BYTES:
            answer = uploading.whole(self._caller, "POST", "/ledger/imports", called, document, _LD, key)
            return read(ImportedView, answer)
        upload_id = uploading.send(self._caller, document, progress)
        found = self.import_uploaded_ledger(upload_id, called, key=key)
        uploading.end(self._caller, upload_id)
        return found

    def tag(self, path: str) -> str | None:
        """The entity tag of what was last read at a path such as "/labs/north", for `if_match`; None before."""
        return self._caller.tag(path)

    def close(self) -> None:
        """Let go of the connections."""
        self._caller.close()


def connect(
    address: str, token: str | None = None, *, plain_http: bool = False, patience: Patience | None = None
) -> Client:
    """A client of a coordinator elsewhere.

    Args:
        address: such as "https://fab.example".
        token: yours; None to read what is public.
        plain_http: whether the token may go over a network without encryption.
        patience: how often and how long a request is tried.

    Raises:
        InputError: the address is none, or the token would be legible on the way.
    """
    return Client(Caller(checked_address(address, plain_http=plain_http or token is None), token, patience=patience))


@contextmanager
def open_folder(
    folder: Path, token: str | None = None, *, database_url: str | None = None, files_url: str | None = None
) -> Iterator[Client]:
    """A client of the coordinator in a folder, in this process: no other may serve it meanwhile.

    Args:
        folder: where its database and files are kept.
        token: of whoever acts; None for the keeper of the folder, who has what stewards have.
        database_url: of another database than that in the folder.
        files_url: of a store of files that replicas share.

    Raises:
        StateError: another process works in the folder.
        InputError: the folder or the database's address cannot be used.
    """
    from coordinator.client.embedded import AppTransport, opened

    with ExitStack() as stack:
        app = stack.enter_context(opened(folder, database_url, files_url))
        yield stack.enter_context(Client(Caller("http://localhost", token, transport=AppTransport(app))))
