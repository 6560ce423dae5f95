"""Paths that strangers wrote, checked before anything is written at them."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath

from core.errors import InputError

__all__ = ["inner_path", "link_stays_inside"]

_DRIVE = re.compile(r"[A-Za-z]:")


def inner_path(name: str, *, where: str) -> PurePosixPath:
    """The name as a path below the root.

    Raises:
        InputError: it is absolute, has a drive letter, climbs with ``..`` or holds a zero byte.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/") or _DRIVE.match(name):
        raise InputError(f"{name!r} is an absolute path, so the design would leave its folder", where=where)
    if ".." in parts:
        raise InputError(f"{name!r} climbs out with '..', so the design would leave its folder", where=where)
    if not parts or "\0" in name:
        raise InputError(f"{name!r} is no name for a file", where=where)
    return PurePosixPath(*parts)


def link_stays_inside(path: PurePosixPath, target: str) -> bool:
    """Whether a symbolic link at `path` below the root points, by its words, to somewhere below the root."""
    if target.startswith("/") or not target or "\0" in target:
        return False
    return posixpath.normpath(posixpath.join(path.parent, target)).split("/")[0] != ".."
