"""The mail server through which alerts go, as whoever runs the coordinator names it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import InputError

__all__ = ["MAIL_ADDRESS", "MailServer"]

MAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
"""An address that a mail server is asked to send to: ASCII, no quoted parts, nothing that ends a header."""
_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
_FORM = "write smtp://user:password@host:587?from=fab@example.org"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over.

    Attributes:
        scheme: "smtps" for TLS from the start, "smtp" for STARTTLS, "smtp+plain" for neither.
        host, port: of the server.
        sender: the address that mails come from.
        user, password: both empty where the server asks for none.

    Raises:
        InputError: one of them cannot be, or a password would go unencrypted to another computer.
    """

    scheme: str
    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.scheme not in _PORTS:
            raise InputError("a mail server is named by smtp://, smtps:// or smtp+plain://", hint=_FORM)
        if not self.host or not 0 < self.port < 65536:
            raise InputError("the mail server has no host or no port", hint=_FORM)
        if not MAIL_ADDRESS.fullmatch(self.sender):
            raise InputError("it is not said from which address mails come", where="from", hint=_FORM)
        if bool(self.user) != bool(self.password):
            raise InputError("a mail server takes a user and a password, or neither", hint=_FORM)
        if self.password and self.scheme == "smtp+plain" and not _is_here(self.host):
            raise InputError("the password of the mail server would go unencrypted", hint="use smtp:// or smtps://")

    @classmethod
    def parse(cls, text: str) -> MailServer:
        """Read an address such as ``smtp://user:password@host:587?from=fab@example.org``; it is in no error.

        Raises:
            InputError: it is none.
        """
        try:
            parts = urlsplit(text)
            port = parts.port
            query = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        except ValueError:
            raise InputError("this is no address of a mail server", hint=_FORM) from None
        if set(query) - {"from"}:
            raise InputError("an address of a mail server says `from` and nothing else after the ?", hint=_FORM)
        return cls(
            parts.scheme, parts.hostname or "", port or _PORTS.get(parts.scheme, 0), query.get("from", [""])[0],
            unquote(parts.username or ""), unquote(parts.password or ""),
        )  # fmt: skip


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
