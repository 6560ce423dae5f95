"""A listing of the whole repository, carried by a copy of a part of it.

A copy that leaves out large files may say what it left out, in a file `FILES.txt` at its root: UTF-8, a first line that
begins with ``#``, then one line a file of three columns parted by tabulators ::

    # bytes, state, path
    1538<TAB>not-copied<TAB>firmware/main.ino
    408984<TAB>copied<TAB>STL/Battery Tray.stl

`bytes` is the file's size in the whole repository, or a word where the size is not known; `state` is a word that is not
interpreted (presence is looked up, not believed), `path` relative to the root with POSIX separators. The listing itself
is not part of the design.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LISTING_NAME", "ListedFile", "read_listing"]

LISTING_NAME = "FILES.txt"
_MAX_BYTES = 16 * 2**20
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One line of a listing: a path and the size in bytes that is stated for it, 0 where it is not known."""

    path: str
    size_bytes: int


def read_listing(path: Path) -> tuple[ListedFile, ...] | None:
    """The files that a listing names, in its order; None when the file is some other text.

    A file counts as a listing only if every line keeps to the format, and no path is absolute or climbs.
    """
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        return None
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    if len(lines) < 2 or not lines[0].startswith("#"):
        return None
    listed = [_parse(line) for line in lines[1:] if line.strip()]
    known = tuple(each for each in listed if each is not None)
    return known if known and len(known) == len(listed) else None


def _parse(line: str) -> ListedFile | None:
    columns = line.rstrip("\r").split("\t")
    if len(columns) != 3 or not all(word.isascii() and _WORD.fullmatch(word) for word in columns[:2]):
        return None
    size, _, path = columns
    if path.startswith("/") or any(part in {"", ".", ".."} for part in path.split("/")):
        return None
    return ListedFile(path, int(size) if size.isdecimal() else 0)
