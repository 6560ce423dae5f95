"""Costs as others read them: lines with their sources, and sums."""

from __future__ import annotations

from collections.abc import Iterable

from coordinator.service.costing.lines import Kind, Line, sums_of
from coordinator.service.house import View

__all__ = ["CostLine", "MoneyView", "line_views", "sum_views"]


class CostLine(View):
    """One number with its source; null where it is not known, and then `source` says what is lacking."""

    kind: Kind
    what: str
    source: str
    cents: int | None
    low_cents: int | None
    high_cents: int | None
    currency: str | None
    lab: str | None


class MoneyView(View):
    """A sum in one currency, in hundredths; nine times in ten it should lie from `low_cents` to `high_cents`."""

    currency: str
    cents: int
    low_cents: int
    high_cents: int


def sum_views(lines: Iterable[Line]) -> list[MoneyView]:
    """By currency, what is known added up."""
    return [
        MoneyView(currency=s.currency, cents=s.cents, low_cents=s.low_cents, high_cents=s.high_cents)
        for s in sums_of(lines)
    ]


def line_views(lines: Iterable[Line], *, known: bool) -> list[CostLine]:
    """The lines that are known, or those that are not."""
    return [
        CostLine(
            kind=each.kind, what=each.what, source=each.source, cents=each.cents, low_cents=each.low_cents,
            high_cents=each.high_cents, currency=each.currency, lab=each.lab,
        )
        for each in lines
        if (each.cents is not None) == known
    ]  # fmt: skip
