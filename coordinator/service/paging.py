"""Long lists, a page at a time: each page names the last row that it holds, and the next begins behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coordinator.service.house import View
from core.errors import InputError

__all__ = ["MOST", "Page", "page_of"]

MOST = 200
"""Rows on a page at most."""
T = TypeVar("T")
R = TypeVar("R")


class Page(View, Generic[T]):
    """Part of a list; `next` is the cursor of the next page, or null at the end."""

    items: list[T]
    next: str | None = None


def page_of(
    session: Session,
    query: Select[R],
    key: InstrumentedAttribute[Any],
    view: Callable[[R], T],
    *,
    after: str | None,
    limit: int,
    falling: bool = False,
    first: Callable[[Sequence[R]], None] = lambda _: None,
) -> Page[T]:
    """One page of what a query finds.

    Args:
        session: to read with.
        query: without an order.
        key: the unique column that gives the order.
        view: of a row.
        after: the cursor of an earlier page, or None for the first.
        limit: rows, `MOST` at most.
        falling: whether the order is that of falling keys.
        first: called with the rows of the page, to read at once what their views need.

    Raises:
        InputError: the cursor is none.
    """
    if after is not None:
        last_seen = _key(after, key.type.python_type)
        query = query.where(key < last_seen if falling else key > last_seen)
    rows = session.scalars(query.order_by(key.desc() if falling else key).limit(min(limit, MOST) + 1)).all()
    shown = rows[: min(limit, MOST)]
    first(shown)
    last = str(getattr(shown[-1], key.key)) if len(rows) > len(shown) else None
    return Page(items=[view(row) for row in shown], next=last)


def _key(after: str, kind: type) -> int | str:
    if kind is not int:
        return after
    if not after.isascii() or not after.isdecimal() or len(after) > 18:
        raise InputError(f"{after[:40]!r} is no cursor", hint="take the `next` of the page before")
    return int(after)
