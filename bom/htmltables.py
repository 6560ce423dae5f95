"""HTML tables, in Markdown pages and in pages of their own."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from bom.grids import Grid, Row
from bom.words import plain

__all__ = ["read_html_table", "read_html_tables"]

_TABLE: Final = re.compile(r"<table\b", re.IGNORECASE)
_MAX_TABLES: Final = 200


class _Reader(HTMLParser):
    """Collects the rows of the outermost table; links become Markdown links."""

    def __init__(self, first_line: int) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self._first_line = first_line
        self._cells: list[str] | None = None
        self._text: list[str] | None = None
        self._href = ""
        self._place = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_row()
            self._cells, self._place = [], str(self._first_line + self.getpos()[0] - 1)
        elif tag in {"td", "th"} and self._cells is not None:
            self._end_cell()
            self._text = []
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

    def finish(self) -> None:
        """Take what an unfinished table left open."""
        self.close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._text is not None and self._cells is not None:
            self._cells.append(plain("".join(self._text)))
        self._text = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._cells and any(self._cells):
            self.rows.append(Row(self._place, tuple(self._cells)))
        self._cells = None


def read_html_table(markup: str, first_line: int) -> Grid:
    """The rows of a table.

    Args:
        markup: from the opening tag to the closing one.
        first_line: the number of its first line in the page.
    """
    reader = _Reader(first_line)
    reader.feed(markup)
    reader.finish()
    return Grid("", tuple(reader.rows))


def read_html_tables(page: str) -> tuple[Grid, ...]:
    """All tables of a web page, each from its opening tag to the next one's."""
    starts = [found.start() for found in _TABLE.finditer(page)][:_MAX_TABLES]
    ends = [*starts[1:], len(page)]
    grids = []
    line, at = 1, 0
    for start, end in zip(starts, ends, strict=False):
        line, at = line + page.count("\n", at, start), start
        grids.append(read_html_table(page[start:end], line))
    return tuple(grid for grid in grids if grid.rows)
