"""What a coordinator that serves many remembers beside the builds: orders, imports, attempts, claims, checks.

They hang on the rows of `coordinator.schema.builds`, which an order in a folder of its own has too.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, BuildRow, DesignRow, JobRow, LotRow, PieceRow

__all__ = [
    "AnswerRow",
    "AttemptRow",
    "AttemptState",
    "CheckRow",
    "ClaimRow",
    "ClaimState",
    "HoldRow",
    "ImportRow",
    "OrderRow",
    "ProgressRow",
]


class AttemptState(StrEnum):
    """Life of an attempt."""

    LEASED = "leased"  # the agent may ask to start
    STARTED = "started"  # the agent was told to start: the machine may have moved
    ENDED = "ended"  # the agent has told how it ended
    RELEASED = "released"  # given back, or the lease ran out, before a start


class ClaimState(StrEnum):
    """Life of a claim."""

    OPEN = "open"
    HONOURED = "honoured"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ImportRow(Base):
    """How a design came in, and its files as one archive of the file store."""

    __tablename__ = "imports"
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), primary_key=True)
    archive_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    facts: Mapped[dict[str, Any]]
    design: Mapped[DesignRow] = relationship()


class OrderRow(Base):
    """Who ordered a build, how, and how far planning has come with what happened since.

    A plan is wanted where `plan_wanted` is above `plan_made`: each change adds one, a plan takes the number it saw.
    """

    __tablename__ = "orders"
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), primary_key=True)
    ordered_by: Mapped[str]
    due_at: Mapped[datetime | None]
    deliver_to: Mapped[str | None] = mapped_column(String(40))
    lead_days: Mapped[float]
    checked: Mapped[bool]
    plan_wanted: Mapped[int]
    plan_made: Mapped[int]
    plan_why: Mapped[str]
    build: Mapped[BuildRow] = relationship()


class AttemptRow(Base):
    """A job in the hands of an agent; `fence` counts the attempts of the job, and only the newest may act.

    `leased_until` is in real time, also where the clock of the network is a fast one.
    """

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("job_id", "fence"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    fence: Mapped[int]
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"), index=True)
    state: Mapped[AttemptState] = mapped_column(index=True)
    made_at: Mapped[datetime]
    leased_until: Mapped[datetime]
    job: Mapped[JobRow] = relationship()


class ProgressRow(Base):
    """How far a job is, as its agent last said."""

    __tablename__ = "progress"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    at: Mapped[datetime]
    lines_done: Mapped[int]
    lines_total: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))


class ClaimRow(Base):
    """A lab's wish to make a lot on a machine of its own, whatever is proposed."""

    __tablename__ = "claims"
    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    machine: Mapped[str] = mapped_column(String(40))
    state: Mapped[ClaimState]
    claimed_at: Mapped[datetime]
    claimed_by: Mapped[str]
    why: Mapped[str]
    lot: Mapped[LotRow] = relationship()


class CheckRow(Base):
    """What a peer said of a piece; `lot_id` is the lot that makes a rejected one again."""

    __tablename__ = "checks"
    id: Mapped[int] = mapped_column(primary_key=True)
    piece_id: Mapped[int] = mapped_column(ForeignKey("pieces.id"), index=True)
    accepted: Mapped[bool]
    checked_at: Mapped[datetime]
    checked_by: Mapped[str]
    why: Mapped[str]
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lots.id"), index=True)
    piece: Mapped[PieceRow] = relationship()


class AnswerRow(Base):
    """What was answered to a request with an idempotency key, so that the same request gets the same answer."""

    __tablename__ = "answers"
    actor: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime] = mapped_column(index=True)


class HoldRow(Base):
    """Something that one process does at a time, such as planning; real time."""

    __tablename__ = "holds"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]
