"""What the log says of goods, as facts: purchases that came, shipments, and the stock of labs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from commons.cents import shared_out
from commons.flows.events import Measure
from commons.flows.facts import Bought, Consumed, Dropped, Lost, Paid, Picked
from coordinator.ledger import PER_UNIT
from coordinator.schema.builds import EventRow, JobRow, TaskRow
from coordinator.schema.shipment import Outcome, ShipmentItemRow, ShipmentRow
from coordinator.schema.stock import BookingKind, BookingRow, StockKind, StockRow
from coordinator.schema.supply import ArrivalRow, PurchaseItemRow, PurchaseRow
from coordinator.service.flows.made import agent_name, part_name
from coordinator.service.flows.names import Kind, Names
from coordinator.service.flows.told import Told, amount, unit_of

__all__ = ["purchase_came", "shipment_ended", "shipment_sent", "stock_booked", "task_arrived"]

_UNITS: Final = {StockKind.SPOOL: "g", StockKind.SHEET: "sheet", StockKind.TOOL: "tool"}
_CENTS: Final = 100
_NO_CURRENCY: Final = "XXX"  # as ISO 4217 writes it


def purchase_came(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """What came of a purchase at once, or turned out to be bad; paid for in proportion, as far as a price is known."""
    purchase = session.get_one(PurchaseRow, int(event.subject.removeprefix("purchase ")))
    yield from _came(session, names, event, PurchaseItemRow.purchase_id == purchase.id)


def task_arrived(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """All that was still to come of a task's part, as somebody has said at once."""
    task = select(TaskRow.id).where(TaskRow.build_id == event.data.get("build"))
    task = task.where(TaskRow.key == event.subject.removeprefix("task "))
    yield from _came(session, names, event, PurchaseItemRow.task_id.in_(task))


def _came(session: Session, names: Names, event: EventRow, which: ColumnElement[bool]) -> Iterator[Told]:
    arrivals = select(ArrivalRow).join(PurchaseItemRow).where(which, ArrivalRow.at == event.at)
    for arrival in session.scalars(arrivals.order_by(ArrivalRow.id)):
        yield from _arrival(session, names, arrival.item, arrival)
        if arrival.good > 0:
            yield from _carriage(session, names, arrival.item.purchase, event)


def _arrival(session: Session, names: Names, item: PurchaseItemRow, arrival: ArrivalRow) -> Iterator[Told]:
    purchase, task = item.purchase, item.task
    name, stock = names.of(Kind.ARRIVAL, arrival.id), names.of(Kind.TASK, task.id)
    buyer, part = agent_name(session, names, purchase.buyer), part_name(session, names, task)
    came = arrival.good + arrival.surplus
    if came > 0:
        price = _paid(item, arrival, purchase.currency or _NO_CURRENCY)
        vendor = None if purchase.supplier is None else names.of(Kind.VENDOR, purchase.supplier)
        fact = Bought(name, arrival.at, buyer, vendor, part, amount(came, task.unit), stock, price)
        yield Told(fact, task.build_id, task.build.design_id)
    elif came < 0:
        gone = amount(-came, task.unit)
        yield Told.counted(name, arrival.at, buyer, part, -gone.value, gone.unit, stock, task.build_id)


def _carriage(session: Session, names: Names, purchase: PurchaseRow, event: EventRow) -> Iterator[Told]:
    """What bringing it has cost, each time that it was ordered: told with what comes first, and never again.

    Builds that were bought for at once share it by the number of things.
    """
    ordered = select(EventRow).where(EventRow.subject == f"purchase {purchase.id}", EventRow.kind == "purchase.ordered")
    things = Counter((item.task.build_id, item.task.build.design_id) for item in purchase.items)
    payer = agent_name(session, names, purchase.buyer)
    payee = None if purchase.supplier is None else names.of(Kind.VENDOR, purchase.supplier)
    for each in session.scalars(ordered.where(EventRow.id < event.id).order_by(EventRow.id)):
        cents = round((each.data.get("carriage") or 0) * _CENTS)
        for (build_id, design_id), share in shared_out(cents, things).items():
            if share:
                name = names.of(Kind.PURCHASE, f"{purchase.id}.{each.id}.{build_id}")
                money = Measure(Fraction(share, _CENTS), unit_of(each.data["currency"]))
                yield Told(Paid(name, event.at, payer, payee, money), build_id, design_id)


