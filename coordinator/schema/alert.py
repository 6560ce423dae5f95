"""Alerts, as tables: where people are told, of what, when not; what there is to tell, and to whom it went.

Addresses are secrets: most carry a token. All moments are in real time.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base

__all__ = [
    "AlertAddressRow",
    "AlertHabitRow",
    "AlertKeeperRow",
    "AlertMatterRow",
    "AlertNoteRow",
    "AlertPersonRow",
    "AlertWatchRow",
    "AlertWishRow",
]


class AlertAddressRow(Base):
    """Where a person is told; nothing but the code goes there before the code has come back."""

    __tablename__ = "alert_addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    scheme: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(2000))
    label: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    code_sha256: Mapped[str] = mapped_column(String(64))
    code_until: Mapped[datetime]
    tries: Mapped[int]
    verified_at: Mapped[datetime | None]
    failures: Mapped[int]
    last_answer: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]


class AlertHabitRow(Base):
    """When a person is not to be told: times of day such as "22:00" in a zone; both empty for never."""

    __tablename__ = "alert_habits"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    zone: Mapped[str] = mapped_column(String(60))
    quiet_from: Mapped[str] = mapped_column(String(5))
    quiet_until: Mapped[str] = mapped_column(String(5))
    urgent_breaks_through: Mapped[bool]
    most_per_hour: Mapped[int]


class AlertWishRow(Base):
    """Whether a person is told of a topic, about one lab, build or design ("lab north"), or wherever ("")."""

    __tablename__ = "alert_wishes"
    __table_args__ = (UniqueConstraint("person_id", "topic", "about"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    topic: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(60))
    wanted: Mapped[bool]


class AlertWatchRow(Base):
    """Who is told of a lab's urgent matters, one after the other, and how long each has to acknowledge."""

    __tablename__ = "alert_watches"
    lab: Mapped[str] = mapped_column(ForeignKey("labs.id"), primary_key=True)
    minutes: Mapped[int]
    people: Mapped[list[str]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class AlertMatterRow(Base):
    """Something to tell of. While it is open, what happens again to the same subject is counted, not told anew.

    `step` counts who was told of it in the watch's order; `next_at` is when the next one is, or null.
    """

    __tablename__ = "alert_matters"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(100), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    build_id: Mapped[int | None]
    urgent: Mapped[bool]
    sentence: Mapped[str] = mapped_column(String(600))
    times: Mapped[int]
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    step: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)


class AlertPersonRow(Base):
    """Somebody for whom a matter is by name, such as who has a voice in a proposal."""

    __tablename__ = "alert_people"
    matter_id: Mapped[int] = mapped_column(ForeignKey("alert_matters.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


class AlertNoteRow(Base):
    """A matter on its way to an address. `message` names what it was sent in; notes of one message share it."""

    __tablename__ = "alert_notes"
    __table_args__ = (UniqueConstraint("matter_id", "address_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("alert_matters.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("alert_addresses.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    dropped_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(String(20))
    matter: Mapped[AlertMatterRow] = relationship()
    address: Mapped[AlertAddressRow] = relationship()


class AlertKeeperRow(Base):
    """How far the log was read for alerts, and the key that signs links in messages; one row, or none yet."""

    __tablename__ = "alert_keeper"
    id: Mapped[int] = mapped_column(primary_key=True)
    told: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
