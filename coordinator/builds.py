"""A build in the store: opened from a plan, offered to labs, turned into jobs when they accept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bom.graph import TaskGraph, TaskKind
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.person import Answer
from coordinator.planning import BuildPlan, Firm
from coordinator.tables import (
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    OfferRow,
    OfferState,
    PieceRow,
    PieceState,
    PlanRow,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.work import PlannedRun
from core.hashes import sha256_of_file
from designs.design import Design
from machines.lab import Driver, Network

__all__ = [
    "current_jobs",
    "decide",
    "declined",
    "firm_work",
    "open_build",
    "open_offers",
    "propose",
    "unfinished_build",
]


def unfinished_build(session: Session, content_hash: str, quantity: int, labs_file: str) -> BuildRow | None:
    """The newest build of exactly this order that is not reported yet, or None."""
    query = (
        select(BuildRow)
        .join(DesignRow)
        .where(
            BuildRow.state != BuildState.REPORTED,
            BuildRow.quantity == quantity,
            BuildRow.labs_file == labs_file,
            DesignRow.content_hash == content_hash,
        )
        .order_by(BuildRow.id.desc())
    )
    return session.scalars(query).first()


def open_build(
    session: Session, design: Design, graph: TaskGraph, quantity: int, labs_file: str, at: datetime
) -> BuildRow:
    """Store an order: the design's version and all its tasks."""
    source = design.source
    row = DesignRow(
        name=design.name,
        location=source.location,
        commit=source.commit,
        content_hash=design.content_hash,
        licence=design.licence,
    )
    build = BuildRow(design=row, quantity=quantity, state=BuildState.OPEN, labs_file=labs_file, opened_at=at)
    session.add(build)
    tasks: dict[str, TaskRow] = {}
    for task in graph.order():
        file = design.file(task.file) if task.file else None
        tasks[task.id] = TaskRow(
            build=build,
            key=task.id,
            kind=str(task.kind),
            name=task.name,
            quantity=task.quantity,
            unit=task.unit,
            process="assembly" if task.kind is TaskKind.ASSEMBLE else task.process,
            material=task.material,
            file=task.file,
            file_sha256=sha256_of_file(design.locate(file.path)) if file and file.present else None,
            assembly=task.assembly,
            state=TaskState.OPEN,
        )
    session.add_all(tasks.values())
    session.flush()
    for before, after in graph.graph.edges:
        session.add(TaskEdgeRow(before_id=tasks[before].id, after_id=tasks[after].id))
    record(session, at, "build.opened", f"build {build.id}", design=design.name, quantity=quantity, tasks=len(tasks))
    return build


def propose(
    session: Session,
    build: BuildRow,
    plan: BuildPlan,
    document: dict[str, Any],
    files: FileStore,
    at: datetime,
    why: str,
) -> None:
    """Store a plan: offer every run that has no job yet, order what is bought, name what cannot be placed."""
    row = PlanRow(build_id=build.id, made_at=at, why=why, document=document)
    session.add(row)
    session.flush()
    tasks = {task.key: task for task in build.tasks}
    jobs = current_jobs(session, build)
    for unanswered in open_offers(session, build):
        unanswered.state = OfferState.WITHDRAWN
        record(session, at, "offer.withdrawn", f"offer {unanswered.id}", why=why)
    for run in plan.workload.runs:
        job = jobs.get(run.id)
        if not run.candidates:
            _order(session, tasks[run.task.id], plan, run, at)
        elif job is None or job.state is JobState.SCRAPPED:
            _offer(session, row, tasks[run.task.id], plan, run, files, remake_of=job.id if job else None)
        elif job.state in (JobState.SCHEDULED, JobState.WAITING_FOR_TOOLPATH):
            placed = plan.placement(run.id)
            job.planned_start, job.planned_end = plan.moment(placed.start_s), plan.moment(placed.end_s)
    for each in plan.workload.unplaceable:
        tasks[each.task.id].state, tasks[each.task.id].reason = TaskState.UNPLACEABLE, each.reason
    record(session, at, "plan.made", f"build {build.id}", why=why, plan=row.id, makespan_s=plan.plan.makespan_s)


def open_offers(session: Session, build: BuildRow) -> Sequence[OfferRow]:
    """Offers that nobody has answered, with their tasks."""
    query = (
        select(OfferRow)
        .join(PlanRow)
        .where(PlanRow.build_id == build.id, OfferRow.state == OfferState.OFFERED)
        .options(joinedload(OfferRow.task))
        .order_by(OfferRow.id)
    )
    return session.scalars(query).all()


