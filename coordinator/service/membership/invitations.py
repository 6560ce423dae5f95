"""Invitations: a code, good once and for a while, that makes somebody a person of the network with a role."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from coordinator.schema.network import GrantRow, InvitationRow, Role
from coordinator.service.access import Actor, Grant, Right
from coordinator.service.house import Change, House, View
from coordinator.service.membership.people import add_grant, check_grant, new_person
from coordinator.service.membership.secrets import Secret, new_id
from coordinator.service.membership.tokens import NewToken, new_token
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import InputError, StateError

__all__ = ["InvitationState", "InvitationView", "Invitations", "NewInvitation", "use_invitation"]


class InvitationState(StrEnum):
    """What an invitation is good for; only an open one can be accepted."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class InvitationView(View):
    """An invitation; the code itself is shown only when it is made."""

    id: str
    role: Role
    lab: str
    state: InvitationState
    made_by: str
    expires_at: datetime
    used_by: str | None
    revoked: bool


class NewInvitation(View):
    """A code to hand over; it is not shown again."""

    id: str
    code: str
    role: Role
    lab: str
    expires_at: datetime


class Invitations:
    """How people come in."""

    def __init__(self, house: House) -> None:
        self._house = house

    def make(self, actor: Actor, role: Role, lab: str) -> NewInvitation:
        """Invite somebody.

        Raises:
            ForbiddenError: who asks may not give this role: operators invite operators of their own lab only.
            InputError: the role cannot be given by invitation.
            UnknownError: there is no such lab.
        """
        if not (role is Role.OPERATOR and lab and actor.may(Right.INVITE, lab)):
            actor.require(Right.KEEP_PEOPLE)
        if role is Role.MAINTAINER:
            raise InputError("a maintainer is somebody who is here", where="role", hint="give the role to a person")
        with self._house.change(actor.id) as change:
            check_grant(change.session, role, lab)
            return self._made(change, role, lab)

    def first_steward(self) -> NewInvitation | None:
        """The invitation that begins a network: a new one, earlier ones revoked; None once there is a steward."""
        with self._house.change("coordinator") as change:
            stewards = select(GrantRow.id).where(GrantRow.role == Role.STEWARD).limit(1)
            if change.session.scalar(stewards) is not None:
                return None
            earlier = select(InvitationRow).where(InvitationRow.role == Role.STEWARD, InvitationRow.used_at.is_(None))
            for each in change.session.scalars(earlier):
                each.revoked_at = each.revoked_at or self._house.real.now()
            return self._made(change, Role.STEWARD, "")

    def accept(self, code: str, name: str, email: str | None) -> NewToken:
        """Become a person of the network; the answer is the person's first token.

        Raises:
            UnauthenticatedError: the code is none.
            StateError: it was used, was revoked or has expired.
        """
        with self._house.change("coordinator") as change:
            theirs, row = use_invitation(self._house, change, code, name, email)
            return new_token(theirs, self._house, person_id=theirs.who, scopes=[row.role], label="first token")

    def all(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[InvitationView]:
        """Every invitation that was made.

        Raises:
            ForbiddenError: who asks is no steward.
        """
        actor.require(Right.KEEP_PEOPLE)
        now = self._house.real.now()
        with self._house.reading() as session:
            query = select(InvitationRow)
            return page_of(session, query, InvitationRow.id, lambda row: _view(row, now), after=after, limit=limit)

    def revoke(self, actor: Actor, invitation_id: str) -> InvitationView:
        """Make an invitation worthless.

        Raises:
            ForbiddenError: who asks has not made it and is no steward.
            UnknownError: there is no such invitation.
        """
        with self._house.change(actor.id) as change:
            row = change.session.get(InvitationRow, invitation_id)
            if row is None or not (row.made_by == actor.id or actor.may(Right.KEEP_PEOPLE)):
                if row is not None and actor.known:
                    raise ForbiddenError(f"{actor.id} may not revoke this invitation")
                raise UnknownError("there is no such invitation")
            row.revoked_at = row.revoked_at or self._house.real.now()
            change.record("invitation.revoked", f"invitation {row.id}")
            return _view(row, self._house.real.now())

    def _made(self, change: Change, role: Role, lab: str) -> NewInvitation:
        secret, now = Secret.new("inv"), self._house.real.now()
        row = InvitationRow(
            id=secret.id,
            secret_sha256=secret.digest,
            role=role,
            lab=lab,
            made_at=now,
            made_by=change.who,
            expires_at=now + timedelta(hours=self._house.settings.invitation_hours),
        )
        change.session.add(row)
        change.record("invitation.made", f"invitation {row.id}", role=str(role), lab=lab)
        return NewInvitation(id=row.id, code=secret.text, role=role, lab=lab, expires_at=row.expires_at)


def use_invitation(
    house: House, change: Change, code: str, name: str, email: str | None
) -> tuple[Change, InvitationRow]:
    """Make somebody a person of the network by a code; what else is changed then is changed by that person.

    Raises:
        UnauthenticatedError: the code is none.
        StateError: it was used, was revoked or has expired.
    """
    secret = Secret.parse(code, "inv")
    row = change.session.get(InvitationRow, secret.id)
    if row is None or not secret.matches(row.secret_sha256):
        raise UnauthenticatedError("this is no invitation code")
    state = _state(row, house.real.now())
    if state is not InvitationState.OPEN:
        said = "has expired" if state is InvitationState.EXPIRED else f"was {state}"
        raise StateError(f"this invitation {said}", hint="ask for another")
    check_grant(change.session, row.role, row.lab)
    person = new_person(change, new_id("p"), name, email)
    change.session.flush()
    row.used_at, row.used_by = house.real.now(), person.id
    theirs = Change(change.session, change.at, person.id)
    theirs.record("person.joined", f"person {person.id}", f"invited by {row.made_by}", invitation=row.id)
    add_grant(theirs, person, Grant(row.role, row.lab))
    return theirs, row


def _state(row: InvitationRow, now: datetime) -> InvitationState:
    if row.used_at is not None:
        return InvitationState.USED
    if row.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if row.expires_at <= now else InvitationState.OPEN


def _view(row: InvitationRow, now: datetime) -> InvitationView:
    return InvitationView(
        id=row.id,
        role=row.role,
        lab=row.lab,
        state=_state(row, now),
        made_by=row.made_by,
        expires_at=row.expires_at,
        used_by=row.used_by,
        revoked=row.revoked_at is not None,
    )
