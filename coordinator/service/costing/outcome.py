"""What a build came to: hours that ran, material that was booked, parts that were paid for; at the same prices."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from commons.cents import shared_out
from coordinator.schema.builds import JobRow, TaskRow
from coordinator.schema.supply import PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.costing.journeys import journeys_in, of_build
from coordinator.service.costing.lines import HOUR_S, Kind, Line, cents_of
from coordinator.service.costing.rates import Rates, rates_in
from coordinator.service.costing.reckoning import MachineUse, machine_lines, material_line, work_lines
from coordinator.service.costing.runs import booked_in, material_name, quantity, runs_in, unbooked_in
from coordinator.service.supplies.supply import arrived_of, open_of
from machines.lab import Network

__all__ = ["outcome_of", "run_lines"]


def outcome_of(session: Session, network: Network, build_id: int, at: datetime) -> list[Line]:
    """The lines of what was done so far, at the rates of a moment; of runs that have not ended, nothing."""
    return [
        *run_lines(session, network, JobRow.build_id == build_id, rates_in(session, at)),
        *_parts(session, build_id),
        *_shipments(session, build_id),
    ]


def run_lines(session: Session, network: Network, which: ColumnElement[bool], rates: Rates) -> list[Line]:
    """What the runs of jobs came to: material, machine hours, set-ups, work.

    Args:
        session: to read with.
        network: labs with their prices.
        which: of the jobs.
        rates: of work.
    """
    return [*_materials(session, network, which), *_runs(session, network, which, rates)]


def _runs(session: Session, network: Network, which: ColumnElement[bool], rates: Rates) -> list[Line]:
    uses: dict[str, MachineUse] = defaultdict(MachineUse)
    lines: list[Line] = []
    for run in runs_in(session, network, which):
        if run.machine is None:
            lines.append(Line(Kind.MACHINE, f"a run of {run.machine_id}", "it has left the network, and its price"))
            continue
        use = uses[run.machine_id]
        use.runs += 1
        for place in range(3):
            use.hours[place] += run.duration_s / HOUR_S
            use.hand_hours[place] += run.hands_s / HOUR_S
    for machine_id, use in uses.items():
        machine = network.machine(machine_id)
        lines += machine_lines(network.lab(machine.lab), machine, use, rates)
    return lines + work_lines(network, uses, rates)


def _materials(session: Session, network: Network, which: ColumnElement[bool]) -> list[Line]:
    """What was booked of the labs' stock for runs; runs of which nothing was booked are named."""
    known = {each.id for each in network.labs}
    lines = [
        material_line(network.lab(key[0]), key[1:], material_name(key[1], key[2]), quantity(key[3], amount))
        for key, amount in booked_in(session, which).items()
        if key[0] in known
    ]
    missing = unbooked_in(session, which)
    return lines + [Line(Kind.MATERIAL, f"material of {each}", "nothing was booked of a stock") for each in missing]


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
    lines = []
    for journey in journeys_in(session, of_build(build_id)):
        each, part = journey.row, journey.of_build(build_id)
        what = f"shipment {each.id}"
        if part is None or each.currency is None:
            lines.append(Line(Kind.TRANSPORT, what, "nobody has noted what it cost", lab=each.from_lab))
            continue
        mine, every = journey.things[build_id], sum(journey.things.values())
        source = "as noted for it" if mine == every else f"as noted for it, for {mine} of {every} things"
        lines.append(Line.of(Kind.TRANSPORT, what, source, part, each.currency, lab=each.from_lab))
    return lines
