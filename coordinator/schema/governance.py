"""What people have agreed on, as tables: formulas, incomes shared by them, proposals and what was said to these.

What is written here stays: a formula, a code and a voice are never changed, only followed by another. A *scope* is a
design in all its versions, by the key that its maintainers have it by, or "" for the whole network.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commons.decisions import Rule, Word
from coordinator.schema.builds import Base, DesignRow

__all__ = [
    "AdoptionRow",
    "CodeRow",
    "DistributionRow",
    "DistributionState",
    "ForkRow",
    "FormulaRow",
    "ProposalRow",
    "ProposalState",
    "SharePaymentRow",
    "ShareRow",
    "VoiceRow",
]


class DistributionState(StrEnum):
    """Life of a distribution."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    PAID = "paid"  # everybody in it was marked as paid
    WITHDRAWN = "withdrawn"  # never confirmed: it counts nowhere


class ProposalState(StrEnum):
    """Life of a proposal."""

    OPEN = "open"
    PASSED = "passed"  # and has taken effect
    REFUSED = "refused"
    LAPSED = "lapsed"  # too few took part
    WITHDRAWN = "withdrawn"  # by who opened it, before its end
    VOID = "void"  # passed, and could not take effect; `outcome` says why


class ProposalRow(Base):
    """Something to be decided; `document` is what its kind needs to take effect, `outcome` what became of it.

    `voters` counts who had a voice when it was decided.
    """

    __tablename__ = "proposals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(index=True)
    what: Mapped[str]
    why: Mapped[str]
    document: Mapped[dict[str, Any]]
    rule: Mapped[Rule]
    quorum_percent: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(40))
    closes_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[ProposalState] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str]
    voters: Mapped[int | None]
    voices: Mapped[list[VoiceRow]] = relationship(order_by="VoiceRow.id", back_populates="proposal")


class VoiceRow(Base):
    """What somebody said to a proposal; of one person the newest counts, the others stay."""

    __tablename__ = "voices"
    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), index=True)
    person: Mapped[str] = mapped_column(String(40), index=True)
    word: Mapped[Word]
    why: Mapped[str]
    at: Mapped[datetime]
    proposal: Mapped[ProposalRow] = relationship(back_populates="voices")


class FormulaRow(Base):
    """One version of a formula; `number` counts those of its scope."""

    __tablename__ = "formulas"
    __table_args__ = (UniqueConstraint("scope", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    forked_from: Mapped[int | None] = mapped_column(ForeignKey("formulas.id"))
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(String(40))
    why: Mapped[str]


class AdoptionRow(Base):
    """From when on a formula holds in a scope, and by whose decision; the newest of a scope holds."""

    __tablename__ = "adoptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(index=True)
    formula_id: Mapped[int] = mapped_column(ForeignKey("formulas.id"))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"))
    adopted_at: Mapped[datetime]
    formula: Mapped[FormulaRow] = relationship()


class DistributionRow(Base):
    """An income, shared; no money moves here. `document` holds the contributions that were counted, as they were.

    Its keys: "contributions" (each with id, who, kind, minutes, rate, amount), "counted" (ids by bucket), "unknown"
    (ids and why), "before" (ids of the confirmed distributions that it took into account).
    """

    __tablename__ = "distributions"
    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(index=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    build_id: Mapped[int | None] = mapped_column(ForeignKey("builds.id"), index=True)
    formula_id: Mapped[int] = mapped_column(ForeignKey("formulas.id"))
    income_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(String(500))
    contributions_sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    state: Mapped[DistributionState]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    why: Mapped[str]
    formula: Mapped[FormulaRow] = relationship()
    design: Mapped[DesignRow] = relationship()
    shares: Mapped[list[ShareRow]] = relationship(order_by="ShareRow.id", back_populates="distribution")
    payments: Mapped[list[SharePaymentRow]] = relationship(order_by="SharePaymentRow.who")


class ShareRow(Base):
    """A part of an income; `contribution` is the event that it is for, null where the formula names who gets it."""

    __tablename__ = "shares"
    id: Mapped[int] = mapped_column(primary_key=True)
    distribution_id: Mapped[int] = mapped_column(ForeignKey("distributions.id"), index=True)
    bucket: Mapped[str]
    who: Mapped[str]
    cents: Mapped[int] = mapped_column(BigInteger)
    contribution: Mapped[str | None]
    distribution: Mapped[DistributionRow] = relationship(back_populates="shares")


class SharePaymentRow(Base):
    """Somebody says that one recipient of a distribution was paid, elsewhere; `why` says how."""

    __tablename__ = "share_payments"
    distribution_id: Mapped[int] = mapped_column(ForeignKey("distributions.id"), primary_key=True)
    who: Mapped[str] = mapped_column(primary_key=True)
    paid_at: Mapped[datetime]
    paid_by: Mapped[str] = mapped_column(String(40))
    why: Mapped[str]


class CodeRow(Base):
    """A version of what the network has agreed on how its members treat each other; the newest holds."""

    __tablename__ = "codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"))
    adopted_at: Mapped[datetime]


class ForkRow(Base):
    """A design that began as a copy of another; its licence and where it came from stay with it."""

    __tablename__ = "forks"
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), primary_key=True)
    origin_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), index=True)
    forked_at: Mapped[datetime]
    forked_by: Mapped[str] = mapped_column(String(40))
    why: Mapped[str]
    design: Mapped[DesignRow] = relationship(foreign_keys=[design_id])
    origin: Mapped[DesignRow] = relationship(foreign_keys=[origin_id])
