"""The part of the API under `alerts`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = [
    "AddressesAddressView",
    "AlertView",
    "Alerts",
    "AlertsWish",
    "HabitView",
    "Services",
    "Topic",
    "WatchView",
    "WishView",
]


Topic: TypeAlias = Literal[
    "job-failed",
    "lost-contact",
    "machine-waits",
    "first-layer",
    "first-article",
    "offer",
    "offer-ending",
    "purchase-late",
    "stock-low",
    "maintenance",
    "shipment",
    "question",
    "build-stuck",
    "date-moved",
    "build-done",
    "agent-silent",
    "proposal",
    "proposal-ending",
    "decided",
    "distribution",
    "design-change",
    "campaign",
    "campaign-over",
    "credit",
    "neighbour",
]
"""What a person may want to be told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressesAddressView:
    """An address, which is never shown back; `code_sent` says that a code is on its way or there."""

    id: int
    service: str
    label: str
    made_at: datetime
    verified: bool
    code_sent: bool
    last_answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """Something that somebody is told of. `times` is how often it has happened while it is open."""

    id: int
    topic: Topic
    subject: str
    lab: str
    build_id: int | None
    urgent: bool
    sentence: str
    times: int
    opened_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsWish:
    """Whether to be told of a topic (empty for all) about "lab ID", "build ID" or "design ID" (empty for wherever)."""

    wanted: bool
    topic: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HabitView:
    """When a person is told of what; times of day are of the zone, both empty for no quiet hours."""

    zone: str = "UTC"
    quiet_from: str = ""
    quiet_until: str = ""
    urgent_breaks_through: bool = True
    most_per_hour: int = 12
    wishes: tuple[WishView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """By scheme, the services that people may be told by here."""

    services: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """Who is told of a lab's urgent matters, one after the other; nobody named is everybody at once."""

    lab: str
    minutes: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WishView:
    """Whether to be told of a topic ("" for all) about "lab ID", "build ID" or "design ID" ("" for wherever)."""

    wanted: bool
    topic: Topic | str = ""
    about: str = ""


class Alerts(Calls):
    """The part of the API under `alerts`."""

    def list_alerts(self) -> Iterator[AlertView]:
        """What is open of that which concerns you, the newest first."""
        return self._pages(AlertView, "/alerts", {}, 200)

    def acknowledge_alert(self, alert_id: int, *, key: str | None = None) -> AlertView:
        """Say that you see to it: nobody else is told."""
        return self._one(AlertView, "POST", f"/alerts/{segment(alert_id)}/acknowledge", key=new_key(key))

    def list_alert_services(self) -> Services:
        """By what people may be told here."""
        return self._one(Services, "GET", "/alerts/services")

    def list_alert_addresses(self) -> tuple[AddressesAddressView, ...]:
        """Where you are told; the addresses themselves are not shown."""
        found: tuple[AddressesAddressView, ...] = self._any(
            tuple[AddressesAddressView, ...], "GET", "/alerts/addresses"
        )
        return found

    def add_alert_address(self, address: str, label: str) -> AddressesAddressView:
        """Be told at an address; a code goes there first."""
        return self._one(AddressesAddressView, "POST", "/alerts/addresses", body={"address": address, "label": label})

    def verify_alert_address(self, address_id: int, code: str) -> AddressesAddressView:
        """Say the code that came."""
        return self._one(
            AddressesAddressView, "POST", f"/alerts/addresses/{segment(address_id)}/verify", body={"code": code}
        )

    def remove_alert_address(self, address_id: int) -> AddressesAddressView:
        """Be told nothing there any more; the address is forgotten."""
        return self._one(AddressesAddressView, "DELETE", f"/alerts/addresses/{segment(address_id)}")

    def read_alert_habit(self) -> HabitView:
        """When you are told, and of what."""
        return self._one(HabitView, "GET", "/alerts/habit")

    def change_alert_habit(
        self,
        *,
        zone: str = "UTC",
        quiet_from: str = "",
        quiet_until: str = "",
        urgent_breaks_through: bool = True,
        most_per_hour: int = 12,
        wishes: Sequence[AlertsWish] = (),
        key: str | None = None,
    ) -> HabitView:
        """Say when you are told, and of what."""
        return self._one(
            HabitView,
            "PUT",
            "/alerts/habit",
            body={
                "zone": zone,
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
                "urgent_breaks_through": urgent_breaks_through,
                "most_per_hour": most_per_hour,
                "wishes": wishes,
            },
            key=new_key(key),
        )

    def read_watch(self, lab_id: str) -> WatchView:
        """Who watches over a lab."""
        return self._one(WatchView, "GET", f"/labs/{segment(lab_id)}/watch")

    def change_watch(
        self, lab_id: str, minutes: int, *, people: Sequence[str] = (), key: str | None = None
    ) -> WatchView:
        """Say who watches over a lab, for its operators."""
        return self._one(
            WatchView,
            "PUT",
            f"/labs/{segment(lab_id)}/watch",
            body={"minutes": minutes, "people": people},
            key=new_key(key),
        )
