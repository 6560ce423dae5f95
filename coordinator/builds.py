"""A build in the store: opened from a design, offered to labs lot by lot, turned into jobs when they accept."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.graph import Task, TaskGraph, TaskKind
from commons.licences.parties import Purpose
from coordinator.answers import Answer
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.first_articles import ask_for
from coordinator.life import withdraw
from coordinator.lots import homeless, live_job, lots_of, made_in_full, open_offer
from coordinator.moves import advance
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PieceRow,
    PieceState,
    PlanRow,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.change import OfferSubstitutionRow, TaskSettingsRow
from coordinator.schema.service import CheckRow
from core.hashes import sha256_of_file
from designs.design import Design
from machines.lab import Driver, FirstArticle, Network

if TYPE_CHECKING:  # they bring the planner's packages along, which who only looks does without
    from coordinator.plans.planning import BuildPlan
    from coordinator.plans.work import Candidate, Lot

__all__ = [
    "builds_of",
    "close_offer",
    "close_task",
    "decide",
    "give_up",
    "note_settings",
    "open_build",
    "propose",
    "same_order",
    "task_facts",
    "withdraw_strangers",
]


def builds_of(session: Session) -> list[BuildRow]:
    """All builds, the newest first."""
    return list(session.scalars(select(BuildRow).order_by(BuildRow.id.desc())))


def same_order(build: BuildRow, content_hash: str, quantity: int, labs_file: str) -> bool:
    """Whether a build is for exactly this order."""
    return (build.design.content_hash, build.quantity, build.labs_file) == (content_hash, quantity, labs_file)


def open_build(
    session: Session, design: Design, graph: TaskGraph, quantity: int, labs_file: str, at: datetime, *,
    row: DesignRow | None = None, who: str = "coordinator", first_article: FirstArticle | None = None,
    purpose: Purpose | None = None,
) -> BuildRow:  # fmt: skip
    """Store an order: the design's version (`row` where it is stored already) and all its tasks."""
    source = design.source
    row = row or DesignRow(
        name=design.name,
        location=source.location,
        commit=source.commit,
        content_hash=design.content_hash,
        licence=design.licence,
    )
    build = BuildRow(
        design=row, quantity=quantity, state=BuildState.OPEN, labs_file=labs_file, opened_at=at,
        first_article=first_article, purpose=purpose,
    )  # fmt: skip
    session.add(build)
    tasks: dict[str, TaskRow] = {}
    for task in graph.order():
        tasks[task.id] = TaskRow(build=build, key=task.id, state=TaskState.OPEN, **task_facts(design, task))
    session.add_all(tasks.values())
    session.flush()
    for task in graph.order():
        note_settings(session, tasks[task.id], task)
    for before, after, facts_of_edge in graph.graph.edges(data=True):
        amount = facts_of_edge["quantity"]
        session.add(TaskEdgeRow(before_id=tasks[before].id, after_id=tasks[after].id, quantity=amount))
    facts: dict[str, Any] = {"design": design.name, "quantity": quantity, "tasks": len(tasks)}
    record(session, at, "build.opened", f"build {build.id}", who=who, **facts)
    return build


def task_facts(design: Design, task: Task) -> dict[str, Any]:
    """What is stored of a task of an open design, by column."""
    file = design.file(task.file) if task.file else None
    return {
        "kind": str(task.kind),
        "name": task.name,
        "quantity": task.quantity,
        "unit": task.unit,
        "process": "assembly" if task.kind is TaskKind.ASSEMBLE else task.process,
        "material": task.material,
        "file": task.file,
        "file_sha256": sha256_of_file(design.locate(file.path)) if file and file.present else None,
        "assembly": task.assembly,
    }


def note_settings(session: Session, row: TaskRow, task: Task) -> None:
    """Store how the design says that a task's part is made; what was set here stays."""
    stated = task.settings.document() | ({"tolerance_mm": task.tolerance_mm} if task.tolerance_mm else {})
    known = session.get(TaskSettingsRow, row.id)
    if known is not None:
        known.stated = stated
    elif stated:
        session.add(TaskSettingsRow(task_id=row.id, stated=stated, document={}, set_at=None, set_by=None, why=""))


