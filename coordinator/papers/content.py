"""What papers say, as values; drawing them is the affair of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coordinator.web.languages import ENGLISH, Language

__all__ = ["SHEETS", "Label", "Sheet", "Step", "Traveller"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the work.

    Attributes:
        what: is made, put together or checked; the part file in a second line, or "".
        file: of the part, or "".
        amount: how many.
        how: process and material.
        where: lab and machine, and when, as far as they are known.
        done: whether it is done already.
        licence: of the part, where it is another than that of the whole; or "".
    """

    what: str
    file: str
    amount: str
    how: str
    where: str
    done: bool
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Traveller:
    """What a traveller says.

    Attributes:
        title: of what so many are made.
        facts: names and values, such as order, date, licence, source.
        steps: the work, in an order in which it can be done.
        bought: what is bought, with its amount, and whether it is there.
        address: of the build's page.
        printed: when, in words.
        spoken: the language of what stands around this.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    bought: Sequence[tuple[str, str, bool]]
    address: str
    printed: str
    spoken: Language = ENGLISH


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says.

    Attributes:
        title: in large letters.
        lines: at the end; what does not fit is left out.
        address: that its code leads to.
        notices: below the title, in full: what a licence asks for is never left out.
    """

    title: str
    lines: Sequence[str]
    address: str
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels, lengths in mm: columns from the left, rows from the top.

    Attributes:
        page_mm: width and height.
        label_mm: width and height of one label.
        corner_mm: left and top of the first.
        pitch_mm: from one to the next, across and down.
        columns, rows: how many.
    """

    page_mm: tuple[float, float]
    label_mm: tuple[float, float]
    corner_mm: tuple[float, float]
    pitch_mm: tuple[float, float]
    columns: int
    rows: int

    @property
    def places(self) -> int:
        """On one sheet."""
        return self.columns * self.rows


SHEETS: Final = {
    "a4-24": Sheet((210, 297), (63.5, 33.9), (7.2, 12.9), (66.0, 33.9), 3, 8),  # as L7159 of the trade
    "62x29": Sheet((62, 29), (62, 29), (0, 0), (62, 29), 1, 1),  # one label of a label printer's roll
}
"""By name: what can be bought everywhere."""
