"""Upkeep: what is to be done to a machine again and again, by hours run or by a rule of days; told when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.machine import UpkeepRow
from coordinator.schema.network import LabRow, MachineRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.machinery.labs import machine_row
from coordinator.service.machinery.locks import care_for, lock_machine, open_lock
from coordinator.service.machinery.running import hours_run
from coordinator.service.refusals import UnknownError
from core.errors import InputError, StateError
from machines.period import Period

__all__ = ["Upkeep", "UpkeepView"]

_HOUR: Final = timedelta(hours=1)
_MOST: Final = 50
_MOST_HOURS: Final = 100_000.0
_AHEAD: Final = timedelta(days=366)
_LOOK_EVERY: Final = timedelta(seconds=15)


class UpkeepView(View):
    """What is to be done regularly. Of `hours_left` and `next_at` the one that counts is there; `due_at` if it is due.

    `rule` is an RRULE value, such as FREQ=WEEKLY, that begins at `starts_at`. One that `locks` locks its machine when
    it is due.
    """

    id: int
    machine: str
    lab: str
    name: str
    every_hours: float | None
    rule: str | None
    starts_at: datetime | None
    locks: bool
    done_at: datetime
    done_hours: float
    hours_left: float | None
    next_at: datetime | None
    due_at: datetime | None


class Upkeep:
    """What keeps machines fit."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._looked_at: datetime | None = None  # when this process last looked what is due; real time

    def of(self, machine: str) -> list[UpkeepView]:
        """What is to be done to a machine.

        Raises:
            UnknownError: there is no such machine.
        """
        query = select(UpkeepRow).where(UpkeepRow.machine == machine, UpkeepRow.ended_at.is_(None))
        with self._house.reading() as session:
            machine_row(session, machine)
            return [
                _view(session, row, self._house.clock.now()) for row in session.scalars(query.order_by(UpkeepRow.id))
            ]

    def add(
        self, call: Call, machine: str, name: str, *,
        every_hours: float | None = None, rule: str | None = None, starts_at: datetime | None = None,
        locks: bool = False,
    ) -> UpkeepView:  # fmt: skip
        """Say what is to be done again and again.

        Args:
            call: who asks.
            machine: its id.
            name: what is to be done.
            every_hours: so many hours run after it was last done.
            rule: an RRULE value, instead of hours.
            starts_at: the first time that the rule gives.
            locks: whether the machine is locked when it is due.

        Raises:
            UnknownError: there is no such machine.
            ForbiddenError: who asks is no operator of its lab.
            InputError: it is stated neither by hours nor by a rule, or by both; or the rule is none.
            StateError: the machine has as many as can be.
        """
        if not name.strip():
            raise InputError("say what is to be done", where="name", hint="such as: grease the rods")
        if (every_hours is None) == (rule is None) or (rule is None) != (starts_at is None):
            raise InputError("state hours, or a rule and when it starts", where="every_hours")
        if every_hours is not None and not 0 < every_hours <= _MOST_HOURS:
            raise InputError(f"{every_hours:g} is no number of hours", where="every_hours")

        def work(change: Change) -> UpkeepView:
            row = machine_row(change.session, machine)
            call.actor.require(Right.ANSWER, row.lab)
            kept = select(UpkeepRow.id).where(UpkeepRow.machine == machine, UpkeepRow.ended_at.is_(None))
            if len(change.session.scalars(kept).all()) >= _MOST:
                raise StateError(f"{machine} has {_MOST} kinds of upkeep already", where=f"machine {machine}")
            made = UpkeepRow(
                machine=machine, lab=row.lab, name=name.strip(), every_hours=every_hours, rule=rule,
                starts_at=starts_at, locks=locks, made_at=change.at, made_by=change.who, done_at=change.at,
                done_hours=hours_run(change.session, machine, change.at),
            )  # fmt: skip
            if rule is not None:
                _period(change.session, made)
            change.session.add(made)
            change.session.flush()
            change.record("upkeep.added", f"machine {machine}", made.name, lab=row.lab, upkeep=made.id)
            return _view(change.session, made, change.at)

        return self._house.perform(call, UpkeepView, work)

    def done(self, call: Call, upkeep_id: int, what: str = "") -> UpkeepView:
        """Say that it was done: it begins to count anew. A lock stays until somebody unlocks the machine.

        Raises:
            UnknownError: there is no such upkeep.
            ForbiddenError: who asks is no operator of the lab.
        """

        def work(change: Change) -> UpkeepView:
            row = _upkeep(change.session, call, upkeep_id)
            care_for(change, row.machine, row.lab, what.strip() or row.name, row)
            return _view(change.session, row, change.at)

        return self._house.perform(call, UpkeepView, work)

    def end(self, call: Call, upkeep_id: int) -> UpkeepView:
        """Say that it is to be done no more.

        Raises:
            UnknownError: there is no such upkeep.
            ForbiddenError: who asks is no operator of the lab.
        """

        def work(change: Change) -> UpkeepView:
            row = _upkeep(change.session, call, upkeep_id)
            row.ended_at = change.at
            change.record("upkeep.ended", f"machine {row.machine}", row.name, lab=row.lab, upkeep=row.id)
            return _view(change.session, row, change.at)

        return self._house.perform(call, UpkeepView, work)

    def sweep(self) -> int:
        """Tell what has become due, and lock the machines that are to be locked for it; returns how many.

        Hours take long to add up and pass slowly: asked again within seconds, it does nothing.
        """
        real = self._house.real.now()
        if self._looked_at is not None and real - self._looked_at < _LOOK_EVERY:
            return 0
        self._looked_at = real
        waiting = select(UpkeepRow).where(UpkeepRow.due_at.is_(None), UpkeepRow.ended_at.is_(None))
        waiting = waiting.join(MachineRow, MachineRow.id == UpkeepRow.machine)
        with self._house.reading() as session:
            now = self._house.clock.now()
            due = [row.id for row in session.scalars(waiting) if _is_due(session, row, now)]
        for upkeep_id in due:
            with self._house.change("coordinator") as change:
                row = change.session.get_one(UpkeepRow, upkeep_id)
                if row.due_at is None and row.ended_at is None and _is_due(change.session, row, change.at):
                    _tell_due(change, row)
        return len(due)


