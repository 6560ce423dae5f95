"""Markdown and plain text as titles, tables and list items."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bom.grids import Grid, Row
from bom.htmltables import read_html_table
from bom.ruledtables import read_ruled_table
from bom.text import read_words, without_comments
from bom.wikitables import begins_wiki_table, read_asciidoc_table, read_wiki_table, with_bars
from bom.words import kind_of, phrases

__all__ = ["Item", "Page", "Table", "read_blocks", "read_page"]

_MAX_LINE_CHARS: Final = 5_000
_MAX_LINES: Final = 25_000
_MAX_TITLE_WORDS: Final = 12
_MAX_TITLE_CHARS: Final = 200
_HEADING: Final = re.compile(r"\s{0,3}(#{1,6})\s*(?P<text>[^#\s].*?)\s*#*\s*$")
_HTML_HEADING: Final = re.compile(r"\s*<h([1-6])\b[^<>]*>(?P<text>.*?)</h\1>\s*$", re.IGNORECASE)
_SUMMARY: Final = re.compile(r"\s*(?:<details[^<>]*>\s*)?<summary\b[^<>]*>(?P<text>.*?)</summary>\s*$", re.IGNORECASE)
_WIKI_HEADING: Final = re.compile(r"(={1,6})\s*(?P<text>[^=\s](?:.*[^=\s])?)\s*(?:\1)?\s*$")
_UNDERLINE: Final = re.compile(r"\s{0,3}(=+|-+)\s*$")
_BULLET: Final = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•]|\d{1,3}[.)])(?P<gap>\s+)(?P<text>\S.*)$")
_RULE: Final = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*$")
_BOLD_LINE: Final = re.compile(r"\s*(\*\*|__)(?P<text>[^*_].*?)\1\s*:?\s*$")
_CELL_END: Final = re.compile(r"(?<!\\)\|")
_PSEUDO_LEVEL: Final = 7
_MAX_LEAD_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        titles: titles above it, outermost first.
        grid: its rows; cells hold mark-up.
    """

    titles: tuple[str, ...]
    grid: Grid


