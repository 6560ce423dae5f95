"""Tokens, sessions and codes: ``fab_<id>_<secret>``. Of the secret (256 random bits) only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from coordinator.service.refusals import UnauthenticatedError

__all__ = ["Secret", "new_id"]

_KINDS: Final = {
    "fab": "token",
    "inv": "invitation code",
    "rst": "code for a new password",
    "ses": "session",
    "jny": "log-in elsewhere",
}
_FORM = re.compile(r"([a-z]{3})_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secret:
    """A token, a session or a code.

    Attributes:
        prefix: "fab" for a token, "inv" for an invitation, "rst" for a new password, "ses" for a session,
            "jny" for a log-in elsewhere.
        id: public.
        secret: shown once, to who is to have it.
    """

    prefix: str
    id: str
    secret: str

    @classmethod
    def new(cls, prefix: str) -> Secret:
        """A new one."""
        return cls(prefix, secrets.token_hex(8), secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str, prefix: str) -> Secret:
        """Read one.

        Raises:
            UnauthenticatedError: the text is none of this prefix.
        """
        match = _FORM.fullmatch(text)
        if match is None or match[1] != prefix:
            raise UnauthenticatedError(f"this is no {_KINDS[prefix]}")
        return cls(*match.groups())

    @property
    def text(self) -> str:
        """As it is handed over."""
        return f"{self.prefix}_{self.id}_{self.secret}"

    @property
    def digest(self) -> str:
        """What is kept."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def matches(self, digest: str) -> bool:
        """Whether the secret is the one whose digest is kept; takes as long either way."""
        return hmac.compare_digest(self.digest, digest)

    def __repr__(self) -> str:
        return f"Secret({self.prefix}_{self.id}_...)"


def new_id(prefix: str) -> str:
    """A random public id, such as "p-3f2a9c01d4".

    Args:
        prefix: "p" for a person, "a" for an agent.
    """
    return f"{prefix}-{secrets.token_hex(5)}"
