"""The part of the API under `proposals`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    ProposalState,
    ProposalView,
    Role,
    Rule,
)

__all__ = ["CodeView", "Proposals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView:
    """A version of the code, and the proposal by which it holds."""

    number: int
    text: str
    sha256: str
    proposal_id: int
    adopted_at: datetime


class Proposals(Calls):
    """The part of the API under `proposals`."""

    def list_proposals(
        self, *, state: ProposalState | None = None, design_id: int | None = None
    ) -> Iterator[ProposalView]:
        """Proposals, the newest first; of one state, about one design, or all.

        `design_id`: Any version of a design.
        """
        return self._pages(ProposalView, "/proposals", {"state": state, "design_id": design_id}, 200)

    def open_proposal(
        self,
        kind: str,
        document: Mapping[str, Any],
        *,
        rule: Rule = "consent",
        hours: float = 168,
        quorum_percent: int | None = None,
        why: str = "",
        design_id: int | None = None,
        key: str | None = None,
    ) -> ProposalView:
        """Propose something of any kind; there are routes of their own for codes, formulas, welcomes and exclusions."""
        return self._one(
            ProposalView,
            "POST",
            "/proposals",
            body={
                "kind": kind,
                "document": document,
                "rule": rule,
                "hours": hours,
                "quorum_percent": quorum_percent,
                "why": why,
                "design_id": design_id,
            },
            key=new_key(key),
        )

    def read_proposal(self, proposal_id: int) -> ProposalView:
        """One proposal, with all that was said."""
        return self._one(ProposalView, "GET", f"/proposals/{segment(proposal_id)}")

    def speak(
        self, proposal_id: int, word: Literal["yes", "no", "aside"], *, why: str = "", key: str | None = None
    ) -> ProposalView:
        """Say yes, no or aside; until its end you may change your mind."""
        return self._one(
            ProposalView,
            "POST",
            f"/proposals/{segment(proposal_id)}/voice",
            body={"word": word, "why": why},
            key=new_key(key),
        )

    def withdraw_proposal(self, proposal_id: int, *, why: str = "", key: str | None = None) -> ProposalView:
        """Take back what you proposed, before its end."""
        return self._one(
            ProposalView, "POST", f"/proposals/{segment(proposal_id)}/withdraw", body={"why": why}, key=new_key(key)
        )

    def propose_welcome(
        self,
        person: str,
        role: Role,
        *,
        rule: Rule = "consent",
        hours: float = 168,
        quorum_percent: int | None = None,
        why: str = "",
        lab: str | None = None,
        entry: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> ProposalView:
        """Propose that a person gets a role, or that a lab comes in with its operator."""
        return self._one(
            ProposalView,
            "POST",
            "/proposals/welcome",
            body={
                "person": person,
                "role": role,
                "rule": rule,
                "hours": hours,
                "quorum_percent": quorum_percent,
                "why": why,
                "lab": lab,
                "entry": entry,
            },
            key=new_key(key),
        )

    def propose_exclusion(
        self,
        *,
        rule: Rule = "consent",
        hours: float = 168,
        quorum_percent: int | None = None,
        why: str = "",
        person: str | None = None,
        lab: str | None = None,
        key: str | None = None,
    ) -> ProposalView:
        """Propose that a person or a lab is shut out: roles, tokens and machines go, what they did stays in the log."""
        return self._one(
            ProposalView,
            "POST",
            "/proposals/exclusion",
            body={
                "rule": rule,
                "hours": hours,
                "quorum_percent": quorum_percent,
                "why": why,
                "person": person,
                "lab": lab,
            },
            key=new_key(key),
        )

    def read_code(self) -> CodeView:
        """The code of the network, as it holds now."""
        return self._one(CodeView, "GET", "/code")

    def list_codes(self) -> tuple[CodeView, ...]:
        """Every version of the code, the newest first."""
        found: tuple[CodeView, ...] = self._any(tuple[CodeView, ...], "GET", "/code/versions")
        return found

    def propose_code(
        self,
        text: str,
        *,
        rule: Rule = "consent",
        hours: float = 168,
        quorum_percent: int | None = None,
        why: str = "",
        key: str | None = None,
    ) -> ProposalView:
        """Propose a code for the network, or another one."""
        return self._one(
            ProposalView,
            "POST",
            "/code/proposal",
            body={"text": text, "rule": rule, "hours": hours, "quorum_percent": quorum_percent, "why": why},
            key=new_key(key),
        )
