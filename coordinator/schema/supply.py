"""What is bought for builds, and what has to lie on the table before an assembly begins, as tables.

A *purchase* is one order at one supplier; its items may be for several tasks, also of several builds. What comes is an
*arrival*. A *kit* is what one job of assembly needs: people tick off what lies on the table.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, JobRow, TaskRow

__all__ = [
    "ArrivalRow",
    "KitTickRow",
    "KitWaiverRow",
    "PurchaseItemRow",
    "PurchaseRow",
    "PurchaseState",
    "SourceRow",
]


class PurchaseState(StrEnum):
    """Life of a purchase."""

    WANTED = "wanted"  # somebody has it in hand and has not ordered it yet
    ORDERED = "ordered"
    SHORT = "short"  # part of it is here, or some was wrong or damaged: the rest is still to come
    ARRIVED = "arrived"
    CANCELLED = "cancelled"  # nothing more comes; what had come stays


class SourceRow(Base):
    """Where a task's part can be bought, as the designer's bill has it; what the bill does not say is not there."""

    __tablename__ = "sources"
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    supplier: Mapped[str | None]
    links: Mapped[list[str]]
    price: Mapped[str | None]
    notes: Mapped[str | None]


class PurchaseRow(Base):
    """An order at a supplier. `place` is the lab that it comes to; None at the buyer, or where nobody said."""

    __tablename__ = "purchases"
    id: Mapped[int] = mapped_column(primary_key=True)
    buyer: Mapped[str] = mapped_column(String(40), index=True)
    state: Mapped[PurchaseState]
    supplier: Mapped[str | None] = mapped_column(String(200))
    order_number: Mapped[str | None] = mapped_column(String(100))
    currency: Mapped[str | None] = mapped_column(String(3))
    carriage: Mapped[float | None]
    place: Mapped[str | None] = mapped_column(String(40))
    opened_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]
    expected_at: Mapped[datetime | None]
    items: Mapped[list[PurchaseItemRow]] = relationship(order_by="PurchaseItemRow.id", back_populates="purchase")


class PurchaseItemRow(Base):
    """How much of one task's part a purchase is for; `price` is for all of it, in the purchase's currency."""

    __tablename__ = "purchase_items"
    __table_args__ = (UniqueConstraint("purchase_id", "task_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchases.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    quantity: Mapped[float]
    price: Mapped[float | None]
    purchase: Mapped[PurchaseRow] = relationship(back_populates="items")
    task: Mapped[TaskRow] = relationship()
    arrivals: Mapped[list[ArrivalRow]] = relationship(order_by="ArrivalRow.id", back_populates="item")


class ArrivalRow(Base):
    """What came of an item at once.

    `good` counts towards what was ordered, `surplus` came beyond it, `bad` was wrong or damaged and is still to come.
    Where something turns out to be bad later, `good` is below zero by as much.
    """

    __tablename__ = "arrivals"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("purchase_items.id"), index=True)
    good: Mapped[float]
    surplus: Mapped[float]
    bad: Mapped[float]
    at: Mapped[datetime]
    by: Mapped[str]
    why: Mapped[str]
    item: Mapped[PurchaseItemRow] = relationship(back_populates="arrivals")


class KitTickRow(Base):
    """Somebody has seen on the table what a job needs of a task."""

    __tablename__ = "kit_ticks"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)
    quantity: Mapped[float | None]
    ticked_at: Mapped[datetime]
    ticked_by: Mapped[str]
    why: Mapped[str]
    job: Mapped[JobRow] = relationship()


class KitWaiverRow(Base):
    """A person's word that a job may begin though its kit is not complete."""

    __tablename__ = "kit_waivers"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    waived_at: Mapped[datetime]
    waived_by: Mapped[str]
    why: Mapped[str]
