"""Whether a machine may start a job now: not locked, reserved or busy elsewhere, and loaded with what it needs.

A lab that keeps no book of its spools is not held to it, and so with sheets. A tool counts where one is said to be in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from coordinator.loading import objection
from coordinator.readiness import Planned
from coordinator.schema.builds import JobRow
from coordinator.schema.machine import LockRow, OutsideRow, ReservationRow
from coordinator.schema.stock import LoadedRow, NeedRow, Place, StockKind, StockRow, WaiverRow

__all__ = ["DOUBTFUL", "Block", "Startable", "block_of", "blocks_of", "load_block"]


class Startable(Planned, Protocol):
    """A job, as far as its start goes."""

    @property
    def id(self) -> str:
        """Of the job."""


@dataclass(frozen=True, slots=True)
class Block:
    """Why a job may not start.

    Attributes:
        why: one clause, for the operator.
        until: when that ends by itself, where it does and is known.
    """

    why: str
    until: datetime | None = None


_LOCKED = exists().where(LockRow.machine == bindparam("machine"), LockRow.unlocked_at.is_(None))
_OUTSIDE = exists().where(OutsideRow.machine == bindparam("machine"), OutsideRow.ended_at.is_(None))
_MOMENT = ReservationRow.starts_at.type
_RESERVED = exists().where(
    ReservationRow.machine == bindparam("machine"),
    ReservationRow.ended_at.is_(None),
    ReservationRow.ends_at > bindparam("now", type_=_MOMENT),
    ReservationRow.starts_at < bindparam("end", type_=_MOMENT),
)
_NEEDS = exists().where(JobRow.id == bindparam("job"), NeedRow.offer_id == JobRow.offer_id)
_STANDING = select(_LOCKED, _OUTSIDE, _RESERVED, _NEEDS)
DOUBTFUL: Final = or_(
    exists().where(LockRow.machine == JobRow.machine, LockRow.unlocked_at.is_(None)),
    exists().where(OutsideRow.machine == JobRow.machine, OutsideRow.ended_at.is_(None)),
    exists().where(
        ReservationRow.machine == JobRow.machine, ReservationRow.ended_at.is_(None),
        ReservationRow.ends_at > bindparam("now", type_=_MOMENT),
    ),
    exists().where(NeedRow.offer_id == JobRow.offer_id),
)  # fmt: skip
"""Whether anything might stand against a row of `jobs` now: `block_of` says what. Against others nothing does."""


def block_of(session: Session, job: Startable, now: datetime) -> Block | None:
    """Why the job may not start on its machine now; None where it may.

    Args:
        session: to read with.
        job: that would start, and run as long as planned.
        now: on the network's clock.
    """
    end = now + (job.planned_end - job.planned_start)
    asked = {"machine": job.machine, "job": job.id, "now": now, "end": end}
    locked, outside, reserved, needs = session.connection().execute(_STANDING, asked).one()
    if locked:
        locks = select(LockRow).where(LockRow.machine == job.machine, LockRow.unlocked_at.is_(None))
        return _locked(session.scalars(locks.limit(1)).one())
    if outside:
        return _busy(job.machine)
    if reserved:
        mine = _to_come(now).where(ReservationRow.machine == job.machine, ReservationRow.starts_at < end)
        return _reserved(session.scalars(mine.limit(1)).one(), now)
    return _load_blocks(session, [job]).get(job.id) if needs else None


def blocks_of(session: Session, jobs: Sequence[JobRow], now: datetime) -> Mapping[str, Block]:
    """As `block_of`, by id of a job, in a few statements however many jobs there are."""
    machines = {job.machine for job in jobs}
    locks = select(LockRow).where(LockRow.machine.in_(machines), LockRow.unlocked_at.is_(None)).order_by(LockRow.id)
    locked = {row.machine: row for row in session.scalars(locks)}
    outside = select(OutsideRow.machine).where(OutsideRow.machine.in_(machines), OutsideRow.ended_at.is_(None))
    busy = set(session.scalars(outside))
    reserved: dict[str, list[ReservationRow]] = defaultdict(list)
    for row in session.scalars(_to_come(now).where(ReservationRow.machine.in_(machines))):
        reserved[row.machine].append(row)
    found = {}
    for job in jobs:
        end = now + (job.planned_end - job.planned_start)
        first = next((row for row in reserved[job.machine] if row.starts_at < end), None)
        if job.machine in locked:
            found[job.id] = _locked(locked[job.machine])
        elif job.machine in busy:
            found[job.id] = _busy(job.machine)
        elif first is not None:
            found[job.id] = _reserved(first, now)
    return {**_load_blocks(session, [job for job in jobs if job.id not in found]), **found}


def load_block(session: Session, job: JobRow) -> Block | None:
    """What is to be loaded first; None where all is there, a person has waived it, or the lab keeps no book of it."""
    return _load_blocks(session, [job]).get(job.id)


def _load_blocks(session: Session, jobs: Sequence[Startable]) -> dict[str, Block]:
    needs: dict[str, list[NeedRow]] = defaultdict(list)
    ids = [job.id for job in jobs]
    asked = select(JobRow.id, NeedRow).join(NeedRow, NeedRow.offer_id == JobRow.offer_id).where(JobRow.id.in_(ids))
    for job_id, need in session.execute(asked.order_by(NeedRow.place, NeedRow.slot)):
        needs[job_id].append(need)
    waived = set(session.scalars(select(WaiverRow.job_id).where(WaiverRow.job_id.in_(needs)))) if needs else set()
    open_ = [job for job in jobs if job.id in needs and job.id not in waived]
    if not open_:
        return {}
    stock = select(StockRow.lab, StockRow.kind).where(StockRow.lab.in_({job.lab for job in open_})).distinct()
    kept = {(lab, kind) for lab, kind in session.execute(stock)}
    there = select(LoadedRow).where(LoadedRow.machine.in_({job.machine for job in open_}))
    loaded = {
        (row.machine, row.place, row.slot): row.item
        for row in session.scalars(there.options(joinedload(LoadedRow.item)))
    }
    said = {job.id: _objections(job, needs[job.id], kept, loaded) for job in open_}
    return {job_id: Block("; ".join(why)) for job_id, why in said.items() if why}


def _objections(
    job: Startable, needs: Sequence[NeedRow], kept: Collection[tuple[str, StockKind]],
    loaded: Mapping[tuple[str, Place, int], StockRow],
) -> list[str]:  # fmt: skip
    return [
        why
        for need in needs
        if (job.lab, need.kind) in kept
        if need.place is Place.MATERIAL or (job.machine, need.place, need.slot) in loaded
        if (why := objection(need, loaded.get((job.machine, need.place, need.slot)))) is not None
    ]


def _to_come(now: datetime) -> Select[ReservationRow]:
    going = select(ReservationRow).where(ReservationRow.ended_at.is_(None), ReservationRow.ends_at > now)
    return going.order_by(ReservationRow.starts_at)


def _locked(lock: LockRow) -> Block:
    return Block(f"{lock.machine} is locked: {lock.why}")


def _busy(machine: str) -> Block:
    return Block(f"{machine} is busy with work from outside")


def _reserved(row: ReservationRow, now: datetime) -> Block:
    if row.starts_at <= now:
        return Block(f"{row.machine} is reserved", row.ends_at)
    return Block(f"{row.machine} is reserved before the run would end", row.ends_at)
