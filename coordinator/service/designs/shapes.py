"""The part files of a design, and how they look; what was worked out is kept for a while.

What reads part files takes most of a second to load, so that is done by whoever asks first.
"""

from __future__ import annotations

import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from coordinator.schema.service import ImportRow
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError
from core.errors import LimitError

if TYPE_CHECKING:
    from geometry.thumbnail import Thumbnail

__all__ = ["PartFileView", "Shapes"]

_MIB: Final = 2**20
_MOST_BYTES: Final = 48 * _MIB
_MOST_FILES: Final = 2_000
_KEPT_BYTES: Final = 64 * _MIB
_LIMIT_S: Final = 60.0
_PICTURE_PX: Final = 256
_TOP: Final = "design/"
_VIEW_TYPE: Final = "application/octet-stream"


class PartFileView(View):
    """A part file. `number` is its place in the design's list of them; `solid` where it has three dimensions."""

    number: int
    path: str
    bytes: int
    solid: bool


class Shapes:
    """How parts look. For several threads."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, int], Thumbnail] = OrderedDict()

    def of(self, design_id: int) -> list[PartFileView]:
        """The part files of a design, by path.

        Raises:
            UnknownError: there is no such design.
        """
        _, archive = self._archive(design_id)
        with archive:
            return [
                PartFileView(
                    number=at, path=info.filename.removeprefix(_TOP), bytes=info.file_size, solid=_is_solid(info)
                )
                for at, info in enumerate(_parts(archive), start=1)
            ]

    def picture(self, design_id: int, number: int) -> Thumbnail:
        """A picture of a part file.

        Raises:
            UnknownError: there is no such design or part.
            GeometryError: the file cannot be read.
            LimitError: it is too large to be shown.
            ComputingError: it took too long.
        """
        return self._shown("picture", design_id, number, self._picture)

    def view(self, design_id: int, number: int) -> bytes:
        """A part file for a viewer, as `geometry.view` packs it.

        Raises:
            UnknownError: there is no such design or part, or it is flat.
            GeometryError: the file cannot be read.
            LimitError: it is too large to be shown.
            ComputingError: it took too long.
        """
        return self._shown("view", design_id, number, self._view).data

    def _picture(self, data: bytes, suffix: str) -> Thumbnail:
        from coordinator.shapes import part_picture

        return self._house.computer.run(_LIMIT_S, part_picture, data, suffix, _PICTURE_PX)

    def _view(self, data: bytes, suffix: str) -> Thumbnail:
        from coordinator.shapes import SOLID_SUFFIXES, part_view
        from geometry.thumbnail import Thumbnail

        if suffix not in SOLID_SUFFIXES:
            raise UnknownError("this part is flat: there is only a picture of it")
        return Thumbnail(_VIEW_TYPE, self._house.computer.run(_LIMIT_S, part_view, data, suffix))

    def _shown(self, kind: str, design_id: int, number: int, work: Callable[[bytes, str], Thumbnail]) -> Thumbnail:
        digest, archive = self._archive(design_id)
        key = (kind, digest, number)
        with archive:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            parts = _parts(archive)
            if not 1 <= number <= len(parts):
                raise UnknownError(f"there is no part {number} of design {design_id}")
            info = parts[number - 1]
            if info.file_size > _MOST_BYTES:
                raise LimitError("it is too large to be shown", where=info.filename.removeprefix(_TOP))
            data = archive.read(info)
        return self._keep(key, work(data, PurePosixPath(info.filename).suffix.lower()))

    def _keep(self, key: tuple[str, str, int], shown: Thumbnail) -> Thumbnail:
        with self._lock:
            self._kept[key] = shown
            while sum(len(each.data) for each in self._kept.values()) > _KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return shown

    def _archive(self, design_id: int) -> tuple[str, zipfile.ZipFile]:
        """The design's own archive, which we packed ourselves."""
        with self._house.reading() as session:
            row = session.get(ImportRow, design_id)
            if row is None:
                raise UnknownError(f"there is no design {design_id}")
            digest = row.archive_sha256
        return digest, zipfile.ZipFile(self._house.files.path(digest))


def _parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    from coordinator.shapes import SHOWN_SUFFIXES

    found = [info for info in archive.infolist() if PurePosixPath(info.filename).suffix.lower() in SHOWN_SUFFIXES]
    return sorted(found, key=lambda info: info.filename)[:_MOST_FILES]


def _is_solid(info: zipfile.ZipInfo) -> bool:
    from coordinator.shapes import SOLID_SUFFIXES

    return PurePosixPath(info.filename).suffix.lower() in SOLID_SUFFIXES
