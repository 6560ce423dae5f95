"""What labs have in stock, what of it is on which machine, and what runs take of it, as tables.

Amounts are whole thousandths of the unit in which a kind is counted (a gram of filament, one sheet, one tool), so that
sums are exact. An item's bookings add up to what is left of it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, OfferRow

__all__ = [
    "BookingKind",
    "BookingRow",
    "LoadedRow",
    "NeedRow",
    "NeedUnit",
    "Place",
    "StockKind",
    "StockRow",
    "UseRow",
    "WaiverRow",
]


class StockKind(StrEnum):
    """What an item of stock is."""

    SPOOL = "spool"  # filament, counted in grams
    SHEET = "sheet"  # alike sheets, counted one by one
    TOOL = "tool"  # a nozzle, bit or blade; there is one of it


class Place(StrEnum):
    """Where on a machine an item is."""

    MATERIAL = "material"
    TOOL = "tool"


class BookingKind(StrEnum):
    """Why an amount has changed."""

    RECEIVED = "received"
    USED = "used"  # by a run
    CORRECTED = "corrected"  # weighed or counted anew, or a run took more than was listed
    RETIRED = "retired"  # thrown away, given away


class NeedUnit(StrEnum):
    """What a need is counted in."""

    GRAM = "g"
    PIECE = "piece"
    SQUARE_METRE = "m2"  # of a sheet whose size was not known when the need was


class StockRow(Base):
    """One spool, a pile of alike sheets, or one tool, of a lab; `low` is below what people are told."""

    __tablename__ = "stock"
    id: Mapped[int] = mapped_column(primary_key=True)
    lab: Mapped[str] = mapped_column(ForeignKey("labs.id"), index=True)
    kind: Mapped[StockKind]
    name: Mapped[str] = mapped_column(String(100))
    material: Mapped[str | None] = mapped_column(String(60))
    colour: Mapped[str | None] = mapped_column(String(40))
    diameter_mm: Mapped[float | None]
    thickness_mm: Mapped[float | None]
    length_mm: Mapped[float | None]
    width_mm: Mapped[float | None]
    left: Mapped[int]
    low: Mapped[int | None]
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    retired_at: Mapped[datetime | None]


class BookingRow(Base):
    """One change of an item's amount; rows are only ever added. `left` is what was left after it."""

    __tablename__ = "bookings"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock_id: Mapped[int] = mapped_column(ForeignKey("stock.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[BookingKind]
    change: Mapped[int]
    left: Mapped[int]
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    who: Mapped[str]
    why: Mapped[str]


class LoadedRow(Base):
    """An item that is on a machine: a slot holds one, and an item is in one slot."""

    __tablename__ = "loaded"
    machine: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[Place] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stock_id: Mapped[int] = mapped_column(ForeignKey("stock.id"), unique=True)
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str]
    item: Mapped[StockRow] = relationship()


class NeedRow(Base):
    """What an offered run takes from one slot; null is not known. `basis` says whence the amount."""

    __tablename__ = "needs"
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    place: Mapped[Place] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[StockKind]
    material: Mapped[str | None] = mapped_column(String(60))
    amount: Mapped[int | None]
    unit: Mapped[NeedUnit]
    thickness_mm: Mapped[float | None]
    diameter_mm: Mapped[float | None]
    basis: Mapped[str] = mapped_column(String(20))
    offer: Mapped[OfferRow] = relationship()


class UseRow(Base):
    """An item from which a run takes, from its start on: how much it will be in all, and how much is booked."""

    __tablename__ = "uses"
    __table_args__ = (UniqueConstraint("job_id", "slot"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    slot: Mapped[int]
    stock_id: Mapped[int] = mapped_column(ForeignKey("stock.id"), index=True)
    amount: Mapped[int]
    booked: Mapped[int]
    settled_at: Mapped[datetime | None]
    item: Mapped[StockRow] = relationship()


class WaiverRow(Base):
    """A person says that a job may start with what is loaded, whatever it needs."""

    __tablename__ = "waivers"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str]
