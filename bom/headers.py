"""Which column of a table means what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Final

from bom.grids import Row, column_texts
from bom.words import headers, phrases, words
from core.trees import normal_form

__all__ = ["WEAK_RANK", "Columns", "Spread", "columns_by_role", "find_columns", "is_designator", "role_of"]

_MAX_HEADER_CHARS: Final = 60
_FAIR_RANK: Final = 60
WEAK_RANK: Final = 100
_DESIGNATOR: Final = re.compile(r"[A-Z]{1,4}\d{1,4}(?:\s*[-,;/ ]\s*(?:[A-Z]{1,4})?\d{1,4})*,?")
_PER_PACKAGE: Final = re.compile(r"\w\s*(?:/|\bper\b|\bin\b)\s*(?:a\s+)?[a-z]|\bsize\b", re.IGNORECASE)
_PER: Final = re.compile(r"(?:for|per|/)\s*(\d{1,4})\b", re.IGNORECASE)


def is_designator(text: str) -> bool:
    """Whether the text is reference designators of a circuit: "R1", "C1, C2", "D1-D4"."""
    return _DESIGNATOR.fullmatch(text.strip()) is not None


@dataclass(frozen=True, slots=True)
class Spread:
    """Several columns that state amounts of the same lines (`bom.spreads`).

    Attributes:
        labels: column -> the sub-assembly or variant that it is for.
        total: the column that adds them up, or None.
        are_variants: whether only one of the columns counts, the one of the variant that is built.
        named: whether the labels are words for parts of a product, or else only the sums tell.
        counts: column -> how many of its sub-assembly one product holds, where the amounts are for one of them.
    """

    labels: Mapping[int, str]
    total: int | None = None
    are_variants: bool = False
    named: bool = True
    counts: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table.

    Attributes:
        roles: role -> columns that have it, the best one first.
        titles: the header row's texts.
        products: for how many products the amounts are stated.
        spread: the columns of amounts, where there are several.
    """

    roles: Mapping[str, tuple[int, ...]]
    titles: tuple[str, ...]
    products: int = 1
    spread: Spread | None = None

    def first(self, role: str) -> int | None:
        """The best column of a role, or None."""
        return self.roles.get(role, (None,))[0]

    def unnamed_after(self, column: int) -> tuple[int, ...]:
        """The columns right of this one up to the next that has a title."""
        after = []
        for index in range(column + 1, len(self.titles)):
            if self.titles[index]:
                break
            after.append(index)
        return tuple(after)

    def settled(self, rows: Sequence[Row]) -> Columns:
        """The same, doubts resolved by the rows: designators under "Part", names under "Purpose" or "Value"."""
        roles = self._without_numbers(rows)
        names = [column for column in roles.get("name", ()) if not _mostly(rows, column, is_designator)]
        designators = tuple(column for column in roles.get("name", ()) if column not in names)
        if designators:
            roles["designator"] = designators + roles.get("designator", ())
        other = [column for column in roles.get("designator", ()) if not _mostly(rows, column, is_designator)]
        roles["reference"] = tuple(other)
        roles["designator"] = tuple(column for column in roles.get("designator", ()) if column not in other)
        if roles["designator"] and "value" in roles and (designators or not names or self._only_describes(names[0])):
            names = [*roles["value"], *names]
        names += [column for column in roles.get("purpose", ()) if not names]
        if not names and roles["designator"]:
            names = [column for column in roles.get("notes", ()) if normal_form(self.titles[column]) == "comment"]
        if not names:
            names = list(roles.get("file", ()) or roles.get("supplier_number", ()) or roles.get("standard", ()))
        if not names and designators:  # models such as ESP32 look like designators
            names, roles["designator"] = [*designators], roles["designator"][len(designators) :]
        counts = [column for column in roles.get("number", ()) if self.titles[column] == "#" and _counts(rows, column)]
        if counts and "quantity" not in roles:
            roles["quantity"] = tuple(counts)
        roles["name"] = tuple(names)
        return replace(self, roles={role: columns for role, columns in roles.items() if columns})

    def _without_numbers(self, rows: Sequence[Row]) -> dict[str, tuple[int, ...]]:
        """The roles, columns of names that hold nothing but numbers ("Item" 1, 2, 3) taken for item numbers."""
        names = self.roles.get("name", ())
        numbers = tuple(column for column in names if _mostly(rows, column, _is_number))
        if not numbers or len(numbers) == len(names):
            return dict(self.roles)
        kept = tuple(column for column in names if column not in numbers)
        return dict(self.roles) | {"name": kept, "number": (*self.roles.get("number", ()), *numbers)}

    def _only_describes(self, column: int) -> bool:
        """Whether the column describes a kind of component; in a circuit's list the value beside it is the name."""
        return normal_form(self.titles[column]) in words("description_words")


