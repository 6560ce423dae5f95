"""Tables to entries: headers anywhere and changing, section rows, item numbers, levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bom.entry import Entry
from bom.grids import Grid, Row, is_box
from bom.headers import Columns
from bom.quantity import parse_quantity
from bom.rows import NOTHING, NUMBER_LIKE, RowReader
from bom.spreads import header_at
from bom.text import read_words
from bom.words import kind_of
from core.errors import LimitError

__all__ = ["read_headless", "read_table"]

_MAX_HEADERS: Final = 1_000
_GROUPING: Final = ("assembly", "kind", "material")
_MIN_GROUPS: Final = 2
_NARROW: Final = 3  # in such a table a lone name is a part without an amount, in a wider one a title


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows under one header."""

    columns: Columns
    titles: tuple[str, ...]
    rows: tuple[tuple[Row, str | None], ...]  # each with the inner title above it


def read_table(grid: Grid, file: str, titles: tuple[str, ...] = ()) -> tuple[Entry, ...]:
    """The lines of all tables of a grid, in order; empty when it holds no header that names things.

    Args:
        grid: a sheet or table.
        file: its path in the design.
        titles: titles above the table, outermost first.

    Raises:
        LimitError: it has too many headers.
    """
    entries: list[Entry] = []
    for block in _blocks(grid, titles):
        entries.extend(_entries(block, file, grid.title))
    return tuple(entries)


def _blocks(grid: Grid, titles: tuple[str, ...]) -> list[_Block]:
    """The grid cut at its headers; a title row stands above a header, or inside a block."""
    blocks: list[_Block] = []
    outer: str | None = None
    inner: str | None = None
    is_above = False  # whether the inner title stands right above: then a header below it opens its table
    columns: Columns | None = None
    rows: list[tuple[Row, str | None]] = []
    for at, row in enumerate(grid.rows):
        is_line = _states_amount(row, columns)
        head = None if is_line else header_at(grid.rows, at, is_first=columns is None)
        if head is not None:
            if len(blocks) >= _MAX_HEADERS:
                raise LimitError(f"the table has more than {_MAX_HEADERS:,} header rows", where=f"row {row.place}")
            if columns is not None:
                blocks.append(_Block(columns, titles + ((outer,) if outer else ()), tuple(rows)))
            columns, rows = head, []
            outer, inner = inner if inner and is_above else None if inner else outer, None
            continue
        title = None if is_line else _title(row, columns)
        is_above = bool(title) or (is_above and columns is None)
        if title:
            inner = title
        elif columns is not None:
            rows.append((row, inner))
    if columns is not None:
        blocks.append(_Block(columns, titles + ((outer,) if outer else ()), tuple(rows)))
    settled = [replace(each, columns=each.columns.settled([row for row, _ in each.rows])) for each in blocks]
    return [_filled_down(each, grid.merged) for each in settled]


def _filled_down(block: _Block, merged: Mapping[tuple[str, int], str]) -> _Block:
    """Blank cells filled that are merged with the one above, in columns of sub-assemblies, kinds and materials.

    So is a column of sub-assemblies left of the names that looks like it: each text stands once, blanks below it.
    """
    roles = block.columns.roles
    for role in _GROUPING:
        for column in roles.get(role, ()):
            if role == "assembly" and column < (block.columns.first("name") or 0) and _is_grouping(block, column):
                block = _carried_down(block, column)
            elif merged:
                rows = [
                    (_with_cell(row, column, text), inner)
                    if not row[column] and (text := merged.get((row.place, column)))
                    else (row, inner)
                    for row, inner in block.rows
                ]
                block = replace(block, rows=tuple(rows))
    return block


def _is_grouping(block: _Block, column: int) -> bool:
    texts = [row[column] for row, _ in block.rows]
    named = [text for text in texts if text]
    return len(set(named)) == len(named) >= _MIN_GROUPS and len(named) * 2 <= len(texts) and bool(texts[0])


def _carried_down(block: _Block, column: int) -> _Block:
    rows: list[tuple[Row, str | None]] = []
    text, under = "", block.rows[0][1]
    for row, inner in block.rows:
        text, under = row[column] or (text if inner == under else ""), inner
        rows.append((_with_cell(row, column, text), inner))
    return replace(block, rows=tuple(rows))


def _with_cell(row: Row, column: int, text: str) -> Row:
    cells = [*row.cells, *[""] * (column + 1 - len(row.cells))]
    cells[column] = text
    return Row(row.place, tuple(cells))


def _states_amount(row: Row, columns: Columns | None) -> bool:
    """Whether a number stands in a column of amounts: then the row is no header and no title."""
    if (
        columns is not None
        and columns.spread is not None
        and any(row[each].isdigit() for each in columns.spread.labels)
    ):
        return True
    column = columns.first("quantity") if columns is not None else None
    return column is not None and row[column].isdigit()


def _title(row: Row, columns: Columns | None) -> str | None:
    """The row's text, if the row is a section title: one text that is no amount, no note and no link."""
    texts = [index for index in row.filled if not NUMBER_LIKE.fullmatch(row[index]) and not is_box(row[index])]
    if len(texts) != 1 or "://" in row[texts[0]]:
        return None
    text = read_words(row[texts[0]]).text
    if columns is None:
        return text or None
    quantity, name = columns.first("quantity"), columns.first("name")
    if quantity is not None and row[quantity] and row[quantity].lower() in NOTHING and texts[0] == name:
        others = {row[index] for index in row.filled if index not in {name, quantity}}
        return text if others == {row[quantity]} else None
    if quantity is not None and quantity != texts[0] and parse_quantity(row[quantity]).value is not None:
        return None
    last = max(each for each in (quantity, name, 0) if each is not None)
    if texts[0] > last:
        return None
    narrow = len(columns.roles) <= _NARROW
    return None if narrow and texts[0] == name and not (kind_of(text) or text.endswith(":")) else text


def _entries(block: _Block, file: str, sheet: str) -> list[Entry]:
    reader = RowReader(block.columns, [row for row, _ in block.rows], file, sheet)
    sections = {inner: (*block.titles, inner) if inner else block.titles for _, inner in block.rows}
    read = (reader.entry(row, sections[inner]) for row, inner in block.rows)
    return [entry for entry in read if entry is not None]


def read_headless(grid: Grid, file: str) -> tuple[Entry, ...]:
    """The lines of a table of two columns without a header, a name and a whole number, in either order."""
    rows: list[tuple[Row, tuple[str, ...]]] = []
    titles: tuple[str, ...] = ()
    for row in grid.rows:
        if len(row.filled) == 1:
            titles = (read_words(row[row.filled[0]]).text,)
        elif len(row.filled) == 2:
            rows.append((row, titles))
        else:
            return ()
    lone = len(grid.rows) - len(rows)
    if len(rows) < 3 or lone > len(rows):
        return ()
    for name, amount in ((0, 1), (1, 0)):
        if all(row[amount].isdigit() and row[name] and not NUMBER_LIKE.fullmatch(row[name]) for row, _ in rows):
            rule = f"column {amount + 1}"
            return tuple(
                Entry(read_words(row[name]).text, parse_quantity(row[amount]), file, row.place, rule, section=section)
                for row, section in rows
            )
    return ()
