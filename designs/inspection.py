"""Files of a design that cannot be what they seem: empty parts, web pages, Git LFS pointers, meshes cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.provenance import Finding, Severity
from designs.design import DesignFile, FileRole
from geometry.content import find_fault, is_lfs_pointer

__all__ = ["inspect_files", "inspect_submodules"]

_PARTS = frozenset({FileRole.MESH, FileRole.SOLID, FileRole.DRAWING, FileRole.CIRCUIT, FileRole.TOOLPATH})
_SUBMODULES = ".gitmodules"
_SUBMODULE_PATH = re.compile(r"^\s*path\s*=\s*\"?(.+?)\"?\s*$", re.M)
_SUBMODULES_MAX_BYTES = 2**20


def inspect_files(root: Path, files: Iterable[DesignFile]) -> Iterator[Finding]:
    """One finding for each file present that cannot be used, in the order of the files."""
    for file in files:
        if not file.present:
            continue
        if file.role in _PARTS:
            fault = find_fault(root / file.path)
            if fault:
                message = f"{file.path} cannot be used: {fault.message}"
                yield Finding(fault.code, Severity.ERROR, message, file.path, fault.fix)
        elif is_lfs_pointer(root / file.path):
            message = f"{file.path} is a Git LFS pointer, its content is not here"
            yield Finding("git-lfs-pointer", Severity.WARNING, message, file.path, "fetch it with `git lfs pull`")


def inspect_submodules(root: Path, files: Iterable[DesignFile], known: Iterable[str] = ()) -> Iterator[Finding]:
    """One finding for each git submodule without content, in order of path.

    Args:
        root: the design's folder.
        files: the files of the design.
        known: paths of submodules that the repository itself told of, besides those that `.gitmodules` names.
    """
    present = {file.path for file in files if file.present}
    stated: list[str] = []
    if _SUBMODULES in present and (root / _SUBMODULES).stat().st_size <= _SUBMODULES_MAX_BYTES:
        stated = _SUBMODULE_PATH.findall((root / _SUBMODULES).read_text(encoding="utf-8", errors="replace"))
    for path in sorted({*known, *stated}):
        if not any(each.startswith(f"{path}/") for each in present):
            yield Finding(
                "submodule-absent",
                Severity.WARNING,
                f"{path} is a git submodule, its content is not here",
                path,
                "clone the repository with --recurse-submodules and open that folder",
            )
