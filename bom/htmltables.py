"""HTML tables, in Markdown pages and in pages of their own."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from bom.grids import Grid, Row
from bom.words import plain
from core.errors import LimitError

__all__ = ["read_html_table", "read_html_tables"]

_TABLE: Final = re.compile(r"<table\b", re.IGNORECASE)
_MAX_TABLES: Final = 200
_MAX_SPAN: Final = 1_000
_MAX_COLUMNS: Final = 256
_MAX_CELLS: Final = 250_000  # of one page, those that reach over several rows or columns counted as often


class _Reader(HTMLParser):
    """Collects the rows of the outermost table; links become Markdown links.

    A cell that reaches over several rows stands in each of them; over several columns, it keeps them free.
    Source: HTML Living Standard, 4.9.11 (`colspan`, `rowspan`).

    Raises:
        LimitError: it has too many cells.
    """

    def __init__(self, first_line: int, taken: int = 0) -> None:
        super().__init__()
        self.taken = taken  # cells and rows so far
        self.rows: list[Row] = []
        self._first_line = first_line
        self._cells: list[str] | None = None
        self._text: list[str] | None = None
        self._href = ""
        self._place = ""
        self._spans = (1, 1)  # columns and rows of the open cell
        self._below: dict[int, tuple[str, int]] = {}  # column -> text that reaches down, and for how many rows more

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"tr", "td", "th"}:
            self._take(1)
        if tag == "tr":
            self._end_row()
            self._cells, self._place = [], str(self._first_line + self.getpos()[0] - 1)
        elif tag in {"td", "th"} and self._cells is not None:
            self._end_cell()
            self._text = []
            known = dict(attrs)
            self._spans = (_span(known.get("colspan")), _span(known.get("rowspan")))
        elif tag == "a" and self._text is not None:
            self._href = dict(attrs).get("href") or ""
            self._text.append("[")
        elif tag in {"br", "p", "li", "div"} and self._text is not None:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"tr", "table"}:
            self._end_row()
        elif tag == "a" and self._text is not None:
            self._text.append(f"]({self._href})")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _take(self, count: int) -> None:
        self.taken += count
        if self.taken > _MAX_CELLS:
            raise LimitError(f"the tables have more than {_MAX_CELLS:,} cells", where=f"line {self._place or 1}")

    def finish(self) -> None:
        """Take what an unfinished table left open."""
        self.close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._text is not None and self._cells is not None:
            text, (columns, rows) = plain("".join(self._text)), self._spans
            self._take_from_above()
            for text_here in (text, *[""] * (columns - 1)):
                if len(self._cells) < _MAX_COLUMNS:
                    if rows > 1:
                        self._below[len(self._cells)] = (text_here, rows)
                    self._cells.append(text_here)
        self._text = None

    def _take_from_above(self) -> None:
        """Fill the next columns as long as cells of earlier rows reach down into them."""
        while self._cells is not None and (above := self._below.get(len(self._cells))):
            self._cells.append(above[0])

    def _end_row(self) -> None:
        self._end_cell()
        self._take_from_above()
        if self._cells is not None:
            self._below = {column: (text, rows - 1) for column, (text, rows) in self._below.items() if rows > 1}
        self._take(len(self._cells or ()))
        if self._cells and any(self._cells):
            self.rows.append(Row(self._place, tuple(self._cells)))
        self._cells = None


def _span(text: str | None) -> int:
    """How many columns or rows a cell takes up; one where that is not stated well."""
    digits = (text or "").strip()
    return min(int(digits), _MAX_SPAN) if digits.isdecimal() and 0 < len(digits) < 8 and int(digits) else 1


def read_html_table(markup: str, first_line: int) -> Grid:
    """The rows of a table.

    Args:
        markup: from the opening tag to the closing one.
        first_line: the number of its first line in the page.

    Raises:
        LimitError: it has too many cells.
    """
    reader = _Reader(first_line)
    reader.feed(markup)
    reader.finish()
    return Grid("", tuple(reader.rows))


def read_html_tables(page: str) -> tuple[Grid, ...]:
    """All tables of a web page, each from its opening tag to the next one's.

    Raises:
        LimitError: they have too many cells.
    """
    starts = [found.start() for found in _TABLE.finditer(page)][:_MAX_TABLES]
    ends = [*starts[1:], len(page)]
    grids = []
    line = at = taken = 0
    for start, end in zip(starts, ends, strict=False):
        line, at = line + page.count("\n", at, start), start
        reader = _Reader(line + 1, taken)
        reader.feed(page[start:end])
        reader.finish()
        grids.append(Grid("", tuple(reader.rows)))
        taken = reader.taken
    return tuple(grid for grid in grids if grid.rows)
