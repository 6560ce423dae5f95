"""Files by content: each is kept once under its SHA-256, and never changes."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from core.hashes import sha256_of_file

__all__ = ["FileStore"]


class FileStore:
    """A folder of files named by their hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, source: Path) -> str:
        """Keep a copy of the file; return its SHA-256.

        Raises:
            OSError: the file cannot be read, or the store cannot be written.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        part = self._root / f".{os.getpid()}-{secrets.token_hex(4)}.part"  # threads add beside each other
        shutil.copyfile(source, part)
        with part.open("rb") as copy:
            os.fsync(copy.fileno())
        digest = sha256_of_file(part)
        part.replace(self._root / digest)
        return digest

    def path(self, digest: str) -> Path:
        """Where the file of this hash lies.

        Raises:
            KeyError: it is not kept here.
        """
        path = self._root / digest
        if not path.is_file():
            raise KeyError(digest)
        return path
