"""The book of a lab's stock: every change of an amount is a row, and an item's rows add up to what is left of it.

What is left is never below zero: where a run took more than was listed, the book says first that there was more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coordinator.events import record
from coordinator.schema.stock import BookingKind, BookingRow, StockKind, StockRow
from core.errors import InputError

__all__ = ["MOST", "PER_UNIT", "amount_of", "in_words", "receive", "retire", "set_left", "take"]

PER_UNIT: Final = 1000
"""Parts of a gram, a sheet or a tool in which the book counts."""
MOST: Final = 1_000_000.0
"""Grams or sheets that one item may have."""


def amount_of(quantity: float, where: str) -> int:
    """A quantity as the book counts it.

    Args:
        quantity: grams, sheets or tools.
        where: what it is, for the error.

    Raises:
        InputError: it is below zero or more than an item may have.
    """
    if not 0 <= quantity <= MOST:
        raise InputError(f"{quantity:g} is no amount", where=where, hint=f"from 0 to {MOST:,.0f}")
    return round(PER_UNIT * quantity)


def in_words(amount: int, kind: StockKind) -> str:
    """An amount as people say it: "80 g", "2.5 sheets", "1 tool"."""
    number = f"{amount / PER_UNIT:.12g}" if abs(amount) < 10 * PER_UNIT else f"{amount / PER_UNIT:.0f}"
    if kind is StockKind.SPOOL:
        return f"{number} g"
    return f"{number} {kind}" + ("" if amount == PER_UNIT else "s")


def receive(session: Session, item: StockRow, at: datetime, *, who: str, why: str) -> None:
    """Book what a new item came with, which stands in it already."""
    amount, item.left = item.left, 0
    _book(session, item, amount, BookingKind.RECEIVED, at, who=who, why=why)


def take(session: Session, item: StockRow, amount: int, at: datetime, *, who: str, why: str, job_id: str) -> None:
    """Book what a run took; more than was there is corrected first, and said."""
    if amount > item.left:
        there, took = in_words(item.left, item.kind), in_words(amount, item.kind)
        more = f"{job_id} took {took}, and {there} were listed"
        _book(session, item, amount - item.left, BookingKind.CORRECTED, at, who=who, why=more)
    _book(session, item, -amount, BookingKind.USED, at, who=who, why=why, job_id=job_id)


def set_left(session: Session, item: StockRow, left: int, at: datetime, *, who: str, why: str) -> None:
    """Book what somebody weighed or counted."""
    _book(session, item, left - item.left, BookingKind.CORRECTED, at, who=who, why=why)


def retire(session: Session, item: StockRow, at: datetime, *, who: str, why: str) -> None:
    """Book that an item is gone, with what was left of it."""
    item.retired_at = at
    _book(session, item, -item.left, BookingKind.RETIRED, at, who=who, why=why)


def _book(
    session: Session, item: StockRow, change: int, kind: BookingKind, at: datetime, *,
    who: str, why: str, job_id: str | None = None,
) -> None:  # fmt: skip
    before, item.left = item.left, item.left + change
    session.flush()  # a new item has no id before
    row = BookingRow(stock_id=item.id, at=at, kind=kind, change=change, left=item.left, job_id=job_id, who=who, why=why)
    session.add(row)
    told = {"lab": item.lab, "change": change / PER_UNIT, "left": item.left / PER_UNIT}
    record(session, at, f"stock.{kind}", f"stock {item.id}", who=who, why=why, **told, job=job_id)
    if kind is not BookingKind.RETIRED and item.low is not None and item.left < item.low <= before:
        left = f"{item.name}: {in_words(item.left, item.kind)} left"
        record(session, at, "stock.low", f"stock {item.id}", who=who, why=left, lab=item.lab, left=told["left"])
