"""What a lab is to pack, and what comes to it: pieces that lie there and are wanted elsewhere, by where they go."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coordinator.lots import live_job
from coordinator.schema.builds import BuildRow, BuildState, JobRow, JobState, LotRow, PieceRow, PieceState, TaskRow
from coordinator.schema.network import LabRow
from coordinator.schema.service import OrderRow
from coordinator.schema.shipment import Outcome, ShipmentItemRow, ShipmentRow, ShipmentState
from coordinator.service.access import Actor
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError
from coordinator.service.supplies.delivery import consumers
from coordinator.service.supplies.shipments import Shipments, ShipmentView
from coordinator.service.supplies.shippable import SENDABLE
from coordinator.shipping import whereabouts
from machines.lab import Network

__all__ = ["ParcelView", "Parcels", "ParcelsView", "ThingView"]

_MOST: Final = 500
_OVER: Final = (BuildState.CANCELLED, BuildState.DELIVERED)
_BEGUN: Final = (JobState.RUNNING, JobState.MADE)


class ThingView(View):
    """Pieces of one task."""

    task_id: int
    task: str
    pieces: list[int]


class ParcelView(View):
    """What is to travel together; without a lab to the builder. What leaves by `leave_by` is there in time."""

    build_id: int
    design: str
    to_lab: str | None
    leave_by: datetime | None
    things: list[ThingView]


class ParcelsView(View):
    """What is to be packed (the most urgent first), what is packed or on its way from here, and what comes."""

    to_pack: list[ParcelView]
    going: list[ShipmentView]
    coming: list[ShipmentView]


class Parcels:
    """The door of a lab, from within."""

    def __init__(self, house: House, shipments: Shipments) -> None:
        self._house = house
        self._shipments = shipments

    def of(self, actor: Actor, lab_id: str) -> ParcelsView:
        """What goes from a lab and comes to it; of 500 pieces at most.

        Raises:
            UnknownError: there is no such lab.
        """
        with self._house.reading() as session:
            if session.get(LabRow, lab_id) is None:
                raise UnknownError(f"there is no lab {lab_id[:60]!r}")
            to_pack = _to_pack(session, self._house.networks.of(session), lab_id)
        open_ = [
            each
            for state in (ShipmentState.PACKED, ShipmentState.SENT)
            for each in self._shipments.all(actor, lab_id, None, state, limit=100).items
        ]
        going = [each for each in open_ if each.from_lab == lab_id]
        return ParcelsView(to_pack=to_pack, going=going, coming=[each for each in open_ if each.to_lab == lab_id])


def _to_pack(session: Session, network: Network | None, lab: str) -> list[ParcelView]:
    found: dict[tuple[int, str | None], dict[int, list[PieceRow]]] = defaultdict(lambda: defaultdict(list))
    needed: dict[tuple[int, str | None], datetime] = {}
    ways: dict[int, list[tuple[str | None, datetime | None]]] = {}
    for piece in _lying_in(session, lab):
        task = piece.job.lot.task
        if task.id not in ways:
            ways[task.id] = _wanted_at(session, network, task, lab)
        if ways[task.id]:
            place, moment = ways[task.id][0]
            found[task.build_id, place][task.id].append(piece)
            if moment is not None:
                needed[task.build_id, place] = min(moment, needed.get((task.build_id, place), moment))
    parcels = [_parcel(place, needed.get((build, place)), things) for (build, place), things in found.items()]
    return sorted(parcels, key=lambda each: (each.leave_by is None, each.leave_by, each.build_id))


def _lying_in(session: Session, lab: str) -> list[PieceRow]:
    """Good pieces that lie in a lab and in no shipment, of builds that go on."""
    brought = (
        select(ShipmentItemRow.piece_id)
        .join(ShipmentRow, ShipmentRow.id == ShipmentItemRow.shipment_id)
        .where(ShipmentRow.to_lab == lab, ShipmentItemRow.outcome.in_((Outcome.ARRIVED, Outcome.REPAIRED)))
    )
    query = (
        select(PieceRow)
        .join(JobRow, JobRow.id == PieceRow.job_id)
        .join(OrderRow, OrderRow.build_id == JobRow.build_id)
        .join(BuildRow, BuildRow.id == JobRow.build_id)
        .where((JobRow.lab == lab) | PieceRow.id.in_(brought))
        .where(PieceRow.state.in_(SENDABLE), BuildRow.state.not_in(_OVER))
        .options(
            joinedload(PieceRow.job)
            .joinedload(JobRow.lot)
            .joinedload(LotRow.task)
            .joinedload(TaskRow.build)
            .joinedload(BuildRow.design)
        )
        .order_by(PieceRow.id)
        .limit(_MOST)
    )
    pieces = session.scalars(query).all()
    places = whereabouts(session, pieces)
    return [each for each in pieces if places[each.id].usable_in(lab)]


def _wanted_at(
    session: Session, network: Network | None, task: TaskRow, lab: str
) -> list[tuple[str | None, datetime | None]]:
    """Where else what a task gives is wanted, and when it leaves for there at the latest; the first one first."""
    order = session.get_one(OrderRow, task.build_id)
    after = consumers(session, task)
    if not after:
        delivered = any(
            piece.state is PieceState.DELIVERED
            for lot in task.lots
            if (job := live_job(lot)) is not None
            for piece in job.pieces
        )
        return [] if order.deliver_to == lab or delivered else [(order.deliver_to, order.due_at)]
    jobs = [job for each in after for lot in each.lots if (job := live_job(lot)) is not None]
    waiting = [job for job in jobs if job.state not in _BEGUN]
    if any(job.lab == lab for job in waiting):  # some stay here; who packs knows which
        return []
    elsewhere = sorted((_leave_by(network, job, lab), job.lab) for job in waiting)
    return [(place, moment) for moment, place in elsewhere]


def _leave_by(network: Network | None, job: JobRow, lab: str) -> datetime:
    known = network is not None and {lab, job.lab} <= {each.id for each in network.labs}
    way = network.transport(lab, job.lab).minutes if network is not None and known else 0.0
    return job.planned_start - timedelta(minutes=way)


def _parcel(place: str | None, moment: datetime | None, things: dict[int, list[PieceRow]]) -> ParcelView:
    tasks = [pieces[0].job.lot.task for pieces in things.values()]
    return ParcelView(
        build_id=tasks[0].build_id,
        design=tasks[0].build.design.name,
        to_lab=place,
        leave_by=moment,
        things=[
            ThingView(task_id=task.id, task=task.name, pieces=[each.id for each in things[task.id]]) for task in tasks
        ],
    )
