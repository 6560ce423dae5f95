"""What a build came to: hours that ran, material that was booked, parts that were paid for; at the same prices."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from commons.cents import shared_out
from coordinator.ledger import PER_UNIT
from coordinator.schema.builds import JobRow, LotRow, RunRow, TaskRow
from coordinator.schema.shipment import ShipmentItemRow, ShipmentRow
from coordinator.schema.stock import BookingKind, BookingRow, NeedRow, Place, StockKind, StockRow
from coordinator.schema.supply import PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.costing.lines import HOUR_S, Kind, Line, cents_of
from coordinator.service.costing.rates import Rates, rates_in
from coordinator.service.costing.reckoning import MachineUse, machine_lines, material_line, work_lines
from coordinator.service.supplies.supply import arrived_of, open_of
from core.trees import materials
from machines.lab import Driver, Network, Unit

__all__ = ["outcome_of"]


def outcome_of(session: Session, network: Network, build_id: int, at: datetime) -> list[Line]:
    """The lines of what was done so far, at the rates of a moment; of runs that have not ended, nothing."""
    return [
        *_materials(session, network, build_id),
        *_runs(session, network, build_id, rates_in(session, at)),
        *_parts(session, build_id),
        *_shipments(session, build_id),
    ]


def _runs(session: Session, network: Network, build_id: int, rates: Rates) -> list[Line]:
    query = select(JobRow, RunRow).join(RunRow, RunRow.job_id == JobRow.id).where(JobRow.build_id == build_id)
    uses: dict[str, MachineUse] = defaultdict(MachineUse)
    lines: list[Line] = []
    for job, run in session.execute(query.where(RunRow.ended_at.is_not(None)).order_by(JobRow.id)):
        machine = network.find(job.machine)
        if machine is None or run.ended_at is None:
            lines.append(Line(Kind.MACHINE, f"a run of {job.machine}", "it has left the network, and its price"))
            continue
        hours = (run.ended_at - run.started_at).total_seconds() / HOUR_S
        by_hand = machine.connection.driver is Driver.HANDS
        attended = (machine.set_up_min + machine.take_off_min) / 60
        use = uses[machine.id]
        use.runs += 1
        for place in range(3):
            use.hours[place] += hours
            use.hand_hours[place] += attended + (hours if by_hand else 0.0)
    for machine_id, use in uses.items():
        machine = network.machine(machine_id)
        lines += machine_lines(network.lab(machine.lab), machine, use, rates)
    return lines + work_lines(network, uses, rates)


def _materials(session: Session, network: Network, build_id: int) -> list[Line]:
    """What was booked of the labs' stock for its runs; runs of which nothing was booked are named."""
    booked = (
        select(BookingRow, StockRow, JobRow)
        .join(StockRow, StockRow.id == BookingRow.stock_id)
        .join(JobRow, JobRow.id == BookingRow.job_id)
        .where(JobRow.build_id == build_id, BookingRow.kind == BookingKind.USED)
    )
    amounts: dict[tuple[str, str, float | None, Unit], float] = defaultdict(float)
    seen: set[str] = set()
    for booking, item, job in session.execute(booked.order_by(BookingRow.id)):
        seen.add(job.id)
        amount = -booking.change / PER_UNIT
        spool = item.kind is StockKind.SPOOL
        key = (
            item.lab, str(item.material), None if spool else item.thickness_mm, Unit.KG if spool else Unit.PIECE
        )  # fmt: skip
        amounts[key] += amount / 1000 if spool else amount
    known = {each.id for each in network.labs}
    lines = [
        material_line(network.lab(key[0]), key[1:], _name(key[1], key[2]), amount)
        for key, amount in amounts.items()
        if key[0] in known
    ]
    needing = (
        select(JobRow.id, TaskRow.name)
        .join(RunRow, RunRow.job_id == JobRow.id)
        .join(NeedRow, NeedRow.offer_id == JobRow.offer_id)
        .join(LotRow, LotRow.id == JobRow.lot_id)
        .join(TaskRow, TaskRow.id == LotRow.task_id)
        .where(JobRow.build_id == build_id, RunRow.ended_at.is_not(None), NeedRow.place == Place.MATERIAL)
    )
    missing = dict.fromkeys(name for job, name in session.execute(needing) if job not in seen)
    lines += [Line(Kind.MATERIAL, f"material of {name}", "nothing was booked of a stock") for name in missing]
    return lines


def _name(material: str, thickness_mm: float | None) -> str:
    tree = materials()
    label = tree[material].label if material in tree else material
    return f"{label}, {thickness_mm:g} mm" if thickness_mm else label


def _parts(session: Session, build_id: int) -> list[Line]:
    query = (
        select(PurchaseItemRow)
        .join(TaskRow, TaskRow.id == PurchaseItemRow.task_id)
        .where(TaskRow.build_id == build_id)
        .options(joinedload(PurchaseItemRow.task), joinedload(PurchaseItemRow.purchase).selectinload(PurchaseRow.items))
        .order_by(PurchaseItemRow.id)
    )
    lines = []
    for item in session.scalars(query):
        purchase = item.purchase
        if purchase.state is PurchaseState.WANTED or (arrived_of(item) == 0 and open_of(item) == 0):
            continue  # not ordered yet, or cancelled before anything came
        what, source = f"{item.quantity:.12g} {item.task.name}", f"purchase {purchase.id}"
        if item.price is None or purchase.currency is None:
            lines.append(Line(Kind.PART, what, f"{source} names no price"))
        else:
            lines.append(Line.of(Kind.PART, what, source, cents_of(item.price), purchase.currency))
        if purchase.carriage is not None and purchase.currency is not None:
            parts = dict.fromkeys(sorted(each.id for each in purchase.items), 1)
            share = shared_out(cents_of(purchase.carriage), parts)[item.id]
            told = f"a share of the carriage of {source}"
            lines.append(Line.of(Kind.TRANSPORT, item.task.name, told, share, purchase.currency))
    return lines


def _shipments(session: Session, build_id: int) -> list[Line]:
    """Parcels that went; where things of several builds went together, each pays by the number of its things."""
    mine = select(ShipmentItemRow.shipment_id).join(TaskRow, TaskRow.id == ShipmentItemRow.task_id)
    query = select(ShipmentRow).where(ShipmentRow.id.in_(mine.where(TaskRow.build_id == build_id)))
    query = query.options(selectinload(ShipmentRow.items).joinedload(ShipmentItemRow.task))
    lines = []
    for each in session.scalars(query.where(ShipmentRow.sent_at.is_not(None)).order_by(ShipmentRow.id)):
        what = f"shipment {each.id}"
        if each.cost_cents is None or each.currency is None:
            lines.append(Line(Kind.TRANSPORT, what, "nobody has noted what it cost", lab=each.from_lab))
            continue
        things = Counter(item.task.build_id for item in sorted(each.items, key=lambda item: item.task.build_id))
        part = shared_out(each.cost_cents, things)[build_id]
        alone = len(things) == 1
        source = "as noted for it" if alone else f"as noted for it, for {things[build_id]} of {things.total()} things"
        lines.append(Line.of(Kind.TRANSPORT, what, source, part, each.currency, lab=each.from_lab))
    return lines
