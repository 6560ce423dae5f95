"""Where unpacked files are set down: a folder of our own that nothing is written outside of."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from core.errors import FabcommonsError, InputError

__all__ = ["Landing", "root_of"]

_BAD_NAME = frozenset({errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})


class Landing:
    """Writes files and, when all are written, links, so that no file is ever written through a link.

    Args:
        folder: an empty folder.
        where: the design, for messages.
    """

    def __init__(self, folder: Path, *, where: str) -> None:
        self._folder = folder
        self._where = where
        self._links: dict[PurePosixPath, str] = {}

    def write(self, path: PurePosixPath, chunks: Iterable[bytes]) -> None:
        """Write one new file.

        Raises:
            InputError: there is a file or folder of this name already, or the name is not possible.
            FabcommonsError: the disk refuses.
        """
        place = self._folder / path
        with self._explained(path):
            place.parent.mkdir(parents=True, exist_ok=True)
            sink = place.open("xb")
        with sink:
            for chunk in chunks:
                with self._explained(path):
                    sink.write(chunk)

    def link(self, path: PurePosixPath, aim: str) -> None:
        """Note a symbolic link, made by `finish`."""
        self._links[path] = aim

    def finish(self) -> None:
        """Make the links.

        Raises:
            InputError: a link's name is taken, or not possible.
        """
        for path in self._links:
            with self._explained(path):
                (self._folder / path.parent).mkdir(parents=True, exist_ok=True)
        for path, aim in self._links.items():
            with self._explained(path):
                (self._folder / path).symlink_to(aim)

    @contextmanager
    def _explained(self, path: PurePosixPath) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kind = InputError if error.errno in _BAD_NAME else FabcommonsError
            shown = ascii(str(path))[1:-1][:200]
            raise kind(f"{shown} cannot be unpacked: {error.strerror}", where=self._where) from error


def root_of(target: Path) -> Path:
    """The root of what was unpacked: the one folder that holds everything, else the folder itself."""
    entries = [each for each in target.iterdir() if each.name != "__MACOSX"]
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        return entries[0]
    return target
