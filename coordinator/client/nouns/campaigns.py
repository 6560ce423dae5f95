"""The part of the API under `campaigns`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    GoalState,
)

__all__ = ["CampaignSharesShareView", "CampaignView", "Campaigns", "JoinView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSharesShareView:
    """What the set-ups would cost somebody alone and together, in hundredths; below zero nobody saves.

    `planned` tells whether that is of the plan that was made, or reckoned before there is one.
    """

    who: str
    currency: str
    alone_cents: int
    share_cents: int
    saved_cents: int
    way: str
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """Orders that wait until `wanted` pieces are ordered; `joins` is empty for who is not of the network.

    `design_id` is null where any design may join that shares the set-up. `builds` is what it became.
    """

    id: int
    what: str
    design_id: int | None
    design: str | None
    wanted: int
    joined: int
    people: int
    until: datetime
    state: GoalState
    opened_at: datetime
    opened_by: str
    settled_at: datetime | None
    builds: tuple[int, ...]
    joins: tuple[JoinView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinView:
    """Somebody's order in a campaign."""

    id: int
    who: str
    design_id: int
    pieces: int
    at: datetime
    withdrawn_at: datetime | None
    build_id: int | None


class Campaigns(Calls):
    """The part of the API under `campaigns`."""

    def list_campaigns(self, *, state: GoalState | None = None) -> Iterator[CampaignView]:
        """Campaigns, of one state or all, the newest first."""
        return self._pages(CampaignView, "/campaigns", {"state": state}, 200)

    def open_campaign(
        self,
        what: str,
        wanted: int,
        until: datetime,
        *,
        design_id: int | None = None,
        pieces: int = 0,
        key: str | None = None,
    ) -> CampaignView:
        """Open a campaign, and join it where pieces are named; it lapses at the date."""
        return self._one(
            CampaignView,
            "POST",
            "/campaigns",
            body={"what": what, "wanted": wanted, "until": until, "design_id": design_id, "pieces": pieces},
            key=new_key(key),
        )

    def read_campaign(self, campaign_id: int) -> CampaignView:
        """One campaign; who joined is for people of the network."""
        return self._one(CampaignView, "GET", f"/campaigns/{segment(campaign_id)}")

    def list_shares(self, campaign_id: int) -> tuple[CampaignSharesShareView, ...]:
        """What each who joined saves in set-ups; empty where nothing is known, or to who is not of the network."""
        found: tuple[CampaignSharesShareView, ...] = self._any(
            tuple[CampaignSharesShareView, ...], "GET", f"/campaigns/{segment(campaign_id)}/shares"
        )
        return found

    def join_campaign(
        self, campaign_id: int, pieces: int, *, design_id: int | None = None, key: str | None = None
    ) -> CampaignView:
        """Order in a campaign; the order that makes enough opens the builds."""
        return self._one(
            CampaignView,
            "POST",
            f"/campaigns/{segment(campaign_id)}/joins",
            body={"pieces": pieces, "design_id": design_id},
            key=new_key(key),
        )

    def leave_campaign(self, join_id: int, *, key: str | None = None) -> CampaignView:
        """Take your own order back, while the campaign is open."""
        return self._one(CampaignView, "POST", f"/joins/{segment(join_id)}/leave", key=new_key(key))
