"""Programs that labs give for jobs that wait for one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from coordinator.life import give_program
from coordinator.plans.given_program import GivenProgram, judge
from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.service import OrderRow
from coordinator.schema.stock import NeedRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from core.errors import StateError
from machines.lab import Machine

__all__ = ["GivenView", "Programs"]


class GivenView(View):
    """A program that was taken for a job, as it was read: what it does is known by its moves.

    `low_mm` and `high_mm` are the corners (X, Y, Z) of what its tool passes over, null where nothing moves.
    `vouched` are commands that pass only because the lab vouches for them.
    """

    job_id: str
    state: JobState
    program: str
    program_sha256: str
    kind: str
    duration_s: float
    low_mm: list[float] | None
    high_mm: list[float] | None
    vouched: list[str]
    planned_start: datetime
    planned_end: datetime


class Programs:
    """What machines are to run, where no design brought it along and none could be sliced."""

    def __init__(self, house: House) -> None:
        self._house = house

    def require_may_give(self, call: Call, job_id: str) -> None:
        """Refuse who may not, before a byte is taken.

        Raises:
            UnknownError: there is no such job.
            ForbiddenError: who asks is no operator of its lab.
        """
        with self._house.reading() as session:
            _job(session, call, job_id)

    def give(self, call: Call, job_id: str, location: Path, name: str) -> GivenView:
        """Give a job the program that it waits for: it is checked as every program is, timed, and the job scheduled.

        Args:
            call: who asks.
            job_id: of the job.
            location: of the program, on this computer.
            name: of the program, a file's name.

        Raises:
            UnknownError: there is no such job.
            ForbiddenError: who asks is no operator of its lab.
            StateError: it waits for no program, or its machine was described anew meanwhile.
            InputError: it is no program, or one that the machine must not run.
            LimitError: it is too large.
        """
        with self._house.reading() as session:
            job = _job(session, call, job_id)
            machine = self._machine(session, job)
            pieces = len(job.pieces)
            wanted = job.state is JobState.WAITING_FOR_TOOLPATH  # else it was given before, maybe by this same call
        given = judge(location, name, pieces, machine) if wanted else None
        digest = self._house.files.add(location) if wanted else ""

        def work(change: Change) -> GivenView:
            job = _job(change.session, call, job_id)
            if given is None:
                raise StateError(f"a job that is {job.state} waits for no program", where=f"job {job_id}")
            if self._machine(change.session, job) != machine:
                hint = "send the program again"
                raise StateError("its machine was described anew meanwhile", where=f"job {job_id}", hint=hint)
            end = job.planned_start + timedelta(seconds=given.duration_s)
            give_program(change.session, job, digest, name, end, change.at, who=change.who)
            _note_needs(change.session, job, given)
            want_plan(change, job.build_id, f"there is a program for {job.lot.task.name}")
            return _view(job, given)

        return self._house.perform(call, GivenView, work)

    def _machine(self, session: Session, job: JobRow) -> Machine:
        network = self._house.networks.of(session)
        machine = network.find(job.machine) if network is not None else None
        if machine is None:
            raise StateError(f"{job.machine} has left the network", where=f"job {job.id}")
        return machine


def _job(session: Session, call: Call, job_id: str) -> JobRow:
    job = session.get(JobRow, job_id)
    if job is None or session.get(OrderRow, job.build_id) is None:
        raise UnknownError(f"there is no job {job_id[:60]!r}")
    call.actor.require(Right.ANSWER, job.lab)
    return job


def _note_needs(session: Session, job: JobRow, given: GivenProgram) -> None:
    """What the program says that it takes counts instead of what was estimated without one."""
    needs = given.needs(job.lot.task.material)
    if needs:
        session.execute(delete(NeedRow).where(NeedRow.offer_id == job.offer_id))
        for each in needs:
            each.offer_id = job.offer_id
            session.add(each)


def _view(job: JobRow, given: GivenProgram) -> GivenView:
    bounds = given.program.facts.bounds_mm
    return GivenView(
        job_id=job.id,
        state=job.state,
        program=job.program_name or "",
        program_sha256=job.program_sha256 or "",
        kind=str(given.program.facts.kind),
        duration_s=given.duration_s,
        low_mm=None if bounds is None else list(bounds.minimum),
        high_mm=None if bounds is None else list(bounds.maximum),
        vouched=list(given.vouched),
        planned_start=job.planned_start,
        planned_end=job.planned_end,
    )
