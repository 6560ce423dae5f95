"""People as an OpenID provider knows them, and log-ins with it that have begun, as tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.schema.builds import Base

__all__ = ["IdentityRow", "JourneyRow"]


class IdentityRow(Base):
    """A person is the subject of an issuer; OpenID Connect Core 1.0, 5.7: only both together tell people apart."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    linked_at: Mapped[datetime]


class JourneyRow(Base):
    """A browser that was sent to the provider; the row goes when it comes back. Moments are in real time.

    `person_id` is who is to have the identity, where somebody is logged in and asked for it.
    """

    __tablename__ = "journeys"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(60))
    verifier: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    invitation: Mapped[str] = mapped_column(String(200))
    back: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
