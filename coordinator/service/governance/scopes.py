"""What decisions and formulas are about: a design in all its versions, or the whole network."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import DesignRow
from coordinator.service.designs.lineage import of_key, unaccepted
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
    query = select(DesignRow).where(of_key(scope), DesignRow.id.not_in(unaccepted(scope)))
    return session.scalars(query.order_by(DesignRow.id.desc()).limit(1)).first()
