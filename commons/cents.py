"""Money as whole numbers of the smallest unit, shared out so that the shares add up."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

__all__ = ["shared_out"]

K = TypeVar("K", bound=Hashable)
Weight = int | Fraction


def shared_out(total: int, weights: Mapping[K, Weight]) -> dict[K, int]:
    """A sum in proportion to weights, in whole units, none of it lost (method of the largest remainder, Hamilton 1792).

    Of equal remainders the one that stands first gets the unit, so that the same call gives the same shares.

    Args:
        total: in the smallest unit; a loss is below zero.
        weights: by who shares, none below zero; floats are refused, since they would round in silence.

    Returns:
        By who shares, in the order given; they add up to the total.

    Raises:
        ValueError: a weight is below zero or no exact number, or all are zero and there is something to share.
    """
    if any(isinstance(each, float) or each < 0 for each in weights.values()):
        raise ValueError("weights are exact numbers from zero")
    whole = sum(weights.values(), Fraction(0))
    if whole == 0:
        if total:
            raise ValueError("nobody has a weight: there is none to share it")
        return dict.fromkeys(weights, 0)
    sign, amount = (-1, -total) if total < 0 else (1, total)
    exact = {each: amount * Fraction(weight) / whole for each, weight in weights.items()}
    shares = {each: int(value) for each, value in exact.items()}
    left = amount - sum(shares.values())
    for each in sorted(exact, key=lambda one: shares[one] - exact[one])[:left]:
        shares[each] += 1
    return {each: sign * share for each, share in shares.items()}
