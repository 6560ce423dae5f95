"""Spares stated beside an amount: "4 + 1 spare" needs four, "2 (1 spare)" one or two, which a person must say."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Final

from bom.quantity import Quantity, leading_quantity, parse_quantity, trailing_quantity
from bom.words import words

__all__ = ["amount_before", "amount_behind", "stated_amount"]

_MAX_CHARS: Final = 400  # longer texts are no lines of lists


@cache
def _any_spare() -> re.Pattern[str]:
    return re.compile(rf"\d\s*(?:x\s*)?(?:as\s+|is\s+|are\s+)?(?:an?\s+)?(?:{_spares()})(?!\w)", re.IGNORECASE)


@cache
def _clause() -> re.Pattern[str]:
    """The spares behind an amount: on top of it, or in brackets or behind a comma, where they may be part of it."""
    return re.compile(
        r"\s*(?:\(\s*)?(?:(?P<more>\+|plus|and|und|et|y|e|pi\u00f9|m\u00e1s|mais)|(?<=[(,])|,)"
        r"\s*(?:(?:incl\.?|including|inkl\.?|of which|davon|dont|di cui)\s*)?"
        rf"\d{{1,3}}\s*(?:x\s*)?(?:as\s+|is\s+|are\s+)?(?:an?\s+)?(?:{_spares()})(?!\w)\s*\)?",
        re.IGNORECASE,
    )


def _spares() -> str:
    return "|".join(sorted(words("spare_words"), key=len, reverse=True))


def stated_amount(cell: str) -> Quantity:
    """The amount of a cell (`bom.quantity.parse_quantity`), its spares left aside."""
    found = _found(cell)
    if found is None or found.end() < len(cell.rstrip()):
        return parse_quantity(cell)
    amount = parse_quantity(cell[: found.start()])
    return parse_quantity(cell) if amount.value is None else _judged(amount, found, cell)


def amount_before(text: str) -> tuple[Quantity, str] | None:
    """The amount before a name (`bom.quantity.leading_quantity`), the spares behind the amount left aside."""
    found = _found(text)
    if found is None or parse_quantity(text[: found.start()]).value is None:
        return leading_quantity(text)
    rest = text[found.end() :].strip()
    inner = leading_quantity(f"{text[: found.start()].strip()} {rest}")
    return (_judged(inner[0], found, text[: found.end()]), inner[1]) if inner else leading_quantity(text)


def amount_behind(text: str) -> tuple[Quantity, str] | None:
    """The amount behind a name (`bom.quantity.trailing_quantity`), the spares behind the amount left aside."""
    found = _found(text)
    inner = trailing_quantity(text[: found.start()]) if found and found.end() == len(text.rstrip()) else None
    if found is None or inner is None:
        return trailing_quantity(text)
    return _judged(inner[0], found, text[text.find(inner[0].text) :]), inner[1]


def _found(text: str) -> re.Match[str] | None:
    return _clause().search(text) if len(text) <= _MAX_CHARS and _any_spare().search(text) else None


def _judged(amount: Quantity, found: re.Match[str], text: str) -> Quantity:
    """The amount; one that may hold the spares is told as doubtful, so that it is asked about."""
    return replace(amount, approximate=amount.approximate or not found["more"], text=text.strip())