def _paid(item: PurchaseItemRow, arrival: ArrivalRow, currency: str) -> Measure | None:
    """What an arrival adds to the part of the price that has been earned; in all never more than the price."""
    if item.price is None or item.quantity <= 0:
        return None
    before = sum(each.good for each in item.arrivals if each.id < arrival.id and each.good > 0)
    shares = (min(1.0, each / item.quantity) for each in (before, before + max(0.0, arrival.good)))
    low, high = (round(share * item.price * _CENTS) for share in shares)
    return Measure(Fraction(high - low, _CENTS), unit_of(currency)) if high > low else None


def shipment_sent(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """What left a place."""
    shipment = _shipment(session, event)
    for item in shipment.items:
        part, stock, much = _thing(session, names, item.task, item)
        sender = _place(names, shipment.from_lab, item.task)
        name = names.of(Kind.SHIPMENT_ITEM, item.id)
        fact = Picked(name, event.at, _carrier(names, shipment), sender, part, much, stock)
        yield Told(fact, item.task.build_id, item.task.build.design_id)


def shipment_ended(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """What came to a place, or back; what was lost is written off, its pieces where they are scrapped."""
    shipment = _shipment(session, event)
    for item in shipment.items:
        part, stock, much = _thing(session, names, item.task, item)
        name, receiver = names.of(Kind.SHIPMENT_ITEM, item.id), _place(names, shipment.to_lab, item.task)
        build, design = item.task.build_id, item.task.build.design_id
        if item.outcome is Outcome.LOST:
            if item.piece_id is None:
                yield Told(Lost(name, event.at, _place(names, shipment.from_lab, item.task), part, much, stock), build)
            continue
        if item.outcome is Outcome.RETURNED:
            receiver = _place(names, shipment.from_lab, item.task)
        fact = Dropped(name, event.at, _carrier(names, shipment), receiver, part, much, stock)
        yield Told(fact, build, design)
        if item.outcome is Outcome.REMADE and item.piece_id is None:
            gone, broken = _measure(much), f"{name}.broken"
            yield Told.counted(broken, event.at, receiver, part, -gone.value, gone.unit, stock, build)


def stock_booked(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A change of a lab's stock: used by a run, or received, counted anew, given away."""
    item = session.get_one(StockRow, int(event.subject.removeprefix("stock ")))
    bookings = select(BookingRow).where(BookingRow.stock_id == item.id, BookingRow.at == event.at)
    for booking in session.scalars(bookings.order_by(BookingRow.id)):
        if not booking.change:
            continue
        name, at, lab = names.of(Kind.BOOKING, booking.id), booking.at, names.of(Kind.LAB, item.lab)
        thing, stock = names.of(Kind.MATERIAL, item.material or item.name), names.of(Kind.STOCK, item.id)
        change, unit = Fraction(booking.change, PER_UNIT), _UNITS[item.kind]
        job = session.get(JobRow, booking.job_id) if booking.job_id is not None else None
        if booking.kind is BookingKind.USED and job is not None and change < 0:
            build = names.of(Kind.BUILD, job.build_id)
            fact = Consumed(name, at, lab, build, thing, Measure(-change, unit), stock)
            yield Told(fact, job.build_id, job.lot.task.build.design_id)
        else:
            yield Told.counted(name, at, lab, thing, change, unit, stock)


def _shipment(session: Session, event: EventRow) -> ShipmentRow:
    return session.get_one(ShipmentRow, int(event.subject.removeprefix("shipment ")))


def _thing(session: Session, names: Names, task: TaskRow, item: ShipmentItemRow) -> tuple[str, str, int | Measure]:
    much = 1 if item.piece_id is not None else amount(item.quantity, task.unit)
    return part_name(session, names, task), names.of(Kind.TASK, task.id), much


def _measure(much: int | Measure) -> Measure:
    return much if isinstance(much, Measure) else Measure.of(much, "piece")


def _place(names: Names, lab: str | None, task: TaskRow) -> str:
    """A lab; where none is named, the build itself, for where its builder lives is nobody's business."""
    return names.of(Kind.LAB, lab) if lab is not None else names.of(Kind.BUILD, task.build_id)


def _carrier(names: Names, shipment: ShipmentRow) -> str | None:
    return None if shipment.carrier is None else names.of(Kind.CARRIER, shipment.carrier)
