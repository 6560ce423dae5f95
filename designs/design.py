"""The value at this room's door: a design and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from core.provenance import Finding

__all__ = ["Design", "DesignFile", "FileRole", "Manifest", "Source"]


class FileRole(StrEnum):
    """What a file is for, judged by its suffix."""

    MESH = "mesh"  # STL, 3MF, OBJ, PLY, AMF
    SOLID = "solid"  # STEP, FreeCAD, SolidWorks, OpenSCAD, ...
    DRAWING = "drawing"  # DXF, SVG, PDF drawings of sheet parts
    CIRCUIT = "circuit"  # KiCad, Eagle, Gerber
    TOOLPATH = "toolpath"  # G-code
    TABLE = "table"  # CSV, TSV, XLSX, ODS
    TEXT = "text"  # Markdown, plain text, HTML, PDF
    DATA = "data"  # JSON, YAML, TOML, XML
    IMAGE = "image"
    CODE = "code"
    ARCHIVE = "archive"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DesignFile:
    """One file of a design.

    Attributes:
        path: relative to the design's root, POSIX separators, case as stored.
        size_bytes: its size; for a file that is only listed, the size the listing states.
        role: what it is for.
        present: False when a listing names the file but its content is not here.
    """

    path: str
    size_bytes: int
    role: FileRole
    present: bool = True

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.path).stem

    @property
    def suffix(self) -> str:
        """The suffix in lower case, with its dot."""
        return PurePosixPath(self.path).suffix.lower()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a design was opened from.

    Attributes:
        kind: "folder", "zip", "tar" or "git".
        location: path or URL as the user gave it.
        commit: hexadecimal id for git; for a folder that is a git work tree, the commit checked out there (its files
            may have changed since); else None.
    """

    kind: str
    location: str
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a design says of itself, in one of the dialects of `designs.dialects`.

    Attributes:
        path: the manifest's file.
        dialect: "okh-losh", "okh-v1", "ohm", "kitspace" or "gitbuilding".
        title, version, licence, description: as stated, or None.
        bom_path: the path or URL that `bom` states, as written, or None.
        fields: the whole document, unknown keys kept.
    """

    path: str
    dialect: str
    title: str | None
    version: str | None
    licence: str | None
    description: str | None
    bom_path: str | None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Design:
    """A design repository at one version.

    Attributes:
        name: short, from the manifest's title or the source's last part.
        source: where it was opened from.
        root: folder that holds the files; valid while the design is open.
        files: every regular file, sorted by path; version-control internals left out.
        manifest: the best one found, or None.
        licence: SPDX expression or the text as stated, or None.
        content_hash: SHA-256 over the paths and contents of all files present.
        findings: what is odd about the repository's files.
    """

    name: str
    source: Source
    root: Path
    files: tuple[DesignFile, ...]
    manifest: Manifest | None
    licence: str | None
    content_hash: str
    findings: tuple[Finding, ...] = ()

    @cached_property
    def _by_path(self) -> Mapping[str, DesignFile]:
        return {each.path: each for each in self.files}

    def file(self, path: str) -> DesignFile | None:
        """The file of exactly this path, or None."""
        return self._by_path.get(path)

    def with_role(self, role: FileRole) -> tuple[DesignFile, ...]:
        """The files of one role, in order of path."""
        return tuple(each for each in self.files if each.role is role)

    def locate(self, path: str) -> Path:
        """Where the content of a file lies on this computer.

        Raises:
            KeyError: the design has no such file, or lists it without content.
        """
        found = self.file(path)
        if found is None or not found.present:
            raise KeyError(path)
        return self.root / path
