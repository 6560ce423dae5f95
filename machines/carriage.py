"""What a lab asks for sending things: by parcel and by weight, within its country and beyond, from a day on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["Carriage", "Reach", "carriage_to"]


class Reach(StrEnum):
    """How far a price of carriage holds."""

    COUNTRY = "country"  # within the lab's own
    ELSEWHERE = "elsewhere"  # in any other
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Carriage:
    """One price of a lab's list, or that it sends nothing.

    Attributes:
        to: where it holds.
        per_parcel: of each parcel, in the lab's currency; or None.
        per_kg: of each kilogram, or None.
        parcel_kg: what a parcel weighs at most, or None.
        since: the first day on which it holds, in the lab's zone; None where it always did.
        pick_up_only: whether the lab sends nothing there: what it makes is fetched.
    """

    to: Reach = Reach.ANYWHERE
    per_parcel: float | None = None
    per_kg: float | None = None
    parcel_kg: float | None = None
    since: date | None = None
    pick_up_only: bool = False

    def __post_init__(self) -> None:
        priced = self.per_parcel is not None or self.per_kg is not None
        if priced == self.pick_up_only:
            raise ValueError("carriage has a price by parcel or by kg, or things are picked up only")
        if self.parcel_kg is not None and not self.parcel_kg > 0:
            raise ValueError("what a parcel weighs at most is above zero")
        for each in (self.per_parcel, self.per_kg):
            if each is not None and not (math.isfinite(each) and each >= 0):
                raise ValueError("a price of carriage is a number from 0 up")

    def parcels(self, mass_kg: float) -> int:
        """How many parcels so much takes; one at least."""
        return 1 if self.parcel_kg is None else max(1, math.ceil(mass_kg / self.parcel_kg - 1e-9))


def carriage_to(prices: Iterable[Carriage], day: date, *, home: bool | None) -> Carriage | None:
    """The price that holds on a day: the one that began last, of those that began together the narrower one.

    Args:
        prices: of one lab.
        day: in the lab's zone.
        home: whether it goes to the lab's own country; None where that is not known: only what holds anywhere counts.
    """
    near = None if home is None else Reach.COUNTRY if home else Reach.ELSEWHERE
    fitting = [
        each for each in prices if each.to in (Reach.ANYWHERE, near) and (each.since is None or each.since <= day)
    ]
    return max(fitting, key=lambda each: (each.since or date.min, each.to is not Reach.ANYWHERE), default=None)
