"""The part of the API under `shipments`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    ShipmentState,
)

__all__ = [
    "BoughtThing",
    "Damaged",
    "DeliveryAddressView",
    "ItemView",
    "Outcome",
    "ParcelView",
    "ParcelsView",
    "Repairable",
    "ShipmentView",
    "Shipments",
    "ThingView",
]


Outcome: TypeAlias = Literal["arrived", "remade", "repair", "repaired", "lost", "returned", "unpacked"]
"""What became of one thing in a shipment."""


Repairable: TypeAlias = Literal["remade", "repair"]
"""What is to become of a damaged thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtThing:
    """So much of what was bought for a task."""

    task_id: int
    quantity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A thing that came damaged."""

    item_id: int
    verdict: Repairable


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAddressView:
    """Where a builder wants a build to be sent; null while nothing was said."""

    build_id: int
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """A piece, or so much of what was bought."""

    id: int
    build_id: int
    task_id: int
    task: str
    piece_id: int | None
    number: int | None
    quantity: float
    unit: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """What is to travel together; without a lab to the builder. What leaves by `leave_by` is there in time."""

    build_id: int
    design: str
    to_lab: str | None
    leave_by: datetime | None
    things: tuple[ThingView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelsView:
    """What is to be packed (the most urgent first), what is packed or on its way from here, and what comes."""

    to_pack: tuple[ParcelView, ...]
    going: tuple[ShipmentView, ...]
    coming: tuple[ShipmentView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentView:
    """Things that travel together; without `from_lab` from the builder of the build, without `to_lab` to there.

    Tracking and address are null for who is neither in the labs that send and receive it nor its builder; the address
    is shown until it has come to its end. `cost_cents` is what sending it cost, in hundredths; null while nobody said.
    """

    id: int
    state: ShipmentState
    from_lab: str | None
    to_lab: str | None
    build_id: int | None
    carrier: str | None
    tracking_number: str | None
    tracking_link: str | None
    address: str | None
    packed_at: datetime
    packed_by: str
    sent_at: datetime | None
    expected_at: datetime | None
    ended_at: datetime | None
    cost_cents: int | None
    currency: str | None
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingView:
    """Pieces of one task."""

    task_id: int
    task: str
    pieces: tuple[int, ...]


class Shipments(Calls):
    """The part of the API under `shipments`."""

    def list_shipments(
        self, *, lab: str | None = None, build_id: int | None = None, state: ShipmentState | None = None
    ) -> Iterator[ShipmentView]:
        """Shipments from or to a lab, with things of a build, in a state; or all."""
        return self._pages(ShipmentView, "/shipments", {"lab": lab, "build_id": build_id, "state": state}, 200)

    def pack_shipment(
        self,
        *,
        from_lab: str | None = None,
        to_lab: str | None = None,
        build_id: int | None = None,
        pieces: Sequence[int] = (),
        bought: Sequence[BoughtThing] = (),
        key: str | None = None,
    ) -> ShipmentView:
        """Put things into a shipment."""
        return self._one(
            ShipmentView,
            "POST",
            "/shipments",
            body={"from_lab": from_lab, "to_lab": to_lab, "build_id": build_id, "pieces": pieces, "bought": bought},
            key=new_key(key),
        )

    def read_shipment(self, shipment_id: int) -> ShipmentView:
        """One shipment; tracking and address for those in it."""
        return self._one(ShipmentView, "GET", f"/shipments/{segment(shipment_id)}")

    def send_shipment(
        self,
        shipment_id: int,
        *,
        carrier: str | None = None,
        tracking_number: str | None = None,
        tracking_link: str | None = None,
        expected_at: datetime | None = None,
        key: str | None = None,
    ) -> ShipmentView:
        """Say that it is on its way."""
        return self._one(
            ShipmentView,
            "POST",
            f"/shipments/{segment(shipment_id)}/send",
            body={
                "carrier": carrier,
                "tracking_number": tracking_number,
                "tracking_link": tracking_link,
                "expected_at": expected_at,
            },
            key=new_key(key),
        )

    def expect_shipment(
        self, shipment_id: int, expected_at: datetime, *, why: str = "", key: str | None = None
    ) -> ShipmentView:
        """Say when it is expected now; what waits for it is planned anew."""
        return self._one(
            ShipmentView,
            "POST",
            f"/shipments/{segment(shipment_id)}/expectation",
            body={"expected_at": expected_at, "why": why},
            key=new_key(key),
        )

    def receive_shipment(
        self, shipment_id: int, *, damaged: Sequence[Damaged] = (), why: str = "", key: str | None = None
    ) -> ShipmentView:
        """Say that it is here, and what of it is damaged: that is made again, or repaired where it is."""
        return self._one(
            ShipmentView,
            "POST",
            f"/shipments/{segment(shipment_id)}/arrival",
            body={"damaged": damaged, "why": why},
            key=new_key(key),
        )

    def lose_shipment(self, shipment_id: int, *, why: str = "", key: str | None = None) -> ShipmentView:
        """Say that it is lost: its pieces are made again, what was bought is bought again."""
        return self._one(
            ShipmentView, "POST", f"/shipments/{segment(shipment_id)}/loss", body={"why": why}, key=new_key(key)
        )

    def take_shipment_back(self, shipment_id: int, *, why: str = "", key: str | None = None) -> ShipmentView:
        """Say that it is back where it was sent from; of one that was never sent, that it is unpacked."""
        return self._one(
            ShipmentView, "POST", f"/shipments/{segment(shipment_id)}/return", body={"why": why}, key=new_key(key)
        )

    def note_repair(self, shipment_id: int, item_id: int, *, why: str = "", key: str | None = None) -> ShipmentView:
        """Say that something that came damaged is repaired, and can be used."""
        return self._one(
            ShipmentView,
            "POST",
            f"/shipments/{segment(shipment_id)}/repair",
            body={"item_id": item_id, "why": why},
            key=new_key(key),
        )

    def note_shipment_cost(
        self, shipment_id: int, cents: int, currency: str, *, key: str | None = None
    ) -> ShipmentView:
        """Say what sending it cost: for those who sent or received it; it stands beside what was reckoned."""
        return self._one(
            ShipmentView,
            "PUT",
            f"/shipments/{segment(shipment_id)}/cost",
            body={"cents": cents, "currency": currency},
            key=new_key(key),
        )

    def list_parcels(self, lab_id: str) -> ParcelsView:
        """What a lab is to pack, by where it goes, and what comes to it."""
        return self._one(ParcelsView, "GET", f"/labs/{segment(lab_id)}/parcels")

    def read_address(self, build_id: int) -> DeliveryAddressView:
        """Where a build is to be sent, for who ordered it."""
        return self._one(DeliveryAddressView, "GET", f"/builds/{segment(build_id)}/address")

    def store_address(self, build_id: int, address: str, *, key: str | None = None) -> DeliveryAddressView:
        """Say where a build is to be sent; labs see it on the shipments that they send there, until these have arrived."""  # noqa: E501 (the words of the route)
        return self._one(
            DeliveryAddressView,
            "PUT",
            f"/builds/{segment(build_id)}/address",
            body={"address": address},
            key=new_key(key),
        )
