"""Other networks, as tables: our keys, what we publish, whom we listen to, what they said, what was refused and why.

Moments are in real time, as other networks have it: our own clock may be a fast one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.schema.builds import Base

__all__ = [
    "BroughtInRow",
    "HeardRow",
    "NeighbourRow",
    "NetworkKeyRow",
    "PublishedRow",
    "PublishingRow",
    "RefusedRow",
]


class NetworkKeyRow(Base):
    """A key of this network (Ed25519, base64url); the one that is not retired signs."""

    __tablename__ = "network_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[str] = mapped_column(String(43), unique=True)
    secret: Mapped[str] = mapped_column(String(43))
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class PublishingRow(Base):
    """What the stewards have chosen to be published; one row, or none while nothing was chosen."""

    __tablename__ = "publishing"
    id: Mapped[int] = mapped_column(primary_key=True)
    kinds: Mapped[list[str]]


class PublishedRow(Base):
    """A document that we signed: the newest of each subject, and every one that says which key follows which."""

    __tablename__ = "published"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    network: Mapped[str] = mapped_column(String(43))
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    document: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class NeighbourRow(Base):
    """A network that we listen to, once somebody has compared the words of its key.

    `url` is empty where it is heard of by stick only; `cursor` is the number behind which the next pull begins.
    """

    __tablename__ = "neighbours"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    network: Mapped[str] = mapped_column(String(43), unique=True)
    confirmed_at: Mapped[datetime | None]
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    cursor: Mapped[int] = mapped_column(BigInteger)
    next_at: Mapped[datetime]
    failures: Mapped[int]
    heard_at: Mapped[datetime | None]
    last_answer: Mapped[str] = mapped_column(String(500))


class HeardRow(Base):
    """A document of a neighbour: the newest of each subject, and those that contradict each other under one number."""

    __tablename__ = "heard"
    __table_args__ = (UniqueConstraint("neighbour", "sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    neighbour: Mapped[str] = mapped_column(ForeignKey("neighbours.name"), index=True)
    network: Mapped[str] = mapped_column(String(43))
    kind: Mapped[str] = mapped_column(String(20), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    number: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]
    came_at: Mapped[datetime]
    withdrawn: Mapped[bool]
    in_conflict: Mapped[bool]


class RefusedRow(Base):
    """Something that came and was refused; `neighbour` is empty where nobody knows whose it is."""

    __tablename__ = "refused"
    __table_args__ = (UniqueConstraint("neighbour", "sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    neighbour: Mapped[str] = mapped_column(String(40))
    way: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(500))
    begins: Mapped[str] = mapped_column(String(200))
    came_at: Mapped[datetime]


class BroughtInRow(Base):
    """Where a design came from that was brought in from a neighbour; stays when the neighbour is left."""

    __tablename__ = "brought_in"
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), primary_key=True)
    neighbour: Mapped[str] = mapped_column(String(40))
    network: Mapped[str] = mapped_column(String(43))
    subject: Mapped[str] = mapped_column(String(200))
    document_sha256: Mapped[str] = mapped_column(String(64))
    licence: Mapped[str | None]
    brought_at: Mapped[datetime]
    brought_by: Mapped[str]
