"""When a job may start: its planned moment, its parts delivered, its lab open long enough. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coordinator.lots import live_job
from coordinator.planning import calendar_of
from coordinator.tables import JobRow, TaskRow, TaskState
from machines.lab import Network

__all__ = ["NEVER", "Readiness"]

NEVER = datetime.max.replace(tzinfo=UTC)
_CALENDAR_S = 28 * 86400


@dataclass(frozen=True, slots=True)
class Readiness:
    """The rules of when, for one network of labs."""

    network: Network

    def ready_at(self, job: JobRow, ahead: Iterable[TaskRow], now: datetime) -> datetime:
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
        attended = not self.network.machine(job.machine).unattended
        needed = job.planned_end - job.planned_start if attended else timedelta(0)
        return self.open_from(job.lab, moment, needed)

    def open_from(self, lab: str, moment: datetime, needed: timedelta = timedelta(0)) -> datetime:
        """The first moment from then on at which the lab is open for as long as needed; `NEVER` within four weeks."""
        for window in calendar_of(self.network, lab, moment, _CALENDAR_S).windows:
            if window.end_s - window.start_s >= needed.total_seconds():
                return moment + timedelta(seconds=window.start_s)
        return NEVER

    def _delivered(self, task: TaskRow, lab: str) -> Iterator[datetime]:
        """When each of the task's lots is at the lab: taken off in opening hours, then on the way."""
        if task.arrives_at is not None:
            yield task.arrives_at
        for lot in task.lots:
            made = live_job(lot)
            if made is not None and made.run is not None and made.run.ended_at is not None:
                taken_off = self.open_from(made.lab, made.run.ended_at)
                way = timedelta(minutes=self.network.transport(made.lab, lab).minutes)
                yield NEVER if taken_off == NEVER else taken_off + way
