"""Where things are to go: the right place of a piece, who is in a shipment, and its address, for those alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.lots import live_job, open_offer, wanted
from coordinator.moves import advance
from coordinator.schema.builds import BuildState, JobRow, LotRow, PieceRow, PieceState, TaskEdgeRow, TaskRow
from coordinator.schema.network import LabRow
from coordinator.schema.service import OrderRow
from coordinator.schema.shipment import DeliveryAddressRow, Outcome, ShipmentItemRow, ShipmentRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.refusals import ForbiddenError
from coordinator.service.work.builds import order_in

__all__ = [
    "AddressView",
    "Deliveries",
    "address_for",
    "consumers",
    "deliver_if_there",
    "is_at_end",
    "may_act",
    "may_see",
    "settle_delivery",
]


class AddressView(View):
    """Where a builder wants a build to be sent; null while nothing was said."""

    build_id: int
    address: str | None


class Deliveries:
    """Where builders want things to be sent."""

    def __init__(self, house: House) -> None:
        self._house = house

    def address(self, actor: Actor, build_id: int) -> AddressView:
        """The address of a build, for who ordered it; labs see it on the shipments that they send there.

        Raises:
            UnknownError: there is no such build.
            ForbiddenError: who asks has not ordered it.
        """
        with self._house.reading() as session:
            _require_builder(session, actor, build_id)
            row = session.get(DeliveryAddressRow, build_id)
            return AddressView(build_id=build_id, address=row.address if row else None)

    def put_address(self, call: Call, build_id: int, address: str) -> AddressView:
        """Say where a build is to be sent; an empty address forgets it.

        Raises:
            UnknownError: there is no such build.
            ForbiddenError: who asks has not ordered it.
        """

        def work(change: Change) -> AddressView:
            _require_builder(change.session, call.actor, build_id)
            row = change.session.get(DeliveryAddressRow, build_id)
            told = address.strip()
            if row is not None and not told:
                change.session.delete(row)
            elif row is not None:
                row.address = told
            elif told:
                change.session.add(DeliveryAddressRow(build_id=build_id, person_id=change.who, address=told))
            change.record("build.address", f"build {build_id}")  # that it was said, not what
            return AddressView(build_id=build_id, address=told or None)

        return self._house.perform(call, AddressView, work)


def _require_builder(session: Session, actor: Actor, build_id: int) -> None:
    order = order_in(session, build_id)
    if actor.known and order.ordered_by == actor.id:
        return
    if not actor.known:
        actor.require(Right.ORDER)
    raise ForbiddenError(f"{actor.id} has not ordered this build", where=f"build {build_id}")


def may_see(session: Session, actor: Actor, row: ShipmentRow) -> bool:
    """Whether somebody is in a shipment: works in a lab that sends or receives it, or is the builder who does."""
    labs = [lab for lab in (row.from_lab, row.to_lab) if lab is not None]
    builder = len(labs) < 2 and row.build_id is not None
    ordered = builder and order_in(session, row.build_id or 0).ordered_by == actor.id
    return actor.known and (ordered or any(actor.may(Right.ANSWER, lab) for lab in labs))


def may_act(session: Session, actor: Actor, row: ShipmentRow, *places: str | None) -> None:
    """Refuse who is at none of these places of a shipment; None is the builder's.

    Raises:
        UnauthenticatedError: the actor shows no token.
        ForbiddenError: the actor is somebody else.
    """
    for place in places:
        if place is not None and actor.may(Right.ANSWER, place):
            return
        at_builder = place is None and row.build_id is not None
        if actor.known and at_builder and order_in(session, row.build_id or 0).ordered_by == actor.id:
            return
    if not actor.known:
        actor.require(Right.ANSWER)
    who = " or ".join(f"an operator of {place}" if place else "the builder" for place in places)
    raise ForbiddenError(f"{actor.id} may not say so of this shipment", hint=f"that is for {who}")


def address_for(session: Session, row: ShipmentRow) -> str | None:
    """Where a shipment on its way goes, in one line: the lab's own address, or what the builder has said, or None."""
    if row.ended_at is not None:  # whom it concerned knows it, and nobody else has to any more
        return None
    if row.to_lab is None:
        said = session.get(DeliveryAddressRow, row.build_id)
        return said.address if said is not None else None
    lab = session.get(LabRow, row.to_lab)
    address: Any = lab.document.get("address") if lab is not None else None
    if not isinstance(address, dict):
        return None
    return ", ".join(str(each) for each in address.values() if each) or None


def consumers(session: Session, task: TaskRow) -> list[TaskRow]:
    """The tasks that wait for what a task gives."""
    query = select(TaskRow).join(TaskEdgeRow, TaskEdgeRow.after_id == TaskRow.id)
    return list(session.scalars(query.where(TaskEdgeRow.before_id == task.id).order_by(TaskRow.id)))


def is_at_end(session: Session, row: ShipmentRow, task: TaskRow, order: OrderRow) -> bool:
    """Whether a shipment's place is where what a task gives is wanted.

    The product belongs where it was ordered to, or at the builder; a part in a lab that is at work on what follows, or
    is asked to be.
    """
    after = consumers(session, task)
    if not after:
        return row.to_lab is None or row.to_lab == order.deliver_to
    lots = [lot for each in after for lot in each.lots]
    jobs = [job.lab for lot in lots if (job := live_job(lot)) is not None]
    offers = [offer.lab for lot in lots if (offer := open_offer(lot)) is not None]
    return row.to_lab in (*jobs, *offers)


def deliver_if_there(change: Change, piece: PieceRow) -> None:
    """A good piece that a shipment has brought to where it is wanted is delivered, and with the last one its build.

    Where the build is checked, a piece is good once a peer has accepted it, there or before it was sent.
    """
    order = change.session.get(OrderRow, piece.job.build_id)
    if order is None or piece.state not in (PieceState.ACCEPTED, *(() if order.checked else (PieceState.MADE,))):
        return
    change.session.flush()
    newest = select(ShipmentItemRow).where(ShipmentItemRow.piece_id == piece.id).order_by(ShipmentItemRow.id.desc())
    item = change.session.scalars(newest.limit(1)).first()
    if item is None or item.outcome not in (Outcome.ARRIVED, Outcome.REPAIRED):
        return
    if is_at_end(change.session, item.shipment, item.task, order):
        advance(piece, PieceState.DELIVERED, f"piece {piece.id}")
        change.record("piece.delivered", f"piece {piece.id}", job=piece.job_id, shipment=item.shipment_id)
        settle_delivery(change, order)


def settle_delivery(change: Change, order: OrderRow) -> None:
    """With the last of what was ordered where it belongs, the life of a build ends."""
    build = order.build
    change.session.flush()
    if build.state is not BuildState.FINISHED:
        return
    followed = select(TaskEdgeRow.before_id)
    final = change.session.scalars(
        select(TaskRow).where(TaskRow.build_id == build.id, TaskRow.kind == "assemble", TaskRow.id.not_in(followed))
    ).first()
    if final is None:
        return
    there = select(func.count()).select_from(PieceRow).join(JobRow).join(LotRow)
    there = there.where(LotRow.task_id == final.id, PieceRow.state == PieceState.DELIVERED)
    if (change.session.scalar(there) or 0) >= wanted(final):
        advance(build, BuildState.DELIVERED, f"build {build.id}")
        change.record("build.delivered", f"build {build.id}")
