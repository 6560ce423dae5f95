"""What runs took: time of their machines and of people, energy, material that was booked; no money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from coordinator.ledger import PER_UNIT
from coordinator.schema.builds import JobRow, LotRow, RunOutcome, RunRow, TaskRow
from coordinator.schema.stock import BookingKind, BookingRow, NeedRow, Place, StockKind, StockRow
from core.trees import materials
from machines.lab import Driver, Machine, Network, Unit

__all__ = ["Material", "Run", "booked_in", "material_name", "quantity", "runs_in", "unbooked_in"]

Material: TypeAlias = "tuple[str, str, float | None, Unit]"
"""Lab, material, thickness in mm, and what it is counted in."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended.

    Attributes:
        job_id: of its job.
        machine_id: as the job names it.
        machine: its entry; None where it has left the network.
        duration_s: from start to end, whole seconds.
        lost_contact: whether the end is only when contact was lost.
    """

    job_id: str
    machine_id: str
    machine: Machine | None
    duration_s: int
    lost_contact: bool = False

    def __post_init__(self) -> None:
        if self.duration_s < 0:
            raise ValueError("a run takes no less than no time")

    @property
    def by_hand(self) -> bool:
        """Whether the whole run is a person's work."""
        return self.machine is not None and self.machine.connection.driver is Driver.HANDS

    @property
    def attended_s(self) -> int:
        """What its machine's entry states for setting up and taking off."""
        return 0 if self.machine is None else round(60 * (self.machine.set_up_min + self.machine.take_off_min))

    @property
    def hands_s(self) -> int:
        """A person's time: setting up and taking off, and all of the run where it is work by hand."""
        return self.attended_s + (self.duration_s if self.by_hand else 0)

    @property
    def energy_mwh(self) -> int | None:
        """Energy in thousandths of a watt-hour; None where nobody states the machine's power."""
        if self.machine is None or self.machine.energy_w is None:
            return None
        return round(self.machine.energy_w * self.duration_s / 3.6)


def runs_in(session: Session, network: Network, which: ColumnElement[bool]) -> list[Run]:
    """The runs that have ended, by their jobs.

    Args:
        session: to read with.
        network: the machines.
        which: of the jobs.
    """
    query = select(JobRow, RunRow).join(RunRow, RunRow.job_id == JobRow.id).where(which, RunRow.ended_at.is_not(None))
    found = []
    for job, run in session.execute(query.order_by(JobRow.id)):
        lost = run.outcome is RunOutcome.LOST_CONTACT
        found.append(Run(job.id, job.machine, network.find(job.machine), _seconds(run), lost))
    return found


def _seconds(run: RunRow) -> int:
    if run.ended_at is None:
        return 0
    return max(0, round((run.ended_at - run.started_at).total_seconds()))  # a clock may have been set back


def booked_in(session: Session, which: ColumnElement[bool]) -> Mapping[Material, int]:
    """What was booked of labs' stock for jobs, in thousandths of a gram or of a sheet."""
    booked = (
        select(BookingRow, StockRow)
        .join(StockRow, StockRow.id == BookingRow.stock_id)
        .join(JobRow, JobRow.id == BookingRow.job_id)
        .where(which, BookingRow.kind == BookingKind.USED)
    )
    amounts: dict[Material, int] = defaultdict(int)
    for booking, item in session.execute(booked.order_by(BookingRow.id)):
        spool = item.kind is StockKind.SPOOL
        unit = Unit.KG if spool else Unit.PIECE
        amounts[item.lab, str(item.material), None if spool else item.thickness_mm, unit] -= booking.change
    return amounts


def unbooked_in(session: Session, which: ColumnElement[bool]) -> list[str]:
    """Names of what was made of a material of which nothing was booked."""
    booked = exists().where(BookingRow.job_id == JobRow.id, BookingRow.kind == BookingKind.USED)
    needing = (
        select(TaskRow.name)
        .join(LotRow, LotRow.task_id == TaskRow.id)
        .join(JobRow, JobRow.lot_id == LotRow.id)
        .join(RunRow, RunRow.job_id == JobRow.id)
        .join(NeedRow, NeedRow.offer_id == JobRow.offer_id)
        .where(which, RunRow.ended_at.is_not(None), NeedRow.place == Place.MATERIAL, ~booked)
    )
    return list(dict.fromkeys(session.scalars(needing.order_by(JobRow.id))))


def material_name(material: str, thickness_mm: float | None) -> str:
    """A material in words, such as "Plywood, 4 mm"."""
    tree = materials()
    label = tree[material].label if material in tree else material
    return f"{label}, {thickness_mm:g} mm" if thickness_mm else label


def quantity(unit: Unit, amount: int) -> float:
    """A booked amount in kilograms, or in sheets."""
    return amount / PER_UNIT / 1000 if unit is Unit.KG else amount / PER_UNIT
