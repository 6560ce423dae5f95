"""Mutual credit and obligations, as tables: optional, and off until the stewards say otherwise.

Amounts are whole hundredths of the network's unit. Moments are on the network's clock.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base

__all__ = [
    "ConsentRow",
    "CreditAccountRow",
    "CreditChoiceRow",
    "CreditDisputeRow",
    "CreditEntryRow",
    "NettingRoundRow",
    "NettingState",
    "NettingStrikeRow",
    "ObligationRow",
    "ObligationState",
]


class ObligationState(StrEnum):
    """Life of an obligation."""

    CLAIMED = "claimed"  # by the creditor; the debtor has not said yes
    OWED = "owed"
    REFUSED = "refused"
    SETTLED = "settled"  # paid, or struck out by netting


class NettingState(StrEnum):
    """Life of a round of netting."""

    PROPOSED = "proposed"
    DONE = "done"
    REFUSED = "refused"  # by one who would have taken part
    LAPSED = "lapsed"  # not all confirmed in time, or what is owed has changed meanwhile


class CreditChoiceRow(Base):
    """Whether there is mutual credit in this network, and in what it is counted; one row, or none while it is off."""

    __tablename__ = "mutual_credit"
    id: Mapped[int] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    unit: Mapped[str] = mapped_column(String(20))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class CreditAccountRow(Base):
    """An account of a lab ("lab north") or a person ("person p-..."); `balance` follows from its entries."""

    __tablename__ = "credit_accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(60), unique=True)
    credit_limit: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    frozen_at: Mapped[datetime | None]
    frozen_why: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]


class CreditEntryRow(Base):
    """A payment: out of one account, into another, of the same amount; rows are only ever added."""

    __tablename__ = "credit_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    payer_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"), index=True)
    payee_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[str]
    corrects: Mapped[int | None] = mapped_column(ForeignKey("credit_entries.id"), unique=True)


class CreditDisputeRow(Base):
    """A payment that is in dispute: what it brought is held until the dispute is closed."""

    __tablename__ = "credit_disputes"
    entry_id: Mapped[int] = mapped_column(ForeignKey("credit_entries.id"), primary_key=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    why: Mapped[str] = mapped_column(String(500))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    outcome: Mapped[str]


class ObligationRow(Base):
    """One account owes another an amount, of which `left` is still owed."""

    __tablename__ = "obligations"
    id: Mapped[int] = mapped_column(primary_key=True)
    debtor_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"), index=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    left: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(String(500))
    state: Mapped[ObligationState]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class NettingRoundRow(Base):
    """A round of netting: what it would strike out, until when it can be confirmed, what became of it."""

    __tablename__ = "netting_rounds"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[NettingState]
    owed: Mapped[int] = mapped_column(BigInteger)
    struck: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    strikes: Mapped[list[NettingStrikeRow]] = relationship(order_by="NettingStrikeRow.obligation_id")
    consents: Mapped[list[ConsentRow]] = relationship(order_by="ConsentRow.account_id")


class NettingStrikeRow(Base):
    """How much of an obligation a round strikes out; `before` is what was owed of it when the round was proposed."""

    __tablename__ = "netting_strikes"
    round_id: Mapped[int] = mapped_column(ForeignKey("netting_rounds.id"), primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), primary_key=True)
    before: Mapped[int] = mapped_column(BigInteger)
    struck: Mapped[int] = mapped_column(BigInteger)
    obligation: Mapped[ObligationRow] = relationship()


class ConsentRow(Base):
    """An account that takes part in a round, and when somebody confirmed for it."""

    __tablename__ = "netting_consents"
    __table_args__ = (UniqueConstraint("round_id", "account_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("netting_rounds.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
