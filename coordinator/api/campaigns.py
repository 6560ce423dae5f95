"""`/campaigns`: orders that wait until enough join."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Moment, RowId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.schema.pledge import GoalState
from coordinator.service.costing.campaign_shares import ShareView
from coordinator.service.costing.campaigns import CampaignView
from coordinator.service.costing.quotes import MOST_QUOTED
from coordinator.service.paging import Page

__all__ = ["Title", "router"]

router = APIRouter(tags=["campaigns"])
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Id = Annotated[int, Field(ge=1, le=2**53 - 1)]


class NewCampaign(Body):
    """Orders that wait for so many pieces, of one design or of any that share a set-up."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "what": "ten lamps, cut from one sheet",
                    "design_id": 1,
                    "wanted": 10,
                    "until": "2030-02-01T12:00:00Z",
                    "pieces": 2,
                }
            ]
        }
    )
    what: Title
    design_id: _Id | None = None
    wanted: int = Field(ge=2, le=MOST_QUOTED)
    until: Moment
    pieces: int = Field(default=0, ge=0, le=MOST_QUOTED)


class NewJoin(Body):
    """So many pieces; of which design, where the campaign is of no one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pieces": 2}]})
    pieces: int = Field(ge=1, le=MOST_QUOTED)
    design_id: _Id | None = None


@router.get("/campaigns")
def list_campaigns(
    application: App, actor: Who, state: Annotated[GoalState | None, Query()] = None, after: After = None,
    limit: Limit = 50,
) -> Page[CampaignView]:  # fmt: skip
    """Campaigns, of one state or all, the newest first."""
    return application.campaigns.all(actor, state, after=after, limit=limit)


@router.post("/campaigns", status_code=201)
def open_campaign(application: App, call: Asked, body: NewCampaign) -> CampaignView:
    """Open a campaign, and join it where pieces are named; it lapses at the date."""
    return application.campaigns.open(
        call, body.what, body.wanted, body.until, design_id=body.design_id, pieces=body.pieces
    )


@router.get("/campaigns/{campaign_id}")
def read_campaign(application: App, actor: Who, campaign_id: RowId) -> CampaignView:
    """One campaign; who joined is for people of the network."""
    return application.campaigns.one(campaign_id, actor)


@router.get("/campaigns/{campaign_id}/shares")
def list_shares(application: App, actor: Who, campaign_id: RowId) -> list[ShareView]:
    """What each who joined saves in set-ups; empty where nothing is known, or to who is not of the network."""
    return application.campaigns.shares(actor, campaign_id)


@router.post("/campaigns/{campaign_id}/joins", status_code=201)
def join_campaign(application: App, call: Asked, campaign_id: RowId, body: NewJoin) -> CampaignView:
    """Order in a campaign; the order that makes enough opens the builds."""
    return application.campaigns.join(call, campaign_id, body.pieces, body.design_id)


@router.post("/joins/{join_id}/leave")
def leave_campaign(application: App, call: Asked, join_id: RowId) -> CampaignView:
    """Take your own order back, while the campaign is open."""
    return application.campaigns.leave(call, join_id)
