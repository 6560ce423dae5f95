"""Which job may start next on a lab's machines: its time has come, what it needs is there, its machine is free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.network_tables import MachineRow
from coordinator.readiness import NEVER, Readiness
from coordinator.service.networks import Networks
from coordinator.service_tables import OrderRow
from coordinator.tables import JobRow, JobState, RunRow, TaskEdgeRow, TaskRow
from machines.lab import Confirmation, Driver, Machine, Mode, Network

__all__ = ["by_hand", "is_clear", "next_job", "next_moment", "still_free"]

_AT_WORK = (JobState.DISPATCHED, JobState.RUNNING, JobState.LOST_CONTACT)


def next_job(
    session: Session, networks: Networks, lab: str, machines: Sequence[str], now: datetime
) -> tuple[JobRow, Machine] | None:
    """The first job that may start now on one of these machines, with its machine.

    A machine is free when no job is on it (one out of contact may still move it) and, where its mode or the lab ask for
    that, a person has cleared it since the last. A monitored machine is started by a person, never from here.

    Args:
        session: to read with.
        networks: knows the labs.
        lab: whose machines; those of others are passed over.
        machines: ids.
        now: on the network's clock.
    """
    waiting = [job for job in _scheduled(session, lab, machines) if job.planned_start <= now]
    if not waiting:
        return None
    network = networks.of(session)
    if network is None:
        return None
    readiness = Readiness(network)
    for job in waiting:
        machine = network.find(job.machine)
        if machine is None or by_hand(network, machine) or not _is_free(session, network, machine):
            continue
        if readiness.ready_at(job, _ahead(session, job), now) <= now:
            return job, machine
    return None


def still_free(session: Session, networks: Networks, job_id: str) -> tuple[JobRow, Machine] | None:
    """A job that `next_job` found a moment ago, in the transaction that takes it; None when somebody was faster."""
    job, network = session.get(JobRow, job_id), networks.of(session)
    machine = network.find(job.machine) if job is not None and network is not None else None
    if job is None or network is None or machine is None or job.state is not JobState.SCHEDULED:
        return None
    return (job, machine) if _is_free(session, network, machine) else None


def next_moment(session: Session, networks: Networks, now: datetime) -> datetime | None:
    """When the next job can start on a driven machine or a purchase is expected; None when nothing is to come.

    What is at work now comes to its end by itself and is not counted.
    """
    network = networks.of(session)
    if network is None:
        return None
    readiness, moments = Readiness(network), []
    for job in _scheduled(session, None, None):
        machine = network.find(job.machine)
        if machine is not None and _is_free(session, network, machine):
            moments.append(readiness.ready_at(job, _ahead(session, job), now))
    return min((each for each in moments if each != NEVER), default=None)


def by_hand(network: Network, machine: Machine) -> bool:
    """Whether a person starts the machine's jobs, and nothing is sent to it."""
    monitored = network.lab(machine.lab).mode(machine) is Mode.MONITORED
    return machine.connection.driver is Driver.HANDS or monitored


def is_clear(session: Session, network: Network, machine: Machine) -> bool:
    """Whether the machine may start: no clearing is asked for, or it was cleared (armed) since its last run."""
    armed = network.lab(machine.lab).mode(machine) is Mode.ARMED
    if not armed and Confirmation.BED_CLEAR not in machine.confirms:
        return True
    row = session.get(MachineRow, machine.id)
    if row is None or row.cleared_at is None:
        return False
    last = select(RunRow).join(JobRow, JobRow.id == RunRow.job_id).where(JobRow.machine == machine.id)
    run = session.scalars(last.order_by(RunRow.started_at.desc()).limit(1)).first()
    return run is None or (run.ended_at is not None and run.ended_at <= row.cleared_at)


def _is_free(session: Session, network: Network, machine: Machine) -> bool:
    if by_hand(network, machine):
        return True
    busy = select(JobRow.id).where(JobRow.machine == machine.id, JobRow.state.in_(_AT_WORK)).limit(1)
    return session.scalars(busy).first() is None and is_clear(session, network, machine)


def _scheduled(session: Session, lab: str | None, machines: Sequence[str] | None) -> Sequence[JobRow]:
    query = select(JobRow).join(OrderRow, OrderRow.build_id == JobRow.build_id)
    query = query.where(JobRow.state == JobState.SCHEDULED)
    if lab is not None:
        query = query.where(JobRow.lab == lab)
    if machines is not None:
        query = query.where(JobRow.machine.in_(machines))
    return session.scalars(query.order_by(JobRow.planned_start, JobRow.offer_id)).all()


def _ahead(session: Session, job: JobRow) -> Iterator[TaskRow]:
    query = select(TaskRow).join(TaskEdgeRow, TaskEdgeRow.before_id == TaskRow.id)
    return iter(session.scalars(query.where(TaskEdgeRow.after_id == job.lot.task_id)))
