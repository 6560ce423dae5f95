"""For how long machines ran, were reserved, locked, or busy with work from outside: a machine's times, added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import JobRow, JobState, RunRow
from coordinator.schema.machine import LockRow, OutsideRow, ReservationRow
from coordinator.service.house import House, View
from coordinator.service.machinery.labs import machine_row
from core.errors import InputError

__all__ = ["Running", "UtilisationView", "hours_run", "split"]

Span = tuple[datetime, datetime]
_LONGEST = timedelta(days=366)
_USUAL = timedelta(days=30)
ORDER: Final = ("running", "outside", "locked", "reserved")
"""What counts where several hold at once: the first of these."""


class UtilisationView(View):
    """What a machine did from one moment to another, in hours; the parts add up to `hours`.

    `running` is work of this network, `outside` other work that was seen; `share` is both, of the whole, 0 to 1.
    """

    machine: str
    lab: str
    since: datetime
    until: datetime
    hours: float
    running: float
    outside: float
    locked: float
    reserved: float
    idle: float
    share: float
    runs: int
    hours_run_ever: float


class Running:
    """How much machines are used."""

    def __init__(self, house: House) -> None:
        self._house = house

    def utilisation(
        self, machine: str, since: datetime | None = None, until: datetime | None = None
    ) -> UtilisationView:
        """What a machine did.

        Args:
            machine: its id.
            since: default: 30 days before `until`.
            until: default and latest: now.

        Raises:
            UnknownError: there is no such machine.
            InputError: the time is none, or longer than a year.
        """
        now = self._house.clock.now()
        until = min(until or now, now)
        since = since or until - _USUAL
        if not timedelta(0) < until - since <= _LONGEST:
            raise InputError("this is no time to look at", where="since", hint="up to a year, in the past")
        with self._house.reading() as session:
            row = machine_row(session, machine)
            times = _times(session, machine, since, until, now)
            parts = split([times[kind] for kind in ORDER], since, until)
            ever = hours_run(session, machine, now)
        hours = [part / timedelta(hours=1) for part in parts]
        total = (until - since) / timedelta(hours=1)
        return UtilisationView(
            machine=machine,
            lab=row.lab,
            since=since,
            until=until,
            hours=total,
            running=hours[0],
            outside=hours[1],
            locked=hours[2],
            reserved=hours[3],
            idle=max(0.0, total - sum(hours)),
            share=(hours[0] + hours[1]) / total,
            runs=len(times["running"]),
            hours_run_ever=ever,
        )


def hours_run(session: Session, machine: str, now: datetime) -> float:
    """How many hours a machine has run for this network; a run that goes on counts until now."""
    spans = _runs(session, machine, datetime.min.replace(tzinfo=now.tzinfo), now)
    return sum((end - start for start, end in spans), timedelta(0)) / timedelta(hours=1)


def split(layers: Sequence[Iterable[Span]], since: datetime, until: datetime) -> list[timedelta]:
    """How much of a time each layer holds where no earlier one does.

    Args:
        layers: spans, which may overlap and reach beyond the time.
        since: where the time begins.
        until: where it ends.
    """
    marks = sorted({since, until, *(each for layer in layers for span in layer for each in span)})
    marks = [each for each in marks if since <= each <= until]
    found = [timedelta(0) for _ in layers]
    open_: list[list[Span]] = [sorted(layer) for layer in layers]
    for begin, end in pairwise(marks):
        for place, spans in enumerate(open_):
            open_[place] = spans = [each for each in spans if each[1] > begin]
            if any(each[0] <= begin for each in spans):
                found[place] += end - begin
                break
    return found


def _times(session: Session, machine: str, since: datetime, until: datetime, now: datetime) -> dict[str, list[Span]]:
    locks = select(LockRow.locked_at, LockRow.unlocked_at).where(LockRow.machine == machine, LockRow.locked_at < until)
    outside = select(OutsideRow.began_at, OutsideRow.ended_at)
    outside = outside.where(OutsideRow.machine == machine, OutsideRow.began_at < until)
    reserved = select(ReservationRow).where(
        ReservationRow.machine == machine, ReservationRow.starts_at < until, ReservationRow.ends_at > since
    )
    return {
        "running": _runs(session, machine, since, until),
        "outside": [(begin, end or now) for begin, end in session.execute(outside).all() if (end or now) > since],
        "locked": [(begin, end or now) for begin, end in session.execute(locks).all() if (end or now) > since],
        "reserved": [
            (row.starts_at, min(row.ends_at, row.ended_at or row.ends_at))
            for row in session.scalars(reserved)
            if row.ended_at is None or row.ended_at > row.starts_at
        ],
    }


def _runs(session: Session, machine: str, since: datetime, until: datetime) -> list[Span]:
    """When the machine ran; a run out of contact that has no end is not known to have gone on."""
    query = select(RunRow.started_at, RunRow.ended_at, JobRow.state).join(JobRow, JobRow.id == RunRow.job_id)
    query = query.where(JobRow.machine == machine, RunRow.started_at < until)
    query = query.where((RunRow.ended_at > since) | RunRow.ended_at.is_(None))
    spans = []
    for begin, end, state in session.execute(query).all():
        if end is not None or state is JobState.RUNNING:
            spans.append((begin, min(end or until, until)))
    return spans
