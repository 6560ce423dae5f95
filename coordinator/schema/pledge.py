"""What builds are reckoned to cost and who gives what for them, as tables; amounts are whole cents.

A *quote* is what a build was reckoned to cost before anybody started. A *goal* is the sum of *pledges* that a build
waits for. A *campaign* pools orders, each a *join*, until there are enough. A *round* shares a common fund: people ask
for something out of it (*wants*), and allot their part in percent. Nothing here is a payment.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, BuildRow, DesignRow

__all__ = [
    "AllotmentRow",
    "CampaignRow",
    "Cause",
    "GoalRow",
    "GoalState",
    "JoinRow",
    "PledgeRow",
    "QuoteRow",
    "ReturnRow",
    "RoundRow",
    "RoundState",
    "WantRow",
]


class GoalState(StrEnum):
    """Life of what waits until enough is pledged, or enough have joined."""

    PLEDGING = "pledging"
    REACHED = "reached"
    LAPSED = "lapsed"  # the date came first, or it was called off: nobody owes anything


class RoundState(StrEnum):
    """Life of a round of a common fund."""

    ALLOTTING = "allotting"
    GRANTED = "granted"


class Cause(StrEnum):
    """What money of a fund may be for."""

    BUILD = "build"
    MACHINE = "machine"


class QuoteRow(Base):
    """What a build was reckoned to cost; the newest that was made before the first run counts."""

    __tablename__ = "quotes"
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), index=True)
    made_at: Mapped[datetime]
    why: Mapped[str]
    document: Mapped[dict[str, Any]]


class GoalRow(Base):
    """How much must be pledged by when, before a build is offered to anybody."""

    __tablename__ = "goals"
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), primary_key=True)
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    until: Mapped[datetime]
    state: Mapped[GoalState] = mapped_column(index=True)
    opened_by: Mapped[str] = mapped_column(String(40))
    settled_at: Mapped[datetime | None]
    build: Mapped[BuildRow] = relationship()
    pledges: Mapped[list[PledgeRow]] = relationship(order_by="PledgeRow.id", back_populates="goal")


class PledgeRow(Base):
    """What somebody gives if enough do."""

    __tablename__ = "pledges"
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("goals.build_id"), index=True)
    who: Mapped[str] = mapped_column(String(40))
    cents: Mapped[int]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    goal: Mapped[GoalRow] = relationship(back_populates="pledges")


class CampaignRow(Base):
    """Orders that wait until so many pieces are ordered; of one design, or of any that share a set-up."""

    __tablename__ = "campaigns"
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(200))
    design_id: Mapped[int | None] = mapped_column(ForeignKey("designs.id"))
    wanted: Mapped[int]
    until: Mapped[datetime]
    state: Mapped[GoalState] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(40))
    settled_at: Mapped[datetime | None]
    design: Mapped[DesignRow | None] = relationship()
    joins: Mapped[list[JoinRow]] = relationship(order_by="JoinRow.id", back_populates="campaign")


class JoinRow(Base):
    """Somebody's order in a campaign; `build_id` is the build that it became part of."""

    __tablename__ = "joins"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    who: Mapped[str] = mapped_column(String(40))
    pieces: Mapped[int]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    build_id: Mapped[int | None] = mapped_column(ForeignKey("builds.id"), index=True)
    campaign: Mapped[CampaignRow] = relationship(back_populates="joins")


class RoundRow(Base):
    """A sum that the members share out by a date."""

    __tablename__ = "rounds"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    until: Mapped[datetime]
    state: Mapped[RoundState] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]
    wants: Mapped[list[WantRow]] = relationship(order_by="WantRow.id", back_populates="round")
    returns: Mapped[list[ReturnRow]] = relationship(order_by="ReturnRow.who")


class WantRow(Base):
    """What somebody asks out of a round, for a build or a machine; `granted` is what it got."""

    __tablename__ = "wants"
    __table_args__ = (UniqueConstraint("round_id", "cause", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    cause: Mapped[Cause]
    subject: Mapped[str] = mapped_column(String(40))
    cents: Mapped[int]
    why: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(40))
    granted: Mapped[int | None]
    round: Mapped[RoundRow] = relationship(back_populates="wants")
    allotments: Mapped[list[AllotmentRow]] = relationship(back_populates="want", cascade="all, delete-orphan")


class AllotmentRow(Base):
    """How many percent of their part somebody allots to a want."""

    __tablename__ = "allotments"
    want_id: Mapped[int] = mapped_column(ForeignKey("wants.id"), primary_key=True)
    who: Mapped[str] = mapped_column(String(40), primary_key=True)
    percent: Mapped[int]
    at: Mapped[datetime]
    want: Mapped[WantRow] = relationship(back_populates="allotments")


class ReturnRow(Base):
    """What of a member's part nobody needed."""

    __tablename__ = "returns"
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    who: Mapped[str] = mapped_column(String(40), primary_key=True)
    cents: Mapped[int]
