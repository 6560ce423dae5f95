"""Where people may log in beside their passwords: an OpenID provider, as whoever runs the coordinator names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from core.errors import InputError

__all__ = ["OpenIdClient"]

_ISSUER: Final = re.compile(
    r"(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?(/[\x21\x24-\x3e\x40-\x7e]*)?"
)


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """What this coordinator is to an OpenID provider (OpenID Connect Core 1.0).

    Attributes:
        issuer: the provider's address, exactly as its tokens name it.
        client_id: under which the provider knows this coordinator.
        secret: with which it shows that it is this client; "" for a public client, which PKCE alone protects.

    Raises:
        InputError: the issuer is no https address, or the client has no name.
    """

    issuer: str
    client_id: str
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _ISSUER.fullmatch(self.issuer) or len(self.issuer) > 500:
            hint = "write https://host/path as the provider's tokens name it; http:// at this computer only"
            raise InputError("this is no issuer of OpenID Connect", where=self.issuer[:80], hint=hint)
        if not self.client_id:
            raise InputError("an OpenID provider knows each client by a name", hint="set FABCOMMONS_OPENID_CLIENT")
