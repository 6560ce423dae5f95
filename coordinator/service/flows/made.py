"""What the log says of making, as facts: runs that came to their end, work by hand, checks, designs that were used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.flows.facts import Cited, Delivered, Judged, Lost, Made, Worked
from coordinator.schema.builds import (
    BuildRow,
    EventRow,
    JobRow,
    JobState,
    PieceRow,
    RunOutcome,
    RunRow,
    TaskEdgeRow,
    TaskRow,
)
from coordinator.schema.change import LotVersionRow, TaskVersionRow
from coordinator.schema.design_change import DesignChangeRow
from coordinator.schema.network import GrantRow, PersonRow, Role
from coordinator.schema.service import AttemptRow, CheckRow, OrderRow
from coordinator.schema.shipment import Outcome, ShipmentItemRow
from coordinator.service.flows.names import Kind, Names
from coordinator.service.flows.told import Told
from coordinator.service.membership.people import design_key

__all__ = [
    "agent_name",
    "build_finished",
    "change_accepted",
    "job_ended",
    "part_name",
    "piece_checked",
    "piece_scrapped",
]

_AT_A_BENCH: Final = frozenset({"assemble", "finish", "inspect"})
_CARE: Final = frozenset({"inspect"})


def job_ended(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A job that was made, or whose pieces were all scrapped: the machine's time was given either way."""
    job = session.get_one(JobRow, event.subject.removeprefix("job "))
    run, task = session.get(RunRow, job.id), job.lot.task
    at = run.ended_at if run is not None and run.ended_at is not None else event.at
    seconds = _seconds(run)
    worker = _worker(session, job)
    machine_s = None if worker is not None and task.kind in _AT_A_BENCH else seconds
    fact = Made(
        names.of(Kind.JOB, job.id), at, names.of(Kind.LAB, job.lab), names.of(Kind.MACHINE, job.machine),
        names.of(Kind.BUILD, job.build_id), part_name(session, names, task),
        len(job.pieces) if job.state is JobState.MADE else 0, names.of(Kind.TASK, task.id),
        duration_s=machine_s or None, fulfils=names.of(Kind.OFFER, job.offer_id),
    )  # fmt: skip
    design = _design_of(session, job)
    yield Told(fact, job.build_id, design)
    if worker is not None and seconds:
        minutes = max(1, int(Fraction(seconds, 60) + Fraction(1, 2)))
        kind = "care" if task.kind in _CARE else "making"
        work = Worked(
            names.of(Kind.WORK, job.id), at, names.of(Kind.PERSON, worker), names.of(Kind.BUILD, job.build_id), kind,
            minutes,
        )  # fmt: skip
        yield Told(work, job.build_id, design)


