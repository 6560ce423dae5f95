"""The files of a folder: walked, named, limited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import LimitError
from core.provenance import Finding, Severity
from designs.design import DesignFile
from designs.limits import Limits
from designs.listing import LISTING_NAME, read_listing
from designs.meter import Meter
from designs.roles import role_of

__all__ = ["Inventory", "list_files"]

_LEFT_OUT = frozenset(
    {".bzr", ".fabcommons", ".git", ".hg", ".svn", "CVS", "_darcs", "__MACOSX", "__pycache__", "node_modules"}
)
_CACHE_TAG = "CACHEDIR.TAG"  # marks a folder as a tool's cache: https://bford.info/cachedir/


@dataclass(frozen=True, slots=True)
class Inventory:
    """The files of a design, sorted by path, and what was odd on the way."""

    files: tuple[DesignFile, ...]
    findings: tuple[Finding, ...]


def list_files(root: Path, limits: Limits) -> Inventory:
    """Every regular file below `root`, and those that a listing at the root names besides.

    Left out are version-control internals and what tools keep for themselves (caches, installed packages). A symbolic
    link to a file inside `root` counts as that file; other links, sockets, devices and names that are not Unicode are
    left out with a finding. No link to a folder is followed.

    Raises:
        LimitError: too many files, too large, or too deep.
    """
    walk = _Walk(root.resolve(), limits)
    present = {each.path: each for each in walk.files()}
    listed = read_listing(root / LISTING_NAME)
    if listed is not None:
        present.pop(LISTING_NAME, None)
        for each in listed:
            if each.path not in present:
                present[each.path] = DesignFile(each.path, each.size_bytes, role_of(each.path), present=False)
    findings = [*walk.findings, *_absences(list(present.values()))]
    return Inventory(tuple(present[path] for path in sorted(present)), tuple(findings))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a regular file or a link to one."""
    try:
        return entry.is_file()
    except OSError:  # links in a circle
        return False


def _absences(files: list[DesignFile]) -> Iterator[Finding]:
    missing = sum(not each.present for each in files)
    if missing:
        yield Finding(
            "files-absent",
            Severity.NOTE,
            f"{missing} of {len(files)} files are named by {LISTING_NAME} but are not in this copy",
            LISTING_NAME,
            "open the whole repository to measure and make those parts",
        )


class _Walk:
    """One walk through a folder; counts what it meets."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self._limits = limits
        self._meter = Meter(limits, where=str(root))
        self.findings: list[Finding] = []

    def files(self) -> Iterator[DesignFile]:
        stack = [(self._root, "", 0)]
        while stack:
            folder, prefix, depth = stack.pop()
            if depth > self._limits.depth:
                raise LimitError(f"folders are nested more than {self._limits.depth} deep", where=str(self._root))
            entries = self._entries(folder, prefix)
            if depth and any(entry.name == _CACHE_TAG for entry in entries):
                continue
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _LEFT_OUT:
                        stack.append((Path(entry.path), f"{path}/", depth + 1))
                elif self._is_readable(entry, path):
                    yield self._measured(entry, path)

    def _entries(self, folder: Path, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except PermissionError:
            self._leave_out("folder-unreadable", "may not be read", prefix.rstrip("/"), "grant the right to read it")
            return []

    def _is_readable(self, entry: os.DirEntry[str], path: str) -> bool:
        if not path.isprintable():
            shown = path.encode("unicode_escape", "surrogateescape").decode("ascii")
            self._leave_out("file-name-unreadable", "has a name that is no printable Unicode", shown, "rename it")
        elif entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(self._root):
            self._leave_out("link-leaves-root", "is a link out of the design", path, "put the file itself there")
        elif not _is_file(entry):
            self._leave_out("not-a-file", "is a link to no file, or a device", path, "put a regular file there")
        elif not os.access(entry.path, os.R_OK):
            self._leave_out("file-unreadable", "may not be read", path, "grant the right to read it")
        else:
            return True
        return False

    def _leave_out(self, code: str, reason: str, path: str, fix: str) -> None:
        self.findings.append(Finding(code, Severity.WARNING, f"{path} {reason} and was left out", path, fix))

    def _measured(self, entry: os.DirEntry[str], path: str) -> DesignFile:
        size = entry.stat().st_size
        self._meter.begin_file(path)
        self._meter.add_bytes(size)
        return DesignFile(path, size, role_of(path))
