"""Alerts on pages: what is open, saying that one sees to it, where one is told, of what, and when not."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, StringConstraints

from coordinator.api.common import FullName, LabId, RowId
from coordinator.api.context import After, App, Who
from coordinator.schema.network import Role
from coordinator.service.access import Actor
from coordinator.service.alerts.audience import operators_of
from coordinator.service.alerts.desk import HabitView, WishView
from coordinator.service.alerts.rules import TOPICS, Topic
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.web.forms import Plain, Sent, back_to
from coordinator.web.page import Page, Shown

__all__ = ["acknowledge_page", "alerts", "alerts_of_account", "router"]

router = APIRouter(include_in_schema=False)
_Code = Annotated[str, StringConstraints(max_length=100)]
_TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^$")]
_About = Annotated[str, StringConstraints(pattern=r"^((lab|build|design) [a-z0-9-]{1,40})?$")]


class AddressSent(Sent):
    """A new address."""

    address: Annotated[str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True)]
    label: FullName


class CodeSent(Sent):
    """The code that came to an address."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class HabitSent(Sent):
    """When to be told, and of which topics wherever nothing else was said."""

    zone: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    quiet_from: _TimeOfDay = ""
    quiet_until: _TimeOfDay = ""
    urgent_breaks_through: bool = False
    most_per_hour: Annotated[int, Field(ge=1, le=100)] = 12
    topics: list[Topic] = Field(default=[], max_length=40)


class WishSent(Sent):
    """A wish about one lab, build or design; `wanted` is "yes", "no", or "forget" for what holds in general."""

    topic: Topic | Annotated[str, StringConstraints(max_length=0)] = ""
    about: _About
    wanted: Annotated[str, StringConstraints(pattern="^(yes|no|forget)$")]


class WatchSent(Sent):
    """Who watches over a lab, one pseudonym a line."""

    minutes: Annotated[int, Field(ge=1, le=1440)]
    people: Annotated[str, StringConstraints(max_length=2000)] = ""


class LinkSent(Sent):
    """What a link in a message carries."""

    code: _Code


def alerts(application: App, actor: Who, after: After = None) -> Page:
    """What is open of that which concerns me, and who watches over my labs."""

    def show() -> Shown:
        facts = {"listed": application.alerts.desk.open(actor, after=after), "watches": _watches(application, actor)}
        return Shown("alerts", facts)

    return Page(application, actor, show)


def acknowledge_page(application: App, actor: Who, code: Annotated[str, Query(max_length=100)] = "") -> Page:
    """Where a link in a message leads: a button, because mail programs open links by themselves."""
    return Page(
        application, actor, lambda: Shown("acknowledge", {"alert": application.alerts.desk.linked(code), "code": code})
    )


def alerts_of_account(application: Application, actor: Actor) -> dict[str, Any]:
    """What the page of one's account shows of alerts."""
    habit = application.alerts.desk.habit(actor)
    general = {each.topic: each.wanted for each in habit.wishes if not each.about}
    return {
        "habit": habit,
        "addresses": application.alerts.addresses.mine(actor),
        "services": application.alerts.addresses.services(),
        "topics": [(topic, words, general.get(topic, general.get("", True))) for topic, words in TOPICS.items()],
        "topic_words": {str(topic): words for topic, words in TOPICS.items()},
    }


def _watches(application: Application, actor: Actor) -> list[dict[str, Any]]:
    """The labs that the actor answers for."""
    labs = sorted({each.lab for each in actor.grants if each.role is Role.OPERATOR})
    with application.house.reading() as session:
        people = {lab: operators_of(session, lab) for lab in labs}
    return [{"watch": application.alerts.desk.watch(lab), "operators": people[lab]} for lab in labs]


@router.post("/alerts/acknowledge", response_class=RedirectResponse, status_code=303)
def acknowledge_linked(application: App, sent: Annotated[LinkSent, Form()]) -> Response:
    """See to it, by a link; who has the link needs no log-in."""
    application.alerts.desk.acknowledge_linked(sent.code)
    return back_to(f"/alerts/acknowledge?code={sent.code}")


@router.post("/alerts/{alert_id}/acknowledge", response_class=RedirectResponse, status_code=303)
def acknowledge(application: App, actor: Who, alert_id: RowId, sent: Plain) -> Response:
    """See to it."""
    application.alerts.desk.acknowledge(Call(actor), alert_id)
    return back_to(sent.back)


@router.post("/alerts/addresses", response_class=RedirectResponse, status_code=303)
def add_address(application: App, actor: Who, sent: Annotated[AddressSent, Form()]) -> Response:
    """Be told there, once the code has come back."""
    application.alerts.addresses.add(actor, sent.address, sent.label)
    return back_to(sent.back)


@router.post("/alerts/addresses/{address_id}/verify", response_class=RedirectResponse, status_code=303)
def verify(application: App, actor: Who, address_id: RowId, sent: Annotated[CodeSent, Form()]) -> Response:
    """Say the code that came."""
    application.alerts.addresses.verify(actor, address_id, sent.code)
    return back_to(sent.back)


@router.post("/alerts/addresses/{address_id}/remove", response_class=RedirectResponse, status_code=303)
def remove(application: App, actor: Who, address_id: RowId, sent: Plain) -> Response:
    """Be told nothing there."""
    application.alerts.addresses.remove(actor, address_id)
    return back_to(sent.back)


@router.post("/alerts/habit", response_class=RedirectResponse, status_code=303)
def change_habit(application: App, actor: Who, sent: Annotated[HabitSent, Form()]) -> Response:
    """Say when to be told, and of what in general; what was said of one lab, build or design stays."""
    desk = application.alerts.desk
    kept = [each for each in desk.habit(actor).wishes if each.about]
    unwanted = [WishView(topic=topic, wanted=False) for topic in TOPICS if topic not in sent.topics]
    said = sent.model_dump(exclude={"why", "back", "topics"})
    desk.put_habit(Call(actor), HabitView(**said, wishes=[*unwanted, *kept]))
    return back_to(sent.back)


@router.post("/alerts/wishes", response_class=RedirectResponse, status_code=303)
def change_wish(application: App, actor: Who, sent: Annotated[WishSent, Form()]) -> Response:
    """Say whether to be told about one lab, build or design."""
    desk = application.alerts.desk
    habit = desk.habit(actor)
    wishes = [each for each in habit.wishes if (each.topic, each.about) != (sent.topic, sent.about)]
    if sent.wanted != "forget":
        wishes.append(WishView(topic=sent.topic, about=sent.about, wanted=sent.wanted == "yes"))
    desk.put_habit(Call(actor), habit.model_copy(update={"wishes": wishes}))
    return back_to(sent.back)


@router.post("/labs/{lab_id}/watch", response_class=RedirectResponse, status_code=303)
def change_watch(application: App, actor: Who, lab_id: LabId, sent: Annotated[WatchSent, Form()]) -> Response:
    """Say who watches over a lab."""
    application.alerts.desk.put_watch(Call(actor), lab_id, sent.minutes, sent.people.split())
    return back_to(sent.back)
