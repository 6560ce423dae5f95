"""Carries out a build: starts each job when its time has come, records how it ends, has doubtful ones judged.

The order of steps makes a double start impossible: a job's start is committed to the database, then journalled by its
runner, and only then does the machine hear of it. Found after a crash, such a job is ended as the journal says, or is
lost contact and waits for a person's verdict. It is never sent again.

Whatever takes time (machines, people, planning) is a task of its own beside the loop, so that nobody waits for anybody
else. An error stops new starts; machines that run come to their end first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.journal import Step
from agent.runner import Order, Report
from coordinator import first_articles
from coordinator.builds import close_task
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.life import end_run, rule, start_run
from coordinator.lots import homeless
from coordinator.make.gate import Gate, Permission
from coordinator.make.pace import Pace
from coordinator.make.person import Person
from coordinator.make.workshop import Workshop
from coordinator.moves import advance
from coordinator.plans.programs import policy_for
from coordinator.readiness import NEVER, Readiness
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    JobRow,
    JobState,
    RunOutcome,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.service.house import Change
from coordinator.service.work.checking import check_piece
from coordinator.store import Store
from core.errors import FabcommonsError
from firmware_bridge.device import Progress
from gcode.program import read_program
from machines.lab import Confirmation, Machine, Network

__all__ = ["Dispatcher", "Live"]

_OUTCOME = {
    Step.FINISHED: RunOutcome.FINISHED,
    Step.FAILED: RunOutcome.FAILED,
    Step.LOST_CONTACT: RunOutcome.LOST_CONTACT,
}


@dataclass
class Live:
    """What a person watching sees of the jobs that run now: by machine, the job's id and its share done."""

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
        replan: Callable[[str], Coroutine[Any, Any, None]],
        live: Live,
    ) -> None:
        """Args: replan: called with the reason when lots have no home; plans them and has them offered."""
        self._store = store
        self._build_id = build_id
        self._network = network
        self._workshop = workshop
        self._files = files
        self._pace = pace
        self._person = person
        self._replan = replan
        self._live = live
        self._readiness = Readiness(network)
        self._gate = Gate(network, workshop, person)
        self._beside: dict[str, asyncio.Task[None]] = {}  # by what it is about, such as "machine north-printer"
        self._unanswered: set[str] = set()  # what a person was asked in this session and left open

    async def carry_out(self) -> None:
        """Work until nothing more can be done without somebody who is not there."""
        try:
            self._rejoin()
            while self._turn():
                await self._wait()
        except asyncio.CancelledError:
            for task in self._beside.values():
                task.cancel()
            raise
        finally:
            await asyncio.gather(*self._beside.values(), return_exceptions=True)
        self._finish()

    # -- one turn

    def _turn(self) -> bool:
        """Begin everything that can begin now; False when nothing goes on and nothing is to come."""
        with self._store.reading() as session:
            for job in self._jobs(session, JobState.FAILED, JobState.LOST_CONTACT):
                cause = (job.run.message if job.run else None) or str(job.state)
                self._begin(f"verdict {job.id}", self._judge(job.id, _in_words(job), job.machine, cause))
            for job in self._to_check(session):
                self._begin(f"check {job.id}", self._check(job.id, _in_words(job)))
            for task in self._due(session):
                self._begin(f"arrival {task.key}", self._arrive(task.id, f"{task.quantity:g} x {task.name}"))
            for job in self._startable(session):
                self._begin(f"machine {job.machine}", self._run(job.id, _in_words(job), job.machine))
            lost = [lot.key for lot in homeless(session, self._build(session)) if lot.task.state is TaskState.OPEN]
        if lost:
            self._begin("plan", self._replan(f"nobody makes {', '.join(lost[:3])}{' ...' if lost[3:] else ''} yet"))
        return bool(self._beside) or self._next_moment() is not None

    def _begin(self, about: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the loop, unless it goes on already or was left unanswered."""
        if about in self._beside or about in self._unanswered:
            work.close()
        else:
            self._beside[about] = asyncio.create_task(work)

    async def _wait(self) -> None:
        """Wait for the next change."""
        upcoming = self._next_moment()
        target = upcoming or self._pace.now() + timedelta(days=1)
        clock = asyncio.ensure_future(self._pace.wait_until(target, idle=not self._beside))
        done, _ = await asyncio.wait([*self._beside.values(), clock], return_when=asyncio.FIRST_COMPLETED)
        clock.cancel()
        ended = [about for about, task in self._beside.items() if task in done]
        results = [self._beside.pop(about) for about in ended]
        for task in results:
            task.result()

    def _next_moment(self) -> datetime | None:
        """When the next thing can happen that is not the end of something that goes on."""
        now = self._pace.now()
        with self._store.reading() as session:
            moments = [task.arrives_at for task in self._ordered(session) if task.arrives_at]
            moments += [self._ready_at(session, job, now) for job in self._scheduled(session)]
            moments += [self._readiness.open_from(job.lab, now) for job in self._unchecked(session)]
        return min((moment for moment in moments if moment != NEVER), default=None)

    # -- what can begin

    def _startable(self, session: Session) -> list[JobRow]:
        """The first ready job of each idle machine."""
        now = self._pace.now()
        chosen: dict[str, JobRow] = {}
        for job in self._scheduled(session):
            if job.machine not in chosen and self._ready_at(session, job, now) <= now:
                chosen[job.machine] = job
        return list(chosen.values())

    def _scheduled(self, session: Session) -> list[JobRow]:
        """Scheduled jobs of idle machines that wait for no first article and that no person holds back."""
        waiting = (JobRow.build_id == self._build_id, JobRow.state == JobState.SCHEDULED, ~first_articles.BLOCKED)
        jobs = session.scalars(select(JobRow).where(*waiting).order_by(JobRow.planned_start, JobRow.offer_id))
        return [
            job
            for job in jobs
            if f"machine {job.machine}" not in self._beside and f"start {job.id}" not in self._unanswered
        ]

    def _ready_at(self, session: Session, job: JobRow, now: datetime) -> datetime:
        query = (
            select(TaskRow)
            .join(TaskEdgeRow, TaskEdgeRow.before_id == TaskRow.id)
            .where(TaskEdgeRow.after_id == job.lot.task_id)
        )
        return self._readiness.ready_at(job, session.scalars(query), now)

    def _unchecked(self, session: Session) -> list[JobRow]:
        """First articles that nobody was asked about yet."""
        asked = self._unanswered | self._beside.keys()
        return [job for job in first_articles.to_check(session, self._build_id) if f"check {job.id}" not in asked]

    def _to_check(self, session: Session) -> list[JobRow]:
        """First articles that can be looked at now: their labs are open."""
        now = self._pace.now()
        return [job for job in self._unchecked(session) if self._readiness.open_from(job.lab, now) <= now]

    def _ordered(self, session: Session) -> list[TaskRow]:
        """Purchases on their way that nobody was asked about in vain."""
        query = select(TaskRow).where(TaskRow.build_id == self._build_id, TaskRow.state == TaskState.ORDERED)
        return [task for task in session.scalars(query) if f"arrival {task.key}" not in self._unanswered]

    def _due(self, session: Session) -> list[TaskRow]:
        now = self._pace.now()
        return [task for task in self._ordered(session) if task.arrives_at is not None and task.arrives_at <= now]

    # -- beside the loop

    async def _judge(self, job_id: str, work: str, machine: str, cause: str) -> None:
        ruling = await self._person.rule(work, machine, cause)
        if ruling is None:
            self._unanswered.add(f"verdict {job_id}")
            return
        with self._store.transaction() as session:
            job, now = session.get_one(JobRow, job_id), self._pace.now()
            rule(session, job, ruling.verdict, now, who=ruling.who, why=ruling.why)
            close_task(session, job.lot.task, now)

    async def _check(self, job_id: str, work: str) -> None:
        answer = await self._person.check(work)
        if answer is None:
            self._unanswered.add(f"check {job_id}")
            return
        with self._store.transaction() as session:
            change = Change(session, self._pace.now(), answer.who)
            for piece in session.get_one(JobRow, job_id).pieces:
                check_piece(change, piece, accept=answer.yes, why=answer.why)

    async def _arrive(self, task_id: int, what: str) -> None:
        there = await self._person.arrived(what)
        with self._store.transaction() as session:
            task = session.get_one(TaskRow, task_id)
            if there:
                advance(task, TaskState.DONE, f"task {task.key}")
                record(session, self._pace.now(), "task.arrived", f"task {task.key}", who=self._person.name)
            else:
                self._unanswered.add(f"arrival {task.key}")

    async def _run(self, job_id: str, work: str, machine_id: str) -> None:
        """One job from the question whether it may start to the machine being free again."""
        machine = self._network.machine(machine_id)
        with self._store.transaction() as session:
            if not first_articles.begin(session, session.get_one(JobRow, job_id), self._pace.now()):
                return  # another of its batch begins in the same turn
        permission = await self._gate.may_start(job_id, work, machine)
        if permission is None:
            self._unanswered.add(f"start {job_id}")
            with self._store.transaction() as session:
                why = "nobody lets it start"
                first_articles.leave(session, session.get_one(JobRow, job_id), self._pace.now(), why)
            return
        with self._store.transaction() as session:
            job, now = session.get_one(JobRow, job_id), self._pace.now()
            record(
                session, now, "job.permitted", f"job {job_id}", who=permission.who, why=permission.why,
                machine=machine_id, lab_allows=list(machine.allow),
            )  # fmt: skip
            start_run(session, job, now)
        await self._go_on(job, work, permission)  # the start is on the disk: only now may a machine hear of it

    async def _go_on(self, job: JobRow, work: str, permission: Permission | None = None) -> None:
        """The rest of a job that has started, here by a permission, or by an earlier process."""
        machine = self._network.machine(job.machine)
        if self._gate.by_hand(machine):
            planned_s = (job.planned_end - job.planned_start).total_seconds()
            if not await self._person.work(work, machine, planned_s):
                self._unanswered.add(f"machine {job.machine}")  # it goes on; the next session asks again
                return
            self._record_end(job.id, Report(Step.FINISHED, None, f"made by the hands of the {self._person.name}"))
            return
        self._record_end(job.id, await self._drive(job, work, permission))
        self._gate.ended(job.id, machine)
        self._live.progress.pop(job.machine, None)
        await self._person.take_off(machine)

    async def _drive(self, job: JobRow, work: str, permission: Permission | None) -> Report:
        """Have a machine do the job, or without a permission follow what it does already."""
        machine = self._network.machine(job.machine)
        digest = job.program_sha256 or ""
        try:
            order = Order(job.id, self._files.path(digest), digest, policy_for(machine))
            runner = self._workshop.runner(machine.id)
            if permission is None:
                return await runner.rejoin(order, lambda p: self._show(job, p))
            order = await self._confirmed(order, work, machine, permission)
            return await runner.run(order, lambda p: self._show(job, p))
        except KeyError:
            error: object = "its program is no longer in the file store"
        except FabcommonsError as caught:
            error = caught
        if permission is None:
            return Report(Step.LOST_CONTACT, None, f"it was started, and cannot be followed: {error}")
        return Report(Step.FAILED, 0, f"not started: {error}")

    async def _confirmed(self, order: Order, work: str, machine: Machine, permission: Permission) -> Order:
        """The order with what people have confirmed of it, and will have to."""
        layer = None
        if Confirmation.FIRST_LAYER in machine.confirms:
            program = await asyncio.to_thread(read_program, order.program)
            layer = self._gate.first_layer(order.job_id, work, machine, program)
        return replace(order, first_layer=layer, facts={"permitted_by": permission.who, "because": permission.why})

    def _show(self, job: JobRow, progress: Progress) -> None:
        share = progress.lines_done / progress.lines_total if progress.lines_total else 0.0
        self._live.progress[job.machine] = (job.id, share)

    def _record_end(self, job_id: str, report: Report) -> None:
        with self._store.transaction() as session:
            job, now = session.get_one(JobRow, job_id), self._pace.now()
            end_run(session, job, _OUTCOME[report.step], now, lines=report.lines, why=report.message)
            close_task(session, job.lot.task, now)

    # -- before and after

    def _rejoin(self) -> None:
        """Take up what an earlier process left: runs without an end."""
        with self._store.reading() as session:
            left = [(job, _in_words(job)) for job in self._jobs(session, JobState.RUNNING)]
        for job, work in left:
            machine = self._network.find(job.machine)
            if machine is not None and (self._gate.by_hand(machine) or machine.connection.driver.is_server):
                self._begin(f"machine {job.machine}", self._go_on(job, work))
                continue
            unknown = Report(Step.LOST_CONTACT, None, "the coordinator stopped before the machine's answer")
            report = self._workshop.runner(job.machine).remembered(job.id) if machine is not None else None
            self._record_end(job.id, report or unknown)

    def _finish(self) -> None:
        with self._store.transaction() as session:
            build = self._build(session)
            if build.state is BuildState.OPEN and all(task.state is TaskState.DONE for task in build.tasks):
                advance(build, BuildState.FINISHED, f"build {build.id}")
                build.finished_at = self._pace.now()
                record(session, self._pace.now(), "build.finished", f"build {build.id}")

    def _build(self, session: Session) -> BuildRow:
        return session.get_one(BuildRow, self._build_id)

    def _jobs(self, session: Session, *states: JobState) -> Sequence[JobRow]:
        query = select(JobRow).where(JobRow.build_id == self._build_id, JobRow.state.in_(states))
        return session.scalars(query.order_by(JobRow.planned_start, JobRow.offer_id)).all()


def _in_words(job: JobRow) -> str:
    count = len(job.pieces)
    return f"{job.id} ({job.lot.task.name if count == 1 else f'{count} x {job.lot.task.name}'})"
