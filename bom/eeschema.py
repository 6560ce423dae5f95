"""Schematics of KiCad up to version 5 (`.sch`, text) as lists of components.

Source: KiCad's "legacy file format documentation", schematic files: between `$Comp` and `$EndComp` stand the lines
`L symbol reference`, `F number "text" ... "name"` (0 the reference, 1 the value, 2 the footprint, from 4 on the
drawer's own) and `AR Path=... Ref="..."`, one for each use of the sheet; `$Sheet` holds `F1 "file"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from bom.components import Component, component_lines
from bom.entry import Reading
from core.errors import LimitError
from core.provenance import Finding, Severity

__all__ = ["read_eeschema"]

_HEAD: Final = "EESchema Schematic File"
_FIELD: Final = re.compile(
    r'F\s?(?P<number>\d{1,4})\s+"(?P<text>(?:[^"\\]|\\.)*)"(?:.*\s"(?P<name>(?:[^"\\]|\\.)+)"\s*$)?'
)
_USE: Final = re.compile(r'AR\s.*\bRef="(?P<mark>[^"]+)"')
_MAX_SHEETS: Final = 60
_MAX_LINES: Final = 500_000
_OWN_FIELDS: Final = 4
_UNFITTED: Final = frozenset({"dnp", "dnf", "dni", "no fit", "not fitted"})


def read_eeschema(text: str, file: str, sibling: Callable[[str], str | None]) -> Reading | None:
    """The components of a schematic and of its sheets; None when the text is no such schematic.

    Args:
        text: the file.
        file: its path in the design.
        sibling: the text of another file by its path relative to this one, or None.

    Raises:
        LimitError: it has too many lines.
    """
    if not text.lstrip().startswith(_HEAD):
        return None
    components: list[Component] = []
    findings: list[Finding] = []
    pending, seen = [text], {PurePosixPath(file).name}
    lines = 0
    while pending:
        sheet = pending.pop(0).splitlines()
        lines += len(sheet)
        if lines > _MAX_LINES:
            raise LimitError(f"the schematic has more than {_MAX_LINES} lines", where=file)
        components += _components(sheet)
        for name in _sheets(sheet):
            if name in seen:
                continue
            seen.add(name)
            inner = sibling(name) if len(seen) <= _MAX_SHEETS else None
            if inner is None:
                message = f"{file} holds the sheet {name}, which is not here or one too many: its parts are not listed"
                findings.append(
                    Finding("circuit-sheet-missing", Severity.WARNING, message, file, "add the sheet's file", name)
                )
            else:
                pending.append(inner)
    entries = tuple(component_lines(components, file))
    return Reading(file, "circuit", entries, findings=tuple(findings), titled=True) if entries else None


def _blocks(lines: list[str], begin: str, end: str) -> Iterator[list[str]]:
    block: list[str] | None = None
    for line in lines:
        if line.startswith(begin):
            block = []
        elif line.startswith(end) and block is not None:
            yield block
            block = None
        elif block is not None:
            block.append(line)


def _components(lines: list[str]) -> Iterator[Component]:
    for block in _blocks(lines, "$Comp", "$EndComp"):
        fields = [found for line in block if (found := _FIELD.match(line))]
        known = {int(each["number"]): _plain(each["text"]) for each in fields}
        own = tuple((_plain(each["name"] or ""), known[int(each["number"])]) for each in fields)
        value, footprint = known.get(1, ""), known.get(2, "")
        said = {value.casefold(), *(text.casefold() for number, text in known.items() if number >= _OWN_FIELDS)}
        uses = [found["mark"] for line in block if (found := _USE.match(line))]
        for mark in dict.fromkeys(uses or [known.get(0, "")]):
            yield Component(mark, value, footprint, not said & _UNFITTED, tuple(each for each in own if each[0]))


def _sheets(lines: list[str]) -> Iterator[str]:
    for block in _blocks(lines, "$Sheet", "$EndSheet"):
        for line in block:
            found = _FIELD.match(line)
            if found and found["number"] == "1" and line.startswith("F1"):
                yield _plain(found["text"])


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
