"""Columns of lengths, masses and times whose unit nobody states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from bom.grids import Grid
from bom.headers import find_columns
from bom.words import words
from core.provenance import Question
from core.trees import normal_form

__all__ = ["ask_units"]

_MEASURES: Final = {
    "lengths": ("length_words", ("mm", "cm", "m", "in")),
    "masses": ("mass_words", ("g", "kg", "oz", "lb")),
    "print times": ("time_words", ("min", "h", "s")),
}
_BARE: Final = re.compile(r"\d+(?:[.,]\d+)?")


def ask_units(grid: Grid, file: str) -> tuple[Question, ...]:
    """One question for each kind of measure that the table states in bare numbers, under headers without a unit.

    Args:
        grid: a sheet or table; every header in it is looked at.
        file: its path in the design.
    """
    bare: dict[str, list[str]] = {}
    for measure, title in _unitless(grid):
        bare.setdefault(measure, []).append(title)
    return tuple(
        Question(
            measure,
            f"In which unit are the {measure} of {file}, column {' and '.join(dict.fromkeys(titles))}?",
            options,
        )
        for measure, (_, options) in _MEASURES.items()
        if (titles := bare.get(measure))
    )


def _unitless(grid: Grid) -> Iterator[tuple[str, str]]:
    """Measures and header texts of columns that hold a bare number."""
    if not _measures_something("\n".join([" ".join(row.cells) for row in grid.rows]).casefold()):
        return
    titles: dict[int, tuple[str, str]] = {}
    for row in grid.rows:
        columns = find_columns(row) if titles or _measures_something(" ".join(row.cells).casefold()) else None
        if columns is not None:
            named = enumerate(columns.titles)
            titles = {at: (measure, title) for at, title in named if (measure := _measure(title)) is not None}
            continue
        for at in [at for at in titles if _BARE.fullmatch(row[at]) and row[at].strip("0.,")]:
            yield titles.pop(at)


def _measures_something(text: str) -> bool:
    """Whether any word for a measure stands in the text; most tables and rows are passed over by it at once."""
    anywhere, alone = _any_measure()
    return anywhere.search(text) is not None and alone.search(text) is not None


@cache
def _any_measure() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Any word for a measure, wherever it stands, which is quick to look for, and as a word."""
    every = "|".join(sorted(re.escape(word) for key, _ in _MEASURES.values() for word in words(key)))
    return re.compile(every), re.compile(rf"\b(?:{every})\b")


def _measure(title: str) -> str | None:
    """What the header says the column holds, if it names no unit."""
    parts = set(normal_form(title).split())
    if parts & words("unit_words") or parts & words("price_words"):
        return None
    return next((measure for measure, (key, _) in _MEASURES.items() if parts & words(key)), None)
