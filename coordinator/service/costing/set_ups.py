"""What sharing set-ups saves: orders that share plates, builds that follow each other on one machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Batch", "cost_of"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs of one part.

    Attributes:
        task: key.
        per_run: pieces that one run makes at most.
        wanted: pieces for all `count` products; 0 where the part is not counted in pieces, which is one run.
        count: products that this was reckoned for.
        cents: what setting up and taking off costs, each run.
        currency: ISO 4217.
    """

    task: str
    per_run: int
    wanted: int
    count: int
    cents: int
    currency: str

    def __post_init__(self) -> None:
        if self.per_run < 1 or self.count < 1 or self.wanted < 0 or self.cents < 0:
            raise ValueError("a run makes a piece at least, for one product at least, and costs nothing below zero")

    def runs(self, products: int) -> int:
        """How many runs so many products take."""
        if products == 0:
            return 0
        return max(1, math.ceil(Fraction(self.wanted * products, self.count * self.per_run)))


def cost_of(batches: Sequence[Batch], products: int) -> int:
    """What the set-ups of so many products cost together, in cents."""
    return sum(each.cents * each.runs(products) for each in batches)
