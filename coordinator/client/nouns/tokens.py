"""The part of the API under `tokens`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    NewToken,
    Role,
)

__all__ = ["TokenView", "Tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token, without its secret."""

    id: str
    holder: str
    scopes: tuple[Role, ...]
    label: str
    made_at: datetime
    expires_at: datetime | None
    revoked: bool


class Tokens(Calls):
    """The part of the API under `tokens`."""

    def list_tokens(self) -> Iterator[TokenView]:
        """Your tokens and those of agents that you let in, without their secrets."""
        return self._pages(TokenView, "/tokens", {}, 200)

    def make_token(
        self, label: str, *, scopes: Sequence[Role] = (), agent_of: str = "", days: float | None = None
    ) -> NewToken:
        """A further token; its secret is shown this once, and never kept, so there is no idempotency key."""
        return self._one(
            NewToken, "POST", "/tokens", body={"label": label, "scopes": scopes, "agent_of": agent_of, "days": days}
        )

    def revoke_token(self, token_id: str) -> TokenView:
        """Make a token worthless at once."""
        return self._one(TokenView, "DELETE", f"/tokens/{segment(token_id)}")
