"""Jobs are handed out to agents that ask for work: to all that ask at the same time in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from agent.protocol import policy_document
from coordinator.life import give_back
from coordinator.moves import advance
from coordinator.plans.programs import policy_for
from coordinator.schema.builds import JobRow
from coordinator.schema.service import AttemptRow, AttemptState
from coordinator.service.access import Actor, Right
from coordinator.service.house import Change, House, View
from coordinator.service.machinery.drivers import Drivers
from coordinator.service.refusals import ForbiddenError
from coordinator.service.runs.leasing import Lease
from coordinator.service.runs.presence import Presence
from coordinator.service.runs.queue import Asked, Queue, Waiting
from core.errors import FabcommonsError
from machines.lab import Confirmation, Machine

__all__ = ["Claimant", "HandingOut", "WorkView", "take_back"]

_HELD = (
    select(AttemptRow.id, AttemptRow.agent_id, JobRow.machine)
    .join(JobRow, JobRow.id == AttemptRow.job_id)
    .where(AttemptRow.agent_id.in_(bindparam("agents", expanding=True)), AttemptRow.state == AttemptState.LEASED)
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


@dataclass(frozen=True, slots=True)
class Claimant:
    """An agent that asks for a job for one of these machines of its lab."""

    actor: Actor
    lab: str
    machines: Sequence[str]


Answer = WorkView | FabcommonsError | None


class HandingOut:
    """Gives jobs that may start to agents, under leases."""

    def __init__(self, house: House, drivers: Drivers, presence: Presence) -> None:
        """Args: house: the house; drivers: who drives which machine; presence: notes who was heard of."""
        self._house = house
        self._drivers = drivers
        self._presence = presence
        self._queue = Queue(house.networks)
        self._policies: dict[str, tuple[Machine, dict[str, Any]]] = {}

    def answer(self, claimants: Sequence[Claimant]) -> list[Answer]:
        """For each claimant the next job that may start, None where there is none now, or what is wrong.

        One look for all, and where there is something to give, one transaction for all.
        """
        answers: list[Answer] = [None] * len(claimants)
        held: dict[int, Claimant] = {}
        for number, claimant in enumerate(claimants):
            try:
                held[number] = self._admitted(claimant)
            except ForbiddenError as error:
                answers[number] = error
        with self._house.looking() as session:
            found = self._found(session, held)
            forgotten = _forgotten(session, {number: held[number] for number in held.keys() - found.keys()})
        if found or forgotten:
            with self._house.change("agents") as change:
                self._forget(change, held, forgotten)
                found |= self._found(change.session, {number: held[number] for number in forgotten})
                for number in sorted(found):
                    answers[number] = self._take(replace(change, who=held[number].actor.id), *found[number])
        return answers

    def _admitted(self, claimant: Claimant) -> Claimant:
        """The same, for those of its machines that the agent drives."""
        claimant.actor.require(Right.DRIVE, claimant.lab)
        self._presence.note(claimant.actor.id)
        return replace(claimant, machines=self._drivers.held(claimant.actor.id, claimant.lab, claimant.machines))

    def _found(self, session: Session, claimants: dict[int, Claimant]) -> dict[int, tuple[Waiting, Machine]]:
        asked = {number: Asked(claimant.lab, tuple(claimant.machines)) for number, claimant in claimants.items()}
        return self._queue.next_jobs(session, asked, self._house.clock.now()) if asked else {}

    def _forget(self, change: Change, claimants: dict[int, Claimant], forgotten: dict[int, list[int]]) -> None:
        """Take back what agents were given and have not started: the answer that told them so was lost."""
        for number, attempts in forgotten.items():
            theirs = replace(change, who=claimants[number].actor.id)
            for attempt in (change.session.get_one(AttemptRow, attempt_id) for attempt_id in attempts):
                if attempt.state is AttemptState.LEASED:
                    why = "its agent asks for work: it has not heard of this lease"
                    take_back(theirs, attempt, attempt.job, why)
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

    def _policy(self, machine: Machine) -> dict[str, Any]:
        """What the machine may be asked for; worked out once for each change of its entry."""
        known = self._policies.get(machine.id)
        if known is None or known[0] is not machine:
            known = self._policies[machine.id] = (machine, policy_document(policy_for(machine)))
        return known[1]


def take_back(change: Change, attempt: AttemptRow, job: JobRow, why: str) -> None:
    """End an attempt that was not started; its job may be handed out again."""
    advance(attempt, AttemptState.RELEASED, f"attempt {attempt.id}")
    give_back(change.session, job, change.at, who=change.who, why=why)


def _forgotten(session: Session, claimants: dict[int, Claimant]) -> dict[int, list[int]]:
    """For each claimant, the leases that it has on the machines it asks for."""
    if not claimants:
        return {}
    agents = sorted({claimant.actor.id for claimant in claimants.values()})
    rows = session.connection().execute(_HELD, {"agents": agents}).all()
    leases = {
        number: [row.id for row in rows if row.agent_id == claimant.actor.id and row.machine in claimant.machines]
        for number, claimant in claimants.items()
    }
    return {number: attempts for number, attempts in leases.items() if attempts}
