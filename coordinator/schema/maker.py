"""Who permits that a design is made, beside its licence, as a table. What a build is for stands with the build."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from commons.licences.parties import Purpose
from coordinator.schema.builds import Base

__all__ = ["PermissionRow"]


class PermissionRow(Base):
    """A word of the designer that a design may be made here, as a maintainer, a steward or a lab has recorded it.

    `design` is the key of all its versions (`design_key` of `coordinator.service.membership.people`), `design_id` the
    one that it was said of. `lab` is the only lab that it holds for, empty where it holds for the whole network;
    `up_to` the purpose that asks most of what is permitted.
    """

    __tablename__ = "making_permissions"
    id: Mapped[int] = mapped_column(primary_key=True)
    design: Mapped[str] = mapped_column(index=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    lab: Mapped[str] = mapped_column(String(40))
    up_to: Mapped[Purpose]
    note: Mapped[str] = mapped_column(String(500))
    given_at: Mapped[datetime]
    given_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
