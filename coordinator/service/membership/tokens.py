"""Tokens: what programs show. One reaches as far as its scopes, and never further than its person's roles do now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select

from coordinator.schema.network import AgentRow, GrantRow, LabRow, Role, TokenRow
from coordinator.service.access import Actor, Grant, Right
from coordinator.service.house import Change, House, View
from coordinator.service.membership.secrets import Secret, new_id
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import FabcommonsError, InputError

__all__ = ["AgentView", "NewToken", "TokenView", "Tokens", "new_token"]

_SHOWN = (
    select(
        TokenRow.id, TokenRow.secret_sha256, TokenRow.revoked_at, TokenRow.expires_at, TokenRow.agent_id,
        TokenRow.person_id, TokenRow.scopes, AgentRow.lab.label("agent_lab"), GrantRow.role, GrantRow.lab,
        GrantRow.design,
    )
    .outerjoin(AgentRow, AgentRow.id == TokenRow.agent_id)
    .outerjoin(GrantRow, GrantRow.person_id == TokenRow.person_id)
    .where(TokenRow.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip


class NewToken(View):
    """A token to hand over; it is not shown again."""

    id: str
    token: str
    holder: str
    scopes: list[Role]
    expires_at: datetime | None


class TokenView(View):
    """A token, without its secret."""

    id: str
    holder: str
    scopes: list[Role]
    label: str
    made_at: datetime
    expires_at: datetime | None
    revoked: bool


class AgentView(View):
    """A program beside the machines of a lab; `seen_at` is when it last asked for work, in real time."""

    id: str
    lab: str
    name: str
    seen_at: datetime | None


class Tokens:
    """Who may act as whom."""

    def __init__(self, house: House) -> None:
        self._house = house

    def actor(self, text: str) -> Actor:
        """Who shows this token.

        Raises:
            UnauthenticatedError: it is no token, was revoked or has expired.
        """
        (answer,) = self.actors([text])
        if isinstance(answer, FabcommonsError):
            raise answer
        return answer

    def actors(self, texts: Sequence[str]) -> list[Actor | FabcommonsError]:
        """As `actor`, for many who ask at the same time, by one statement."""
        read = [_secret(text) for text in texts]
        ids = sorted({each.id for each in read if isinstance(each, Secret)})
        rows: dict[str, list[Row[*tuple[Any, ...]]]] = {}
        if ids:
            with self._house.looking() as session:
                for row in session.connection().execute(_SHOWN, {"ids": ids}):
                    rows.setdefault(row.id, []).append(row)
        now = self._house.real.now()
        return [_actor(each, rows.get(each.id, []), now) if isinstance(each, Secret) else each for each in read]

    def make(self, actor: Actor, scopes: Sequence[Role], label: str, days: float | None) -> NewToken:
        """A further token for who asks.

        Args:
            actor: a person.
            scopes: the roles that it is to reach; a role that the person has not is of no use.
            label: what it is for.
            days: how long it is good, or None for as long as it is not revoked.

        Raises:
            UnauthenticatedError: a visitor asks.
            ForbiddenError: an agent asks, or a role is beyond the token that is shown.
        """
        if not actor.known:
            raise UnauthenticatedError("a token is needed to make another", hint="an invitation gives one")
        beyond = sorted(set(scopes) - {each.role for each in actor.grants})
        if beyond or any(each.role is Role.AGENT for each in actor.grants):
            raise ForbiddenError(f"{actor.id} may not make a token for {', '.join(beyond) or 'itself'}")
        expires_at = None if days is None else self._house.real.now() + timedelta(days=days)
        with self._house.change(actor.id) as change:
            return new_token(change, self._house, person_id=actor.id, scopes=scopes, label=label, expires_at=expires_at)

    def add_agent(self, actor: Actor, lab: str, name: str) -> NewToken:
        """Let an agent drive the machines of a lab.

        Raises:
            ForbiddenError: who asks is no operator of the lab.
            UnknownError: there is no such lab.
        """
        actor.require(Right.KEEP_AGENTS, lab)
        with self._house.change(actor.id) as change:
            if change.session.get(LabRow, lab) is None:
                raise UnknownError(f"there is no lab {lab!r}")
            agent = AgentRow(id=new_id("a"), lab=lab, name=name, made_at=change.at, made_by=actor.id)
            change.session.add(agent)
            change.session.flush()
            change.record("agent.added", f"agent {agent.id}", lab=lab)
            return new_token(change, self._house, agent_id=agent.id, scopes=[Role.AGENT], label=name)

    def agents(self, actor: Actor, lab: str) -> list[AgentView]:
        """The agents of a lab.

        Raises:
            ForbiddenError: who asks may not see the lab's private facts.
        """
        actor.require(Right.SEE_LAB, lab)
        with self._house.reading() as session:
            rows = session.scalars(select(AgentRow).where(AgentRow.lab == lab).order_by(AgentRow.id))
            return [AgentView(id=row.id, lab=row.lab, name=row.name, seen_at=row.seen_at) for row in rows]

    def mine(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[TokenView]:
        """The tokens of who asks, and of agents that who asks has let in."""
        agents = select(AgentRow.id).where(AgentRow.made_by == actor.id)
        query = select(TokenRow).where((TokenRow.person_id == actor.id) | TokenRow.agent_id.in_(agents))
        with self._house.reading() as session:
            return page_of(session, query, TokenRow.id, _view, after=after, limit=limit)

    def revoke(self, actor: Actor, token_id: str) -> TokenView:
        """Make a token worthless, at once.

        Raises:
            UnknownError: there is no such token, or it is none of who asks, of an agent of their lab or, to a steward,
                of anybody.
        """
        with self._house.change(actor.id) as change:
            row = change.session.get(TokenRow, token_id)
            agent = change.session.get(AgentRow, row.agent_id) if row is not None and row.agent_id else None
            own = row is not None and row.person_id == actor.id and actor.known
            kept = agent is not None and actor.may(Right.KEEP_AGENTS, agent.lab)
            if row is None or not (own or kept or actor.may(Right.KEEP_PEOPLE)):
                raise UnknownError("there is no such token among yours")
            row.revoked_at = row.revoked_at or self._house.real.now()
            change.record("token.revoked", f"token {row.id}")
            return _view(row)


def new_token(
    change: Change, house: House, *, scopes: Sequence[Role], label: str, person_id: str | None = None,
    agent_id: str | None = None, expires_at: datetime | None = None,
) -> NewToken:  # fmt: skip
    """Make a token for a person or for an agent.

    Raises:
        InputError: it would reach nothing.
    """
    if not scopes:
        raise InputError("a token needs a scope", where="scopes", hint=f"such as {Role.BUILDER}")
    secret = Secret.new("fab")
    row = TokenRow(
        id=secret.id, secret_sha256=secret.digest, person_id=person_id, agent_id=agent_id,
        scopes=sorted(str(each) for each in set(scopes)), label=label, made_at=house.real.now(), expires_at=expires_at,
    )  # fmt: skip
    change.session.add(row)
    change.record("token.made", f"token {row.id}", holder=_holder(row), scopes=row.scopes)
    return NewToken(id=row.id, token=secret.text, holder=_holder(row), scopes=_scopes(row), expires_at=row.expires_at)


def _secret(text: str) -> Secret | UnauthenticatedError:
    try:
        return Secret.parse(text, "fab")
    except UnauthenticatedError as error:
        return error


def _actor(secret: Secret, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> Actor | UnauthenticatedError:
    """Who shows a secret; `rows` are its token, once for each role of its person."""
    if not rows or not secret.matches(rows[0].secret_sha256):
        return UnauthenticatedError("this token is not known")
    token = rows[0]
    if token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return UnauthenticatedError("this token was revoked or has expired", hint="make another")
    if token.agent_id is not None:
        return Actor(token.agent_id, frozenset({Grant(Role.AGENT, token.agent_lab)}))
    return Actor(
        token.person_id,
        frozenset(Grant(row.role, row.lab, row.design) for row in rows if row.role in token.scopes),
    )


def _holder(row: TokenRow) -> str:
    return str(row.person_id or row.agent_id)


def _scopes(row: TokenRow) -> list[Role]:
    return [Role(each) for each in row.scopes]


def _view(row: TokenRow) -> TokenView:
    return TokenView(
        id=row.id,
        holder=_holder(row),
        scopes=_scopes(row),
        label=row.label,
        made_at=row.made_at,
        expires_at=row.expires_at,
        revoked=row.revoked_at is not None,
    )
