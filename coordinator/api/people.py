"""`/people`, `/tokens` and `/invitations`: who takes part, and how they show who they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Email, FullName, PersonId, RowId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.schema.network import Role
from coordinator.service.house import View
from coordinator.service.membership.contacts import ContactsView
from coordinator.service.membership.invitations import InvitationView, NewInvitation
from coordinator.service.membership.people import GrantView, PersonView
from coordinator.service.membership.tokens import NewToken, TokenView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter()
SecretId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
Lab = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")]


class RoleBody(Body):
    """A role; of a lab for an operator, of a design (any of its versions) for a maintainer, else of the network."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "operator", "lab": "north"}]})
    role: Role
    lab: Lab = ""
    design_id: int | None = Field(default=None, ge=1, le=2**53 - 1)


class Inviting(Body):
    """The role that somebody is invited to; of a lab for an operator, else of the network."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "operator", "lab": "north"}]})
    role: Role
    lab: Lab = ""


class Joining(Body):
    """Who accepts an invitation. Name and address are shown to that person and to stewards only."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "inv_...", "name": "Ada"}]})
    code: str = Field(max_length=200)
    name: FullName
    email: Email | None = None


class TokenBody(Body):
    """A further token: for yourself, or, with a lab, for an agent of that lab."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "laptop", "scopes": ["builder"]}]})
    label: FullName
    scopes: list[Role] = Field(default=[], max_length=6)
    agent_of: Lab = ""
    days: float | None = Field(default=None, gt=0, le=3650)


class Me(View):
    """Who shows the token: a person's or an agent's id, or "visitor"; and the roles that count."""

    id: str
    grants: list[GrantView]


@router.get("/people", tags=["people"])
def list_people(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[PersonView]:
    """Everybody, by pseudonym."""
    return application.people.all(actor, after=after, limit=limit)


@router.get("/people/{person_id}", tags=["people"])
def read_person(application: App, actor: Who, person_id: PersonId) -> PersonView:
    """One person; name and address for that person and for stewards."""
    return application.people.one(actor, person_id)


@router.delete("/people/{person_id}", tags=["people"])
def erase_person(application: App, call: Asked, person_id: PersonId) -> PersonView:
    """Forget who a person is. What the pseudonym did stays in the log."""
    return application.people.erase(call, person_id)


@router.post("/people/{person_id}/roles", tags=["people"])
def give_role(application: App, call: Asked, person_id: PersonId, body: RoleBody) -> PersonView:
    """Give a person a role. Browsers have it at once; a token has the roles that it was made for: log in again."""
    return application.people.grant(call, person_id, body.role, body.lab, body.design_id)


@router.post("/people/{person_id}/roles/withdraw", tags=["people"])
def take_role(application: App, call: Asked, person_id: PersonId, body: RoleBody) -> PersonView:
    """Take a role from a person."""
    return application.people.withdraw(call, person_id, body.role, body.lab, body.design_id)


@router.get("/builds/{build_id}/contacts", tags=["people"])
def read_contacts(application: App, actor: Who, build_id: RowId) -> ContactsView:
    """Who can be reached about a build: who ordered it, and the labs that make it; for these and for stewards only."""
    return application.contacts.of_build(actor, build_id)


@router.get("/me", tags=["people"])
def read_me(actor: Who) -> Me:
    """Who you are to the coordinator: what the token that you show can do."""
    grants = sorted(actor.grants, key=lambda each: (each.role, each.lab, each.design))
    return Me(id=actor.id, grants=[GrantView(role=each.role, lab=each.lab, design=each.design) for each in grants])


@router.get("/tokens", tags=["tokens"])
def list_tokens(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[TokenView]:
    """Your tokens and those of agents that you let in, without their secrets."""
    return application.tokens.mine(actor, after=after, limit=limit)


@router.post("/tokens", tags=["tokens"], status_code=201)
def make_token(application: App, actor: Who, body: TokenBody) -> NewToken:
    """A further token; its secret is shown this once, and never kept, so there is no idempotency key."""
    if body.agent_of:
        return application.tokens.add_agent(actor, body.agent_of, body.label)
    return application.tokens.make(actor, body.scopes, body.label, body.days)


@router.delete("/tokens/{token_id}", tags=["tokens"])
def revoke_token(application: App, actor: Who, token_id: SecretId) -> TokenView:
    """Make a token worthless at once."""
    return application.tokens.revoke(actor, token_id)


@router.get("/invitations", tags=["invitations"])
def list_invitations(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[InvitationView]:
    """Every invitation, for stewards."""
    return application.invitations.all(actor, after=after, limit=limit)


@router.post("/invitations", tags=["invitations"], status_code=201)
def invite(application: App, actor: Who, body: Inviting) -> NewInvitation:
    """Invite somebody; the code is shown this once."""
    return application.invitations.make(actor, body.role, body.lab)


@router.post("/invitations/accept", tags=["invitations"], status_code=201)
def accept_invitation(application: App, body: Joining) -> NewToken:
    """Become a person of the network; the answer is your first token."""
    return application.invitations.accept(body.code, body.name, body.email)


@router.delete("/invitations/{invitation_id}", tags=["invitations"])
def revoke_invitation(application: App, actor: Who, invitation_id: SecretId) -> InvitationView:
    """Make an invitation worthless."""
    return application.invitations.revoke(actor, invitation_id)
