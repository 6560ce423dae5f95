"""Shipments that things of a build went with, and each thing's share of what sending them cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from commons.cents import shared_out
from coordinator.schema.builds import TaskRow
from coordinator.schema.shipment import ShipmentItemRow, ShipmentRow

__all__ = ["Journey", "journeys_in", "of_build"]


@dataclass(frozen=True, slots=True)
class Journey:
    """A shipment that was sent.

    Attributes:
        row: the shipment, with its things.
        things: by build, how many of its things went with it.
    """

    row: ShipmentRow
    things: Mapping[int, int]

    def of_build(self, build_id: int) -> int | None:
        """What a build pays of it, in cents: by the number of its things; None where nobody has noted the cost."""
        return None if self.row.cost_cents is None else shared_out(self.row.cost_cents, self.things)[build_id]

    def of_piece(self, piece_id: int, build_id: int) -> int | None:
        """What falls on a piece, in cents: the things of a build share what the build pays alike."""
        cents = self.of_build(build_id)
        mine = {each.id: each.piece_id for each in self.row.items if each.task.build_id == build_id}
        if cents is None:
            return None
        shares = shared_out(cents, dict.fromkeys(sorted(mine), 1))
        return next(shares[item] for item, piece in mine.items() if piece == piece_id)


def of_build(build_id: int) -> ColumnElement[bool]:
    """Things of a build."""
    return ShipmentItemRow.task_id.in_(select(TaskRow.id).where(TaskRow.build_id == build_id))


def journeys_in(session: Session, which: ColumnElement[bool]) -> list[Journey]:
    """The shipments that were sent with things, the first first.

    Args:
        session: to read with.
        which: of the things.
    """
    mine = select(ShipmentItemRow.shipment_id).where(which)
    query = select(ShipmentRow).where(ShipmentRow.id.in_(mine), ShipmentRow.sent_at.is_not(None))
    query = query.options(selectinload(ShipmentRow.items).joinedload(ShipmentItemRow.task))
    found = []
    for each in session.scalars(query.order_by(ShipmentRow.id)):
        items = sorted(each.items, key=lambda item: item.task.build_id)
        found.append(Journey(each, Counter(item.task.build_id for item in items)))
    return found
