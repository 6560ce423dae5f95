"""What is to be sent now: one message an address for all that is due there, tried again until it was taken.

A row remembers each step, so that whatever dies in between, the message is sent, if need be twice.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.schema.account import NetworkRow
from coordinator.schema.alert import AlertAddressRow, AlertKeeperRow, AlertMatterRow, AlertNoteRow
from coordinator.service.alerts.addresses import CODE_FOR, code_digest, end_address
from coordinator.service.alerts.audience import habit_of
from coordinator.service.alerts.facts import plain
from coordinator.service.house import Change, House
from coordinator.service.membership.choices import choices_in
from coordinator.service.refusals import UnauthenticatedError

__all__ = ["Letter", "Outbox", "note_of", "signed_note"]

_FIRST_WAIT_S, _LONGEST_WAIT_S = 15.0, 3600.0
_PATIENCE: Final = 30  # failures in a row: about a day
_MOST_LINES: Final = 20
_MOST_LETTERS: Final = 50
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address.

    Attributes:
        address_id, scheme, address: where it goes.
        id: the same in all that remembers it.
        title, body: plain text.
        notes: ids of what it tells; none where it only brings a code.
        code: that it brings, or "".
    """

    address_id: int
    scheme: str
    address: str = field(repr=False)
    id: str
    title: str
    body: str = field(repr=False)
    notes: tuple[int, ...] = ()
    code: str = field(default="", repr=False)


class Outbox:
    """What is on its way; for the one process that keeps alerts."""

    def __init__(self, house: House) -> None:
        self._house = house

    def due(self) -> list[Letter]:
        """What is to be sent now."""
        with self._house.reading() as session:
            name = plain(choices_in(session.get(NetworkRow, 1)).name)
            letters = [*self._codes(session, name), *self._tidings(session, name)]
        return letters[:_MOST_LETTERS]

    def took(self, letter: Letter) -> None:
        """Note that a letter was taken."""
        now = self._house.real.now()
        with self._house.store.transaction() as session:
            row = session.get_one(AlertAddressRow, letter.address_id)
            row.failures, row.last_answer = 0, "taken"
            if letter.code and row.verified_at is None:
                row.code_sha256, row.code_until, row.tries = code_digest(row.id, letter.code), now + CODE_FOR, 0
            for note in _notes(session, letter):
                note.sent_at, note.message = now, letter.id

    def failed(self, letter: Letter, answer: str) -> None:
        """Note that a letter was not taken; it is sent again after a while, or, after a day, never.

        Args:
            letter: which.
            answer: what went wrong, without the address.
        """
        now = self._house.real.now()
        with self._house.store.transaction() as session:
            row = session.get_one(AlertAddressRow, letter.address_id)
            if row.ended_at is not None:
                return
            row.failures, row.last_answer = row.failures + 1, plain(answer)
            wait_s = min(_FIRST_WAIT_S * 2 ** (row.failures - 1), _LONGEST_WAIT_S)
            row.code_until = now + timedelta(seconds=wait_s) if row.verified_at is None else row.code_until
            waiting = select(AlertNoteRow).where(
                AlertNoteRow.address_id == row.id, AlertNoteRow.sent_at.is_(None), AlertNoteRow.dropped_at.is_(None)
            )
            for note in session.scalars(waiting):
                note.due_at = max(note.due_at, now + timedelta(seconds=wait_s))
            if row.failures >= _PATIENCE:
                end_address(session, row, now)
                change = Change(session, self._house.clock.now(), "coordinator")
                change.record("alert.address-ended", f"address {row.id}", "nothing has arrived there for a day")

    def _codes(self, session: Session, name: str) -> Iterable[Letter]:
        """Codes for new addresses; a code is made when it is sent, and never kept."""
        query = select(AlertAddressRow).where(
            AlertAddressRow.verified_at.is_(None), AlertAddressRow.ended_at.is_(None),
            AlertAddressRow.code_sha256 == "", AlertAddressRow.code_until <= self._house.real.now(),
        )  # fmt: skip
        for row in session.scalars(query.order_by(AlertAddressRow.id).limit(_MOST_LETTERS)):
            code = f"{secrets.randbelow(10**8):08d}"
            body = (
                f"The code for this address is {code}. It is good for an hour.\n\nSomebody at {name} wants to be told"
                " here of what happens in workshops. If that was not you, do nothing: nothing else will come."
            )
            title = f"[{name}] Your code"
            yield Letter(row.id, row.scheme, row.address, secrets.token_hex(8), title, body, code=code)

    def _tidings(self, session: Session, name: str) -> Iterable[Letter]:
        now = self._house.real.now()
        room: dict[str, int] = {}
        query = (
            select(AlertNoteRow)
            .join(AlertMatterRow, AlertMatterRow.id == AlertNoteRow.matter_id)
            .where(AlertNoteRow.sent_at.is_(None), AlertNoteRow.dropped_at.is_(None), AlertNoteRow.due_at <= now)
            .order_by(AlertNoteRow.address_id, AlertMatterRow.urgent.desc(), AlertNoteRow.id)
        )
        by_address: dict[int, list[AlertNoteRow]] = {}
        for note in session.scalars(query.limit(5000)):
            if habit_of(session, note.person_id).due(now, urgent=note.matter.urgent) <= now:
                by_address.setdefault(note.address_id, []).append(note)
        keeper = session.get(AlertKeeperRow, 1)
        for notes in by_address.values():
            person = notes[0].person_id
            if person not in room:
                room[person] = habit_of(session, person).most_per_hour - _sent(session, person, now - _HOUR)
            if room[person] > 0 and keeper is not None:
                room[person] -= 1
                yield self._letter(notes, name, keeper.key)

    def _letter(self, notes: Sequence[AlertNoteRow], name: str, key: str) -> Letter:
        shown, first, address = notes[:_MOST_LINES], notes[0].matter, notes[0].address
        lines = [line for note in shown for line in self._lines(note, key)]
        if len(notes) > len(shown):
            lines.append(f"And {len(notes) - len(shown)} more.")
        url = self._house.settings.public_url
        lines.append(f"Everything, and what you are told of: {url}/alerts" if url else "More is on the page Alerts.")
        urgent = sum(note.matter.urgent for note in notes)
        what = first.sentence if len(notes) == 1 else f"{len(notes)} matters" + (f", {urgent} urgent" if urgent else "")
        title = f"[{name}] {'URGENT: ' if urgent and len(notes) == 1 else ''}{what}"
        ids = tuple(note.id for note in notes)
        return Letter(
            address.id, address.scheme, address.address, secrets.token_hex(8), title[:150], "\n\n".join(lines), ids
        )

    def _lines(self, note: AlertNoteRow, key: str) -> Iterable[str]:
        matter, url = note.matter, self._house.settings.public_url
        again = f" ({matter.times} times)" if matter.times > 1 else ""
        line = ("URGENT: " if matter.urgent else "") + matter.sentence + again
        if url and matter.build_id is not None:
            line += f"\n{url}/builds/{matter.build_id}"
        elif url and matter.lab:
            line += f"\n{url}/labs/{matter.lab}"
        if url and matter.urgent:
            line += f"\nI see to it: {url}/alerts/acknowledge?code={signed_note(note, key)}"
        yield line


