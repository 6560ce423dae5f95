"""Builds cancelled half-way: first a look at what is kept, what is freed and what runs on; then all of it at once.

No machine is stopped from here: the labs own them. Who cancels may ask that a run be ended; its lab decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coordinator.lots import live_job, lots_of
from coordinator.moves import advance
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    JobRow,
    LotRow,
    PieceRow,
    PieceState,
    PlanRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.change import CancellationRow, SubstitutionRow, SubstitutionState
from coordinator.schema.pledge import GoalRow, GoalState
from coordinator.schema.supply import PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.house import Call, Change, House, View
from coordinator.service.planning.orders import want_plans
from coordinator.service.planning.taking_back import RUNS_ON, FreedView, freed_of, take_back
from coordinator.service.work.builds import order_in, require_tender
from coordinator.service.work.claims import open_claims
from core.errors import InputError, StateError

__all__ = ["CancellationView", "Cancellations", "KeptView", "MaterialView", "PurchaseLeft", "RunView", "end_build"]

_KEPT = (PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED, PieceState.SUPERSEDED)
_COMING = (PurchaseState.WANTED, PurchaseState.ORDERED, PurchaseState.SHORT)


class KeptView(View):
    """Pieces of one task that were made in one lab, where they stay; `wanted_by` are open builds that make the same."""

    task: str
    lab: str
    state: PieceState
    pieces: list[int]
    wanted_by: list[int]


class RunView(View):
    """A run that is not stopped; `stop_asked` says that who cancelled asks its lab to end it."""

    job_id: str
    task: str
    lab: str
    machine: str
    state: str
    stop_asked: bool = False


class PurchaseLeft(View):
    """Something bought that has not arrived: a person cancels it at its supplier, or keeps it."""

    task_id: int
    task: str
    quantity: float
    unit: str
    expected_at: datetime | None
    purchases: list[int]


class MaterialView(View):
    """Material that the newest plan took at a lab for what is freed or runs on."""

    lab: str
    material: str
    amount: float
    unit: str


class CancellationView(View):
    """What a cancellation does, or has done where `cancelled_at` says when."""

    build_id: int
    cancelled_at: datetime | None
    cancelled_by: str | None
    why: str
    kept: list[KeptView]
    freed: list[FreedView]
    running: list[RunView]
    purchases: list[PurchaseLeft]
    materials: list[MaterialView]
    tasks_left: int


class Cancellations:
    """Builds that end before they are done."""

    def __init__(self, house: House) -> None:
        self._house = house

    def one(self, build_id: int) -> CancellationView:
        """What cancelling a build would do; of a cancelled one what it did.

        Raises:
            UnknownError: there is no such build.
            StateError: it is finished.
        """
        with self._house.reading() as session:
            build = order_in(session, build_id).build
            done = session.get(CancellationRow, build_id)
            return _preview(session, build) if done is None else CancellationView.model_validate(done.document)

    def cancel(self, call: Call, build_id: int, why: str, *, stop: Sequence[str] = ()) -> CancellationView:
        """Cancel a build.

        Args:
            call: who asks.
            build_id: which.
            why: one sentence, for the labs that have worked for it.
            stop: ids of running jobs of which the labs are asked to end them.

        Raises:
            UnknownError: there is no such build.
            ForbiddenError: who asks has not ordered it and is no steward.
            InputError: there is no reason, or a job that is to be stopped does not run.
            StateError: it is finished, or cancelled already.
        """

        def work(change: Change) -> CancellationView:
            build = require_tender(change.session, call.actor, build_id).build
            if not why.strip():
                raise InputError("a reason is needed", where="why", hint="the labs that worked for it read it")
            return end_build(change, build, why, stop)

        return self._house.perform(call, CancellationView, work)


def end_build(change: Change, build: BuildRow, why: str, stop: Sequence[str] = ()) -> CancellationView:
    """Cancel a build.

    Args:
        change: the transaction; who makes it has been asked for their right.
        build: which.
        why: one sentence.
        stop: ids of running jobs of which the labs are asked to end them.

    Raises:
        InputError: a job that is to be stopped does not run.
        StateError: it is finished, or cancelled already.
    """
    seen = _preview(change.session, build)
    strange = set(stop) - {each.job_id for each in seen.running}
    if strange:
        raise InputError(f"{min(strange)[:60]} does not run for this build", where="stop")
    running = [each.model_copy(update={"stop_asked": each.job_id in stop}) for each in seen.running]
    told = {"cancelled_at": change.at, "cancelled_by": change.who, "why": why, "running": running}
    done = seen.model_copy(update=told)
    _carry_out(change, build, done)
    return done


def _carry_out(change: Change, build: BuildRow, done: CancellationView) -> None:
    session, why = change.session, f"the build was cancelled: {done.why}"
    advance(build, BuildState.CANCELLED, f"build {build.id}")
    build.finished_at = change.at
    for lot in lots_of(session, build):
        take_back(change, lot, why)
    for task in build.tasks:
        if task.state is not TaskState.DONE:
            advance(task, TaskState.CANCELLED, f"task {task.key}")
            task.reason = why
    goal = session.get(GoalRow, build.id)
    if goal is not None and goal.state is GoalState.PLEDGING:
        advance(goal, GoalState.LAPSED, f"build {build.id}")
        goal.settled_at = change.at
        change.record("goal.lapsed", f"build {build.id}", done.why)
    asked = select(SubstitutionRow).join(TaskRow).where(TaskRow.build_id == build.id)
    for each in session.scalars(asked.where(SubstitutionRow.state == SubstitutionState.ASKED)).all():
        advance(each, SubstitutionState.WITHDRAWN, f"substitution {each.id}")
        change.record("substitution.withdrawn", f"substitution {each.id}", why)
    for run in done.running:
        if run.stop_asked:
            change.record("job.stop-asked", f"job {run.job_id}", why, machine=run.machine, lab=run.lab)
    session.add(
        CancellationRow(
            build_id=build.id, cancelled_at=change.at, cancelled_by=change.who, why=done.why,
            document=done.model_dump(mode="json"),
        )
    )  # fmt: skip
    facts = {"kept": sum(len(each.pieces) for each in done.kept), "freed": len(done.freed)}
    change.record("build.cancelled", f"build {build.id}", done.why, **facts, running=len(done.running))
    want_plans(change, f"build {build.id} was cancelled: machines are free again")


def _preview(session: Session, build: BuildRow) -> CancellationView:
    if build.state not in (BuildState.OPEN, BuildState.WAITING):
        raise StateError(f"it is {build.state} and cannot be cancelled", where=f"build {build.id}")
    lots, claims = lots_of(session, build), open_claims(session, build.id)
    return CancellationView(
        build_id=build.id,
        cancelled_at=None,
        cancelled_by=None,
        why="",
        kept=_kept(session, build),
        freed=[each for lot in lots for each in freed_of(lot, claims)],
        running=_running(session, build),
        purchases=_purchases(session, build),
        materials=_materials(session, build, lots),
        tasks_left=sum(task.state is not TaskState.DONE for task in build.tasks),
    )


def _kept(session: Session, build: BuildRow) -> list[KeptView]:
    query = (
        select(PieceRow)
        .join(JobRow)
        .where(JobRow.build_id == build.id, PieceRow.state.in_(_KEPT))
        .options(joinedload(PieceRow.job).joinedload(JobRow.lot).joinedload(LotRow.task))
    )

    def kind(piece: PieceRow) -> tuple[int, str, str]:
        return piece.job.lot.task_id, piece.job.lab, str(piece.state)

    pieces = sorted(session.scalars(query), key=lambda each: (*kind(each), each.id))
    wanted = _wanted_elsewhere(session, build, {each.job.lot.task for each in pieces})
    found = []
    for _, same in groupby(pieces, key=kind):
        some = list(same)
        task, first = some[0].job.lot.task, some[0]
        by = [] if first.state in (PieceState.DELIVERED, PieceState.SUPERSEDED) else wanted.get(_looks(task), [])
        found.append(
            KeptView(
                task=task.name, lab=first.job.lab, state=first.state, pieces=[each.id for each in some], wanted_by=by
            )
        )
    return found


def _looks(task: TaskRow) -> tuple[str | None, str | None, str | None]:
    return task.file_sha256, task.process, task.material


def _wanted_elsewhere(
    session: Session, build: BuildRow, tasks: Iterable[TaskRow]
) -> dict[tuple[str | None, str | None, str | None], list[int]]:
    """Other open builds that still make the same: file, process and material are the same."""
    files = {task.file_sha256 for task in tasks if task.file_sha256}
    query = select(TaskRow).join(BuildRow).where(TaskRow.file_sha256.in_(files), BuildRow.state == BuildState.OPEN)
    over = (TaskState.DONE, TaskState.CANCELLED)
    found: dict[tuple[str | None, str | None, str | None], list[int]] = {}
    for task in session.scalars(query.where(TaskRow.build_id != build.id, TaskRow.state.not_in(over))):
        found.setdefault(_looks(task), []).append(task.build_id)
    return {looks: sorted(set(builds)) for looks, builds in found.items()}


def _running(session: Session, build: BuildRow) -> list[RunView]:
    query = select(JobRow).where(JobRow.build_id == build.id, JobRow.state.in_(RUNS_ON)).order_by(JobRow.id)
    return [
        RunView(job_id=job.id, task=job.lot.task.name, lab=job.lab, machine=job.machine, state=str(job.state))
        for job in session.scalars(query)
    ]


def _purchases(session: Session, build: BuildRow) -> list[PurchaseLeft]:
    items = select(PurchaseItemRow).join(PurchaseRow).join(TaskRow, TaskRow.id == PurchaseItemRow.task_id)
    items = items.where(TaskRow.build_id == build.id, PurchaseRow.state.in_(_COMING))
    bought: dict[int, list[int]] = {}
    for item in session.scalars(items.order_by(PurchaseItemRow.id)):
        bought.setdefault(item.task_id, []).append(item.purchase_id)
    return [
        PurchaseLeft(
            task_id=task.id, task=task.name, quantity=task.quantity, unit=task.unit, expected_at=task.arrives_at,
            purchases=bought.get(task.id, []),
        )
        for task in build.tasks
        if task.id in bought or task.state is TaskState.ORDERED
    ]  # fmt: skip


def _materials(session: Session, build: BuildRow, lots: Sequence[LotRow]) -> list[MaterialView]:
    """What the newest plan takes at labs; none where nothing is to be freed."""
    newest = select(PlanRow).where(PlanRow.build_id == build.id).order_by(PlanRow.id.desc()).limit(1)
    plan = session.scalars(newest).first()
    if plan is None or all(job is not None and job.run is not None for job in map(live_job, lots)):
        return []
    return [
        MaterialView(lab=each["lab"], material=each["material"], amount=each["amount"], unit=each["unit"])
        for each in plan.document["materials"]
    ]
