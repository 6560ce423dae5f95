"""How long moves take: trapezoid speeds with look-ahead over corners.

The speed at a corner follows from a junction deviation d: v^2 = a d sin(t/2) / (1 - sin(t/2)), t the angle between the
two ways (S. Jeon, "Improving Grbl: Cornering Algorithm", 2011; as in GRBL 1.1 planner.c and Marlin 2.1 planner.cpp).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.errors import InputError
from gcode.modal import Dwell, Move

__all__ = ["MotionLimits", "duration_s", "move_durations_s"]

_WINDOW = 4096  # blocks planned at once: the last of a window comes to rest, which costs less than 0.1 s


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """What the axes can do.

    Attributes:
        max_speed_mm_s: X, Y, Z, E.
        acceleration_mm_s2: X, Y, Z, E.
        junction_deviation_mm: how far a corner may be rounded.
        rapids_obey_feed: G0 runs at the programmed feed (Marlin) or at full speed (GRBL); None: as the program's kind.
    """

    max_speed_mm_s: tuple[float, float, float, float] = (200.0, 200.0, 12.0, 120.0)
    acceleration_mm_s2: tuple[float, float, float, float] = (1500.0, 1500.0, 200.0, 5000.0)
    junction_deviation_mm: float = 0.02
    rapids_obey_feed: bool | None = None

    def __post_init__(self) -> None:
        for name in ("max_speed_mm_s", "acceleration_mm_s2"):
            values = getattr(self, name)
            if len(values) != 4 or not all(value > 0 and math.isfinite(value) for value in values):
                raise InputError(f"{name} needs four numbers above 0, got {values}")
        if not self.junction_deviation_mm > 0:
            raise InputError(f"junction_deviation_mm must be above 0, got {self.junction_deviation_mm}")


@dataclass(slots=True)
class _Segment:
    """A move as the planner sees it: lengths in mm, speeds in mm/s."""

    length: float
    unit: tuple[float, float, float, float]
    speed: float
    acceleration: float
    entry: float = 0.0  # the speed it may start with


def _along(unit: Sequence[float], limits: Sequence[float]) -> float:
    """The largest value along a direction that keeps every axis within its limit."""
    return min(limit / abs(share) for share, limit in zip(unit, limits, strict=True) if share)


def _segment(move: Move, limits: MotionLimits, *, rapids_obey_feed: bool) -> _Segment | None:
    delta = [end - start for start, end in zip(move.start, move.end, strict=True)]
    length = math.hypot(*delta[:3]) or abs(delta[3])
    if length == 0.0:
        return None
    unit = (delta[0] / length, delta[1] / length, delta[2] / length, delta[3] / length)
    speed = _along(unit, limits.max_speed_mm_s)
    if move.feed_mm_min > 0 and (rapids_obey_feed or not move.rapid):
        speed = min(speed, move.feed_mm_min / 60)
    acceleration = _along(unit, limits.acceleration_mm_s2)
    if move.acceleration_mm_s2:
        acceleration = min(acceleration, move.acceleration_mm_s2)
    return _Segment(length, unit, speed, acceleration)


def _corner_speed(before: _Segment, after: _Segment, deviation_mm: float) -> float:
    cosine = -sum(a * b for a, b in zip(before.unit[:3], after.unit[:3], strict=True))
    if cosine > 0.999999 or not any(before.unit[:3]) or not any(after.unit[:3]):
        return 0.0  # a turn back, or filament alone
    fastest = min(before.speed, after.speed)
    if cosine < -0.999999:
        return fastest
    sine_half = math.sqrt(0.5 * (1 - cosine))
    acceleration = min(before.acceleration, after.acceleration)
    return min(fastest, math.sqrt(acceleration * deviation_mm * sine_half / (1 - sine_half)))


def _trapezoid_s(way: _Segment, exit_speed: float) -> float:
    """Time of one segment that starts at its entry speed and ends at `exit_speed`."""
    entry, a = way.entry, way.acceleration
    peak = min(way.speed, math.sqrt((2 * a * way.length + entry**2 + exit_speed**2) / 2))
    peak = max(peak, entry, exit_speed)
    ramps = (2 * peak**2 - entry**2 - exit_speed**2) / (2 * a)
    cruise = max(0.0, way.length - ramps)
    return (2 * peak - entry - exit_speed) / a + cruise / peak


def _plan(ways: list[_Segment], deviation_mm: float) -> Iterator[float]:
    """Durations of segments run without a stop between them, from rest to rest."""
    for before, after in pairwise(ways):
        after.entry = _corner_speed(before, after, deviation_mm)
    following = 0.0
    for way in reversed(ways):  # slow enough to brake
        way.entry = min(way.entry, math.sqrt(following**2 + 2 * way.acceleration * way.length))
        following = way.entry
    for before, after in pairwise(ways):  # not faster than can be reached
        after.entry = min(after.entry, math.sqrt(before.entry**2 + 2 * before.acceleration * before.length))
    exits = [way.entry for way in ways[1:]] + [0.0]
    return map(_trapezoid_s, ways, exits)


def move_durations_s(
    events: Iterable[Move | Dwell], limits: MotionLimits, *, rapids_obey_feed: bool = True
) -> Iterator[float]:
    """Seconds of each event, in order; moves of no length are left out."""
    if limits.rapids_obey_feed is not None:
        rapids_obey_feed = limits.rapids_obey_feed
    ways: list[_Segment] = []
    for event in events:
        if isinstance(event, Dwell):
            yield from _plan(ways, limits.junction_deviation_mm)
            ways = []
            yield event.duration_s
            continue
        way = _segment(event, limits, rapids_obey_feed=rapids_obey_feed)
        if way is None:
            continue
        ways.append(way)
        if len(ways) >= _WINDOW:
            yield from _plan(ways, limits.junction_deviation_mm)
            ways = []
    yield from _plan(ways, limits.junction_deviation_mm)


def duration_s(events: Iterable[Move | Dwell], limits: MotionLimits, *, rapids_obey_feed: bool = True) -> float:
    """Seconds for all events together. Homing, heating and tool changes count nothing: only the machine knows them."""
    return math.fsum(move_durations_s(events, limits, rapids_obey_feed=rapids_obey_feed))
