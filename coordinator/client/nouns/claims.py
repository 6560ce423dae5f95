"""The part of the API under `claims`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = ["ClaimState", "ClaimView", "Claims"]


ClaimState: TypeAlias = Literal["open", "honoured", "refused", "withdrawn"]
"""Life of a claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """A lab's wish to make a lot. The planner honours it with an accepted offer, or refuses it and says why."""

    id: int
    build_id: int
    lot_id: int
    lab: str
    machine: str
    state: ClaimState
    claimed_at: datetime
    claimed_by: str
    why: str


class Claims(Calls):
    """The part of the API under `claims`."""

    def list_claims(self, *, lab: str | None = None) -> Iterator[ClaimView]:
        """Claims, of one lab or all."""
        return self._pages(ClaimView, "/claims", {"lab": lab}, 200)

    def claim_lot(
        self, lot_id: int, machine: str, *, why: str = "", licence_note: str = "", key: str | None = None
    ) -> ClaimView:
        """Claim an open lot for a machine of a lab; a claim beats a proposal.

        The planner honours it, or says why not.
        """
        return self._one(
            ClaimView,
            "POST",
            "/claims",
            body={"lot_id": lot_id, "machine": machine, "why": why, "licence_note": licence_note},
            key=new_key(key),
        )

    def withdraw_claim(self, claim_id: int, *, why: str = "", key: str | None = None) -> ClaimView:
        """Take a claim back before it is honoured."""
        return self._one(
            ClaimView, "POST", f"/claims/{segment(claim_id)}/withdraw", body={"why": why}, key=new_key(key)
        )
