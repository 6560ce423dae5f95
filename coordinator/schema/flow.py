"""Flows, as tables: the economic events of the network, how far the log was told as such, what people ask an hour.

Economic events are only ever added. What was wrong is taken back by another, and entered anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.schema.builds import Base

__all__ = ["EconomicEventRow", "FlowBookRow", "RateRow"]


class FlowBookRow(Base):
    """The book of flows; one row, or none while nobody has looked. `told` is the last event of the log that is in it.

    `network` is how this network is called in the names of all that flows, and never changes.
    """

    __tablename__ = "flow_book"
    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(String(40))
    told: Mapped[int]


class EconomicEventRow(Base):
    """An economic event of ValueFlows; `document` is the event itself, the other columns are to find it by.

    `source` is empty for what happened here, else where it was imported from.
    """

    __tablename__ = "economic_events"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(300), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str | None] = mapped_column(String(300), index=True)
    receiver: Mapped[str | None] = mapped_column(String(300), index=True)
    corrects: Mapped[str | None] = mapped_column(String(300), index=True)
    build_id: Mapped[int | None] = mapped_column(ForeignKey("builds.id"), index=True)
    design_id: Mapped[int | None] = mapped_column(ForeignKey("designs.id"), index=True)
    source: Mapped[str] = mapped_column(String(100))
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(40))
    document: Mapped[dict[str, Any]]


class RateRow(Base):
    """What a person asks for an hour of one kind of work, or a lab for an hour of its machines, from a moment on.

    Either `person_id` is set, or `lab`; with `machine` it is for that one alone. The last one set for a moment holds.
    """

    __tablename__ = "flow_rates"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    lab: Mapped[str | None] = mapped_column(ForeignKey("labs.id"), index=True)
    machine: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(60))
    cents_per_hour: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    since: Mapped[datetime]
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(40))
