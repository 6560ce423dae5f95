"""An archive as it is written: a folder, or a zip file; there under its name only when it is whole."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Protocol

from coordinator.archive.manifest import MANIFEST, Manifest, Member
from core.errors import InputError

__all__ = ["ArchiveWriter", "new_archive"]


class _Container(Protocol):
    def create(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A new file in it."""


class ArchiveWriter:
    """Takes members, and notes size and hash of each; the manifest comes last."""

    def __init__(self, container: _Container) -> None:
        self._container = container
        self.members: dict[str, Member] = {}
        self.finished = False

    def add(self, name: str, chunks: Iterable[bytes]) -> Member:
        """Write a member.

        Raises:
            OSError: the disk is full, or the like.
        """
        hashed, size = hashlib.sha256(), 0
        with self._container.create(name) as file:
            for chunk in chunks:
                hashed.update(chunk)
                size += len(chunk)
                file.write(chunk)
        self.members[name] = Member(bytes=size, sha256=hashed.hexdigest())
        return self.members[name]

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest."""
        with self._container.create(MANIFEST) as file:
            file.write(manifest.document())
        self.finished = True


@contextmanager
def new_archive(target: Path) -> Iterator[ArchiveWriter]:
    """Write an archive: a zip file where the name ends in ``.zip``, a folder otherwise; nobody else may read it.

    It is written beside its place under another name, and takes its place when all of it is on the disk.

    Raises:
        InputError: something of that name is there already, or it cannot be written.
        ValueError: it was not finished.
    """
    if target.exists() or target.is_symlink():
        raise InputError("there is something of this name already", where=str(target), hint="give a new name")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _zip(part) if target.suffix == ".zip" else _folder(part) as container:
            writer = ArchiveWriter(container)
            yield writer
            if not writer.finished:
                raise ValueError("an archive ends with its manifest")
        part.rename(target)
        _synchronise(target.parent)
    except OSError as error:
        raise InputError(f"it cannot be written: {error.strerror or error}", where=str(target)) from None
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        path = self._root / name
        path.parent.mkdir(exist_ok=True)
        with path.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _folder(part: Path) -> Iterator[_Folder]:
    part.mkdir(mode=0o700)
    yield _Folder(part)
    for folder in (part / "files", part):
        if folder.is_dir():
            _synchronise(folder)


class _Zip:
    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed

    def create(self, name: str) -> AbstractContextManager[IO[bytes]]:
        entry = zipfile.ZipInfo(name)  # without the moment: the same content gives the same archive
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        return self._packed.open(entry, "w", force_zip64=True)


@contextmanager
def _zip(part: Path) -> Iterator[_Zip]:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with zipfile.ZipFile(file, "w") as packed:
            yield _Zip(packed)
        file.flush()
        os.fsync(file.fileno())


def _synchronise(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
