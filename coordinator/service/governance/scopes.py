"""What decisions and formulas are about: a design in all its versions, or the whole network."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import DesignRow
from coordinator.service.membership.people import design_key

__all__ = ["NETWORK", "design_of", "scope_of"]

NETWORK: Final = ""
"""The scope of what concerns everybody."""


def scope_of(session: Session, design_id: int | None) -> str:
    """The scope that a version of a design belongs to; that of the network where none is named.

    Raises:
        UnknownError: there is no such design.
    """
    return NETWORK if design_id is None else design_key(session, design_id)


def design_of(session: Session, scope: str) -> DesignRow | None:
    """The newest version here of the design that a scope is; None for the network's."""
    if scope == NETWORK:
        return None
    if scope.startswith("design "):
        return session.get(DesignRow, int(scope.removeprefix("design ")))
    newest = select(DesignRow).where(DesignRow.location == scope).order_by(DesignRow.id.desc())
    return session.scalars(newest.limit(1)).first()
