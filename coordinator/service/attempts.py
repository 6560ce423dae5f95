"""What agents do: take a job under a lease, start it, tell how far it is, end it.

A job may be attempted several times, but is started once: an attempt that was not started is given back when its lease
runs out, and the next has a higher fence; one that was started and falls silent is out of contact, until its agent is
heard of again or a person rules. Each step tells attempt and fence, and an older fence is refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from agent.protocol import policy_document
from coordinator.life import end_run, give_back, hear_again, start_run
from coordinator.moves import advance
from coordinator.programs import policy_for
from coordinator.service.access import Actor, Right
from coordinator.service.drivers import Drivers
from coordinator.service.finishing import settle_task
from coordinator.service.fitness import block_of
from coordinator.service.house import Change, House, View
from coordinator.service.leasing import Lease
from coordinator.service.orders import want_plan
from coordinator.service.presence import Presence
from coordinator.service.progress import AttemptView, Told, note_progress
from coordinator.service.queue import Queue, Waiting
from coordinator.service.refusals import StaleError, UnknownError
from coordinator.service_tables import AttemptRow, AttemptState
from coordinator.tables import JobRow, JobState, RunOutcome
from core.errors import FabcommonsError
from machines.lab import Confirmation, Machine

__all__ = ["AttemptView", "Attempts", "Told", "WorkView"]

_RING_EVERY_S = 1.0  # for progress, of which there is no event
_HELD = (
    select(AttemptRow.id)
    .join(JobRow, JobRow.id == AttemptRow.job_id)
    .where(AttemptRow.agent_id == bindparam("agent"), AttemptRow.state == AttemptState.LEASED)
    .where(JobRow.machine.in_(bindparam("machines", expanding=True)))
)


class WorkView(View):
    """A job for an agent, under a lease.

    `policy` is what the machine may be asked for at most; `first_layer` says that a person is to look at that.
    """

    attempt_id: int
    fence: int
    job_id: str
    machine: str
    what: str
    pieces: int
    program_sha256: str
    program: str
    policy: dict[str, Any]
    first_layer: bool
    lease_s: float


class Attempts:
    """The door of the agents."""

    def __init__(self, house: House, drivers: Drivers) -> None:
        self._house = house
        self._drivers = drivers
        self._queue = Queue(house.networks)
        self._policies: dict[str, tuple[Machine, dict[str, Any]]] = {}
        self._presence = Presence(house)
        self._rang_s = float("-inf")

    def claim(self, actor: Actor, lab: str, machines: Sequence[str]) -> WorkView | None:
        """Take the next job that may start on one of these machines; None when there is none now.

        Raises:
            ForbiddenError: who asks does not drive the machines of this lab.
        """
        actor.require(Right.DRIVE, lab)
        self._presence.note(actor.id)
        machines = self._drivers.held(actor.id, lab, machines)
        held = {"agent": actor.id, "machines": list(machines)}
        with self._house.looking() as session:
            found = self._queue.next_job(session, lab, machines, self._house.clock.now())
            forgotten = found is None and session.connection().execute(_HELD, held).first() is not None
        if found is None and not forgotten:
            return None
        with self._house.change(actor.id) as change:
            if found is None:
                self._forget(change, held)
                found = self._queue.next_job(change.session, lab, machines, change.at)
            return None if found is None else self._take(change, *found)

    def start(self, actor: Actor, attempt_id: int, fence: int) -> AttemptView:
        """Start the run: once this has answered, the agent may move the machine. Asked again, it answers the same.

        Raises:
            UnknownError: the agent has no such attempt.
            StaleError: the lease ran out and the job was given back, or a person has ruled; or the machine was locked,
                reserved or unloaded meanwhile, for which the job is given back now.
        """
        with self._house.change(actor.id) as change:
            attempt, job = _current(change.session, actor, attempt_id, fence)
            block = block_of(change.session, job, change.at) if attempt.state is AttemptState.LEASED else None
            if block is None:
                self._start(change, attempt, job)
                return _view(attempt, job)
            _give_back(change, attempt, job, block.why)
        raise _stale(attempt, job)

    def progress(self, actor: Actor, reports: Sequence[Told]) -> list[AttemptView]:
        """Take note of how far jobs are, and extend their leases; a job out of contact is heard of again.

        What is stale is left as it is: the answer tells what has become of it.

        Raises:
            UnknownError: the agent has no such attempt.
        """
        (answer,) = self.progress_of_all([(actor, reports)])
        if isinstance(answer, FabcommonsError):
            raise answer
        return answer

    def progress_of_all(
        self, told: Sequence[tuple[Actor, Sequence[Told]]]
    ) -> list[list[AttemptView] | FabcommonsError]:
        """As `progress`, of many agents in one transaction; each is answered, if only with what is wrong."""
        due = time.monotonic() - self._rang_s >= _RING_EVERY_S
        with self._house.store.transaction(quiet=not due) as session:
            answers = note_progress(session, told, self._house.clock.now(), self._house.leased_until())
            self._presence.note_within(session, [actor.id for actor, _ in told])
        if due:
            self._rang_s = time.monotonic()
            self._house.bell.ring()
        else:  # or the last of what was told would be seen only with the next change
            self._house.bell.ring_later(_RING_EVERY_S)
        return answers

    def end(
        self, actor: Actor, attempt_id: int, fence: int, outcome: RunOutcome, *,
        lines: int | None, message: str, ended_ago_s: float = 0.0,
    ) -> AttemptView:  # fmt: skip
        """Record how a run ended; told twice, it is recorded once.

        Args:
            actor: the agent.
            attempt_id: which attempt.
            fence: its fence.
            outcome: how.
            lines: that the firmware acknowledged, or None.
            message: one sentence.
            ended_ago_s: how long ago it ended, seconds of the network's clock.

        Raises:
            UnknownError: the agent has no such attempt.
            StaleError: a person has ruled meanwhile, or it was never started; what is told is noted in the log.
        """
        stale: StaleError | None = None
        with self._house.change(actor.id) as change:
            attempt, job = _found(change.session, actor, attempt_id)
            if attempt.state is AttemptState.ENDED and job.run is not None and job.run.message == message:
                return _view(attempt, job)
            if attempt.fence != fence or attempt.state is not AttemptState.STARTED:
                stale = _stale(attempt, job)  # raised once the note is safe
                change.record("attempt.late", f"job {job.id}", message, outcome=str(outcome), fence=fence, lines=lines)
            else:
                ended_at = change.at - timedelta(seconds=ended_ago_s)
                self._end(change, attempt, job, outcome, lines=lines, message=message, ended_at=ended_at)
        if stale is not None:
            raise stale
        return _view(attempt, job)

    def release(self, actor: Actor, attempt_id: int, fence: int, why: str) -> AttemptView:
        """Give a job back that was not started.

        Raises:
            UnknownError: the agent has no such attempt.
            StaleError: it was started, or given back before.
        """
        with self._house.change(actor.id) as change:
            attempt, job = _current(change.session, actor, attempt_id, fence)
            if attempt.state is not AttemptState.LEASED:
                raise _stale(attempt, job)
            _give_back(change, attempt, job, why)
            return _view(attempt, job)

    def open(self, actor: Actor) -> list[AttemptView]:
        """The attempts of an agent that have no end: what it has to answer for when it begins."""
        query = select(AttemptRow).where(
            AttemptRow.agent_id == actor.id, AttemptRow.state.in_((AttemptState.LEASED, AttemptState.STARTED))
        )
        with self._house.reading() as session:
            return [_view(row, row.job) for row in session.scalars(query.order_by(AttemptRow.id))]

    def sweep(self) -> int:
        """Close the leases that have run out; returns how many."""
        late = select(AttemptRow.id).join(JobRow, JobRow.id == AttemptRow.job_id)
        late = late.where(AttemptRow.leased_until < self._house.real.now()).where(
            (AttemptRow.state == AttemptState.LEASED)
            | ((AttemptRow.state == AttemptState.STARTED) & (JobRow.state == JobState.RUNNING))
        )
        with self._house.reading() as session:
            ids = session.scalars(late).all()
        for attempt_id in ids:
            with self._house.change("coordinator") as change:
                attempt = change.session.get_one(AttemptRow, attempt_id)
                if attempt.leased_until < self._house.real.now():
                    self._run_out(change, attempt, attempt.job)
        return len(ids)

    # -- steps

    def _start(self, change: Change, attempt: AttemptRow, job: JobRow) -> None:
        if attempt.state is AttemptState.LEASED:
            advance(attempt, AttemptState.STARTED, f"attempt {attempt.id}")
            start_run(change.session, job, change.at, who=change.who, why="started by its agent")
        elif attempt.state is not AttemptState.STARTED or job.state is not JobState.RUNNING:
            raise _stale(attempt, job)
        attempt.leased_until = self._house.leased_until()

    def _forget(self, change: Change, held: dict[str, Any]) -> None:
        """Take back what the agent was given and has not started: the answer that told it so was lost."""
        for attempt_id in change.session.connection().execute(_HELD, held).scalars().all():
            attempt = change.session.get_one(AttemptRow, attempt_id)
            _give_back(change, attempt, attempt.job, "its agent asks for work: it has not heard of this lease")
        change.session.flush()

    def _take(self, change: Change, job: Waiting, machine: Machine) -> WorkView | None:
        """Lease a job, unless somebody was faster."""
        until = self._house.leased_until()
        lease = Lease(job.id, job.machine, fence=job.attempts + 1, agent=change.who, at=change.at, until=until)
        attempt_id = self._queue.take(change.session, job, machine, lease)
        if attempt_id is None:
            return None
        return WorkView(
            attempt_id=attempt_id,
            fence=lease.fence,
            job_id=job.id,
            machine=job.machine,
            what=job.what,
            pieces=job.pieces,
            program_sha256=job.program_sha256 or "",
            program=job.program or "",
            policy=self._policy(machine),
            first_layer=Confirmation.FIRST_LAYER in machine.confirms,
            lease_s=self._house.settings.lease_s,
        )

    def _run_out(self, change: Change, attempt: AttemptRow, job: JobRow) -> None:
        why = f"{attempt.agent_id} was not heard of for {self._house.settings.lease_s:g} s"
        if attempt.state is AttemptState.LEASED:
            _give_back(change, attempt, job, why)
        elif attempt.state is AttemptState.STARTED and job.state is JobState.RUNNING:
            end_run(change.session, job, RunOutcome.LOST_CONTACT, change.at, lines=None, why=why, who=change.who)

    def _end(
        self, change: Change, attempt: AttemptRow, job: JobRow, outcome: RunOutcome, *,
        lines: int | None, message: str, ended_at: datetime,
    ) -> None:  # fmt: skip
        session = change.session
        if job.state is JobState.LOST_CONTACT:
            hear_again(session, job, change.at, who=change.who, why="its agent is heard of again")
        advance(attempt, AttemptState.ENDED, f"attempt {attempt.id}")
        end_run(session, job, outcome, change.at, lines=lines, why=message, ended_at=ended_at, who=change.who)
        settle_task(change, job.lot.task)
        want_plan(change, job.build_id, f"{job.lot.task.name} is {job.state}")

    def _policy(self, machine: Machine) -> dict[str, Any]:
        """What the machine may be asked for; worked out once for each change of its entry."""
        known = self._policies.get(machine.id)
        if known is None or known[0] is not machine:
            known = self._policies[machine.id] = (machine, policy_document(policy_for(machine)))
        return known[1]


def _found(session: Session, actor: Actor, attempt_id: int) -> tuple[AttemptRow, JobRow]:
    return _owned(session.get(AttemptRow, attempt_id), actor, attempt_id)


def _owned(attempt: AttemptRow | None, actor: Actor, attempt_id: int) -> tuple[AttemptRow, JobRow]:
    if attempt is None or attempt.agent_id != actor.id:
        raise UnknownError(f"{actor.id} has no attempt {attempt_id}")
    return attempt, attempt.job


def _current(session: Session, actor: Actor, attempt_id: int, fence: int) -> tuple[AttemptRow, JobRow]:
    attempt, job = _found(session, actor, attempt_id)
    newest = session.scalar(select(func.max(AttemptRow.fence)).where(AttemptRow.job_id == job.id))
    if attempt.fence != fence or fence != newest:
        raise _stale(attempt, job)
    return attempt, job


def _stale(attempt: AttemptRow, job: JobRow) -> StaleError:
    what = f"this attempt is {attempt.state} and its job {job.state}: the agent may not act on it any more"
    return StaleError(what, where=f"attempt {attempt.id}")


def _give_back(change: Change, attempt: AttemptRow, job: JobRow, why: str) -> None:
    advance(attempt, AttemptState.RELEASED, f"attempt {attempt.id}")
    give_back(change.session, job, change.at, who=change.who, why=why)


def _view(attempt: AttemptRow, job: JobRow) -> AttemptView:
    return AttemptView(
        attempt_id=attempt.id,
        fence=attempt.fence,
        job_id=job.id,
        machine=job.machine,
        state=attempt.state,
        job_state=job.state,
    )
