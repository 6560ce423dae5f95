"""How long moves take: trapezoid speeds with look-ahead over corners.

Two rules for corners, as in the firmwares:

- a junction deviation d: v^2 = a d sin(t/2) / (1 - sin(t/2)), t the angle between the two ways (S. Jeon, "Improving
  Grbl: Cornering Algorithm", 2011; GRBL 1.1 planner.c, Marlin 2.1 planner.cpp). A way starts and ends at rest;
- a jerk for each axis (Marlin's classic jerk, planner.cpp): the speed of no axis jumps by more, and what starts or ends
  a way starts and ends at the speed from which each axis may halt at once.

This is the plain reference of `gcode.bulk`, which computes the same much faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gcode.limits import MotionLimits
from gcode.modal import Dwell, Move

__all__ = ["MotionLimits", "duration_s", "event_durations_s"]


@dataclass(slots=True)
class _Segment:
    """A move as the planner sees it: lengths in mm, speeds in mm/s."""

    length: float
    unit: tuple[float, float, float, float]
    speed: float
    acceleration: float
    rest: float  # the speed at which it may start or end on its own
    entry: float = 0.0  # the speed it may start with
    stops_before: bool = False


def _along(unit: Sequence[float], limits: Sequence[float]) -> float:
    """The largest value along a direction that keeps every axis within its limit."""
    return min(limit / abs(share) for share, limit in zip(unit, limits, strict=True) if share)


def _stated_acceleration(delta: Sequence[float], limits: MotionLimits) -> float | None:
    if delta[3] == 0.0:
        return limits.travel_acceleration_mm_s2
    return limits.print_acceleration_mm_s2 if any(delta[:3]) else limits.retract_acceleration_mm_s2


def _segment(move: Move, limits: MotionLimits, *, rapids_obey_feed: bool) -> _Segment | None:
    delta = [end - start for start, end in zip(move.start, move.end, strict=True)]
    length = math.sqrt(delta[0] * delta[0] + delta[1] * delta[1] + delta[2] * delta[2]) or abs(delta[3])
    if length == 0.0:
        return None
    unit = (delta[0] / length, delta[1] / length, delta[2] / length, delta[3] / length)
    speed = _along(unit, limits.max_speed_mm_s)
    if move.feed_mm_min > 0 and (rapids_obey_feed or not move.rapid):
        least = limits.min_travel_speed_mm_s if delta[3] == 0.0 else limits.min_print_speed_mm_s
        speed = min(speed, max(move.feed_mm_min / 60, least))
    acceleration = _along(unit, limits.acceleration_mm_s2)
    stated = move.acceleration_mm_s2 or _stated_acceleration(delta, limits)
    if stated:
        acceleration = min(acceleration, stated)
    rest = 0.0 if limits.jerk_mm_s is None else min(speed, _along(unit, limits.jerk_mm_s))
    return _Segment(length, unit, speed, acceleration, rest)


def _deviation_speed(before: _Segment, after: _Segment, deviation_mm: float) -> float:
    """The speed of a corner by junction deviation."""
    cosine = -sum(a * b for a, b in zip(before.unit[:3], after.unit[:3], strict=True))
    if cosine > 0.999999 or not any(before.unit[:3]) or not any(after.unit[:3]):
        return 0.0  # a turn back, or filament alone
    fastest = min(before.speed, after.speed)
    if cosine < -0.999999:
        return fastest
    sine_half = math.sqrt(0.5 * (1 - cosine))
    acceleration = min(before.acceleration, after.acceleration)
    return min(fastest, math.sqrt(acceleration * deviation_mm * sine_half / (1 - sine_half)))


def _jump(leaving: float, entering: float) -> float:
    """The change of one axis' speed at a corner; an axis that turns back counts the larger of its two speeds."""
    if leaving * entering > 0.0:
        return abs(leaving - entering)
    return max(abs(leaving), abs(entering))


