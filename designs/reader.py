"""A folder of files becomes a `Design`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from core.errors import InputError
from core.hashes import sha256_of_file
from designs.design import Design, DesignFile, Manifest, Source
from designs.files import list_files
from designs.inspection import inspect_files, inspect_submodules
from designs.licence import licence_of_statement, read_licence
from designs.limits import Limits
from designs.manifest import read_manifest
from designs.spdx import spdx_expression

__all__ = ["content_hash", "read_design"]


def read_design(root: Path, source: Source, limits: Limits, *, submodules: Iterable[str] = ()) -> Design:
    """The design whose files lie in the folder `root`.

    Args:
        root: the folder.
        source: where it came from.
        limits: what is allowed.
        submodules: paths that are known to belong to other repositories.

    Raises:
        InputError: the folder holds no file, or one that cannot be read.
        LimitError: it is too large, too deep or too many.
    """
    try:
        return _read(root, source, limits, submodules)
    except OSError as error:  # a file that went away meanwhile, a disk that fails
        reason = error.strerror or "the file system fails"
        raise InputError(f"a file of the design cannot be read: {reason}", where=source.location) from error


def _read(root: Path, source: Source, limits: Limits, submodules: Iterable[str]) -> Design:
    inventory = list_files(root, limits)
    if not inventory.files:
        raise InputError("there are no files in it", where=source.location, hint="give the folder of a design")
    manifest, manifest_findings = read_manifest(root, inventory.files)
    return Design(
        name=_name(source, manifest),
        source=source,
        root=root,
        files=inventory.files,
        manifest=manifest,
        licence=_licence(root, inventory.files, manifest),
        content_hash=content_hash(root, inventory.files),
        findings=(
            *inventory.findings,
            *manifest_findings,
            *inspect_submodules(root, inventory.files, submodules),
            *inspect_files(root, inventory.files),
        ),
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


def _licence(root: Path, files: Iterable[DesignFile], manifest: Manifest | None) -> str | None:
    if manifest and manifest.licence:
        return spdx_expression(licence_of_statement(manifest.licence))
    return read_licence(root, files)


def _name(source: Source, manifest: Manifest | None) -> str:
    """The manifest's title, else the last part of where the design lies."""
    if manifest and manifest.title:
        return " ".join(manifest.title.split())
    location = source.location.rstrip("/").removesuffix("/.git")
    if source.kind == "folder":
        return Path(location).resolve().name or location
    last = re.split(r"[/:]", location)[-1]
    return re.sub(r"\.(?:git|zip|tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz))$", "", last, flags=re.I) or location
