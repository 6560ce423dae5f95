"""Unpack a zip archive from a stranger (format: PKWARE APPNOTE.TXT 6.3.10)."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import InputError, LimitError
from designs.landing import Landing, root_of
from designs.limits import Limits
from designs.meter import Meter
from designs.paths import inner_path, link_stays_inside

__all__ = ["is_zip", "unpack_zip"]

_CHUNK_BYTES = 2**16
_MAX_LINK_BYTES = 4096
_MAX_ENTRY_BYTES = 512  # of the central directory, on average over the files
_DOCUMENT_MARKS = frozenset({"[Content_Types].xml", "mimetype"})  # OPC (OOXML, 3MF) and OpenDocument


def is_zip(path: Path) -> bool:
    """Whether the file is a zip archive by its content, whatever its suffix."""
    return zipfile.is_zipfile(path)


def unpack_zip(archive: Path, target: Path, limits: Limits) -> Path:
    """Write the archive's files below the empty folder `target`; returns the folder that is the design's root.

    An archive whose files all lie in one top folder has that folder as its root. The limits are held against the bytes
    that really come out, not only against what the headers say. Symbolic links are made last.

    Raises:
        InputError: the archive is damaged or encrypted, is an office document or a 3MF part, or names a place or a link
            outside of itself.
        LimitError: it is too large, too deep, too many, or unpacks to far too much.
    """
    where = archive.name
    _check_directory_size(archive, limits)
    try:
        with zipfile.ZipFile(archive) as opened:
            _Unpacking(opened, target, archive.stat().st_size, limits).run()
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error, UnicodeDecodeError) as error:
        raise InputError("the zip archive is damaged", where=where, hint="download or pack it again") from error
    except RuntimeError as error:
        raise InputError("the zip archive uses a method that is not supported", where=where, hint=str(error)) from error
    except OSError as error:  # the bz2 decoder says so of bad data
        raise InputError("the zip archive cannot be read", where=where, hint=str(error)) from error
    return root_of(target)


class _Unpacking:
    """One archive on its way to one folder."""

    def __init__(self, archive: zipfile.ZipFile, target: Path, packed_bytes: int, limits: Limits) -> None:
        self._archive = archive
        self._target = target
        self._limits = limits
        self._where = Path(archive.filename or "").name
        self._packed_bytes = packed_bytes

    def _new_meter(self) -> Meter:
        return Meter(self._limits, where=self._where, packed_bytes=self._packed_bytes)

    def run(self) -> None:
        landing = Landing(self._target, where=self._where)
        meter = self._new_meter()
        for path, info in self._members().items():
            with self._archive.open(info) as source:
                if stat.S_ISLNK(info.external_attr >> 16):
                    landing.link(path, self._aim(path, source))
                else:
                    meter.begin_file(str(path))
                    landing.write(path, _counted(source, meter))
        landing.finish()

    def _members(self) -> dict[PurePosixPath, zipfile.ZipInfo]:
        """The files to write by path, every one checked before the first is written."""
        members: dict[PurePosixPath, zipfile.ZipInfo] = {}
        declared = self._new_meter()
        for info in self._archive.infolist():
            name = info.orig_filename.replace("\\", "/")  # some packers for Windows part folders so
            path = inner_path(name, where=self._where)
            if name.endswith("/"):
                continue
            if path in members:
                raise InputError(f"{path} stands twice in the zip archive", where=self._where)
            if info.flag_bits & 0x1:
                raise InputError("the zip archive is encrypted", where=self._where, hint="pack it without a password")
            declared.begin_file(str(path))
            declared.add_bytes(info.file_size)
            members[path] = info
        marks = sorted(_DOCUMENT_MARKS.intersection(map(str, members)))
        if marks:
            raise InputError(
                f"the file is one document ({marks[0]} is in it), not a design",
                where=self._where,
                hint="give the folder or archive that holds it",
            )
        return members

    def _aim(self, path: PurePosixPath, source: IO[bytes]) -> str:
        aim = source.read(_MAX_LINK_BYTES).decode("utf-8")
        if not link_stays_inside(path, aim):
            raise InputError(f"{path} is a link out of the zip archive", where=self._where)
        return aim


def _counted(source: IO[bytes], meter: Meter) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        meter.add_bytes(len(chunk))
        yield chunk


def _check_directory_size(archive: Path, limits: Limits) -> None:
    """Refuse an archive whose table of contents alone would fill the memory (APPNOTE 4.3.14 to 4.3.16)."""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 22 - 0xFFFF))
        tail = file.read()
        end = tail.rfind(b"PK\5\6")
        if end < 0 or len(tail) - end < 22:
            raise InputError("the zip archive is damaged: it has no table of contents", where=archive.name)
        (directory_bytes,) = struct.unpack_from("<L", tail, end + 12)
        locator = end - 20
        if locator >= 0 and tail.startswith(b"PK\6\7", locator):
            file.seek(min(size, struct.unpack_from("<Q", tail, locator + 8)[0]))
            record = file.read(56)
            if record.startswith(b"PK\6\6") and len(record) == 56:
                (directory_bytes,) = struct.unpack_from("<Q", record, 40)
    if min(directory_bytes, size) > limits.file_count * _MAX_ENTRY_BYTES:
        raise LimitError(f"the zip archive lists more than {limits.file_count:,} files", where=archive.name)
