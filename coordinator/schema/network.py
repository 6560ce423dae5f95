"""Who takes part, as tables: labs and their machines, people, their roles, agents, tokens and invitations.

Everything else knows a person by a pseudonym. Name and address stand in a table of their own, so that they can be
erased while what the person did stays in the log.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base

__all__ = [
    "AgentRow",
    "GrantRow",
    "InvitationRow",
    "LabRow",
    "MachineRow",
    "PersonRow",
    "PersonalDataRow",
    "Role",
    "TokenRow",
    "WayRow",
]


class Role(StrEnum):
    """What somebody may do; `coordinator.service.access` says what that is."""

    VISITOR = "visitor"  # whoever reads, known or not
    BUILDER = "builder"  # orders builds
    DESIGNER = "designer"  # brings designs in
    MAINTAINER = "maintainer"  # of one design: keeps it
    OPERATOR = "operator"  # of one lab: answers for it
    STEWARD = "steward"  # of the network
    AGENT = "agent"  # a program beside the machines of one lab


class LabRow(Base):
    """A lab: its entry of the labs document, the machines apart."""

    __tablename__ = "labs"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    rank: Mapped[int]
    document: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    machines: Mapped[list[MachineRow]] = relationship(order_by="MachineRow.rank", back_populates="home")


class MachineRow(Base):
    """A machine: its entry of the labs document, and when a person last said that it is clear and loaded."""

    __tablename__ = "machines"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    lab: Mapped[str] = mapped_column(ForeignKey("labs.id"), index=True)
    rank: Mapped[int]
    document: Mapped[dict[str, Any]]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]
    home: Mapped[LabRow] = relationship(back_populates="machines")


class WayRow(Base):
    """How long pieces travel between two labs, where it is stated; `a` comes before `b`."""

    __tablename__ = "ways"
    a: Mapped[str] = mapped_column(ForeignKey("labs.id"), primary_key=True)
    b: Mapped[str] = mapped_column(ForeignKey("labs.id"), primary_key=True)
    minutes: Mapped[float]


class PersonRow(Base):
    """Somebody, by pseudonym."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    joined_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    personal: Mapped[PersonalDataRow | None] = relationship(back_populates="person")
    grants: Mapped[list[GrantRow]] = relationship(order_by="GrantRow.id", back_populates="person")


class PersonalDataRow(Base):
    """What says who a person is; erased when the person asks."""

    __tablename__ = "personal_data"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    person: Mapped[PersonRow] = relationship(back_populates="personal")


class GrantRow(Base):
    """A role that a person has; of a lab, of a design in all its versions, or of the network where both are empty."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("person_id", "role", "lab", "design"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Role]
    lab: Mapped[str] = mapped_column(String(40))
    design: Mapped[str] = mapped_column(default="")
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
    person: Mapped[PersonRow] = relationship(back_populates="grants")


class AgentRow(Base):
    """A program beside the machines of a lab."""

    __tablename__ = "agents"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    lab: Mapped[str] = mapped_column(ForeignKey("labs.id"), index=True)
    name: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    seen_at: Mapped[datetime | None]


class TokenRow(Base):
    """What a program shows to act for a person or as an agent; of the secret only the hash is kept."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agents.id"), index=True)
    scopes: Mapped[list[str]]
    label: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class InvitationRow(Base):
    """A code that makes somebody a person of the network, once."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role]
    lab: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]
