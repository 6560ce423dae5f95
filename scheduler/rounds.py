"""The cheapest order in which a machine visits the families of a set, for every set of a few families.

A machine pays at least that for the set of families of which it does work, whatever the order of its runs. The orders
are found set by set, each from those with one family fewer (Held and Karp 1962).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scheduler.shop import Ints

__all__ = ["Round", "cheapest_rounds"]


class Round(NamedTuple):
    """Families in the order in which they are visited, and the seconds of set-up that this takes."""

    families: tuple[int, ...]
    set_up_s: int


def cheapest_rounds(families: Sequence[int], ways: Ints, first_s: Sequence[int]) -> list[Round]:
    """The cheapest round through each set of families, the empty set first.

    Args:
        families: their numbers, each once.
        ways: seconds by pair of families; the way over a third must not be shorter.
        first_s: by family of `families`, the seconds of set-up when it is the first.
    """
    ending: dict[tuple[frozenset[int], int], Round] = {
        (frozenset({family}), family): Round((family,), seconds)
        for family, seconds in zip(families, first_s, strict=True)
    }
    level = dict(ending)
    for _ in families[1:]:
        longer: dict[tuple[frozenset[int], int], Round] = {}
        for (visited, last), before in level.items():
            for family in families:
                if family not in visited:
                    key = (visited | {family}, family)
                    round_ = Round((*before.families, family), before.set_up_s + int(ways[last, family]))
                    if key not in longer or round_.set_up_s < longer[key].set_up_s:
                        longer[key] = round_
        ending |= longer
        level = longer
    best = {frozenset[int](): Round((), 0)}
    for (visited, _), round_ in ending.items():
        if visited not in best or round_.set_up_s < best[visited].set_up_s:
            best[visited] = round_
    return list(best.values())
