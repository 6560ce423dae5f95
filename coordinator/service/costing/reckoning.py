"""What the runs of a workload cost: material, machine hours, set-ups and work, with the lab's own prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bom.graph import TaskKind
from coordinator.service.costing.lines import HOUR_S, Kind, Line, cents_of
from coordinator.service.costing.rates import NO_RATES, HourPrice, Rates
from coordinator.service.costing.set_ups import Batch
from machines.lab import Driver, Unit

if TYPE_CHECKING:  # they bring the planner's packages along
    from coordinator.plans.work import Candidate, Lot, Workload
    from machines.lab import Lab, Machine, Network

__all__ = [
    "Chosen",
    "MachineUse",
    "batches_of",
    "machine_lines",
    "material_line",
    "quickest",
    "reckoned",
    "work_lines",
]

Chosen: TypeAlias = "tuple[Lot, Candidate | None]"


def quickest(workload: Workload) -> list[Chosen]:
    """The machine that takes least time for each lot: before there is a plan nobody knows which it will be."""
    return [
        (lot, min(lot.candidates, key=lambda each: (each.estimate.duration_s, each.machine.id), default=None))
        for lot in workload.lots
        if lot.task.kind is not TaskKind.PURCHASE
    ]


@dataclass(slots=True)
class MachineUse:
    """Of one machine: runs, and hours of its own and of people's work, each with its interval (middle, low, high)."""

    runs: int = 0
    hours: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    hand_hours: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])


def reckoned(chosen: Iterable[Chosen], network: Network, rates: Rates = NO_RATES) -> list[Line]:
    """The lines of all runs, added up by machine and by material; what has no price says so.

    Args:
        chosen: lots with their machines; those without one are left out, for they are done or cannot be.
        network: the labs as their entries say.
        rates: of work.
    """
    uses: dict[str, MachineUse] = defaultdict(MachineUse)
    taken: dict[tuple[str, str, float | None, Unit], float] = defaultdict(float)
    names: dict[tuple[str, str, float | None, Unit], str] = {}
    unknown: dict[str, Line] = {}
    for lot, candidate in chosen:
        if candidate is None:
            continue
        _add(uses[candidate.machine.id], candidate)
        takes = candidate.takes
        if takes is not None:
            key = (takes.lab, takes.material, takes.thickness_mm, takes.unit)
            taken[key] += takes.amount
            names[key] = takes.name
        elif lot.task.material is not None and candidate.machine.connection.driver is not Driver.HANDS:
            what = f"material of {lot.task.name}"
            unknown[what] = Line(Kind.MATERIAL, what, "how much it takes is not known", lab=candidate.machine.lab)
    lines = [material_line(network.lab(key[0]), key[1:], names[key], amount) for key, amount in taken.items()]
    lines += unknown.values()
    for machine_id, use in uses.items():
        machine = network.machine(machine_id)
        lines += machine_lines(network.lab(machine.lab), machine, use, rates)
    return lines + work_lines(network, uses, rates)


def batches_of(chosen: Iterable[Chosen], network: Network, count: int, rates: Rates) -> list[Batch]:
    """What each part takes to set up: its runs on one machine, as far as the machine's hour has a price."""
    runs: dict[tuple[str, str], list[int]] = defaultdict(list)
    wanted: dict[str, int] = defaultdict(int)
    for lot, candidate in chosen:
        if candidate is not None:
            runs[lot.task.id, candidate.machine.id].append(lot.pieces)
            wanted[lot.task.id] += lot.pieces if lot.task.unit == "piece" else 0
    found = []
    for (task, machine_id), pieces in runs.items():
        machine = network.machine(machine_id)
        price = rates.of_machine(network.lab(machine.lab), machine)
        minutes = machine.set_up_min + machine.take_off_min
        if isinstance(price, HourPrice) and minutes:
            cents = round(price.cents * minutes / 60)
            found.append(Batch(task, max(pieces), wanted[task], count, cents, price.currency))
    return found


def _add(use: MachineUse, candidate: Candidate) -> None:
    machine, estimate = candidate.machine, candidate.estimate
    attended_s = 60 * (machine.set_up_min + machine.take_off_min)
    by_hand = machine.connection.driver is Driver.HANDS
    use.runs += 1
    for place, seconds in enumerate((estimate.duration_s, estimate.low_s, estimate.high_s)):
        running_s = max(0.0, seconds - attended_s)
        use.hours[place] += running_s / HOUR_S
        use.hand_hours[place] += (attended_s + (running_s if by_hand else 0.0)) / HOUR_S


