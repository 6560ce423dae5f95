"""How people show who they are, what the network's stewards have chosen, and who is told of events, as tables.

Log-in names lie here and go with the person who is erased. Of every secret but those that sign messages only a hash
is kept.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, DesignRow
from coordinator.schema.network import PersonRow, Role

__all__ = ["AccountRow", "ForgeRow", "HookRow", "NetworkRow", "ResetRow", "SessionRow", "SignUp"]


class SignUp(StrEnum):
    """How people come in."""

    INVITATION = "invitation"
    OPEN = "open"


class AccountRow(Base):
    """With what a person logs in; `password` is what argon2id makes of it, its parameters included."""

    __tablename__ = "accounts"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    login: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str]
    changed_at: Mapped[datetime]


class SessionRow(Base):
    """A browser that is logged in, in real time; the row goes when it logs out."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    person: Mapped[PersonRow] = relationship()


class ResetRow(Base):
    """A code with which a person sets a password, once."""

    __tablename__ = "resets"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class NetworkRow(Base):
    """What the stewards have chosen for the whole network; one row, or none while nothing was chosen.

    `alert_services` are the schemes of addresses that people may be told at, null for all that are known here;
    `link_by_email` whether an OpenID provider's word on an e-mail address makes somebody a person of the network.
    """

    __tablename__ = "network"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    sign_up: Mapped[SignUp]
    newcomer_role: Mapped[Role | None]
    alert_services: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    link_by_email: Mapped[bool] = mapped_column(default=False)


class HookRow(Base):
    """An address that is told of events, each once it has happened; `told` is the id of the last one that it took.

    The secret signs what is sent, so it is kept as it is. Moments are in real time.
    """

    __tablename__ = "hooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    kinds: Mapped[list[str]]
    secret: Mapped[str] = mapped_column(String(60))
    told: Mapped[int]
    failures: Mapped[int]
    next_at: Mapped[datetime]
    last_answer: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ForgeRow(Base):
    """A door through which a forge says that a design has changed; the secret signs what it says."""

    __tablename__ = "forges"
    id: Mapped[int] = mapped_column(primary_key=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), index=True)
    secret: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    design: Mapped[DesignRow] = relationship()
