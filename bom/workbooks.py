"""Workbooks to the lines they hold: which sheets are the list, and what is hidden in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bom.entry import Entry, Reading
from bom.grids import Grid, read_workbook
from bom.leftover import told_of_grids
from bom.measures import ask_units
from bom.picks import option_named
from bom.sheets import Sheet, sister_sheets, united
from bom.tables import read_table
from core.provenance import Finding, Question, Severity

__all__ = ["read_sheets"]

_HIDDEN_ROW = "stands in a hidden row"


def read_sheets(path: Path, file: str, sheet: str | None = None) -> Reading | None:
    """The visible sheets that are one list by their titles, else the first that holds one, hidden ones last.

    Other lists are asked about, never added.

    Args:
        path: the workbook on this computer.
        file: its path in the design.
        sheet: title of the sheet that was answered to be the list; None, "yes" or an unknown one changes nothing.

    Raises:
        InputError: it is no workbook.
    """
    found = [(grid, _marked(grid, read_table(grid, file))) for grid in read_workbook(path)]
    lists = [(grid, entries) for grid, entries in found if any(each.quantity.value is not None for each in entries)]
    if not lists:
        return None
    lists.sort(key=lambda each: each[0].is_hidden)
    taken = sister_sheets(lists) or lists[:1]
    asked = _ask(taken, lists, file)
    picked = option_named(sheet, _titles(lists))
    taken = [each for each in lists if each[0].title == picked] or taken
    questions = tuple(dict.fromkeys(each for grid, _ in taken for each in ask_units(grid, file)))
    others = [each.title for each, _ in found if each.rows and all(each is not one for one, _ in lists)]
    hidden = (each for grid, _ in taken for each in _hidden_in(grid, file))
    findings = (*told_of_grids(taken, file), *hidden, *_hidden(taken, lists, file), *_other_sheets(others, file))
    reading = Reading(file, "workbook", taken[0][1], questions=(*asked, *questions))
    return replace(united(reading, taken) if len(taken) > 1 else reading, findings=findings)


def _ask(taken: Sequence[Sheet], lists: Sequence[Sheet], file: str) -> tuple[Question, ...]:
    """Which of several sheets are meant; the answer picks one."""
    if len(taken) > 1:
        ask = f"Are these sheets of {file} one product's, each a part of the list: {', '.join(_titles(taken))}?"
        return (Question(file, f"{ask} If not, which sheet is it?", ("yes", *_titles(lists)), about="sheet"),)
    if len(lists) > 1:
        title = taken[0][0].title
        ask = f"The workbook has {len(lists)} sheets with lists; {title!r} was read: is it the one to build?"
        return (Question(file, ask, _titles(lists), about="sheet"),)
    return ()


def _titles(lists: Sequence[Sheet]) -> tuple[str, ...]:
    return tuple(each.title for each, _ in lists)


def _marked(grid: Grid, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The lines, those of hidden rows with a remark that says so."""
    hidden = {f"{grid.title}!{row}" for row in grid.hidden.rows}
    return tuple(
        replace(each, remarks=(*each.remarks, _HIDDEN_ROW)) if each.place in hidden else each for each in entries
    )


def _hidden_in(grid: Grid, file: str) -> Iterator[Finding]:
    """What of a list is hidden; all of it is read, for nobody can know why it is."""
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


def _hidden(taken: Sequence[Sheet], lists: Sequence[Sheet], file: str) -> Iterator[Finding]:
    """The hidden sheets that hold lists."""
    for each, _ in lists:
        if each.is_hidden:
            read = "it was read" if any(each is grid for grid, _ in taken) else "it was not read"
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
