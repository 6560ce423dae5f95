"""Where a network came from that goes on from the export of another, as a table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.schema.builds import Base

__all__ = ["NetworkForkRow"]


class NetworkForkRow(Base):
    """A network that this one began as a fork of; the newest row is the last. Of a fork of a fork there are two.

    `key` is with what that network signed, `names` how it is called in economic events; null where the export has
    neither. `written_at` is the moment of the export.
    """

    __tablename__ = "network_forks"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    key: Mapped[str | None] = mapped_column(String(43))
    names: Mapped[str | None] = mapped_column(String(40))
    written_at: Mapped[datetime]
    forked_at: Mapped[datetime]