def decide(session: Session, build: BuildRow, offer: OfferRow, answer: Answer, network: Network, at: datetime) -> None:
    """Store a lab's answer; an accepted offer becomes a job with its pieces."""
    offer.state = OfferState.ACCEPTED if answer.yes else OfferState.DECLINED
    offer.decided_by, offer.why = answer.who, answer.why
    subject = f"offer {offer.id}"
    record(session, at, f"offer.{offer.state}", subject, who=answer.who, why=answer.why, machine=offer.machine)
    if not answer.yes:
        return
    by_hand = network.machine(offer.machine).connection.driver is Driver.HANDS
    ready = by_hand or offer.program_sha256 is not None
    job = JobRow(
        id=f"J{offer.id}-{uuid.uuid4().hex[:8]}",
        build_id=build.id,
        task_id=offer.task_id,
        offer_id=offer.id,
        run_key=offer.run_key,
        lab=offer.lab,
        machine=offer.machine,
        state=JobState.SCHEDULED if ready else JobState.WAITING_FOR_TOOLPATH,
        program_sha256=offer.program_sha256,
        program_name=offer.program_name,
        planned_start=offer.planned_start,
        planned_end=offer.planned_end,
        remake_of=offer.remake_of,
    )
    job.pieces = [
        PieceRow(task_id=offer.task_id, number=number, state=PieceState.PLANNED)
        for number in range(1, offer.pieces + 1)
    ]
    session.add(job)
    state = str(job.state).replace(" ", "-")
    record(session, at, f"job.{state}", f"job {job.id}", who=answer.who, machine=job.machine, offer=offer.id)


def declined(session: Session, build: BuildRow) -> frozenset[tuple[str, str]]:
    """Pairs of task key and machine that a lab has declined."""
    query = (
        select(TaskRow.key, OfferRow.machine)
        .join(OfferRow, OfferRow.task_id == TaskRow.id)
        .where(TaskRow.build_id == build.id, OfferRow.state == OfferState.DECLINED)
    )
    return frozenset((key, machine) for key, machine in session.execute(query))


def current_jobs(session: Session, build: BuildRow) -> dict[str, JobRow]:
    """The newest job of each run, by the run's key."""
    query = select(JobRow).where(JobRow.build_id == build.id).order_by(JobRow.offer_id)
    return {job.run_key: job for job in session.scalars(query)}


def unreplaced(session: Session, build: BuildRow) -> list[str]:
    """Scrapped jobs that nobody has been asked to make again."""
    asked = {offer.run_key for offer in open_offers(session, build)}
    return [
        job.id
        for key, job in current_jobs(session, build).items()
        if job.state is JobState.SCRAPPED and key not in asked and job.task.state is not TaskState.UNPLACEABLE
    ]


def leave(session: Session, build: BuildRow, at: datetime, why: str) -> None:
    """Note that scrapped or declined work has no place any more."""
    jobs, asked = current_jobs(session, build), {offer.run_key for offer in open_offers(session, build)}
    refused = select(OfferRow).join(PlanRow).where(PlanRow.build_id == build.id, OfferRow.state == OfferState.DECLINED)
    scrapped = {key: job.task for key, job in jobs.items() if job.state is JobState.SCRAPPED}
    declined_ones = {offer.run_key: offer.task for offer in session.scalars(refused) if offer.run_key not in jobs}
    homeless = {task.key: task for key, task in (scrapped | declined_ones).items() if key not in asked}
    for task in homeless.values():
        task.state, task.reason = TaskState.UNPLACEABLE, why
    record(session, at, "plan.failed", f"build {build.id}", why=why, tasks=sorted(homeless))


def firm_work(session: Session, build: BuildRow, at: datetime) -> Firm:
    """What a new plan must leave as it is."""
    placed: dict[str, tuple[str | None, datetime, datetime]] = {}
    machines: dict[str, str] = {}
    for key, job in current_jobs(session, build).items():
        run = job.run
        if job.state in (JobState.MADE, JobState.RUNNING) and run is not None:
            end = run.ended_at or max(job.planned_end, at)
            placed[key] = (job.machine, min(run.started_at, end), end)
        elif job.state in (JobState.SCHEDULED, JobState.WAITING_FOR_TOOLPATH):
            machines[key] = job.machine
    for task in build.tasks:
        if task.arrives_at is not None:
            placed[task.key] = (None, build.opened_at, task.arrives_at)
    return Firm(placed, machines)


def _order(session: Session, task: TaskRow, plan: BuildPlan, run: PlannedRun, at: datetime) -> None:
    if task.state is not TaskState.OPEN:
        return
    task.state = TaskState.ORDERED
    task.arrives_at = plan.moment(plan.placement(run.id).end_s)
    record(session, at, "task.ordered", f"task {task.key}", arrives_at=task.arrives_at.isoformat())


def _offer(
    session: Session,
    plan_row: PlanRow,
    task: TaskRow,
    plan: BuildPlan,
    run: PlannedRun,
    files: FileStore,
    *,
    remake_of: str | None,
) -> None:
    placed, candidate = plan.placement(run.id), plan.candidate(run)
    if candidate is None:
        raise KeyError(run.id)
    program = candidate.program
    session.add(
        OfferRow(
            plan_id=plan_row.id,
            task_id=task.id,
            run_key=run.id,
            lab=candidate.machine.lab,
            machine=candidate.machine.id,
            pieces=run.pieces,
            program_sha256=files.add(program.location) if program else None,
            program_name=program.path if program else None,
            verdict=str(candidate.match.verdict),
            terms=candidate.match.text,
            planned_start=plan.moment(placed.start_s),
            planned_end=plan.moment(placed.end_s),
            state=OfferState.OFFERED,
            remake_of=remake_of,
        )
    )
