"""What runs took, number by number, each with its source; shared by the pieces of a run so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Final

from commons.cents import shared_out
from coordinator.service.costing.lines import Line
from coordinator.service.costing.runs import Material, Run, material_name
from machines.lab import Lab, Network, Unit

__all__ = ["PARTS", "Figure", "Measure", "figures_of", "share_of_figure", "share_of_line"]


class Measure(StrEnum):
    """What a figure counts."""

    MACHINE = "machine time"
    PEOPLE = "people's time"
    MATERIAL = "material"
    ENERGY = "energy"


PARTS: Final[Mapping[str, int]] = {"s": 1, "g": 1000, "sheet": 1000, "kWh": 1_000_000}
"""By unit, into how many whole parts it is counted."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        measure: what it counts.
        what: of what, such as "Printer" or "PLA".
        source: where the number comes from, one clause; where there is none, why it is not known.
        unit: of `PARTS`.
        parts: the amount in whole parts of the unit; None where it is not known.
        whole: the amount of the whole run, of which this is a share.
    """

    measure: Measure
    what: str
    source: str
    unit: str = "s"
    parts: int | None = None
    whole: int | None = None

    def __post_init__(self) -> None:
        if self.unit not in PARTS:
            raise ValueError(f"{self.unit!r} is no unit of a figure")
        if (self.parts is None) != (self.whole is None):
            raise ValueError("a share and its whole are known together")
        if not 0 <= (self.parts or 0) <= (self.whole or 0):
            raise ValueError("a share is from nothing to the whole")


def share_of_figure(figure: Figure, places: Sequence[int], piece: int) -> Figure:
    """A piece's share; those of all places add up to the whole.

    Args:
        figure: of the run.
        places: ids of the pieces that share it, of which this is one.
        piece: whose share.
    """
    return figure if figure.whole is None else replace(figure, parts=_share(figure.whole, places, piece))


def share_of_line(line: Line, places: Sequence[int], piece: int) -> Line:
    """The same of what a run costs; its words are those of the whole run, and the source says that it is a share."""
    source = f"{line.source}; one of {len(places)} equal shares of its run" if len(places) > 1 else line.source
    if line.cents is None or line.low_cents is None or line.high_cents is None:
        return replace(line, source=source)
    cents, low, high = (_share(each, places, piece) for each in (line.cents, line.low_cents, line.high_cents))
    return replace(line, source=source, cents=cents, low_cents=low, high_cents=high)


def _share(whole: int, places: Sequence[int], piece: int) -> int:
    return shared_out(whole, dict.fromkeys(places, 1))[piece]


def figures_of(
    runs: Iterable[Run], booked: Mapping[Material, int], unbooked: Iterable[str], network: Network
) -> list[Figure]:
    """What runs took, by machine and by material.

    Args:
        runs: that have ended.
        booked: of stock, by material.
        unbooked: names of what was made of a material of which nothing was booked.
        network: the labs as their entries say.
    """
    found = []
    for _, members in groupby(sorted(runs, key=lambda each: each.machine_id), key=lambda each: each.machine_id):
        mine = list(members)
        lab = None if mine[0].machine is None else network.lab(mine[0].machine.lab)
        found += [_machine_time(mine), *_peoples_time(mine, lab), _energy(mine, lab)]
    labs = {each.id: each.name for each in network.labs}
    for (lab_id, material, thickness_mm, unit), amount in booked.items():
        source = f"booked of the stock of {labs.get(lab_id, lab_id)}"
        counted = "g" if unit is Unit.KG else "sheet"
        name = material_name(material, thickness_mm)
        found.append(Figure(Measure.MATERIAL, name, source, counted, amount, amount))
    found += [Figure(Measure.MATERIAL, each, "nothing was booked of a stock", "g") for each in unbooked]
    order = list(Measure)
    return sorted(found, key=lambda each: order.index(each.measure))


def _machine_time(runs: Sequence[Run]) -> Figure:
    total = sum(each.duration_s for each in runs)
    lost = any(each.lost_contact for each in runs)
    source = f"{_count(runs)}, from start to {'the moment when contact was lost' if lost else 'end'}"
    return Figure(Measure.MACHINE, _name(runs), source, "s", total, total)


def _peoples_time(runs: Sequence[Run], lab: Lab | None) -> Iterable[Figure]:
    """Setting up and taking off as the machine's entry states it, and runs that are work by hand."""
    machine, name = runs[0].machine, _name(runs)
    if machine is None or lab is None:
        yield Figure(Measure.PEOPLE, name, "it has left the network, and what its entry said")
        return
    attended, by_hand = sum(each.attended_s for each in runs), sum(each.hands_s - each.attended_s for each in runs)
    set_up = f"to set up and take off {name}"
    if attended:
        minutes = f"{machine.set_up_min + machine.take_off_min:g} min"
        source = f"{minutes} for each run, from {lab.name}'s entry; {_count(runs)}"
        yield Figure(Measure.PEOPLE, set_up, source, "s", attended, attended)
    elif not runs[0].by_hand:
        yield Figure(Measure.PEOPLE, set_up, f"{lab.name} states no minutes for it")
    if runs[0].by_hand:
        yield Figure(Measure.PEOPLE, f"by hand at {name}", f"{_count(runs)}, from start to end", "s", by_hand, by_hand)


def _energy(runs: Sequence[Run], lab: Lab | None) -> Figure:
    machine, name = runs[0].machine, _name(runs)
    if machine is None or lab is None:
        return Figure(Measure.ENERGY, name, "it has left the network, and what its entry said", "kWh")
    known = [each.energy_mwh for each in runs if each.energy_mwh is not None]
    if machine.energy_w is None or len(known) < len(runs):
        return Figure(Measure.ENERGY, name, f"{lab.name} does not state what power it takes", "kWh")
    source = f"{machine.energy_w:g} W on average while it runs, from {lab.name}'s entry"
    return Figure(Measure.ENERGY, name, source, "kWh", sum(known), sum(known))


def _name(runs: Sequence[Run]) -> str:
    machine = runs[0].machine
    return runs[0].machine_id if machine is None else machine.name


def _count(runs: Sequence[Run]) -> str:
    return f"run {runs[0].job_id}" if len(runs) == 1 else f"{len(runs)} runs"
