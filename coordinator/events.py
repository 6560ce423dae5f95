"""The event log: what happened, to what, by whom and why; written in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from coordinator.schema.builds import EventRow

__all__ = ["APPEND", "record"]

APPEND: Final = insert(EventRow.__table__).inline()  # type: ignore[arg-type] # a mapped class has a table
"""Appends an event whose columns are given by name."""


def record(
    session: Session,
    at: datetime,
    kind: str,
    subject: str,
    *,
    who: str = "coordinator",
    why: str = "",
    **data: Any,
) -> None:
    """Append one event.

    Args:
        session: the transaction that makes the change.
        at: when, by the coordinator's clock.
        kind: noun and verb, such as "job.made".
        subject: id of what changed, such as "job J7-1a2b3c4d".
        who: who did it.
        why: the reason, one clause.
        data: what else a reader needs; JSON values.
    """
    event = {"at": at, "kind": kind, "subject": subject, "who": who, "why": why, "data": data}
    session.connection().execute(APPEND, event)
