"""How many pieces one run makes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coordinator.plans.needs import Need
from geometry.fit import pieces_per_plate
from machines.lab import Driver, Machine

__all__ = ["cut_into_runs", "holds", "pieces_per_run"]

_LONGEST_RUN_S = 10 * 3600.0  # a plate is not filled beyond this, so that a failure costs a night at most
_LONGEST_HAND_WORK_S = 4 * 3600.0
_SPACING_MM = 5.0


def cut_into_runs(wanted: int, per_run: int, *, whole: bool, alone: bool) -> list[int]:
    """How many pieces each run makes: each as many as it can, or just what is wanted; the first one piece alone.

    Args:
        wanted: pieces, at least one.
        per_run: the most that one run makes.
        whole: whether each run makes that many, as a program does, and the last too many rather than fewer.
        alone: whether the first run makes one piece, to be checked before the rest.
    """
    if alone and wanted > 1:
        return [1, *cut_into_runs(wanted - 1, per_run, whole=whole, alone=False)]
    runs = math.ceil(wanted / per_run)
    return [per_run] * (runs - 1) + [per_run if whole else wanted - (runs - 1) * per_run]


def pieces_per_run(need: Need, machines: Sequence[Machine], wanted: int, one_s: float) -> int:
    """As many as every candidate's plate holds and a night or half a day allows.

    Args:
        need: of the part.
        machines: the candidates, at least one.
        wanted: how many pieces, at least one.
        one_s: how long one piece takes.
    """
    by_hand = any(machine.connection.driver is Driver.HANDS for machine in machines)
    in_time = int((_LONGEST_HAND_WORK_S if by_hand else _LONGEST_RUN_S) // one_s)
    room = wanted if by_hand else min(_room(need, machine, wanted) for machine in machines)
    return max(1, min(wanted, in_time, room))


def holds(need: Need, machine: Machine, pieces: int) -> bool:
    """Whether so many stand on the machine's plate at once."""
    return machine.connection.driver is Driver.HANDS or _room(need, machine, pieces) >= pieces


def _room(need: Need, machine: Machine, wanted: int) -> int:
    """How many stand on the machine's plate, at least one; all that are wanted where size or plate is unknown."""
    extents = need.requirement.extents_mm
    if extents is None or machine.envelope_mm is None:
        return wanted
    x, y, z = (max(0.0, length - 2 * machine.margin_mm) for length in machine.envelope_mm)
    height = machine.envelope_mm[2] if need.requirement.cuts_a_sheet else z  # as `geometry.fit` takes the margin
    return max(1, pieces_per_plate(extents, (x, y, height), _SPACING_MM))
