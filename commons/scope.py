"""Economies of scope: what it saves to share a set-up, a plate or a sheet, and how much of that is whose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Final

from commons.cents import shared_out

__all__ = ["MOST_EXACT", "Saving", "Way", "saving"]

MOST_EXACT: Final = 12  # parties whose 4,096 groups are all asked for their cost


class Way(StrEnum):
    """How a saving was shared."""

    SHAPLEY = "Shapley value"
    PROPORTIONAL = "in proportion to what each would have paid alone"


@dataclass(frozen=True, slots=True)
class Saving:
    """What working together saves, money in the smallest unit.

    Attributes:
        way: how it was shared.
        alone: what each party would pay by itself.
        together: what all pay.
        shares: what each pays of it; they add up to `together`.
    """

    way: Way
    alone: Mapping[str, int]
    together: int
    shares: Mapping[str, int]

    @property
    def saved(self) -> Mapping[str, int]:
        """By party: what it saves; below zero where it pays more than alone."""
        return {each: self.alone[each] - self.shares[each] for each in self.alone}


def saving(parties: Sequence[str], cost: Callable[[frozenset[str]], int]) -> Saving:
    """How parties that work together share their cost.

    Up to `MOST_EXACT` parties by the Shapley value (Shapley 1953): each pays what it adds, on average over all orders
    in which they could have come. Beyond that in proportion to what each would pay alone; the answer says which.

    Args:
        parties: each once.
        cost: of a group that works together, from zero; of nobody it is zero.

    Raises:
        ValueError: a party stands twice, or nobody costs something.
    """
    if len(set(parties)) != len(parties):
        raise ValueError("each party stands once")
    if cost(frozenset()):
        raise ValueError("nobody costs nothing")
    alone = {each: cost(frozenset({each})) for each in parties}
    together = cost(frozenset(parties))
    if len(parties) > MOST_EXACT:
        weights = alone if any(alone.values()) else dict.fromkeys(parties, 1)
        return Saving(Way.PROPORTIONAL, alone, together, shared_out(together, weights))
    return Saving(Way.SHAPLEY, alone, together, _rounded(together, _values(parties, cost)))


def _values(parties: Sequence[str], cost: Callable[[frozenset[str]], int]) -> dict[str, Fraction]:
    known = {
        group: cost(group) for size in range(len(parties) + 1) for group in map(frozenset, combinations(parties, size))
    }
    count = len(parties)
    values = dict.fromkeys(parties, Fraction(0))
    for group, without in known.items():
        if len(group) == count:
            continue
        weight = Fraction(1, count * comb(count - 1, len(group)))
        for each in parties:
            if each not in group:
                values[each] += weight * (known[group | {each}] - without)
    return values


def _rounded(total: int, values: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole units that add up, each at most one from its value."""
    shares = {each: value.numerator // value.denominator for each, value in values.items()}
    left = total - sum(shares.values())
    for each in sorted(values, key=lambda one: shares[one] - values[one])[:left]:
        shares[each] += 1
    return shares
