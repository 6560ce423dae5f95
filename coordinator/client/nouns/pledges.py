"""The part of the API under `pledges`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    GoalState,
    Purpose,
)

__all__ = ["GoalView", "PledgeView", "Pledges"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalView:
    """How far the pledges for a build are. `pledges` is empty for who is not of the network."""

    build_id: int
    design_id: int
    design: str
    count: int
    cents: int
    currency: str
    pledged_cents: int
    people: int
    until: datetime
    state: GoalState
    opened_by: str
    settled_at: datetime | None
    pledges: tuple[PledgeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeView:
    """What somebody has pledged."""

    id: int
    who: str
    cents: int
    at: datetime
    withdrawn_at: datetime | None


class Pledges(Calls):
    """The part of the API under `pledges`."""

    def list_goals(self) -> tuple[GoalView, ...]:
        """Builds that wait for pledges, the first to lapse first; 50 at most."""
        found: tuple[GoalView, ...] = self._any(tuple[GoalView, ...], "GET", "/goals")
        return found

    def open_goal(
        self,
        design_id: int,
        cents: int,
        currency: str,
        until: datetime,
        *,
        count: int = 1,
        due_at: datetime | None = None,
        deliver_to: str | None = None,
        purpose: Purpose | None = None,
        key: str | None = None,
    ) -> GoalView:
        """Order a build that is offered to nobody before enough is pledged; it lapses at the date."""
        return self._one(
            GoalView,
            "POST",
            "/goals",
            body={
                "design_id": design_id,
                "cents": cents,
                "currency": currency,
                "until": until,
                "count": count,
                "due_at": due_at,
                "deliver_to": deliver_to,
                "purpose": purpose,
            },
            key=new_key(key),
        )

    def read_goal(self, build_id: int) -> GoalView:
        """How far the pledges for a build are; who pledged how much is for people of the network."""
        return self._one(GoalView, "GET", f"/goals/{segment(build_id)}")

    def pledge(self, build_id: int, cents: int, *, key: str | None = None) -> GoalView:
        """Promise an amount; the pledge that makes enough opens the build, and from then on all bind."""
        return self._one(
            GoalView, "POST", f"/goals/{segment(build_id)}/pledges", body={"cents": cents}, key=new_key(key)
        )

    def withdraw_pledge(self, pledge_id: int, *, key: str | None = None) -> GoalView:
        """Take your own pledge back, while not enough is pledged."""
        return self._one(GoalView, "POST", f"/pledges/{segment(pledge_id)}/withdraw", key=new_key(key))
