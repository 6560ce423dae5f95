# mypy: disable-error-code="no-any-return"
"""Random numbers that plain Python and compiled code draw alike: the generator of Park and Miller (1988)."""

from __future__ import annotations

import numpy as np

from scheduler.compiled import compiled
from scheduler.shop import Ints

__all__ = ["MODULUS", "draw", "new_chance"]

MODULUS = 2147483647
_FACTOR = 48271


def new_chance(seed: int) -> Ints:
    """The state of a generator: one number."""
    return np.array([1 + (seed * 7919 + 12345) % (MODULUS - 1)], dtype=np.int64)


@compiled
def draw(chance: Ints, most: int) -> int:
    """A random number from 0 to `most` - 1."""
    chance[0] = chance[0] * _FACTOR % MODULUS
    return chance[0] % most
