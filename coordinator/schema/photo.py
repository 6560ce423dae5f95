"""Photos of pieces, as a table; the files lie in the store of files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.schema.builds import Base

__all__ = ["PhotoRow"]


class PhotoRow(Base):
    """A photo of a piece, and a smaller one of the same; shown until it is removed."""

    __tablename__ = "photos"
    id: Mapped[int] = mapped_column(primary_key=True)
    piece_id: Mapped[int] = mapped_column(ForeignKey("pieces.id"), index=True)
    file_sha256: Mapped[str] = mapped_column(String(64))
    thumbnail_sha256: Mapped[str] = mapped_column(String(64))
    width_px: Mapped[int]
    height_px: Mapped[int]
    caption: Mapped[str] = mapped_column(String(200))
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    removed_by: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(String(500))
