"""Tables as plain rows of text, whatever file they come from: delimited text, workbooks, Markdown."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

import python_calamine

from bom.hidden import NOTHING_HIDDEN, Hidden, hidden_parts
from bom.quickly import quickly_made
from bom.words import plain
from core.errors import InputError, LimitError

__all__ = ["Grid", "Row", "column_texts", "is_box", "is_workbook", "read_delimited", "read_workbook"]

_MAX_ROWS: Final = 120_000
_MAX_MERGED_ROWS: Final = 1_000
_MAX_COLUMNS: Final = 256
_MAX_UNPACKED_BYTES: Final = 200_000_000
_DELIMITERS: Final = ("\t", ";", ",", "|")
_SNIFFED_LINES: Final = 60


_Range: TypeAlias = tuple[tuple[int, int], tuple[int, int]]  # first and last row and column, from 0


@quickly_made
@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        place: line or row number as a person counts, from 1.
        cells: text of the cells, trimmed.
    """

    place: str
    cells: tuple[str, ...]

    def __getitem__(self, index: int) -> str:
        """The cell of this column, or an empty text where the row is short."""
        return self.cells[index] if 0 <= index < len(self.cells) else ""

    @property
    def filled(self) -> tuple[int, ...]:
        """The columns that hold something."""
        return tuple(index for index, cell in enumerate(self.cells) if cell)


@dataclass(frozen=True, slots=True)
class Grid:
    """One table or sheet.

    Attributes:
        title: the sheet's name, or an empty text.
        rows: rows that hold something.
        torn: line with a quote that nobody closed, or None.
        is_hidden: whether the workbook hides this sheet.
        hidden: the rows and columns that it hides.
        merged: row and column of each blank cell that is merged with one above it -> that one's text.
    """

    title: str
    rows: tuple[Row, ...]
    torn: int | None = None
    is_hidden: bool = False
    hidden: Hidden = NOTHING_HIDDEN
    merged: Mapping[tuple[str, int], str] = field(default_factory=dict)


def column_texts(rows: Iterable[Row], column: int) -> list[str]:
    """What stands in one column, blank cells left out."""
    return [cell for row in rows if column < len(row.cells) and (cell := row.cells[column])]


def is_box(cell: str) -> bool:
    """Whether the cell is a box to tick as spreadsheets export it."""
    return cell.casefold() in {"true", "false"}


def read_delimited(text: str) -> Grid | None:
    """Comma, semicolon, TAB or bar separated text as a table; None when the text has no columns.

    The delimiter and the quote character are judged by content. Form: RFC 4180, read leniently.

    Raises:
        LimitError: it has too many rows.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    quote = "'" if sum(line.lstrip().startswith("'") for line in lines) * 2 > len(lines) else '"'
    delimiter = _delimiter(lines[:_SNIFFED_LINES], quote)
    if delimiter is None:
        return None
    rows: list[Row] = []
    start = _read_rows(text, delimiter, quote, rows)
    if start is None:
        return Grid("", tuple(rows))
    # The last quote is never closed, so that the rest of the file went into one cell: read it again without that quote.
    rows.pop()
    rest = "".join(text.splitlines(keepends=True)[start:]).replace(quote, "", 1)
    _read_rows(rest, delimiter, quote, rows, first_line=start)
    return Grid("", tuple(rows), torn=start + 1)


def _read_rows(text: str, delimiter: str, quote: str, rows: list[Row], first_line: int = 0) -> int | None:
    """Append the rows of the text; how many lines stand before the last row, if that one swallowed lines unclosed."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    before = last = 0
    try:
        for cells in reader:
            before, last = last, reader.line_num
            row = Row(str(first_line + last), _plain_cells(cells[:_MAX_COLUMNS]))
            if any(row.cells):
                rows.append(row)
            if len(rows) > _MAX_ROWS:
                raise LimitError(f"the table has more than {_MAX_ROWS:,} rows")
    except csv.Error as error:
        raise InputError(f"the table cannot be read: {error}", where=f"line {first_line + reader.line_num}") from error
    return before if last - before > 1 and text.count(quote) % 2 else None


def _plain_cells(cells: list[str]) -> tuple[str, ...]:
    """The cells made plain; a row of nothing but printable ASCII with single blanks needs no closer look."""
    whole = "".join(cells)
    if whole.isascii() and whole.isprintable() and "  " not in whole:
        return tuple(map(str.strip, cells))
    return tuple(map(plain, cells))


def _delimiter(lines: list[str], quote: str) -> str | None:
    """The sign that splits most lines into the same number of cells, above one."""
    best, best_score = None, 0.0
    for sign in _DELIMITERS:
        widths = Counter(_width(line, sign, quote) for line in lines)
        widths.pop(1, None)
        if not widths:
            continue
        width, times = widths.most_common(1)[0]
        score = (times + sum(widths.values())) / (2 * len(lines)) + min(width, 12) / 100
        if sum(widths.values()) * 2 > len(lines) and score > best_score:
            best, best_score = sign, score
    return best


def _width(line: str, sign: str, quote: str) -> int:
    unquoted = re.sub(rf"{quote}[^{quote}]*{quote}", "", line)
    return unquoted.count(sign) + 1


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook by its first bytes: suffixes lie, an XLS is often HTML or CSV."""
    with path.open("rb") as file:
        return file.read(8).startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"))


def read_workbook(path: Path) -> tuple[Grid, ...]:
    """The sheets of an XLSX, XLS or ODS workbook, in order, hidden ones among them.

    Raises:
        InputError: the file is no such workbook.
        LimitError: it unpacks to too much or has too many rows.
    """
    try:
        _refuse_bomb(path)
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        visible = {
            sheet.name for sheet in book.sheets_metadata if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        }
        hidden = hidden_parts(path)
        return tuple(
            replace(_sheet(book, name), is_hidden=name not in visible, hidden=hidden.get(name, NOTHING_HIDDEN))
            for name in book.sheet_names
        )
    except (python_calamine.CalamineError, zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise InputError(f"the workbook cannot be read: {error}", where=path.name) from error


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if sum(each.file_size for each in archive.infolist()) > _MAX_UNPACKED_BYTES:
            raise LimitError(f"the workbook unpacks to more than {_MAX_UNPACKED_BYTES // 10**6} MB", where=path.name)


def _sheet(book: python_calamine.CalamineWorkbook, name: str) -> Grid:
    sheet = book.get_sheet_by_name(name)
    first = sheet.start[0] if sheet.start else 0
    rows = []
    for offset, cells in enumerate(sheet.to_python(skip_empty_area=True)):
        if offset >= _MAX_ROWS:
            raise LimitError(f"the sheet {name} has more than {_MAX_ROWS:,} rows")
        row = Row(str(first + offset + 1), tuple(_cell(cell) for cell in cells[:_MAX_COLUMNS]))
        if any(row.cells):
            rows.append(row)
    return Grid(name, tuple(rows), merged=_merged(sheet.merged_cell_ranges or (), rows))


def _merged(
    ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]], rows: Sequence[Row]
) -> dict[tuple[str, int], str]:
    """What stands above the blank cells of downward merged ranges; the ranges count rows and columns from 0."""
    if not ranges:
        return {}
    known = {row.place: row for row in rows}
    found = {}
    for (top, left), (bottom, _) in ranges:
        text = known[str(top + 1)][left] if str(top + 1) in known else ""
        for number in range(top + 2, min(bottom + 1, top + _MAX_MERGED_ROWS) + 1) if text else ():
            found[str(number), left] = text
    return found


def _cell(value: object) -> str:
    """A cell as a person sees it: 4.0 is 4."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return plain(str(value))
