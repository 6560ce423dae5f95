"""Carries out a build: starts each job when its time has come, records how it ends, has doubtful ones judged.

The order of steps makes a double start impossible: a job's start is committed to the database, then journalled by its
runner, and only then does the machine hear of it. Found after a crash, such a job is ended as the journal says, or is
lost contact and waits for a person's verdict. It is never sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.journal import Step
from agent.runner import Order, Report
from coordinator.builds import unreplaced
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.life import end_run, rule, start_run
from coordinator.pace import Pace
from coordinator.person import Person
from coordinator.planning import calendar_of
from coordinator.programs import policy_for
from coordinator.store import Store
from coordinator.tables import (
    BuildRow,
    BuildState,
    JobRow,
    JobState,
    PieceRow,
    PieceState,
    RunOutcome,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.workshop import Workshop
from core.errors import FabcommonsError
from firmware_bridge.device import Progress
from machines.lab import Driver, Network

__all__ = ["Dispatcher", "Live"]

_OUTCOME = {
    Step.FINISHED: RunOutcome.FINISHED,
    Step.FAILED: RunOutcome.FAILED,
    Step.LOST_CONTACT: RunOutcome.LOST_CONTACT,
}
_CALENDAR_DAYS = 28
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Live:
    """What a person watching sees of the jobs that run now, by machine."""

    progress: dict[str, tuple[str, float]] = field(default_factory=dict)


class Dispatcher:
    """Runs the jobs of one build."""

    def __init__(
        self,
        store: Store,
        build_id: int,
        network: Network,
        workshop: Workshop,
        files: FileStore,
        pace: Pace,
        person: Person,
        *,
        remake: Callable[[str], None],
        live: Live,
    ) -> None:
        """Args: remake: called with the reason after pieces were scrapped; plans and offers their replacements."""
        self._store = store
        self._build_id = build_id
        self._network = network
        self._workshop = workshop
        self._files = files
        self._pace = pace
        self._person = person
        self._remake = remake
        self._live = live
        self._running: dict[str, asyncio.Task[None]] = {}  # by machine
        self._held: set[str] = set()  # jobs that a person did not let start

    async def carry_out(self) -> None:
        """Work until nothing more can be done without somebody's help."""
        self._rejoin()
        try:
            while True:
                self._arrivals()
                await self._judge()
                await self._start_ready()
                if not await self._wait():
                    break
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._finish()

    # -- one turn

    def _arrivals(self) -> None:
        now = self._pace.now()
        with self._store.transaction() as session:
            for task in self._tasks(session, TaskState.ORDERED):
                if task.arrives_at is not None and task.arrives_at <= now:
                    task.state = TaskState.DONE
                    record(session, now, "task.arrived", f"task {task.key}", who="supplier")

    async def _judge(self) -> None:
        with self._store.transaction() as session:
            for job in self._jobs(session, JobState.FAILED, JobState.LOST_CONTACT):
                cause = (job.run.message if job.run else None) or str(job.state)
                ruling = self._person.rule(job.id, job.machine, cause)
                if ruling is None:
                    continue
                verdict, answer = ruling
                rule(session, job, verdict, self._pace.now(), who=answer.who, why=answer.why)
                if verdict is JobState.MADE:
                    self._close_task(session, job.task)
            session.flush()
            again = unreplaced(session, session.get_one(BuildRow, self._build_id))
        if again:  # asked of the store, not remembered: a crash between verdict and plan loses nothing
            await asyncio.to_thread(self._remake, f"to make {', '.join(again)} again")

    async def _start_ready(self) -> None:
        for job_id, machine_id in self._startable():
            machine = self._network.machine(machine_id)
            by_hand = machine.connection.driver is Driver.HANDS
            if not by_hand and not await self._person.clear_to_start(job_id, machine):
                self._held.add(job_id)
                continue
            with self._store.transaction() as session:
                job = session.get_one(JobRow, job_id)
                start_run(session, job, self._pace.now())
            self._running[machine_id] = asyncio.create_task(self._run(job))  # committed: now the machine may hear of it

    def _startable(self) -> list[tuple[str, str]]:
        """The first ready job of each idle machine, and the machine."""
        now = self._pace.now()
        chosen: dict[str, str] = {}
        with self._store.reading() as session:
            for job in self._scheduled(session):
                if job.machine not in chosen and self._ready_at(session, job) <= now:
                    chosen[job.machine] = job.id
        return [(job_id, machine) for machine, job_id in chosen.items()]

    def _scheduled(self, session: Session) -> list[JobRow]:
        """Scheduled jobs of idle machines that nobody holds back."""
        jobs = self._jobs(session, JobState.SCHEDULED)
        return [job for job in jobs if job.machine not in self._running and job.id not in self._held]

    async def _wait(self) -> bool:
        """Wait for the next change; False when there is none to wait for."""
        upcoming = self._next_moment()
        if not self._running and upcoming is None:
            return False
        waits = [*self._running.values()]
        target = upcoming or self._pace.now() + timedelta(days=1)
        clock = asyncio.ensure_future(self._pace.wait_until(target, idle=not self._running))
        done, _ = await asyncio.wait([*waits, clock], return_when=asyncio.FIRST_COMPLETED)
        clock.cancel()
        for machine, task in list(self._running.items()):
            if task in done:
                del self._running[machine]
                task.result()
        return True

    def _next_moment(self) -> datetime | None:
        """When the next thing can happen that is not the end of a running job."""
        with self._store.reading() as session:
            moments = [task.arrives_at for task in self._tasks(session, TaskState.ORDERED) if task.arrives_at]
            moments += [self._ready_at(session, job) for job in self._scheduled(session)]
        return min((moment for moment in moments if moment != _NEVER), default=None)

    # -- one job

    async def _run(self, job: JobRow) -> None:
        machine = self._network.machine(job.machine)
        if machine.connection.driver is Driver.HANDS:
            planned_s = (job.planned_end - job.planned_start).total_seconds()
            if not await self._person.work(job.id, machine, planned_s):
                return  # it stays running: the next start of the program asks again
            report = Report(Step.FINISHED, None, "made by hand")
        else:
            report = await self._drive(job)
        self._record_end(job.id, report)
        self._live.progress.pop(job.machine, None)

    async def _drive(self, job: JobRow) -> Report:
        machine = self._network.machine(job.machine)
        digest = job.program_sha256 or ""
        try:
            order = Order(job.id, self._files.path(digest), digest, policy_for(machine))
            return await self._workshop.runner(machine.id).run(order, lambda p: self._show(job, p))
        except KeyError:
            return Report(Step.FAILED, 0, "its program is no longer in the file store; nothing was started")
        except FabcommonsError as error:
            return Report(Step.FAILED, 0, f"not started: {error}")

    def _show(self, job: JobRow, progress: Progress) -> None:
        share = progress.lines_done / progress.lines_total if progress.lines_total else 0.0
        self._live.progress[job.machine] = (job.id, share)

    def _record_end(self, job_id: str, report: Report) -> None:
        with self._store.transaction() as session:
            job = session.get_one(JobRow, job_id)
            now = self._pace.now()
            end_run(session, job, _OUTCOME[report.step], now, lines=report.lines, why=report.message)
            self._close_task(session, job.task)

    def _close_task(self, session: Session, task: TaskRow) -> None:
        session.flush()
        made = session.scalars(
            select(PieceRow).where(PieceRow.task_id == task.id, PieceRow.state == PieceState.MADE)
        ).all()
        jobs = session.scalars(select(JobRow).where(JobRow.task_id == task.id)).all()
        settled = all(job.state in (JobState.MADE, JobState.SCRAPPED) for job in jobs)
        if made and settled and {job.run_key for job in jobs} == {piece.job.run_key for piece in made}:
            task.state = TaskState.DONE
            record(session, self._pace.now(), "task.done", f"task {task.key}", pieces=len(made))

    # -- when

    def _ready_at(self, session: Session, job: JobRow) -> datetime:
        """The moment from which a job may start: planned, all that it needs delivered, the lab open."""
        moment = job.planned_start
        query = (
            select(TaskRow)
            .join(TaskEdgeRow, TaskEdgeRow.before_id == TaskRow.id)
            .where(TaskEdgeRow.after_id == job.task_id)
        )
        for ahead in session.scalars(query):
            if ahead.state is not TaskState.DONE:
                return _NEVER
            moment = max(moment, *self._delivered(session, ahead, job.lab))
        machine = self._network.machine(job.machine)
        needed = timedelta(0) if machine.unattended else job.planned_end - job.planned_start
        return self._open_from(job.lab, moment, needed)

    def _delivered(self, session: Session, task: TaskRow, lab: str) -> Iterable[datetime]:
        yield task.arrives_at or _ALWAYS
        for job in session.scalars(select(JobRow).where(JobRow.task_id == task.id, JobRow.state == JobState.MADE)):
            if job.run is not None and job.run.ended_at is not None:
                yield job.run.ended_at + timedelta(minutes=self._network.transport(job.lab, lab).minutes)

    def _open_from(self, lab: str, moment: datetime, needed: timedelta) -> datetime:
        """The first moment from then on at which the lab is open for as long as needed."""
        calendar = calendar_of(self._network, lab, moment, _CALENDAR_DAYS * 86400)
        for window in calendar.windows:
            if window.end_s - window.start_s >= needed.total_seconds():
                return moment + timedelta(seconds=window.start_s)
        return _NEVER

    # -- before and after

    def _rejoin(self) -> None:
        """Take up what an earlier process left: runs without an end."""
        with self._store.reading() as session:
            left = self._jobs(session, JobState.RUNNING)
        for job in left:
            if self._network.machine(job.machine).connection.driver is Driver.HANDS:
                self._running[job.machine] = asyncio.create_task(self._run(job))
                continue
            unknown = Report(Step.LOST_CONTACT, None, "the coordinator stopped before the machine's answer")
            self._record_end(job.id, self._workshop.runner(job.machine).remembered(job.id) or unknown)

    def _finish(self) -> None:
        with self._store.transaction() as session:
            build = session.get_one(BuildRow, self._build_id)
            if build.state is BuildState.OPEN and all(task.state is TaskState.DONE for task in build.tasks):
                build.state, build.finished_at = BuildState.FINISHED, self._pace.now()
                record(session, self._pace.now(), "build.finished", f"build {build.id}")

    def _jobs(self, session: Session, *states: JobState) -> Sequence[JobRow]:
        query = select(JobRow).where(JobRow.build_id == self._build_id, JobRow.state.in_(states))
        return session.scalars(query.order_by(JobRow.planned_start, JobRow.offer_id)).all()

    def _tasks(self, session: Session, state: TaskState) -> Sequence[TaskRow]:
        return session.scalars(select(TaskRow).where(TaskRow.build_id == self._build_id, TaskRow.state == state)).all()
