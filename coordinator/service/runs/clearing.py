"""Whether a machine may start: some start only after a person has said that they are clear and loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coordinator.schema.builds import JobRow, JobState, RunRow
from coordinator.schema.network import MachineRow
from machines.lab import Confirmation, Driver, Machine, Mode, Network

__all__ = ["Clearing", "by_hand", "clearing_of", "is_clear", "uncleared"]

_AT_WORK: Final = (JobState.DISPATCHED, JobState.RUNNING, JobState.LOST_CONTACT)
_TO_BE_SAID: Final = "somebody at the machine is to say that it is clear and loaded"


class Clearing(StrEnum):
    """How it stands with a person's word for the next start of a machine."""

    NOT_ASKED = "not asked"
    AT_WORK = "at work"
    NEEDED = "needed"
    SAID = "said"


def by_hand(network: Network, machine: Machine) -> bool:
    """Whether a person starts the machine's jobs, and nothing is sent to it."""
    monitored = network.lab(machine.lab).mode(machine) is Mode.MONITORED
    return machine.connection.driver is Driver.HANDS or monitored


def is_clear(session: Session, network: Network, machine: Machine) -> bool:
    """Whether the machine may start: no clearing is asked for, or it was cleared (armed) since its last run."""
    if not _is_asked(network, machine):
        return True
    row = session.get(MachineRow, machine.id)
    if row is None or row.cleared_at is None:
        return False
    last = select(RunRow).join(JobRow, JobRow.id == RunRow.job_id).where(JobRow.machine == machine.id)
    run = session.scalars(last.order_by(RunRow.started_at.desc()).limit(1)).first()
    return run is None or (run.ended_at is not None and run.ended_at <= row.cleared_at)


def clearing_of(session: Session, network: Network, machine: Machine) -> Clearing:
    """What a person has to say before the machine's next start, or has said; nothing while a job is on it."""
    if by_hand(network, machine) or not _is_asked(network, machine):
        return Clearing.NOT_ASKED
    if session.scalar(select(exists().where(JobRow.machine == machine.id, JobRow.state.in_(_AT_WORK)))):
        return Clearing.AT_WORK
    return Clearing.SAID if is_clear(session, network, machine) else Clearing.NEEDED


def uncleared(session: Session, network: Network | None, jobs: Sequence[JobRow], now: datetime) -> Mapping[str, str]:
    """By id of a scheduled job whose time has come: what a person is to say, where the machine waits for that only."""
    due = [job for job in jobs if job.state is JobState.SCHEDULED and job.planned_start <= now]
    known = {each: network.find(each) for each in {job.machine for job in due}} if network is not None else {}
    waiting = {
        each
        for each, machine in known.items()
        if machine is not None and network is not None and clearing_of(session, network, machine) is Clearing.NEEDED
    }
    return {job.id: _TO_BE_SAID for job in due if job.machine in waiting}


def _is_asked(network: Network, machine: Machine) -> bool:
    return network.lab(machine.lab).mode(machine) is Mode.ARMED or Confirmation.BED_CLEAR in machine.confirms
