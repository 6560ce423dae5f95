"""The part of the API under `quotes`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    PieceState,
    ShipmentState,
)

__all__ = [
    "BuildEffort",
    "ComparedView",
    "CostLine",
    "FigureView",
    "JourneyView",
    "Kind",
    "Measure",
    "MoneyView",
    "PieceEffort",
    "QuoteView",
    "Quotes",
    "SharedSetUpView",
    "TotalView",
]


Kind: TypeAlias = Literal["material", "machine hours", "set-up", "work", "bought part", "transport"]
"""What is paid for."""


Measure: TypeAlias = Literal["machine time", "people's time", "material", "energy"]
"""What a figure counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEffort:
    """What a build took so far: all its runs that have ended. What it costs stands in its quote."""

    build_id: int
    totals: tuple[TotalView, ...]
    figures: tuple[FigureView, ...]
    unknown: tuple[FigureView, ...]
    journeys: tuple[JourneyView, ...]


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
class FigureView:
    """One number with its source; null where it is not known, and then `source` says why.

    `whole` is the amount of the whole run, of which a piece has its share.
    """

    measure: Measure
    what: str
    source: str
    amount: float | None
    whole: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyView:
    """A shipment that something went with, without `from_lab` from the builder, without `to_lab` to there.

    `things` went with it in all; `cents` is what falls on the piece or the build, null while nobody noted what sending
    it cost.
    """

    shipment_id: int
    state: ShipmentState
    from_lab: str | None
    to_lab: str | None
    carrier: str | None
    sent_at: datetime
    things: int
    cents: int | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """A sum in one currency, in hundredths; nine times in ten it should lie from `low_cents` to `high_cents`."""

    currency: str
    cents: int
    low_cents: int
    high_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceEffort:
    """What a piece took.

    Its run is shared alike by `shared_by` pieces of it: all that a person did not have left out. `unknown` and
    `costs_unknown` are in no sum. What went into it is counted with the parts themselves.
    """

    piece_id: int
    job_id: str
    state: PieceState
    left_out: bool
    shared_by: int
    figures: tuple[FigureView, ...]
    unknown: tuple[FigureView, ...]
    journeys: tuple[JourneyView, ...]
    costs: tuple[CostLine, ...]
    costs_unknown: tuple[CostLine, ...]
    sums: tuple[MoneyView, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalView:
    """All that is known of one measure in one unit; null where nothing is. `unknown` numbers are not in it."""

    measure: Measure
    unit: str
    amount: float | None
    unknown: int


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

    def read_effort(self, piece_id: int) -> PieceEffort:
        """What a piece took: time of machines and people, material, energy, ways, and what that costs at today's prices."""  # noqa: E501 (the words of the route)
        return self._one(PieceEffort, "GET", f"/pieces/{segment(piece_id)}/effort")

    def read_effort_of_build(self, build_id: int) -> BuildEffort:
        """What a build took so far; what it costs stands in its quote."""
        return self._one(BuildEffort, "GET", f"/builds/{segment(build_id)}/effort")
