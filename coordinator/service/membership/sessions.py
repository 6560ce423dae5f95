"""Sessions: browsers that are logged in. What one shows is opaque, good for a while, and worthless after log-out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.schema.account import SessionRow
from coordinator.service.access import VISITOR, Actor
from coordinator.service.house import Change, House, View
from coordinator.service.membership.people import grant_of
from coordinator.service.membership.secrets import Secret
from coordinator.service.refusals import UnauthenticatedError

__all__ = ["NewSession", "SessionView", "Sessions", "end_sessions"]


class SessionView(View):
    """A browser that is logged in."""

    id: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a browser is given.

    Attributes:
        text: the secret that it shows from now on.
        person_id: who is logged in.
        expires_at: until when, in real time.
    """

    text: str
    person_id: str
    expires_at: datetime


class Sessions:
    """Who is logged in."""

    def __init__(self, house: House) -> None:
        self._house = house

    def actor(self, text: str) -> Actor:
        """Who shows this; a visitor where it is none, is over or was ended: the browser is logged out, and no more."""
        with self._house.reading() as session:
            row = self._row(session, text)
            if row is None:
                return VISITOR
            return Actor(row.person_id, frozenset(grant_of(each) for each in row.person.grants))

    def begin(self, change: Change, person_id: str, instead_of: str | None = None) -> NewSession:
        """Log a person in, under a new secret whatever the browser shows; that session of before is over."""
        now = self._house.real.now()
        change.session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
        before = self._row(change.session, instead_of) if instead_of else None
        if before is not None:
            change.session.delete(before)
        secret = Secret.new("ses")
        expires_at = now + timedelta(hours=self._house.settings.session_hours)
        row = SessionRow(
            id=secret.id, secret_sha256=secret.digest, person_id=person_id, made_at=now, expires_at=expires_at
        )
        change.session.add(row)
        return NewSession(secret.text, person_id, expires_at)

    def end(self, text: str) -> None:
        """Log this browser out; nothing happens where it is logged out already."""
        with self._house.change("coordinator") as change:
            row = self._row(change.session, text)
            if row is not None:
                change.session.delete(row)

    def end_all(self, actor: Actor) -> None:
        """Log a person out everywhere.

        Raises:
            UnauthenticatedError: nobody is logged in.
        """
        if not actor.known:
            raise UnauthenticatedError("nobody is logged in")
        with self._house.change(actor.id) as change:
            end_sessions(change.session, actor.id)

    def of(self, actor: Actor) -> list[SessionView]:
        """Where a person is logged in."""
        query = select(SessionRow).where(
            SessionRow.person_id == actor.id, SessionRow.expires_at > self._house.real.now()
        )
        with self._house.reading() as session:
            rows = session.scalars(query.order_by(SessionRow.made_at, SessionRow.id))
            return [SessionView(id=row.id, made_at=row.made_at, expires_at=row.expires_at) for row in rows]

    def _row(self, session: Session, text: str) -> SessionRow | None:
        try:
            secret = Secret.parse(text, "ses")
        except UnauthenticatedError:
            return None
        row = session.get(SessionRow, secret.id)
        good = row is not None and secret.matches(row.secret_sha256) and row.expires_at > self._house.real.now()
        return row if good else None


def end_sessions(session: Session, person_id: str) -> None:
    """Log a person out everywhere."""
    session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
