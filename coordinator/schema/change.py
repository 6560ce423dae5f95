"""What changes while a build is made over weeks, as tables: cancellations, versions, substitutions, settings, answers.

A lot that a change has put aside keeps its row, with `retired_at` set; `lot_versions` says what it was made by.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coordinator.schema.builds import Base, BuildRow, DesignRow, LotRow, OfferRow, TaskRow

__all__ = [
    "CancellationRow",
    "CompatibilityRow",
    "DesignAnswerRow",
    "LotVersionRow",
    "MoveChoice",
    "OfferSubstitutionRow",
    "SubstitutionKind",
    "SubstitutionRow",
    "SubstitutionState",
    "TaskSettingsRow",
    "TaskVersionRow",
    "VersionDecisionRow",
]


class MoveChoice(StrEnum):
    """What a builder decides about a newer version of the design."""

    STAY = "stay"
    MOVE = "move"
    PARTS = "parts"  # some tasks move, the others stay


class SubstitutionKind(StrEnum):
    """What a lab would use another of."""

    MATERIAL = "material"
    PROCESS = "process"
    TOLERANCE = "tolerance"
    PART = "part"  # of what is bought


class SubstitutionState(StrEnum):
    """Life of a substitution."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by the lab, or because the build was cancelled


class CancellationRow(Base):
    """A build that was cancelled half-way; `document` is what the preview said at that moment."""

    __tablename__ = "cancellations"
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), primary_key=True)
    cancelled_at: Mapped[datetime]
    cancelled_by: Mapped[str]
    why: Mapped[str]
    document: Mapped[dict[str, Any]]
    build: Mapped[BuildRow] = relationship()


class LotVersionRow(Base):
    """What a lot was made by, where its task has been changed since it was begun or put aside."""

    __tablename__ = "lot_versions"
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    file: Mapped[str | None]
    file_sha256: Mapped[str | None]
    process: Mapped[str | None]
    material: Mapped[str | None]
    why: Mapped[str]
    lot: Mapped[LotRow] = relationship()
    design: Mapped[DesignRow] = relationship()


class TaskVersionRow(Base):
    """A task that follows another version of the design than its build does."""

    __tablename__ = "task_versions"
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    task: Mapped[TaskRow] = relationship()
    design: Mapped[DesignRow] = relationship()


class VersionDecisionRow(Base):
    """What a builder decided about another version of the design, and what was done then."""

    __tablename__ = "version_decisions"
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"), index=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    choice: Mapped[MoveChoice]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
    why: Mapped[str]
    document: Mapped[dict[str, Any]]


class CompatibilityRow(Base):
    """A maintainer says that pieces of a part as it was in one version will do in another; `part` is a task's key."""

    __tablename__ = "compatibilities"
    __table_args__ = (UniqueConstraint("old_id", "new_id", "part"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    old_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    new_id: Mapped[int] = mapped_column(ForeignKey("designs.id"))
    part: Mapped[str]
    why: Mapped[str]
    marked_at: Mapped[datetime]
    marked_by: Mapped[str]


class SubstitutionRow(Base):
    """A lab asks to use something else for a task; `instead` is the material, process, tolerance or part."""

    __tablename__ = "substitutions"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    lab: Mapped[str] = mapped_column(String(40))
    kind: Mapped[SubstitutionKind]
    wanted: Mapped[str | None]
    instead: Mapped[str]
    why: Mapped[str]
    state: Mapped[SubstitutionState]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_as: Mapped[str | None] = mapped_column(String(20))
    decision: Mapped[str | None]
    for_all: Mapped[bool]
    task: Mapped[TaskRow] = relationship()


class OfferSubstitutionRow(Base):
    """An offer, and the job that it becomes, is made with a substitution."""

    __tablename__ = "offer_substitutions"
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    substitution_id: Mapped[int] = mapped_column(ForeignKey("substitutions.id"), primary_key=True)
    offer: Mapped[OfferRow] = relationship()
    substitution: Mapped[SubstitutionRow] = relationship()


class TaskSettingsRow(Base):
    """How a task's part is to be made beyond its material: `core.part_settings.PartSettings` as JSON values.

    `stated` is what its design says, `document` what was set here and counts more.
    """

    __tablename__ = "task_settings"
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    stated: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    set_at: Mapped[datetime | None]
    set_by: Mapped[str | None]
    why: Mapped[str]
    task: Mapped[TaskRow] = relationship()


class DesignAnswerRow(Base):
    """An answer to a question about a design that was given here; with it the design became the version `made_id`."""

    __tablename__ = "design_answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), index=True)
    item: Mapped[str]
    about: Mapped[str]
    text: Mapped[str]
    answered_at: Mapped[datetime]
    answered_by: Mapped[str]
    made_id: Mapped[int] = mapped_column(ForeignKey("designs.id"), index=True)