def piece_checked(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A piece that a peer has looked at."""
    check = session.scalars(
        select(CheckRow).where(CheckRow.piece_id == int(event.subject.removeprefix("piece "))).order_by(CheckRow.id)
    ).first()
    if check is None:
        return
    job = check.piece.job
    fact = Judged(
        names.of(Kind.CHECK, check.id), check.checked_at, agent_name(session, names, check.checked_by),
        names.of(Kind.LAB, job.lab), part_name(session, names, job.lot.task), 1, names.of(Kind.TASK, job.lot.task_id),
        check.accepted,
    )  # fmt: skip
    yield Told(fact, job.build_id, _design_of(session, job))


def piece_scrapped(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A piece that came to harm on its way: what never came is written off, what came damaged is thrown away."""
    piece = session.get_one(PieceRow, int(event.subject.removeprefix("piece ")))
    job, task = piece.job, piece.job.lot.task
    ended = select(ShipmentItemRow.outcome).where(ShipmentItemRow.piece_id == piece.id).order_by(
        ShipmentItemRow.id.desc()
    )  # fmt: skip
    owner, part, stock = names.of(Kind.LAB, job.lab), part_name(session, names, task), names.of(Kind.TASK, task.id)
    name = names.of(Kind.PIECE, piece.id)
    if session.scalars(ended.limit(1)).first() is Outcome.LOST:
        yield Told(Lost(name, event.at, owner, part, 1, stock), job.build_id, _design_of(session, job))
    else:
        yield Told.counted(name, event.at, owner, part, Fraction(-1), "piece", stock, job.build_id)


def piece_delivered(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A product that is with who ordered it; a part that came to the lab that needs it stays of the build."""
    piece = session.get_one(PieceRow, int(event.subject.removeprefix("piece ")))
    job, task = piece.job, piece.job.lot.task
    order = session.get(OrderRow, job.build_id)
    if order is None or session.scalar(select(TaskEdgeRow.after_id).where(TaskEdgeRow.before_id == task.id).limit(1)):
        return
    fact = Delivered(
        names.of(Kind.PIECE, piece.id), event.at, names.of(Kind.LAB, job.lab),
        agent_name(session, names, order.ordered_by), part_name(session, names, task), 1, names.of(Kind.TASK, task.id),
    )  # fmt: skip
    yield Told(fact, job.build_id, _design_of(session, job))


def build_finished(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A build that is done has used its design, as often as it was made."""
    build = session.get_one(BuildRow, int(event.subject.removeprefix("build ")))
    fact = Cited(
        names.of(Kind.BUILD, build.id), event.at, _designer(session, names, build.design_id, event.at),
        names.of(Kind.DESIGN, build.design_id), names.of(Kind.BUILD, build.id), build.quantity,
    )  # fmt: skip
    yield Told(fact, build.id, build.design_id)


def change_accepted(session: Session, names: Names, event: EventRow) -> Iterator[Told]:
    """A version that a maintainer took over from somebody: looked at, accepted, and used like any design.

    What came from the design's own address was made by those who keep it, and credits nobody anew.
    """
    row = session.get_one(DesignChangeRow, int(event.subject.removeprefix("change ")))
    if row.made_id is None or row.made_id == row.version_id:
        return
    author, theirs = names.of(Kind.PERSON, row.proposed_by), names.of(Kind.DESIGN, row.version_id)
    name, keeper = names.of(Kind.CHANGE, row.id), agent_name(session, names, event.who)
    yield Told(Judged(name, event.at, keeper, author, theirs, 1, theirs, good=True), None, row.made_id)
    yield Told(Cited(name, event.at, author, theirs, names.of(Kind.DESIGN, row.made_id), 1), None, row.made_id)


def part_name(session: Session, names: Names, task: TaskRow) -> str:
    """What a task makes, as a kind of thing: the same for all builds of one version of a design."""
    return names.of(Kind.PART, f"{_version_of(session, task)}.{task.key}")


def agent_name(session: Session, names: Names, who: str) -> str:
    """The name of whoever the log says has acted: a person, or a program."""
    return names.of(Kind.PERSON if session.get(PersonRow, who) is not None else Kind.PROGRAM, who)


def _seconds(run: RunRow | None) -> int | None:
    """How long a run took; None where contact was lost and nobody knows, for 0 too: that is no time."""
    if run is None or run.ended_at is None or run.outcome is RunOutcome.LOST_CONTACT:
        return None
    seconds = round((run.ended_at - run.started_at).total_seconds())
    return seconds if seconds > 0 else None  # below zero where a clock was set back


def _worker(session: Session, job: JobRow) -> str | None:
    """The person who began the job by hand; None where a program drove the machine."""
    if session.scalars(select(AttemptRow.id).where(AttemptRow.job_id == job.id).limit(1)).first() is not None:
        return None
    began = select(EventRow.who).where(EventRow.subject == f"job {job.id}", EventRow.kind == "job.running")
    who = session.scalars(began.order_by(EventRow.id).limit(1)).first()
    return who if who is not None and session.get(PersonRow, who) is not None else None


def _design_of(session: Session, job: JobRow) -> int:
    own = session.get(LotVersionRow, job.lot_id)
    return _version_of(session, job.lot.task) if own is None else own.design_id


def _version_of(session: Session, task: TaskRow) -> int:
    own = session.get(TaskVersionRow, task.id)
    return task.build.design_id if own is None else own.design_id


def _designer(session: Session, names: Names, design_id: int, at: datetime) -> str:
    """Who keeps a design, where it is one person; else the designers together, whom it is for them to name."""
    kept = select(GrantRow.person_id).where(
        GrantRow.role == Role.MAINTAINER, GrantRow.design == design_key(session, design_id), GrantRow.granted_at <= at
    )
    people = set(session.scalars(kept))
    if len(people) == 1:
        return names.of(Kind.PERSON, people.pop())
    return names.of(Kind.DESIGNERS, design_id)
