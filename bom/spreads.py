"""Tables with several columns of amounts: one for each sub-assembly and perhaps their sum, or one for each variant.

The amounts of sub-assemblies add up. Those of variants never do: where they differ, only a person knows which is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bom.grids import Row
from bom.headers import WEAK_RANK, Columns, Spread, columns_by_role, find_columns, role_of
from bom.quantity import UNKNOWN, Quantity, parse_quantity, trailing_quantity
from bom.words import kind_of, phrases, words
from core.trees import normal_form

__all__ = ["Share", "header_at", "share_of"]

_LOOKED_AT: Final = 200  # rows below a header that tell what its columns hold
_MIN_COLUMNS: Final = 2
_MIN_AGREEING: Final = 2
_NO_AMOUNT: Final = frozenset({"", "-", "--", "\u2013", "\u2014", "/", "n/a", "na", "none"})
_BARE_SIZE: Final = re.compile(
    r"(?:x{0,3}[sml]|\d+(?:[.,x\u00d7 ]\d+)*\s?(?:mm|cm|m|in|inch|l|w|v|ah|kg)?)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one row says in its columns of amounts.

    Attributes:
        quantity: of one product; unknown where it differs between variants.
        rule: how it came about.
        uses: sub-assembly -> amount; their sum is the quantity, or it is empty.
        variants: variant -> amount; empty for sub-assemblies.
    """

    quantity: Quantity
    rule: str
    uses: Mapping[str, float] = field(default_factory=dict)
    variants: Mapping[str, Quantity] = field(default_factory=dict)


def header_at(rows: Sequence[Row], at: int, *, is_first: bool) -> Columns | None:
    """The columns, if this row is a header; the rows below it tell columns of amounts for parts or variants.

    Args:
        rows: all rows of the table.
        at: which of them.
        is_first: whether no header stands above it; then one that only the rows below tell is known too.
    """
    head = find_columns(rows[at])
    if head is not None:
        return _with_spread(head, rows[at + 1 : at + 1 + _LOOKED_AT])
    return _spread_header(rows[at], rows[at + 1 : at + 1 + _LOOKED_AT]) if is_first else None


def _spread_header(row: Row, below: Sequence[Row]) -> Columns | None:
    """The columns of a header that names things beside columns that turn out to be amounts; else None."""
    known = [(index, role) for index, title in enumerate(row.cells) if title and (role := role_of(title)) is not None]
    strong = [(index, role) for index, role in known if role[1] < WEAK_RANK]
    if not any(role == "name" for _, (role, _) in strong):
        return None
    spread = _with_spread(Columns(columns_by_role(strong), row.cells), below)
    return spread if spread.spread is not None else None


def _with_spread(columns: Columns, below: Sequence[Row]) -> Columns:
    """The columns, those that state amounts of the same lines for several sub-assemblies or variants told apart."""
    if sum(map(_may_be_amounts, columns.titles)) < _MIN_COLUMNS:
        return columns
    rows = [row for row in below if len(row.filled) >= _MIN_COLUMNS]
    labels = {
        at: label
        for at, title in enumerate(columns.titles)
        if _may_be_amounts(title) and (label := _label(title)) and not _is_sum(title) and _holds_amounts(rows, at)
    }
    if len(labels) < _MIN_COLUMNS or any(_keeps_stock(label) for label in labels.values()):
        return columns
    shown = {at: _shown(columns.titles[at]) for at in labels}
    if len({each.casefold() for each in shown.values()}) < len(shown):
        return columns
    spread = _judged(columns, rows, labels, shown)
    if spread is None:
        return columns
    apart = {*spread.labels, *(() if spread.total is None else (spread.total,))}
    roles = {role: left for role, its in columns.roles.items() if (left := tuple(at for at in its if at not in apart))}
    if spread.total is not None:
        roles["quantity"] = (spread.total,)
    elif not spread.are_variants or "quantity" in roles:
        roles.pop("quantity", None)
    return replace(columns, roles=roles, spread=spread) if "name" in roles else columns


def _judged(
    columns: Columns, rows: Sequence[Row], labels: Mapping[int, str], shown: Mapping[int, str]
) -> Spread | None:
    """What these columns are, or None when they may be anything."""
    total = next((at for at, title in enumerate(columns.titles) if _is_sum(title) and _holds_amounts(rows, at)), None)
    stated = next((at for at in columns.roles.get("quantity", ()) if at not in labels and at != total), None)
    counts = _counts(columns, labels)
    variants = sum(map(_is_variant, labels.values()))
    if variants:
        is_clear = variants >= _MIN_COLUMNS and stated is None
        return Spread(shown, are_variants=True) if is_clear else None
    named = sum(phrases("assembly_words").find(label) is not None for label in labels.values()) * 2 >= len(labels)
    if stated is not None or total is not None:
        total = stated if stated is not None else total
        is_told = "quantity" in columns.roles  # such a column counts by itself; the others may mean anything
        agrees = _agrees(rows, total, dict.fromkeys(labels, 1.0))
        if not agrees and counts and _agrees(rows, total, counts):
            return Spread(shown, total, named=named, counts=counts)
        return Spread(shown, total, named=named) if agrees or (named and not is_told) else None
    return Spread(shown, counts=counts) if named else None


def _counts(columns: Columns, labels: Iterable[int]) -> dict[int, float]:
    """How many of each sub-assembly one product holds, as the headers say ("Leg x2"); empty when none says it."""
    stated = {at: trailing_quantity(columns.titles[at]) for at in labels}
    counts = {at: (found[0].value or 1.0) if found is not None else 1.0 for at, found in stated.items()}
    return counts if any(count > 1 for count in counts.values()) else {}