def _jerk_speed(before: _Segment, after: _Segment, jerk_mm_s: Sequence[float]) -> float:
    """The speed of a corner by classic jerk.

    As in the firmware, the faster way's own speed is compared, not what it would have at the corner: speeding up on a
    straight way counts as a jump.
    """
    speed, scale = (after.speed, after.speed / before.speed) if before.speed > after.speed else (before.speed, 1.0)
    factor = 1.0
    for axis, jerk in enumerate(jerk_mm_s):
        leaving = before.unit[axis] * before.speed * scale * factor
        jump = _jump(leaving, after.unit[axis] * after.speed * factor)
        if jump > jerk:
            factor *= jerk / jump
    speed *= factor
    if before.rest > 0.99 * speed and after.rest > 0.99 * speed:
        return after.rest  # a halt is no slower
    return speed


def _trapezoid_s(way: _Segment, exit_speed: float) -> float:
    """Time of one segment that starts at its entry speed and ends at `exit_speed`."""
    entry, a = way.entry, way.acceleration
    exit_speed = min(exit_speed, math.sqrt(entry * entry + 2 * a * way.length))
    peak = min(way.speed, math.sqrt((2 * a * way.length + entry * entry + exit_speed * exit_speed) / 2))
    peak = max(peak, entry, exit_speed)
    ramps = (2 * peak * peak - entry * entry - exit_speed * exit_speed) / (2 * a)
    cruise = max(0.0, way.length - ramps)
    return (2 * peak - entry - exit_speed) / a + cruise / peak


def _plan(ways: list[_Segment]) -> list[float]:
    """Durations of all segments; `entry` holds what corners allow and becomes what is driven."""
    following = ways[-1].rest if ways else 0.0
    stops = False
    for way in reversed(ways):  # slow enough to brake
        if stops:
            following = way.rest
        way.entry = min(way.entry, math.sqrt(following * following + 2 * way.acceleration * way.length))
        following, stops = way.entry, way.stops_before
    for before, after in pairwise(ways):  # not faster than can be reached
        if not after.stops_before:
            reached = math.sqrt(before.entry * before.entry + 2 * before.acceleration * before.length)
            after.entry = min(after.entry, reached)
    exits = [before.rest if after.stops_before else after.entry for before, after in pairwise(ways)]
    exits.extend(way.rest for way in ways[-1:])
    return list(map(_trapezoid_s, ways, exits))


def event_durations_s(
    events: Sequence[Move | Dwell], limits: MotionLimits, *, rapids_obey_feed: bool = True
) -> list[float]:
    """Seconds of each event, in their order; 0 for moves of no length.

    Args:
        events: from a program's start to its end.
        limits: of the machine, before what the program sets of them.
        rapids_obey_feed: whether G0 runs at the programmed feed, unless the limits say.
    """
    if limits.rapids_obey_feed is not None:
        rapids_obey_feed = limits.rapids_obey_feed
    durations = [0.0] * len(events)
    ways: list[_Segment] = []
    places: list[int] = []
    stopped = True
    effective, settings = limits, None
    for place, event in enumerate(events):
        if isinstance(event, Dwell):
            stopped, durations[place] = True, event.duration_s
            continue
        if event.settings is not settings:
            settings, effective = event.settings, limits.under(event.settings)
        way = _segment(event, effective, rapids_obey_feed=rapids_obey_feed)
        if way is None:
            continue
        _enter(ways[-1] if ways and not stopped else None, way, effective)
        stopped = False
        ways.append(way)
        places.append(place)
    for place, seconds in zip(places, _plan(ways), strict=True):
        durations[place] = seconds
    return durations


def _enter(before: _Segment | None, way: _Segment, limits: MotionLimits) -> None:
    """Set the speed at which corners let a segment begin."""
    if before is None:
        way.entry, way.stops_before = way.rest, True
    elif limits.jerk_mm_s is None:
        way.entry = _deviation_speed(before, way, limits.junction_deviation_mm)
    else:
        way.entry = _jerk_speed(before, way, limits.jerk_mm_s)


def duration_s(events: Iterable[Move | Dwell], limits: MotionLimits, *, rapids_obey_feed: bool = True) -> float:
    """Seconds for all events together. Heating and tool changes count nothing: only the machine knows them."""
    return math.fsum(event_durations_s(list(events), limits, rapids_obey_feed=rapids_obey_feed))
