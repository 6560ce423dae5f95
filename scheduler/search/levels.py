# mypy: disable-error-code="no-any-return"
"""What is shared, as levels over time: free operators of a lab, material that is left of a stock.

The level of a stock at a moment is what may still be taken then: the least that is there from that moment on, so it
never falls as time goes on. What is there stands beside it.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduler.compiled import compiled
from scheduler.shop import NEVER, Ints

__all__ = ["AT", "LEVEL", "THERE", "Levels", "blocked", "ready_stock", "take_span", "take_stock"]

AT, LEVEL, THERE = range(3)


class Levels(NamedTuple):
    """Step functions of time.

    Attributes:
        first: by resource, where its rows begin, with room for all that may be taken.
        size: by resource, how many rows are in use.
        rows: `AT` which moment a `LEVEL` begins, in order; the first begins before all time. For stocks alone, what is
            `THERE` at that moment.
    """

    first: Ints
    size: Ints
    rows: Ints


@compiled
def _row(levels: Levels, resource: int, moment: int) -> int:
    """The row in force at a moment."""
    low, high = levels.first[resource], levels.first[resource] + levels.size[resource]
    while low < high:
        middle = (low + high) // 2
        if levels.rows[middle, AT] <= moment:
            low = middle + 1
        else:
            high = middle
    return low - 1


@compiled
def blocked(levels: Levels, resource: int, from_s: int, to_s: int, least: int) -> int:
    """Until when a level is too low for the last time between two moments, or -1 if it never is."""
    first, end = levels.first[resource], levels.first[resource] + levels.size[resource]
    row = _row(levels, resource, to_s - 1)
    while row >= first and (row + 1 == end or levels.rows[row + 1, AT] > from_s):
        if levels.rows[row, LEVEL] < least:
            return levels.rows[row + 1, AT] if row + 1 < end else NEVER
        row -= 1
    return -1


@compiled
def _split(levels: Levels, resource: int, moment: int) -> int:
    """The row that begins at a moment, made if there is none."""
    rows, row = levels.rows, _row(levels, resource, moment)
    if rows[row, AT] == moment:
        return row
    place = levels.first[resource] + levels.size[resource]
    while place > row + 1:
        for column in range(3):
            rows[place, column] = rows[place - 1, column]
        place -= 1
    rows[row + 1, AT], rows[row + 1, LEVEL], rows[row + 1, THERE] = moment, rows[row, LEVEL], rows[row, THERE]
    levels.size[resource] += 1
    return row + 1


@compiled
def _join(levels: Levels, resource: int, row: int, column: int) -> None:
    """Remove a row that tells what the one before it tells."""
    rows, end = levels.rows, levels.first[resource] + levels.size[resource]
    if row == levels.first[resource] or row == end or rows[row, column] != rows[row - 1, column]:
        return
    for place in range(row, end - 1):
        for each in range(3):
            rows[place, each] = rows[place + 1, each]
    levels.size[resource] -= 1


@compiled
def take_span(levels: Levels, resource: int, from_s: int, to_s: int, amount: int) -> None:
    """Lower a level from one moment to another, which is later; a negative amount raises it."""
    rows = levels.rows
    first, last = _row(levels, resource, from_s), _row(levels, resource, to_s)
    opens = 0 if rows[first, AT] == from_s else 1
    closes = 0 if rows[last, AT] == to_s else 1
    lowered, left = last + closes, rows[last, LEVEL]  # behind the rows to lower; the level after them
    place = levels.first[resource] + levels.size[resource] - 1
    while place >= lowered and opens + closes > 0:
        rows[place + opens + closes, AT], rows[place + opens + closes, LEVEL] = rows[place, AT], rows[place, LEVEL]
        place -= 1
    for place in range(lowered - 1, first, -1):
        rows[place + opens, AT], rows[place + opens, LEVEL] = rows[place, AT], rows[place, LEVEL] - amount
    if closes > 0:
        rows[lowered + opens, AT], rows[lowered + opens, LEVEL] = to_s, left
    rows[first + opens, LEVEL] = rows[first, LEVEL] - amount
    if opens > 0:
        rows[first + opens, AT] = from_s
    levels.size[resource] += opens + closes
    _join(levels, resource, lowered + opens, LEVEL)
    _join(levels, resource, first + opens, LEVEL)


@compiled
def ready_stock(levels: Levels, stock: int, amount: int) -> int:
    """From when on so much may be taken, or `NEVER`."""
    low, high = levels.first[stock], levels.first[stock] + levels.size[stock]
    end = high
    while low < high:
        middle = (low + high) // 2
        if levels.rows[middle, LEVEL] < amount:
            low = middle + 1
        else:
            high = middle
    return levels.rows[low, AT] if low < end else NEVER


@compiled
def take_stock(levels: Levels, stock: int, moment: int, amount: int) -> None:
    """Take so much away from a moment on; a negative amount brings it back."""
    rows, row = levels.rows, _split(levels, stock, moment)
    for later in range(row, levels.first[stock] + levels.size[stock]):
        rows[later, LEVEL] -= amount
        rows[later, THERE] -= amount
    place = row - 1
    while place >= levels.first[stock]:
        least = min(rows[place, THERE], rows[place + 1, LEVEL])
        if rows[place, LEVEL] == least:
            break
        rows[place, LEVEL] = least
        place -= 1
    _join(levels, stock, row, THERE)
