"""Checks of the design's files against the bill and against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bom.bill import Bill
from bom.partfiles import squash
from core.provenance import Finding, Severity
from designs.design import Design, DesignFile, FileRole

__all__ = ["check_files"]

_MANY: Final = 8
_FIX: Final = "add a line for each that belongs to the product; say in the list or the README what the others are for"


def check_files(design: Design, bill: Bill) -> Iterator[Finding]:
    """Part files that no line names, and paths that differ in case only."""
    yield from _case_clashes(design)
    if bill.lines:
        yield from _without_line(design, bill)


def _without_line(design: Design, bill: Bill) -> Iterator[Finding]:
    """One finding a file; a folder with many of them is one finding."""
    linked = {path for line in bill.lines for path in line.files}
    stems = {squash(PurePosixPath(path).stem) for path in linked}
    folders: dict[str, list[DesignFile]] = defaultdict(list)
    for file in design.files:
        is_part = file.role is FileRole.MESH or file.suffix == ".dxf"
        if is_part and file.path not in linked and squash(file.stem) not in stems:
            folders[str(PurePosixPath(file.path).parent)].append(file)
    for folder, files in folders.items():
        if len(files) > _MANY:
            message = f"{len(files)} part files in {folder} have no line in {bill.told_by}"
            yield Finding("file-without-line", Severity.NOTE, message, folder, _FIX)
            continue
        for file in files:
            message = f"{file.path} has no line in {bill.told_by}"
            yield Finding("file-without-line", Severity.NOTE, message, file.path, _FIX)


def _case_clashes(design: Design) -> Iterator[Finding]:
    """Files and folders that are one on file systems that overlook case."""
    seen: dict[str, str] = {}
    told: set[str] = set()
    for file in design.files:
        parts = PurePosixPath(file.path).parts
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            known = seen.setdefault(path.casefold(), path)
            if known != path and path not in told:
                told.add(path)
                message = f"{path} and {known} differ in case only: many computers take them for one"
                yield Finding("file-case-clash", Severity.WARNING, message, path, "rename one of them")
                break
