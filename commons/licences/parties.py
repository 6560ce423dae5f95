"""Who makes something, and what for: what licences tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from core.makers import Maker

__all__ = ["Maker", "Making", "Purpose"]


class Purpose(StrEnum):
    """What it is made for; what asks less of licences comes first."""

    OWN_USE = "own use"
    GIFT = "gift"
    AT_COST = "at cost"  # material, energy and wear are paid, nothing more
    SALE = "sale"  # somebody earns by it

    @property
    def rank(self) -> int:
        """Its place among the purposes."""
        return list(Purpose).index(self)


@dataclass(frozen=True, slots=True)
class Making:
    """One case that a licence is asked about.

    Attributes:
        maker: who makes it; None where nobody has said.
        purpose: what for; None where nobody has said.
        changed: whether the design was changed.
        ordered: whether somebody else has ordered it, who gets it.
    """

    maker: Maker | None
    purpose: Purpose | None
    changed: bool = False
    ordered: bool = False

    @property
    def given(self) -> bool:
        """Whether it goes to somebody else."""
        return self.ordered or self.purpose is not Purpose.OWN_USE

    @property
    def is_known(self) -> bool:
        """Whether somebody has said who makes it and what for."""
        return self.maker is not None and self.purpose is not None

    def cases(self) -> Iterator[Making]:
        """Every case that it may be, by what is known."""
        for maker in Maker if self.maker is None else (self.maker,):
            for purpose in Purpose if self.purpose is None else (self.purpose,):
                yield replace(self, maker=maker, purpose=purpose)