def material_line(lab: Lab, key: tuple[str, float | None, Unit], name: str, amount: float) -> Line:
    """What an amount of a material costs by the lab's own list.

    Args:
        lab: whose list.
        key: id of the material, thickness in mm, unit.
        name: of the material in words.
        amount: in that unit.
    """
    material, thickness_mm, unit = key
    what = f"{_amount(amount, unit)} of {name}"
    for each in lab.stock:
        thick = thickness_mm is None or each.thickness_mm == thickness_mm
        if each.material == material and each.unit is unit and thick and each.unit_cost is not None:
            if lab.currency is None:
                return Line(Kind.MATERIAL, what, f"{lab.name} states no currency", lab=lab.id)
            price, of = (each.unit_cost / 10, "100 g") if unit is Unit.KG else (each.unit_cost, f"1 {unit}")
            source = f"{price:.2f} {lab.currency} for {of}, from {lab.name}'s list of stock"
            return Line.of(Kind.MATERIAL, what, source, cents_of(each.unit_cost * amount), lab.currency, lab=lab.id)
    return Line(Kind.MATERIAL, what, f"{lab.name} states no price", lab=lab.id)


def machine_lines(lab: Lab, machine: Machine, use: MachineUse, rates: Rates) -> list[Line]:
    """Hours of running, and what setting up and taking off costs while nothing runs."""
    minutes = machine.set_up_min + machine.take_off_min
    runs = f"{use.runs} run{'' if use.runs == 1 else 's'}"
    hours = f"{_time(use.hours[0])} of {machine.name}"
    set_ups = f"{runs} of {machine.name}, {minutes:g} min each to set up and take off"
    price = rates.of_machine(lab, machine)
    if isinstance(price, str):
        missing = [Line(Kind.MACHINE, hours, price, lab=lab.id)]
        return [*missing, Line(Kind.SET_UP, set_ups, price, lab=lab.id)] if minutes else missing
    middle, low, high = (round(price.cents * each) for each in use.hours)
    found = [Line(Kind.MACHINE, hours, price.source, middle, low, high, price.currency, lab.id)]
    if minutes:
        cents = round(price.cents * use.runs * minutes / 60)
        found.append(Line.of(Kind.SET_UP, set_ups, price.source, cents, price.currency, lab=lab.id))
    return found


def work_lines(network: Network, uses: Mapping[str, MachineUse], rates: Rates) -> list[Line]:
    """People's hours by lab: what is made by hand, and setting up and taking off."""
    hours: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for machine_id, use in uses.items():
        mine = hours[network.machine(machine_id).lab]
        for place, each in enumerate(use.hand_hours):
            mine[place] += each
    found = []
    for lab_id, (middle, low, high) in hours.items():
        if not high:
            continue
        lab, asked = network.lab(lab_id), rates.of_lab(lab_id)
        what = f"{_time(middle)} of work in {lab.name}"
        if asked is None:
            found.append(Line(Kind.WORK, what, f"nobody in {lab.name} has set a rate", lab=lab_id))
            continue
        least, most = asked.cents[0], asked.cents[-1]
        told = f"{asked.middle_cents / 100:.2f}" if least == most else f"{least / 100:.2f} to {most / 100:.2f}"
        source = f"{told} {asked.currency} an hour, as people of {lab.name} have set it themselves"
        cents = (round(asked.middle_cents * middle), round(least * low), round(most * high))
        found.append(Line(Kind.WORK, what, source, *cents, asked.currency, lab_id))
    return found


def _amount(amount: float, unit: Unit) -> str:
    if unit is Unit.KG and 1000 * amount < 1:
        return "less than 1 g"
    if unit is Unit.KG:
        return f"{1000 * amount:.0f} g" if amount < 10 else f"{amount:.2f} kg"
    return f"{amount:.2f}".rstrip("0").rstrip(".") + f" {unit}"


def _time(hours: float) -> str:
    return f"{hours:.2f} h" if hours >= 1 / 6 else f"{60 * hours:.0f} min" if 60 * hours >= 1 else "less than 1 min"
