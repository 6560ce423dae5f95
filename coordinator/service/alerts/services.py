"""The services by which people may be told, as apprise knows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.errors import InputError

__all__ = ["MAIL", "PLAIN_SERVICES", "SERVICES", "require_services"]

MAIL: Final = "mailto"
SERVICES: Final = {
    MAIL: "e-mail",
    "discord": "Discord",
    "gotifys": "Gotify",
    "matrixs": "Matrix",
    "mmosts": "Mattermost",
    "nctalks": "Nextcloud Talk",
    "ntfys": "ntfy",
    "pover": "Pushover",
    "rockets": "Rocket.Chat",
    "signals": "Signal",
    "slack": "Slack",
    "tgram": "Telegram",
    "zulip": "Zulip",
}
"""By the scheme that apprise knows them by: those that only speak HTTPS, and run and read nothing on this computer."""
PLAIN_SERVICES: Final = {
    each.removesuffix("s"): SERVICES[each] for each in ("gotifys", "matrixs", "mmosts", "nctalks", "ntfys", "rockets")
}
"""The same without TLS, where addresses inside this network are allowed."""


def require_services(schemes: Iterable[str]) -> None:
    """Refuse schemes that are not known here: some of apprise's write files, run programs or reach other computers.

    Raises:
        InputError: one is not.
    """
    strange = sorted(set(schemes) - set(SERVICES) - set(PLAIN_SERVICES))
    if strange:
        hint = "these can: " + ", ".join(SERVICES)
        raise InputError(f"nobody can be told by {strange[0]}", where="alert_services", hint=hint)
