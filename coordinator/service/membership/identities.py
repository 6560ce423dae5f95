"""People whom an OpenID provider knows: a log-in there begins here, ends here, and is good once.

How the provider is asked and its word proved stands in `coordinator.api.provider`; here it is decided who that is.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coordinator.schema.account import AccountRow, NetworkRow
from coordinator.schema.alert import AlertAddressRow
from coordinator.schema.identity import IdentityRow, JourneyRow
from coordinator.schema.network import PersonRow
from coordinator.service.access import Actor
from coordinator.service.alerts.addresses import require_known, require_person
from coordinator.service.alerts.services import MAIL
from coordinator.service.house import Change, House, View
from coordinator.service.membership.accounts import require_open
from coordinator.service.membership.choices import choices_in
from coordinator.service.membership.invitations import use_invitation
from coordinator.service.membership.people import add_grant, new_person
from coordinator.service.membership.secrets import Secret, new_id
from coordinator.service.membership.sessions import NewSession, Sessions
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import StateError

__all__ = ["Claims", "Departure", "Identities", "IdentityView", "Journey"]

_GOOD_FOR: Final = timedelta(minutes=10)
_OVER: Final = "this log-in was over already, or was begun in another browser"


@dataclass(frozen=True, slots=True)
class Departure:
    """What a browser takes along: `state` also in a cookie, so that only the same browser can come back with it."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    challenge: str


@dataclass(frozen=True, slots=True)
class Journey:
    """What was kept of it here."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    person_id: str | None
    invitation: str = field(repr=False)
    back: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider's token says, proved.

    Attributes:
        issuer, subject: who it is; both together.
        name: as the person is called there, or "".
        email: only where the provider has verified it, else "".
    """

    issuer: str
    subject: str
    name: str = ""
    email: str = ""


class IdentityView(View):
    """That a person is known elsewhere too."""

    id: int
    issuer: str
    linked_at: datetime


