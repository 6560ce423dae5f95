"""When machines are not to be had, and why, as tables: locks, upkeep, reservations, work from outside.

A machine is named, not referred to: what was done to it is told also when its lab has given it away.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.schema.builds import Base

__all__ = ["CareRow", "HeldRow", "LockRow", "OutsideRow", "ReservationRow", "UpkeepRow"]


class UpkeepRow(Base):
    """What is to be done to a machine again and again: by hours run, or by a rule of days (an RRULE value).

    Due times count from `done_at` and `done_hours`, when it was last done. `due_at` says since when it is due.
    """

    __tablename__ = "upkeeps"
    id: Mapped[int] = mapped_column(primary_key=True)
    machine: Mapped[str] = mapped_column(String(40), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    every_hours: Mapped[float | None]
    rule: Mapped[str | None] = mapped_column(String(300))
    starts_at: Mapped[datetime | None]
    locks: Mapped[bool]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    done_at: Mapped[datetime]
    done_hours: Mapped[float]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class LockRow(Base):
    """A time in which no job starts on a machine; open until it is unlocked. `until` is only expected."""

    __tablename__ = "locks"
    id: Mapped[int] = mapped_column(primary_key=True)
    machine: Mapped[str] = mapped_column(String(40), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    upkeep_id: Mapped[int | None] = mapped_column(ForeignKey("upkeeps.id"))
    why: Mapped[str]
    locked_at: Mapped[datetime]
    locked_by: Mapped[str]
    until: Mapped[datetime | None]
    unlocked_at: Mapped[datetime | None]
    unlocked_by: Mapped[str | None]


class CareRow(Base):
    """Something that was done to a machine, and how many hours it had run by then."""

    __tablename__ = "care"
    id: Mapped[int] = mapped_column(primary_key=True)
    machine: Mapped[str] = mapped_column(String(40), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    upkeep_id: Mapped[int | None] = mapped_column(ForeignKey("upkeeps.id"))
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    hours: Mapped[float]


class ReservationRow(Base):
    """A time for which a person has a machine; `ended_at` where it was given back."""

    __tablename__ = "reservations"
    id: Mapped[int] = mapped_column(primary_key=True)
    machine: Mapped[str] = mapped_column(String(40), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    person: Mapped[str] = mapped_column(String(40), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    why: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class OutsideRow(Base):
    """Work that a machine does and nobody here has started, from when it was seen to when it was seen no more."""

    __tablename__ = "outside_work"
    id: Mapped[int] = mapped_column(primary_key=True)
    machine: Mapped[str] = mapped_column(String(40), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(200))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seen_by: Mapped[str]


class HeldRow(Base):
    """A job whose time has come and that may not start, and why: the reason that was last told."""

    __tablename__ = "held"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    why: Mapped[str]
    since: Mapped[datetime]
