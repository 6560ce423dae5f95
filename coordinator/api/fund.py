"""`/fund`: a common fund, shared in rounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.campaigns import Title
from coordinator.api.common import Body, Moment, Reason, RowId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.api.pledges import Cents, Currency
from coordinator.schema.pledge import Cause
from coordinator.service.costing.fund import RoundView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(prefix="/fund", tags=["fund"])
_MOST = 100


class NewRound(Body):
    """A sum that the members share out by a date."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Spring", "cents": 50000, "currency": "EUR", "until": "2030-02-01T12:00:00Z"}]
        }
    )
    name: Title
    cents: Cents
    currency: Currency
    until: Moment


class NewWant(Body):
    """What is asked for, for a build (its number) or a machine (its id)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"cause": "machine", "subject": "north-printer", "cents": 9000, "why": "a hardened nozzle"}]
        }
    )
    cause: Cause
    subject: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
    cents: Cents
    why: Reason = ""


class Part(Body):
    """Percent of one's part for one thing that is asked for."""

    want_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    percent: Annotated[int, Field(ge=0, le=100)]


class Allotment(Body):
    """How one's own part is used; the rest returns."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"parts": [{"want_id": 1, "percent": 60}]}]})
    parts: list[Part] = Field(max_length=_MOST)


@router.get("")
def list_rounds(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[RoundView]:
    """Every round of the fund, the newest first."""
    return application.fund.all(actor, after=after, limit=limit)


@router.post("", status_code=201)
def open_round(application: App, call: Asked, body: NewRound) -> RoundView:
    """Open a round over a sum; for stewards."""
    return application.fund.open(call, body.name, body.cents, body.currency, body.until)


@router.get("/{round_id}")
def read_round(application: App, actor: Who, round_id: RowId) -> RoundView:
    """One round; what returned to whom is for people of the network."""
    return application.fund.one(round_id, actor)


@router.post("/{round_id}/wants", status_code=201)
def ask_of_fund(application: App, call: Asked, round_id: RowId, body: NewWant) -> RoundView:
    """Ask for money of a round, for a build of yours or a machine of your lab."""
    return application.fund.ask(call, round_id, body.cause, body.subject, body.cents, body.why)


@router.put("/{round_id}/allotment")
def allot(application: App, call: Asked, round_id: RowId, body: Allotment) -> RoundView:
    """Say how your part is used; what you said before counts no more."""
    return application.fund.allot(call, round_id, {each.want_id: each.percent for each in body.parts})
