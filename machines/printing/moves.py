"""How long planned moves take: trapezoid speeds between corners that are taken within the axes' jerk.

The rule at corners is Marlin's classic jerk: the speed of no axis changes at once by more than its jerk (planner.cpp,
`CLASSIC_JERK`). PrusaSlicer's own estimate follows it too.
"""

from __future__ import annotations

import math

from machines.printing.compiled import compiled
from machines.printing.sections import Floats

__all__ = ["corner_mm_s", "path_s", "ramp_s"]


@compiled
def ramp_s(length: float, speed: float, acceleration: float, entry: float, leave: float) -> float:
    """Seconds of one straight move, mm, mm/s, mm/s2."""
    entry, leave = min(entry, speed), min(leave, speed)
    peak = min(speed, math.sqrt(max(0.0, (2 * acceleration * length + entry * entry + leave * leave) / 2)))
    if peak < max(entry, leave):  # too short to change the speed so much
        return 2 * length / (entry + leave)
    cruise = length - (2 * peak * peak - entry * entry - leave * leave) / (2 * acceleration)
    return (2 * peak - entry - leave) / acceleration + max(0.0, cruise) / peak


@compiled
def corner_mm_s(ax: float, ay: float, bx: float, by: float, speed: float, jerk: float) -> float:
    """Highest speed through a corner between two unit directions."""
    change = max(abs(ax - bx), abs(ay - by)) * speed
    return speed if change <= jerk else speed * jerk / change


@compiled
def path_s(
    points: Floats, begin: int, end: int, speed: float, acceleration: float, jerk: float, speeds: Floats
) -> float:
    """Seconds of a polyline from rest to rest.

    Args:
        points: shape (any, 2), mm.
        begin: of the polyline.
        end: of the polyline, exclusive.
        speed: mm/s.
        acceleration: mm/s2.
        jerk: mm/s.
        speeds: room for as many numbers as there are points.
    """
    moves = end - begin - 1
    if moves < 1:
        return 0.0
    speeds[0] = min(speed, jerk)
    px = py = 0.0
    for i in range(moves):
        dx, dy = points[begin + i + 1, 0] - points[begin + i, 0], points[begin + i + 1, 1] - points[begin + i, 1]
        length = math.sqrt(dx * dx + dy * dy)
        if length == 0.0:
            speeds[i + 1] = speeds[i]
            continue
        dx, dy = dx / length, dy / length
        if i:
            reached = math.sqrt(speeds[i - 1] ** 2 + 2 * acceleration * _length(points, begin + i - 1))
            speeds[i] = min(corner_mm_s(px, py, dx, dy, speed, jerk), reached)
        px, py = dx, dy
    speeds[moves] = min(speed, jerk)
    total = 0.0
    for i in range(moves - 1, -1, -1):
        length = _length(points, begin + i)
        speeds[i] = min(speeds[i], math.sqrt(speeds[i + 1] ** 2 + 2 * acceleration * length))
    for i in range(moves):
        length = _length(points, begin + i)
        if length > 0.0:
            total += ramp_s(length, speed, acceleration, speeds[i], speeds[i + 1])
    return total


@compiled
def _length(points: Floats, i: int) -> float:
    dx, dy = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
    return math.sqrt(dx * dx + dy * dy)
