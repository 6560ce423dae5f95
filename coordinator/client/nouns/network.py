"""The part of the API under `network`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls
from coordinator.client.nouns.shared import (
    Role,
)

__all__ = ["Network", "NetworkView", "SignUp"]


SignUp: TypeAlias = Literal["invitation", "open"]
"""How people come in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkView:
    """The network; `newcomer_role` is what somebody has who signed up where sign-up is open, null for none.

    `alert_services` are the services by which people may be told, by the schemes of their addresses; null for all that
    are known here. With `link_by_email`, whom the OpenID provider knows by a verified e-mail address is the person that
    has this address here; without, people link the two themselves.
    """

    name: str = "fabcommons"
    sign_up: SignUp = "invitation"
    newcomer_role: Role | None = None
    alert_services: tuple[str, ...] | None = None
    link_by_email: bool = False


class Network(Calls):
    """The part of the API under `network`."""

    def read_network(self) -> NetworkView:
        """The name of this network, and how people come in."""
        return self._one(NetworkView, "GET", "/network")

    def choose(
        self,
        name: str,
        sign_up: SignUp,
        *,
        newcomer_role: Role | None = None,
        alert_services: Sequence[str] | None = None,
        link_by_email: bool = False,
        key: str | None = None,
    ) -> NetworkView:
        """Name this network, and open or close its sign-up; for stewards."""
        return self._one(
            NetworkView,
            "PUT",
            "/network",
            body={
                "name": name,
                "sign_up": sign_up,
                "newcomer_role": newcomer_role,
                "alert_services": alert_services,
                "link_by_email": link_by_email,
            },
            key=new_key(key),
        )
