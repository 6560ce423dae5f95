"""An archive as it is read: nothing of it is believed before size and SHA-256 of what was read are as it says."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from coordinator.archive.manifest import MANIFEST, MOST_MANIFEST_BYTES, Manifest, read_manifest
from core.errors import InputError, LimitError

__all__ = ["MOST_BYTES", "MOST_LINE_BYTES", "Archive", "opened_archive"]

MOST_BYTES: Final = 64 * 2**30
"""Of all members together, where nothing else is said."""
MOST_LINE_BYTES: Final = 64 * 2**20
_CHUNK: Final = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class _Container(Protocol):
    def names(self) -> set[str]:
        """Of everything in it but folders."""

    def open(self, name: str) -> IO[bytes]:
        """One file in it."""


class Archive:
    """An archive whose manifest has been read and names exactly what is there."""

    def __init__(self, container: _Container, manifest: Manifest, where: str) -> None:
        self._container = container
        self.manifest = manifest
        self.where = where

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member's content; what was yielded is to be believed once this has come to its end.

        Raises:
            InputError: it is not what the manifest says, or cannot be read.
        """
        member, place = self.manifest.members[name], f"{self.where}: {name}"
        hashed, size = hashlib.sha256(), 0
        try:
            with self._container.open(name) as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    if size > member.bytes:
                        break
                    hashed.update(chunk)
                    yield chunk
        except _DAMAGED as error:
            raise InputError(f"the archive is damaged: {error}", where=place) from None
        except OSError as error:
            raise InputError(f"it cannot be read: {error.strerror or error}", where=place) from None
        if size != member.bytes or hashed.hexdigest() != member.sha256:
            raise InputError("it is not what the manifest says: the archive was changed or cut", where=place)

    def lines(self, name: str) -> Iterator[bytes]:
        """A member's lines, without their ends.

        Raises:
            InputError: as for `chunks`, or the last line has no end.
            LimitError: a line is longer than any.
        """
        rest = b""
        for chunk in self.chunks(name):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > MOST_LINE_BYTES:
                raise LimitError(f"a line has more than {MOST_LINE_BYTES >> 20} MiB", where=f"{self.where}: {name}")
        if rest:
            raise InputError("the last line has no end", where=f"{self.where}: {name}")


@contextmanager
def opened_archive(path: Path, most_bytes: int = MOST_BYTES) -> Iterator[Archive]:
    """Open an archive to read it.

    Raises:
        InputError: it is none, is damaged, or holds something else than its manifest names.
        LimitError: it would unpack to more than `most_bytes`.
    """
    where = str(path)
    with _container(path) as container:
        names = container.names()
        if MANIFEST not in names:
            hint = "an archive that was not written to its end has none"
            raise InputError("there is no manifest.json in it", where=where, hint=hint)
        manifest = _manifest(container, where)
        if manifest.total_bytes > most_bytes:
            hint = "say --most-gib if that is right"
            raise LimitError(f"it would unpack to {manifest.total_bytes >> 20} MiB", where=where, hint=hint)
        named = {MANIFEST, *manifest.members}
        for what, odd in (("is not named in its manifest", names - named), ("is missing", named - names)):
            if odd:
                raise InputError(f"{min(odd)[:120]!r} {what}", where=where)
        yield Archive(container, manifest, where)


def _manifest(container: _Container, where: str) -> Manifest:
    try:
        with container.open(MANIFEST) as file:
            return read_manifest(file.read(MOST_MANIFEST_BYTES + 1), f"{where}: {MANIFEST}")
    except (*_DAMAGED, OSError) as error:
        raise InputError(f"the archive is damaged: {error}", where=where) from None


@contextmanager
def _container(path: Path) -> Iterator[_Container]:
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        packed = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise InputError("there is no such file or folder", where=str(path)) from None
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path)) from None
    except _DAMAGED:
        hint = "give a folder or a zip file that backup or export has written"
        raise InputError("it is no archive, or was not written to its end", where=str(path), hint=hint) from None
    with packed:
        yield _Zip(packed, str(path))


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> set[str]:
        found = set()
        for path in self._root.rglob("*"):
            name = path.relative_to(self._root).as_posix()
            if path.is_symlink():
                raise InputError(f"{name[:120]!r} is a link", where=str(self._root), hint="an archive holds none")
            if not path.is_dir():
                found.add(name)
        return found

    def open(self, name: str) -> IO[bytes]:
        return (self._root / name).open("rb")


class _Zip:
    def __init__(self, packed: zipfile.ZipFile, where: str) -> None:
        self._packed = packed
        self._where = where

    def names(self) -> set[str]:
        names = self._packed.namelist()
        found = set(names)
        if len(found) != len(names):
            raise InputError("it holds two files of one name", where=self._where)
        return found

    def open(self, name: str) -> IO[bytes]:
        return self._packed.open(name)
