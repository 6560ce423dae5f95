"""Which licence a design is under when its manifest does not say: told from its licence file.

Identifiers are those of the SPDX licence list 3.27. The text of a GNU licence does not tell whether later versions are
allowed too, so those are given the identifiers without ``-only`` and ``-or-later``, which SPDX keeps as deprecated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from designs.design import DesignFile, FileRole

__all__ = ["is_licence_file", "licence_of_statement", "licence_of_text", "read_licence"]

_FILE_NAME = re.compile(r"(?:(?:un)?licen[cs]e|copying)(?:[-_. ].*)?", re.I)
_HOME_FOLDERS = ("", "hardware")
_SPDX_FOLDER = "LICENSES"  # REUSE specification 3.3: one file for each licence in use, named by its identifier
_MAX_BYTES = 2**20
_TITLE_CHARS = 4000

# Each pattern stands near the start of a licence, in lower case and without commas; {n} is the pattern's group n.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), spdx)
    for pattern, spdx in (
        (r"cern open hardware licence version 2 - permissive|\bcern-ohl-p-2\.0\b", "CERN-OHL-P-2.0"),
        (r"cern open hardware licence version 2 - weakly|\bcern-ohl-w-2\.0\b", "CERN-OHL-W-2.0"),
        (r"cern open hardware licence version 2 - strongly|\bcern-ohl-s-2\.0\b", "CERN-OHL-S-2.0"),
        (r"cern (?:open hardware licence|ohl) v(?:ersion )?\.? ?(1\.[12])", "CERN-OHL-{0}"),
        (r"tapr open hardware license version 1\.0", "TAPR-OHL-1.0"),
        (r"solderpad hardware licen[sc]e version (0\.51?)\b", "SHL-{0}"),
        (r"gnu affero general public license version (3)", "AGPL-{0}.0"),
        (r"gnu lesser general public license version 2\.1", "LGPL-2.1"),
        (r"gnu lesser general public license version 3", "LGPL-3.0"),
        (r"gnu general public license version ([23])", "GPL-{0}.0"),
        (r"apache license version 2\.0", "Apache-2.0"),
        (r"mozilla public license version 2\.0", "MPL-2.0"),
        (r"permission is hereby granted free of charge to any person obtaining a copy of this software and", "MIT"),
        (r"redistribution and use in source and binary forms(?=.*neither the name of)", "BSD-3-Clause"),
        (r"redistribution and use in source and binary forms(?!.*neither the name of)", "BSD-2-Clause"),
        (r"cc0 1\.0 universal", "CC0-1.0"),
        (r"this is free and unencumbered software released into the public domain", "Unlicense"),
        (
            r"attribution((?:[- ]noncommercial)?(?:[- ](?:sharealike|noderiv(?:ative)?s))?) ([1-4]\.\d) "
            r"(?:international|unported|generic)",
            "CC-BY{0}-{1}",
        ),
    )
)
_CLAUSES = {"noncommercial": "NC", "sharealike": "SA", "noderivs": "ND", "noderivatives": "ND"}
_SPDX_TAG = re.compile(r"spdx-license-identifier:\s*([\w.+() -]+?)\s*(?:$|\n|\*/|-->)", re.I)


def read_licence(root: Path, files: Iterable[DesignFile]) -> str | None:
    """The SPDX identifier that the licence file at the root tells, else the one in a folder `hardware`.

    Where there is no such file, but a folder `LICENSES` with one licence only, it is that one. None when none is known.
    """
    present = [file for file in files if file.present and file.size_bytes <= _MAX_BYTES]
    for folder in _HOME_FOLDERS:
        found = {_licence_of_file(root / file.path) for file in present if _is_licence_of(file, folder)} - {None}
        if found:
            return found.pop() if len(found) == 1 else None
    named = [file for file in present if file.path.rpartition("/")[0] == _SPDX_FOLDER]
    return _licence_of_file(root / named[0].path) if len(named) == 1 else None


def licence_of_text(text: str) -> str | None:
    """The SPDX identifier of the licence whose text, or whose SPDX tag, this is; None when it is not known."""
    tag = _SPDX_TAG.search(text[:_TITLE_CHARS])
    if tag:
        return tag.group(1)
    plain = re.sub(r"[\s#*=_>\[\],]+", " ", text[:_TITLE_CHARS].lower().replace("\N{EN DASH}", "-"))
    best: tuple[int, str] | None = None
    for pattern, spdx in _PATTERNS:
        match = pattern.search(plain)
        if match and (best is None or match.start() < best[0]):
            best = match.start(), spdx.format(*map(_part, match.groups()))
    return best[1] if best else None


def licence_of_statement(statement: str) -> str:
    """What a manifest states, as an SPDX identifier where it spells a licence out, else as it stands."""
    words = statement.split()
    if len(words) < 2 or {"AND", "OR", "WITH"}.intersection(words):
        return statement
    return licence_of_text(statement) or statement


def is_licence_file(file: DesignFile) -> bool:
    """Whether the file is called as files with the text of a licence are."""
    is_text = file.role in {FileRole.TEXT, FileRole.OTHER} and file.size_bytes <= _MAX_BYTES
    return is_text and _FILE_NAME.fullmatch(file.name) is not None


def _is_licence_of(file: DesignFile, folder: str) -> bool:
    return file.path.rpartition("/")[0].lower() == folder and is_licence_file(file)


def _licence_of_file(path: Path) -> str | None:
    return licence_of_text(path.read_text(encoding="utf-8", errors="replace"))


def _part(words: str) -> str:
    """A group of a pattern as it stands in the identifier: clauses by their letters, versions as they are."""
    return re.sub(r"[- ]([a-z]+)", lambda match: f"-{_CLAUSES[match.group(1)]}", words)