def propose(
    session: Session,
    build: BuildRow,
    plan: BuildPlan,
    document: dict[str, Any],
    files: FileStore,
    at: datetime,
    why: str,
) -> None:
    """Store a plan: offer every lot that has no job, order what is bought, name what cannot be placed.

    Accepted jobs that have not started take the new times, and so do offers that nobody has answered and that the plan
    would make again; other offers are withdrawn.
    """
    row = PlanRow(build_id=build.id, made_at=at, why=why, document=document)
    session.add(row)
    session.flush()
    tasks = {task.key: task for task in build.tasks}
    lots = _stored_lots(session, build, plan, tasks)
    for lot in plan.workload.lots:
        if lot.task.kind is TaskKind.PURCHASE:
            _order(session, tasks[lot.task.id], plan, lot, at)
            continue
        job = live_job(lots[lot.id])
        if job is None and lot.candidates:  # without any it was firm when the plan was made; the next plan sees it
            _offer(session, row, lots[lot.id], plan, lot, files, at)
        elif job is not None and job.state in (JobState.SCHEDULED, JobState.WAITING_FOR_TOOLPATH):
            placed = plan.placement(lot.id)
            if placed.machine != job.machine:
                continue  # accepted elsewhere while the plan was made; the next plan sees it
            job.planned_start, job.planned_end = plan.moment(placed.start_s), plan.moment(placed.end_s)
    _tell_unplaceable(plan, tasks)
    record(session, at, "plan.made", f"build {build.id}", why=why, plan=row.id, makespan_s=plan.plan.makespan_s)


def give_up(session: Session, build: BuildRow, at: datetime, why: str) -> None:
    """Note that no plan was found for what has no home."""
    for task in {lot.task for lot in homeless(session, build)}:
        if task.state is TaskState.OPEN:
            advance(task, TaskState.UNPLACEABLE, f"task {task.key}")
        task.reason = why
    record(session, at, "plan.failed", f"build {build.id}", why=why)


def withdraw_strangers(session: Session, build: BuildRow, network: Network, at: datetime) -> None:
    """Take back what was accepted for machines that are no longer among the labs."""
    for lot in lots_of(session, build):
        job, offer = live_job(lot), open_offer(lot)
        if job is not None and job.run is None and network.find(job.machine) is None:
            withdraw(session, job, at, f"{job.machine} is no longer among the labs")
        if offer is not None and network.find(offer.machine) is None:
            close_offer(session, offer, OfferState.WITHDRAWN, at, f"{offer.machine} is no longer among the labs")


def close_offer(
    session: Session, offer: OfferRow, state: OfferState, at: datetime, why: str, *, who: str = "coordinator"
) -> None:
    """Record what became of an offer.

    Raises:
        StateError: it was answered before, or has expired or was withdrawn.
    """
    subject = f"offer {offer.id}"
    advance(offer, state, subject)
    offer.decided_by, offer.why = who, why
    record(session, at, f"offer.{state}", subject, who=who, why=why, machine=offer.machine)


def decide(session: Session, build: BuildRow, offer: OfferRow, answer: Answer, network: Network, at: datetime) -> None:
    """Store a lab's answer; an accepted offer becomes a job with its pieces."""
    state = OfferState.ACCEPTED if answer.yes else OfferState.DECLINED
    close_offer(session, offer, state, at, answer.why, who=answer.who)
    if not answer.yes:
        return
    by_hand = network.machine(offer.machine).connection.driver is Driver.HANDS
    ready = by_hand or offer.program_sha256 is not None
    job = JobRow(
        id=f"J{offer.id}-{uuid.uuid4().hex[:8]}",
        build_id=build.id,
        lot=offer.lot,
        offer_id=offer.id,
        lab=offer.lab,
        machine=offer.machine,
        state=JobState.SCHEDULED if ready else JobState.WAITING_FOR_TOOLPATH,
        program_sha256=offer.program_sha256,
        program_name=offer.program_name,
        planned_start=offer.planned_start,
        planned_end=offer.planned_end,
        remake_of=offer.remake_of,
    )
    job.pieces = [PieceRow(number=number, state=PieceState.PLANNED) for number in range(1, offer.lot.pieces + 1)]
    session.add(job)
    word = str(job.state).replace(" ", "-")
    record(session, at, f"job.{word}", f"job {job.id}", who=answer.who, machine=job.machine, offer=offer.id)
    ask_for(session, job, network, at)


def close_task(session: Session, task: TaskRow, at: datetime) -> None:
    """Note that a task is done, if every lot of it is made."""
    if task.state not in (TaskState.DONE, TaskState.CANCELLED) and made_in_full(task):
        advance(task, TaskState.DONE, f"task {task.key}")
        task.reason = None
        record(session, at, "task.done", f"task {task.key}", pieces=sum(lot.pieces for lot in task.lots))


