"""Where people are told: their own addresses, of mail or of a chat, each of which must say a code back first."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from coordinator.schema.account import NetworkRow
from coordinator.schema.alert import AlertAddressRow, AlertNoteRow
from coordinator.schema.network import PersonRow
from coordinator.service.access import Actor
from coordinator.service.alerts.services import MAIL, PLAIN_SERVICES, SERVICES
from coordinator.service.house import House, View
from coordinator.service.membership.choices import choices_in
from coordinator.service.reaching.mail import MAIL_ADDRESS
from coordinator.service.refusals import ForbiddenError, TooManyError, UnauthenticatedError, UnknownError
from core.errors import InputError, LimitError, StateError

__all__ = [
    "CODE_FOR",
    "AddressView",
    "Addresses",
    "code_digest",
    "end_address",
    "require_known",
    "require_person",
]

_MOST: Final = 5
_MOST_A_DAY = 10  # codes go to whoever's address was written: nobody is to be flooded through us
_TRIES = 5
CODE_FOR: Final = timedelta(hours=1)
_FORM = re.compile(r"([a-z]{2,20})://[\x21-\x7e]{3,1900}", re.ASCII)


class AddressView(View):
    """An address, which is never shown back; `code_sent` says that a code is on its way or there."""

    id: int
    service: str
    label: str
    made_at: datetime
    verified: bool
    code_sent: bool
    last_answer: str


class Addresses:
    """Where who is told."""

    def __init__(self, house: House) -> None:
        self._house = house

    def mine(self, actor: Actor) -> list[AddressView]:
        """The addresses of who asks.

        Raises:
            UnauthenticatedError: a visitor asks.
        """
        require_known(actor)
        with self._house.reading() as session:
            return [_view(row) for row in session.scalars(_live(actor.id).order_by(AlertAddressRow.id))]

    def services(self) -> dict[str, str]:
        """By scheme, the services that people may be told by here."""
        with self._house.reading() as session:
            return self._allowed(session)

    def add(self, actor: Actor, address: str, label: str) -> AddressView:
        """Add an address; a code is sent there, and nothing else before it has come back.

        Args:
            actor: a person.
            address: of mail, or as apprise writes it; it is kept, and never shown.
            label: what the person calls it.

        Raises:
            ForbiddenError: an agent asks.
            InputError: it is no address, or of a service that may not be used here.
            LimitError: the person has five.
            TooManyError: the person has added ten today.
        """
        require_known(actor)
        scheme, kept = _parsed(address)
        with self._house.change(actor.id) as change:
            require_person(change.session, actor)
            allowed = self._allowed(change.session)
            if scheme not in allowed:
                hint = "these may be used: " + ", ".join(sorted(allowed)) if allowed else "ask a steward"
                raise InputError(f"nobody is told by {scheme[:20]} here", where="address", hint=hint)
            self._require_room(change.session, actor.id)
            row = AlertAddressRow(
                person_id=actor.id, scheme=scheme, address=kept, label=label, made_at=self._house.real.now(),
                code_sha256="", code_until=self._house.real.now(), tries=0, verified_at=None, failures=0,
                last_answer="", ended_at=None,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("alert.address-added", f"address {row.id}", service=allowed[scheme])
            return _view(row)

    def verify(self, actor: Actor, address_id: int, code: str) -> AddressView:
        """Say the code that came to an address.

        Raises:
            UnknownError: who asks has no such address.
            StateError: no code is out, or it has expired.
            ForbiddenError: it is another code.
            TooManyError: five wrong ones were said; another code must be asked for.
        """
        wrong = False
        with self._house.change(actor.id) as change:
            row = _mine(change.session, actor, address_id)
            if row.verified_at is None:
                now = self._house.real.now()
                if not row.code_sha256 or row.code_until <= now:
                    raise StateError("no code is out for this address, or it has expired", hint="add it anew")
                if row.tries >= _TRIES:
                    raise TooManyError("too many wrong codes", wait_s=(row.code_until - now).total_seconds())
                if hmac.compare_digest(row.code_sha256, code_digest(row.id, code)):
                    row.verified_at, row.code_sha256, row.last_answer = now, "", ""
                    change.record("alert.address-verified", f"address {row.id}")
                else:
                    row.tries, wrong = row.tries + 1, True  # counted, so it is no error before the transaction is over
            view = _view(row)
        if wrong:
            raise ForbiddenError("this is not the code that was sent there", where="code")
        return view

    def remove(self, actor: Actor, address_id: int) -> AddressView:
        """Forget an address.

        Raises:
            UnknownError: who asks has no such address.
        """
        with self._house.change(actor.id) as change:
            row = _mine(change.session, actor, address_id)
            end_address(change.session, row, self._house.real.now())
            change.record("alert.address-ended", f"address {row.id}")
            return _view(row)

    def _allowed(self, session: Session) -> dict[str, str]:
        chosen = choices_in(session.get(NetworkRow, 1)).alert_services
        known = SERVICES | PLAIN_SERVICES if self._house.settings.local_hooks else SERVICES
        mail = self._house.settings.mail is not None
        return {
            scheme: words
            for scheme, words in known.items()
            if (chosen is None or scheme in chosen) and (scheme != MAIL or mail)
        }

    def _require_room(self, session: Session, person_id: str) -> None:
        if len(session.scalars(_live(person_id)).all()) >= _MOST:
            raise LimitError(f"{_MOST} addresses are the most that one person has", hint="remove one")
        since = self._house.real.now() - timedelta(days=1)
        recent = select(func.count()).where(AlertAddressRow.person_id == person_id, AlertAddressRow.made_at > since)
        if (session.scalar(recent) or 0) >= _MOST_A_DAY:
            raise TooManyError(f"{_MOST_A_DAY} addresses were added in a day", wait_s=86400)


def code_digest(address_id: int, code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(f"{address_id} {code.strip()}".encode()).hexdigest()


def end_address(session: Session, row: AlertAddressRow, now: datetime) -> None:
    """Forget what an address is, and drop what was on its way there."""
    row.address, row.label, row.code_sha256, row.ended_at = "", "", "", row.ended_at or now
    waiting = update(AlertNoteRow).where(AlertNoteRow.address_id == row.id, AlertNoteRow.sent_at.is_(None))
    session.execute(waiting.where(AlertNoteRow.dropped_at.is_(None)).values(dropped_at=now))


def require_known(actor: Actor) -> None:
    """Refuse visitors.

    Raises:
        UnauthenticatedError: a visitor asks.
    """
    if not actor.known:
        raise UnauthenticatedError("nobody is logged in", hint="log in, or show a token")


def require_person(session: Session, actor: Actor) -> None:
    """Refuse visitors and agents.

    Raises:
        UnauthenticatedError: a visitor asks.
        ForbiddenError: an agent asks.
    """
    require_known(actor)
    if session.get(PersonRow, actor.id) is None:
        raise ForbiddenError(f"{actor.id} is no person and is told nothing")


def _parsed(text: str) -> tuple[str, str]:
    mail = text.removeprefix("mailto://").removeprefix("mailto:")
    if MAIL_ADDRESS.fullmatch(mail):
        return MAIL, mail
    found = _FORM.fullmatch(text)
    if found is None or found[1] == MAIL:
        hint = "write somebody@example.org, or an address of a chat such as matrixs://TOKEN@host/!room:host"
        raise InputError("this is no address that anybody is told at", where="address", hint=hint)
    return found[1], text


def _live(person_id: str) -> Select[AlertAddressRow]:
    return select(AlertAddressRow).where(AlertAddressRow.person_id == person_id, AlertAddressRow.ended_at.is_(None))


def _mine(session: Session, actor: Actor, address_id: int) -> AlertAddressRow:
    require_known(actor)
    row = session.get(AlertAddressRow, address_id)
    if row is None or row.person_id != actor.id or row.ended_at is not None:
        raise UnknownError(f"there is no address {address_id} among yours")
    return row


def _view(row: AlertAddressRow) -> AddressView:
    return AddressView(
        id=row.id,
        service=(SERVICES | PLAIN_SERVICES)[row.scheme],
        label=row.label,
        made_at=row.made_at,
        verified=row.verified_at is not None,
        code_sent=row.verified_at is None and bool(row.code_sha256),
        last_answer=row.last_answer,
    )
