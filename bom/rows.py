"""One row of a table to one line: its name, its amount and what its other cells say.

What the columns mean is settled once for a table, and what a text means once for each text: long lists repeat both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bom.entry import Entry
from bom.grids import Row
from bom.headers import Columns
from bom.quantity import UNKNOWN, Quantity, parse_quantity
from bom.spares import amount_before, amount_behind, stated_amount
from bom.spreads import Share, share_of
from bom.text import read_words, without_forms
from bom.words import kind_of
from core.provenance import Origin

__all__ = ["NOTHING", "NUMBER_LIKE", "RowReader"]

NUMBER_LIKE: Final = re.compile(r"[\s$€£¥~]*-?[\d.,:%\s]*-?\s*(?:usd|eur|gbp|cad|€|\$|£)?", re.IGNORECASE)
NOTHING: Final = frozenset({"", "-", "--", "n/a", "na", "none", "~", "tbd", "?", "???", "/", "."})
_LONGEST_NOTHING: Final = max(map(len, NOTHING))
_UNREAD: Final = frozenset({"quantity", "price", "none", "package"})  # only their links matter
_OF_NAMES: Final = frozenset({"value", "file"})  # say the same again where the name stands in their column
# What a page prints above or below its list: its number, or the name of the file.
_PAGE_MARK: Final = re.compile(r"\d+|.*\.(?:xlsx?|ods|csv|pdf|docx?)", re.IGNORECASE)
_MAX_NAME_CHARS: Final = 300
_PART_NUMBER: Final = re.compile(r"(?=.*[^\W\d_])(?=.*\d)[\w.\-/ ]{3,40}")
_ITEM_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*\.?")
_LETTER: Final = re.compile(r"\w")
_URL: Final = re.compile(r"https?://\S+")


class _Told(dict[str, tuple[str, tuple[str, ...]]]):
    """Cell -> what it says, free of mark-up and empty when that is nothing, and its links."""

    def __missing__(self, cell: str) -> tuple[str, tuple[str, ...]]:
        words = read_words(cell)
        text, links = words.text, words.links
        if len(text) <= _LONGEST_NOTHING and text.lower() in NOTHING:
            text, links = "", ()
        elif "://" in text:
            links = (*links, *_URL.findall(text))
        self[cell] = text, links
        return text, links


class _Amounts(dict[str, Quantity]):
    """Cell of a column of amounts -> the amount of one product.

    Args:
        products: for how many products the column states amounts.
    """

    def __init__(self, products: int) -> None:
        super().__init__()
        self._products = products

    def __missing__(self, cell: str) -> Quantity:
        amount = stated_amount(cell)
        if amount.value is not None and self._products > 1:
            amount = replace(amount, value=amount.value / self._products)
        self[cell] = amount
        return amount


@dataclass(frozen=True, slots=True)
class _Fact:
    """Columns that say one thing about a line.

    Attributes:
        role: as lines keep it; None when nothing but the links of these columns matters.
        columns: the best one first.
        of_names: whether the name counts as said here where it stands in one of these columns.
    """

    role: str | None
    columns: tuple[int, ...]
    of_names: bool


class RowReader:
    """Reads the rows under one header.

    Args:
        columns: what the header says.
        rows: all rows below it.
        file: the list's path in the design.
        sheet: title of the sheet, or an empty text.
    """

    def __init__(self, columns: Columns, rows: Sequence[Row], file: str, sheet: str) -> None:
        self._columns = columns
        self._file = file
        self._sheet = sheet
        self._quantity = columns.first("quantity")
        self._amounts = _Amounts(columns.products)
        self._rule = f"column {columns.titles[self._quantity]}" if self._quantity is not None else ""
        self._rule += ", shared out" if columns.products > 1 else ""
        self._told = _Told()
        self._facts = tuple(
            _Fact(None if role in _UNREAD else "also_called" if role == "name" else role, its, role in _OF_NAMES)
            for role, its in columns.roles.items()
        )
        self._names = [(each, columns.unnamed_after(each)) for each in columns.roles.get("name", ())]
        self._numbers = columns.roles.get("number", ())
        self._prices = columns.roles.get("price", ())
        self._assembly = _assembly_column(columns, rows)
        self._has_lengths = "length" in columns.roles
        self._origin = Origin.DERIVED if columns.products > 1 else Origin.READ

    def entry(self, row: Row, section: tuple[str, ...]) -> Entry | None:
        """The line of a row under these titles; None when it names nothing."""
        name = self._name(row)
        if name is None:
            return None
        written = row[name]
        if written.lower() in NOTHING or (_PAGE_MARK.fullmatch(written) and len(row.filled) == 1):
            return None
        words = read_words(written)
        quantity, rule, text = self._amount(row, without_forms(words))
        if not _LETTER.search(text) or len(text) > _MAX_NAME_CHARS:
            return None
        share = share_of(self._columns, row) or Share(quantity, rule) if self._columns.spread is not None else None
        cells, links = self._cells(row, name)
        belongs = row[self._assembly] if self._assembly is not None else cells.get("assembly", "")
        if belongs and (kind := kind_of(belongs)) is not None:
            section, belongs = (*section, belongs), "" if kind.make == "fabricate" or kind.exclude else belongs
        entry = Entry(
            name=text,
            quantity=_in_unit(share.quantity if share else quantity, cells.get("unit", "")),
            file=self._file,
            place=f"{self._sheet}!{row.place}" if self._sheet else row.place,
            section=section,
            rule=share.rule if share else rule,
            cells=cells,
            links=words.links + links,
            assembly=belongs or None,
            assembly_untitled=self._assembly is not None and bool(belongs),
            length_column=self._has_lengths,
            origin=self._origin,
            price=self._price(row),
        )
        return self._shared_out(entry, share) if share else entry

    def _shared_out(self, entry: Entry, share: Share) -> Entry:
        """The line with the amounts of its sub-assemblies or variants."""
        if not share.uses:
            return replace(entry, variants=share.variants)
        spread = self._columns.spread
        only_sums_tell = spread is not None and not spread.named
        return replace(entry, assembly=None, uses=share.uses, variants=share.variants, assembly_untitled=only_sums_tell)

    def _name(self, row: Row) -> int | None:
        """The column of this row's name: the name column, an untitled one right of it, or the next best."""
        for column, untitled in self._names:
            if row[column]:
                return column
            for index in untitled:
                if row[index] and not NUMBER_LIKE.fullmatch(row[index]):
                    return index
        return self._part_number(row)

    def _part_number(self, row: Row) -> int | None:
        """The column of a drawing or part number: a number column whose cell has letters and digits ("ARM-001")."""
        return next((column for column in self._numbers if _PART_NUMBER.fullmatch(row[column])), None)

    def _item_number(self, row: Row) -> str | None:
        """A dotted number, in the number column or an untitled one right of it."""
        for column in self._numbers:
            for index in (column, *self._columns.unnamed_after(column)):
                if _ITEM_NUMBER.fullmatch(row[index]):
                    return row[index].rstrip(".")
        return None

    def _amount(self, row: Row, name: str) -> tuple[Quantity, str, str]:
        """The amount, how it was read and the name without it."""
        column = self._quantity
        if column is not None:
            stated = self._amounts[row[column]]
            if stated.value is not None:
                return stated, self._rule, name
            if stated.text:
                return stated, f"column {self._columns.titles[column]}", name
        if column is None and (marks := self._designators(row)):
            return Quantity(float(marks), text=f"{marks} designators"), "designators counted", name
        for reading in (amount_before, amount_behind):
            found = reading(name)
            if found and ("x" in found[0].text.lower() or column is None):
                return found[0], "amount beside the name", found[1]
        return UNKNOWN, "no amount stated", name

    def _designators(self, row: Row) -> int:
        """How many components the row's designators name: "C1, C2" two, "R1-R4" four."""
        count = 0
        for column in self._columns.roles.get("designator", ()):
            for mark in re.split(r"[,;\s]+", row[column]):
                ends = re.fullmatch(r"([A-Z]+)(\d{1,4})-(?:\1)?(\d{1,4})", mark)
                count += max(1, int(ends[3]) - int(ends[2]) + 1) if ends else bool(mark)
        return count

    def _price(self, row: Row) -> str:
        """What the columns of prices say, each under its title."""
        said = [(self._columns.titles[column], self._told[row[column]][0]) for column in self._prices if row[column]]
        return "; ".join(f"{title}: {text}" for title, text in said if text)

    def _cells(self, row: Row, name: int) -> tuple[dict[str, str], tuple[str, ...]]:
        """What the cells beside the name say, by role, and the links in them."""
        cells: dict[str, str] = {}
        links: tuple[str, ...] = ()
        written = row.cells
        width = len(written)
        for fact in self._facts:
            said = ""
            for column in fact.columns:
                if column == name or column >= width or not (cell := written[column]):
                    continue
                if fact.role is None and cell.isalnum():  # no link in it
                    continue
                text, found = self._told[cell]
                links += found
                said = f"{said}; {text}" if said and text else said or text
            if fact.role is not None and said:
                cells[fact.role] = said
            if fact.of_names and name in fact.columns and fact.role is not None:
                cells[fact.role] = written[name]
        if self._numbers:
            self._add_numbers(row, name, cells)
        return cells, links

    def _add_numbers(self, row: Row, name: int, cells: dict[str, str]) -> None:
        """Put the line's item number and part number to what its cells say."""
        number, part_number = self._item_number(row), self._part_number(row)
        if number:
            cells["number"] = number
        if part_number is not None and part_number != name:
            cells["part_number"] = row[part_number]


def _in_unit(quantity: Quantity, unit: str) -> Quantity:
    """The amount in the unit that a column of units states, where its own text states none."""
    if not unit or quantity.value is None or quantity.unit != "piece":
        return quantity
    return replace(quantity, unit=parse_quantity(f"1 {unit}").unit)


def _assembly_column(columns: Columns, rows: Sequence[Row]) -> int | None:
    """An untitled column of words that repeat, between titled ones: it says where the line belongs."""
    last = max((index for index, title in enumerate(columns.titles) if title), default=0)
    for index in range(last):
        if index < len(columns.titles) and columns.titles[index]:
            continue
        cells = [row[index] for row in rows if row[index]]
        words = [cell for cell in cells if not NUMBER_LIKE.fullmatch(cell) and not re.match(r"\d", cell)]
        lines = sum(bool(row[columns.first("name") or 0]) for row in rows)
        if words and len(words) == len(cells) and len(cells) * 2 > lines and len(set(words)) * 2 <= max(4, len(words)):
            return index
    return None
