"""What things cost and who gives what, as people meet it: quotes, pledges, campaigns, the common fund."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from commons.licences.parties import Purpose
from coordinator.api.campaigns import Title
from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.schema.pledge import Cause, GoalState
from coordinator.service.access import Actor
from coordinator.service.costing.campaigns import CampaignView
from coordinator.service.costing.pledges import Goal, GoalView
from coordinator.service.costing.quotes import MOST_QUOTED
from coordinator.service.house import Call
from coordinator.service.refusals import UnknownError
from coordinator.service.work.builds import BuildView
from coordinator.web.forms import Currency, Money, Plain, Sent, back_to, cents_of, end_of_day, taken_by
from coordinator.web.page import Page, Shown
from core.errors import InputError

__all__ = ["campaign", "costs_of_build", "fund_round", "open_together", "quote", "router", "together"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_Pieces = Annotated[int, Field(ge=1, le=MOST_QUOTED)]
_DesignId = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Percent = Annotated[str, StringConstraints(pattern=r"^(100|\d{1,2})?$")]
_MOST = 20


class GoalForm(Sent):
    """A build that waits for pledges."""

    quantity: _Pieces = 1
    amount: Money
    currency: Currency
    until: _Day
    purpose: Purpose | Literal[""] = ""


class PledgeForm(Sent):
    """An amount."""

    amount: Money


class CampaignForm(Sent):
    """A campaign; of a design, or of any."""

    what: Title
    wanted: Annotated[int, Field(ge=2, le=MOST_QUOTED)]
    pieces: Annotated[int, Field(ge=0, le=MOST_QUOTED)] = 0
    until: _Day


class JoinForm(Sent):
    """An order in a campaign."""

    pieces: _Pieces = 1
    design: _DesignId | Literal[""] = ""


class RoundForm(Sent):
    """A round of the fund."""

    name: Title
    amount: Money
    currency: Currency
    until: _Day


class WantForm(Sent):
    """What is asked of a round."""

    cause: Cause
    subject: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
    amount: Money


class AllotForm(Sent):
    """Percent for each thing that is asked for, in their order."""

    want: list[_DesignId] = Field(default=[], max_length=200)
    percent: list[_Percent] = Field(default=[], max_length=200)


def quote(
    application: App, actor: Who, design_id: RowId, quantity: Annotated[int, Query(ge=1, le=MOST_QUOTED)] = 1,
    deliver_to: Annotated[str, Query(max_length=40)] = "",
) -> Page:  # fmt: skip
    """What so many of a design would cost, and the ways to order them."""

    def show() -> Shown:
        found = application.quotes.of_design(actor, design_id, quantity, deliver_to or None)
        labs = [each.id for each in application.labs.all(actor, limit=200).items]
        return Shown(
            "quote", {"quote": found, "lab_ids": labs, "deliver_to": deliver_to, "purposes": list(map(str, Purpose))}
        )

    return Page(application, actor, show)


def together(application: App, actor: Who) -> Page:
    """What people do together: builds that wait for pledges, campaigns, rounds of the fund."""

    def show() -> Shown:
        return Shown("together", {**open_together(application, actor), "rounds": application.fund.all(actor).items})

    return Page(application, actor, show)


def campaign(application: App, actor: Who, campaign_id: RowId) -> Page:
    """One campaign: how far it is, who has joined, what each saves."""

    def show() -> Shown:
        found = application.campaigns.one(campaign_id, actor)
        shares = application.campaigns.shares(actor, campaign_id) if actor.known else []
        designs = application.designs.all(limit=200).items if found.design_id is None else []
        return Shown("campaign", {"campaign": found, "shares": shares, "designs": designs})

    return Page(application, actor, show)


def fund_round(application: App, actor: Who, round_id: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> Page:
    """One round of the fund: what is asked for, how one's own part is used, what came of it."""
    return Page(application, actor, lambda: Shown("fund", {"round": application.fund.one(round_id, actor)}))


def open_together(application: App, actor: Actor) -> dict[str, Any]:
    """What waits for others to join or pledge."""
    goals: list[GoalView] = application.pledges.pledging(actor, limit=_MOST)
    campaigns: list[CampaignView] = application.campaigns.all(actor, GoalState.PLEDGING, limit=_MOST).items
    return {"goals": goals, "campaigns": campaigns}


