"""The part of the API under `quotes`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.calls import Calls, segment

__all__ = ["ComparedView", "CostLine", "Kind", "MoneyView", "QuoteView", "Quotes", "SharedSetUpView"]


Kind: TypeAlias = Literal["material", "machine hours", "set-up", "work", "bought part", "transport"]
"""What is paid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedView:
    """What a kind of cost was reckoned at and what it came to so far; null where nothing of it is known."""

    kind: Kind
    currency: str
    quoted_cents: int | None
    came_to_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One number with its source; null where it is not known, and then `source` says what is lacking."""

    kind: Kind
    what: str
    source: str
    cents: int | None
    low_cents: int | None
    high_cents: int | None
    currency: str | None
    lab: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """A sum in one currency, in hundredths; nine times in ten it should lie from `low_cents` to `high_cents`."""

    currency: str
    cents: int
    low_cents: int
    high_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """What something is reckoned to cost.

    `unknown` is in no sum. `spent` adds up what a build came to so far, line by line in `came_to`; what of it nobody
    has noted is in `came_to_unknown`.
    """

    design_id: int
    design: str
    build_id: int | None
    count: int
    made_at: datetime
    basis: str
    sums: tuple[MoneyView, ...]
    lines: tuple[CostLine, ...]
    unknown: tuple[CostLine, ...]
    spent: tuple[MoneyView, ...]
    came_to: tuple[CostLine, ...]
    came_to_unknown: tuple[CostLine, ...]
    compared: tuple[ComparedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSetUpView:
    """A change-over of a machine that several builds share, and a build's part in it, in hundredths.

    Amounts are null where the machine states no minutes for the change or no price for an hour; `lacks` says which.
    """

    machine: str
    lab: str
    set_up: str
    builds: tuple[int, ...]
    minutes: float | None
    currency: str | None
    alone_cents: int | None
    share_cents: int | None
    saved_cents: int | None
    way: str | None
    lacks: str | None


class Quotes(Calls):
    """The part of the API under `quotes`."""

    def quote_design(self, design_id: int, *, count: int = 1, deliver_to: str | None = None) -> QuoteView:
        """What so many of a design would cost if they were ordered now; for people of the network, nothing is stored.

        `count`: How many.
        `deliver_to`: The lab that it is delivered to; nobody is who orders it.
        """
        return self._one(
            QuoteView, "GET", f"/designs/{segment(design_id)}/quote", query={"count": count, "deliver_to": deliver_to}
        )

    def read_quote(self, build_id: int) -> QuoteView:
        """What a build was reckoned to cost before its first run, and what it came to so far."""
        return self._one(QuoteView, "GET", f"/builds/{segment(build_id)}/quote")

    def list_shared_set_ups(self, build_id: int) -> tuple[SharedSetUpView, ...]:
        """The change-overs of machines that a build shares with others whose runs follow or precede its own."""
        found: tuple[SharedSetUpView, ...] = self._any(
            tuple[SharedSetUpView, ...], "GET", f"/builds/{segment(build_id)}/shared-set-ups"
        )
        return found
