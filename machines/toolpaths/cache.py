"""Toolpaths kept by what they were made from: the same question is never sliced twice.

Each entry is a folder with its files and `entry.json`, which names their hashes. It appears whole (a folder is
renamed), is verified when it is read, and the one used least recently goes first when the cache grows past its limit.
Several processes may share a cache.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.hashes import sha256_of_bytes, sha256_of_file

__all__ = ["CacheEntry", "ToolpathCache", "cache_key"]

_VERSION = 1  # of what is kept; raise it when the same question would be answered otherwise
_DOCUMENT = "entry.json"
_PART = ".part-"
_FORSAKEN_S = 86_400.0  # whoever wrote a part that old was killed


def cache_key(*words: Any) -> str:
    """The SHA-256 of a question: of anything that JSON can say, in order."""
    text = json.dumps([_VERSION, *words], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256_of_bytes(text.encode())


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """What is kept under one key.

    Attributes:
        facts: as they were given.
        files: places on this computer, by name; valid until the entry is evicted.
    """

    facts: Mapping[str, Any]
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class ToolpathCache:
    """A folder of toolpaths.

    Attributes:
        folder: made when the first is kept.
        max_bytes: of all files; least recently used entries go when there are more.
    """

    folder: Path
    max_bytes: int = 5 * 2**30

    def __post_init__(self) -> None:
        if self.max_bytes <= 0:
            raise ValueError("a cache holds more than nothing")

    def get(self, key: str) -> CacheEntry | None:
        """What is kept, every byte of it verified; None when there is nothing or it is damaged (then it is removed)."""
        place = self._place(key)
        try:
            document = json.loads((place / _DOCUMENT).read_bytes())
            files = {str(name): place / str(name) for name in document["files"]}
            intact = document["key"] == key and all(
                path.parent == place and sha256_of_file(path) == document["files"][name] for name, path in files.items()
            )
            facts = dict(document["facts"])
            intact = intact and document["sum"] == _sum(key, facts, document["files"])
        except FileNotFoundError:
            if (place / _DOCUMENT).exists():  # a file of it is gone
                _remove(place)
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            intact = False
        if not intact:
            _remove(place)
            return None
        _touch(place)
        return CacheEntry(facts, files)

    def put(self, key: str, facts: Mapping[str, Any], files: Mapping[str, bytes]) -> CacheEntry:
        """Keep facts and files; what is kept already under this key stays.

        Raises:
            InputError: the folder cannot be written.
        """
        place = self._place(key)
        hashes = {name: sha256_of_bytes(data) for name, data in files.items()}
        document = {"key": key, "facts": dict(facts), "files": hashes, "sum": _sum(key, facts, hashes)}
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=_PART, dir=place.parent))
            try:
                for name, data in files.items():
                    (part / name).write_bytes(data)
                (part / _DOCUMENT).write_text(json.dumps(document, indent=1), encoding="utf-8")
                _publish(part, place)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        except OSError as error:
            raise InputError(f"the cache cannot be written: {error.strerror}", where=str(self.folder)) from error
        self._evict(place)
        return CacheEntry(dict(facts), {name: place / name for name in files})

    def _place(self, key: str) -> Path:
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise ValueError("a key is 64 hexadecimal digits")
        return self.folder / key[:2] / key

    def _evict(self, kept: Path) -> None:
        """Remove entries, the longest unused first, until the limit holds; the newest stays whatever it weighs."""
        for part in self.folder.glob(f"??/{_PART}*"):
            if time.time() - _changed_s(part) > _FORSAKEN_S:
                shutil.rmtree(part, ignore_errors=True)
        whole = (place for place in self.folder.glob("??/*") if not place.name.startswith(_PART) and place.is_dir())
        entries = [(_used_ns(place), place) for place in whole]  # a part is still being written
        sizes = {place: sum(_size(path) for path in _files(place)) for _, place in entries}
        total = sum(sizes.values())
        for _, place in sorted(entries):
            if total <= self.max_bytes:
                return
            if place != kept:
                _remove(place)
                total -= sizes[place]


def _sum(key: str, facts: Mapping[str, Any], hashes: Mapping[str, str]) -> str:
    return cache_key(key, dict(facts), dict(hashes))


def _publish(part: Path, place: Path) -> None:
    try:
        part.rename(place)
    except OSError:  # another process was faster: its entry answers the same question
        if not (place / _DOCUMENT).exists():
            raise


def _remove(place: Path) -> None:
    """Rename first: nobody sees an entry half gone."""
    gone = place.with_name(f"{_PART}{place.name}-{os.getpid()}")
    try:
        place.rename(gone)
    except OSError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def _touch(place: Path) -> None:
    try:
        os.utime(place / _DOCUMENT)
    except OSError:
        return  # a cache that may only be read still answers


def _used_ns(place: Path) -> int:
    try:
        return (place / _DOCUMENT).stat().st_mtime_ns
    except OSError:
        return 0


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return math.inf


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # another process has just removed it
        return 0


def _files(place: Path) -> list[Path]:
    try:
        return [path for path in place.iterdir() if path.is_file()]
    except OSError:
        return []
