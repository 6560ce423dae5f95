"""What bought parts cost: what was paid here for the same, else what the designer's bill says, read with care.

A bill writes prices as it likes. A price counts where it names one amount, one currency, and whether it is for one or
for all is beyond doubt; everything else is quoted as it stands and counts as not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import TaskRow
from coordinator.schema.supply import PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.costing.lines import Kind, Line

__all__ = ["Bought", "Price", "paid_before", "part_lines", "read_price"]

_SIGNS: Final = {"€": "EUR", "EUR": "EUR", "EURO": "EUR", "£": "GBP", "GBP": "GBP", "US$": "USD", "USD": "USD",
                 "CHF": "CHF", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK", "PLN": "PLN", "CZK": "CZK", "CAD": "CAD",
                 "AUD": "AUD", "BRL": "BRL", "R$": "BRL", "₹": "INR", "INR": "INR"}  # fmt: skip
_SIGN: Final = re.compile("|".join(re.escape(each) for each in sorted(_SIGNS, key=len, reverse=True)), re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![\d.,-])(\d{1,7}(?:[.,](?:\d{1,2}|\d{4}))?)(?![\d.,])")
_EACH: Final = re.compile(r"\b(unit|each|per (?:unit|piece|part)|a piece|piece)\b|/ ?(?:pc|piece|unit)", re.IGNORECASE)
_ALL: Final = re.compile(r"\b(total|sum|ext(?:ended)?|subtotal|line)\b", re.IGNORECASE)
_ORDERED: Final = (PurchaseState.ORDERED, PurchaseState.SHORT, PurchaseState.ARRIVED)
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Bought:
    """What is bought of one part.

    Attributes:
        name: of the part.
        quantity: for all products.
        one: for one product.
        unit: in which it is counted.
        price: what the bill says, under its titles; or None.
    """

    name: str
    quantity: float
    one: float
    unit: str
    price: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Money for one unit of a part, in cents, exactly."""

    cents: Fraction
    currency: str
    source: str


def part_lines(parts: Iterable[Bought], paid: dict[tuple[str, str], Price]) -> list[Line]:
    """A line for each part.

    Args:
        parts: what is bought.
        paid: by name and unit, what was paid here.
    """
    lines = []
    for part in parts:
        what = f"{part.quantity:.12g} {'' if part.unit == 'piece' else part.unit + ' of '}{part.name}"
        price = paid.get((part.name, part.unit)) or read_price(part.price, part.one)
        if price is None:
            told = f"the bill says {part.price[:80]!r}, which is no clear price" if part.price else "no price is known"
            lines.append(Line(Kind.PART, what, told))
        else:
            cents = round(price.cents * Fraction(part.quantity))
            lines.append(Line.of(Kind.PART, what, price.source, cents, price.currency))
    return lines


def read_price(text: str | None, one: float) -> Price | None:
    """A price out of a bill's own words: "Unit price: 2.50 EUR".

    Args:
        text: as the bill has it, "title: words", several with semicolons.
        one: how many of it a product takes, for prices of all of them.

    Returns:
        What one costs; None where it is not beyond doubt.
    """
    found = [price for each in (text or "").split(";") if (price := _of_one(each.strip(), one)) is not None]
    same = {(each.cents, each.currency) for each in found}
    if len(same) != 1:
        return None
    return found[0]


def _of_one(text: str, one: float) -> Price | None:
    title, _, words = text.rpartition(":")
    currencies = {_SIGNS[sign.upper()] for sign in _SIGN.findall(text)}
    numbers = _NUMBER.findall(_SIGN.sub(" ", words))
    if len(currencies) != 1 or len(numbers) != 1 or one <= 0:
        return None
    amount = Fraction(Decimal(numbers[0].replace(",", "."))) * 100
    for_each, for_all = _EACH.search(text) is not None, _ALL.search(text) is not None
    if for_each == for_all and one != 1:
        return None
    source = f"the bill: {title + ': ' if title else ''}{words.strip()}"[:200]
    return Price(amount if for_each or one == 1 else amount / Fraction(one), currencies.pop(), source)


def paid_before(session: Session, names: Iterable[str]) -> dict[tuple[str, str], Price]:
    """By name and unit, what was last paid here for one of a part, carriage left out."""
    wanted = sorted(set(names))
    found: dict[tuple[str, str], Price] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(PurchaseItemRow, PurchaseRow, TaskRow)
            .join(PurchaseRow, PurchaseRow.id == PurchaseItemRow.purchase_id)
            .join(TaskRow, TaskRow.id == PurchaseItemRow.task_id)
            .where(TaskRow.name.in_(wanted[start : start + _AT_ONCE]), PurchaseItemRow.price.is_not(None))
            .where(PurchaseRow.currency.is_not(None), PurchaseRow.state.in_(_ORDERED), PurchaseItemRow.quantity > 0)
            .order_by(PurchaseItemRow.id)
        )
        for item, purchase, task in session.execute(query):
            cents = Fraction(round(100 * (item.price or 0.0))) / Fraction(item.quantity)
            told = f"paid before: {item.price:.2f} {purchase.currency} for {item.quantity:.12g}, purchase {purchase.id}"
            found[task.name, task.unit] = Price(cents, str(purchase.currency), told)
    return found
