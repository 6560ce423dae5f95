"""A fact out of the log, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from commons.flows.events import Measure
from commons.flows.facts import Counted, Fact
from commons.flows.telling import events_of
from coordinator.service.flows.book import Entry

__all__ = ["Told", "amount", "unit_of"]

_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class Told:
    """A fact, the build that it was for, and the version of the design; None where it was for none."""

    fact: Fact
    build_id: int | None
    design_id: int | None = None

    @classmethod
    def counted(
        cls, name: str, at: datetime, owner: str, thing: str, change: Fraction, unit: str, stock: str,
        build_id: int | None = None,
    ) -> Told:  # fmt: skip
        """A change of a stock that is neither making nor moving."""
        return cls(Counted(name, at, owner, thing, Measure(change, unit), stock), build_id)

    def entries(self) -> Iterator[Entry]:
        """Its events."""
        for event in events_of(self.fact):
            yield Entry(event, self.build_id, self.design_id)


def amount(quantity: float, unit: str) -> Measure:
    """An amount as the tables have it: to the millionth, which is the least that there is."""
    value = Fraction(max(1, round(abs(quantity) * 10**_PLACES)), 10**_PLACES)
    return Measure(value, unit_of(unit))


def unit_of(word: str) -> str:
    """A unit as events may have it, without other signs than letters, digits, dashes and points."""
    plain = "".join(each for each in word if each.isascii() and (each.isalnum() or each in "-_."))[:19]
    return plain if plain[:1].isalpha() else f"U{plain}"
