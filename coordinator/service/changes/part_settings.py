"""How parts are to be made: what the design says, what builder or maintainer set, what of it nobody honours alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.graph import TaskKind
from coordinator.schema.builds import BuildState, JobRow, TaskRow, TaskState
from coordinator.schema.change import OfferSubstitutionRow, SubstitutionRow, TaskSettingsRow
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import design_key
from coordinator.service.planning.orders import want_plan
from coordinator.service.planning.taking_back import take_back
from coordinator.service.refusals import UnknownError
from coordinator.service.work.builds import order_in, require_tender
from core.errors import InputError, StateError
from core.part_settings import PartSettings, not_honoured

__all__ = ["JobSheet", "SettingsView", "TaskSettings"]

_TIGHTEST_MM, _WIDEST_MM = 0.001, 50.0


class SettingsView(View):
    """How a task's part is made.

    `stated` is what the design says, `set` what was set here and counts more, `settings` both together. `not_honoured`
    names what no machine carries out by itself.
    """

    task_id: int
    task: str
    stated: dict[str, Any]
    set: dict[str, Any]
    settings: dict[str, Any]
    text: str
    tolerance_mm: float | None
    not_honoured: list[str]
    set_by: str | None
    set_at: datetime | None
    why: str


class JobSheet(View):
    """What whoever makes a job has to know."""

    job_id: str
    build_id: int
    design: str
    task: str
    pieces: int
    lab: str
    machine: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None
    program: str | None
    settings: str
    tolerance_mm: float | None
    not_honoured: list[str]
    substitutions: list[str]


class TaskSettings:
    """How parts are made."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, task_id: int) -> SettingsView:
        """The settings of a task.

        Raises:
            UnknownError: there is no such task.
        """
        with self._house.reading() as session:
            return _view(session, _task(session, task_id))

    def of_build(self, build_id: int) -> dict[int, SettingsView]:
        """By task, where anything is stated or set.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            order_in(session, build_id)
            query = select(TaskSettingsRow).join(TaskRow).where(TaskRow.build_id == build_id)
            return {row.task_id: _view(session, row.task) for row in session.scalars(query)}

    def put(
        self, call: Call, task_id: int, settings: PartSettings, tolerance_mm: float | None, why: str
    ) -> SettingsView:
        """Set how a task's part is made, instead of what was set before; for what is not begun.

        Args:
            call: who asks.
            task_id: of something that is made.
            settings: what counts more than what the design says; nothing stated leaves it to the design.
            tolerance_mm: plus or minus, or None.
            why: one sentence.

        Raises:
            UnknownError: there is no such task.
            ForbiddenError: who asks has not ordered the build, does not maintain the design and is no steward.
            InputError: the tolerance is none, or the task makes nothing.
            StateError: nothing of the task is left to make.
        """
        if tolerance_mm is not None and not _TIGHTEST_MM <= tolerance_mm <= _WIDEST_MM:
            raise InputError(f"a tolerance lies between {_TIGHTEST_MM:g} and {_WIDEST_MM:g} mm", where="tolerance_mm")

        def work(change: Change) -> SettingsView:
            session, task = change.session, _task(change.session, task_id)
            _require_decider(session, call.actor, task)
            if task.kind != TaskKind.FABRICATE:
                raise InputError("only what is made has settings", where=f"task {task_id}")
            if task.build.state is not BuildState.OPEN or task.state in (TaskState.DONE, TaskState.CANCELLED):
                raise StateError("nothing of this task is left to make", where=f"task {task_id}")
            row = session.get(TaskSettingsRow, task_id)
            if row is None:
                row = TaskSettingsRow(task=task, stated={}, document={}, set_at=None, set_by=None, why="")
                session.add(row)
            row.document = settings.document() | ({"tolerance_mm": tolerance_mm} if tolerance_mm is not None else {})
            row.set_at, row.set_by, row.why = change.at, change.who, why
            change.record("task.settings", f"task {task.key}", why, build=task.build_id, settings=row.document)
            for lot in task.lots:
                take_back(change, lot, f"{task.name} is to be made otherwise")
            want_plan(change, task.build_id, f"settings of {task.name} have changed")
            session.flush()
            return _view(session, task)

        return self._house.perform(call, SettingsView, work)

    def sheet(self, job_id: str) -> JobSheet:
        """What whoever makes a job has to know.

        Raises:
            UnknownError: there is no such job.
        """
        with self._house.reading() as session:
            job = session.get(JobRow, job_id)
            if job is None or session.get(OrderRow, job.build_id) is None:
                raise UnknownError(f"there is no job {job_id[:60]!r}")
            return _sheet(session, job)


def _require_decider(session: Session, actor: Actor, task: TaskRow) -> None:
    if not actor.may(Right.KEEP_DESIGN, design=design_key(session, task.build.design_id)):
        require_tender(session, actor, task.build_id)


def _task(session: Session, task_id: int) -> TaskRow:
    found = session.get(TaskRow, task_id)
    if found is None or session.get(OrderRow, found.build_id) is None:
        raise UnknownError(f"there is no task {task_id}")
    return found


def _view(session: Session, task: TaskRow) -> SettingsView:
    row = session.get(TaskSettingsRow, task.id)
    stated, chosen = (row.stated, row.document) if row is not None else ({}, {})
    both = {**stated, **chosen}
    settings = PartSettings.of(both)
    return SettingsView(
        task_id=task.id,
        task=task.name,
        stated=stated,
        set=chosen,
        settings=both,
        text=settings.text,
        tolerance_mm=both.get("tolerance_mm"),
        not_honoured=list(not_honoured(settings, task.process, by_slicer=True)),
        set_by=row.set_by if row is not None else None,
        set_at=row.set_at if row is not None else None,
        why=row.why if row is not None else "",
    )


def _sheet(session: Session, job: JobRow) -> JobSheet:
    task = job.lot.task
    used = select(SubstitutionRow).join(OfferSubstitutionRow).where(OfferSubstitutionRow.offer_id == job.offer_id)
    instead = {each.kind: each for each in session.scalars(used.order_by(SubstitutionRow.id))}
    told = _view(session, task)
    values = {str(kind): each.instead for kind, each in instead.items()}
    process = values.get("process", task.process)
    by_slicer = job.program_sha256 is not None
    return JobSheet(
        job_id=job.id, build_id=job.build_id, design=task.build.design.name, task=task.name, pieces=job.lot.pieces,
        lab=job.lab, machine=job.machine, process=process, material=values.get("material", task.material),
        file=task.file, file_sha256=task.file_sha256, program=job.program_name, settings=told.text,
        tolerance_mm=float(values["tolerance"]) if "tolerance" in values else told.tolerance_mm,
        not_honoured=list(not_honoured(PartSettings.of(told.settings), process, by_slicer=by_slicer)),
        substitutions=[f"{each.instead} instead of {each.wanted or each.kind}" for each in instead.values()],
    )  # fmt: skip
