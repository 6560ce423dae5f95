"""Forks: anybody who may import designs goes on from one on their own, under its licence, with its origin named.

A fork has all files of the design, and `ORIGIN.md` that says where they come from. Who forks it maintains it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from commons.licences.advice import Answer, advise
from commons.licences.parties import Maker, Making, Purpose
from coordinator.schema.builds import DesignRow
from coordinator.schema.governance import ForkRow
from coordinator.schema.network import PersonRow, Role
from coordinator.service.access import Grant, Right
from coordinator.service.designs.designs import Designs, DesignView
from coordinator.service.governance.copies import copied, named_in_origin, origin_of
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import add_grant, design_key
from coordinator.service.refusals import ForbiddenError
from core.errors import InputError, StateError
from designs.design import Source

__all__ = ["ForkView", "Forks"]


class ForkView(View):
    """One design beside another: where it began, or what began with it."""

    design_id: int
    design: str
    licence: str | None
    forked_at: datetime
    forked_by: str
    why: str


class Forks:
    """Designs that began as others."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs

    def of(self, design_id: int) -> list[ForkView]:
        """The forks of a design, at that version."""
        with self._house.reading() as session:
            rows = session.scalars(select(ForkRow).where(ForkRow.origin_id == design_id).order_by(ForkRow.design_id))
            return [_view(each, each.design) for each in rows]

    def origin(self, design_id: int) -> ForkView | None:
        """The design that a fork began as; None for what is no fork."""
        with self._house.reading() as session:
            row = session.get(ForkRow, design_id)
            return _view(row, row.origin) if row is not None else None

    def make(self, call: Call, design_id: int, name: str | None, why: str) -> DesignView:
        """Go on from a design on one's own.

        Args:
            call: who asks; they maintain the fork.
            design_id: of the version to begin with.
            name: of the fork; None for that of the design.
            why: the reason, one sentence.

        Raises:
            UnauthenticatedError, ForbiddenError: who asks may import nothing.
            InputError: the licence does not let others go on from it.
            StateError: the same person has forked this version under this name already.
            UnknownError: there is no such design.
        """
        call.actor.require(Right.IMPORT_DESIGN)
        origin = self._designs.one(design_id)
        _require_free(origin)
        words = f"This design began as {named_in_origin(origin)}"
        with self._designs.opened(design_id) as design, copied(design, words, origin_of(design)) as copy:
            source = Source("zip", f"fork:{call.actor.id}:{design_id}", None)
            packed = self._designs.packed(replace(copy, name=name or origin.name, source=source))

        def work(change: Change) -> DesignView:
            person = change.session.get(PersonRow, change.who)
            if person is None:
                raise ForbiddenError("a person forks a design, and maintains it")
            imported = self._designs.store(change, packed)
            fork_id = imported.design.id
            if change.session.get(ForkRow, fork_id) is not None:
                raise StateError("this was forked before", where=f"design {fork_id}", hint="go on from there")
            row = ForkRow(design_id=fork_id, origin_id=design_id, forked_at=change.at, forked_by=change.who, why=why)
            change.session.add(row)
            add_grant(change, person, Grant(Role.MAINTAINER, design=design_key(change.session, fork_id)))
            change.record("design.forked", f"design {fork_id}", why=why, origin=design_id)
            return self._designs.view(imported)

        return self._house.perform(call, DesignView, work)


def _require_free(origin: DesignView) -> None:
    """A fork is a changed design that others may have: the licence must let anybody give such on."""
    advice = advise(origin.licence, Making(Maker.PERSON, Purpose.GIFT, changed=True, ordered=True))
    if advice.answer >= Answer.ASK:
        reasons = "; ".join(str(each) for each in advice.reasons[:2])
        raise InputError(
            f"its licence does not let everybody go on from it: {reasons}", where=f"design {origin.id}",
            hint="ask its designer",
        )  # fmt: skip


def _view(row: ForkRow, design: DesignRow) -> ForkView:
    return ForkView(
        design_id=design.id, design=design.name, licence=design.licence, forked_at=row.forked_at,
        forked_by=row.forked_by, why=row.why,
    )  # fmt: skip
