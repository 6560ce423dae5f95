"""What a reader passed over: rows and list items that are no line, no heading and no remark of a line.

Nothing that a designer wrote into a list may vanish without a word. Whatever the readers do, here the rows and items
that went in are held against the lines that came out; the rest is told, with its places, as finding `row-unread`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bom.bill import Assembly
from bom.entry import Entry
from bom.grids import Grid, Row, is_box
from bom.headers import Columns
from bom.markdown import Item
from bom.plainlists import is_announcement
from bom.quantity import parse_quantity
from bom.spreads import header_at
from bom.text import read_words
from bom.words import kind_of
from core.numerals import whole_number
from core.provenance import Finding, Severity

__all__ = ["Leftover", "left_in_grid", "left_in_items", "left_in_lines", "told", "told_of_grids"]

_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
_SHOWN: Final = 3
_MOST_TITLES: Final = 20
_SHOWN_CHARS: Final = 60
_FIX: Final = "give the row a name and an amount in the columns of the header, or take it out of the list"


@dataclass(frozen=True, slots=True)
class Leftover:
    """One row or item that was passed over.

    Attributes:
        place: line, row or cell, as lines state it.
        text: what it says.
        why: a short clause.
        grave: whether it states an amount, so that it is probably a part.
    """

    place: str
    text: str
    why: str
    grave: bool = False


def left_in_grid(grid: Grid, entries: Iterable[Entry]) -> Iterator[Leftover]:
    """The rows of a table or sheet of which nothing came.

    Args:
        grid: what was read.
        entries: the lines that came of it.
    """
    lines = tuple(entries)
    read = {entry.place for entry in lines}
    titles = {title for entry in lines for title in entry.section}
    columns: Columns | None = None
    for at, row in enumerate(grid.rows):
        place = f"{grid.title}!{row.place}" if grid.title else row.place
        if place in read:
            continue
        header = header_at(grid.rows, at, is_first=columns is None)
        columns = header or columns
        if header is None and not _is_heading(row, titles, above=columns is None and bool(lines)):
            yield _of_row(row, place, columns if lines else None)


def told_of_grids(
    read: Sequence[tuple[Grid, Sequence[Entry]]], file: str, more: Iterable[Leftover] = ()
) -> tuple[Finding, ...]:
    """All that is to be said of tables that were read: rows that were passed over, `more`, and doubtful titles."""
    left = (each for grid, entries in read for each in left_in_grid(grid, entries))
    return (*told([*left, *more], file), *_titles_taken(read, file))


def _titles_taken(grids: Iterable[tuple[Grid, Sequence[Entry]]], file: str) -> tuple[Finding, ...]:
    """What rows of one text were taken for titles of lines though their words say nothing: they may be parts."""
    found: dict[str, None] = {}
    for grid, entries in grids:
        titles = {title for entry in entries for title in entry.section if kind_of(title) is None}
        texts = (_words(row) for row in grid.rows) if titles else ()
        found |= dict.fromkeys(words[0] for words in texts if len(words) == 1 and words[0] in titles)
    if not found:
        return ()
    shown = ", ".join(list(found)[:_MOST_TITLES])
    message = f"rows with nothing but a text were taken for titles: {shown}"
    return (Finding("bom-title-rows", Severity.NOTE, message, file, "add an amount if one of them is a part"),)


def _words(row: Row) -> list[str]:
    """The cells of the row that hold words."""
    cells = (row[index] for index in row.filled if not is_box(row[index]))
    return [text for cell in cells if _LETTERS.search(text := read_words(cell).text)]


def _is_heading(row: Row, titles: Collection[str], *, above: bool) -> bool:
    """Whether the row is one text that stands over lines, or says of what kind those below are, or above the header."""
    words = _words(row)
    return len(words) == 1 and (above or words[0] in titles or kind_of(words[0]) is not None)


def _of_row(row: Row, place: str, columns: Columns | None) -> Leftover:
    text = " | ".join(row[index] for index in row.filled)
    if columns is None:
        return Leftover(place, text, "no header names a part and an amount above it")
    column = columns.first("quantity")
    amount = parse_quantity(row[column]).value if column is not None else None
    if not _LETTERS.search(text):
        return Leftover(place, text, "it holds no words")
    if len(row.filled) == 1:
        return Leftover(place, text, "a text alone in its row, with no line below it")
    return Leftover(place, text, "no cell of it names a part", grave=bool(amount))


def left_in_items(
    items: Iterable[Item], entries: Iterable[Entry], assemblies: Iterable[Assembly]
) -> Iterator[Leftover]:
    """The list items of which nothing came: sentences, and items that are neither a line nor a remark of one.

    Args:
        items: what was read; only those with a bullet count, other lines are prose.
        entries: the lines that came of them.
        assemblies: the sub-assemblies that came of them.
    """
    lines = tuple(entries)
    read = {entry.place for entry in lines}
    why = "it reads as a sentence, not as a part" if lines else "the items around it state too few amounts for a list"
    said = {text for entry in lines for text in (*entry.section, *entry.remarks)} | {each.name for each in assemblies}
    for item in items:
        text = read_words(item.text).text
        if item.bullet and str(item.line) not in read and not _is_said(text, said) and re.search(r"\w", text):
            yield Leftover(str(item.line), text, why)


def left_in_lines(lines: Iterable[Item], headings: Iterable[Item], entries: Iterable[Entry]) -> Iterator[Leftover]:
    """Lines of a list without bullets that are no items, and titles that state an amount and have no line below.

    Args:
        lines: what stands among the items; what only announces the list is passed over.
        headings: lines that were taken for titles.
        entries: the lines that came of the list.
    """
    for line in lines:
        text = read_words(line.text).text
        if re.search(r"\w", text) and not is_announcement(text):
            yield Leftover(str(line.line), text, "it states no amount, and its place does not make it a part")
    titles = {title for entry in entries for title in entry.section}
    for line in headings:
        if line.text not in titles and not is_announcement(line.text) and kind_of(line.text) is None:
            yield Leftover(str(line.line), line.text, "it was taken for a title, and no line stands below it")


def _is_said(text: str, said: Collection[str]) -> bool:
    """Whether the text went into a title, a remark or a sub-assembly's name, there without its amount."""
    bare = text.rstrip(" :")
    return text in said or bare in said or any(each and each in bare for each in said if len(each) * 2 > len(bare))


