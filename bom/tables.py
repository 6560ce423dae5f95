"""Tables to entries: headers anywhere and changing, section rows, item numbers, levels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bom.entry import Entry
from bom.grids import Grid, Row, is_box
from bom.headers import Columns
from bom.quantity import UNKNOWN, Quantity, parse_quantity
from bom.spares import amount_before, amount_behind, stated_amount
from bom.spreads import Share, header_at, share_of
from bom.text import read_words, without_forms
from bom.words import kind_of
from core.provenance import Origin

__all__ = ["read_headless", "read_table"]

_NUMBER_LIKE: Final = re.compile(r"[\s$€£¥~]*-?[\d.,:%\s]*-?\s*(?:usd|eur|gbp|cad|€|\$|£)?", re.IGNORECASE)
_NOTHING: Final = frozenset({"", "-", "--", "n/a", "na", "none", "~", "tbd", "?", "???", "/", "."})
_LONGEST_NOTHING: Final = max(map(len, _NOTHING))
_UNREAD: Final = frozenset({"quantity", "price", "none", "package"})  # only their links matter
_UNTOLD: Final = _UNREAD | {"name"}
_GROUPING: Final = ("assembly", "kind", "material")
_MIN_GROUPS: Final = 2
# What a page prints above or below its list: its number, or the name of the file.
_PAGE_MARK: Final = re.compile(r"\d+|.*\.(?:xlsx?|ods|csv|pdf|docx?)", re.IGNORECASE)
_NARROW: Final = 3  # in such a table a lone name is a part without an amount, in a wider one a title
_MAX_NAME_CHARS: Final = 300
_PART_NUMBER: Final = re.compile(r"(?=.*[^\W\d_])(?=.*\d)[\w.\-/ ]{3,40}")
_LETTER: Final = re.compile(r"\w")
_URL: Final = re.compile(r"https?://\S+")


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
    texts = [index for index in row.filled if not _NUMBER_LIKE.fullmatch(row[index]) and not is_box(row[index])]
    if len(texts) != 1 or "://" in row[texts[0]]:
        return None
    text = read_words(row[texts[0]]).text
    if columns is None:
        return text or None
    quantity, name = columns.first("quantity"), columns.first("name")
    if quantity is not None and row[quantity] and row[quantity].lower() in _NOTHING and texts[0] == name:
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
    rows = [row for row, _ in block.rows]
    assembly = _assembly_column(block.columns, rows)
    entries = []
    for row, inner in block.rows:
        section = (*block.titles, inner) if inner else block.titles
        place = f"{sheet}!{row.place}" if sheet else row.place
        entry = _entry(block.columns, row, assembly, (file, place, section))
        if entry is not None:
            entries.append(entry)
    return entries


def _assembly_column(columns: Columns, rows: Sequence[Row]) -> int | None:
    """An untitled column of words that repeat, between titled ones: it says where the line belongs."""
    last = max((index for index, title in enumerate(columns.titles) if title), default=0)
    for index in range(last):
        if index < len(columns.titles) and columns.titles[index]:
            continue
        cells = [row[index] for row in rows if row[index]]
        words = [cell for cell in cells if not _NUMBER_LIKE.fullmatch(cell) and not re.match(r"\d", cell)]
        lines = sum(bool(row[columns.first("name") or 0]) for row in rows)
        if words and len(words) == len(cells) and len(cells) * 2 > lines and len(set(words)) * 2 <= max(4, len(words)):
            return index
    return None


def _entry(columns: Columns, row: Row, assembly: int | None, stands: tuple[str, str, tuple[str, ...]]) -> Entry | None:
    """The line of a row that stands in this file, at this place, under these titles; None when it names nothing."""
    name = _name(columns, row)
    if name is None or row[name].lower() in _NOTHING or (_PAGE_MARK.fullmatch(row[name]) and len(row.filled) == 1):
        return None
    words = read_words(row[name])
    quantity, rule, text = _amount(columns, row, without_forms(words))
    share = share_of(columns, row) or Share(quantity, rule)
    quantity, rule = share.quantity, share.rule
    if not _LETTER.search(text) or len(text) > _MAX_NAME_CHARS:
        return None
    cells, links = _facts(columns, row, name)
    number, part_number = _item_number(columns, row), _part_number(columns, row)
    if number:
        cells["number"] = number
    if part_number is not None and part_number != name:
        cells["part_number"] = row[part_number]
    unit = cells.get("unit", "")
    if unit and quantity.value is not None and quantity.unit == "piece":
        quantity = replace(quantity, unit=parse_quantity(f"1 {unit}").unit)
    belongs = row[assembly] if assembly is not None else cells.get("assembly", "")
    file, place, section = stands
    if belongs and (kind := kind_of(belongs)) is not None:
        section, belongs = (*section, belongs), "" if kind.make == "fabricate" or kind.exclude else belongs
    return Entry(
        name=text, quantity=quantity, file=file, place=place, section=section,
        rule=rule, cells=cells, links=words.links + links,
        assembly=None if share.uses else belongs or None, uses=share.uses, variants=share.variants,
        assembly_untitled=_is_untitled(columns) if share.uses else assembly is not None and bool(belongs),
        length_column="length" in columns.roles,
        origin=Origin.DERIVED if columns.products > 1 else Origin.READ,
    )  # fmt: skip


def _is_untitled(columns: Columns) -> bool:
    """Whether only sums tell that the columns of amounts are of sub-assemblies."""
    return columns.spread is not None and not columns.spread.named


def _name(columns: Columns, row: Row) -> int | None:
    """The column of this row's name: the name column, an untitled one right of it, or the next best."""
    for column in columns.roles.get("name", ()):
        if row[column]:
            return column
        for index in columns.unnamed_after(column):
            if row[index] and not _NUMBER_LIKE.fullmatch(row[index]):
                return index
    return _part_number(columns, row)