def _stored_lots(session: Session, build: BuildRow, plan: BuildPlan, tasks: dict[str, TaskRow]) -> dict[str, LotRow]:
    """The build's lots by key; those that the plan has cut anew are added, also where nobody takes them yet."""
    lots = {lot.key: lot for lot in lots_of(session, build)}
    for lot in (*plan.workload.lots, *plan.workload.left):
        if lot.task.kind is not TaskKind.PURCHASE and lot.id not in lots:
            lots[lot.id] = LotRow(build_id=build.id, task=tasks[lot.task.id], key=lot.id, pieces=lot.pieces)
            session.add(lots[lot.id])
    session.flush()
    return lots


def _order(session: Session, task: TaskRow, plan: BuildPlan, lot: Lot, at: datetime) -> None:
    if task.state not in (TaskState.OPEN, TaskState.UNPLACEABLE):
        return
    advance(task, TaskState.ORDERED, f"task {task.key}")
    task.reason = None
    task.arrives_at = plan.moment(plan.placement(lot.id).end_s)
    record(session, at, "task.ordered", f"task {task.key}", arrives_at=task.arrives_at.isoformat())


def _offer(
    session: Session, plan_row: PlanRow, row: LotRow, plan: BuildPlan, lot: Lot, files: FileStore, at: datetime
) -> None:
    from coordinator.plans.needing import needs_of  # brings the planner's packages along

    placed, candidate = plan.placement(lot.id), plan.candidate(lot)
    if candidate is None:
        raise KeyError(lot.id)
    program = candidate.program
    digest = files.add(program.location) if program else None
    unanswered = open_offer(row)
    if unanswered is not None and _stays(session, unanswered, candidate, digest):
        unanswered.plan_id = plan_row.id
        unanswered.planned_start, unanswered.planned_end = plan.moment(placed.start_s), plan.moment(placed.end_s)
        return
    if unanswered is not None:
        close_offer(session, unanswered, OfferState.WITHDRAWN, at, "a newer plan replaces it")
    row.offers.append(
        OfferRow(
            plan_id=plan_row.id,
            lab=candidate.machine.lab,
            machine=candidate.machine.id,
            program_sha256=digest,
            program_name=program.path if program else None,
            verdict=str(candidate.match.verdict),
            terms=candidate.match.text,
            planned_start=plan.moment(placed.start_s),
            planned_end=plan.moment(placed.end_s),
            state=OfferState.OFFERED,
            remake_of=_remade(session, row),
        )
    )
    if candidate.substitute is not None:
        session.flush()
        session.add_all(
            OfferSubstitutionRow(offer_id=row.offers[-1].id, substitution_id=each) for each in candidate.substitute.ids
        )
    for need in needs_of(candidate):
        need.offer = row.offers[-1]
        session.add(need)


def _stays(session: Session, offer: OfferRow, candidate: Candidate, program_sha256: str | None) -> bool:
    """Whether an offer says what a newer plan would offer, but for its times."""
    same = (candidate.machine.id, program_sha256, str(candidate.match.verdict), candidate.match.text)
    if same != (offer.machine, offer.program_sha256, offer.verdict, offer.terms):
        return False
    substituted = select(OfferSubstitutionRow.substitution_id).where(OfferSubstitutionRow.offer_id == offer.id)
    wanted = set(candidate.substitute.ids) if candidate.substitute is not None else set()
    return set(session.scalars(substituted)) == wanted


def _remade(session: Session, lot: LotRow) -> str | None:
    """The job whose work is made again: the last one of the lot, or that of the rejected piece it stands for."""
    if lot.jobs:
        return lot.jobs[-1].id
    rejected = select(PieceRow.job_id).join(CheckRow, CheckRow.piece_id == PieceRow.id).where(CheckRow.lot_id == lot.id)
    return session.scalars(rejected).first()


def _tell_unplaceable(plan: BuildPlan, tasks: dict[str, TaskRow]) -> None:
    """Every task says whether it has a place, as this plan sees it."""
    reasons = {each.task.id: each.reason for each in plan.workload.unplaceable}
    for key, task in tasks.items():
        if task.state in (TaskState.OPEN, TaskState.UNPLACEABLE):
            state = TaskState.UNPLACEABLE if key in reasons else TaskState.OPEN
            if state is not task.state:
                advance(task, state, f"task {key}")
            task.reason = reasons.get(key)