def told(leftovers: Iterable[Leftover], file: str) -> tuple[Finding, ...]:
    """The findings: one for each reason, with all its places."""
    groups: dict[tuple[str, bool], list[Leftover]] = {}
    for each in leftovers:
        groups.setdefault((each.why, each.grave), []).append(each)
    return tuple(_finding(why, each, file) for (why, _), each in groups.items())


def _finding(why: str, group: Sequence[Leftover], file: str) -> Finding:
    texts = "; ".join(_short(each.text) for each in group[:_SHOWN])
    more = f" and {len(group) - _SHOWN} more" if len(group) > _SHOWN else ""
    message = f"{_places([each.place for each in group])} of {file} not read as a part: {why} ({texts}{more})"
    severity = Severity.WARNING if group[0].grave else Severity.NOTE
    return Finding("row-unread", severity, message, file, _FIX, group[0].place)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN_CHARS else f"{plain[:_SHOWN_CHARS]}..."


def _places(places: Sequence[str]) -> str:
    """``3, 7-12``: neighbours as one."""
    spans: list[list[str]] = []
    for place in places:
        if spans and (here := whole_number(place)) is not None and whole_number(spans[-1][-1]) == here - 1:
            spans[-1] = [spans[-1][0], place]
        else:
            spans.append([place])
    return ", ".join("-".join(span) for span in spans)
