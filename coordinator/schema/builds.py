"""What the coordinator remembers, as tables.

A *task* asks for pieces, an *offer* proposes a run of a machine to a lab, an accepted offer is a *job*, a job has at
most one *run* (its primary key is the job's, so the database itself refuses a second start), a run makes *pieces*.
Every change appends an *event* in the same transaction.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Enum, ForeignKey, MetaData, String, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from commons.licences.parties import Purpose
from machines.lab import FirstArticle

__all__ = [
    "Base",
    "BuildRow",
    "BuildState",
    "DesignRow",
    "EventRow",
    "JobRow",
    "JobState",
    "LotRow",
    "OfferRow",
    "OfferState",
    "PieceRow",
    "PieceState",
    "PlanRow",
    "RunOutcome",
    "RunRow",
    "TaskEdgeRow",
    "TaskRow",
    "TaskState",
]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; stored without a zone, always read back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (signature is SQLAlchemy's)
        """Store in UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (signature is SQLAlchemy's)
        """Read back in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class BuildState(StrEnum):
    """Life of a build."""

    WAITING = "waits for pledges"  # nothing of it is offered to anybody yet
    OPEN = "open"
    FINISHED = "finished"  # every task is done
    REPORTED = "reported"  # and the as-built report is written
    DELIVERED = "delivered"  # all that was ordered is where it was ordered to
    CANCELLED = "cancelled"  # half-way; `coordinator.schema.change` says what was kept and what freed


class TaskState(StrEnum):
    """Life of a task."""

    OPEN = "open"
    UNPLACEABLE = "unplaceable"  # no machine can, or it waits for one that no machine can; `reason` says why
    ORDERED = "ordered"  # bought; `arrives_at` says when
    DONE = "done"
    CANCELLED = "cancelled"  # with its build, or because the version that is built now has no such task


class OfferState(StrEnum):
    """Life of an offer."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody answered in time
    WITHDRAWN = "withdrawn"  # unanswered when a newer plan or a claim came


class JobState(StrEnum):
    """Life of a job; `coordinator.life` holds the legal moves."""

    WAITING_FOR_TOOLPATH = "waiting for toolpath"
    SCHEDULED = "scheduled"
    DISPATCHED = "dispatched"  # an agent holds it under a lease and has not started it
    RUNNING = "running"
    MADE = "made"
    FAILED = "failed"
    LOST_CONTACT = "lost contact"
    SCRAPPED = "scrapped"
    WITHDRAWN = "withdrawn"  # never started: its machine has left the network, or a lab has claimed it


class RunOutcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    FAILED = "failed"
    LOST_CONTACT = "lost contact"


class PieceState(StrEnum):
    """Life of a piece."""

    PLANNED = "planned"
    MADE = "made"
    ACCEPTED = "accepted"  # by a peer's check
    REJECTED = "rejected"  # by a peer's check
    DELIVERED = "delivered"  # where it is wanted: at the lab that goes on with it, or at the builder
    SCRAPPED = "scrapped"
    SUPERSEDED = "superseded"  # good, but of a version that is not built any more: never delivered as the new one


def _values(words: type[enum.Enum]) -> list[str]:
    return [word.value for word in words]


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (read by SQLAlchemy as a class attribute)
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        enum.Enum: Enum(enum.Enum, native_enum=False, length=20, values_callable=_values),
    }


class DesignRow(Base):
    """A design at one version."""

    __tablename__ = "designs"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    location: Mapped[str]
    commit: Mapped[str | None]
    content_hash: Mapped[str]
    licence: Mapped[str | None]