def _may_be_amounts(title: str) -> bool:
    """Whether a column with this title may hold amounts beside others: no list of words knows it for something else."""
    if not title:
        return False
    found = role_of(title)
    return found is None or found[0] == "quantity" or (found[1] >= WEAK_RANK and found[0] not in {"price", "none"})


def _label(title: str) -> str:
    """What the column is for: its title in normal form without the words for amounts."""
    return " ".join(word for word in normal_form(title).split() if word not in words("quantity_words"))


def _shown(title: str) -> str:
    """The label as the header writes it: "Y axis" of "Qty (Y axis)"."""
    left = [word for word in title.split() if normal_form(word) not in words("quantity_words")]
    return " ".join(left).strip(" ()[]:.-") or title


def _is_sum(title: str) -> bool:
    return bool(title) and "$" not in title and _label(title) in phrases("sum_words")


def _is_variant(label: str) -> bool:
    """Whether the label tells versions of the product apart: a size, a mark ("Mk2", "Kit A"), or a word for one."""
    if _BARE_SIZE.fullmatch(label):
        return True
    parts = re.findall(r"[^\W\d]+|\d+", label)
    marks = words("size_marks")
    if any(part in marks for part in parts) and any(part not in marks for part in parts):
        return True
    return phrases("variant_words").find(label) is not None and phrases("assembly_words").find(label) is None


def _keeps_stock(label: str) -> bool:
    """Whether the label is of what is kept, bought or paid, or of a kind of things, and of no part of the product."""
    kind = kind_of(label)
    return phrases("stock_keeping_words").find(label) is not None or (kind is not None and kind.exact)


def _holds_amounts(rows: Sequence[Row], column: int) -> bool:
    """Whether the column holds whole numbers, or amounts with a unit, and hardly anything else."""
    cells = [cell for row in rows if (cell := row[column]).casefold() not in _NO_AMOUNT]
    amounts = sum(_is_amount(cell) for cell in cells)
    return amounts > 0 and amounts * 5 >= len(cells) * 4


def _is_amount(cell: str) -> bool:
    stated = parse_quantity(cell)
    return stated.value is not None and (stated.value % 1 == 0 or stated.unit != "piece")


def _agrees(rows: Sequence[Row], total: int | None, counts: Mapping[int, float]) -> bool:
    """Whether the total is the sum of the columns, each so many times, in most rows, in two of them at least."""
    if total is None:
        return False
    pairs = [
        (stated, sum((parse_quantity(row[at]).value or 0) * count for at, count in counts.items()))
        for row in rows
        if (stated := parse_quantity(row[total]).value) is not None
    ]
    agreeing = sum(abs(stated - added) < 1e-6 for stated, added in pairs)
    return agreeing >= min(_MIN_AGREEING, len(rows)) > 0 and agreeing * 5 >= len(pairs) * 3


def share_of(columns: Columns, row: Row) -> Share | None:
    """What the row says in its columns of amounts; None where it says nothing, or the table has no such columns."""
    spread = columns.spread
    if spread is None:
        return None
    stated = {
        label: parse_quantity(row[at]) for at, label in spread.labels.items() if row[at].casefold() not in _NO_AMOUNT
    }
    if spread.are_variants:
        return _of_variants(stated, spread) if stated else None
    if any(each.value is None for each in stated.values()) or len({each.unit for each in stated.values()}) > 1:
        return Share(Quantity(None, text=_said(stated)), "columns that do not add up")
    times = {label: spread.counts.get(at, 1.0) for at, label in spread.labels.items()}
    uses = {label: each.value * times[label] for label, each in stated.items() if each.value}
    added, unit = sum(uses.values()), next((each.unit for each in stated.values()), "piece")
    total = parse_quantity(row[spread.total]) if spread.total is not None else UNKNOWN
    if total.value is None:
        rule = f"columns {', '.join(uses)} added up"
        if any(times[label] != 1 for label in uses):  # whether the amounts are for one of each nobody says
            rule += ", each as often as its header counts"
            return Share(Quantity(added, unit, approximate=True, text=_said(stated)), rule, uses)
        return Share(Quantity(added, unit, text=_said(stated)), rule, uses) if stated else None
    rule = f"column {columns.titles[spread.total or 0]}"
    if abs(total.value - added) < 1e-6:
        return Share(total, f"{rule}, the sum of {', '.join(uses)}" if uses else rule, uses)
    # The two disagree, so that a person must look; what is built from is the stated total.
    text = f"{total.text}, and {_said(stated)}" if stated else total.text
    return Share(replace(total, approximate=bool(stated), text=text), rule)


def _of_variants(stated: Mapping[str, Quantity], spread: Spread) -> Share:
    """The amount for each variant, a blank one none; known only where every variant needs the same."""
    every = {label: stated.get(label, Quantity(0.0)) for label in spread.labels.values()}
    amounts = {(each.value, each.unit) for each in every.values()}
    first = next(iter(every.values()))
    rule = f"columns {', '.join(every)}, one for each variant"
    same = len(amounts) == 1 and first.value is not None
    return Share(first if same else Quantity(None, text=_said(stated)), rule, variants=every)


def _said(stated: Mapping[str, Quantity]) -> str:
    return ", ".join(f"{label} {each.text}" for label, each in stated.items())