def signed_note(note: AlertNoteRow, key: str) -> str:
    """What a link in a message carries: which note it is, signed, so that only who was told has it."""
    said = f"{note.id} {note.matter_id} {note.person_id}".encode()
    return f"{note.id}-{hmac.new(bytes.fromhex(key), said, hashlib.sha256).hexdigest()[:40]}"


def note_of(session: Session, code: str) -> AlertNoteRow:
    """The note of a link.

    Raises:
        UnauthenticatedError: the link is none of ours.
    """
    head, _, _ = code.partition("-")
    keeper = session.get(AlertKeeperRow, 1)
    note = session.get(AlertNoteRow, int(head)) if head.isdecimal() and len(head) < 16 else None
    if keeper is None or note is None or not hmac.compare_digest(signed_note(note, keeper.key).encode(), code.encode()):
        raise UnauthenticatedError("this link is none of ours", hint="open the page of alerts")
    return note


def _sent(session: Session, person_id: str, since: datetime) -> int:
    """How many messages a person was sent."""
    sent = select(func.count(AlertNoteRow.message.distinct()))
    return session.scalar(sent.where(AlertNoteRow.person_id == person_id, AlertNoteRow.sent_at > since)) or 0


def _notes(session: Session, letter: Letter) -> Iterable[AlertNoteRow]:
    return session.scalars(select(AlertNoteRow).where(AlertNoteRow.id.in_(letter.notes)))
