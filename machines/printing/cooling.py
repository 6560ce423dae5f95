"""Layers that would be printed too fast are slowed down until the one below has had time to cool.

As slicers do: the time of a layer is reckoned by length and speed alone, and speeds are capped, the fastest lines
first, until the layer takes long enough or every line is at the least speed. Bridges and travel keep theirs.
"""

from __future__ import annotations

import numpy as np

from machines.printing.compiled import compiled
from machines.printing.profile import PrintProfile
from machines.printing.roles import RoleTable
from machines.printing.sections import Floats

__all__ = ["cooled_s"]

_BRIDGE = 4


def cooled_s(table: RoleTable, travel_s: Floats, profile: PrintProfile, pieces: int = 1) -> Floats:
    """Seconds of each role in one layer of each group, slowed down where it must be; shape (groups, roles)."""
    seconds = table.seconds.copy()
    least_s = profile.cooling.layer_time_s / pieces  # while one piece is printed the others cool
    _slow_down(table.length_mm, table.naive_s, travel_s, least_s, profile.cooling.least_speed_mm_s, seconds)
    return seconds


@compiled
def _slow_down(
    length: Floats, naive: Floats, travel_s: Floats, least_s: float, least_mm_s: float, seconds: Floats
) -> None:
    roles = length.shape[1]
    for i in range(len(length)):
        total = travel_s[i] + naive[i].sum()
        if total >= least_s or total <= 0:
            continue
        speeds = np.zeros(roles)
        for role in range(roles):
            if length[i, role] > 0 and naive[i, role] > 0:
                speeds[role] = length[i, role] / naive[i, role]
        cap = _cap(length[i], speeds, least_s - total, least_mm_s)
        for role in range(roles):
            if speeds[role] > cap and role != _BRIDGE:
                # what acceleration cost at the higher speed shrinks with the speed
                lost = max(0.0, seconds[i, role] - naive[i, role])
                seconds[i, role] = length[i, role] / cap + lost * cap / speeds[role]


@compiled
def _cap(lengths: Floats, speeds: Floats, missing_s: float, least: float) -> float:
    """The speed to which lines but bridges are held so that they take so much longer, or the least."""
    held_mm, held_s, last = 0.0, missing_s, np.inf
    while True:  # the fastest first; a sort would take seconds to compile
        fastest = 0.0
        for role in range(len(lengths)):
            if role != _BRIDGE and fastest < speeds[role] < last:
                fastest = speeds[role]
        if fastest == 0.0 or held_mm >= fastest * held_s:
            return max(least, held_mm / held_s)
        for role in range(len(lengths)):
            if role != _BRIDGE and speeds[role] == fastest:
                held_mm += lengths[role]
                held_s += lengths[role] / fastest
        last = fastest
