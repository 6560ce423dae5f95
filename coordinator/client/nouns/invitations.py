"""The part of the API under `invitations`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    NewToken,
    Role,
)

__all__ = ["InvitationState", "InvitationView", "Invitations", "NewInvitation"]


InvitationState: TypeAlias = Literal["open", "used", "revoked", "expired"]
"""What an invitation is good for; only an open one can be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """An invitation; the code itself is shown only when it is made."""

    id: str
    role: Role
    lab: str
    state: InvitationState
    made_by: str
    expires_at: datetime
    used_by: str | None
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """A code to hand over; it is not shown again."""

    id: str
    code: str
    role: Role
    lab: str
    expires_at: datetime


class Invitations(Calls):
    """The part of the API under `invitations`."""

    def list_invitations(self) -> Iterator[InvitationView]:
        """Every invitation, for stewards."""
        return self._pages(InvitationView, "/invitations", {}, 200)

    def invite(self, role: Role, *, lab: str = "") -> NewInvitation:
        """Invite somebody; the code is shown this once."""
        return self._one(NewInvitation, "POST", "/invitations", body={"role": role, "lab": lab})

    def accept_invitation(self, code: str, name: str, *, email: str | None = None) -> NewToken:
        """Become a person of the network; the answer is your first token."""
        return self._one(NewToken, "POST", "/invitations/accept", body={"code": code, "name": name, "email": email})

    def revoke_invitation(self, invitation_id: str) -> InvitationView:
        """Make an invitation worthless."""
        return self._one(InvitationView, "DELETE", f"/invitations/{segment(invitation_id)}")
