"""Who has a voice: the maintainers of a design about the design, everybody with a role about the network."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coordinator.schema.network import GrantRow, PersonRow, Role
from coordinator.service.access import Actor, Grant
from coordinator.service.governance.scopes import NETWORK
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from coordinator.store import once

__all__ = ["has_voice", "require_voice", "stewards", "voters"]


def voters(session: Session, scope: str) -> frozenset[str]:
    """The people who have a voice now, by pseudonym.

    Args:
        session: to read with.
        scope: a design's key, or `NETWORK`. A design that nobody maintains is in the hands of the stewards.
    """
    return once(session, ("voters", scope), lambda: frozenset(session.scalars(_people(session, scope))))


def stewards(session: Session) -> frozenset[str]:
    """The stewards of the network, by pseudonym."""
    return frozenset(session.scalars(select(GrantRow.person_id).where(GrantRow.role == Role.STEWARD)))


def has_voice(session: Session, actor: Actor, scope: str) -> bool:
    """Whether an actor may speak there; a token must reach a role that gives the voice."""
    reached = actor.grants if scope == NETWORK else {each for each in actor.grants if each in _roles(session, scope)}
    return bool(reached) and actor.id in voters(session, scope)


def require_voice(session: Session, actor: Actor, scope: str) -> None:
    """Refuse who has no voice.

    Raises:
        UnauthenticatedError: the actor shows no token.
        ForbiddenError: the actor is known, and has no voice there.
    """
    if has_voice(session, actor, scope):
        return
    if not actor.known:
        raise UnauthenticatedError("a token is needed to decide together", hint="an invitation gives one")
    whose = "everybody with a role in the network" if scope == NETWORK else "the maintainers of this design"
    raise ForbiddenError(f"{actor.id} has no voice in this", hint=f"it is decided by {whose}")


def _people(session: Session, scope: str) -> Select[str]:
    people = select(GrantRow.person_id).join(PersonRow, PersonRow.id == GrantRow.person_id)
    people = people.where(PersonRow.erased_at.is_(None)).distinct()
    if scope == NETWORK:
        return people
    role = next(iter(_roles(session, scope)))
    return people.where(GrantRow.role == role.role, GrantRow.design == role.design)


def _roles(session: Session, scope: str) -> frozenset[Grant]:
    """The role that gives a voice about a design: its maintainers' or, where it has none, the stewards'."""
    kept = select(GrantRow.id).where(GrantRow.role == Role.MAINTAINER, GrantRow.design == scope)
    if session.scalar(kept.limit(1)) is None:
        return frozenset({Grant(Role.STEWARD)})
    return frozenset({Grant(Role.MAINTAINER, design=scope)})
