"""Kits: what has to lie on the table before hands begin to assemble, ticked off by who sees it there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bom.graph import TaskKind
from coordinator.schema.builds import BuildRow, JobRow, JobState, LotRow, TaskRow
from coordinator.schema.service import OrderRow
from coordinator.schema.supply import KitTickRow, KitWaiverRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.refusals import UnknownError
from coordinator.service.supplies.kitting import KitLine, kits_of, lines_of
from core.errors import InputError, StateError

__all__ = ["MOST", "KitLineView", "KitView", "Kits", "is_waived", "require_kit"]

MOST: Final = 50
"""Kits in one answer."""
_BEFORE: Final = (JobState.SCHEDULED, JobState.WAITING_FOR_TOOLPATH, JobState.DISPATCHED)
_MOST_NAMED: Final = 3


class KitLineView(View):
    """One thing of a kit. `kind` is made, bought or tool; `quantity` is null where the design's amounts were not kept.

    `here` is how much of it is in the lab by what was noted, `where` says of the rest where it is; `may_be_ticked`
    whether it can lie on the table at all: it is made, and in no shipment.
    """

    task_id: int
    name: str
    kind: str
    quantity: float | None
    unit: str
    here: float
    is_here: bool
    where: str
    may_be_ticked: bool
    expected_at: datetime | None
    ticked_at: datetime | None
    ticked_by: str | None
    why: str


class KitView(View):
    """What one job of assembly needs: it may begin when all is ticked, or a person has waived that with a reason."""

    job_id: str
    build_id: int
    design: str
    task: str
    pieces: int
    lab: str
    machine: str
    state: JobState
    planned_start: datetime
    complete: bool
    waived_by: str | None
    waived_why: str | None
    expected_at: datetime | None
    lines: list[KitLineView]


class Kits:
    """What lies on the table."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, build_id: int | None = None, lab: str | None = None, limit: int = MOST) -> list[KitView]:
        """The kits of assemblies that have not begun, of a build or a lab, in the order of their starts."""
        query = (
            select(JobRow)
            .join(OrderRow, OrderRow.build_id == JobRow.build_id)
            .join(LotRow, LotRow.id == JobRow.lot_id)
            .join(TaskRow, TaskRow.id == LotRow.task_id)
            .where(TaskRow.kind == str(TaskKind.ASSEMBLE), JobRow.state.in_(_BEFORE))
            .options(
                joinedload(JobRow.lot).joinedload(LotRow.task).joinedload(TaskRow.build).joinedload(BuildRow.design)
            )
        )
        if build_id is not None:
            query = query.where(JobRow.build_id == build_id)
        if lab is not None:
            query = query.where(JobRow.lab == lab)
        with self._house.reading() as session:
            jobs = session.scalars(query.order_by(JobRow.planned_start, JobRow.id).limit(min(limit, MOST))).all()
            kits, ids = kits_of(session, jobs), [job.id for job in jobs]
            waived = session.scalars(select(KitWaiverRow).where(KitWaiverRow.job_id.in_(ids)))
            waivers = {row.job_id: row for row in waived}
            return [_view_of(job, kits[job.id], waivers.get(job.id)) for job in jobs]

    def one(self, job_id: str) -> KitView:
        """The kit of one job.

        Raises:
            UnknownError: there is no such job, or it assembles nothing.
        """
        with self._house.reading() as session:
            return _view(session, _job(session, job_id))

    def tick(self, call: Call, job_id: str, tasks: Sequence[int], why: str = "") -> KitView:
        """Say that things lie on the table.

        Args:
            call: who asks.
            job_id: whose kit.
            tasks: ids; none for all that is in the lab by what was noted.
            why: how something came that by what was noted is not there, such as "carried over".

        Raises:
            UnknownError: there is no such job, or it needs nothing of such a task.
            ForbiddenError: who asks is no operator of the lab.
            StateError: the job has begun; or by what was noted a thing is not there and nobody says how it came, is in
                a shipment that has not arrived, or is not made yet.
        """

        def work(change: Change) -> KitView:
            job = _open_job(change.session, call, job_id)
            lines = lines_of(change.session, job)
            for line in _chosen(lines, tasks):
                if line.tick is None:
                    _require_there(line, why)
                    change.session.add(_tick(change, job, line, why))
                    change.record("kit.ticked", f"job {job_id}", why, task=line.task.name, build=job.build_id)
            change.session.flush()
            if lines and all(line.tick is not None for line in lines_of(change.session, job)):
                change.record("kit.complete", f"job {job_id}", build=job.build_id)
            return _view(change.session, job)

        return self._house.perform(call, KitView, work)

    def untick(self, call: Call, job_id: str, task_id: int, why: str) -> KitView:
        """Say that something does not lie on the table any more.

        Raises:
            UnknownError: there is no such job, or it needs nothing of such a task.
            ForbiddenError: who asks is no operator of the lab.
            StateError: the job has begun, or nobody has ticked it.
        """

        def work(change: Change) -> KitView:
            job = _open_job(change.session, call, job_id)
            (line,) = _chosen(lines_of(change.session, job), [task_id])
            if line.tick is None:
                raise StateError("nobody has ticked it", where=line.task.name)
            change.session.delete(line.tick)
            change.session.flush()
            change.record("kit.unticked", f"job {job_id}", why, task=line.task.name, build=job.build_id)
            return _view(change.session, job)

        return self._house.perform(call, KitView, work)

    def waive(self, call: Call, job_id: str, why: str) -> KitView:
        """Say that a job may begin though its kit is not complete.

        Raises:
            UnknownError: there is no such job, or it assembles nothing.
            ForbiddenError: who asks is no operator of the lab.
            StateError: the job has begun, or that was said before.
            InputError: nobody says why.
        """
        if not why.strip():
            raise InputError("say why it may begin without", where="why")

        def work(change: Change) -> KitView:
            job = _open_job(change.session, call, job_id)
            if is_waived(change.session, job):
                raise StateError("that was said before", where=f"job {job_id}")
            change.session.add(KitWaiverRow(job_id=job.id, waived_at=change.at, waived_by=change.who, why=why))
            change.session.flush()
            change.record("kit.waived", f"job {job_id}", why, build=job.build_id)
            return _view(change.session, job)

        return self._house.perform(call, KitView, work)


