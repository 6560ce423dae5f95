"""Whether the date by which a build is expected has moved by so much that it is to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.alert import AlertMatterRow
from coordinator.schema.builds import EventRow, PlanRow
from coordinator.service.alerts.facts import Facts, facts_of, moment_in
from coordinator.service.alerts.rules import Topic

__all__ = ["DATED"]

_MUCH: Final = timedelta(days=1)


def _moved(session: Session, event: EventRow) -> Facts | None:
    """What is to be told of a new plan, or None where the date is about that which was told before.

    Compared is with the plan that held when a move was last told, or with the first: many small moves make a large one.
    """
    plan_id = event.data.get("plan")
    new = session.get(PlanRow, plan_id) if isinstance(plan_id, int) else None
    if new is None:
        return None
    told = select(AlertMatterRow.last_at).where(
        AlertMatterRow.topic == Topic.DATE_MOVED, AlertMatterRow.subject == event.subject
    )
    last = session.scalar(told.order_by(AlertMatterRow.last_at.desc()).limit(1))
    before = select(PlanRow).where(PlanRow.build_id == new.build_id, PlanRow.id < new.id)
    if last is not None:
        before = before.where(PlanRow.made_at <= last).order_by(PlanRow.id.desc())
    old = session.scalars(before.order_by(PlanRow.id).limit(1)).first()
    ends, ended = _end(new.document), _end(old.document) if old is not None else None
    if ends is None or ended is None or abs(ends - ended) < _MUCH:
        return None
    moved = f"{'later' if ends > ended else 'earlier'} by {abs(ends - ended) / timedelta(days=1):.0f} d, as {event.why}"
    return facts_of(session, event.subject, {}, moved).saying(until=moment_in(session, "", ends))


def _late(session: Session, event: EventRow) -> Facts | None:
    """What is to be told where a build is expected later than it is wanted, and was not before."""
    query = select(EventRow.data).where(
        EventRow.kind == event.kind, EventRow.subject == event.subject, EventRow.id < event.id
    )
    before = session.scalars(query.order_by(EventRow.id.desc()).limit(1)).first() or {}
    if not event.data.get("late") or before.get("late"):
        return None
    ends = datetime.fromisoformat(event.data["end"])
    facts = facts_of(session, event.subject, {}, "later than it is wanted")
    return facts.saying(until=moment_in(session, "", ends))


DATED: Final[Mapping[str, Callable[[Session, EventRow], Facts | None]]] = {"plan.made": _moved, "schedule.build": _late}
"""By kind of event, whether it tells of a date."""


def _end(document: dict[str, Any]) -> datetime | None:
    ends = [datetime.fromisoformat(each["end"]) for each in document.get("runs", ()) if each.get("end")]
    return max(ends, default=None)
