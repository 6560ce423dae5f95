"""What makes one plan better than another: the wishes, as weights that people choose."""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.errors import InputError

__all__ = ["Objective"]

_MOST = 1e6


@dataclass(frozen=True, slots=True)
class Objective:
    """How much each term counts, once weighted lateness is as small as it can be.

    Plans are compared by weighted lateness first, then by the weighted sum of the terms, then by the sum of all ends.

    Attributes:
        makespan: for each second until the last end.
        transport: for each second on the way between labs, over all arrows.
        set_up: for each second of set-up.
        change: for each unit of price of the promises that are not kept.
        cost: for each unit of money that machine hours and runs cost.
        energy: for each kilowatt-hour.
        fairness: for each second of machine work by which labs have more than their share.

    Raises:
        InputError: a weight is negative or not finite.
    """

    makespan: float = 1.0
    transport: float = 0.0
    set_up: float = 0.0
    change: float = 0.0
    cost: float = 0.0
    energy: float = 0.0
    fairness: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether the makespan is all that is weighed."""
        return not any(getattr(self, each.name) for each in fields(self) if each.name != "makespan")

    def __post_init__(self) -> None:
        for each in fields(self):
            weight = getattr(self, each.name)
            if not 0 <= weight <= _MOST:
                raise InputError(f"a weight of {weight} is not from 0 to {_MOST:.0f}", where=f"objective {each.name}")
