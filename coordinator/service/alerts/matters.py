"""Matters: opened by what happens, merged while they are open, told to who is concerned, passed on, closed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from coordinator.schema.alert import AlertKeeperRow, AlertMatterRow, AlertNoteRow, AlertPersonRow
from coordinator.schema.builds import EventRow
from coordinator.service.alerts.audience import concerned_by, reach_of, rounds
from coordinator.service.alerts.conditions import NOUNS, conditions_in
from coordinator.service.alerts.dates import DATED
from coordinator.service.alerts.facts import Facts, facts_of, sentence_of
from coordinator.service.alerts.rules import CLOSES, CONDITIONS, RULES, Rule, Topic
from coordinator.service.alerts.together import subject_of
from coordinator.service.house import Change, House

__all__ = ["Matters", "close_matter", "keeper_in", "stop_telling"]

_BATCH: Final = 200
_MERGED_FOR: Final = timedelta(hours=1)  # what happens again after that is worth a word of its own
_SEEN_FOR: Final = {Topic.NEIGHBOUR: timedelta(days=1)}  # what is refused is asked for again every quarter of an hour
_KEPT_FOR: Final = timedelta(days=90)
_SHOWN_FOR: Final = timedelta(days=3)
_TOLD_ONLY: Final = frozenset({
    Topic.BUILD_DONE, Topic.DATE_MOVED, Topic.SHIPMENT, Topic.DECIDED, Topic.CAMPAIGN_OVER, Topic.NEIGHBOUR,
})  # fmt: skip
_BY_TOPIC: Final = {rule.topic: rule for rule in (*RULES.values(), *CONDITIONS.values())}


class Matters:
    """What there is to tell; for the one process that keeps alerts."""

    def __init__(self, house: House) -> None:
        self._house = house

    def read_on(self) -> int:
        """Take in what has happened since; returns how many events that were.

        Where nothing was read yet, it begins with what happens from now on: nobody is told of the past.
        """
        with self._house.reading() as session:
            keeper = session.get(AlertKeeperRow, 1)
            newest = session.scalar(select(func.max(EventRow.id))) or 0
            if keeper is not None and keeper.told >= newest:
                return 0
        with self._house.store.transaction() as session:
            keeper = keeper_in(session)
            query = select(EventRow).where(EventRow.id > keeper.told).order_by(EventRow.id).limit(_BATCH)
            events = session.scalars(query).all()
            change = self._change(session)
            for event in events:
                self._hear(change, event)
            keeper.told = events[-1].id if events else keeper.told
            return len(events)

    def look_round(self) -> int:
        """Open what is to be told though no event tells of it, and close what is over; returns how many."""
        with self._house.reading() as session:
            there = {(each.topic, each.subject): each for each in conditions_in(session, self._house)}
            standing = self._standing(session)
        if there.keys() == standing.keys():
            return 0
        with self._house.store.transaction() as session:
            change = self._change(session)
            for key in sorted(there.keys() - standing.keys()):
                self._open(change, CONDITIONS[key[0]], there[key].facts(session, self._house))
            for key in sorted(standing.keys() - there.keys()):
                close_matter(session, session.get_one(AlertMatterRow, standing[key]), self._house.real.now())
        return len(there.keys() ^ standing.keys())

    def pass_on(self) -> int:
        """Tell the next ones of urgent matters that nobody has acknowledged; returns of how many matters."""
        now = self._house.real.now()
        query = select(AlertMatterRow).where(
            AlertMatterRow.next_at <= now, AlertMatterRow.acknowledged_at.is_(None), AlertMatterRow.closed_at.is_(None)
        )
        with self._house.reading() as session:
            if session.scalar(query.with_only_columns(func.count())) == 0:
                return 0
        with self._house.store.transaction() as session:
            change, rows = self._change(session), session.scalars(query.order_by(AlertMatterRow.id)).all()
            for row in rows:
                self._tell_next(change, row)
                change.record("alert.escalated", f"alert {row.id}", "nobody has acknowledged it", topic=row.topic)
        return len(rows)

    def forget(self) -> int:
        """Close what was told and asks nothing of anybody, and forget what is long over; returns how many."""
        now = self._house.real.now()
        told = select(AlertMatterRow).where(
            AlertMatterRow.topic.in_(_TOLD_ONLY), AlertMatterRow.last_at < now - _SHOWN_FOR,
            AlertMatterRow.closed_at.is_(None),
        )  # fmt: skip
        old = select(AlertMatterRow.id).where(AlertMatterRow.last_at < now - _KEPT_FOR)
        with self._house.reading() as session:
            if session.scalars(told.limit(1)).first() is None and session.scalar(old.limit(1)) is None:
                return 0
        with self._house.store.transaction() as session:
            closed = session.scalars(told).all()
            for row in closed:
                close_matter(session, row, now)
            gone = list(session.scalars(old))
            session.flush()
            session.execute(delete(AlertNoteRow).where(AlertNoteRow.matter_id.in_(gone)))
            session.execute(delete(AlertPersonRow).where(AlertPersonRow.matter_id.in_(gone)))
            session.execute(delete(AlertMatterRow).where(AlertMatterRow.id.in_(gone)))
            return len(closed) + len(gone)

    def _change(self, session: Session) -> Change:
        return Change(session, self._house.clock.now(), "coordinator")

    def _hear(self, change: Change, event: EventRow) -> None:
        for topic in CLOSES.get(event.kind, ()):
            for row in _open_rows(change.session, topic, event.subject):
                close_matter(change.session, row, self._house.real.now())
        rule = RULES.get(event.kind)
        if rule is not None:
            self._open(change, rule, facts_of(change.session, subject_of(event), event.data, event.why))
        dated = DATED.get(event.kind)
        news = dated(change.session, event) if dated is not None else None
        if news is not None:
            self._open(change, CONDITIONS[Topic.DATE_MOVED], news)

    def _open(self, change: Change, rule: Rule, facts: Facts) -> None:
        """Open a matter, or count it where it is open; what was acknowledged and happens again is a new one."""
        now, sentence = self._house.real.now(), sentence_of(rule, facts)
        for row in _open_rows(change.session, rule.topic, facts.subject):
            known = row.acknowledged_at is None or rule.topic in _SEEN_FOR
            if known and (row.urgent or now - row.opened_at < _SEEN_FOR.get(rule.topic, _MERGED_FOR)):
                row.times, row.last_at, row.sentence = row.times + 1, now, sentence
                return
            close_matter(change.session, row, now)
        row = AlertMatterRow(
            topic=rule.topic, subject=facts.subject[:100], lab=facts.lab, build_id=facts.build_id, urgent=rule.urgent,
            sentence=sentence, times=1, opened_at=now, last_at=now, step=0, next_at=None, acknowledged_at=None,
            acknowledged_by=None, closed_at=None,
        )  # fmt: skip
        change.session.add(row)
        change.session.flush()
        if rule.urgent and facts.lab:
            self._tell_next(change, row)
        else:
            change.session.add_all(AlertPersonRow(matter_id=row.id, person_id=each) for each in sorted(facts.people))
            for person in concerned_by(change.session, row, rule.concerned, facts):
                self._tell(change.session, row, person)

    def _tell_next(self, change: Change, row: AlertMatterRow) -> None:
        """Tell the next round of people, and at once those after them, up to somebody whom it reaches now."""
        session, now = change.session, self._house.real.now()
        everybody = concerned_by(session, row, _BY_TOPIC[Topic(row.topic)].concerned, Facts(row.subject))
        turns, patience = rounds(session, row, everybody)
        reached = False
        while row.step < len(turns) and not reached:
            told = [self._tell(session, row, person) for person in turns[row.step]]
            reached = any(told)
            row.step += 1
        row.next_at = now + patience if row.step < len(turns) else None

    def _tell(self, session: Session, row: AlertMatterRow, person_id: str) -> bool:
        """Note that a person is to be told; whether that reaches anybody now."""
        reach = reach_of(session, person_id, self._house.real.now(), urgent=row.urgent)
        known = set(session.scalars(select(AlertNoteRow.address_id).where(AlertNoteRow.matter_id == row.id)))
        session.add_all(
            AlertNoteRow(
                matter_id=row.id, address_id=address, person_id=person_id, due_at=reach.due_at, sent_at=None,
                dropped_at=None, message="",
            )
            for address in reach.addresses
            if address not in known
        )  # fmt: skip
        session.flush()
        return reach.now

    def _standing(self, session: Session) -> dict[tuple[Topic, str], int]:
        """What was opened for a condition and is not over; acknowledged or not, it is told once."""
        rows = session.scalars(select(AlertMatterRow).where(AlertMatterRow.closed_at.is_(None)))
        found = {(Topic(row.topic), row.subject): row.id for row in rows}
        return {key: matter for key, matter in found.items() if key[1].partition(" ")[0] in NOUNS}


def close_matter(session: Session, row: AlertMatterRow, now: datetime) -> None:
    """Note that a matter is over; nobody is told of it any more."""
    row.closed_at, row.next_at = row.closed_at or now, None
    stop_telling(session, [row.id], now)


def stop_telling(session: Session, matters: Iterable[int], now: datetime) -> None:
    """Drop what is on its way."""
    waiting = update(AlertNoteRow).where(AlertNoteRow.matter_id.in_(list(matters)), AlertNoteRow.sent_at.is_(None))
    session.execute(waiting.where(AlertNoteRow.dropped_at.is_(None)).values(dropped_at=now))


def keeper_in(session: Session) -> AlertKeeperRow:
    """How far the log was read, and the key of links; made where it is not there."""
    row = session.get(AlertKeeperRow, 1)
    if row is None:
        newest = session.scalar(select(func.max(EventRow.id))) or 0
        row = AlertKeeperRow(id=1, told=newest, key=secrets.token_hex(32))
        session.add(row)
        session.flush()
    return row


def _open_rows(session: Session, topic: Topic, subject: str) -> list[AlertMatterRow]:
    query = select(AlertMatterRow).where(
        AlertMatterRow.topic == topic, AlertMatterRow.subject == subject, AlertMatterRow.closed_at.is_(None)
    )
    return list(session.scalars(query.order_by(AlertMatterRow.id)))