def is_waived(session: Session, job: JobRow) -> bool:
    """Whether a person has said that the job may begin without."""
    return session.get(KitWaiverRow, job.id) is not None


def require_kit(session: Session, job: JobRow) -> None:
    """Refuse to begin an assembly before all that it needs lies on the table.

    Raises:
        StateError: something was not ticked; it names what.
    """
    missing = [line.task.name for line in lines_of(session, job) if line.tick is None]
    if missing:
        names = ", ".join(missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        hint = "tick off what lies on the table, or begin without it and say why"
        raise StateError(f"not yet on the table: {names}{more}", where=f"job {job.id}", hint=hint)


def _chosen(lines: Sequence[KitLine], tasks: Sequence[int]) -> list[KitLine]:
    if not tasks:
        return [line for line in lines if line.is_here]
    by_task = {line.task.id: line for line in lines}
    strange = [each for each in tasks if each not in by_task]
    if strange:
        raise UnknownError(f"this kit has nothing of task {strange[0]}")
    return [by_task[each] for each in dict.fromkeys(tasks)]


def _require_there(line: KitLine, why: str) -> None:
    if line.is_here:
        return
    name = line.task.name
    if not line.may_be_here:
        told = f"it is {line.where}: note that first" if line.away else "it is not made yet"
        raise StateError(told, where=name)
    if not why.strip():
        told = line.where or "nobody has noted how much of it is needed"
        raise StateError(f"by what was noted it is not here ({told})", where=name, hint="say how it came")


def _tick(change: Change, job: JobRow, line: KitLine, why: str) -> KitTickRow:
    used = None if line.kind == "tool" else line.quantity  # a tool lies there for others too
    return KitTickRow(
        job_id=job.id, task_id=line.task.id, quantity=used, ticked_at=change.at, ticked_by=change.who, why=why
    )


def _open_job(session: Session, call: Call, job_id: str) -> JobRow:
    job = _any_job(session, job_id)
    call.actor.require(Right.ANSWER, job.lab)
    _require_assembly(job)
    if job.state not in _BEFORE:
        raise StateError(f"this job is {job.state}", where=f"job {job_id}")
    return job


def _job(session: Session, job_id: str) -> JobRow:
    found = _any_job(session, job_id)
    _require_assembly(found)
    return found


def _any_job(session: Session, job_id: str) -> JobRow:
    found = session.get(JobRow, job_id)
    if found is None or session.get(OrderRow, found.build_id) is None:
        raise UnknownError(f"there is no job {job_id[:60]!r}")
    return found


def _require_assembly(job: JobRow) -> None:
    if job.lot.task.kind != TaskKind.ASSEMBLE:
        raise UnknownError("this job assembles nothing", where=f"job {job.id}")


def _view(session: Session, job: JobRow) -> KitView:
    return _view_of(job, lines_of(session, job), session.get(KitWaiverRow, job.id))


def _view_of(job: JobRow, lines: Sequence[KitLine], waiver: KitWaiverRow | None) -> KitView:
    missing = [line for line in lines if line.tick is None and not line.is_here]
    moments = [line.expected_at for line in missing]
    known = [each for each in moments if each is not None]
    return KitView(
        job_id=job.id, build_id=job.build_id, design=job.lot.task.build.design.name, task=job.lot.task.name,
        pieces=job.lot.pieces, lab=job.lab, machine=job.machine, state=job.state, planned_start=job.planned_start,
        complete=all(line.tick is not None for line in lines),
        waived_by=waiver.waived_by if waiver else None, waived_why=waiver.why if waiver else None,
        expected_at=max(known) if known and len(known) == len(moments) else None,
        lines=[_line_view(line) for line in lines],
    )  # fmt: skip


def _line_view(line: KitLine) -> KitLineView:
    return KitLineView(
        task_id=line.task.id, name=line.task.name, kind=line.kind, quantity=line.quantity, unit=line.task.unit,
        here=line.here, is_here=line.is_here, where=line.where, may_be_ticked=line.may_be_here,
        expected_at=line.expected_at, ticked_at=line.tick.ticked_at if line.tick else None,
        ticked_by=line.tick.ticked_by if line.tick else None, why=line.tick.why if line.tick else "",
    )  # fmt: skip