def _tell_due(change: Change, row: UpkeepRow) -> None:
    row.due_at = change.at
    change.record("upkeep.due", f"machine {row.machine}", row.name, lab=row.lab, upkeep=row.id, locks=row.locks)
    if row.locks and open_lock(change.session, row.machine) is None:
        lock_machine(change, row.machine, row.lab, f"due: {row.name}", upkeep_id=row.id)


def _is_due(session: Session, row: UpkeepRow, now: datetime) -> bool:
    view = _view(session, row, now)
    return (view.hours_left is not None and view.hours_left <= 0) or (view.next_at is not None and view.next_at <= now)


def _upkeep(session: Session, call: Call, upkeep_id: int) -> UpkeepRow:
    row = session.get(UpkeepRow, upkeep_id)
    if row is None or row.ended_at is not None:
        raise UnknownError(f"there is no upkeep {upkeep_id}")
    call.actor.require(Right.ANSWER, row.lab)
    return row


def _period(session: Session, row: UpkeepRow) -> tuple[Period, ZoneInfo]:
    """The rule of an upkeep, in its lab's zone.

    Raises:
        InputError: it is none.
    """
    document: Mapping[str, Any] = session.get_one(LabRow, row.lab).document
    zone = ZoneInfo(document["timezone"])
    assert row.starts_at is not None  # noqa: S101 - of what has a rule, as `add` holds
    start = row.starts_at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    try:
        return Period(start, start + _HOUR, rule=row.rule), zone
    except ValueError as error:
        raise InputError(str(error), where="rule", hint="such as FREQ=WEEKLY or FREQ=MONTHLY;BYMONTHDAY=1") from None


def _next_at(session: Session, row: UpkeepRow) -> datetime | None:
    """When a rule next says so after it was last done; None within a year of that."""
    period, zone = _period(session, row)
    spans = period.occurrences(row.done_at, row.done_at + _AHEAD, zone, wide=True)
    return next((begins for begins, _ in spans if begins > row.done_at), None)


def _view(session: Session, row: UpkeepRow, now: datetime) -> UpkeepView:
    left = None
    if row.every_hours is not None:
        left = row.every_hours - (hours_run(session, row.machine, now) - row.done_hours)
    return UpkeepView(
        id=row.id,
        machine=row.machine,
        lab=row.lab,
        name=row.name,
        every_hours=row.every_hours,
        rule=row.rule,
        starts_at=row.starts_at,
        locks=row.locks,
        done_at=row.done_at,
        done_hours=row.done_hours,
        hours_left=left,
        next_at=_next_at(session, row) if row.rule is not None else None,
        due_at=row.due_at,
    )
