"""What the designer picked of a list that holds several: the sheet of a workbook, the variant of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bom.answers import Answers
from bom.entry import Entry, Reading
from core.trees import normal_form

__all__ = ["NO_PICKS", "PICKED", "Picks", "of_variant", "option_named", "picks_of"]

PICKED: Final = ("sheet", "variant")  # the fields of answers that pick


@dataclass(frozen=True, slots=True)
class Picks:
    """What was answered about one file; None where nothing was.

    Attributes:
        sheet: title of a sheet.
        variant: header of a column of amounts.
    """

    sheet: str | None = None
    variant: str | None = None


NO_PICKS: Final = Picks()


def picks_of(answers: Answers, file: str) -> Picks:
    """What the answers pick of this file."""
    found = (answers.find(file, about) for about in PICKED)
    sheet, variant = (each.text if each is not None else None for each in found)
    return Picks(sheet, variant)


def option_named(text: str | None, options: Iterable[str]) -> str | None:
    """The option that the text names, case and signs overlooked; None when it names none."""
    form = normal_form(text or "")
    return next((each for each in options if form and normal_form(each) == form), None)


def of_variant(reading: Reading, variant: str | None) -> Reading:
    """The reading with the amounts of this variant; unchanged where there is no such variant."""
    if variant is None:
        return reading
    return replace(reading, entries=tuple(_entry(each, variant) for each in reading.entries))


def _entry(entry: Entry, variant: str) -> Entry:
    name = option_named(variant, entry.variants)
    if name is None:
        return entry
    return replace(entry, quantity=entry.variants[name], rule=f"column {name}, the variant that is built")
