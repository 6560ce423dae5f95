"""The designer's word that a design may be made here, recorded by who answers for that: it settles what is asked.

Maintainers of a design and stewards record it for the whole network or for one lab, operators for their own lab ("we
have a licence").
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from commons.licences.parties import Purpose
from coordinator.schema.builds import BuildRow, BuildState, DesignRow
from coordinator.schema.maker import PermissionRow
from coordinator.schema.network import LabRow
from coordinator.service.access import Actor, Right
from coordinator.service.designs.lineage import of_key
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import design_key
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from core.errors import InputError, StateError

__all__ = ["PermissionView", "Permissions"]

_MOST = 200


class PermissionView(View):
    """A word of the designer. It holds for all versions of the design, in `lab` or, where that is null, everywhere.

    `up_to` is the purpose that asks most of what is permitted: own use, gift, at cost, sale.
    """

    id: int
    design_id: int
    lab: str | None
    up_to: Purpose
    note: str
    given_at: datetime
    given_by: str
    ended_at: datetime | None
    ended_by: str | None


class Permissions:
    """What designers permit beside their licences."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, design_id: int) -> list[PermissionView]:
        """The permissions of a design, the newest first, those that have ended among them.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            mine = PermissionRow.design == design_key(session, design_id)
            rows = session.scalars(select(PermissionRow).where(mine).order_by(PermissionRow.id.desc()).limit(_MOST))
            return [_view(row) for row in rows]

    def give(self, call: Call, design_id: int, up_to: Purpose, note: str, lab: str | None = None) -> PermissionView:
        """Record that the designer permits making.

        Args:
            call: who asks.
            design_id: of a version; it holds for all.
            up_to: the purpose that asks most of what is permitted.
            note: who permits what, and how that is known; everybody reads it.
            lab: the only lab that it is for, or None.

        Raises:
            UnknownError: there is no such design or lab.
            ForbiddenError: who asks neither maintains the design nor is a steward nor, for one lab, operates it.
            InputError: the note is empty.
        """

        def work(change: Change) -> PermissionView:
            key = design_key(change.session, design_id)
            _require_able(call.actor, key, lab)
            if not note.strip():
                raise InputError("a permission says who permits what", where="note", hint="such as: Ria, by mail today")
            if lab is not None and change.session.get(LabRow, lab) is None:
                raise UnknownError(f"there is no lab {lab!r}", where="lab")
            row = PermissionRow(
                design=key, design_id=design_id, lab=lab or "", up_to=up_to, note=note.strip(), given_at=change.at,
                given_by=change.who,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("design.permitted", f"design {design_id}", note, permission=row.id, lab=lab, up_to=up_to)
            _answer_offers_anew(change, key, "its designer permits making")
            return _view(row)

        return self._house.perform(call, PermissionView, work)

    def end(self, call: Call, permission_id: int, why: str) -> PermissionView:
        """Say that a permission holds no more; what was accepted under it stays accepted.

        Raises:
            UnknownError: there is no such permission.
            ForbiddenError: as for `give`.
            StateError: it has ended.
        """

        def work(change: Change) -> PermissionView:
            row = change.session.get(PermissionRow, permission_id)
            if row is None:
                raise UnknownError(f"there is no permission {permission_id}")
            _require_able(call.actor, row.design, row.lab or None)
            if row.ended_at is not None:
                raise StateError("it has ended already", where=f"permission {permission_id}")
            row.ended_at, row.ended_by = change.at, change.who
            change.record("design.permission-ended", f"design {row.design_id}", why, permission=row.id)
            return _view(row)

        return self._house.perform(call, PermissionView, work)

    def may_give(self, actor: Actor, design_id: int) -> bool:
        """Whether a person may record what the designer permits in the whole network.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            return actor.may(Right.KEEP_DESIGN, design=design_key(session, design_id))


def _require_able(actor: Actor, key: str, lab: str | None) -> None:
    """Who keeps the design may permit it to everybody or to one lab; a lab says for itself that it has a licence."""
    if lab is not None and not actor.may(Right.KEEP_DESIGN, design=key):
        actor.require(Right.ANSWER, lab)
    elif lab is None:
        actor.require(Right.KEEP_DESIGN, design=key)


def _answer_offers_anew(change: Change, key: str, why: str) -> None:
    """Builds whose offers wait for a person are looked at again: now a policy may answer."""
    query = select(BuildRow.id).join(DesignRow).where(BuildRow.state == BuildState.OPEN, of_key(key))
    for build_id in change.session.scalars(query.order_by(BuildRow.id)).all():
        want_plan(change, build_id, why)


def _view(row: PermissionRow) -> PermissionView:
    return PermissionView(
        id=row.id, design_id=row.design_id, lab=row.lab or None, up_to=row.up_to, note=row.note, given_at=row.given_at,
        given_by=row.given_by, ended_at=row.ended_at, ended_by=row.ended_by,
    )  # fmt: skip