def costs_of_build(application: App, actor: Actor, build: BuildView) -> dict[str, Any]:
    """What the page of a build says of its costs, what it took, its pledges and the set-ups that it shares."""
    shared, effort = application.scope.of(build.id), application.efforts.of_build(build.id)
    facts: dict[str, Any] = {"quote": None, "goal": None, "shared": shared, "effort": effort}
    for name, read in (
        ("quote", lambda: application.quotes.of_build(build.id)),
        ("goal", lambda: application.pledges.one(build.id, actor)),
    ):
        try:
            facts[name] = read()
        except UnknownError:
            continue  # it has none
    return facts


@_act("/designs/{design_id}/goal")
def open_goal(application: App, actor: Who, design_id: RowId, sent: Annotated[GoalForm, Form()]) -> Response:
    """Order a build that waits for pledges; leads to it."""
    goal = Goal(_cents(sent.amount), sent.currency, _day(application, sent.until))
    made = application.pledges.open(Call(actor), design_id, sent.quantity, goal, purpose=sent.purpose or None)
    return back_to(f"/builds/{made.build_id}")


@_act("/designs/{design_id}/campaign")
def open_campaign(application: App, actor: Who, design_id: RowId, sent: Annotated[CampaignForm, Form()]) -> Response:
    """Open a campaign for a design; leads to it."""
    made = application.campaigns.open(
        Call(actor), sent.what, sent.wanted, _day(application, sent.until), design_id=design_id, pieces=sent.pieces
    )
    return back_to(f"/campaigns/{made.id}")


@_act("/together/campaigns")
def open_set_up(application: App, actor: Who, sent: Annotated[CampaignForm, Form()]) -> Response:
    """Open a campaign for a set-up, which any design may join; leads to it."""
    made = application.campaigns.open(Call(actor), sent.what, sent.wanted, _day(application, sent.until))
    return back_to(f"/campaigns/{made.id}")


@_act("/campaigns/{campaign_id}/join")
def join(application: App, actor: Who, campaign_id: RowId, sent: Annotated[JoinForm, Form()]) -> Response:
    """Order in a campaign."""
    application.campaigns.join(Call(actor), campaign_id, sent.pieces, sent.design or None)
    return back_to(sent.back)


@_act("/joins/{join_id}/leave")
def leave(application: App, actor: Who, join_id: RowId, sent: Plain) -> Response:
    """Take one's order back."""
    application.campaigns.leave(Call(actor), join_id)
    return back_to(sent.back)


@_act("/builds/{build_id}/pledge")
def pledge(application: App, actor: Who, build_id: RowId, sent: Annotated[PledgeForm, Form()]) -> Response:
    """Pledge for a build."""
    application.pledges.pledge(Call(actor), build_id, _cents(sent.amount))
    return back_to(sent.back)


@_act("/pledges/{pledge_id}/withdraw")
def withdraw(application: App, actor: Who, pledge_id: RowId, sent: Plain) -> Response:
    """Take a pledge back."""
    application.pledges.withdraw(Call(actor), pledge_id)
    return back_to(sent.back)


@_act("/together/fund")
def open_round(application: App, actor: Who, sent: Annotated[RoundForm, Form()]) -> Response:
    """Open a round of the fund; leads to it."""
    made = application.fund.open(
        Call(actor), sent.name, _cents(sent.amount), sent.currency, _day(application, sent.until)
    )
    return back_to(f"/fund/{made.id}")


@_act("/fund/{round_id}/ask")
def ask(application: App, actor: Who, round_id: RowId, sent: Annotated[WantForm, Form()]) -> Response:
    """Ask for something of a round."""
    application.fund.ask(Call(actor), round_id, sent.cause, sent.subject, _cents(sent.amount), sent.why)
    return back_to(sent.back)


@_act("/fund/{round_id}/allot")
def allot(application: App, actor: Who, round_id: RowId, sent: Annotated[AllotForm, Form()]) -> Response:
    """Say how one's own part is used."""
    percents = {want: int(percent or 0) for want, percent in zip(sent.want, sent.percent, strict=False)}
    application.fund.allot(Call(actor), round_id, percents)
    return back_to(sent.back)


def _cents(amount: str) -> int:
    found = cents_of(amount)
    if not found:
        raise InputError("an amount above zero is needed", where="amount")
    return found


def _day(application: App, written: str) -> datetime:
    found = end_of_day(application, written)
    if found is None:
        raise InputError("say until which day", where="until")
    return found
