"""Sub-assemblies from item numbers (1, 1.1, 1.1.1) or a level column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bom.bill import Assembly
from bom.entry import Entry

__all__ = ["unfold"]


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
        quantity = entry.quantity if amount is None else replace(entry.quantity, value=amount * times)
        lines.append(replace(entry, quantity=quantity, assembly=parent or entry.assembly))
    return tuple(lines), tuple(assemblies.values())


def _depths(entries: Sequence[Entry]) -> list[int] | None:
    """How deep each line stands; None when the list has no depth."""
    levels = [entry.cell("level") for entry in entries]
    if entries and all(level.isdigit() for level in levels):
        depths = [int(level) for level in levels]
        return depths if len(set(depths)) > 1 else None
    numbers = [entry.cell("number") for entry in entries]
    dotted = [number for number in numbers if "." in number.removesuffix(".0")]
    known = set(numbers)
    if len(dotted) * 2 < len(numbers) or not any(number.rpartition(".")[0] in known for number in dotted):
        return None
    return [len(number.removesuffix(".0").split(".")) if number else 1 for number in numbers]


def _unique(name: str, taken: dict[str, Assembly]) -> str:
    unique, count = name, 2
    while unique in taken:
        unique, count = f"{name} ({count})", count + 1
    return unique
