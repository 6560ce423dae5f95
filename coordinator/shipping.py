"""Where pieces and bought parts are: where they were made or came to, or where the last shipment has brought them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from coordinator.schema.builds import BuildRow, JobRow, LotRow, PieceRow
from coordinator.schema.shipment import Outcome, ShipmentItemRow, ShipmentRow

__all__ = ["Whereabouts", "arrivals_of", "moved_amounts", "reached_at", "whereabouts"]

_THERE: Final = (Outcome.ARRIVED, Outcome.REPAIR, Outcome.REPAIRED)
_BACK: Final = (Outcome.RETURNED, Outcome.UNPACKED)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a piece is.

    Attributes:
        lab: its id; None at the builder.
        shipment: that it is packed in or travels with, or None.
        to_repair: it came damaged, and is not repaired yet.
    """

    lab: str | None
    shipment: ShipmentRow | None = None
    to_repair: bool = False

    def usable_in(self, lab: str) -> bool:
        """Whether it lies in this lab and can be used."""
        return self.lab == lab and self.shipment is None and not self.to_repair


def whereabouts(session: Session, pieces: Collection[PieceRow]) -> Mapping[int, Whereabouts]:
    """By the id of a piece, where it is."""
    places = {piece.id: Whereabouts(piece.job.lab) for piece in pieces}
    query = (
        select(ShipmentItemRow)
        .join(ShipmentItemRow.shipment)
        .options(contains_eager(ShipmentItemRow.shipment))
        .where(ShipmentItemRow.piece_id.in_(places))
        .order_by(ShipmentItemRow.id)
    )
    for item in session.scalars(query):
        if item.piece_id is not None:
            places[item.piece_id] = _after(item)
    return places


def _after(item: ShipmentItemRow) -> Whereabouts:
    shipment = item.shipment
    if item.outcome in _THERE:
        return Whereabouts(shipment.to_lab, to_repair=item.outcome is Outcome.REPAIR)
    return Whereabouts(shipment.from_lab, shipment if item.outcome is None else None)


def moved_amounts(session: Session, tasks: Collection[int]) -> Mapping[int, Counter[str | None]]:
    """By the id of a task, how much of what was bought for it shipments have brought to each place (None: the builder).

    What has left a place counts there below zero, from packing on.
    """
    query = (
        select(ShipmentItemRow)
        .join(ShipmentItemRow.shipment)
        .options(contains_eager(ShipmentItemRow.shipment))
        .where(ShipmentItemRow.task_id.in_(tasks), ShipmentItemRow.piece_id.is_(None))
    )
    moved: dict[int, Counter[str | None]] = defaultdict(Counter)
    for item in session.scalars(query):
        if item.outcome in _BACK:
            continue
        moved[item.task_id][item.shipment.from_lab] -= item.quantity  # type: ignore[assignment] # a Counter takes fractions
        if item.outcome in (Outcome.ARRIVED, Outcome.REPAIRED):
            moved[item.task_id][item.shipment.to_lab] += item.quantity  # type: ignore[assignment] # as above
    return moved


def arrivals_of(session: Session, build: BuildRow, at: datetime) -> Mapping[int, datetime]:
    """By the id of a lot of which something was sent to a lab, when the last of that came, or is expected.

    What is overdue is not expected before now; of what nobody expects at any time the plan's own assumption stands.
    """
    ends = (LotRow.id, ShipmentItemRow.outcome, ShipmentRow.ended_at, ShipmentRow.expected_at)
    query = (
        select(*ends)
        .join(ShipmentRow, ShipmentRow.id == ShipmentItemRow.shipment_id)
        .join(PieceRow, PieceRow.id == ShipmentItemRow.piece_id)
        .join(JobRow, JobRow.id == PieceRow.job_id)
        .join(LotRow, LotRow.id == JobRow.lot_id)
        .where(LotRow.build_id == build.id, ShipmentRow.to_lab.is_not(None))
    )
    last: dict[int, datetime] = {}
    for lot, outcome, ended_at, expected_at in session.execute(query):
        moment = ended_at if outcome in _THERE else expected_at and max(expected_at, at) if outcome is None else None
        if moment is not None:
            last[lot] = max(moment, last.get(lot, moment))
    return last


def reached_at(session: Session, job_id: str, lab: str) -> datetime | None:
    """When the last of what a job made, and was sent to a lab, came there; None where nothing was, or it is away.

    Raises:
        LookupError: some of it is on its way, or waits there to be repaired.
    """
    query = (
        select(ShipmentItemRow.outcome, ShipmentRow.ended_at)
        .join(ShipmentRow, ShipmentRow.id == ShipmentItemRow.shipment_id)
        .join(PieceRow, PieceRow.id == ShipmentItemRow.piece_id)
        .where(PieceRow.job_id == job_id, ShipmentRow.to_lab == lab)
    )
    found = session.execute(query).all()
    if any(outcome is None or outcome is Outcome.REPAIR for outcome, _ in found):
        raise LookupError(job_id)
    return max((ended for outcome, ended in found if outcome in _THERE and ended is not None), default=None)