@dataclass(frozen=True, slots=True)
class Item:
    """A list item, or a line of plain text.

    Attributes:
        titles: titles above it, outermost first.
        text: its mark-up, lines that continue it joined.
        line: its number, from 1.
        indent: columns before its bullet.
        bullet: whether it has one.
    """

    titles: tuple[str, ...]
    text: str
    line: int
    indent: int
    bullet: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        blocks: its tables, list items and lines, in order.
        headings: lines that were taken for titles though they might be items: bold ones, underlined ones, and those
            that end in a colon.
        read_to: the last line that was read, where the page is too long to be read whole; else None.
    """

    blocks: tuple[Table | Item, ...]
    headings: tuple[Item, ...]
    read_to: int | None


class _Reader:
    """Walks the lines once."""

    def __init__(self, text: str) -> None:
        lines = without_comments(text).splitlines()
        self.is_cut = len(lines) > _MAX_LINES
        self.lines = [with_bars(line[:_MAX_LINE_CHARS].expandtabs(4)) for line in lines[:_MAX_LINES]]
        self.blocks: list[Table | Item] = []
        self.titles: dict[int, str] = {}
        self.headings: list[Item] = []
        self.fenced = False
        self.open_item = False

    def read(self) -> list[Table | Item]:
        at = 0
        while at < len(self.lines):
            at += self._step(at)
        return self.blocks

    def _step(self, at: int) -> int:
        """Handle the line and say how many lines are done."""
        line = self.lines[at]
        if line.lstrip().startswith(("```", "~~~")):
            self.fenced = not self.fenced
            return 1
        if self.fenced or not line.strip():
            self.open_item = False
            return 1
        if re.search(r"<table\b", line, re.IGNORECASE):
            return self._html(at)
        if begins_wiki_table(line):
            grid, end = read_wiki_table(self.lines, at)
            self.blocks += [Table(self._above(), grid)] if grid.rows else []
            self.open_item = False
            return end - at
        if line.strip() == "|===":
            grid, end = read_asciidoc_table(self.lines, at)
            self.blocks += [Table(self._above(), grid)] if grid.rows else []
            self.open_item = False
            return end - at
        if (ruled := read_ruled_table(self.lines, at)) is not None:
            self.blocks += [Table(self._above(), ruled[0])] if ruled[0].rows else []
            self.open_item = False
            return ruled[1] - at
        if "|" in line and at + 1 < len(self.lines) and self._begins_table(line, self.lines[at + 1]):
            return self._table(at)
        if self._title(line, self.lines[at + 1] if at + 1 < len(self.lines) else "", at + 1):
            return 1
        self._item(line, at + 1)
        return 1

    @staticmethod
    def _begins_table(line: str, below: str) -> bool:
        """Whether a rule stands below the line; or, where the writer forgot it, both lines are framed by bars."""
        framed = all(len(each) > 1 and each[0] == each[-1] == "|" for each in (line.strip(), below.strip()))
        return "|" in below and (framed or _RULE.match(below) is not None)

    def _title(self, line: str, below: str, number: int) -> bool:
        level, text = _PSEUDO_LEVEL, ""
        bullet = _BULLET.match(line)
        if found := _HEADING.match(line) or _HTML_HEADING.match(line):
            level, text = (len(found[1]) if found[1][0] == "#" else int(found[1])), found["text"]
        elif len(line) <= _MAX_TITLE_CHARS and (found := _WIKI_HEADING.match(line)):
            level, text = len(found[1]), found["text"]
        elif (found := _UNDERLINE.match(below)) and not bullet and len(found[1]) > 2 and not self.open_item:
            level, text = (1 if found[1][0] == "=" else 2), line
        elif found := _SUMMARY.match(line):
            level, text = _PSEUDO_LEVEL - 1, found["text"]
        elif found := _BOLD_LINE.match(line):
            text = found["text"]
        elif not bullet and _leads(line, below):
            text = line
        title = read_words(text).text.rstrip(":").strip()
        if not title:
            return bool(text)
        self.titles = {each: name for each, name in self.titles.items() if each < level} | {level: title}
        if not line.lstrip().startswith(("#", "=", "<")):  # the signs of nothing else
            self.headings.append(Item(self._above(), title, number, 0, bullet=False))
        self.open_item = False
        return True

    def _above(self) -> tuple[str, ...]:
        return tuple(self.titles[level] for level in sorted(self.titles))

    def _item(self, line: str, number: int) -> None:
        bullet = _BULLET.match(line)
        indent = len(line) - len(line.lstrip())
        if bullet:
            text = re.sub(r"^\[[ xX]\]\s+", "", bullet["text"])
            self.blocks.append(Item(self._above(), text, number, len(bullet["indent"])))
            self.open_item = True
        elif self.open_item and isinstance(last := self.blocks[-1], Item) and indent > last.indent:
            self.blocks[-1] = Item(last.titles, f"{last.text}\n{line.strip()}", last.line, last.indent)
        elif not _UNDERLINE.match(line):
            self.blocks.append(Item(self._above(), line.strip(), number, indent, bullet=False))
            self.open_item = False

    def _html(self, at: int) -> int:
        end = at + 1
        while end < len(self.lines) and "</table" not in self.lines[end - 1].lower():
            end += 1
        self.blocks.append(Table(self._above(), read_html_table("\n".join(self.lines[at:end]), at + 1)))
        self.open_item = False
        return end - at

    def _table(self, at: int) -> int:
        rows = []
        end = at
        while end < len(self.lines) and "|" in self.lines[end]:
            if not _RULE.match(self.lines[end]):
                rows.append(Row(str(end + 1), _cells(self.lines[end])))
            end += 1
        self.blocks.append(Table(self._above(), Grid("", tuple(rows))))
        return end - at


def _leads(line: str, below: str) -> bool:
    """Whether a line is the title of what follows: it ends in a colon, and says what follows or stands on a bullet."""
    count = len(line.split())
    if line.rstrip().endswith(":"):
        short = count <= _MAX_LEAD_WORDS and "," not in line and not line[:1].isspace()
        on_bullet = short and _BULLET.match(below) is not None
        return on_bullet or (count <= _MAX_TITLE_WORDS and _says(line))
    return False


def _says(line: str) -> bool:
    """Whether a line says what kind of things follow."""
    return kind_of(line) is not None or phrases("bill_titles").find(line) is not None


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELL_END.split(inner))


def read_blocks(text: str) -> list[Table | Item]:
    """The tables, list items and lines of a Markdown or plain text, in order, each with the titles above it.

    Titles are headings, bold lines, and lines that end in a colon and say what follows ("Printed parts:"). Code fences
    and comments are left out. Forms: CommonMark lists and headings, GitHub tables.
    """
    return _Reader(text).read()


def read_page(text: str) -> Page:
    """What `read_blocks` gives, with what else is to be known of the page."""
    reader = _Reader(text)
    return Page(tuple(reader.read()), tuple(reader.headings), _MAX_LINES if reader.is_cut else None)
