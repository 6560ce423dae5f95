"""Files by content: each is kept once under its SHA-256, and never changes."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

__all__ = ["FileStore", "is_digest"]

_CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")


def is_digest(name: str) -> bool:
    """Whether a name is a SHA-256, as files of a store are named."""
    return _NAME.fullmatch(name) is not None


class FileStore:
    """A folder of files named by their hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, source: Path) -> str:
        """Keep a copy of the file; return its SHA-256.

        Raises:
            OSError: the file cannot be read, or the store cannot be written.
        """
        with source.open("rb") as file:
            return self.keep(iter(lambda: file.read(_CHUNK), b""))

    def keep(self, chunks: Iterable[bytes]) -> str:
        """Keep what comes, once all of it has come; return its SHA-256.

        Raises:
            OSError: the store cannot be written.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        part = self._root / f".{os.getpid()}-{secrets.token_hex(4)}.part"  # threads add beside each other
        hashed = hashlib.sha256()
        try:
            with part.open("xb") as file:
                for chunk in chunks:
                    hashed.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._root / hashed.hexdigest())
        finally:
            part.unlink(missing_ok=True)
        return hashed.hexdigest()

    def beside(self, name: str) -> Path:
        """A folder for what is no file of the store yet, on the same disk; it need not be there."""
        return self._root / name

    def digests(self) -> list[str]:
        """The SHA-256 of all that is kept, in order."""
        if not self._root.is_dir():
            return []
        return sorted(path.name for path in self._root.iterdir() if is_digest(path.name))

    def forget(self, digests: Iterable[str]) -> None:
        """Take files of these hashes away, as far as they are here: for who could not finish putting them in."""
        for digest in digests:
            (self._root / digest).unlink(missing_ok=True)

    def path(self, digest: str) -> Path:
        """Where the file of this hash lies.

        Raises:
            KeyError: it is not kept here.
        """
        path = self._root / digest
        if not path.is_file():
            raise KeyError(digest)
        return path
