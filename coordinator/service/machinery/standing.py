"""The network as it stands: machines less the times at which they are not to be had, labs with what they really have.

Who plans sees locks, reservations and work from outside as maintenance, and, where a lab keeps a book of its spools or
sheets, what is left of these less what is promised instead of what the lab's entry lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.ledger import PER_UNIT
from coordinator.loading import amount_taken, is_right
from coordinator.plans.calendars import period_between
from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.machine import LockRow, OutsideRow, ReservationRow
from coordinator.schema.stock import NeedRow, StockKind, StockRow, UseRow
from machines.lab import Form, Lab, Machine, Network, Stock, Unit

__all__ = ["LOCK_LASTS", "OUTSIDE_LASTS", "as_it_stands"]

LOCK_LASTS: Final = timedelta(days=7)
"""How long a lock is taken to last from now on where nobody has said."""
OUTSIDE_LASTS: Final = timedelta(hours=1)
"""The same of work from outside."""
_SHEETS: Final = (Form.SHEET, Form.PANEL)
_BEFORE_START: Final = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED)
Span = tuple[datetime, datetime, str]


@dataclass(slots=True)
class _Book:
    """What a lab keeps a book of: items that are there, and the sorts of which some were."""

    items: list[StockRow] = field(default_factory=list)
    sorts: set[tuple[StockKind, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Promised:
    """What a job will still take of the stock of its lab."""

    lab: str
    need: NeedRow


def as_it_stands(session: Session, network: Network, now: datetime, planned: Collection[int] = ()) -> Network:
    """The network as it stands now.

    Args:
        session: to read with.
        network: as the labs' entries say.
        now: on the network's clock.
        planned: builds that are about to be planned: what their jobs take that have not begun is for the plan to count.
    """
    taken = _taken(session, now)
    books = _books(session)
    if not taken and not books:
        return network
    promised = _promised(session, planned) if books else []
    labs = []
    for lab in network.labs:
        machines = tuple(_less(lab, each, taken.get(each.id, ()), now) for each in lab.machines)
        stock = _stock(lab, books[lab.id], promised) if lab.id in books else lab.stock
        labs.append(replace(lab, machines=machines, stock=stock))
    return replace(network, labs=tuple(labs))


def _books(session: Session) -> dict[str, _Book]:
    books: dict[str, _Book] = defaultdict(_Book)
    there = select(StockRow).where(StockRow.retired_at.is_(None), StockRow.kind != StockKind.TOOL)
    for row in session.scalars(there.order_by(StockRow.id)):
        books[row.lab].items.append(row)
    sorts = select(StockRow.lab, StockRow.kind, StockRow.material).where(StockRow.kind != StockKind.TOOL).distinct()
    for lab, kind, material in session.execute(sorts.order_by(StockRow.lab, StockRow.kind, StockRow.material)).all():
        books[lab].sorts.add((kind, str(material)))
    return books


def _taken(session: Session, now: datetime) -> Mapping[str, list[Span]]:
    """By machine, when it is not to be had, from now on."""
    taken: dict[str, list[Span]] = defaultdict(list)
    for lock in session.scalars(select(LockRow).where(LockRow.unlocked_at.is_(None))):
        end = lock.until if lock.until is not None and lock.until > now else now + LOCK_LASTS
        taken[lock.machine].append((now, end, f"locked: {lock.why}"))
    for work in session.scalars(select(OutsideRow).where(OutsideRow.ended_at.is_(None))):
        end = work.ends_at if work.ends_at is not None and work.ends_at > now else now + OUTSIDE_LASTS
        taken[work.machine].append((now, end, "work from outside"))
    ahead = select(ReservationRow).where(ReservationRow.ended_at.is_(None), ReservationRow.ends_at > now)
    for row in session.scalars(ahead):
        taken[row.machine].append((max(row.starts_at, now), row.ends_at, "reserved"))
    return taken


def _less(lab: Lab, machine: Machine, spans: Iterable[Span], now: datetime) -> Machine:
    periods = [period_between(lab, begin, end, why) for begin, end, why in spans if end > now]
    return replace(machine, maintenance=(*machine.maintenance, *periods)) if periods else machine


def _promised(session: Session, planned: Collection[int]) -> list[_Promised]:
    """What accepted jobs will take that has not been booked; of jobs that run, what they took is in the book later."""
    running = select(UseRow.id).where(UseRow.job_id == JobRow.id, UseRow.settled_at.is_(None)).exists()
    query = select(NeedRow, JobRow.lab).join(JobRow, JobRow.offer_id == NeedRow.offer_id)
    to_come = JobRow.state.in_(_BEFORE_START) & JobRow.build_id.not_in(list(planned))
    return [_Promised(lab, need) for need, lab in session.execute(query.where(to_come | running)).all()]


def _stock(lab: Lab, book: _Book, promised: Iterable[_Promised]) -> tuple[Stock, ...]:
    """What a lab has: of kinds in its book what the book says, of others what its entry lists."""
    kinds = {kind for kind, _ in book.sorts}
    booked = {Form.FILAMENT} if StockKind.SPOOL in kinds else set()
    booked |= set(_SHEETS) if StockKind.SHEET in kinds else set()
    left = {row.id: row.left for row in book.items}
    for each in promised:
        if each.lab == lab.id:
            _take_off(left, book.items, each.need)
    listed = [each for each in lab.stock if each.form not in booked]
    there = [_entry(row, left[row.id]) for row in book.items]
    gone = book.sorts - {(row.kind, str(row.material)) for row in book.items}
    return (*listed, *there, *(_none_of(kind, material) for kind, material in sorted(gone)))


def _none_of(kind: StockKind, material: str) -> Stock:
    """That there is none any more of what there was, which is another thing than that nothing is known."""
    if kind is StockKind.SPOOL:
        return Stock(material, Form.FILAMENT, 0.0, Unit.KG)
    return Stock(material, Form.SHEET, 0.0, Unit.PIECE)


def _take_off(left: dict[int, int], rows: Sequence[StockRow], need: NeedRow) -> None:
    """Take what a job needs off the items that it can be made of, the fullest first."""
    share = 1.0  # of the need that no item has covered yet
    for row in sorted((row for row in rows if is_right(need, row)), key=lambda row: -left[row.id]):
        wanted = amount_taken(need, row)
        if not wanted or share <= 0:
            continue
        taken = min(left[row.id], round(share * wanted))
        left[row.id] -= taken
        share -= taken / wanted


def _entry(row: StockRow, left: int) -> Stock:
    """An item as matching knows stock."""
    amount, material = left / PER_UNIT, str(row.material)
    if row.kind is StockKind.SPOOL:
        kilograms = amount / 1000
        return Stock(material, Form.FILAMENT, kilograms, Unit.KG, colour=row.colour, thickness_mm=row.diameter_mm)
    size = None if row.length_mm is None or row.width_mm is None else (row.length_mm, row.width_mm)
    return Stock(
        material, Form.SHEET, amount, Unit.PIECE, colour=row.colour, thickness_mm=row.thickness_mm, size_mm=size
    )
