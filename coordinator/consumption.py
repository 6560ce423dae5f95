"""What runs take from stock: tied to what is loaded at their start, booked at their end.

A run that made its pieces took what it needs. One that failed took what its program feeds up to the last line that the
machine took; where only lines are known, as much as of them; where nothing is, all of it, and the booking says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from coordinator.ledger import take
from coordinator.loading import amount_taken
from coordinator.schema.builds import JobRow, JobState, RunRow
from coordinator.schema.service import ProgressRow
from coordinator.schema.stock import LoadedRow, NeedRow, Place, StockRow, UseRow

__all__ = ["Fed", "move_use", "note_uses", "settle_uses"]

_LOADED = (
    select(NeedRow, StockRow)
    .join(LoadedRow, (LoadedRow.place == NeedRow.place) & (LoadedRow.slot == NeedRow.slot))
    .join(StockRow, StockRow.id == LoadedRow.stock_id)
    .where(NeedRow.offer_id == bindparam("offer"), NeedRow.place == Place.MATERIAL)
    .where(LoadedRow.machine == bindparam("machine"))
)
_UNSETTLED = select(UseRow).where(UseRow.job_id == bindparam("job"), UseRow.settled_at.is_(None))

_NONE: Final[Mapping[str, Fed]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fed:
    """What a program feeds up to a line.

    Attributes:
        lines: that the machine took.
        by_slot_mm: by slot, mm of filament fed by then, and by the whole program.
    """

    lines: int
    by_slot_mm: Mapping[int, tuple[float, float]]

    def __post_init__(self) -> None:
        if self.lines < 0:
            raise ValueError("a machine takes no fewer than 0 lines")
        if any(not 0 <= fed <= total or total <= 0 for fed, total in self.by_slot_mm.values()):
            raise ValueError("what is fed lies between nothing and all that the program feeds")


def note_uses(session: Session, job: JobRow) -> None:
    """Tie a run that begins to the items from which it takes; does nothing where that is not known."""
    for need, item in session.execute(_LOADED, {"offer": job.offer_id, "machine": job.machine}).all():
        amount = amount_taken(need, item) if item.kind is need.kind else None
        if amount is not None:
            session.add(UseRow(job_id=job.id, slot=need.slot, stock_id=item.id, amount=amount, booked=0))


def settle_uses(session: Session, job: JobRow, at: datetime, *, who: str, fed: Fed | None = None) -> None:
    """Book what a run took, once it is known how it ended; a run out of contact may still take more.

    Args:
        session: the transaction.
        job: whose run has ended.
        at: now.
        who: tells it.
        fed: what its program fed, where that was worked out.
    """
    if job.state is JobState.LOST_CONTACT:
        return
    uses = session.scalars(_UNSETTLED, {"job": job.id}).all()
    if not uses:
        return
    for use in uses:
        share, why = (1.0, "made") if job.state is JobState.MADE else _share_done(session, job, use.slot, fed)
        use.settled_at = at
        _book(session, use, share, at, who=who, why=why)


def move_use(
    session: Session, machine: str, slot: int, item: StockRow, at: datetime, *,
    who: str, fed: Mapping[str, Fed] = _NONE,
) -> None:  # fmt: skip
    """Book what the run on a machine took so far, because it goes on with another item; without one, nothing.

    `fed` says by job what its program fed, where that was worked out.
    """
    query = select(UseRow, JobRow).join(JobRow, JobRow.id == UseRow.job_id)
    query = query.where(JobRow.machine == machine, UseRow.slot == slot, UseRow.settled_at.is_(None))
    for use, job in session.execute(query).all():
        share, why = _share_done(session, job, slot, fed.get(job.id))
        _book(session, use, share, at, who=who, why=f"changed for another: {why}")
        if item.kind is use.item.kind:
            use.item = item
        else:
            use.settled_at = at


def _share_done(session: Session, job: JobRow, slot: int, fed: Fed | None) -> tuple[float, str]:
    """How much of what it takes from a slot a job has taken, 0 to 1, and whence that is known."""
    run, progress = session.get(RunRow, job.id), session.get(ProgressRow, job.id)
    if run is not None and run.lines == 0:
        return 0.0, "the machine took no line"
    if fed is not None and slot in fed.by_slot_mm:
        mm, total_mm = fed.by_slot_mm[slot]
        return mm / total_mm, f"{mm:,.1f} of {total_mm:,.1f} mm were fed, up to line {fed.lines}"
    if progress is None or not progress.lines_total:
        return 1.0, "how far it came is not known: all of it is booked"
    lines = max(progress.lines_done, (run.lines if run is not None else None) or 0)
    return min(1.0, lines / progress.lines_total), f"{lines} of {progress.lines_total} lines"


def _book(session: Session, use: UseRow, share: float, at: datetime, *, who: str, why: str) -> None:
    owed = round(share * use.amount) - use.booked
    if owed > 0:
        take(session, use.item, owed, at, who=who, why=why, job_id=use.job_id)
        use.booked += owed
