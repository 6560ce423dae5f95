"""The part of the API under `accounts`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.client.calls import Calls

__all__ = ["AccountView", "Accounts", "LoggedIn", "LoggedOut", "SessionView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """With what a person logs in, and where the person is logged in; `login` is null where there is no password yet."""

    login: str | None
    password_set_at: datetime | None
    sessions: tuple[SessionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """Who is logged in. The session itself is in the cookie, which scripts cannot read."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut:
    """That this browser is logged out."""

    logged_out: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A browser that is logged in."""

    id: str
    made_at: datetime
    expires_at: datetime


class Accounts(Calls):
    """The part of the API under `accounts`."""

    def log_in(self, login: str, password: str) -> LoggedIn:
        """Log in: the browser gets a cookie, good for a week. Programs show tokens instead."""
        return self._one(LoggedIn, "POST", "/session", body={"login": login, "password": password})

    def log_out(self) -> LoggedOut:
        """Log this browser out."""
        return self._one(LoggedOut, "DELETE", "/session")

    def read_account(self) -> AccountView:
        """With what you log in, and where you are logged in."""
        return self._one(AccountView, "GET", "/account")

    def sign_up(self, login: str, password: str, name: str, *, email: str | None = None) -> LoggedIn:
        """Join, where the stewards have opened the network; you are logged in then."""
        return self._one(
            LoggedIn, "POST", "/account", body={"login": login, "password": password, "name": name, "email": email}
        )

    def set_password(self, login: str, password: str, *, old: str | None = None) -> LoggedIn:
        """Set a first password, or change it; you are logged out everywhere else."""
        return self._one(LoggedIn, "PUT", "/account/password", body={"login": login, "password": password, "old": old})

    def reset_password(self, login: str, password: str, code: str) -> LoggedIn:
        """Set a password with a code that a steward has given you, good once; you are logged out everywhere else."""
        return self._one(
            LoggedIn, "POST", "/account/password/reset", body={"login": login, "password": password, "code": code}
        )

    def log_out_everywhere(self) -> LoggedOut:
        """Log out everywhere. Tokens stay good."""
        return self._one(LoggedOut, "DELETE", "/account/sessions")
