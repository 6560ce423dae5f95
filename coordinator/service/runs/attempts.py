"""What agents do: take a job under a lease, start it, tell how far it is, end it.

A job may be attempted several times, but is started once: an attempt that was not started is given back when its lease
runs out, and the next has a higher fence; one that was started and falls silent is out of contact, until its agent is
heard of again or a person rules. Each step tells attempt and fence, and an older fence is refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.consumption import Fed
from coordinator.life import end_run, hear_again, start_run
from coordinator.moves import advance
from coordinator.schema.builds import JobRow, JobState, RunOutcome
from coordinator.schema.service import AttemptRow, AttemptState
from coordinator.service.access import Actor
from coordinator.service.house import Change, House
from coordinator.service.machinery.drivers import Drivers
from coordinator.service.machinery.fitness import block_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import StaleError, UnknownError
from coordinator.service.runs.feeding import Feeding
from coordinator.service.runs.handing_out import Claimant, HandingOut, WorkView, take_back
from coordinator.service.runs.left_out import scrap_left_out
from coordinator.service.runs.presence import Presence
from coordinator.service.runs.progress import AttemptView, Told, note_progress
from coordinator.service.work.finishing import settle_task
from core.errors import FabcommonsError

__all__ = ["AttemptView", "Attempts", "Claimant", "Told", "WorkView"]

_RING_EVERY_S = 1.0  # for progress, of which there is no event


class Attempts:
    """The door of the agents."""

    def __init__(self, house: House, drivers: Drivers) -> None:
        self._house = house
        self._presence = Presence(house)
        self._feeding = Feeding(house)
        self._handing_out = HandingOut(house, drivers, self._presence)
        self._rang_s = float("-inf")

    def claim(self, actor: Actor, lab: str, machines: Sequence[str]) -> WorkView | None:
        """Take the next job that may start now on one of these machines; None when there is none now.

        Raises:
            ForbiddenError: who asks does not drive the machines of this lab.
        """
        (answer,) = self.claims([Claimant(actor, lab, machines)])
        if isinstance(answer, FabcommonsError):
            raise answer
        return answer

    def claims(self, claimants: Sequence[Claimant]) -> list[WorkView | FabcommonsError | None]:
        """As `claim`, of many agents in one transaction; each is answered, if only with what is wrong."""
        return self._handing_out.answer(claimants)

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
            take_back(change, attempt, job, block.why)
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
        fed = self._fed(actor, attempt_id, lines) if outcome is RunOutcome.FAILED else None
        with self._house.change(actor.id) as change:
            attempt, job = _found(change.session, actor, attempt_id)
            if attempt.state is AttemptState.ENDED and job.run is not None and job.run.message == message:
                return _view(attempt, job)
            if attempt.fence != fence or attempt.state is not AttemptState.STARTED:
                stale = _stale(attempt, job)  # raised once the note is safe
                change.record("attempt.late", f"job {job.id}", message, outcome=str(outcome), fence=fence, lines=lines)
            else:
                ended_at = change.at - timedelta(seconds=ended_ago_s)
                self._end(change, attempt, job, outcome, lines=lines, message=message, ended_at=ended_at, fed=fed)
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
            take_back(change, attempt, job, why)
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

    def _fed(self, actor: Actor, attempt_id: int, lines: int | None) -> Fed | None:
        with self._house.reading() as session:
            job_id = _found(session, actor, attempt_id)[1].id
        return self._feeding.of_job(job_id, lines)

    def _run_out(self, change: Change, attempt: AttemptRow, job: JobRow) -> None:
        why = f"{attempt.agent_id} was not heard of for {self._house.settings.lease_s:g} s"
        if attempt.state is AttemptState.LEASED:
            take_back(change, attempt, job, why)
        elif attempt.state is AttemptState.STARTED and job.state is JobState.RUNNING:
            end_run(change.session, job, RunOutcome.LOST_CONTACT, change.at, lines=None, why=why, who=change.who)

    def _end(
        self, change: Change, attempt: AttemptRow, job: JobRow, outcome: RunOutcome, *,
        lines: int | None, message: str, ended_at: datetime, fed: Fed | None,
    ) -> None:  # fmt: skip
        session = change.session
        if job.state is JobState.LOST_CONTACT:
            hear_again(session, job, change.at, who=change.who, why="its agent is heard of again")
        advance(attempt, AttemptState.ENDED, f"attempt {attempt.id}")
        end_run(session, job, outcome, change.at, lines=lines, why=message, ended_at=ended_at, who=change.who, fed=fed)
        scrap_left_out(change, self._house, job)
        settle_task(change, job.lot.task)
        want_plan(change, job.build_id, f"{job.lot.task.name} is {job.state}")


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


def _view(attempt: AttemptRow, job: JobRow) -> AttemptView:
    return AttemptView(
        attempt_id=attempt.id,
        fence=attempt.fence,
        job_id=job.id,
        machine=job.machine,
        state=attempt.state,
        job_state=job.state,
    )
