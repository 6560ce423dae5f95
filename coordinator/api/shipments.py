"""`/shipments`: what travels between labs and to builders; where builders want things to be sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, LabId, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.api.pledges import Currency
from coordinator.api.purchases import Expected, LabName, Said
from coordinator.schema.shipment import Outcome, ShipmentState
from coordinator.service.paging import Page
from coordinator.service.supplies.delivery import AddressView
from coordinator.service.supplies.parcels import ParcelsView
from coordinator.service.supplies.postage import MOST_POSTAGE_CENTS, Postage
from coordinator.service.supplies.shipments import Packed, Sent, ShipmentView

__all__ = ["Repairable", "router"]

router = APIRouter(tags=["shipments"])
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
_MOST = 1000


class Repairable(StrEnum):
    """What is to become of a damaged thing."""

    REMADE = "remade"
    REPAIR = "repair"


class BoughtThing(Body):
    """So much of what was bought for a task."""

    task_id: Id
    quantity: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class NewShipment(Body):
    """What is packed, from where to where; a lab that is not named is the builder of `build_id`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"from_lab": "south", "to_lab": "north", "pieces": [4, 5], "bought": []}]}
    )
    from_lab: LabName | None = None
    to_lab: LabName | None = None
    build_id: Id | None = None
    pieces: list[Id] = Field(default=[], max_length=_MOST)
    bought: list[BoughtThing] = Field(default=[], max_length=_MOST)


class Sending(Body):
    """How it travels; number and link are shown to those in the shipment only."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "carrier": "Post",
                    "tracking_number": "RR123456785DE",
                    "tracking_link": "https://track.example/RR123456785DE",
                    "expected_at": "2030-01-10T12:00:00Z",
                }
            ]
        }
    )
    carrier: Said | None = None
    tracking_number: Said | None = None
    tracking_link: (
        Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s\x00-\x1f\x7f]+$")] | None
    ) = None
    expected_at: AwareDatetime | None = None


class Paid(Body):
    """What sending it cost, in hundredths of a currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cents": 490, "currency": "EUR"}]})
    cents: Annotated[int, Field(ge=0, le=MOST_POSTAGE_CENTS)]
    currency: Currency


class Damaged(Body):
    """A thing that came damaged."""

    item_id: Id
    verdict: Repairable


class Unpacked(Body):
    """What of it is damaged; the rest is good."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"damaged": [{"item_id": 2, "verdict": "remade"}], "why": "a corner is off"}]}
    )
    damaged: list[Damaged] = Field(default=[], max_length=_MOST)
    why: Reason = ""


class Repair(Body):
    """What is repaired."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"item_id": 2, "why": "glued"}]})
    item_id: Id
    why: Reason = ""


class NewAddress(Body):
    """Where a build is to be sent; empty to forget it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"address": "Ada L., Back Lane 7, 12345 Town"}]})
    address: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


@router.get("/shipments")
def list_shipments(
    application: App,
    actor: Who,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    state: Annotated[ShipmentState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ShipmentView]:
    """Shipments from or to a lab, with things of a build, in a state; or all."""
    return application.shipments.all(actor, lab, build_id, state, after=after, limit=limit)


@router.post("/shipments", status_code=201)
def pack_shipment(application: App, call: Asked, body: NewShipment) -> ShipmentView:
    """Put things into a shipment."""
    bought = {each.task_id: each.quantity for each in body.bought}
    return application.shipments.pack(call, Packed(body.from_lab, body.to_lab, body.build_id, body.pieces, bought))


@router.get("/shipments/{shipment_id}")
def read_shipment(application: App, actor: Who, shipment_id: RowId) -> ShipmentView:
    """One shipment; tracking and address for those in it."""
    return application.shipments.one(actor, shipment_id)


@router.post("/shipments/{shipment_id}/send")
def send_shipment(application: App, call: Asked, shipment_id: RowId, body: Sending) -> ShipmentView:
    """Say that it is on its way."""
    expected_at: datetime | None = body.expected_at
    sent = Sent(body.carrier, body.tracking_number, body.tracking_link, expected_at)
    return application.shipments.send(call, shipment_id, sent)


@router.post("/shipments/{shipment_id}/expectation")
def expect_shipment(application: App, call: Asked, shipment_id: RowId, body: Expected) -> ShipmentView:
    """Say when it is expected now; what waits for it is planned anew."""
    return application.shipments.expect(call, shipment_id, body.expected_at, body.why)


@router.post("/shipments/{shipment_id}/arrival")
def receive_shipment(application: App, call: Asked, shipment_id: RowId, body: Unpacked) -> ShipmentView:
    """Say that it is here, and what of it is damaged: that is made again, or repaired where it is."""
    damaged = {each.item_id: Outcome(each.verdict) for each in body.damaged}
    return application.shipments.arrive(call, shipment_id, damaged, body.why)


@router.post("/shipments/{shipment_id}/loss")
def lose_shipment(application: App, call: Asked, shipment_id: RowId, body: Why) -> ShipmentView:
    """Say that it is lost: its pieces are made again, what was bought is bought again."""
    return application.shipments.lose(call, shipment_id, body.why)


@router.post("/shipments/{shipment_id}/return")
def take_shipment_back(application: App, call: Asked, shipment_id: RowId, body: Why) -> ShipmentView:
    """Say that it is back where it was sent from; of one that was never sent, that it is unpacked."""
    return application.shipments.take_back(call, shipment_id, body.why)


@router.post("/shipments/{shipment_id}/repair")
def note_repair(application: App, call: Asked, shipment_id: RowId, body: Repair) -> ShipmentView:
    """Say that something that came damaged is repaired, and can be used."""
    return application.shipments.repaired(call, shipment_id, body.item_id, body.why)


@router.put("/shipments/{shipment_id}/cost")
def note_shipment_cost(application: App, call: Asked, shipment_id: RowId, body: Paid) -> ShipmentView:
    """Say what sending it cost: for those who sent or received it; it stands beside what was reckoned."""
    return application.postages.note(call, shipment_id, Postage(body.cents, body.currency))


@router.get("/labs/{lab_id}/parcels")
def list_parcels(application: App, actor: Who, lab_id: LabId) -> ParcelsView:
    """What a lab is to pack, by where it goes, and what comes to it."""
    return application.parcels.of(actor, lab_id)


@router.get("/builds/{build_id}/address")
def read_address(application: App, actor: Who, build_id: RowId) -> AddressView:
    """Where a build is to be sent, for who ordered it."""
    return application.deliveries.address(actor, build_id)


@router.put("/builds/{build_id}/address")
def store_address(application: App, call: Asked, build_id: RowId, body: NewAddress) -> AddressView:
    """Say where a build is to be sent; labs see it on the shipments that they send there, until these have arrived."""
    return application.deliveries.put_address(call, build_id, body.address)
