"""What travels between labs and to builders, as tables. Where people live stands in a table that can be erased."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, BuildRow, PieceRow, TaskRow

__all__ = ["DeliveryAddressRow", "Outcome", "ShipmentItemRow", "ShipmentRow", "ShipmentState"]


class ShipmentState(StrEnum):
    """Life of a shipment."""

    PACKED = "packed"
    SENT = "sent"
    ARRIVED = "arrived"
    DAMAGED = "damaged"  # it arrived, and not all of it is good
    LOST = "lost"
    RETURNED = "returned"  # it is back where it was sent from
    UNPACKED = "unpacked"  # it was never sent


class Outcome(StrEnum):
    """What became of one thing in a shipment."""

    ARRIVED = "arrived"
    REMADE = "remade"  # damaged, and made again
    REPAIR = "repair"  # damaged, and to be repaired where it is
    REPAIRED = "repaired"
    LOST = "lost"
    RETURNED = "returned"
    UNPACKED = "unpacked"


class ShipmentRow(Base):
    """Things that travel together.

    Without `from_lab` they come from the builder of `build_id`, without `to_lab` they go there. `cost_cents` is what
    sending them really cost, in hundredths of `currency` (ISO 4217), where somebody has noted it.
    """

    __tablename__ = "shipments"
    id: Mapped[int] = mapped_column(primary_key=True)
    from_lab: Mapped[str | None] = mapped_column(String(40), index=True)
    to_lab: Mapped[str | None] = mapped_column(String(40), index=True)
    build_id: Mapped[int | None] = mapped_column(ForeignKey("builds.id"), index=True)
    state: Mapped[ShipmentState]
    carrier: Mapped[str | None] = mapped_column(String(100))
    tracking_number: Mapped[str | None] = mapped_column(String(100))
    tracking_link: Mapped[str | None] = mapped_column(String(500))
    packed_at: Mapped[datetime]
    packed_by: Mapped[str]
    sent_at: Mapped[datetime | None]
    expected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cost_cents: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    build: Mapped[BuildRow | None] = relationship()
    items: Mapped[list[ShipmentItemRow]] = relationship(order_by="ShipmentItemRow.id", back_populates="shipment")


class ShipmentItemRow(Base):
    """A piece, or so much of what was bought for a task.

    `open_piece_id` is the piece's while the shipment is on its way, so that the database itself refuses a piece in two.
    """

    __tablename__ = "shipment_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    piece_id: Mapped[int | None] = mapped_column(ForeignKey("pieces.id"), index=True)
    open_piece_id: Mapped[int | None] = mapped_column(ForeignKey("pieces.id"), unique=True)
    quantity: Mapped[float]
    outcome: Mapped[Outcome | None]
    shipment: Mapped[ShipmentRow] = relationship(back_populates="items")
    task: Mapped[TaskRow] = relationship()
    piece: Mapped[PieceRow | None] = relationship(foreign_keys=piece_id)


class DeliveryAddressRow(Base):
    """Where a builder wants a build to be sent; goes with the person who is erased."""

    __tablename__ = "delivery_addresses"
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str] = mapped_column(String(500))
