"""First articles, as a table: of which batches one run is checked by a peer before the rest starts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, JobRow, TaskRow

__all__ = ["FirstArticleRow", "FirstArticleState"]


class FirstArticleState(StrEnum):
    """Life of a first article."""

    WANTED = "wanted"  # the rest of the batch waits for it
    ACCEPTED = "accepted"
    WAIVED = "waived"  # the lab asks for it no more


class FirstArticleRow(Base):
    """The first run of a batch, which is what one lab makes of one task.

    `job_id` is the run that is to prove the batch, from when it is handed out; empty while it is any run's turn.
    """

    __tablename__ = "first_articles"
    __table_args__ = (UniqueConstraint("task_id", "lab"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    lab: Mapped[str] = mapped_column(String(40))
    state: Mapped[FirstArticleState]
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    asked_at: Mapped[datetime]
    why: Mapped[str]
    task: Mapped[TaskRow] = relationship()
    job: Mapped[JobRow | None] = relationship()
