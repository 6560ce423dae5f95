"""Layers that would be printed too fast are slowed down until the one below has had time to cool.

As slicers do: the time of a layer is reckoned by length and speed alone, and speeds are capped, the fastest lines
first, until the layer takes long enough or every line is at the least speed. Bridges and travel keep theirs.
"""

from __future__ import annotations

import numpy as np

from machines.printing.profile import PrintProfile
from machines.printing.roles import RoleTable
from machines.printing.sections import Floats

__all__ = ["cooled_s"]

_BRIDGE = 4


def cooled_s(table: RoleTable, travel_s: Floats, profile: PrintProfile, pieces: int = 1) -> Floats:
    """Seconds of each role in one layer of each group, slowed down where it must be; shape (groups, roles)."""
    seconds = table.seconds.copy()
    least_s = profile.cooling.layer_time_s / pieces  # while one piece is printed the others cool
    for i in range(len(seconds)):
        lengths, naive = table.length_mm[i], table.naive_s[i]
        total = naive.sum() + travel_s[i]
        if total >= least_s or total <= 0:
            continue
        speeds = np.where(naive > 0, lengths / np.where(naive > 0, naive, 1), 0)
        slowable = (lengths > 0) & (np.arange(len(lengths)) != _BRIDGE)
        missing = least_s - (total - naive[slowable].sum())
        cap = _cap(lengths[slowable], speeds[slowable], missing, profile.cooling.least_speed_mm_s)
        slower = np.where(slowable, np.minimum(speeds, np.maximum(cap, 0)), speeds)
        # what acceleration cost at the higher speed shrinks with the speed
        lost = np.maximum(0, seconds[i] - naive)
        share = np.where(speeds > 0, slower / np.where(speeds > 0, speeds, 1), 1)
        seconds[i] = np.where(lengths > 0, lengths / np.where(slower > 0, slower, 1) + lost * share, seconds[i])
    return seconds


def _cap(lengths: Floats, speeds: Floats, seconds: float, least: float) -> float:
    """The speed to which all lines are held so that they take `seconds`, or the least."""
    if (lengths / least).sum() <= seconds:
        return least
    low, high = least, float(speeds.max())
    for _ in range(40):
        middle = (low + high) / 2
        if (lengths / np.minimum(speeds, middle)).sum() > seconds:
            low = middle
        else:
            high = middle
    return low
