"""What an hour of work in a lab costs, by the rates that its people set for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.orm import Session

__all__ = ["NO_RATES", "LabRates", "Rates", "rates_in"]


@dataclass(frozen=True, slots=True)
class LabRates:
    """What people of a lab ask for an hour, in cents of one currency.

    Attributes:
        currency: ISO 4217.
        cents: of each who has set a rate, rising.
    """

    currency: str
    cents: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.cents or any(each < 0 for each in self.cents) or list(self.cents) != sorted(self.cents):
            raise ValueError("rates are from zero, rising, and there is one at least")

    @property
    def middle_cents(self) -> int:
        """The middle one, of two the lower: nobody knows yet who will do the work."""
        return self.cents[(len(self.cents) - 1) // 2]


class Rates(Protocol):
    """Who knows what work costs."""

    def of_lab(self, lab: str) -> LabRates | None:
        """The rates of a lab's people; None where nobody there has set one."""


@dataclass(frozen=True, slots=True)
class _Known:
    by_lab: Mapping[str, LabRates]

    def of_lab(self, lab: str) -> LabRates | None:
        return self.by_lab.get(lab)


NO_RATES: Final[Rates] = _Known({})
"""Where nobody has set a rate."""


def rates_in(session: Session) -> Rates:  # noqa: ARG001 (read once rates are stored)
    """The rates that hold now."""
    return NO_RATES
