"""Files that are still coming, each in one that grows: what is on the disk is what is counted."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import StateError

__all__ = ["Parts"]

_ID = re.compile(r"[0-9a-f]{32}")


class Parts:
    """A folder of files that grow."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, name: str) -> Path:
        """Where a file lies or will lie.

        Raises:
            ValueError: the name is none of ours.
        """
        if not _ID.fullmatch(name):
            raise ValueError(name)
        return self._root / f"{name}.part"

    @contextmanager
    def growing(self, name: str) -> Iterator[BinaryIO]:
        """A file to append to, made where there is none; one writer at a time has it, in all processes.

        Raises:
            StateError: somebody else has it.
        """
        path = self.path(name)
        self._root.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StateError("another request is writing to this upload", where=f"upload {name}") from None
            yield file

    def names(self) -> list[str]:
        """Of all that is here."""
        if not self._root.is_dir():
            return []
        return sorted(each.stem for each in self._root.glob("*.part") if _ID.fullmatch(each.stem))

    def forget(self, name: str) -> None:
        """Take a file away, if it is here."""
        self.path(name).unlink(missing_ok=True)
