"""One file of a design to the lines it holds, whatever its form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bom.datalists import read_data
from bom.entry import Entry, Reading
from bom.grids import Grid, is_workbook, read_delimited
from bom.hierarchy import counted_titles, unfold
from bom.htmltables import read_html_tables
from bom.interactive import read_interactive
from bom.leftover import told_of_grids
from bom.measures import ask_units
from bom.naming import called_alike, with_shape
from bom.openscad import read_assembly_json, read_matrix
from bom.pdfs import read_pdf
from bom.picks import NO_PICKS, Picks, of_variant
from bom.tables import read_headless, read_table
from bom.text import decode_text
from bom.texts import read_text_page
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
_MIN_LIST_LINES: Final = 2
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
        return _accept(read_text_page(text, file.path, named=named), named=named)
    matrix = read_matrix(text, file.path, _sibling(design, file.path))
    if matrix is not None:
        return matrix
    return _accept(_delimited(text, file.path, named=named), named=named) or (
        _accept(read_text_page(text, file.path, named=True, plain_lines=True)) if named else None
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
