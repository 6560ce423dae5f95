"""A folder of files becomes a `Design`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from core.errors import InputError
from core.hashes import sha256_of_file
from designs.design import Design, DesignFile, Source
from designs.files import list_files
from designs.limits import Limits

__all__ = ["content_hash", "read_design"]


def read_design(root: Path, source: Source, limits: Limits) -> Design:
    """The design whose files lie in the folder `root`.

    Raises:
        InputError: the folder holds no file.
        LimitError: it is too large, too deep or too many.
    """
    inventory = list_files(root, limits)
    if not inventory.files:
        raise InputError("the folder holds no files", where=source.location, hint="give the folder of a design")
    return Design(
        name=_name(source),
        source=source,
        root=root,
        files=inventory.files,
        manifest=None,
        licence=None,
        content_hash=content_hash(root, inventory.files),
        findings=inventory.findings,
    )


def content_hash(root: Path, files: Iterable[DesignFile]) -> str:
    """SHA-256 over the paths and contents of the files present, in order of path.

    Folders that all files have in common do not count: a zip archive of the folder and the folder itself agree.
    Each file adds its path in UTF-8, a zero byte, and the 32 bytes of its own SHA-256.
    """
    present = sorted(each.path for each in files if each.present)
    common = _common_folder(present)
    digest = hashlib.sha256()
    for path in present:
        digest.update(path[len(common) :].encode() + b"\0" + bytes.fromhex(sha256_of_file(root / path)))
    return digest.hexdigest()


def _common_folder(paths: list[str]) -> str:
    """The folders above every one of the sorted paths, with a final slash, or nothing."""
    if not paths:
        return ""
    first, last = (PurePosixPath(path).parts[:-1] for path in (paths[0], paths[-1]))
    shared = []
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        shared.append(f"{one}/")
    return "".join(shared)


def _name(source: Source) -> str:
    return PurePosixPath(source.location.rstrip("/")).stem or source.location
