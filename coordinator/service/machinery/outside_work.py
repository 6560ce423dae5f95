"""Work from outside: a machine does what nobody here has started, as its agent sees (`service.readings`).

It becomes a row with a beginning and an end: no job starts meanwhile, it is planned around, and its hours are told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.machine import OutsideRow
from coordinator.schema.network import MachineRow
from coordinator.service.house import Change, House, View
from coordinator.service.planning.orders import want_plans_on

__all__ = ["OutsideView", "OutsideWork", "note_outside", "outside_now"]

_SHIFTED: Final = timedelta(minutes=10)  # an end that is expected sooner or later by less leaves plans as they are


class OutsideView(View):
    """Work that a machine does and nobody here has started; `ends_at` is when it is expected to end."""

    machine: str
    lab: str
    what: str
    began_at: datetime
    ends_at: datetime | None


class OutsideWork:
    """What machines do for others."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, machine: str) -> OutsideView | None:
        """What a machine does for others now, or None."""
        with self._house.reading() as session:
            row = outside_now(session, machine)
            if row is None:
                return None
            return OutsideView(
                machine=row.machine, lab=row.lab, what=row.what, began_at=row.began_at, ends_at=row.ends_at
            )


def outside_now(session: Session, machine: str) -> OutsideRow | None:
    """The work from outside that goes on on a machine."""
    query = select(OutsideRow).where(OutsideRow.machine == machine, OutsideRow.ended_at.is_(None))
    return session.scalars(query).first()


def note_outside(change: Change, machine: str, what: str | None, left_s: float | None, *, busy: bool) -> None:
    """Take note of what an agent sees; plans are wanted where it begins, ends, or its end moves.

    Args:
        change: that has recorded the event.
        machine: its id.
        what: it does, as its print server names it.
        left_s: until its end, or None where that is not known.
        busy: whether it does work from outside.
    """
    row, home = outside_now(change.session, machine), change.session.get(MachineRow, machine)
    if home is None or (row is None and not busy):
        return
    ends_at = None if left_s is None else change.at + timedelta(seconds=left_s)
    if row is None:
        row = OutsideRow(
            machine=machine, lab=home.lab, what=(what or "")[:200], began_at=change.at, seen_at=change.at,
            ends_at=ends_at, seen_by=change.who,
        )  # fmt: skip
        change.session.add(row)
    elif not busy:
        row.ended_at = change.at
    else:
        row.seen_at = change.at
        if not _moved(row.ends_at, ends_at):
            return
        row.ends_at = ends_at
    change.session.flush()
    want_plans_on(change, machine, f"work from outside on {machine}")


def _moved(before: datetime | None, after: datetime | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > _SHIFTED
