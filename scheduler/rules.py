"""One sentence a rule: values refuse bad data with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from core.errors import InputError
from scheduler.wording import listed

__all__ = ["MOST_AMOUNT", "MOST_PRICE", "MOST_S", "refuse_repeats", "require"]

MOST_S = 100 * 366 * 24 * 3600
MOST_PRICE = 1e9
MOST_AMOUNT = 10**12


def require(holds: bool, what: str, where: str | None = None, hint: str | None = None) -> None:
    """Refuse with a sentence what does not hold.

    Raises:
        InputError: it does not.
    """
    if not holds:
        raise InputError(what, where=where, hint=hint)


def refuse_repeats(kind: str, ids: Iterable[str], where: str = "problem") -> None:
    """Refuse ids that stand twice.

    Raises:
        InputError: some do.
    """
    twice = [each for each, number in Counter(ids).items() if number > 1]
    require(not twice, f"{kind} {listed(twice)} stands twice", where)
