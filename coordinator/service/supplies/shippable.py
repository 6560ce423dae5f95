"""What may go into a shipment: it is there, it is good, and it is in no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from coordinator.schema.builds import PieceRow, PieceState, TaskRow
from coordinator.schema.service import OrderRow
from coordinator.schema.shipment import ShipmentItemRow, ShipmentRow
from coordinator.service.refusals import UnknownError
from coordinator.service.supplies.supply import exact, standings
from coordinator.shipping import moved_amounts, whereabouts
from core.errors import InputError, StateError

__all__ = ["MOST_THINGS", "SENDABLE", "amount_at", "pack_bought", "pack_pieces"]

MOST_THINGS = 1000
"""In one shipment."""
SENDABLE = (PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED)
"""States of pieces that may travel."""


def pack_pieces(session: Session, row: ShipmentRow, ids: Sequence[int]) -> list[ShipmentItemRow]:
    """Pieces, as items of a shipment.

    Raises:
        UnknownError: there is no such piece.
        StateError: a piece is no good, elsewhere, or in another shipment.
        InputError: they are too many, or of a builder's shipment one is of another build.
    """
    if len(ids) > MOST_THINGS:
        raise InputError(f"more than {MOST_THINGS} things are several shipments", where="pieces")
    pieces = [_piece(session, each) for each in ids]
    places = whereabouts(session, pieces)
    items = []
    for piece in pieces:
        place, task = places[piece.id], piece.job.lot.task
        where = f"piece {piece.id}"
        if piece.state not in SENDABLE:
            raise StateError(f"this piece is {piece.state}", where=where)
        if place.shipment is not None:
            raise StateError(f"it is in shipment {place.shipment.id}", where=where)
        if place.lab != row.from_lab:
            raise StateError(f"it is at {place.lab or 'the builder'}", where=where)
        _require_build(row, task)
        items.append(ShipmentItemRow(task=task, piece=piece, open_piece_id=piece.id, quantity=1.0))
    return items


def pack_bought(session: Session, row: ShipmentRow, amounts: Mapping[int, float]) -> list[ShipmentItemRow]:
    """So much of what was bought, as items of a shipment.

    Raises:
        UnknownError: there is no such task.
        StateError: so much of it is not there.
        InputError: as for `pack_pieces`.
    """
    if len(amounts) > MOST_THINGS:
        raise InputError(f"more than {MOST_THINGS} things are several shipments", where="bought")
    items = []
    for task_id, amount in amounts.items():
        task = session.get(TaskRow, task_id)
        if task is None or session.get(OrderRow, task.build_id) is None:
            raise UnknownError(f"there is no task {task_id}")
        if task.kind != "purchase":
            raise InputError(f"{task.name} is made: name its pieces", where="bought")
        _require_build(row, task)
        there = amount_at(session, task, row.from_lab)
        if not 0 < exact(amount) <= there:
            raise StateError(f"{there:g} of it is there", where=task.name)
        items.append(ShipmentItemRow(task=task, quantity=exact(amount)))
    return items


def amount_at(session: Session, task: TaskRow, lab: str | None) -> float:
    """How much of what was bought for a task is at a lab, or at the builder (None), by what was noted."""
    stand = standings(session, [task])[task.id]
    come = sum(
        arrival.good + arrival.surplus
        for item in stand.items
        if item.purchase.place == lab
        for arrival in item.arrivals
    )
    moved = moved_amounts(session, [task.id])
    return max(0.0, exact(come + (moved[task.id][lab] if task.id in moved else 0.0)))


def _require_build(row: ShipmentRow, task: TaskRow) -> None:
    if row.build_id is not None and task.build_id != row.build_id:
        raise InputError(f"{task.name} is of another build", where=f"build {row.build_id}")


def _piece(session: Session, piece_id: int) -> PieceRow:
    found = session.get(PieceRow, piece_id)
    if found is None or session.get(OrderRow, found.job.build_id) is None:
        raise UnknownError(f"there is no piece {piece_id}")
    return found
