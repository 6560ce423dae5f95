"""When a job may start: its planned moment, its parts delivered, its lab open long enough. Nothing is changed here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import object_session

from coordinator.lots import live_job
from coordinator.plans.calendars import calendar_of, first_start, maintenance_of
from coordinator.schema.builds import JobRow, TaskRow, TaskState
from coordinator.shipping import reached_at
from machines.lab import Machine, Network
from scheduler.calendars import Calendar, Window

__all__ = ["NEVER", "Planned", "Readiness"]

NEVER = datetime.max.replace(tzinfo=UTC)
_HOUR_S = 3600
_CALENDAR_S = 28 * 86400 + _HOUR_S
_MOST_CALENDARS = 1000
_LAST = NEVER - timedelta(days=60)
"""From here on there are no calendars: their end, in a lab's zone, would be past the last date there is."""


class Planned(Protocol):
    """A job, as far as its time goes."""

    @property
    def lab(self) -> str:
        """Where."""

    @property
    def machine(self) -> str:
        """On what."""

    @property
    def planned_start(self) -> datetime:
        """From when."""

    @property
    def planned_end(self) -> datetime:
        """Until when."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The rules of when, for one network of labs; remembers the calendars that it made."""

    network: Network
    _calendars: dict[tuple[str, str | None, datetime], tuple[Calendar, tuple[Window, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def ready_at(self, job: Planned, ahead: Iterable[TaskRow], now: datetime) -> datetime:
        """The first moment, not before `now`, at which the job may start; `NEVER` while something is missing.

        Args:
            job: scheduled.
            ahead: the tasks that must be done before its own.
            now: jobs that are late start from now on, in opening hours.
        """
        moment = max(job.planned_start, now)
        for task in ahead:
            if task.state is not TaskState.DONE:
                return NEVER
            moment = max([moment, *self._delivered(task, job.lab)])
        machine = self.network.machine(job.machine)
        planned = job.planned_end - job.planned_start
        if (
            machine.unattended and machine.maintenance
        ):  # the plan kept its run clear of maintenance: it ends before the next begins
            down = maintenance_of(
                self.network.lab(job.lab), machine, job.planned_start, math.ceil(planned.total_seconds()) or 1
            )
            planned = min([planned, *(timedelta(seconds=each.start_s) for each in down)])
        return self.open_from(job.lab, moment, planned, machine)

    def open_from(
        self, lab: str, moment: datetime, needed: timedelta = timedelta(0), machine: Machine | None = None
    ) -> datetime:
        """The first moment from then on at which the lab is open; `NEVER` within four weeks.

        Args:
            lab: id of the lab.
            moment: not before.
            needed: how long a run takes: in opening hours where it is attended, else clear of maintenance.
            machine: what runs; without one the lab stays open for as long as needed.
        """
        if moment >= _LAST:
            return NEVER
        attended = machine is None or not machine.unattended
        hour = moment.replace(minute=0, second=0, microsecond=0)
        calendar, down = self._hours(lab, machine, hour)
        start_s = first_start(
            calendar, down, needed.total_seconds(), attended=attended, earliest_s=(moment - hour).seconds
        )
        return NEVER if start_s is None else max(moment, hour + timedelta(seconds=start_s))

    def _hours(self, lab: str, machine: Machine | None, hour: datetime) -> tuple[Calendar, tuple[Window, ...]]:
        """When the lab is open and the machine runs, and when the machine is down, in seconds from a full hour."""
        key = (lab, machine.id if machine is not None and machine.maintenance else None, hour)
        known = self._calendars.get(key)
        if known is None:
            down = maintenance_of(self.network.lab(lab), machine, hour, _CALENDAR_S) if machine else ()
            known = calendar_of(self.network, lab, hour, _CALENDAR_S, machine), down
            if len(self._calendars) >= _MOST_CALENDARS:
                self._calendars.clear()
            self._calendars[key] = known
        return known

    def _delivered(self, task: TaskRow, lab: str) -> Iterator[datetime]:
        """When each of the task's lots is at the lab: taken off in opening hours, then on the way."""
        if task.arrives_at is not None:
            yield task.arrives_at
        for lot in task.lots:
            made = live_job(lot)
            if made is not None and made.run is not None and made.run.ended_at is not None:
                sent = _sent(made, lab)
                if sent is not None:
                    yield sent
                    continue
                taken_off = self.open_from(made.lab, made.run.ended_at)
                way = timedelta(minutes=self.network.transport(made.lab, lab).minutes)
                yield NEVER if taken_off == NEVER else taken_off + way


def _sent(made: JobRow, lab: str) -> datetime | None:
    """When what a job made came to a lab by shipment; `NEVER` while it is under way; None where nothing was sent."""
    session = object_session(made)
    if session is None or made.lab == lab:
        return None
    try:
        return reached_at(session, made.id, lab)
    except LookupError:
        return NEVER
