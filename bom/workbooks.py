"""Workbooks to the lines they hold: which sheet is the list, and what is hidden in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bom.entry import Entry, Reading
from bom.grids import Grid, read_workbook
from bom.leftover import told_of_grids
from bom.measures import ask_units
from bom.tables import read_table
from core.provenance import Finding, Question, Severity

__all__ = ["read_sheets"]

_HIDDEN_ROW = "stands in a hidden row"


def read_sheets(path: Path, file: str) -> Reading | None:
    """The first visible sheet that holds a list, else the first hidden one; other lists are asked about, never added.

    Args:
        path: the workbook on this computer.
        file: its path in the design.

    Raises:
        InputError: it is no workbook.
    """
    found = [(grid, _marked(grid, read_table(grid, file))) for grid in read_workbook(path)]
    lists = [(grid, entries) for grid, entries in found if any(each.quantity.value is not None for each in entries)]
    if not lists:
        return None
    lists.sort(key=lambda each: each[0].is_hidden)
    grid, entries = lists[0]
    questions = ask_units(grid, file)
    if len(lists) > 1:
        titles = tuple(each.title for each, _ in lists)
        ask = f"The workbook has {len(lists)} sheets with lists; {grid.title!r} was read: is it the one to build?"
        questions = (Question(file, ask, titles), *questions)
    others = [each.title for each, _ in found if each.rows and all(each is not one for one, _ in lists)]
    findings = (*told_of_grids(lists[:1], file), *_hidden(grid, lists, file), *_other_sheets(others, file))
    return Reading(file, "workbook", entries, questions=questions, findings=findings)


def _marked(grid: Grid, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The lines, those of hidden rows with a remark that says so."""
    hidden = {f"{grid.title}!{row}" for row in grid.hidden.rows}
    return tuple(
        replace(each, remarks=(*each.remarks, _HIDDEN_ROW)) if each.place in hidden else each for each in entries
    )


def _hidden(grid: Grid, lists: Sequence[tuple[Grid, Sequence[Entry]]], file: str) -> Iterator[Finding]:
    """What of the lists is hidden; all of it is read, for nobody can know why it is."""
    numbers = {int(row.place): row for row in grid.rows}
    rows = [number for number in sorted(grid.hidden.rows) if number in numbers]
    if rows:
        message = f"rows {_some(rows)} of the sheet {grid.title} in {file} are hidden; they were read like the others"
        yield _note(message, file, f"{grid.title}!{rows[0]}")
    columns = [each for each in sorted(grid.hidden.columns) if any(row[each] for row in grid.rows)]
    if columns:
        titles = [next(row[each] for row in grid.rows if row[each]) for each in columns]
        message = f"columns of the sheet {grid.title} in {file} are hidden and were read like the others"
        yield _note(f"{message}: {', '.join(titles[:10])}", file, grid.title)
    for each, _ in lists:
        if each.is_hidden:
            read = "it was read" if each is grid else "it was not read"
            yield _note(f"the sheet {each.title} of {file} is hidden and holds a list; {read}", file, each.title)


def _some(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown


def _note(message: str, file: str, place: str) -> Finding:
    return Finding("sheet-hidden", Severity.NOTE, message, file, "show it, or delete what does not count", place)


def _other_sheets(titles: Sequence[str], file: str) -> tuple[Finding, ...]:
    """Sheets that hold something and no list."""
    if not titles:
        return ()
    message = f"sheets of {file} that hold no list of parts were not read: {', '.join(titles)}"
    fix = "if one holds parts, give it a header row"
    return (Finding("sheet-unread", Severity.NOTE, message, file, fix, titles[0]),)
