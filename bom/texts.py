"""Pages and plain texts to the lines they hold: tables, lists, and parts in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bom.bill import Assembly
from bom.entry import Entry, Reading
from bom.leftover import Leftover, left_in_items, left_in_lines, told_of_grids
from bom.lists import has_amount, item_words, names_file, read_items, with_amounts
from bom.markdown import Item, Page, Table, read_page
from bom.measures import ask_units
from bom.plainlists import as_items
from bom.sentences import read_sentences
from bom.spreads import header_at
from bom.tables import read_table
from bom.text import read_words
from bom.words import kind_of, phrases
from core.provenance import Finding, Question, Severity

__all__ = ["read_text_page"]

_MAX_TITLE_WORDS: Final = 10
_MIN_LIST_LINES: Final = 2
_MIN_MAYBE_LINES: Final = 5
_MIN_SURE_LINES: Final = 3  # under a title that may announce a list, if all of them state an amount
_MIN_THINGS: Final = 4
_MOST_WORDS_OF_A_THING: Final = 12
_PARTS: Final = re.compile(
    r"\b(?:parts|components|pieces|\w*teile|piezas|pièces|peças|componentes|composants|componenti)\b", re.IGNORECASE
)
_MIN_TABLE_ROWS: Final = 3


def read_text_page(text: str, path: str, *, named: bool, plain_lines: bool = False) -> Reading | None:
    """Tables and lists of a page: all of it when it is named as a bill, else what stands under a title that says so.

    Args:
        text: Markdown or plain text.
        path: the file's path in the design.
        named: whether its name or the manifest says that it is a bill.
        plain_lines: whether it is plain text, in which lines need no bullets to be items.
    """
    page = read_page(text)
    scope, titled = (page.blocks, True) if named else _under_title(page.blocks)
    tables = [block.grid for block in scope if isinstance(block, Table)]
    found = [(each.grid, read_table(each.grid, path, _inner(each.titles))) for each in scope if isinstance(each, Table)]
    lines = [block for block in scope if isinstance(block, Item)]
    listed = _listed(lines, path, titled=titled, plain_lines=plain_lines, has_table=any(some for _, some in found))
    entries = [*listed.entries, *(entry for _, some in found for entry in some)]
    told = () if entries or tables else read_sentences(lines, path)
    if not (entries or told):
        return None
    left = [*listed.left, *left_in_lines(() if told else listed.passed, page.headings if named else (), entries)]
    questions = dict.fromkeys(question for grid in tables for question in ask_units(grid, path))
    if told:
        ask = f"{path} tells the parts in running text: are all of them found, and are names and amounts right?"
        questions[Question(path, ask, ("yes", "no"))] = None
    return Reading(
        path,
        "page",
        tuple(sorted((*entries, *told), key=lambda entry: int(entry.place))),
        listed.assemblies,
        tuple(questions),
        (*told_of_grids(found, path, sorted(left, key=lambda each: int(each.place))), *_cut(page, path)),
        titled=titled,
    )


def _cut(page: Page, path: str) -> Iterator[Finding]:
    if page.read_to is not None:
        message = f"{path} is too long for a list of parts: what stands behind line {page.read_to:,} was not read"
        yield Finding("bom-cut", Severity.WARNING, message, path, "cut it into several lists, or make it a table")


def _inner(titles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(read_words(title).text for title in titles)


def _under_title(blocks: Sequence[Item | Table]) -> tuple[list[Item | Table], bool]:
    """The blocks under titles that announce a bill; else under titles that may; else the tables that count things.

    The second value is whether a title announces it.
    """
    for key, sure in (("bill_titles", True), ("maybe_titles", False)):
        found: list[Item | Table] = []
        sections: list[Item | Table] = []
        for block in blocks:
            at = next((n for n, title in enumerate(block.titles) if _announces(title, key, exact=not sure)), None)
            if at is not None:
                found.append(replace(block, titles=block.titles[at + 1 :] if sure else block.titles[at:]))
            elif any(_is_section(title) for title in block.titles):
                sections.append(block)
        if found:
            return sorted([*found, *sections], key=_line), sure
    counted = [block for block in blocks if isinstance(block, Table) and _counts(block)]
    return list(counted) if any(len(each.grid.rows) > _MIN_TABLE_ROWS for each in counted) else [], False


def _line(block: Item | Table) -> int:
    return block.line if isinstance(block, Item) else int(block.grid.rows[0].place)


def _counts(table: Table) -> bool:
    """Whether the table's header names things and amounts."""
    columns = header_at(table.grid.rows, 0, is_first=True) if len(table.grid.rows) > 1 else None
    return columns is not None and ("quantity" in columns.roles or columns.spread is not None)


def _is_section(title: str) -> bool:
    """Whether a title beside a bill's is of one more part of it, such as "3D printed parts"."""
    kind = kind_of(title)
    return kind is not None and kind.make is not None and _PARTS.search(title) is not None


def _announces(title: str, key: str, *, exact: bool) -> bool:
    if exact:
        return title in phrases(key)
    return len(title.split()) <= _MAX_TITLE_WORDS and phrases(key).find(title) is not None


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the list items of a page come to.

    Attributes:
        entries, assemblies: as `bom.lists.read_items` gives them; empty if the items are no list of parts.
        left: items of which nothing came.
        passed: lines among the items that are none.
    """

    entries: tuple[Entry, ...]
    assemblies: tuple[Assembly, ...]
    left: tuple[Leftover, ...]
    passed: tuple[Item, ...]


def _listed(lines: Sequence[Item], path: str, *, titled: bool, plain_lines: bool, has_table: bool) -> _Listed:
    """The lines of list items; beside a table they count only if most of them state an amount."""
    marked, passed = (
        as_items(lines, everything=plain_lines) if titled else ([each for each in lines if each.bullet], [])
    )
    items = with_amounts(marked)
    is_list = _is_list(items, loose=not titled, beside=len(passed) if plain_lines else 0)
    entries, assemblies = read_items(items, path) if is_list else ((), ())
    if has_table and sum(each.quantity.value is not None for each in entries) * 2 < len(entries):
        entries, assemblies = (), ()
    return _Listed(entries, assemblies, tuple(left_in_items(items, entries, assemblies)), tuple(passed))


def _is_list(items: Sequence[Item], *, loose: bool, beside: int) -> bool:
    """Whether enough of the items state an amount to be a list of parts and not prose.

    Args:
        items: the items.
        loose: whether no title announces them for sure: then many must, or all.
        beside: how many lines of prose stand among them.
    """
    counted = sum(has_amount(text) or names_file(text) for text in (item_words(item).text for item in items))
    few = counted < _MIN_LIST_LINES or counted * 8 < len(items) + beside
    if loose and not few:
        few = counted * 2 < len(items) if counted >= _MIN_MAYBE_LINES else counted < max(_MIN_SURE_LINES, len(items))
    return not few or _are_things(items)


def _are_things(items: Sequence[Item]) -> bool:
    """Whether the items are short and most of them name a thing that is bought or made, or state an amount."""
    texts = [item_words(item).text for item in items if item.bullet]
    if len(texts) < _MIN_THINGS or any(len(text.split()) > _MOST_WORDS_OF_A_THING for text in texts):
        return False
    nouns = (phrases("bought_nouns"), phrases("made_nouns"))
    things = sum(has_amount(text) or names_file(text) or any(each.find(text) for each in nouns) for text in texts)
    return things * 4 > len(texts) * 3
