"""What a plan or a build costs, as far as labs and buyers say: machine hours, material, energy, bought parts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # they bring the planner's packages along, which who only adds up does without
    from coordinator.plans.planning import BuildPlan
    from coordinator.plans.supplies import Supply
    from machines.lab import Lab, Network

__all__ = ["Costs", "costs_of"]

_NO_CURRENCY = "of no stated currency"


@dataclass(frozen=True, slots=True)
class Costs:
    """What the runs of a plan cost; what labs do not say is left out, and named.

    Attributes:
        machines, materials: money by currency (ISO 4217, or "of no stated currency"), for machine hours and material.
        energy_kwh: that the machines take.
        unknown: what is not known, such as "an hour of printer-1".
        bought: money by currency that buyers recorded; a plan alone knows none.
    """

    machines: dict[str, float]
    materials: dict[str, float]
    energy_kwh: float
    unknown: tuple[str, ...]
    bought: dict[str, float] = field(default_factory=dict)

    @property
    def sums(self) -> dict[str, float]:
        """Money by currency, all together."""
        return {
            each: self.machines.get(each, 0.0) + self.materials.get(each, 0.0) + self.bought.get(each, 0.0)
            for each in sorted(self.machines.keys() | self.materials.keys() | self.bought.keys())
        }

    @property
    def text(self) -> str:
        """One clause."""
        money = [
            f"{total:.2f} {currency} (machine hours {self.machines.get(currency, 0.0):.2f}, "
            f"material {self.materials.get(currency, 0.0):.2f})"
            for currency, total in self.sums.items()
        ]
        return f"{' and '.join(money) or 'nothing that labs state'}, {self.energy_kwh:.2f} kWh"


def costs_of(plan: BuildPlan, network: Network) -> Costs:
    """The costs of all runs that a plan places; what already stood before is left out."""
    machines: dict[str, float] = defaultdict(float)
    materials: dict[str, float] = defaultdict(float)
    energy_kwh, unknown = 0.0, dict[str, None]()
    for lot in plan.workload.lots:
        candidate = plan.candidate(lot)
        if candidate is None:
            continue
        machine, lab = candidate.machine, network.lab(candidate.machine.lab)
        currency, hours = lab.currency or _NO_CURRENCY, candidate.estimate.duration_s / 3600
        if machine.hourly_cost is None:
            unknown[f"an hour of {machine.id}"] = None
        else:
            machines[currency] += hours * machine.hourly_cost
        if machine.energy_w is None:
            unknown[f"the energy of {machine.id}"] = None
        else:
            energy_kwh += hours * machine.energy_w / 1000
        if candidate.takes is not None:
            price = _unit_cost(lab, candidate.takes)
            if price is None:
                unknown[f"{candidate.takes.name} in {lab.id}"] = None
            else:
                materials[currency] += price * candidate.takes.amount
    return Costs(dict(machines), dict(materials), energy_kwh, tuple(unknown))


def _unit_cost(lab: Lab, takes: Supply) -> float | None:
    """What a unit of a material costs, by the first of the lab's entries that tells; None when none does."""
    for each in lab.stock:
        thick = takes.thickness_mm is None or each.thickness_mm == takes.thickness_mm
        if each.material == takes.material and each.unit is takes.unit and thick and each.unit_cost is not None:
            return each.unit_cost
    return None