def _is_number(text: str) -> bool:
    return text.replace(".", "").isdigit()


def _mostly(rows: Sequence[Row], column: int, test: Callable[[str], bool]) -> bool:
    """Whether more than three fifths of the column's texts pass the test."""
    cells = column_texts(rows, column)
    if not any(map(test, cells[: len(cells) * 2 // 5 + 1])):  # too many have failed already
        return False
    return sum(map(test, cells)) * 5 > len(cells) * 3


def _counts(rows: Sequence[Row], column: int) -> bool:
    """Whether a column "#" holds amounts: whole numbers that do not simply run on."""
    numbers = [row[column] for row in rows if row[column]]
    running = [str(number) for number in range(1, len(numbers) + 1)]
    return bool(numbers) and all(number.isdigit() for number in numbers) and numbers != running


@lru_cache(20_000)
def role_of(title: str) -> tuple[str, int] | None:
    """The role of one header and how good a spelling it is, 0 the best."""
    form = normal_form(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title)) or ("no" if title.strip() == "#" else "")
    parts = form.split()
    if not parts:
        return None
    counts = bool({parts[0], parts[-1]} & words("quantity_words"))
    if phrases("package_words").find(form) and (counts or phrases("package_words").find(parts[0])):
        return ("package_size" if _PER_PACKAGE.search(title) else "package"), 0
    if any(sign in title for sign in "$€£"):
        return "price", WEAK_RANK
    if form in headers():
        return headers()[form]
    if counts and len(parts) > 1 and words("price_words").isdisjoint(parts):
        return "quantity", _FAIR_RANK
    if not words("price_words").isdisjoint(parts):
        return "price", WEAK_RANK
    if not words("ignored_words").isdisjoint(parts):
        return "none", WEAK_RANK
    for word in (parts[-1], parts[0]):
        if len(parts) <= 4 and word in headers():
            role, rank = headers()[word]
            return role, rank + WEAK_RANK
    return None


@cache
def _any_word() -> re.Pattern[str]:
    """Any word or sign by which a cell may be a header; most rows are told apart by it at once."""
    every = {word for spelling in headers() for word in spelling.split()}
    for key in ("quantity_words", "price_words", "ignored_words"):
        every |= words(key)
    return re.compile(
        rf"[$€£]|#|(?<![^\W_])(?:{'|'.join(sorted(map(re.escape, every), key=len, reverse=True))})(?![^\W_])"
    )


def find_columns(row: Row) -> Columns | None:
    """The columns, if this row is a header: it names a thing and an amount, or a thing and two facts more."""
    titles = row.cells
    if max(map(len, titles), default=0) > _MAX_HEADER_CHARS:
        return None
    if len(set(_any_word().findall(" ".join(titles).casefold()))) < 2 or len(row.filled) < 2:
        return None
    found = [(index, role_of(title)) for index, title in enumerate(titles) if title]
    known = [(index, role) for index, role in found if role is not None]
    strong = [role for _, (role, rank) in known if rank < WEAK_RANK]
    if len(known) * 2 < len(found) or len(strong) < 2:
        return None
    roles = columns_by_role(known)
    named = {"name", "purpose", "value", "designator", "file"} & set(strong)
    facts = set(strong) - named - {"none", "package", "package_size", "number"}
    whole = len(strong) == len(found) >= 3
    if not named or not ("quantity" in roles or len(facts) >= 2 or (facts and (whole or "number" in strong))):
        return None
    quantity = roles.get("quantity", (None,))[0]
    per = _PER.search(titles[quantity]) if quantity is not None else None
    return Columns(roles, titles, max(1, int(per[1])) if per else 1)


def columns_by_role(known: Sequence[tuple[int, tuple[str, int]]]) -> dict[str, tuple[int, ...]]:
    """Role -> its columns, the best spelling first, of columns with their role and rank."""
    columns: dict[str, list[tuple[int, int]]] = {}
    for index, (role, rank) in known:
        columns.setdefault(role, []).append((rank, index))
    return {role: tuple(index for _, index in sorted(ranked)) for role, ranked in columns.items()}
