"""Versions that somebody proposes for a design which others maintain, as a table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, DesignRow

__all__ = ["ChangeState", "DesignChangeRow"]


class ChangeState(StrEnum):
    """Life of a proposed change."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by who proposed it


class DesignChangeRow(Base):
    """A version that waits for the word of a design's maintainers; `scope` is the design's key in all its versions.

    `design_id` is the version that it is to follow. `made_id` is the version that the design got by it: the proposed
    one itself where that came from the design's own address, else one that was made of it.
    """

    __tablename__ = "design_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(index=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), index=True)
    state: Mapped[ChangeState] = mapped_column(index=True)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(40))
    why: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decision: Mapped[str]
    made_id: Mapped[int | None] = mapped_column(ForeignKey("designs.id"), index=True)
    design: Mapped[DesignRow] = relationship(foreign_keys=[design_id])
    version: Mapped[DesignRow] = relationship(foreign_keys=[version_id])
