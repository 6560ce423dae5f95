"""Alerts as people see them: what is open, acknowledging it, what they want to hear, and who watches over a lab."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import Field
from sqlalchemy import ColumnElement, delete, false, or_, select
from sqlalchemy.orm import Session

from coordinator.schema.alert import (
    AlertHabitRow,
    AlertMatterRow,
    AlertNoteRow,
    AlertPersonRow,
    AlertWatchRow,
    AlertWishRow,
)
from coordinator.schema.builds import BuildRow, DesignRow
from coordinator.schema.network import LabRow, PersonRow, Role
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor, Right
from coordinator.service.alerts.addresses import require_known, require_person
from coordinator.service.alerts.audience import ESCALATE_AFTER, HABIT, habit_of, operators_of
from coordinator.service.alerts.matters import stop_telling
from coordinator.service.alerts.outbox import note_of
from coordinator.service.alerts.quiet import QuietHours
from coordinator.service.alerts.rules import TOPICS, Topic
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError

__all__ = ["AlertView", "Desk", "HabitView", "WatchView", "WishView"]

_MOST_WISHES: Final = 100
_NOUNS: Final = {"lab": LabRow, "build": BuildRow, "design": DesignRow}


class AlertView(View):
    """Something that somebody is told of. `times` is how often it has happened while it is open."""

    id: int
    topic: Topic
    subject: str
    lab: str
    build_id: int | None
    urgent: bool
    sentence: str
    times: int
    opened_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None


class WishView(View):
    """Whether to be told of a topic ("" for all) about "lab ID", "build ID" or "design ID" ("" for wherever)."""

    topic: Topic | str = ""
    about: str = ""
    wanted: bool


class HabitView(View):
    """When a person is told of what; times of day are of the zone, both empty for no quiet hours."""

    zone: str = HABIT.quiet.zone
    quiet_from: str = ""
    quiet_until: str = ""
    urgent_breaks_through: bool = HABIT.urgent_breaks_through
    most_per_hour: int = HABIT.most_per_hour
    wishes: list[WishView] = Field(default=[])


class WatchView(View):
    """Who is told of a lab's urgent matters, one after the other; nobody named is everybody at once."""

    lab: str
    minutes: int
    people: list[str]