def _part_number(columns: Columns, row: Row) -> int | None:
    """The column of a drawing or part number: a number column whose cell has letters and digits ("ARM-001")."""
    for column in columns.roles.get("number", ()):
        if _PART_NUMBER.fullmatch(row[column]):
            return column
    return None


def _amount(columns: Columns, row: Row, name: str) -> tuple[Quantity, str, str]:
    """The amount, how it was read and the name without it."""
    column = columns.first("quantity")
    if column is not None:
        stated = stated_amount(row[column])
        if stated.value is not None and columns.products > 1:
            share = stated.value / columns.products
            return replace(stated, value=share), f"column {columns.titles[column]}, shared out", name
        if stated.value is not None or stated.text:
            return stated, f"column {columns.titles[column]}", name
    if column is None and (marks := _designators(columns, row)):
        return Quantity(float(marks), text=f"{marks} designators"), "designators counted", name
    for reading in (amount_before, amount_behind):
        found = reading(name)
        if found and ("x" in found[0].text.lower() or column is None):
            return found[0], "amount beside the name", found[1]
    return UNKNOWN, "no amount stated", name


def _designators(columns: Columns, row: Row) -> int:
    """How many components the row's designators name: "C1, C2" two, "R1-R4" four."""
    count = 0
    for column in columns.roles.get("designator", ()):
        for mark in re.split(r"[,;\s]+", row[column]):
            ends = re.fullmatch(r"([A-Z]+)(\d{1,4})-(?:\1)?(\d{1,4})", mark)
            count += max(1, int(ends[3]) - int(ends[2]) + 1) if ends else bool(mark)
    return count


def _facts(columns: Columns, row: Row, name: int) -> tuple[dict[str, str], tuple[str, ...]]:
    cells: dict[str, str] = {}
    links: list[str] = []
    written = row.cells
    width = len(written)
    for role, indexes in columns.roles.items():
        texts = []
        for index in indexes:
            if index == name or index >= width or not (cell := written[index]):
                continue
            if role in _UNREAD and cell.isalnum():  # no link in it
                continue
            words = read_words(cell)
            text = words.text
            if len(text) <= _LONGEST_NOTHING and text.lower() in _NOTHING:
                continue
            links.extend(words.links)
            if "://" in text:
                links.extend(_URL.findall(text))
            texts.append(text)
        if texts and role not in _UNTOLD:
            cells[role] = "; ".join(texts)
        elif texts and role == "name":
            cells["also_called"] = "; ".join(texts)
        if role in {"value", "file"} and name in indexes:
            cells[role] = row[name]
    return cells, tuple(links)


def _item_number(columns: Columns, row: Row) -> str | None:
    """A dotted number, in the number column or an untitled one right of it."""
    for column in columns.roles.get("number", ()):
        for index in (column, *columns.unnamed_after(column)):
            if re.fullmatch(r"\d+(?:\.\d+)*\.?", row[index]):
                return row[index].rstrip(".")
    return None


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
        if all(row[amount].isdigit() and row[name] and not _NUMBER_LIKE.fullmatch(row[name]) for row, _ in rows):
            rule = f"column {amount + 1}"
            return tuple(
                Entry(read_words(row[name]).text, parse_quantity(row[amount]), file, row.place, rule, section=section)
                for row, section in rows
            )
    return ()
