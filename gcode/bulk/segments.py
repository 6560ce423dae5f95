"""Moves to planner segments, compiled: the same formulas as `gcode.motion`, on arrays."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gcode.bulk import registers as r
from gcode.bulk.compiler import compiled

__all__ = ["Flags", "Vector", "add_segments", "plan"]

Vector = NDArray[np.float64]
Flags = NDArray[np.uint8]


@compiled
def _along(unit: Vector, limits: Vector) -> tuple[float, float, float]:
    """The largest speed, acceleration and jump of speed along a direction that keep every axis within its limits."""
    speed = acceleration = jerk = math.inf
    for axis in range(4):
        share = abs(unit[axis])
        if share > 0.0:
            speed = min(speed, limits[r.SPEED + axis] / share)
            acceleration = min(acceleration, limits[r.ACCELERATION + axis] / share)
            jerk = min(jerk, limits[r.JERK + axis] / share)
    return speed, acceleration, jerk


@compiled
def _acceleration(unit: Vector, stated: float, highest: float, limits: Vector) -> float:
    if stated <= 0.0:
        if unit[3] == 0.0:
            stated = limits[r.OWN_TRAVEL_ACC]
        elif unit[0] == 0.0 and unit[1] == 0.0 and unit[2] == 0.0:
            stated = limits[r.OWN_RETRACT_ACC]
        else:
            stated = limits[r.OWN_PRINT_ACC]
    return min(highest, stated) if stated > 0.0 else highest


@compiled
def _speed(unit: Vector, feed: float, rapid: bool, highest: float, limits: Vector) -> float:
    if feed > 0.0 and (not rapid or limits[r.RAPIDS_OBEY] != 0.0):
        least = limits[r.MIN_TRAVEL] if unit[3] == 0.0 else limits[r.MIN_PRINT]
        highest = min(highest, max(feed / 60, least))
    return highest


@compiled
def _deviation_speed(unit: Vector, speed: float, acceleration: float, before: Vector, deviation_mm: float) -> float:
    way = unit[0] * unit[0] + unit[1] * unit[1] + unit[2] * unit[2]
    x, y, z = before[r.BEFORE_UNIT], before[r.BEFORE_UNIT + 1], before[r.BEFORE_UNIT + 2]
    way_before = x * x + y * y + z * z
    cosine = -(unit[0] * x + unit[1] * y + unit[2] * z)
    if cosine > 0.999999 or way == 0.0 or way_before == 0.0:
        return 0.0
    fastest: float = min(before[r.BEFORE_SPEED], speed)
    if cosine < -0.999999:
        return fastest
    sine_half = math.sqrt(0.5 * (1 - cosine))
    slower: float = min(before[r.BEFORE_ACC], acceleration)
    return min(fastest, math.sqrt(slower * deviation_mm * sine_half / (1 - sine_half)))


@compiled
def _jerk_speed(unit: Vector, speed: float, rest: float, before: Vector, limits: Vector) -> float:
    speed_before = before[r.BEFORE_SPEED]
    corner, scale = (speed, speed / speed_before) if speed_before > speed else (speed_before, 1.0)
    factor = 1.0
    for axis in range(4):
        leaving = before[r.BEFORE_UNIT + axis] * speed_before * scale * factor
        entering = unit[axis] * speed * factor
        jump = abs(leaving - entering) if leaving * entering > 0.0 else max(abs(leaving), abs(entering))
        if jump > limits[r.JERK + axis]:
            factor *= limits[r.JERK + axis] / jump
    corner *= factor
    if before[r.BEFORE_REST] > 0.99 * corner and rest > 0.99 * corner:
        return rest
    return corner


@compiled
def _direction(move: Vector, before: Vector, unit: Vector) -> float:
    """Fill the direction of a move and go to its end; its length in mm, of the filament where nothing else moves."""
    square = 0.0
    for axis in range(4):
        unit[axis] = move[r.END + axis] - before[r.AT + axis]
        before[r.AT + axis] = move[r.END + axis]
        if axis < 3:
            square += unit[axis] * unit[axis]
    length = math.sqrt(square) if square > 0.0 else abs(unit[3])
    if length > 0.0:
        for axis in range(4):
            unit[axis] /= length
    return length


@compiled
def add_segments(
    moves: Vector, first: int, last: int, before: Vector, limits: Vector, segments: Vector, stops: Flags, count: int
) -> int:
    """Put moves behind the `count` segments; those of no length are left out.

    Args:
        moves: rows, of which those from `first` to before `last` count.
        first: its index.
        last: its index, too.
        before: the move before the first; becomes the last.
        limits: of the machine; all these arrays are laid out as `gcode.bulk.registers` says.
        segments: one row each.
        stops: whether the machine rests before a segment.
        count: how many there are.

    Returns:
        How many there are then.
    """
    unit = np.empty(4)
    for index in range(first, last):
        move = moves[index]
        length = _direction(move, before, unit)
        if move[r.AFTER_REST] != 0.0:
            before[r.RESTED] = 1.0
        if length == 0.0 or move[r.SORT] == r.JUMP:
            continue
        speed, acceleration, jerk = _along(unit, limits)
        speed = _speed(unit, move[r.MOVE_FEED], move[r.SORT] == r.RAPID, speed, limits)
        acceleration = _acceleration(unit, move[r.MOVE_ACC], acceleration, limits)
        by_jerk = limits[r.BY_JERK] != 0.0
        entry = rest = min(speed, jerk) if by_jerk else 0.0
        if before[r.RESTED] == 0.0:
            if by_jerk:
                entry = _jerk_speed(unit, speed, rest, before, limits)
            else:
                entry = _deviation_speed(unit, speed, acceleration, before, limits[r.DEVIATION])
        segments[count, r.LENGTH], segments[count, r.TOP_SPEED] = length, speed
        segments[count, r.TOP_ACC], segments[count, r.ENTRY], segments[count, r.REST] = acceleration, entry, rest
        stops[count] = 1 if before[r.RESTED] != 0.0 else 0
        before[r.RESTED] = 0.0
        for axis in range(4):
            before[r.BEFORE_UNIT + axis] = unit[axis]
        before[r.BEFORE_SPEED], before[r.BEFORE_ACC], before[r.BEFORE_REST] = speed, acceleration, rest
        count += 1
    return count


@compiled
def _trapezoid_s(row: Vector, entry: float, exit_speed: float) -> float:
    """Time of one segment."""
    length, a = row[r.LENGTH], row[r.TOP_ACC]
    exit_speed = min(exit_speed, math.sqrt(entry * entry + 2 * a * length))
    peak = min(row[r.TOP_SPEED], math.sqrt((2 * a * length + entry * entry + exit_speed * exit_speed) / 2))
    peak = max(peak, entry, exit_speed)
    ramps = (2 * peak * peak - entry * entry - exit_speed * exit_speed) / (2 * a)
    seconds: float = (2 * peak - entry - exit_speed) / a + max(0.0, length - ramps) / peak
    return seconds


@compiled
def plan(segments: Vector, stops: Flags, count: int, durations: Vector) -> None:
    """Speeds and seconds of segments, from the first's entry to rest after the last.

    Args:
        segments: `count` rows; ENTRY holds what corners allow and becomes what is driven.
        stops: whether the machine rests before each.
        count: how many.
        durations: filled, in seconds.
    """
    following, stop = segments[count - 1, r.REST], False
    for index in range(count - 1, -1, -1):  # slow enough to brake
        row = segments[index]
        if stop:
            following = row[r.REST]
        row[r.ENTRY] = min(row[r.ENTRY], math.sqrt(following * following + 2 * row[r.TOP_ACC] * row[r.LENGTH]))
        following, stop = row[r.ENTRY], stops[index] != 0
    for index in range(1, count):  # not faster than can be reached
        before, row = segments[index - 1], segments[index]
        exit_speed = before[r.REST]
        if stops[index] == 0:
            reached = before[r.ENTRY] * before[r.ENTRY] + 2 * before[r.TOP_ACC] * before[r.LENGTH]
            row[r.ENTRY] = exit_speed = min(row[r.ENTRY], math.sqrt(reached))
        durations[index - 1] = _trapezoid_s(before, before[r.ENTRY], exit_speed)
    last = segments[count - 1]
    durations[count - 1] = _trapezoid_s(last, last[r.ENTRY], last[r.REST])
