"""The part of the API under `offers`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    AnswerWord,
    Maker,
    Purpose,
    ReasonView,
)

__all__ = ["Hindrance", "LeftOffer", "LicenceView", "OfferState", "OfferView", "Offers", "TakenOffer", "TakenTogether"]


Hindrance: TypeAlias = Literal["licence", "verdict", "machine"]
"""Why an offer is not accepted together with others: what a person has to look at by itself."""


OfferState: TypeAlias = Literal["offered", "accepted", "declined", "expired", "withdrawn"]
"""Life of an offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOffer:
    """An offer that still waits for an answer of its own, and why."""

    offer_id: int
    task: str
    pieces: int
    machine: str
    hindrance: Hindrance
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceView:
    """The same for one piece of work; `permitted` is the designer's word that settles it, as it was recorded.

    Where `settled` is false only a person accepts it, who says how it was settled.
    """

    licence: str | None
    maker: Maker | None
    purpose: Purpose | None
    answer: AnswerWord
    sentence: str
    chosen: str
    reasons: tuple[ReasonView, ...]
    duties: tuple[ReasonView, ...]
    unsaid: tuple[str, ...]
    permitted: str | None
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """A lot, proposed to the lab of a machine.

    `verdict` says whether the machine can for sure, `terms` why. `licence` is what the licence asks of this lab for it.
    """

    id: int
    build_id: int
    task_id: int
    task: str
    lot_id: int
    pieces: int
    lab: str
    machine: str
    verdict: str
    terms: str
    program: str | None
    planned_start: datetime
    planned_end: datetime
    expires_at: datetime | None
    state: OfferState
    decided_by: str | None
    why: str | None
    remake_of: str | None
    licence: LicenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOffer:
    """An offer that was accepted together with others; it is this job now."""

    offer_id: int
    job_id: str
    task: str
    pieces: int
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenTogether:
    """What was accepted of a build in a lab, and what was left."""

    lab: str
    build_id: int
    taken: tuple[TakenOffer, ...]
    left: tuple[LeftOffer, ...]


class Offers(Calls):
    """The part of the API under `offers`."""

    def list_offers(
        self, *, lab: str | None = None, state: OfferState | None = None, build_id: int | None = None
    ) -> Iterator[OfferView]:
        """Offers, of one lab, state or build, or all."""
        return self._pages(OfferView, "/offers", {"lab": lab, "state": state, "build_id": build_id}, 200)

    def read_offer(self, offer_id: int) -> OfferView:
        """One offer."""
        return self._one(OfferView, "GET", f"/offers/{segment(offer_id)}")

    def accept_offers(self, lab: str, build_id: int, *, why: str = "", key: str | None = None) -> TakenTogether:
        """Accept all of a build that is offered to a lab; what its licence or its machine leaves open stays, with why."""  # noqa: E501 (the words of the route)
        return self._one(
            TakenTogether,
            "POST",
            "/offers/accept",
            body={"lab": lab, "build_id": build_id, "why": why},
            key=new_key(key),
        )

    def accept_offer(
        self, offer_id: int, *, why: str = "", licence_note: str = "", key: str | None = None
    ) -> OfferView:
        """Accept an offer for a lab: it becomes a job.

        Where its licence is not settled, `licence_note` says how it is.
        """
        return self._one(
            OfferView,
            "POST",
            f"/offers/{segment(offer_id)}/accept",
            body={"why": why, "licence_note": licence_note},
            key=new_key(key),
        )

    def decline_offer(self, offer_id: int, *, why: str = "", key: str | None = None) -> OfferView:
        """Decline an offer for a lab: its work is planned elsewhere."""
        return self._one(OfferView, "POST", f"/offers/{segment(offer_id)}/decline", body={"why": why}, key=new_key(key))
