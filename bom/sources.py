"""One file of a design to the lines it holds, whatever its form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bom.bill import Assembly
from bom.datalists import read_data
from bom.entry import Entry, Reading
from bom.grids import Grid, is_workbook, read_delimited
from bom.hierarchy import counted_titles, unfold
from bom.htmltables import read_html_tables
from bom.interactive import read_interactive
from bom.leftover import left_in_items, told_of_grids
from bom.lists import has_amount, item_words, names_file, read_items, with_amounts
from bom.markdown import Item, Table, read_blocks
from bom.measures import ask_units
from bom.naming import called_alike, with_shape
from bom.openscad import read_assembly_json, read_matrix
from bom.pdfs import read_pdf
from bom.picks import NO_PICKS, Picks, of_variant
from bom.sentences import read_sentences
from bom.spreads import header_at
from bom.tables import read_headless, read_table
from bom.text import decode_text, read_words
from bom.words import kind_of, phrases
from bom.workbooks import read_sheets
from core.errors import InputError
from core.provenance import Finding, Question, Severity
from designs.design import Design, DesignFile

__all__ = ["MAX_BYTES", "read_source", "read_text"]

MAX_BYTES: Final = 8_000_000
_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_DATA: Final = frozenset({".json", ".yaml", ".yml"})
_HTML: Final = frozenset({".html", ".htm"})
_PAGES: Final = frozenset({".md", ".markdown", ".mdx", ".rst", ".adoc"})
_MAX_TITLE_WORDS: Final = 10
_MIN_LIST_LINES: Final = 2
_MIN_MAYBE_LINES: Final = 5
_DIGIT: Final = re.compile(r"\d")
_MIN_THINGS: Final = 4
_MOST_WORDS_OF_A_THING: Final = 12
_PARTS: Final = re.compile(
    r"\b(?:parts|components|pieces|\w*teile|piezas|pièces|peças|componentes|composants|componenti)\b", re.IGNORECASE
)
_MIN_TABLE_ROWS: Final = 3
_GITBUILDING_HEADER: Final = re.compile(r"\s*\"?Name in documentation\"?[\t,;]", re.IGNORECASE)


def read_text(design: Design, path: str) -> str | None:
    """The text of a file of the design; None when it is absent, too large or no text."""
    file = design.file(path)
    if file is None or not file.present or file.size_bytes > MAX_BYTES:
        return None
    return decode_text(design.locate(path).read_bytes())


def read_source(design: Design, file: DesignFile, *, named: bool, picks: Picks = NO_PICKS) -> Reading | None:
    """The lines of one file, or None when it holds no list of parts.

    Args:
        design: the open design.
        file: one of its files, present.
        named: whether its name or the manifest says that it is a bill; then looser forms are accepted too.
        picks: which of several sheets and variants was answered to be the one.

    Raises:
        InputError: it claims a form and breaks it.
    """
    reading = _read(design, file, named=named, sheet=picks.sheet)
    return of_variant(reading, picks.variant) if reading is not None else None


def _read(design: Design, file: DesignFile, *, named: bool, sheet: str | None) -> Reading | None:
    if file.suffix == ".pdf":
        return _accept(_pdf(design, file)) if named else None
    if is_workbook(design.locate(file.path)):
        return _accept(read_sheets(design.locate(file.path), file.path, sheet), named=named)
    text = read_text(design, file.path)
    if text is None:
        if file.suffix in _WORKBOOKS:
            raise InputError("the workbook cannot be read: it is neither a workbook nor text", where=file.path)
        return None
    if file.suffix in _DATA:
        return _data(text, file) if named else None
    if file.suffix in _HTML:
        return read_interactive(text, file.path) or (_accept(_html(text, file.path)) if named else None)
    if file.suffix in _PAGES:
        return _accept(_page(text, file.path, named=named), named=named)
    matrix = read_matrix(text, file.path, _sibling(design, file.path))
    if matrix is not None:
        return matrix
    return _accept(_delimited(text, file.path, named=named), named=named) or (
        _accept(_page(text, file.path, named=True, plain_lines=True)) if named else None
    )


def _data(text: str, file: DesignFile) -> Reading | None:
    """A NopSCADlib list, or any document of parts with amounts."""
    is_json = file.suffix == ".json"
    if is_json and '"vitamins"' in text:
        return read_assembly_json(text, file.path)
    return _accept(read_data(text, file.path, is_json=is_json))


def _html(text: str, path: str) -> Reading:
    """The tables of a web page."""
    grids = read_html_tables(text)
    found = [(grid, read_table(grid, path)) for grid in grids]
    entries = tuple(entry for _, some in found for entry in some)
    questions = dict.fromkeys(question for grid in grids for question in ask_units(grid, path))
    return Reading(path, "page", entries, questions=tuple(questions), findings=told_of_grids(found, path))


def _sibling(design: Design, path: str) -> Callable[[str], str | None]:
    folder = PurePosixPath(path).parent
    return lambda name: read_text(design, str(folder / name))


def _accept(reading: Reading | None, *, named: bool = False) -> Reading | None:
    """The reading with its levels unfolded, if its lines state amounts; a table that calls itself a bill need not."""
    if reading is None or not (reading.counted or (named and len(reading.entries) >= _MIN_LIST_LINES)):
        return None
    entries, assemblies = unfold(called_alike([with_shape(each) for each in reading.entries]))
    entries, counted = counted_titles(entries)
    known = {each.name: each for each in (*reading.assemblies, *assemblies, *counted)}
    return replace(reading, entries=entries, assemblies=tuple(known.values()))


def _pdf(design: Design, file: DesignFile) -> Reading:
    """The text layer as a table."""
    grid = read_pdf(design.locate(file.path), file.path)
    entries = read_table(grid, file.path)
    ask = f"{file.path} was read by where its words lie: are names and amounts right?"
    questions = (Question(file.path, ask, ("yes", "no")), *ask_units(grid, file.path))
    return Reading(
        file.path,
        "pdf",
        entries,
        questions=questions,
        findings=told_of_grids([(grid, entries)], file.path),
        titled=True,
    )


def _delimited(text: str, path: str, *, named: bool) -> Reading | None:
    try:
        grid = read_delimited(text)
    except InputError as error:
        raise InputError(error.what, where=f"{path}, {error.where}" if error.where else path) from error
    if grid is None:
        return None
    entries = read_table(grid, path) or (read_headless(grid, path) if named else ())
    message = f"a quote in line {grid.torn} of {path} is not closed; it was passed over"
    torn = (Finding("bom-quote", Severity.WARNING, message, path, "close it, or leave it out"),) if grid.torn else ()
    form = "gitbuilding" if _GITBUILDING_HEADER.match(text) else "table"
    return Reading(
        path,
        form,
        entries,
        questions=ask_units(grid, path),
        findings=(
            *_unnamed(grid, entries, path),
            *torn,
            *told_of_grids([(grid, entries)], path),
        ),
    )


def _unnamed(grid: Grid, entries: tuple[Entry, ...], path: str) -> tuple[Finding, ...]:
    if entries and len(grid.rows) > 4 * len(entries) + 12:
        message = f"only {len(entries)} of {len(grid.rows)} rows name a part; is this a template?"
        return (Finding("bom-mostly-empty", Severity.NOTE, message, path, "fill in the names"),)
    return ()


def _page(text: str, path: str, *, named: bool, plain_lines: bool = False) -> Reading | None:
    """Tables and lists of a page: all of it when it is named as a bill, else what stands under a title that says so."""
    blocks = read_blocks(text)
    scope, titled = (blocks, True) if named else _under_title(blocks)
    tables = [block for block in scope if isinstance(block, Table)]
    lines = [block for block in scope if isinstance(block, Item)]
    items = with_amounts([each for each in lines if each.bullet or plain_lines or (titled and _counts_plainly(each))])
    found = [(table.grid, read_table(table.grid, path, _inner(table.titles))) for table in tables]
    entries = [entry for _, some in found for entry in some]
    listed, assemblies = _items(items, path, loose=not titled)
    if entries and sum(each.quantity.value is not None for each in listed) * 2 < len(listed):
        listed, assemblies = (), ()
    told = read_sentences(lines, path) if titled and not (entries or listed or tables) else ()
    everything = (*entries, *listed, *told)
    if not everything:
        return None
    ordered = sorted(everything, key=lambda entry: int(entry.place))
    questions = dict.fromkeys(question for table in tables for question in ask_units(table.grid, path))
    if told:
        ask = f"{path} tells the parts in running text: are all of them found, and are names and amounts right?"
        questions[Question(path, ask, ("yes", "no"))] = None
    findings = told_of_grids(found, path, left_in_items(items, listed, assemblies) if not told else ())
    return Reading(
        path,
        "page",
        tuple(ordered),
        assemblies,
        tuple(questions),
        findings,
        titled=titled,
    )


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


def _items(items: list[Item], path: str, *, loose: bool) -> tuple[tuple[Entry, ...], tuple[Assembly, ...]]:
    """The lines of list items, if enough of them state an amount to be a list of parts and not prose."""
    counted = sum(has_amount(text) or names_file(text) for text in (item_words(item).text for item in items))
    few = counted < _MIN_LIST_LINES or counted * 8 < len(items)
    few_if_loose = loose and (counted < _MIN_MAYBE_LINES or counted * 2 < len(items))
    if (few or few_if_loose) and not _are_things(items):
        return (), ()
    bullets = [item for item in items if item.bullet]
    plain = [item for item in items if not item.bullet and has_amount(item.text) and _DIGIT.search(item.text)]
    return read_items(sorted([*bullets, *plain], key=lambda item: item.line), path)


def _counts_plainly(item: Item) -> bool:
    """Whether a line without a bullet is short and states an amount, as a line of a list does and prose seldom."""
    return (
        len(item.text.split()) <= _MOST_WORDS_OF_A_THING
        and has_amount(item.text)
        and _DIGIT.search(item.text) is not None
    )


def _are_things(items: Sequence[Item]) -> bool:
    """Whether the items are short and most of them name a thing that is bought or made, or state an amount."""
    texts = [item_words(item).text for item in items if item.bullet]
    if len(texts) < _MIN_THINGS or any(len(text.split()) > _MOST_WORDS_OF_A_THING for text in texts):
        return False
    nouns = (phrases("bought_nouns"), phrases("made_nouns"))
    things = sum(has_amount(text) or names_file(text) or any(each.find(text) for each in nouns) for text in texts)
    return things * 4 > len(texts) * 3
