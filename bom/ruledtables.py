"""Tables drawn with rules or written as directives, as reStructuredText and plain text have them.

Sources: reStructuredText markup specification, "Grid tables" and "Simple tables" (a rule of `=` above and below; plain
text often has `-` and the lower two rules only), and the directives `list-table` and `csv-table`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from typing import Final

from bom.grids import Grid, Row
from bom.words import plain

__all__ = ["read_ruled_table"]

_RULE: Final = re.compile(r"\s*(?:={2,}|-{2,})(?:\s+(?:={2,}|-{2,}))+\s*$")
_RUN: Final = re.compile(r"[=-]+")
_GRID_RULE: Final = re.compile(r"\s*\+(?:[-=]{2,}\+)+\s*$")
_DIRECTIVE: Final = re.compile(r"\s*\.\.\s+(?P<kind>list-table|csv-table)::")
_OPTION: Final = re.compile(r"\s+:(?P<name>[\w-]+):\s*(?P<value>.*)$")
_LIST_CELL: Final = re.compile(r"(?P<indent>\s+)(?P<row>\*\s+)?-(?:\s+(?P<text>.*))?$")

_Found = tuple[Grid, int]


def read_ruled_table(lines: Sequence[str], at: int) -> _Found | None:
    """The table that begins in this line, perhaps without rows, and the number of the line behind it; else None.

    Whatever begins like a table is passed over as a whole, so that a long text costs no more than its length.

    Args:
        lines: of the text; lines count from 0.
        at: where it may begin.
    """
    line = lines[at]
    if (directive := _DIRECTIVE.match(line)) is not None:
        return _directive(lines, at, directive["kind"])
    if _GRID_RULE.match(line):
        return _grid(lines, at)
    if _RULE.match(line):
        return _simple(lines, at, at)
    below = lines[at + 1] if at + 1 < len(lines) else ""
    found = _simple(lines, at, at + 1) if _RULE.match(below) and "  " in line.strip() else None
    return found if found and len(found[0].rows) > 1 else None


def _simple(lines: Sequence[str], first: int, rule: int) -> _Found:
    """Columns that begin where the runs of the rule do; a blank line ends them unless a rule still follows."""
    starts = [found.start() for found in _RUN.finditer(lines[rule])]
    rows: list[Row] = []
    at = first
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            if not any(map(_RULE.match, lines[at + 1 : at + 2])):
                break
        elif not _RULE.match(line):
            rows.append(Row(str(at + 1), _cut(line, starts)))
        at += 1
    return Grid("", tuple(rows)), at


def _cut(line: str, starts: Sequence[int]) -> tuple[str, ...]:
    """The cells of a line: what wide gaps part, if that is a cell for each column; else by where the columns begin."""
    parted = re.split(r"\s{2,}", line.strip())
    if len(parted) == len(starts) and not line[:1].isspace():
        return tuple(map(plain, parted))
    ends = [*starts[1:], max(len(line), starts[-1])]
    cells = []
    begin = 0
    for end in ends:
        while 0 < end < len(line) and not (line[end - 1].isspace() or line[end].isspace()):
            end -= 1
        cells.append(plain(line[begin : max(begin, end)]))
        begin = max(begin, end)
    return tuple(cells)


def _grid(lines: Sequence[str], at: int) -> _Found:
    """Rows between rules of `+---+`; the lines of one row are joined."""
    rows: list[Row] = []
    cells: list[str] = []
    place = end = at
    for end in range(at, len(lines)):
        line = lines[end].strip()
        if _GRID_RULE.match(line):
            rows += [Row(str(place + 1), tuple(map(plain, cells)))] if any(cells) else []
            cells = []
        elif line.startswith("|") and line.endswith("|"):
            texts = line[1:-1].split("|")
            place = place if cells else end
            cells += [""] * (len(texts) - len(cells))
            for column, text in enumerate(texts):
                cells[column] = f"{cells[column]} {text.strip()}"
        else:
            break
    else:
        end = len(lines)
    return Grid("", tuple(rows)), end


def _directive(lines: Sequence[str], at: int, kind: str) -> _Found:
    """The options and the body of a directive: all lines below it that are indented."""
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][:1].isspace()):
        end += 1
    options = {}
    body = at + 1
    while body < end and (found := _OPTION.match(lines[body])):
        options[found["name"]] = found["value"]
        body += 1
    read: Callable[[Sequence[str], int, int], list[Row]] = _listed if kind == "list-table" else _delimited
    rows = read(lines, body, end)
    if options.get("header"):
        rows.insert(0, Row(str(at + 1), _csv_cells(options["header"])))
    return Grid("", tuple(rows)), end


def _listed(lines: Sequence[str], start: int, end: int) -> list[Row]:
    """Rows of `* - cell`, further cells as `- cell`, deeper lines going on with the cell."""
    rows: list[tuple[int, list[str]]] = []
    for at in range(start, end):
        found = _LIST_CELL.match(lines[at])
        if found and found["row"]:
            rows.append((at, [found["text"] or ""]))
        elif found and rows:
            rows[-1][1].append(found["text"] or "")
        elif rows and lines[at].strip():
            rows[-1][1][-1] += f" {lines[at].strip()}"
    return [Row(str(at + 1), tuple(map(plain, cells))) for at, cells in rows]


def _delimited(lines: Sequence[str], start: int, end: int) -> list[Row]:
    return [Row(str(at + 1), _csv_cells(lines[at])) for at in range(start, end) if lines[at].strip()]


def _csv_cells(line: str) -> tuple[str, ...]:
    return tuple(plain(cell) for cell in next(csv.reader([line.strip()], skipinitialspace=True), []))
