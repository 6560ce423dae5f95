"""Sub-assemblies from item numbers (1, 1.1, 1.1.1) or a level column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from bom.bill import Assembly
from bom.entry import Entry
from bom.quantity import Quantity, leading_quantity, trailing_quantity
from bom.words import kind_of
from core.numerals import whole_number

__all__ = ["counted_titles", "unfold"]

_TIMES: Final = re.compile(r"\d+\s*(?:x|\u00d7)\s", re.IGNORECASE)


def counted_titles(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[Assembly, ...]]:
    """Lines under a title that states how many ("Arm (2x)") put into that sub-assembly, their amounts multiplied.

    A title that says what kind of things follow ("Printed parts (12 pcs)") counts them, and is no sub-assembly.
    """
    assemblies: dict[str, Assembly] = {}
    lines: list[Entry] = []
    for entry in entries:
        counted = next((found for title in reversed(entry.section) if (found := _counted(title))), None)
        if counted is None or entry.assembly or entry.uses:
            lines.append(entry)
            continue
        name, count = counted
        assemblies.setdefault(name, Assembly(name, count))
        rule = f"{entry.rule}, for each of {count:g} x {name}"
        lines.append(replace(_times(entry, count), assembly=name, rule=rule))
    return tuple(lines), tuple(assemblies.values())


def _counted(title: str) -> tuple[str, float] | None:
    """The name and the count of a title that names a sub-assembly with its count."""
    found = trailing_quantity(title) or (leading_quantity(title) if _TIMES.match(title) else None)
    if found is None or found[0].value is None or found[0].value < 1 or kind_of(found[1]) is not None:
        return None
    return found[1], found[0].value


def unfold(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[Assembly, ...]]:
    """Lines with their sub-assembly, and the sub-assemblies; lines that hold others are no parts any more.

    Item 0 is the product itself. In an indented list an amount counts for one of the line above it, so amounts are
    multiplied downwards. Lists without item numbers or levels, or with flat ones, are given back unchanged.
    """
    depths = _depths(entries)
    if depths is None:
        return tuple(entries), ()
    lines: list[Entry] = []
    assemblies: dict[str, Assembly] = {}
    stack: list[tuple[int, str | None, float]] = []  # depth, assembly name (None for the product), how many of it
    for at, entry in enumerate(entries):
        depth = depths[at]
        if entry.cell("number").removesuffix(".0") == "0":
            lines.append(replace(entry, cells={**entry.cells, "is_product": entry.name}))
            continue
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent, times = (stack[-1][1], stack[-1][2]) if stack else (None, 1.0)
        amount = entry.quantity.value
        if at + 1 < len(entries) and depths[at + 1] > depth:
            count = times * (amount or 1.0)
            name = _unique(entry.name, assemblies)
            assemblies[name] = Assembly(name, count, parent)
            stack.append((depth, name, count))
            continue
        lines.append(replace(_times(entry, times), assembly=None if entry.uses else parent or entry.assembly))
    return tuple(lines), tuple(assemblies.values())


def _times(entry: Entry, count: float) -> Entry:
    """The line with all its amounts so many times; what is unknown stays unknown."""
    return replace(
        entry,
        quantity=_multiplied(entry.quantity, count),
        uses={name: amount * count for name, amount in entry.uses.items()},
        variants={name: _multiplied(amount, count) for name, amount in entry.variants.items()},
    )


def _multiplied(quantity: Quantity, count: float) -> Quantity:
    return quantity if quantity.value is None else replace(quantity, value=quantity.value * count)


def _depths(entries: Sequence[Entry]) -> list[int] | None:
    """How deep each line stands; None when the list has no depth."""
    levels = [whole_number(entry.cell("level")) for entry in entries]
    depths = [level for level in levels if level is not None]
    if depths and len(depths) == len(levels):
        return depths if len(set(depths)) > 1 else None
    numbers = [entry.cell("number") for entry in entries]
    dotted = [number for number in numbers if "." in number.removesuffix(".0")]
    known = set(numbers)
    if not any(number.rpartition(".")[0] in known for number in dotted):
        return None
    if len(dotted) * 2 < len(numbers) and not _follow_their_parents(numbers):
        return None
    return [len(number.removesuffix(".0").split(".")) if number else 1 for number in numbers]


def _follow_their_parents(numbers: Sequence[str]) -> bool:
    """Whether each dotted number stands right behind its parent or below it, and each line has a number."""
    return all(numbers) and all(
        last.startswith(parent) for last, number in pairwise(numbers) if (parent := number.rpartition(".")[0])
    )


def _unique(name: str, taken: dict[str, Assembly]) -> str:
    unique, count = name, 2
    while unique in taken:
        unique, count = f"{name} ({count})", count + 1
    return unique
