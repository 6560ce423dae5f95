"""Reservations: a person has a machine from one moment to another, and nothing is started or planned into that.

Operators reserve the machines of their lab. Others reserve only what the lab's entry opens to everybody (`access:
public`), for a day at most, a few at a time, and never what is promised already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.machine import ReservationRow
from coordinator.schema.network import LabRow, MachineRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.machinery.labs import machine_row
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plans_on
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError, StateError
from machines.machine import Access

__all__ = ["MOST_OF_GUESTS", "ConflictView", "ReservationView", "Reservations"]

_LONGEST: Final = timedelta(days=31)
_LONGEST_OF_GUESTS: Final = timedelta(days=1)
_AHEAD: Final = timedelta(days=366)
MOST_OF_GUESTS: Final = 5
_FIRM: Final = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED, JobState.RUNNING)


class ConflictView(View):
    """Work that was promised, or goes on, when a machine is reserved."""

    job_id: str
    task: str
    state: JobState
    start: datetime
    end: datetime


class ReservationView(View):
    """A time for which a person has a machine. Who, and what for, only the person and those see who see their lab.

    `conflicts` is work that is in the way: what has not begun is planned anew.
    """

    id: int
    machine: str
    lab: str
    starts_at: datetime
    ends_at: datetime
    person: str | None
    why: str | None
    conflicts: list[ConflictView]


class Reservations:
    """Who has which machine when."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, actor: Actor, lab: str | None = None, machine: str | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[ReservationView]:  # fmt: skip
        """Reservations that are not over, of one lab or machine or of all."""
        query = select(ReservationRow)
        query = query.where(ReservationRow.ended_at.is_(None), ReservationRow.ends_at > self._house.clock.now())
        for column, value in ((ReservationRow.lab, lab), (ReservationRow.machine, machine)):
            query = query if value is None else query.where(column == value)
        with self._house.reading() as session:
            return page_of(
                session, query, ReservationRow.id, lambda row: _view(session, row, actor), after=after, limit=limit
            )

    def make(
        self, call: Call, machine: str, starts_at: datetime, ends_at: datetime, why: str = "", *, anyway: bool = False
    ) -> ReservationView:
        """Reserve a machine.

        Args:
            call: who asks; the reservation is theirs.
            machine: its id.
            starts_at: from when; what has begun counts from now.
            ends_at: until when.
            why: what for.
            anyway: reserve though work is promised for that time, which is then planned anew; for operators.

        Raises:
            UnknownError: there is no such machine.
            ForbiddenError: who asks may not reserve it.
            InputError: the time is none, is over, is too long or too far away.
            StateError: somebody has it then, or work is promised; or who asks has too many.
        """
        call.actor.require(Right.RESERVE)

        def work(change: Change) -> ReservationView:
            row = machine_row(change.session, machine)
            mine = call.actor.may(Right.ANSWER, row.lab)
            if not mine and _access(change.session, row) != Access.PUBLIC:
                raise ForbiddenError(f"{call.actor.id} may not reserve {machine}", hint="ask its lab")
            begins = max(starts_at, change.at)
            _check_time(begins, ends_at, change.at, _LONGEST if mine else _LONGEST_OF_GUESTS)
            if not mine:
                _check_count(change)
            _check_free(change.session, machine, begins, ends_at)
            conflicts = _conflicts(change.session, machine, begins, ends_at)
            if conflicts and not (anyway and mine):
                first = conflicts[0]
                raise StateError(
                    f"{first.task} is {first.state} there ({len(conflicts)} in all)", where=f"machine {machine}",
                    hint="take another time" + (", or reserve it anyway: the work is planned anew" if mine else ""),
                )  # fmt: skip
            made = ReservationRow(
                machine=machine, lab=row.lab, person=change.who, starts_at=begins, ends_at=ends_at, why=why,
                made_at=change.at,
            )  # fmt: skip
            change.session.add(made)
            change.session.flush()
            change.record(
                "reservation.made", f"reservation {made.id}", machine=machine, lab=row.lab,
                starts_at=begins.isoformat(), ends_at=ends_at.isoformat(), conflicts=len(conflicts),
            )  # fmt: skip
            want_plans_on(change, machine, f"{machine} is reserved")
            return _view(change.session, made, call.actor)

        return self._house.perform(call, ReservationView, work)

    def end(self, call: Call, reservation_id: int, why: str = "") -> ReservationView:
        """Give a machine back, before the time or in the midst of it.

        Raises:
            UnknownError: there is no such reservation.
            ForbiddenError: who asks is neither the person nor an operator of the lab.
            StateError: it is over.
        """
        call.actor.require(Right.RESERVE)

        def work(change: Change) -> ReservationView:
            row = change.session.get(ReservationRow, reservation_id)
            if row is None:
                raise UnknownError(f"there is no reservation {reservation_id}")
            if row.person != change.who:
                call.actor.require(Right.ANSWER, row.lab)
            if row.ended_at is not None or row.ends_at <= change.at:
                raise StateError("it is over", where=f"reservation {reservation_id}")
            row.ended_at, row.ended_by = change.at, change.who
            change.record("reservation.ended", f"reservation {row.id}", why, machine=row.machine, lab=row.lab)
            want_plans_on(change, row.machine, f"{row.machine} is free again")
            return _view(change.session, row, call.actor)

        return self._house.perform(call, ReservationView, work)


