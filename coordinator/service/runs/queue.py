"""Which job may start next on a lab's machines: its time has come, what it needs is there, its machine is free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from coordinator.first_articles import BLOCKED, TURN
from coordinator.life import DISPATCH
from coordinator.readiness import NEVER, Readiness
from coordinator.schema.builds import JobRow, JobState, LotRow, PieceRow, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.service import AttemptRow, OrderRow
from coordinator.service.log import EventView
from coordinator.service.machinery.fitness import DOUBTFUL, Block, block_of
from coordinator.service.machinery.networks import VERSION, Networks
from coordinator.service.runs.clearing import by_hand, is_clear
from coordinator.service.runs.leasing import Lease, Leasing
from machines.lab import Machine

__all__ = ["Asked", "Queue", "Waiting", "may_free"]

_AT_ONCE = 500  # machines asked for in one statement: a database binds only so many values
_AT_WORK = (JobState.DISPATCHED, JobState.RUNNING, JobState.LOST_CONTACT)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A scheduled job for which all other tasks have done their part.

    Attributes:
        busy: whether another job is on its machine; one out of contact may still move it.
        follows: whether another task had to be done before.
        attempts: how many there were.
        turn: the first article that it would be; 0 for none.
        doubtful: whether anything might stand against it.
        version: of the network that was read with it.
    """

    id: str
    lab: str
    machine: str
    planned_start: datetime
    planned_end: datetime
    task_id: int
    what: str
    pieces: int
    program_sha256: str | None
    program: str | None
    busy: bool
    follows: bool
    attempts: int
    turn: int
    doubtful: bool
    version: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Work is asked for, for these machines of a lab; those of others are passed over."""

    lab: str
    machines: Sequence[str]


def _busy() -> ColumnElement[bool]:
    """Whether another job is on the machine of a row of `jobs`."""
    other = aliased(JobRow)
    at_work = or_(*(other.state == state for state in _AT_WORK))  # a list would be spelt out anew at each call
    return exists().where(other.machine == JobRow.machine, at_work).correlate(JobRow)


_EDGE = TaskEdgeRow.after_id == LotRow.task_id
_AHEAD = aliased(TaskRow)
_NOT_DONE = exists().where(_EDGE, _AHEAD.id == TaskEdgeRow.before_id, _AHEAD.state != TaskState.DONE)
_PIECES = select(func.count()).select_from(PieceRow).where(PieceRow.job_id == JobRow.id)
_ATTEMPTS = (
    select(func.count())
    .select_from(AttemptRow)
    .where(AttemptRow.job_id == JobRow.id)
    .correlate(JobRow)
    .scalar_subquery()
)
_WAITING = (
    select(
        JobRow.id, JobRow.lab, JobRow.machine, JobRow.planned_start, JobRow.planned_end,
        TaskRow.id, TaskRow.name, _PIECES.correlate(JobRow).scalar_subquery(), JobRow.program_sha256,
        JobRow.program_name, _busy(), exists().where(_EDGE).correlate(LotRow), _ATTEMPTS, TURN,
        DOUBTFUL, VERSION,
    )
    .join(OrderRow, OrderRow.build_id == JobRow.build_id)
    .join(LotRow, LotRow.id == JobRow.lot_id)
    .join(TaskRow, TaskRow.id == LotRow.task_id)
    .where(JobRow.state == JobState.SCHEDULED, ~_NOT_DONE.correlate(LotRow), ~BLOCKED)
    .order_by(JobRow.planned_start, JobRow.offer_id)
)  # fmt: skip
_DUE = _WAITING.where(
    JobRow.machine.in_(bindparam("machines", expanding=True)),
    JobRow.planned_start <= bindparam("now", type_=JobRow.planned_start.type),
    ~_busy(),
)
_TAKE = DISPATCH.where(~_busy(), bindparam("attempts") == _ATTEMPTS, bindparam("version") == VERSION)
_CLEAR, _DOUBTFUL = Leasing(_TAKE.where(~DOUBTFUL)), Leasing(_TAKE)


class Queue:
    """Scheduled jobs, in the order in which they are to start."""

    def __init__(self, networks: Networks) -> None:
        """Args: networks: knows the labs."""
        self._networks = networks
        self._known: Readiness | None = None

    def next_jobs(
        self, session: Session, asked: Mapping[int, Asked], now: datetime
    ) -> dict[int, tuple[Waiting, Machine]]:
        """The first job that may start now for each who asks, with its machine; who gets none is left out.

        A machine is free when no job is on it (one out of contact may still move it) and, where its mode or the lab ask
        for that, a person has cleared it since the last; and nothing stands against the job (`service.fitness`). A
        monitored machine is started by a person, never from here.

        Args:
            session: to read with.
            asked: by number; of two who ask for a machine both may get the same job, which the first then takes.
            now: on the network's clock.
        """
        found: dict[int, tuple[Waiting, Machine]] = {}
        askers: dict[tuple[str, str], list[int]] = {}
        for number, each in asked.items():
            for machine_id in each.machines:
                askers.setdefault((each.lab, machine_id), []).append(number)
        for job in self._due(session, sorted({machine_id for _, machine_id in askers}), now):
            waiting = [number for number in askers.get((job.lab, job.machine), ()) if number not in found]
            machine = self._fit(session, job, now) if waiting else None
            if machine is not None:
                found |= dict.fromkeys(waiting, (job, machine))
        return found

    def _due(self, session: Session, machines: Sequence[str], now: datetime) -> list[Waiting]:
        """Jobs of these machines whose planned time has come, by that time."""
        jobs: list[Waiting] = []
        for first in range(0, len(machines), _AT_ONCE):
            asked = {"machines": machines[first : first + _AT_ONCE], "now": now}
            jobs += (Waiting(*row) for row in session.connection().execute(_DUE, asked))
        return sorted(jobs, key=lambda job: job.planned_start)

    def _fit(self, session: Session, job: Waiting, now: datetime) -> Machine | None:
        """The machine of a job that may start there now."""
        readiness = self._readiness(session, job.version)
        machine = readiness.network.find(job.machine) if readiness is not None else None
        if readiness is None or machine is None or by_hand(readiness.network, machine):
            return None
        if not is_clear(session, readiness.network, machine):
            return None
        if readiness.ready_at(job, _ahead(session, job), now) > now or _block(session, job, now) is not None:
            return None
        return machine

    def take(self, session: Session, job: Waiting, machine: Machine, lease: Lease) -> int | None:
        """Give a job to an agent, if it may still start.

        Returns:
            The id of the attempt; None when somebody was faster, or the labs or the machine have changed.
        """
        network = self._networks.at(session, job.version)
        if network is None or not is_clear(session, network, machine) or _block(session, job, lease.at) is not None:
            return None
        given = {"attempts": job.attempts, "version": job.version, "now": lease.at}
        return (_DOUBTFUL if job.doubtful else _CLEAR).give(session, lease, turn=job.turn, given=given)

    def next_moment(self, session: Session, now: datetime) -> datetime | None:
        """When the next job can start on a machine; None when nothing is to come.

        What is at work now comes to its end by itself and is not counted.
        """
        moments = []
        for row in session.connection().execute(_WAITING, {"now": now}).all():
            job = Waiting(*row)
            readiness = self._readiness(session, job.version)
            machine = readiness.network.find(job.machine) if readiness is not None else None
            if readiness is None or machine is None:
                continue
            hands = by_hand(readiness.network, machine)
            if hands or (not job.busy and is_clear(session, readiness.network, machine)):
                block = _block(session, job, now)
                begins = now if block is None else block.until or NEVER
                moments.append(max(begins, readiness.ready_at(job, _ahead(session, job), now)))
        return min((each for each in moments if each != NEVER), default=None)

    def _readiness(self, session: Session, version: int) -> Readiness | None:
        """The rules for the network of a version; kept, because calendars take long to make."""
        network = self._networks.at(session, version)
        if network is None:
            return None
        if self._known is None or self._known.network is not network:
            self._known = Readiness(network)
        return self._known


def may_free(event: EventView, machines: Sequence[str]) -> bool:
    """Whether, after an event, a job may be able to start on one of these machines that was not before."""
    if event.kind in ("task.done", "task.arrived") or event.kind.startswith(("lab.", "first-article.")):
        return True
    if event.kind.startswith("request."):
        return False
    noun, _, name = event.subject.partition(" ")
    return (name if noun == "machine" else event.data.get("machine")) in machines


def _block(session: Session, job: Waiting, now: datetime) -> Block | None:
    return block_of(session, job, now) if job.doubtful else None


def _ahead(session: Session, job: Waiting) -> Iterator[TaskRow]:
    if not job.follows:
        return iter(())
    query = select(TaskRow).join(TaskEdgeRow, TaskEdgeRow.before_id == TaskRow.id)
    return iter(session.scalars(query.where(TaskEdgeRow.after_id == job.task_id)))