class Identities:
    """Who is who elsewhere."""

    def __init__(self, house: House, sessions: Sessions) -> None:
        self._house = house
        self._sessions = sessions

    def leave(self, back: str, *, invitation: str = "", actor: Actor | None = None) -> Departure:
        """Begin a log-in elsewhere.

        Args:
            back: the page of ours to which it leads in the end.
            invitation: with which somebody may become a person here, or "".
            actor: who is logged in and wants to be known there too; None for who wants to log in.

        Raises:
            ForbiddenError: an agent asks.
        """
        secret, nonce, verifier = Secret.new("jny"), secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        now = self._house.real.now()
        with self._house.store.transaction() as session:
            if actor is not None:
                require_person(session, actor)
            session.execute(delete(JourneyRow).where(JourneyRow.expires_at <= now))
            session.add(
                JourneyRow(
                    id=secret.id, secret_sha256=secret.digest, nonce=nonce, verifier=verifier,
                    person_id=actor.id if actor is not None else None, invitation=invitation, back=back, made_at=now,
                    expires_at=now + _GOOD_FOR,
                )
            )  # fmt: skip
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return Departure(secret.text, nonce, challenge)

    def arrive(self, state: str, shown: str | None) -> Journey:
        """A browser has come back: what was kept of its journey, once.

        Args:
            state: as the provider sent it along.
            shown: the cookie of the browser.

        Raises:
            UnauthenticatedError: the two differ, or it has come back before, or too late.
        """
        if shown is None or not secrets.compare_digest(state.encode(), shown.encode()):
            raise UnauthenticatedError(_OVER, hint="log in again")
        secret = Secret.parse(state, "jny")
        with self._house.store.transaction() as session:
            row = session.get(JourneyRow, secret.id)
            if row is None or not secret.matches(row.secret_sha256):
                raise UnauthenticatedError(_OVER, hint="log in again")
            session.delete(row)
            late = row.expires_at <= self._house.real.now()
        if late:
            raise UnauthenticatedError("this log-in took too long", hint="log in again")
        return Journey(row.nonce, row.verifier, row.person_id, row.invitation, row.back)

    def log_in(self, journey: Journey, claims: Claims, actor: Actor, shown: str | None) -> NewSession:
        """Log in whom the provider knows; the first time, say who that is here.

        Args:
            journey: of the browser.
            claims: of the provider.
            actor: who is logged in in this browser.
            shown: the session of the browser, which is over then.

        Raises:
            ForbiddenError: nobody here is known by this identity, and the network is by invitation; or who is logged in
                now is not who began to link it.
            StateError: the identity is somebody else's, or the invitation is no longer good.
            UnauthenticatedError: the invitation is none.
        """
        if journey.person_id is not None and journey.person_id != actor.id:
            raise ForbiddenError("somebody else is logged in in this browser now", hint="log in as yourself")
        with self._house.change("coordinator") as change:
            query = select(IdentityRow).where(
                IdentityRow.issuer == claims.issuer, IdentityRow.subject == claims.subject
            )
            known = change.session.scalars(query).first()
            if known is not None:
                if journey.person_id not in (None, known.person_id):
                    raise StateError("this identity is known here as another person", hint="log in as that person")
                return self._sessions.begin(change, known.person_id, shown)
            theirs = self._newcomer(change, journey, claims)
            row = IdentityRow(
                issuer=claims.issuer, subject=claims.subject, person_id=theirs.who, linked_at=self._house.real.now()
            )
            theirs.session.add(row)
            theirs.session.flush()
            theirs.record("person.identity-linked", f"person {theirs.who}", issuer=claims.issuer)
            return self._sessions.begin(theirs, theirs.who, shown)

    def mine(self, actor: Actor) -> list[IdentityView]:
        """As whom who asks is known elsewhere.

        Raises:
            UnauthenticatedError: a visitor asks.
        """
        require_known(actor)
        query = select(IdentityRow).where(IdentityRow.person_id == actor.id).order_by(IdentityRow.id)
        with self._house.reading() as session:
            return [
                IdentityView(id=row.id, issuer=row.issuer, linked_at=row.linked_at) for row in session.scalars(query)
            ]

    def unlink(self, actor: Actor, identity_id: int) -> IdentityView:
        """Be known elsewhere no more.

        Raises:
            UnknownError: who asks has no such identity.
            StateError: who asks could not log in any more.
        """
        require_known(actor)
        with self._house.change(actor.id) as change:
            row = change.session.get(IdentityRow, identity_id)
            if row is None or row.person_id != actor.id:
                raise UnknownError(f"there is no identity {identity_id} among yours")
            count = select(func.count()).where(IdentityRow.person_id == actor.id)
            if change.session.get(AccountRow, actor.id) is None and change.session.scalar(count) == 1:
                raise StateError("you could not log in any more", hint="set a password first")
            change.session.delete(row)
            change.record("person.identity-unlinked", f"person {actor.id}", issuer=row.issuer)
            return IdentityView(id=row.id, issuer=row.issuer, linked_at=row.linked_at)

    def _newcomer(self, change: Change, journey: Journey, claims: Claims) -> Change:
        """As whom an identity is known from now on; what else is changed is changed by that person."""
        session = change.session
        if journey.person_id is not None:
            return Change(session, change.at, journey.person_id)
        linked = _by_email(session, claims.email)
        if linked is not None:
            return Change(session, change.at, linked)
        name = claims.name or "somebody"
        if journey.invitation:
            theirs, _ = use_invitation(self._house, change, journey.invitation, name, claims.email or None)
            return theirs
        role = require_open(session)
        person = new_person(change, new_id("p"), name, claims.email or None)
        session.flush()
        theirs = Change(session, change.at, person.id)
        theirs.record("person.joined", f"person {person.id}", "signed up")
        if role is not None:
            add_grant(theirs, person, role)
        return theirs


def _by_email(session: Session, email: str) -> str | None:
    """The one person who has verified this address here, where the stewards trust the provider's word on it.

    An address that somebody merely wrote here is not enough: it may be another's, who would be let into that account.
    """
    if not email or not choices_in(session.get(NetworkRow, 1)).link_by_email:
        return None
    query = (
        select(AlertAddressRow.person_id)
        .join(PersonRow, PersonRow.id == AlertAddressRow.person_id)
        .where(
            AlertAddressRow.scheme == MAIL, func.lower(AlertAddressRow.address) == email.lower(),
            AlertAddressRow.verified_at.is_not(None), AlertAddressRow.ended_at.is_(None), PersonRow.erased_at.is_(None),
        )
        .distinct()
    )  # fmt: skip
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None
