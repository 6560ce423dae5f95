"""Who gets something, as people know them: a person's pseudonym, a lab's name, a machine's, whoever a formula names."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import DesignRow
from coordinator.schema.flow import FlowBookRow
from coordinator.schema.network import LabRow, MachineRow
from coordinator.service.flows.names import Kind, Names
from coordinator.service.house import View

__all__ = ["PartyView", "parties"]


class PartyView(View):
    """Somebody who gets something.

    `who` is the name in the economic events, or what the formula says. `kind` is person, lab, machine, designers (of a
    design without one known maintainer), or named (by the formula, or in another network); `key` is the id there, and
    `label` what people read.
    """

    who: str
    kind: str
    key: str
    label: str


def parties(session: Session, everybody: Collection[str]) -> dict[str, PartyView]:
    """Everybody by name."""
    book = session.scalars(select(FlowBookRow).limit(1)).first()
    names = Names(book.network) if book is not None else None
    return {who: _party(session, who, names.read(who) if names is not None else None) for who in everybody}


def _party(session: Session, who: str, read: tuple[Kind, str] | None) -> PartyView:
    kind, key = read if read is not None else (None, who)
    label: str | None = None
    if kind is Kind.LAB:
        lab = session.get(LabRow, key)
        label = lab.document["name"] if lab is not None else None
    elif kind is Kind.MACHINE:
        machine = session.get(MachineRow, key)
        label = machine.document["name"] if machine is not None else None
    elif kind is Kind.DESIGNERS:
        design = session.get(DesignRow, int(key)) if key.isdecimal() else None
        label = design.name if design is not None else None
    elif kind is not Kind.PERSON:
        return PartyView(who=who, kind="named", key=who, label=who)
    return PartyView(who=who, kind=str(kind), key=key, label=label or key)
