"""`/proposals` and `/code`: what is decided together, and the code of the network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, StringConstraints

from commons.decisions import Rule, Word
from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.schema.governance import ProposalState
from coordinator.schema.network import Role
from coordinator.service.governance.codes import CODE, MOST_CHARS, CodeView
from coordinator.service.governance.proposals import LONGEST_HOURS, USUAL_HOURS, ProposalView, Voting
from coordinator.service.paging import Page

__all__ = ["DesignOf", "VotingBody", "router"]

router = APIRouter(tags=["proposals"])
DesignOf = Annotated[int | None, Query(ge=1, le=2**53 - 1, description="Any version of a design.")]
_Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Person = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{10}$")]
_Lab = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARS, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class VotingBody(Body):
    """How it is decided: by whom it concerns, in so many hours; without a quorum the least that is asked for."""

    rule: Rule = Rule.CONSENT
    hours: float = Field(default=USUAL_HOURS, gt=0, le=LONGEST_HOURS)
    quorum_percent: int | None = Field(default=None, ge=0, le=100)
    why: Reason = ""

    def voting(self) -> Voting:
        """As the application takes it."""
        return Voting(self.rule, self.hours, self.quorum_percent, self.why)


class NewProposal(VotingBody):
    """Something to be decided; what `document` holds depends on the kind. Without a design it is of the network."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "formula", "design_id": 1, "document": {"formula_id": 1}}]}
    )
    kind: str = Field(max_length=40)
    design_id: _Id | None = None
    document: dict[str, Any] = Field(max_length=20)


class NewCode(VotingBody):
    """A code for the network: plain text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "We answer within a week.", "hours": 168}]})
    text: _Text


class Welcome(VotingBody):
    """A person, and the role that they get; `lab` is that of an operator. With its `entry` a new lab comes in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person": "p-0123456789", "role": "builder"}]})
    person: _Person
    role: Role
    lab: _Lab | None = None
    entry: dict[str, Any] | None = None


class Exclusion(VotingBody):
    """A person or a lab that is shut out; decided by majority, in a week or more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person": "p-0123456789", "rule": "majority"}]})
    person: _Person | None = None
    lab: _Lab | None = None


class Spoken(Body):
    """What you say; by consent a no is an objection, and gives its reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"word": "no", "why": "care counts too little"}]})
    word: Literal["yes", "no", "aside"]
    why: Reason = ""


@router.get("/proposals")
def list_proposals(
    application: App,
    actor: Who,
    state: Annotated[ProposalState | None, Query()] = None,
    design_id: DesignOf = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ProposalView]:
    """Proposals, the newest first; of one state, about one design, or all."""
    return application.proposals.all(actor, state, design_id, after=after, limit=limit)


@router.post("/proposals", status_code=201)
def open_proposal(application: App, call: Asked, body: NewProposal) -> ProposalView:
    """Propose something of any kind; there are routes of their own for codes, formulas, welcomes and exclusions."""
    return application.proposals.open(call, body.kind, body.design_id, body.document, body.voting())


@router.get("/proposals/{proposal_id}")
def read_proposal(application: App, actor: Who, proposal_id: RowId) -> ProposalView:
    """One proposal, with all that was said."""
    return application.proposals.one(actor, proposal_id)


@router.post("/proposals/{proposal_id}/voice")
def speak(application: App, call: Asked, proposal_id: RowId, body: Spoken) -> ProposalView:
    """Say yes, no or aside; until its end you may change your mind."""
    return application.proposals.speak(call, proposal_id, Word(body.word), body.why)


@router.post("/proposals/{proposal_id}/withdraw")
def withdraw_proposal(application: App, call: Asked, proposal_id: RowId, body: Why) -> ProposalView:
    """Take back what you proposed, before its end."""
    return application.proposals.withdraw(call, proposal_id, body.why)


@router.post("/proposals/welcome", status_code=201)
def propose_welcome(application: App, call: Asked, body: Welcome) -> ProposalView:
    """Propose that a person gets a role, or that a lab comes in with its operator."""
    return application.members.welcome(call, body.person, body.role, body.lab or "", body.entry, body.voting())


@router.post("/proposals/exclusion", status_code=201)
def propose_exclusion(application: App, call: Asked, body: Exclusion) -> ProposalView:
    """Propose that a person or a lab is shut out: roles, tokens and machines go, what they did stays in the log."""
    return application.members.exclude(call, body.person or "", body.lab or "", body.voting())


@router.get("/code")
def read_code(application: App) -> CodeView:
    """The code of the network, as it holds now."""
    return application.codes.now()


@router.get("/code/versions")
def list_codes(application: App) -> list[CodeView]:
    """Every version of the code, the newest first."""
    return application.codes.all()


@router.post("/code/proposal", status_code=201)
def propose_code(application: App, call: Asked, body: NewCode) -> ProposalView:
    """Propose a code for the network, or another one."""
    return application.proposals.open(call, CODE, None, {"text": body.text}, body.voting())
