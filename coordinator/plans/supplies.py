"""What a plan takes of each lab's materials, beside what the lab lists.

Matching asks whether a lab has enough for one task. Here all that a plan makes in a lab is added up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.provenance import Finding, Severity
from core.trees import materials, processes
from machines.durations import Estimate
from machines.lab import Form, Lab, Machine, Stock, Unit
from machines.matching import Match, Requirement
from machines.matching.supply import FILAMENT_MM, needed, told, usable_stock
from machines.matching.words import find_work

__all__ = ["SUPPLY_CODES", "Supply", "fed_kg", "shortages", "supplies", "takes_of"]

SUPPLY_CODES = frozenset({"stock-short"})


@dataclass(frozen=True, slots=True)
class Supply:
    """How much of a material is taken in one lab.

    Attributes:
        lab: its id.
        material: id of the material tree.
        thickness_mm: of a sheet, or None.
        amount: how much, in `unit`; of sheets a part of one counts as such.
        unit: that of the lab's list, or what is usual.
        has: what the lab lists of it; None where it lists no stock at all.
    """

    lab: str
    material: str
    thickness_mm: float | None
    amount: float
    unit: Unit
    has: float | None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.amount) and self.amount >= 0):
            raise ValueError("what is taken is a number from 0 up")

    @property
    def short(self) -> float:
        """How much is missing; 0 where it suffices or the lab lists no stock."""
        return 0.0 if self.has is None else max(0.0, self.amount - self.has)

    @property
    def text(self) -> str:
        """One clause."""
        has = "which lists no stock" if self.has is None else f"which lists {told(self.has, self.unit)}"
        return f"about {told(self.amount, self.unit)} of {self.name} in {self.lab}, {has}"

    @property
    def name(self) -> str:
        """The material in words."""
        label = materials()[self.material].label
        return f"{label}, {self.thickness_mm:g} mm" if self.thickness_mm else label


def takes_of(
    need: Requirement, pieces: int, machine: Machine, lab: Lab, answer: Match, estimate: Estimate,
    filament_mm: float | None = None,
) -> Supply | None:  # fmt: skip
    """What so many pieces take of the lab's material, as its list counts it.

    Args:
        need: what one piece asks for.
        pieces: of the lot.
        machine: that makes them.
        lab: of the machine.
        answer: of the machine, which may be for another material that the design allows.
        estimate: of the lot; a print's says what it takes.
        filament_mm: what the lot's program feeds; None where there is none, or it feeds nothing.
    """
    need = replace(need, quantity=pieces, material=answer.instead or need.material)
    if not need.shapes_a_part or need.material is None or need.material not in materials():
        return None
    listed = usable_stock(need, lab, find_work(need, machine))
    counted = [(entry, amount) for entry in listed or [_unlisted(need)] if (amount := needed(need, entry)) is not None]
    entry, amount = next((pair for pair in counted if math.isfinite(pair[1])), (_unlisted(need), None))
    if entry.unit is Unit.KG:
        fed = fed_kg(need.material, filament_mm, entry.thickness_mm or FILAMENT_MM) if filament_mm else None
        amount = fed or estimate.material_kg or amount
    if amount is None or math.isinf(amount):  # not known, or no sheet there is large enough
        return None
    has = sum(each.amount for each in listed if each.unit is entry.unit) if lab.stock else None
    thickness = need.thickness_mm if need.cuts_a_sheet else None
    return Supply(lab.id, need.material, thickness, amount, entry.unit, has)


def fed_kg(material: str, filament_mm: float, diameter_mm: float) -> float | None:
    """The mass of so much filament; None where the density of its material is not known."""
    density = materials().fact(material, "density_g_cm3")
    section_mm2 = math.pi / 4 * diameter_mm**2
    return None if density is None else filament_mm * section_mm2 * density / 1e6


def _unlisted(need: Requirement) -> Stock:
    """How a material is counted where no list says it: sheets by area, the rest by mass."""
    if need.cuts_a_sheet:
        return Stock(str(need.material), Form.SHEET, 0.0, Unit.SQUARE_METRE)
    form = Form.FILAMENT if need.process and processes().is_a(need.process, "fdm") else Form.BLOCK
    return Stock(str(need.material), form, 0.0, Unit.KG)


def supplies(takes: Iterable[Supply]) -> tuple[Supply, ...]:
    """What lots take together, by lab and material."""
    sums: dict[tuple[str, str, float | None, Unit], Supply] = {}
    for each in takes:
        key = (each.lab, each.material, each.thickness_mm, each.unit)
        before = sums.get(key)
        amount = each.amount + (before.amount if before is not None else 0.0)
        sums[key] = Supply(each.lab, each.material, each.thickness_mm, amount, each.unit, each.has)
    return tuple(sums[key] for key in sorted(sums, key=str))


def shortages(found: Iterable[Supply]) -> tuple[Finding, ...]:
    """A finding for each material of which a plan takes more than a lab lists."""
    return tuple(
        Finding(
            "stock-short",
            Severity.WARNING,
            f"the plan takes {each.text}",
            fix=f"get {told(each.short, each.unit)} more for {each.lab}, or order less at once",
        )
        for each in found
        if each.short > 1e-9
    )