class BuildRow(Base):
    """An order: so many of a design, made by these labs.

    `first_article` is empty where each lab says that itself, `purpose` where nobody has said what it is for.
    """

    __tablename__ = "builds"
    id: Mapped[int] = mapped_column(primary_key=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    quantity: Mapped[int]
    state: Mapped[BuildState]
    labs_file: Mapped[str]
    opened_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    first_article: Mapped[FirstArticle | None]
    purpose: Mapped[Purpose | None]
    design: Mapped[DesignRow] = relationship()
    tasks: Mapped[list[TaskRow]] = relationship(order_by="TaskRow.id", back_populates="build")


class TaskRow(Base):
    """Pieces asked for."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("build_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), index=True)
    key: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[float]
    unit: Mapped[str]
    process: Mapped[str | None]
    material: Mapped[str | None]
    file: Mapped[str | None]
    file_sha256: Mapped[str | None]
    assembly: Mapped[str | None]
    state: Mapped[TaskState]
    reason: Mapped[str | None]
    arrives_at: Mapped[datetime | None]
    build: Mapped[BuildRow] = relationship(back_populates="tasks")
    lots: Mapped[list[LotRow]] = relationship(
        primaryjoin="and_(TaskRow.id == LotRow.task_id, LotRow.retired_at.is_(None))",
        order_by="LotRow.id",
        back_populates="task",
    )


class TaskEdgeRow(Base):
    """One task must be done before another.

    `quantity` is how much of the first goes into the second for the whole order: 0 where it is only used (a jig), None
    where that was not stored yet.
    """

    __tablename__ = "task_edges"
    before_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    after_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)
    quantity: Mapped[float | None]


class LotRow(Base):
    """Pieces of one task that one run makes; what is not made of a lot is offered again, unless it is retired."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("build_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    key: Mapped[str]
    pieces: Mapped[int]
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    task: Mapped[TaskRow] = relationship(back_populates="lots")
    jobs: Mapped[list[JobRow]] = relationship(order_by="JobRow.offer_id", back_populates="lot")
    offers: Mapped[list[OfferRow]] = relationship(order_by="OfferRow.id", back_populates="lot")


class PlanRow(Base):
    """A plan as it was proposed."""

    __tablename__ = "plans"
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), index=True)
    made_at: Mapped[datetime]
    why: Mapped[str]
    document: Mapped[dict[str, Any]]


class OfferRow(Base):
    """A lot, proposed to the lab of a machine."""

    __tablename__ = "offers"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), index=True)
    lab: Mapped[str]
    machine: Mapped[str]
    program_sha256: Mapped[str | None]
    program_name: Mapped[str | None]
    verdict: Mapped[str]
    terms: Mapped[str]
    planned_start: Mapped[datetime]
    planned_end: Mapped[datetime]
    state: Mapped[OfferState]
    decided_by: Mapped[str | None]
    why: Mapped[str | None]
    remake_of: Mapped[str | None] = mapped_column(String(40))
    expires_at: Mapped[datetime | None]
    lot: Mapped[LotRow] = relationship(back_populates="offers")


class JobRow(Base):
    """One run of one machine, to be started at most once."""

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), unique=True)
    lab: Mapped[str]
    machine: Mapped[str] = mapped_column(index=True)
    state: Mapped[JobState]
    program_sha256: Mapped[str | None]
    program_name: Mapped[str | None]
    planned_start: Mapped[datetime]
    planned_end: Mapped[datetime]
    remake_of: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    lot: Mapped[LotRow] = relationship(back_populates="jobs")
    run: Mapped[RunRow | None] = relationship(back_populates="job")
    pieces: Mapped[list[PieceRow]] = relationship(order_by="PieceRow.number", back_populates="job")


class RunRow(Base):
    """The one physical start of a job."""

    __tablename__ = "runs"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[RunOutcome | None]
    lines: Mapped[int | None]
    message: Mapped[str | None]
    job: Mapped[JobRow] = relationship(back_populates="run")


class PieceRow(Base):
    """One thing that a job makes."""

    __tablename__ = "pieces"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    number: Mapped[int]
    state: Mapped[PieceState]
    made_at: Mapped[datetime | None]
    job: Mapped[JobRow] = relationship(back_populates="pieces")


class EventRow(Base):
    """Something that happened; rows are only ever added."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    who: Mapped[str]
    why: Mapped[str]
    data: Mapped[dict[str, Any]]
