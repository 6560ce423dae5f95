"""Passwords: which are good enough, and what is kept of them (argon2id, RFC 9106, its second recommended option)."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

from coordinator.service.refusals import TooManyError
from core.errors import InputError

__all__ = ["Passwords", "login_name", "require_good"]

_LEAST, _MOST = 12, 256
_LEAST_KINDS = 5
_AT_ONCE = 2  # each takes 64 MiB and most of a core
_PATIENCE_S = 5.0
_LOGIN_LEAST, _LOGIN_MOST = 3, 254


class Passwords:
    """Makes and compares what is kept of passwords; a few at a time, so that nobody can fill the memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")

    def kept(self, password: str) -> str:
        """What is kept of a password.

        Raises:
            TooManyError: too many passwords are looked at now.
        """
        with self._turn():
            return self._hasher.hash(_plain(password))

    def match(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; where there is none to compare with, the answer takes as long.

        Raises:
            TooManyError: too many passwords are looked at now.
        """
        nobodys = self._nobodys  # made now, whichever it is compared with
        with self._turn():
            try:
                self._hasher.verify(kept or nobodys, _plain(password))
            except (Argon2Error, InvalidHashError):
                return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than those of now."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=_PATIENCE_S):
            raise TooManyError("too many log in at this moment", wait_s=_PATIENCE_S)
        try:
            yield
        finally:
            self._turns.release()


def require_good(password: str, login: str) -> None:
    """Refuse a password that is easily guessed; length counts, not the kinds of characters (NIST SP 800-63B, 3.1.1).

    Raises:
        InputError: it is too short or too long, repeats a few characters, or is made of the log-in name.
    """
    text = _plain(password)
    hint = "four words that have nothing to do with each other are good"
    if not _LEAST <= len(text) <= _MOST:
        raise InputError(f"a password has {_LEAST} to {_MOST} characters", where="password", hint=hint)
    if len(set(text)) < _LEAST_KINDS:
        raise InputError("this password repeats a few characters", where="password", hint=hint)
    if len(text.casefold().replace(login, "")) < _LEAST // 2:
        raise InputError("this password is made of the log-in name", where="password", hint=hint)


def login_name(text: str) -> str:
    """A name to log in with, as it is compared: "ADA@Example.org " is "ada@example.org".

    Raises:
        InputError: it is too short or too long, or has spaces or control characters in it.
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    if not _LOGIN_LEAST <= len(name) <= _LOGIN_MOST or not name.isprintable() or any(each.isspace() for each in name):
        raise InputError(
            f"a log-in name has {_LOGIN_LEAST} to {_LOGIN_MOST} characters and no space", where="login",
            hint="your e-mail address, or a name of your own",
        )  # fmt: skip
    return name


def _plain(password: str) -> str:
    """Typed on another keyboard, the same password may come in other code points."""
    return unicodedata.normalize("NFKC", password)
