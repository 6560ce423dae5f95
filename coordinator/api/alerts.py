"""`/alerts`: what is open, where one is told and of what, and who watches over a lab."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, FullName, LabId, RowId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.service.alerts.addresses import AddressView
from coordinator.service.alerts.desk import AlertView, HabitView, WatchView, WishView
from coordinator.service.house import View
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(tags=["alerts"])
_TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^$")]
_Pseudonym = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{10}$")]


class NewAddress(Body):
    """Where to be told: an address of mail, or of a chat as apprise writes it; it is never shown again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"address": "matrixs://TOKEN@chat.example/!room:chat.example", "label": "lab"}]}
    )
    address: str = Field(min_length=3, max_length=2000)
    label: FullName


class Code(Body):
    """The code that came to an address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "12345678"}]})
    code: str = Field(min_length=1, max_length=20)


class Wish(Body):
    """Whether to be told of a topic (empty for all) about "lab ID", "build ID" or "design ID" (empty for wherever)."""

    topic: str = Field(default="", max_length=20)
    about: str = Field(default="", max_length=60)
    wanted: bool


class Habit(Body):
    """When to be told, how often an hour at most, and of what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone": "Europe/Rome", "quiet_from": "22:00", "quiet_until": "07:00",
                    "urgent_breaks_through": True, "most_per_hour": 12,
                    "wishes": [{"topic": "offer", "about": "", "wanted": False}],
                }
            ]
        }
    )  # fmt: skip
    zone: str = Field(default="UTC", min_length=1, max_length=60)
    quiet_from: _TimeOfDay = ""
    quiet_until: _TimeOfDay = ""
    urgent_breaks_through: bool = True
    most_per_hour: int = Field(default=12, ge=1, le=100)
    wishes: list[Wish] = Field(default=[], max_length=100)


class Watch(Body):
    """Who of a lab's operators is told of urgent matters after whom, and how many minutes each has to acknowledge."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": 15, "people": ["p-0123456789"]}]})
    minutes: int = Field(ge=1, le=1440)
    people: list[_Pseudonym] = Field(default=[], max_length=50)


class Services(View):
    """By scheme, the services that people may be told by here."""

    services: dict[str, str]


@router.get("/alerts")
def list_alerts(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[AlertView]:
    """What is open of that which concerns you, the newest first."""
    return application.alerts.desk.open(actor, after=after, limit=limit)


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge_alert(application: App, call: Asked, alert_id: RowId) -> AlertView:
    """Say that you see to it: nobody else is told."""
    return application.alerts.desk.acknowledge(call, alert_id)


@router.get("/alerts/services")
def list_alert_services(application: App) -> Services:
    """By what people may be told here."""
    return Services(services=application.alerts.addresses.services())


@router.get("/alerts/addresses")
def list_alert_addresses(application: App, actor: Who) -> list[AddressView]:
    """Where you are told; the addresses themselves are not shown."""
    return application.alerts.addresses.mine(actor)


@router.post("/alerts/addresses", status_code=201)
def add_alert_address(application: App, actor: Who, body: NewAddress) -> AddressView:
    """Be told at an address; a code goes there first."""
    return application.alerts.addresses.add(actor, body.address, body.label)


@router.post("/alerts/addresses/{address_id}/verify")
def verify_alert_address(application: App, actor: Who, address_id: RowId, body: Code) -> AddressView:
    """Say the code that came."""
    return application.alerts.addresses.verify(actor, address_id, body.code)


@router.delete("/alerts/addresses/{address_id}")
def remove_alert_address(application: App, actor: Who, address_id: RowId) -> AddressView:
    """Be told nothing there any more; the address is forgotten."""
    return application.alerts.addresses.remove(actor, address_id)


@router.get("/alerts/habit")
def read_alert_habit(application: App, actor: Who) -> HabitView:
    """When you are told, and of what."""
    return application.alerts.desk.habit(actor)


@router.put("/alerts/habit")
def change_alert_habit(application: App, call: Asked, body: Habit) -> HabitView:
    """Say when you are told, and of what."""
    wishes = [WishView(**each.model_dump()) for each in body.wishes]
    said = body.model_dump(exclude={"wishes"})
    return application.alerts.desk.put_habit(call, HabitView(**said, wishes=wishes))


@router.get("/labs/{lab_id}/watch")
def read_watch(application: App, lab_id: LabId) -> WatchView:
    """Who watches over a lab."""
    return application.alerts.desk.watch(lab_id)


@router.put("/labs/{lab_id}/watch")
def change_watch(application: App, call: Asked, lab_id: LabId, body: Watch) -> WatchView:
    """Say who watches over a lab, for its operators."""
    return application.alerts.desk.put_watch(call, lab_id, body.minutes, body.people)
