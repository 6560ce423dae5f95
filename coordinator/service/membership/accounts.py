"""Accounts: a log-in name and a password, for people who come with a browser; tokens stay what programs show.

Who guesses is slowed down by address, by name, and by both together; a name that nobody has costs as much time as a
wrong password, and gets the same answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.account import AccountRow, NetworkRow, ResetRow, SignUp
from coordinator.schema.network import PersonRow
from coordinator.service.access import Actor, Grant, Right
from coordinator.service.buckets import Buckets
from coordinator.service.house import Change, House, View
from coordinator.service.membership.choices import choices_in
from coordinator.service.membership.invitations import use_invitation
from coordinator.service.membership.passwords import Passwords, login_name, require_good
from coordinator.service.membership.people import add_grant, grant_of, new_person
from coordinator.service.membership.secrets import Secret, new_id
from coordinator.service.membership.sessions import NewSession, Sessions, SessionView, end_sessions
from coordinator.service.refusals import ForbiddenError, TooManyError, UnauthenticatedError, UnknownError
from core.errors import StateError

__all__ = ["AccountView", "Accounts", "NewReset", "require_open"]

_RESET_HOURS = 24
_WRONG = "this name and password do not belong together"


class AccountView(View):
    """With what a person logs in, and where the person is logged in; `login` is null where there is no password yet."""

    login: str | None
    password_set_at: datetime | None
    sessions: list[SessionView]


class NewReset(View):
    """A code with which a person sets a password; it is not shown again."""

    person_id: str
    code: str
    expires_at: datetime


class _Throttle:
    """How often somebody may guess."""

    def __init__(self) -> None:
        self._by_address = Buckets(per_s=1 / 6, burst=60)
        self._by_name = Buckets(per_s=1 / 60, burst=100)  # NIST SP 800-63B, 3.2.2: no more than 100 in a row
        self._by_both = Buckets(per_s=1 / 60, burst=10)

    def take(self, name: str, address: str, now: datetime) -> None:
        moment_s = now.timestamp()
        for buckets, key in ((self._by_address, address), (self._by_both, f"{address} {name}"), (self._by_name, name)):
            wait_s = buckets.take(key, moment_s)
            if wait_s > 0:
                raise TooManyError("too many attempts to log in", wait_s=wait_s)

    def forgive(self, name: str, address: str) -> None:
        self._by_both.forget(f"{address} {name}")
        self._by_name.forget(name)


class Accounts:
    """Log-in names and passwords."""

    def __init__(self, house: House, sessions: Sessions, passwords: Passwords) -> None:
        self._house = house
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = _Throttle()

    def log_in(self, login: str, password: str, address: str, shown: str | None = None) -> NewSession:
        """Begin a session.

        Args:
            login: the log-in name, however it is written.
            password: as it was typed.
            address: of who asks, by which guesses are counted.
            shown: the session that the browser shows; it is over then.

        Raises:
            UnauthenticatedError: name and password do not belong together, or nobody has this name.
            TooManyError: too many guesses.
        """
        name = login_name(login)
        self._throttle.take(name, address, self._house.real.now())
        with self._house.reading() as session:
            found = _by_login(session, name)
        if not self._passwords.match(found.password if found else None, password) or found is None:
            raise UnauthenticatedError(_WRONG)
        self._throttle.forgive(name, address)
        fresh = self._passwords.kept(password) if self._passwords.outdated(found.password) else None
        with self._house.change(found.person_id) as change:
            row = change.session.get(AccountRow, found.person_id)
            if row is None or row.password != found.password:
                raise UnauthenticatedError(_WRONG)  # changed while we looked
            row.password = fresh or row.password
            return self._sessions.begin(change, found.person_id, shown)

    def of(self, actor: Actor) -> AccountView:
        """The account of who asks.

        Raises:
            UnauthenticatedError: a visitor asks.
        """
        _require_known(actor)
        with self._house.reading() as session:
            row = session.get(AccountRow, actor.id)
        return AccountView(
            login=row.login if row else None,
            password_set_at=row.changed_at if row else None,
            sessions=self._sessions.of(actor),
        )

    def set_password(self, actor: Actor, login: str, password: str, old: str | None, address: str) -> NewSession:
        """Set a first password, or change it; the person is logged out everywhere but where the new session goes.

        Args:
            actor: a person.
            login: the log-in name from now on.
            password: the new one.
            old: the present one, where there is one.
            address: of who asks, by which guesses are counted.

        Raises:
            UnauthenticatedError: a visitor asks.
            ForbiddenError: an agent asks, the old password is another, or a token that does not reach all roles of its
                person sets a first password.
            InputError: name or password cannot be used.
            StateError: somebody else has the log-in name.
            TooManyError: too many guesses.
        """
        _require_known(actor)
        name = login_name(login)
        require_good(password, name)
        with self._house.reading() as session:
            person, row = session.get(PersonRow, actor.id), session.get(AccountRow, actor.id)
            if person is None:
                raise ForbiddenError(f"{actor.id} is no person and has no password")
            if row is None and {grant_of(each) for each in person.grants} != actor.grants:
                hint = "use one that was made for all of them"
                raise ForbiddenError("this token does not reach all roles of its person", hint=hint)
        if row is not None:
            self._throttle.take(row.login, address, self._house.real.now())
            if not self._passwords.match(row.password, old or ""):
                raise ForbiddenError("the old password is another", where="old")
        kept = self._passwords.kept(password)
        with self._house.change(actor.id) as change:
            return self._stored(change, actor.id, name, kept)

    def sign_up(self, name: str, email: str | None, login: str, password: str, address: str) -> NewSession:
        """Become a person of a network that is open to all.

        Raises:
            ForbiddenError: this network is by invitation.
            InputError: log-in name or password cannot be used.
            StateError: somebody has the log-in name.
            TooManyError: too many attempts.
        """
        own = login_name(login)
        require_good(password, own)
        self._throttle.take(own, address, self._house.real.now())
        with self._house.reading() as session:
            require_open(session)
        kept = self._passwords.kept(password)
        with self._house.change("coordinator") as change:
            role = require_open(change.session)
            person = new_person(change, new_id("p"), name, email)
            change.session.flush()
            theirs = Change(change.session, change.at, person.id)
            theirs.record("person.joined", f"person {person.id}", "signed up")
            if role is not None:
                add_grant(theirs, person, role)
            return self._stored(theirs, person.id, own, kept)

    def join(self, code: str, name: str, login: str, password: str, address: str) -> NewSession:
        """Become a person by an invitation, with a password; the code stays good where anything is refused.

        Raises:
            UnauthenticatedError: the code is none.
            InputError: log-in name or password cannot be used.
            StateError: the code was used, was revoked or has expired, or somebody has the log-in name.
            TooManyError: too many attempts.
        """
        own = login_name(login)
        require_good(password, own)
        self._throttle.take(own, address, self._house.real.now())
        kept = self._passwords.kept(password)
        with self._house.change("coordinator") as change:
            theirs, _ = use_invitation(self._house, change, code, name, None)
            return self._stored(theirs, theirs.who, own, kept)

    def offer_reset(self, actor: Actor, person_id: str) -> NewReset:
        """A code with which a person sets a password; earlier ones are worthless.

        Raises:
            ForbiddenError: who asks is no steward.
            UnknownError: there is no such person.
            StateError: the person has left.
        """
        actor.require(Right.KEEP_PEOPLE)
        with self._house.change(actor.id) as change:
            person = change.session.get(PersonRow, person_id)
            if person is None:
                raise UnknownError(f"there is no person {person_id!r}")
            if person.erased_at is not None:
                raise StateError("this person has left", where=person_id)
            now = self._house.real.now()
            self._use_up(change.session, person_id, now)
            secret = Secret.new("rst")
            row = ResetRow(
                id=secret.id, secret_sha256=secret.digest, person_id=person_id, made_at=now, made_by=actor.id,
                expires_at=now + timedelta(hours=_RESET_HOURS), used_at=None,
            )  # fmt: skip
            change.session.add(row)
            change.record("person.reset-offered", f"person {person_id}", reset=row.id)
            return NewReset(person_id=person_id, code=secret.text, expires_at=row.expires_at)

    def reset(self, code: str, login: str, password: str) -> NewSession:
        """Set a password with a code.

        Raises:
            UnauthenticatedError: the code is none.
            InputError: name or password cannot be used.
            StateError: the code was used or has expired, or somebody else has the log-in name.
        """
        name = login_name(login)
        require_good(password, name)
        secret = Secret.parse(code, "rst")
        with self._house.reading() as session:
            self._reset_row(session, secret)  # before the work of a password is done
        kept = self._passwords.kept(password)
        with self._house.change("coordinator") as change:
            row = self._reset_row(change.session, secret)
            self._use_up(change.session, row.person_id, self._house.real.now())
            theirs = Change(change.session, change.at, row.person_id)
            return self._stored(theirs, row.person_id, name, kept)

    def _stored(self, change: Change, person_id: str, name: str, kept: str) -> NewSession:
        """Store name and password; all sessions are over but the one that begins."""
        session = change.session
        other = _by_login(session, name)
        if other is not None and other.person_id != person_id:
            raise StateError("somebody else has this log-in name", where="login")
        row = session.get(AccountRow, person_id) or AccountRow(person_id=person_id)
        row.login, row.password, row.changed_at = name, kept, self._house.real.now()
        session.add(row)
        end_sessions(session, person_id)
        change.record("person.password-set", f"person {person_id}")
        return self._sessions.begin(change, person_id)

    def _reset_row(self, session: Session, secret: Secret) -> ResetRow:
        row = session.get(ResetRow, secret.id)
        if row is None or not secret.matches(row.secret_sha256):
            raise UnauthenticatedError("this is no code for a new password")
        if row.used_at is not None or row.expires_at <= self._house.real.now():
            raise StateError("this code was used or has expired", hint="ask a steward for another")
        return row

    def _use_up(self, session: Session, person_id: str, now: datetime) -> None:
        for each in session.scalars(select(ResetRow).where(ResetRow.person_id == person_id)):
            each.used_at = each.used_at or now


def _by_login(session: Session, name: str) -> AccountRow | None:
    return session.scalars(select(AccountRow).where(AccountRow.login == name)).first()


def _require_known(actor: Actor) -> None:
    if not actor.known:
        raise UnauthenticatedError("nobody is logged in", hint="log in, or show a token")


def require_open(session: Session) -> Grant | None:
    """What newcomers may do.

    Raises:
        ForbiddenError: the network is by invitation.
    """
    choices = choices_in(session.get(NetworkRow, 1))
    if choices.sign_up is not SignUp.OPEN:
        raise ForbiddenError("people come into this network by invitation", hint="ask a steward for one")
    return Grant(choices.newcomer_role) if choices.newcomer_role is not None else None
