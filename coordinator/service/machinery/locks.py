"""Locks: a machine on which no job starts, and why; and what was done to machines, with the hours they had run."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.machine import CareRow, LockRow, UpkeepRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.machinery.labs import machine_row
from coordinator.service.machinery.running import hours_run
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plans, want_plans_on
from core.errors import InputError, StateError

__all__ = ["CareView", "LockView", "Locks", "care_for", "lock_machine", "open_lock"]

_LONGEST = timedelta(days=366)


class LockView(View):
    """A lock. `until` is when its end is expected; `running` is a job that went on when the machine was locked."""

    id: int
    machine: str
    lab: str
    why: str
    locked_at: datetime
    locked_by: str
    until: datetime | None
    unlocked_at: datetime | None
    unlocked_by: str | None
    running: str | None = None


class CareView(View):
    """Something that was done to a machine; `hours` is how long it had run for this network by then."""

    id: int
    machine: str
    at: datetime
    who: str
    what: str
    hours: float
    upkeep: str | None


class Locks:
    """Machines that may not start."""

    def __init__(self, house: House) -> None:
        self._house = house

    def open(self, lab: str | None = None, *, after: str | None = None, limit: int = 50) -> Page[LockView]:
        """Locks that hold now, of one lab or of all."""
        query = select(LockRow).where(LockRow.unlocked_at.is_(None))
        query = query if lab is None else query.where(LockRow.lab == lab)
        with self._house.reading() as session:
            return page_of(session, query, LockRow.id, _view, after=after, limit=limit)

    def of(self, machine: str) -> LockView | None:
        """The lock that holds on a machine, or None.

        Raises:
            UnknownError: there is no such machine.
        """
        with self._house.reading() as session:
            machine_row(session, machine)
            row = open_lock(session, machine)
            return None if row is None else _view(row)

    def log(self, machine: str, *, after: str | None = None, limit: int = 50) -> Page[CareView]:
        """What was done to a machine, the newest first.

        Raises:
            UnknownError: there is no such machine.
        """
        query = select(CareRow).where(CareRow.machine == machine)
        with self._house.reading() as session:
            machine_row(session, machine)
            return page_of(
                session, query, CareRow.id, lambda row: _care(session, row), after=after, limit=limit, falling=True
            )

    def lock(self, call: Call, machine: str, why: str, until: datetime | None = None) -> LockView:
        """Lock a machine: no job starts on it until it is unlocked. One that runs goes on.

        Raises:
            UnknownError: there is no such machine.
            ForbiddenError: who asks is no operator of its lab.
            InputError: no reason is given, or the end is in the past or more than a year away.
            StateError: it is locked.
        """
        if not why.strip():
            raise InputError("say why it is locked", where="why", hint="such as: nozzle clogged")

        def work(change: Change) -> LockView:
            row = machine_row(change.session, machine)
            call.actor.require(Right.ANSWER, row.lab)
            if until is not None and not timedelta(0) < until - change.at <= _LONGEST:
                raise InputError("the end of a lock is ahead, within a year", where="until")
            lock = lock_machine(change, machine, row.lab, why, until=until)
            running = select(JobRow.id).where(JobRow.machine == machine, JobRow.state == JobState.RUNNING)
            return _view(lock, change.session.scalars(running).first())

        return self._house.perform(call, LockView, work)

    def unlock(self, call: Call, machine: str, done: str = "") -> LockView:
        """Unlock a machine; what was done goes to its log, and counts for the upkeep that had locked it.

        Raises:
            UnknownError: there is no such machine.
            ForbiddenError: who asks is no operator of its lab.
            StateError: it is not locked.
        """

        def work(change: Change) -> LockView:
            row = machine_row(change.session, machine)
            call.actor.require(Right.ANSWER, row.lab)
            lock = open_lock(change.session, machine)
            if lock is None:
                raise StateError("it is not locked", where=f"machine {machine}")
            lock.unlocked_at, lock.unlocked_by = change.at, change.who
            change.record("machine.unlocked", f"machine {machine}", done, lab=row.lab, lock=lock.id)
            if done.strip():
                upkeep = change.session.get(UpkeepRow, lock.upkeep_id) if lock.upkeep_id is not None else None
                care_for(change, machine, row.lab, done, upkeep)
            want_plans(change, f"{machine} is unlocked")
            return _view(lock)

        return self._house.perform(call, LockView, work)

    def note(self, call: Call, machine: str, what: str) -> CareView:
        """Write into a machine's log what was done to it.

        Raises:
            UnknownError: there is no such machine.
            ForbiddenError: who asks is no operator of its lab.
            InputError: nothing is said.
        """
        if not what.strip():
            raise InputError("say what was done", where="what")

        def work(change: Change) -> CareView:
            row = machine_row(change.session, machine)
            call.actor.require(Right.ANSWER, row.lab)
            return _care(change.session, care_for(change, machine, row.lab, what, None))

        return self._house.perform(call, CareView, work)


def open_lock(session: Session, machine: str) -> LockRow | None:
    """The lock that holds on a machine."""
    return session.scalars(select(LockRow).where(LockRow.machine == machine, LockRow.unlocked_at.is_(None))).first()


def lock_machine(
    change: Change, machine: str, lab: str, why: str, *, until: datetime | None = None, upkeep_id: int | None = None
) -> LockRow:
    """Lock a machine, and ask for new plans of what was to come there.

    Raises:
        StateError: it is locked.
    """
    there = open_lock(change.session, machine)
    if there is not None:
        raise StateError(f"it is locked: {there.why}", where=f"machine {machine}", hint="unlock it first")
    row = LockRow(
        machine=machine, lab=lab, why=why, upkeep_id=upkeep_id, locked_at=change.at, locked_by=change.who, until=until
    )
    change.session.add(row)
    change.session.flush()
    change.record("machine.locked", f"machine {machine}", why, lab=lab, lock=row.id)
    want_plans_on(change, machine, f"{machine} is locked")
    return row


def care_for(change: Change, machine: str, lab: str, what: str, upkeep: UpkeepRow | None) -> CareRow:
    """Write down what was done to a machine; its upkeep begins to count anew."""
    hours = hours_run(change.session, machine, change.at)
    row = CareRow(
        machine=machine, lab=lab, at=change.at, who=change.who, what=what, hours=hours,
        upkeep_id=None if upkeep is None else upkeep.id,
    )  # fmt: skip
    if upkeep is not None:
        upkeep.done_at, upkeep.done_hours, upkeep.due_at = change.at, hours, None
    change.session.add(row)
    change.session.flush()
    change.record("machine.cared-for", f"machine {machine}", what, lab=lab, hours=round(hours, 2), upkeep=row.upkeep_id)
    return row


def _view(row: LockRow, running: str | None = None) -> LockView:
    return LockView(
        id=row.id,
        machine=row.machine,
        lab=row.lab,
        why=row.why,
        locked_at=row.locked_at,
        locked_by=row.locked_by,
        until=row.until,
        unlocked_at=row.unlocked_at,
        unlocked_by=row.unlocked_by,
        running=running,
    )


def _care(session: Session, row: CareRow) -> CareView:
    upkeep = session.get(UpkeepRow, row.upkeep_id) if row.upkeep_id is not None else None
    name = None if upkeep is None else upkeep.name
    return CareView(id=row.id, machine=row.machine, at=row.at, who=row.who, what=row.what, hours=row.hours, upkeep=name)
