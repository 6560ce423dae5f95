"""Rows and columns that a workbook hides: they are read like the others, and marked.

Sources: ECMA-376 part 1, 18.3.1.73 (`row`, attribute `hidden`) and 18.3.1.13 (`col`); OpenDocument 1.3 part 3, 19.749
(`table:visibility`), 19.677 and 19.675 (repeated rows and columns).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final

from core.numerals import whole_number

__all__ = ["NOTHING_HIDDEN", "Hidden", "hidden_parts"]

_TAG: Final = re.compile(r"<(?:\w+:)?(sheet|Relationship|row|col)\b([^<>]*)>")
_ODS_TAG: Final = re.compile(r"<table:(table-row|table-column|table)(?![\w-])([^<>]*)>")
_FACT: Final = re.compile(r"([\w:-]+)\s*=\s*[\"']([^\"']*)[\"']")
_MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 256
_LARGEST: Final = 9_999_999
_TRUE: Final = frozenset({"1", "true"})


@dataclass(frozen=True, slots=True)
class Hidden:
    """What one sheet hides.

    Attributes:
        rows: row numbers, from 1.
        columns: column numbers, from 0.
    """

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


NOTHING_HIDDEN: Final = Hidden()


def hidden_parts(path: Path) -> Mapping[str, Hidden]:
    """Name of a sheet -> what it hides; sheets that hide nothing, and XLS files, are left out.

    Of a damaged workbook nothing is known to be hidden; whether its lines can be read is for others to say.

    Raises:
        OSError: it cannot be read.
    """
    if not zipfile.is_zipfile(path):
        return {}
    try:
        return _hidden_parts(path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return {}


def _hidden_parts(path: Path) -> Mapping[str, Hidden]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "content.xml" in names:
            found = dict(_of_ods(_text(archive, "content.xml")))
        elif "xl/workbook.xml" in names:
            found = {sheet: _of_xlsx(_text(archive, part)) for sheet, part in _sheets(archive) if part in names}
        else:
            found = {}
    return {sheet: hidden for sheet, hidden in found.items() if hidden != NOTHING_HIDDEN}


def _text(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8", "replace")


def _facts(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _FACT.findall(text)}


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Name of each sheet and the member of the archive that holds it."""
    targets: dict[str, str] = {}
    if "xl/_rels/workbook.xml.rels" in archive.namelist():
        for kind, facts in _TAG.findall(_text(archive, "xl/_rels/workbook.xml.rels")):
            if kind == "Relationship":
                known = _facts(facts)
                targets[known.get("Id", "")] = known.get("Target", "")
    for kind, facts in _TAG.findall(_text(archive, "xl/workbook.xml")):
        if kind == "sheet":
            known = _facts(facts)
            link = next((value for name, value in known.items() if name.endswith(":id")), "")
            yield known.get("name", ""), posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/")


def _of_xlsx(sheet: str) -> Hidden:
    rows: set[int] = set()
    columns: set[int] = set()
    row = 0
    for kind, text in _TAG.findall(sheet):
        facts = _facts(text)
        if kind == "row":
            row = _number(facts.get("r"), row + 1)
        if facts.get("hidden") not in _TRUE:
            continue
        if kind == "row":
            rows.add(row)
        elif kind == "col":
            first = _number(facts.get("min"), 1)
            last = min(_number(facts.get("max"), first), first + _MOST_COLUMNS)
            columns.update(range(first - 1, last))
    return Hidden(frozenset(rows), frozenset(columns))


def _of_ods(content: str) -> Iterator[tuple[str, Hidden]]:
    name, rows, columns, row, column = "", set[int](), set[int](), 0, 0
    for kind, text in _ODS_TAG.findall(content):
        facts = _facts(text)
        if kind == "table":
            if name:
                yield name, Hidden(frozenset(rows), frozenset(columns))
            name, rows, columns, row, column = facts.get("table:name", ""), set(), set(), 0, 0
            continue
        many = _number(facts.get(f"table:number-{kind.removeprefix('table-')}s-repeated"), 1)
        is_hidden = facts.get("table:visibility", "visible") != "visible"
        if kind == "table-row":
            rows.update(range(row + 1, row + 1 + min(many, _MOST_ROWS)) if is_hidden else ())
            row += many
        else:
            columns.update(range(column, column + min(many, _MOST_COLUMNS)) if is_hidden else ())
            column += many
    if name:
        yield name, Hidden(frozenset(rows), frozenset(columns))


def _number(text: str | None, otherwise: int) -> int:
    number = whole_number(text or "")
    return otherwise if number is None or number > _LARGEST else number
