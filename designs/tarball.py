"""Unpack a tar archive from a stranger: plain, gzip, bzip2 or xz (formats: POSIX.1-2001 pax, ustar, GNU tar).

The archive is decompressed first, byte by byte counted, then its members are written one by one. Of a member only its
name, its kind and its bytes count; owners, rights and times are not taken over.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

from core.errors import InputError, LimitError
from designs.landing import Landing, root_of
from designs.limits import Limits
from designs.meter import Meter
from designs.paths import inner_path, link_stays_inside

__all__ = ["is_tar", "unpack_tar"]

_CHUNK_BYTES: Final = 2**16
_BLOCK_BYTES: Final = 512
_MAX_HEADER_BYTES: Final = 2**20  # of a long name or pax header, which tarfile reads at once
_HEADERS_A_FILE: Final = 4  # folders and the like
_OPENERS: Final[tuple[tuple[bytes, Callable[[Path], Any]], ...]] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_DAMAGES: Final = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, ValueError)


def is_tar(path: Path) -> bool:
    """Whether the file is a tar archive by its content, whatever its suffix."""
    with suppress(*_DAMAGES, OSError), _opened(path) as source:
        tarfile.TarInfo.frombuf(source.read(_BLOCK_BYTES), "utf-8", "surrogateescape")
        return True
    return False


def unpack_tar(archive: Path, target: Path, scratch: Path, limits: Limits) -> Path:
    """Write the archive's files below the empty folder `target`; returns the folder that is the design's root.

    An archive whose files all lie in one top folder has that folder as its root. A hard link becomes a file of its own,
    symbolic links are made last. The folder `scratch` takes the archive without compression.

    Raises:
        InputError: the archive is damaged, holds a device, or names a place or a link outside of itself.
        LimitError: it is too large, too deep, too many, or unpacks to far too much.
    """
    where = archive.name
    plain = scratch / "archive.tar"
    try:
        _decompress(archive, plain, limits)
        with _Bounded(plain, where) as opened, tarfile.open(fileobj=opened, mode="r:") as members:
            _Unpacking(members, target, archive.stat().st_size, where, limits).run()
    except _DAMAGES as error:
        raise InputError("the tar archive is damaged", where=where, hint="download or pack it again") from error
    except OSError as error:  # the decompressors say so of bad data
        raise InputError("the tar archive cannot be read", where=where, hint=str(error)) from error
    finally:
        plain.unlink(missing_ok=True)
    return root_of(target)


def _opened(path: Path) -> IO[bytes]:
    """The archive without its compression."""
    with path.open("rb") as file:
        head = file.read(8)
    opener = next((opener for mark, opener in _OPENERS if head.startswith(mark)), None)
    return cast("IO[bytes]", opener(path)) if opener else path.open("rb")


def _decompress(archive: Path, plain: Path, limits: Limits) -> None:
    """Write the archive without its compression; all of it counts as one file, and headers come on top."""
    headers = limits.file_count * _HEADERS_A_FILE * _BLOCK_BYTES
    whole = Limits(limits.total_bytes + headers, limits.total_bytes + headers, ratio=limits.ratio)
    meter = Meter(whole, where=archive.name, packed_bytes=archive.stat().st_size)
    meter.begin_file(archive.name)
    with _opened(archive) as source, plain.open("xb") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            meter.add_bytes(len(chunk))
            sink.write(chunk)


class _Bounded(io.BufferedReader):
    """A file that is read in small pieces only: tarfile takes a header at once, as long as the header says it is."""

    def __init__(self, path: Path, where: str) -> None:
        super().__init__(io.FileIO(path))
        self._where = where

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes.

        Raises:
            LimitError: more are asked for than any header holds.
        """
        if size is None or not 0 <= size <= _MAX_HEADER_BYTES:
            raise LimitError("the tar archive holds a name or header that is too long", where=self._where)
        return super().read(size)


class _Unpacking:
    """One archive on its way to one folder."""

    def __init__(self, archive: tarfile.TarFile, target: Path, packed_bytes: int, where: str, limits: Limits) -> None:
        self._archive = archive
        self._target = target
        self._where = where
        self._limits = limits
        self._landing = Landing(target, where=where)
        self._meter = Meter(limits, where=where, packed_bytes=packed_bytes)
        self._written: set[PurePosixPath] = set()

    def run(self) -> None:
        """Write every member."""
        for count, member in enumerate(self._archive):
            if count >= self._limits.file_count * _HEADERS_A_FILE:
                raise LimitError(f"the tar archive lists more than {count:,} members", where=self._where)
            if not member.isdir():
                self._take(member)
        self._landing.finish()

    def _take(self, member: tarfile.TarInfo) -> None:
        path = inner_path(member.name, where=self._where)
        self._meter.begin_file(str(path))
        if member.issym():
            if not link_stays_inside(path, member.linkname):
                raise InputError(f"{path} is a link out of the tar archive", where=self._where)
            self._landing.link(path, member.linkname)
            return
        if not (member.isreg() or member.islnk()):
            raise InputError(f"{path} is a device, not a file", where=self._where)
        self._landing.write(path, self._copy(path, member) if member.islnk() else self._content(path, member))
        self._written.add(path)

    def _content(self, path: PurePosixPath, member: tarfile.TarInfo) -> Iterator[bytes]:
        source = self._archive.extractfile(member)
        left = member.size
        while source is not None and left > 0:
            chunk = source.read(min(left, _CHUNK_BYTES))
            if not chunk:
                raise InputError(f"the tar archive is cut off in the middle of {path}", where=self._where)
            self._meter.add_bytes(len(chunk))
            left -= len(chunk)
            yield chunk

    def _copy(self, path: PurePosixPath, member: tarfile.TarInfo) -> Iterator[bytes]:
        """The content of the file that a hard link names: one of those written before."""
        aim = inner_path(member.linkname, where=self._where)
        if aim not in self._written:
            raise InputError(f"{path} is a link to no file before it", where=self._where)
        with (self._target / aim).open("rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                self._meter.add_bytes(len(chunk))
                yield chunk
