"""What is done together or not at all: orders that wait until enough join, pledges with a threshold, a common fund."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from commons.cents import shared_out
from core.errors import InputError, StateError

__all__ = ["Budget", "Campaign", "Pledge", "Stage", "budgeted"]


class Stage(StrEnum):
    """How far a campaign is."""

    OPEN = "open"
    REACHED = "reached"  # what was pledged is due
    LAPSED = "lapsed"  # nobody owes anything


@dataclass(frozen=True, slots=True)
class Pledge:
    """What one gives if enough do.

    Attributes:
        who: pledges.
        amount: above zero: pieces of an order, or money in the smallest unit.
        at: when.
        withdrawn_at: when it was taken back, or None.
    """

    who: str
    amount: int
    at: datetime
    withdrawn_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a pledge is above zero")
        if self.withdrawn_at is not None and self.withdrawn_at < self.at:
            raise ValueError("a pledge is withdrawn after it is made")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something that begins when enough is pledged, and lapses if that is not so by a date.

    Attributes:
        what: begins.
        wanted: how much, above zero.
        until: when it lapses.
    """

    what: str
    wanted: int
    until: datetime

    def __post_init__(self) -> None:
        if self.wanted <= 0:
            raise ValueError("a campaign wants something")

    def reached_at(self, pledges: Sequence[Pledge]) -> datetime | None:
        """When enough was pledged, or None. Once reached it stays so: from then on a pledge binds."""
        moves = [(pledge.at, 1, pledge.amount) for pledge in pledges]
        moves += [(pledge.withdrawn_at, 0, -pledge.amount) for pledge in pledges if pledge.withdrawn_at is not None]
        total = 0
        for at, _, amount in sorted(moves):
            if at >= self.until:
                return None
            total += amount
            if total >= self.wanted:
                return at
        return None

    def stage(self, pledges: Sequence[Pledge], now: datetime) -> Stage:
        """How far it is at a moment."""
        reached = self.reached_at([pledge for pledge in pledges if pledge.at <= now])
        if reached is not None and reached <= now:
            return Stage.REACHED
        return Stage.OPEN if now < self.until else Stage.LAPSED

    def withdraw(self, pledges: Sequence[Pledge], pledge: Pledge, now: datetime) -> Pledge:
        """Take a pledge back.

        Raises:
            StateError: enough is pledged, the date has passed, or it was taken back before.
        """
        if self.stage(pledges, now) is not Stage.OPEN or pledge.withdrawn_at is not None:
            raise StateError("a pledge can be taken back while the campaign is open, once", where=self.what)
        return Pledge(pledge.who, pledge.amount, pledge.at, now)

    def due(self, pledges: Sequence[Pledge], cost: int | None = None) -> dict[str, int]:
        """What each gives: what was pledged, or that share of a cost that came out lower.

        Args:
            pledges: all.
            cost: what it came to; None for all that was pledged.

        Raises:
            StateError: it was not reached.
        """
        reached = self.reached_at(pledges)
        if reached is None:
            raise StateError("not enough is pledged: nobody owes anything", where=self.what)
        given: dict[str, int] = defaultdict(int)
        for pledge in pledges:
            if pledge.withdrawn_at is None or pledge.withdrawn_at > reached:
                given[pledge.who] += pledge.amount
        total = sum(given.values())
        return shared_out(min(total, total if cost is None else cost), dict(given))


@dataclass(frozen=True, slots=True)
class Budget:
    """A common fund as its members allotted it, in the smallest unit.

    Attributes:
        granted: to what was wanted, what it gets: never more than it wants.
        returned: to each member, what of their share nobody needed.
    """

    granted: Mapping[str, int]
    returned: Mapping[str, int]


def budgeted(fund: int, allotments: Mapping[str, Mapping[str, int]], wants: Mapping[str, int]) -> Budget:
    """Share a fund: each member decides about an equal part of it.

    Args:
        fund: in the smallest unit, from zero.
        allotments: by member, percent of their part for each thing that is wanted; at most 100 altogether.
        wants: by name, how much each thing needs, above zero.

    Returns:
        What each thing gets; what was allotted beyond its need goes back to those who allotted, in proportion. Granted
        and returned come to the fund.

    Raises:
        InputError: there are no members, or one allots more than 100 percent or to something that nobody wants.
    """
    if not allotments:
        raise InputError("a fund without members has nobody to decide", where="the fund")
    for who, parts in allotments.items():
        unknown = sorted(set(parts) - set(wants))
        if unknown:
            raise InputError(f"nobody asked for {unknown[0]!r}", where=f"allotment of {who}")
        if any(part < 0 for part in parts.values()) or sum(parts.values()) > 100:
            raise InputError("percentages are from zero and come to 100 at most", where=f"allotment of {who}")
    parts_of_fund = shared_out(fund, dict.fromkeys(allotments, 1))
    returned = dict.fromkeys(allotments, 0)
    given: dict[str, dict[str, int]] = {name: {} for name in wants}
    for who, part in parts_of_fund.items():
        rest = 100 - sum(allotments[who].values())
        shares = shared_out(part, {**allotments[who], "": rest})
        returned[who] += shares.pop("")
        for name, share in shares.items():
            given[name][who] = share
    granted = {}
    for name, from_whom in given.items():
        granted[name] = min(wants[name], sum(from_whom.values()))
        over = sum(from_whom.values()) - granted[name]
        if over:
            for who, back in shared_out(over, from_whom).items():
                returned[who] += back
    return Budget(granted, returned)
