"""What people, labs and machines gave, as far as a formula counts it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Contribution"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One thing given.

    Attributes:
        id: of the event that it comes from.
        who: a person, a lab or a group.
        kind: such as "design", "making", "machine", "care", "money"; formulas name kinds.
        minutes: of work or of a machine's time.
        rate: that the giver set, in the smallest unit of money an hour; None where none was set.
        amount: in the smallest unit, of what was given as money or goods.
    """

    id: str
    who: str
    kind: str
    minutes: int = 0
    rate: int | None = None
    amount: int = 0

    def __post_init__(self) -> None:
        if self.minutes < 0 or self.amount < 0 or (self.rate or 0) < 0:
            raise ValueError("what is given is not below zero")
        if not (self.id and self.who and self.kind):
            raise ValueError("a contribution has an id, somebody who gave it, and a kind")

    def value(self, rate: int) -> Fraction:
        """What it is worth: hours times rate, and the amount.

        Args:
            rate: for who set none, in the smallest unit an hour.
        """
        return Fraction(self.minutes, 60) * (self.rate if self.rate is not None else rate) + self.amount
