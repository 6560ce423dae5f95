"""The part of the API under `fund`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = ["Cause", "Fund", "Part", "ReturnView", "RoundState", "RoundView", "WantView"]


Cause: TypeAlias = Literal["build", "machine"]
"""What money of a fund may be for."""


RoundState: TypeAlias = Literal["allotting", "granted"]
"""Life of a round of a common fund."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Percent of one's part for one thing that is asked for."""

    want_id: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnView:
    """What of a member's part nobody needed."""

    who: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """A sum that members share out by a date. `returns` is empty for who is not of the network."""

    id: int
    name: str
    cents: int
    currency: str
    until: datetime
    state: RoundState
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    wants: tuple[WantView, ...]
    granted_cents: int
    returned_cents: int
    returns: tuple[ReturnView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantView:
    """What is asked for. `percent` is what who asks has allotted to it; `granted` is null until the round is over."""

    id: int
    cause: Cause
    subject: str
    cents: int
    why: str
    asked_by: str
    people: int
    percent: int
    granted: int | None


class Fund(Calls):
    """The part of the API under `fund`."""

    def list_rounds(self) -> Iterator[RoundView]:
        """Every round of the fund, the newest first."""
        return self._pages(RoundView, "/fund", {}, 200)

    def open_round(self, name: str, cents: int, currency: str, until: datetime, *, key: str | None = None) -> RoundView:
        """Open a round over a sum; for stewards."""
        return self._one(
            RoundView,
            "POST",
            "/fund",
            body={"name": name, "cents": cents, "currency": currency, "until": until},
            key=new_key(key),
        )

    def read_round(self, round_id: int) -> RoundView:
        """One round; what returned to whom is for people of the network."""
        return self._one(RoundView, "GET", f"/fund/{segment(round_id)}")

    def ask_of_fund(
        self, round_id: int, cause: Cause, subject: str, cents: int, *, why: str = "", key: str | None = None
    ) -> RoundView:
        """Ask for money of a round, for a build of yours or a machine of your lab."""
        return self._one(
            RoundView,
            "POST",
            f"/fund/{segment(round_id)}/wants",
            body={"cause": cause, "subject": subject, "cents": cents, "why": why},
            key=new_key(key),
        )

    def allot(self, round_id: int, parts: Sequence[Part], *, key: str | None = None) -> RoundView:
        """Say how your part is used; what you said before counts no more."""
        return self._one(
            RoundView, "PUT", f"/fund/{segment(round_id)}/allotment", body={"parts": parts}, key=new_key(key)
        )
