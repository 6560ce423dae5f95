"""A quote, number by number: each with its source, what is not known by name; sums in whole cents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["HOUR_S", "Kind", "Line", "Sum", "cents_of", "sums_of"]

HOUR_S: Final = 3600


class Kind(StrEnum):
    """What is paid for."""

    MATERIAL = "material"
    MACHINE = "machine hours"
    SET_UP = "set-up"
    WORK = "work"
    PART = "bought part"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Line:
    """One number.

    Attributes:
        kind: what it is for.
        what: "32 g of PLA", "1.5 h of Printer".
        source: where the price comes from, one clause; where there is none, what is not known.
        cents: the amount; None where it is not known.
        low_cents, high_cents: where it should lie nine times in ten; equal to `cents` where nothing is in doubt.
        currency: ISO 4217; None where the amount is not known.
        lab: id, or None.
    """

    kind: Kind
    what: str
    source: str
    cents: int | None = None
    low_cents: int | None = None
    high_cents: int | None = None
    currency: str | None = None
    lab: str | None = None

    def __post_init__(self) -> None:
        amounts = (self.low_cents, self.cents, self.high_cents, self.currency)
        if any(each is None for each in amounts):
            if any(each is not None for each in amounts):
                raise ValueError("an amount has an interval and a currency, what is not known has neither")
            return
        if not 0 <= (self.low_cents or 0) <= (self.cents or 0) <= (self.high_cents or 0):
            raise ValueError("an amount lies in its interval, from zero")

    @classmethod
    def of(cls, kind: Kind, what: str, source: str, cents: int, currency: str, *, lab: str | None = None) -> Line:
        """A line of which nothing is in doubt."""
        return cls(kind, what, source, cents, cents, cents, currency, lab)


@dataclass(frozen=True, slots=True)
class Sum:
    """All that is known in one currency."""

    currency: str
    cents: int
    low_cents: int
    high_cents: int


def sums_of(lines: Iterable[Line]) -> tuple[Sum, ...]:
    """By currency, the lines added up; what is not known counts nowhere."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in lines:
        if each.cents is None or each.low_cents is None or each.high_cents is None or each.currency is None:
            continue
        for place, amount in enumerate((each.cents, each.low_cents, each.high_cents)):
            found[each.currency][place] += amount
    return tuple(Sum(currency, *amounts) for currency, amounts in sorted(found.items()))


def cents_of(amount: float) -> int:
    """An amount of money in whole cents: the nearest, of two the even one."""
    return round(100 * amount)