def _check_time(begins: datetime, ends: datetime, now: datetime, longest: timedelta) -> None:
    if ends <= begins:
        raise InputError("a reservation ends after it starts, and is not over", where="ends_at")
    if ends - begins > longest:
        raise InputError(
            f"this is longer than {longest.days} days", where="ends_at", hint="lock a machine that is broken"
        )
    if begins - now > _AHEAD:
        raise InputError("this is more than a year ahead", where="starts_at")


def _check_count(change: Change) -> None:
    mine = select(func.count()).select_from(ReservationRow).where(ReservationRow.person == change.who)
    mine = mine.where(ReservationRow.ended_at.is_(None), ReservationRow.ends_at > change.at)
    if (change.session.scalar(mine) or 0) >= MOST_OF_GUESTS:
        raise StateError(f"you have {MOST_OF_GUESTS} reservations already", hint="give one back first")


def _check_free(session: Session, machine: str, begins: datetime, ends: datetime) -> None:
    taken = select(ReservationRow.id).where(
        ReservationRow.machine == machine,
        ReservationRow.ended_at.is_(None),
        ReservationRow.starts_at < ends,
        ReservationRow.ends_at > begins,
    )
    if session.scalars(taken.limit(1)).first() is not None:
        raise StateError("somebody has reserved it for part of that time", where=f"machine {machine}")


def _access(session: Session, machine: MachineRow) -> str | None:
    """Who may use a machine, as its entry says, else that of its lab."""
    lab: Mapping[str, Any] = session.get_one(LabRow, machine.lab).document
    return machine.document.get("access") or lab.get("access")


def _conflicts(session: Session, machine: str, begins: datetime, ends: datetime) -> list[ConflictView]:
    query = select(JobRow).where(
        JobRow.machine == machine, JobRow.state.in_(_FIRM), JobRow.planned_start < ends, JobRow.planned_end > begins
    )
    return [
        ConflictView(
            job_id=job.id,
            task=job.lot.task.name,
            state=job.state,
            start=job.run.started_at if job.run is not None else job.planned_start,
            end=job.planned_end,
        )
        for job in session.scalars(query.order_by(JobRow.planned_start, JobRow.id))
    ]


def _view(session: Session, row: ReservationRow, actor: Actor) -> ReservationView:
    told = actor.id == row.person or actor.may(Right.SEE_LAB, row.lab)
    return ReservationView(
        id=row.id,
        machine=row.machine,
        lab=row.lab,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        person=row.person if told else None,
        why=row.why if told else None,
        conflicts=_conflicts(session, row.machine, row.starts_at, row.ends_at),
    )
