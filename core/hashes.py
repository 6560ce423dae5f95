"""Content hashes: SHA-256 in lower-case hexadecimal everywhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["sha256_of_bytes", "sha256_of_file"]


def sha256_of_bytes(data: bytes) -> str:
    """The SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of the file's content, 64 hexadecimal digits.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
