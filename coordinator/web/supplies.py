"""What is bought, what lies on the table, what travels: pages, parts of the pages of builds and labs, their forms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.api.purchases import LabName
from coordinator.schema.shipment import Outcome
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call
from coordinator.service.supplies.postage import Postage
from coordinator.service.supplies.purchases import Count, Ordered, PurchaseView
from coordinator.service.supplies.shipments import Packed, Sent, ShipmentView
from coordinator.service.work.builds import BuildView
from coordinator.web.forms import Currency, Money, Plain, back_to, cents_of, end_of_day, taken_by
from coordinator.web.forms import Sent as FormSent
from coordinator.web.page import Page, Shown
from core.errors import InputError

__all__ = ["kit", "router", "shipment", "supplies_of_build", "supplies_of_lab"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_MOST = 1000
_MOST_KITS = 10  # of a page; the API tells more
JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Link = Annotated[str, StringConstraints(max_length=500, pattern=r"^(https://[^\s\x00-\x1f\x7f]+)?$")]
_Day = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
_Number = Annotated[str, StringConstraints(pattern=r"^(\d{1,9}([.,]\d{1,6})?)?$")]
_Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Place = LabName | Annotated[str, StringConstraints(max_length=0)]


class Chosen(FormSent):
    """Tasks that are ticked."""

    task: list[_Id] = Field(default=[], max_length=_MOST)


class OrderForm(FormSent):
    """An order; a price for each item in their order, or none."""

    supplier: Annotated[_Line, Field(min_length=1)]
    order_number: Annotated[_Line, Field(max_length=100)] = ""
    expected: _Day = ""
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    carriage: _Number = ""
    place: _Place = ""
    price: list[_Number] = Field(default=[], max_length=_MOST)


class DayForm(FormSent):
    """Another day."""

    expected: Annotated[_Day, Field(min_length=10)]


class CameForm(FormSent):
    """What came of each item, in their order; nothing in any field: all of it."""

    good: list[_Number] = Field(default=[], max_length=_MOST)
    bad: list[_Number] = Field(default=[], max_length=_MOST)


class PackForm(FormSent):
    """Pieces to pack, for a lab or a builder."""

    piece: list[_Id] = Field(max_length=_MOST)
    from_lab: LabName
    to_lab: _Place = ""
    build: _Id


class SendForm(FormSent):
    """How it travels."""

    carrier: Annotated[_Line, Field(max_length=100)] = ""
    tracking_number: Annotated[_Line, Field(max_length=100)] = ""
    tracking_link: _Link = ""
    expected: _Day = ""


class PostageForm(FormSent):
    """What sending it cost."""

    amount: Money
    currency: Currency


class ArriveForm(FormSent):
    """What of it is damaged: for each thing in their order nothing, "remade" or "repair"."""

    verdict: list[Annotated[str, StringConstraints(pattern=r"^(remade|repair)?$")]] = Field(
        default=[], max_length=_MOST
    )


class ThingForm(FormSent):
    """One thing."""

    item: _Id


class AddressForm(FormSent):
    """Where to send a build."""

    address: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = ""


def supplies_of_build(application: App, actor: Actor, build: BuildView) -> dict[str, Any]:
    """What the page of a build says of these."""
    mine = actor.known and actor.id == build.ordered_by
    return {
        "parts": application.shopping.of(build.id),
        "purchases": application.purchases.all(actor, build.id, limit=100).items,
        "kits": application.kits.of(build.id, limit=_MOST_KITS),
        "shipments": application.shipments.all(actor, build_id=build.id, limit=100).items,
        "may_buy": mine or actor.may(Right.TEND_BUILD),
        "address": application.deliveries.address(actor, build.id) if mine else None,
        "lab_ids": [each.id for each in application.labs.all(actor, limit=200).items],
    }


def supplies_of_lab(application: App, actor: Actor, lab_id: str) -> dict[str, Any]:
    """What the page of a lab says of these."""
    return {"parcels": application.parcels.of(actor, lab_id), "kits": application.kits.of(lab=lab_id, limit=_MOST_KITS)}


def kit(application: App, actor: Who, job_id: JobId) -> Page:
    """What has to lie on the table for one job: to tick off, and to print."""
    return Page(application, actor, lambda: Shown("kit", {"kit": application.kits.one(job_id)}))


def shipment(application: App, actor: Who, shipment_id: RowId) -> Page:
    """One shipment: what is in it, where it goes, what may be said of it."""

    def show() -> Shown:
        found = application.shipments.one(actor, shipment_id)
        at = {end: _is_at(application, actor, found, place) for end, place in _ends(found).items()}
        return Shown("shipment", {"shipment": found, "currency": _currency(application, found.from_lab), **at})

    return Page(application, actor, show)


def _currency(application: App, lab_id: str | None) -> str | None:
    """What a lab reckons in, where it says so."""
    with application.house.reading() as session:
        network = application.house.networks.of(session)
    known = {} if network is None else {each.id: each.currency for each in network.labs}
    return known.get(lab_id) if lab_id is not None else None


def _ends(found: ShipmentView) -> dict[str, str | None]:
    return {"sends": found.from_lab, "receives": found.to_lab}


def _is_at(application: App, actor: Actor, found: ShipmentView, place: str | None) -> bool:
    if place is not None or found.build_id is None:
        return place is not None and actor.may(Right.ANSWER, place)
    return actor.known and application.builds.one(found.build_id).ordered_by == actor.id


@_act("/purchases/want")
def want(application: App, actor: Who, sent: Annotated[Chosen, Form()]) -> Response:
    """Take the ticked parts in hand."""
    if not sent.task:
        raise InputError("tick what you buy", where="task")
    application.purchases.want(Call(actor), dict.fromkeys(sent.task))
    return back_to(sent.back)


@_act("/purchases/{purchase_id}/order")
def order(application: App, actor: Who, purchase_id: RowId, sent: Annotated[OrderForm, Form()]) -> Response:
    """Say that it is ordered."""
    found = application.purchases.one(actor, purchase_id)
    prices = {item.id: price for item, price in zip(found.items, sent.price, strict=False) if price}
    said = Ordered(
        sent.supplier, sent.order_number or None, end_of_day(application, sent.expected), sent.currency or None,
        {item: _number(price) for item, price in prices.items()}, _number(sent.carriage) if sent.carriage else None,
        sent.place or None,
    )  # fmt: skip
    application.purchases.order(Call(actor), purchase_id, said)
    return back_to(sent.back)


@_act("/purchases/{purchase_id}/expectation")
def expect(application: App, actor: Who, purchase_id: RowId, sent: Annotated[DayForm, Form()]) -> Response:
    """Say when it is expected now."""
    application.purchases.expect(Call(actor), purchase_id, _day(application, sent.expected), sent.why)
    return back_to(sent.back)


@_act("/purchases/{purchase_id}/arrival")
def receive(application: App, actor: Who, purchase_id: RowId, sent: Annotated[CameForm, Form()]) -> Response:
    """Say what came."""
    found = application.purchases.one(actor, purchase_id)
    application.purchases.receive(Call(actor), purchase_id, _counts(found, sent), sent.why)
    return back_to(sent.back)


@_act("/purchases/{purchase_id}/cancel")
def cancel(application: App, actor: Who, purchase_id: RowId, sent: Plain) -> Response:
    """Say that nothing more of it comes."""
    application.purchases.cancel(Call(actor), purchase_id, sent.why)
    return back_to(sent.back)


@_act("/kits/{job_id}/ticks")
def tick(application: App, actor: Who, job_id: JobId, sent: Annotated[Chosen, Form()]) -> Response:
    """Say that the ticked things lie on the table; nothing ticked: all that is in the lab."""
    application.kits.tick(Call(actor), job_id, sent.task, sent.why)
    return back_to(sent.back)


@_act("/kits/{job_id}/unticks")
def untick(application: App, actor: Who, job_id: JobId, sent: Annotated[ThingForm, Form()]) -> Response:
    """Say that something does not lie there any more."""
    application.kits.untick(Call(actor), job_id, sent.item, sent.why)
    return back_to(sent.back)


@_act("/kits/{job_id}/waiver")
def waive(application: App, actor: Who, job_id: JobId, sent: Plain) -> Response:
    """Say that a job may begin without all of its kit."""
    application.kits.waive(Call(actor), job_id, sent.why)
    return back_to(sent.back)


@_act("/shipments/pack")
def pack(application: App, actor: Who, sent: Annotated[PackForm, Form()]) -> Response:
    """Pack pieces; leads to the shipment."""
    build = None if sent.to_lab else sent.build
    made = application.shipments.pack(Call(actor), Packed(sent.from_lab, sent.to_lab or None, build, sent.piece))
    return back_to(f"/shipments/{made.id}")


@_act("/shipments/{shipment_id}/send")
def send(application: App, actor: Who, shipment_id: RowId, sent: Annotated[SendForm, Form()]) -> Response:
    """Say that it is on its way."""
    expected = end_of_day(application, sent.expected)
    how = Sent(sent.carrier or None, sent.tracking_number or None, sent.tracking_link or None, expected)
    application.shipments.send(Call(actor), shipment_id, how)
    return back_to(sent.back)


@_act("/shipments/{shipment_id}/expectation")
def expect_shipment(application: App, actor: Who, shipment_id: RowId, sent: Annotated[DayForm, Form()]) -> Response:
    """Say when it is expected now."""
    application.shipments.expect(Call(actor), shipment_id, _day(application, sent.expected), sent.why)
    return back_to(sent.back)


@_act("/shipments/{shipment_id}/arrival")
def arrive(application: App, actor: Who, shipment_id: RowId, sent: Annotated[ArriveForm, Form()]) -> Response:
    """Say that it is here, and what of it is damaged."""
    found = application.shipments.one(actor, shipment_id)
    damaged = {item.id: Outcome(word) for item, word in zip(found.items, sent.verdict, strict=False) if word}
    application.shipments.arrive(Call(actor), shipment_id, damaged, sent.why)
    return back_to(sent.back)


@_act("/shipments/{shipment_id}/cost")
def note_cost(application: App, actor: Who, shipment_id: RowId, sent: Annotated[PostageForm, Form()]) -> Response:
    """Say what sending it cost."""
    application.postages.note(Call(actor), shipment_id, Postage(cents_of(sent.amount), sent.currency))
    return back_to(sent.back)


@_act("/shipments/{shipment_id}/loss")
def lose(application: App, actor: Who, shipment_id: RowId, sent: Plain) -> Response:
    """Say that it is lost."""
    application.shipments.lose(Call(actor), shipment_id, sent.why)
    return back_to(sent.back)


@_act("/shipments/{shipment_id}/return")
def take_back(application: App, actor: Who, shipment_id: RowId, sent: Plain) -> Response:
    """Say that it is back, or unpacked."""
    application.shipments.take_back(Call(actor), shipment_id, sent.why)
    return back_to(sent.back)


@_act("/shipments/{shipment_id}/repair")
def repair(application: App, actor: Who, shipment_id: RowId, sent: Annotated[ThingForm, Form()]) -> Response:
    """Say that a thing is repaired."""
    application.shipments.repaired(Call(actor), shipment_id, sent.item, sent.why)
    return back_to(sent.back)


@_act("/builds/{build_id}/address")
def address(application: App, actor: Who, build_id: RowId, sent: Annotated[AddressForm, Form()]) -> Response:
    """Say where a build is to be sent."""
    application.deliveries.put_address(Call(actor), build_id, sent.address)
    return back_to(sent.back)


def _number(written: str) -> float:
    return float(written.replace(",", ".") or 0)


def _day(application: App, written: str) -> datetime:
    found = end_of_day(application, written)
    if found is None:
        raise InputError("say on which day", where="expected")
    return found


def _counts(found: PurchaseView, sent: CameForm) -> list[Count]:
    """What each item's fields say; items whose fields are empty did not come."""
    bad = [*sent.bad, *([""] * (len(sent.good) - len(sent.bad)))]
    rows = zip(found.items, sent.good, bad, strict=False)
    return [
        Count(item.id, _number(good), _number(wrong))
        for item, good, wrong in rows
        if _number(good) > 0 or _number(wrong) > 0
    ]
