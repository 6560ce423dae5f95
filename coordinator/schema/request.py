"""What is asked of machines at work, what they were last seen doing, and which agent drives which, as tables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, JobRow
from coordinator.schema.service import AttemptRow

__all__ = ["DriverRow", "ReadingRow", "RequestKind", "RequestRow", "RequestState"]


class RequestKind(StrEnum):
    """What a person may ask of a machine that an agent drives; `agent.controls` carries it out."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"  # end the run safely
    STOP = "stop now"  # past every queue; the machine may need a reset
    CANCEL_OBJECT = "cancel object"  # of a plate: the others go on
    HOME = "home"  # a locked machine, before its job begins
    UNLOCK = "unlock"  # the same without homing: a person knows where it stands


class RequestState(StrEnum):
    """Life of a request."""

    ASKED = "asked"
    TOLD = "told"  # its agent knows of it
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"  # not carried out in time, or its agent said nothing of it


class RequestRow(Base):
    """Something that a person asks of a running job; good for seconds, and for one attempt.

    `expires_at` is in real time, also where the clock of the network is a fast one.
    """

    __tablename__ = "requests"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    machine: Mapped[str] = mapped_column(String(40), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    kind: Mapped[RequestKind]
    object: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[RequestState] = mapped_column(index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    why: Mapped[str]
    expires_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    answer: Mapped[str]
    job: Mapped[JobRow] = relationship()
    attempt: Mapped[AttemptRow] = relationship()


class ReadingRow(Base):
    """What a machine was last seen doing, with a bounded history: `[[seconds since the epoch, {heater: C}], ...]`."""

    __tablename__ = "readings"
    machine: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    report: Mapped[str]
    temperatures_c: Mapped[dict[str, Any]]
    outside: Mapped[str | None]
    left_s: Mapped[float | None]
    history: Mapped[list[Any]] = mapped_column(JSON)


class DriverRow(Base):
    """Which agent drives a machine, for how long unless it is heard of again; real time."""

    __tablename__ = "drivers"
    machine: Mapped[str] = mapped_column(String(40), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"), index=True)
    until: Mapped[datetime]