class Desk:
    """What people do about alerts."""

    def __init__(self, house: House) -> None:
        self._house = house

    def open(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[AlertView]:
        """What is open of that which concerns who asks, the newest first: their labs' and builds', what they were told.

        Raises:
            UnauthenticatedError: a visitor asks.
        """
        require_known(actor)
        query = select(AlertMatterRow).where(AlertMatterRow.closed_at.is_(None), _concerns(actor))
        with self._house.reading() as session:
            return page_of(session, query, AlertMatterRow.id, _view, after=after, limit=limit, falling=True)

    def acknowledge(self, call: Call, alert_id: int) -> AlertView:
        """Say that one sees to it: nobody else is told. Said twice, it happens once.

        Raises:
            UnauthenticatedError: a visitor asks.
            UnknownError: there is no such alert, or it does not concern who asks.
        """
        require_known(call.actor)

        def work(change: Change) -> AlertView:
            require_person(change.session, call.actor)
            found = select(AlertMatterRow).where(AlertMatterRow.id == alert_id, _concerns(call.actor))
            row = change.session.scalars(found).first()
            if row is None:
                raise UnknownError(f"there is no alert {alert_id} of yours")
            return self._acknowledged(change, row)

        return self._house.perform(call, AlertView, work)

    def linked(self, code: str) -> AlertView:
        """The alert of a link in a message; nothing happens to it.

        Raises:
            UnauthenticatedError: the link is none of ours.
        """
        with self._house.reading() as session:
            return _view(note_of(session, code).matter)

    def acknowledge_linked(self, code: str) -> AlertView:
        """Acknowledge by a link: the person to whom it was sent does, logged in or not.

        Raises:
            UnauthenticatedError: the link is none of ours.
            ForbiddenError: the person has left.
        """
        with self._house.reading() as session:
            person = note_of(session, code).person_id
        with self._house.change(person) as change:
            if change.session.get_one(PersonRow, person).erased_at is not None:
                raise ForbiddenError("the person to whom this was sent has left")
            return self._acknowledged(change, note_of(change.session, code).matter)

    def habit(self, actor: Actor) -> HabitView:
        """What who asks wants to hear, and when.

        Raises:
            UnauthenticatedError: a visitor asks.
        """
        require_known(actor)
        with self._house.reading() as session:
            return _habit_view(session, actor.id)

    def told_of(self, actor: Actor, about: str) -> bool | None:
        """Whether a person has asked for all, or for nothing, of a lab, build or design; None where for neither."""
        wish = (AlertWishRow.person_id == actor.id, AlertWishRow.about == about, AlertWishRow.topic == "")
        with self._house.reading() as session:
            return session.scalars(select(AlertWishRow.wanted).where(*wish)).first()

    def put_habit(self, call: Call, wanted: HabitView) -> HabitView:
        """Say what one wants to hear, and when.

        Raises:
            ForbiddenError: an agent asks.
            InputError: a zone, a time or a wish is none.
            UnknownError: a wish is about something that there is not.
        """
        require_known(call.actor)
        QuietHours(wanted.zone, wanted.quiet_from, wanted.quiet_until)
        said = [(each.topic, each.about) for each in wanted.wishes]
        if len(set(said)) < len(said) or len(said) > _MOST_WISHES:
            raise InputError(f"each wish is said once, and {_MOST_WISHES} at most", where="wishes")

        def work(change: Change) -> HabitView:
            session, me = change.session, call.actor.id
            require_person(session, call.actor)
            for each in wanted.wishes:
                _require_wish(session, each)
            habit = {name: value for name, value in wanted.model_dump().items() if name != "wishes"}
            session.merge(AlertHabitRow(person_id=me, **habit))
            session.execute(delete(AlertWishRow).where(AlertWishRow.person_id == me))
            session.add_all(AlertWishRow(person_id=me, **each.model_dump()) for each in wanted.wishes)
            session.flush()
            change.record("alert.wishes-changed", f"person {me}")
            return _habit_view(session, me)

        return self._house.perform(call, HabitView, work)

    def watch(self, lab: str) -> WatchView:
        """Who watches over a lab.

        Raises:
            UnknownError: there is no such lab.
        """
        with self._house.reading() as session:
            return _watch_view(session, lab)

    def put_watch(self, call: Call, lab: str, minutes: int, people: Sequence[str]) -> WatchView:
        """Say who watches over a lab, in which order, and how long each has to acknowledge.

        Raises:
            ForbiddenError: who asks neither is an operator of the lab nor a steward.
            UnknownError: there is no such lab.
            InputError: somebody is named twice, or is no operator of the lab.
        """
        call.actor.require(Right.KEEP_LAB, lab)

        def work(change: Change) -> WatchView:
            _watch_view(change.session, lab)
            strange = set(people) - set(operators_of(change.session, lab))
            if strange or len(set(people)) < len(people):
                hint = "name each once, and give them the role first"
                raise InputError("a lab is watched over by its operators", where="people", hint=hint)
            change.session.merge(
                AlertWatchRow(
                    lab=lab, minutes=minutes, people=list(people), changed_at=self._house.real.now(),
                    changed_by=change.who,
                )
            )  # fmt: skip
            change.session.flush()
            change.record("alert.watch-changed", f"watch {lab}", minutes=minutes, people=list(people))
            return _watch_view(change.session, lab)

        return self._house.perform(call, WatchView, work)

    def _acknowledged(self, change: Change, row: AlertMatterRow) -> AlertView:
        if row.acknowledged_at is None:
            row.acknowledged_at, row.acknowledged_by, row.next_at = self._house.real.now(), change.who, None
            stop_telling(change.session, [row.id], row.acknowledged_at)
            change.record("alert.acknowledged", f"alert {row.id}", topic=row.topic, about=row.subject)
        return _view(row)


def _concerns(actor: Actor) -> ColumnElement[bool]:
    """What an actor is told of and may acknowledge; a steward keeps the network and sees all."""
    if any(each.role is Role.STEWARD for each in actor.grants):
        return AlertMatterRow.id.is_not(None)
    labs = [each.lab for each in actor.grants if each.role is Role.OPERATOR]
    ordered = select(OrderRow.build_id).where(OrderRow.ordered_by == actor.id)
    told = select(AlertNoteRow.matter_id).where(AlertNoteRow.person_id == actor.id)
    named = select(AlertPersonRow.matter_id).where(AlertPersonRow.person_id == actor.id)
    mine = AlertMatterRow.lab.in_(labs) if labs else false()
    of_builds = AlertMatterRow.build_id.in_(ordered) & AlertMatterRow.lab.in_([""])
    return or_(mine, of_builds, AlertMatterRow.id.in_(told), AlertMatterRow.id.in_(named))


def _require_wish(session: Session, wish: WishView) -> None:
    if wish.topic and wish.topic not in TOPICS:
        raise InputError("this is no topic", where=wish.topic[:40], hint=", ".join(TOPICS))
    noun, _, key = wish.about.partition(" ")
    if not wish.about:
        return
    kind = _NOUNS.get(noun)
    if kind is None:
        hint = "such as lab north, build 3 or design 2"
        raise InputError("a wish is about a lab, a build or a design", where=wish.about[:60], hint=hint)
    wanted = key if noun == "lab" else int(key) if key.isascii() and key.isdecimal() and len(key) < 16 else None
    if wanted is None or session.get(kind, wanted) is None:
        raise UnknownError(f"there is no {noun} {key[:40]!r}", where="wishes")


def _habit_view(session: Session, person_id: str) -> HabitView:
    habit = habit_of(session, person_id)
    wishes = session.scalars(select(AlertWishRow).where(AlertWishRow.person_id == person_id).order_by(AlertWishRow.id))
    return HabitView(
        zone=habit.quiet.zone,
        quiet_from=habit.quiet.start,
        quiet_until=habit.quiet.end,
        urgent_breaks_through=habit.urgent_breaks_through,
        most_per_hour=habit.most_per_hour,
        wishes=[WishView(topic=each.topic, about=each.about, wanted=each.wanted) for each in wishes],
    )


def _watch_view(session: Session, lab: str) -> WatchView:
    if session.get(LabRow, lab) is None:
        raise UnknownError(f"there is no lab {lab[:60]!r}")
    row = session.get(AlertWatchRow, lab)
    if row is None:
        return WatchView(lab=lab, minutes=round(ESCALATE_AFTER.total_seconds() / 60), people=[])
    return WatchView(lab=lab, minutes=row.minutes, people=row.people)


def _view(row: AlertMatterRow) -> AlertView:
    return AlertView(
        id=row.id,
        topic=Topic(row.topic),
        subject=row.subject,
        lab=row.lab,
        build_id=row.build_id,
        urgent=row.urgent,
        sentence=row.sentence,
        times=row.times,
        opened_at=row.opened_at,
        last_at=row.last_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        closed_at=row.closed_at,
    )
