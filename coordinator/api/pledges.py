"""`/goals` and `/pledges`: builds that are made when enough is pledged. Nothing is charged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StringConstraints

from commons.licences.parties import Purpose
from coordinator.api.common import Body, Moment, RowId
from coordinator.api.context import App, Asked, Who
from coordinator.service.costing.pledges import MOST_CENTS, Goal, GoalView
from coordinator.service.costing.quotes import MOST_QUOTED

__all__ = ["Cents", "Currency", "router"]

router = APIRouter(tags=["pledges"])
Cents = Annotated[int, Field(ge=1, le=MOST_CENTS)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class NewGoal(Body):
    """A build that waits until so many hundredths of a currency are pledged."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"design_id": 1, "count": 3, "cents": 24000, "currency": "EUR", "until": "2030-02-01T12:00:00Z"}
            ]
        }
    )
    design_id: int = Field(ge=1, le=2**53 - 1)
    count: int = Field(default=1, ge=1, le=MOST_QUOTED)
    cents: Cents
    currency: Currency
    until: Moment
    due_at: Moment | None = None
    deliver_to: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    purpose: Purpose | None = None


class NewPledge(Body):
    """What somebody promises to give if enough do, in hundredths of the goal's currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cents": 2500}]})
    cents: Cents


@router.get("/goals")
def list_goals(application: App, actor: Who) -> list[GoalView]:
    """Builds that wait for pledges, the first to lapse first; 50 at most."""
    return application.pledges.pledging(actor)


@router.post("/goals", status_code=201)
def open_goal(application: App, call: Asked, body: NewGoal) -> GoalView:
    """Order a build that is offered to nobody before enough is pledged; it lapses at the date."""
    goal = Goal(body.cents, body.currency, body.until)
    return application.pledges.open(
        call, body.design_id, body.count, goal, due_at=body.due_at, deliver_to=body.deliver_to, purpose=body.purpose
    )


@router.get("/goals/{build_id}")
def read_goal(application: App, actor: Who, build_id: RowId) -> GoalView:
    """How far the pledges for a build are; who pledged how much is for people of the network."""
    return application.pledges.one(build_id, actor)


@router.post("/goals/{build_id}/pledges", status_code=201)
def pledge(application: App, call: Asked, build_id: RowId, body: NewPledge) -> GoalView:
    """Promise an amount; the pledge that makes enough opens the build, and from then on all bind."""
    return application.pledges.pledge(call, build_id, body.cents)


@router.post("/pledges/{pledge_id}/withdraw")
def withdraw_pledge(application: App, call: Asked, pledge_id: RowId) -> GoalView:
    """Take your own pledge back, while not enough is pledged."""
    return application.pledges.withdraw(call, pledge_id)
