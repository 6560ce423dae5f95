"""Whether a machine may start a job now: not locked, reserved or busy elsewhere, and loaded with what it needs.

A lab that keeps no book of its spools is not held to it, and so with sheets. A tool counts where one is said to be in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from coordinator.loading import objection
from coordinator.readiness import Planned
from coordinator.schema.builds import JobRow
from coordinator.schema.machine import LockRow, OutsideRow, ReservationRow
from coordinator.schema.stock import LoadedRow, NeedRow, Place, StockRow, WaiverRow

__all__ = ["DOUBTFUL", "Block", "Startable", "block_of", "load_block"]


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
        lock = session.scalars(
            select(LockRow).where(LockRow.machine == job.machine, LockRow.unlocked_at.is_(None)).limit(1)
        ).one()
        return Block(f"{job.machine} is locked: {lock.why}")
    if outside:
        return Block(f"{job.machine} is busy with work from outside")
    if reserved:
        return _reserved(session, job.machine, now, end)
    return load_block(session, job) if needs else None


def load_block(session: Session, job: Startable) -> Block | None:
    """What is to be loaded first; None where all is there, a person has waived it, or the lab keeps no book of it."""
    query = select(NeedRow).join(JobRow, JobRow.offer_id == NeedRow.offer_id).where(JobRow.id == job.id)
    needs = session.scalars(query.order_by(NeedRow.place, NeedRow.slot)).all()
    if not needs or session.get(WaiverRow, job.id) is not None:
        return None
    kinds = set(session.scalars(select(StockRow.kind).where(StockRow.lab == job.lab).distinct()))
    there = select(LoadedRow).where(LoadedRow.machine == job.machine)
    loaded = {(row.place, row.slot): row.item for row in session.scalars(there)}
    said = [
        why
        for need in needs
        if need.kind in kinds and (need.place is Place.MATERIAL or (need.place, need.slot) in loaded)
        if (why := objection(need, loaded.get((need.place, need.slot)))) is not None
    ]
    return Block("; ".join(said)) if said else None


def _reserved(session: Session, machine: str, now: datetime, end: datetime) -> Block:
    query = select(ReservationRow).where(
        ReservationRow.machine == machine,
        ReservationRow.ended_at.is_(None),
        ReservationRow.ends_at > now,
        ReservationRow.starts_at < end,
    )
    row = session.scalars(query.order_by(ReservationRow.starts_at).limit(1)).one()
    if row.starts_at <= now:
        return Block(f"{machine} is reserved", row.ends_at)
    return Block(f"{machine} is reserved before the run would end", row.ends_at)
