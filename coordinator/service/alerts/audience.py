"""Who is told of a matter, and from when on: roles, wishes, quiet hours, and who of a lab watches after whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.alert import AlertAddressRow, AlertHabitRow, AlertMatterRow, AlertWatchRow, AlertWishRow
from coordinator.schema.builds import BuildRow
from coordinator.schema.network import GrantRow, PersonRow, Role
from coordinator.schema.service import OrderRow
from coordinator.service.alerts.facts import Facts
from coordinator.service.alerts.quiet import QuietHours
from coordinator.service.alerts.rules import Concerned

__all__ = [
    "ESCALATE_AFTER",
    "HABIT",
    "Habit",
    "Reach",
    "concerned_by",
    "habit_of",
    "operators_of",
    "reach_of",
    "rounds",
]

ESCALATE_AFTER: Final = timedelta(minutes=15)
"""How long the people of a lab have that has not said how long."""


@dataclass(frozen=True, slots=True)
class Habit:
    """When a person is told, and how often an hour at most."""

    quiet: QuietHours
    urgent_breaks_through: bool = True
    most_per_hour: int = 12

    def due(self, now: datetime, *, urgent: bool) -> datetime:
        """When the person may be told of something that is to be told now."""
        return now if urgent and self.urgent_breaks_through else self.quiet.until(now)


HABIT: Final = Habit(QuietHours("UTC"))
"""Of who has said nothing."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person can be told now.

    Attributes:
        addresses: that were verified.
        due_at: from when on.
        now: whether anything arrives now.
    """

    addresses: tuple[int, ...]
    due_at: datetime
    now: bool


def habit_of(session: Session, person_id: str) -> Habit:
    """What a person has said."""
    row = session.get(AlertHabitRow, person_id)
    if row is None:
        return HABIT
    return Habit(QuietHours(row.zone, row.quiet_from, row.quiet_until), row.urgent_breaks_through, row.most_per_hour)


def reach_of(session: Session, person_id: str, now: datetime, *, urgent: bool) -> Reach:
    """How a person can be told."""
    query = select(AlertAddressRow.id).where(
        AlertAddressRow.person_id == person_id, AlertAddressRow.verified_at.is_not(None),
        AlertAddressRow.ended_at.is_(None),
    )  # fmt: skip
    addresses = tuple(session.scalars(query.order_by(AlertAddressRow.id)))
    due_at = habit_of(session, person_id).due(now, urgent=urgent)
    return Reach(addresses, due_at, bool(addresses) and due_at <= now)


def concerned_by(session: Session, matter: AlertMatterRow, concerned: Concerned, facts: Facts) -> list[str]:
    """Everybody who is to be told of a matter: whom it concerns and who asked, less those who want to hear nothing."""
    found = set(facts.people)
    if concerned in (Concerned.LAB, Concerned.BOTH) and matter.lab:
        found |= set(operators_of(session, matter.lab))
    if concerned in (Concerned.ORDERER, Concerned.BOTH) and matter.build_id is not None:
        order = session.get(OrderRow, matter.build_id)
        found |= {order.ordered_by} if order is not None else set()
    wishes = _wishes(session, matter, facts.design_id)
    there = select(PersonRow.id).where(PersonRow.id.in_(found | set(wishes)), PersonRow.erased_at.is_(None))
    return [each for each in session.scalars(there.order_by(PersonRow.id)) if wishes.get(each, each in found)]


def rounds(session: Session, matter: AlertMatterRow, everybody: list[str]) -> tuple[list[list[str]], timedelta]:
    """Who is told of an urgent matter of a lab, one group after the other, and how long each has.

    The lab's people in the order in which they watch, or all at once where no order was given; then the stewards.
    """
    watch = session.get(AlertWatchRow, matter.lab)
    stewards = sorted(session.scalars(select(GrantRow.person_id).where(GrantRow.role == Role.STEWARD).distinct()))
    if watch is None or not watch.people:
        return [everybody, stewards], timedelta(minutes=watch.minutes) if watch else ESCALATE_AFTER
    here = set(operators_of(session, matter.lab))
    refused = {person for person, wanted in _wishes(session, matter).items() if not wanted}
    turns = [[each] for each in watch.people if each in here and each not in refused]
    others = [each for each in everybody if each not in here]  # asked for it themselves, and watch over nothing
    first = turns[0] if turns else []
    return [first + others, *turns[1:], stewards], timedelta(minutes=watch.minutes)


def operators_of(session: Session, lab: str) -> list[str]:
    """The people who answer for a lab."""
    query = select(GrantRow.person_id).where(GrantRow.role == Role.OPERATOR, GrantRow.lab == lab)
    return sorted(set(session.scalars(query)))


def _wishes(session: Session, matter: AlertMatterRow, design_id: int | None = None) -> dict[str, bool]:
    """By person, what was said of such matters; of two wishes the one that says more counts."""
    abouts = [""] if design_id is None else ["", f"design {design_id}"]
    if matter.lab:
        abouts.append(f"lab {matter.lab}")
    if matter.build_id is not None:
        abouts.append(f"build {matter.build_id}")
        build = session.get(BuildRow, matter.build_id)
        abouts += [f"design {build.design_id}"] if build is not None else []
    query = select(AlertWishRow).where(AlertWishRow.topic.in_(["", matter.topic]), AlertWishRow.about.in_(abouts))
    wishes = sorted(session.scalars(query), key=lambda row: (bool(row.about), bool(row.topic), row.id))
    return {row.person_id: row.wanted for row in wishes}
