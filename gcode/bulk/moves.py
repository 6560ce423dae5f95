"""Moves and arcs (`gcode.arcs`) to rows, compiled."""

from __future__ import annotations

import math

import numpy as np

from gcode.arcs import CHORD_ERROR_MM, MAX_CHORDS, RADIUS_ERROR_MM
from gcode.bulk import registers as r
from gcode.bulk.compiler import compiled
from gcode.bulk.lines import Words
from gcode.bulk.segments import Vector

__all__ = ["add_arc", "add_move", "target"]

_LETTERS = (23, 24, 25, 4)  # X Y Z E
_I, _J, _K, _P, _R = 8, 9, 10, 15, 17


@compiled
def target(words: Words, state: Vector, end: Vector) -> None:
    """Where a line's X, Y, Z and E lead, in mm without the program's shifts."""
    for axis in range(4):
        end[axis] = state[r.POSITION + axis]
        value = words[0, _LETTERS[axis]]
        if np.isnan(value):
            continue
        absolute = state[r.ABSOLUTE_E] if axis == 3 else state[r.ABSOLUTE]
        if absolute != 0.0:
            end[axis] = value * state[r.UNIT] + state[r.SHIFT + axis]
        else:
            end[axis] += value * state[r.UNIT]


@compiled
def add_move(end: Vector, sort: float, state: Vector, moves: Vector, count: int) -> int:
    """Put a straight move to `end` (X, Y, Z, E in mm) behind the `count` moves; how many there are then."""
    still = True
    for axis in range(3):
        still = still and end[axis] == state[r.POSITION + axis]
    if end[3] == state[r.POSITION + 3]:
        acceleration = state[r.TRAVEL_ACC]
    else:
        acceleration = state[r.RETRACT_ACC] if still else state[r.PRINT_ACC]
    for axis in range(4):
        state[r.POSITION + axis] = end[axis]
        moves[count, r.END + axis] = end[axis]
    moves[count, r.MOVE_FEED], moves[count, r.MOVE_ACC] = state[r.FEED], acceleration
    moves[count, r.MOVE_POWER] = state[r.POWER] if state[r.TOOL_ON] != 0.0 else 0.0
    moves[count, r.SORT], moves[count, r.AFTER_REST] = sort, state[r.STOPPED]
    state[r.STOPPED] = 0.0
    return count + 1


@compiled
def _centre(
    words: Words, state: Vector, dx: float, dy: float, clockwise: bool, letters: tuple[int, int]
) -> tuple[bool, float, float]:
    """Whether the centre is known, and its offset from the start."""
    a, b = words[0, letters[0]], words[0, letters[1]]
    if not (np.isnan(a) and np.isnan(b)):
        unit = state[r.UNIT]
        return True, (0.0 if np.isnan(a) else a * unit), (0.0 if np.isnan(b) else b * unit)
    radius = words[0, _R] * state[r.UNIT]
    chord = math.hypot(dx, dy)
    if np.isnan(radius) or radius == 0.0 or chord == 0.0:
        return False, 0.0, 0.0
    half = chord / 2
    height_square = radius * radius - half * half
    if height_square < -RADIUS_ERROR_MM:
        return False, 0.0, 0.0
    height = math.sqrt(max(0.0, height_square))
    side = 1.0 if clockwise == (radius < 0.0) else -1.0
    return True, dx / 2 - side * height * dy / chord, dy / 2 + side * height * dx / chord


@compiled
def _sweep(start_angle: float, end_angle: float, clockwise: bool) -> float:
    sweep = end_angle - start_angle
    if clockwise:
        return sweep - math.tau * math.ceil((sweep + 1e-9) / math.tau)
    return sweep - math.tau * math.floor((sweep - 1e-9) / math.tau)


@compiled
def add_arc(words: Words, end: Vector, clockwise: bool, state: Vector, moves: Vector, count: int) -> int:
    """Put the chords of an arc to `end` behind the moves; how many there are then, or HARD for what is rare."""
    plane = int(state[r.PLANE])
    first, second = (0, 1) if plane == 17 else ((2, 0) if plane == 18 else (1, 2))
    letters = (_I, _J) if plane == 17 else ((_K, _I) if plane == 18 else (_J, _K))
    start = np.empty(4)
    for axis in range(4):
        start[axis] = state[r.POSITION + axis]
    known, i, j = _centre(words, state, end[first] - start[first], end[second] - start[second], clockwise, letters)
    radius = math.hypot(i, j)
    a, b = start[first] + i, start[second] + j
    miss = abs(math.hypot(a - end[first], b - end[second]) - radius)
    if not known or words[1, _P] != 0.0 or radius == 0.0 or (miss > RADIUS_ERROR_MM and miss > 0.001 * radius):
        return r.HARD
    begin = math.atan2(start[second] - b, start[first] - a)
    sweep = _sweep(begin, math.atan2(end[second] - b, end[first] - a), clockwise)
    step = 2 * math.acos(max(0.0, 1 - CHORD_ERROR_MM / radius))
    chords = min(MAX_CHORDS, max(1, math.ceil(abs(sweep) / step)))
    point = np.empty(4)
    for number in range(1, chords + 1):
        share = number / chords
        for axis in range(4):
            point[axis] = start[axis] + (end[axis] - start[axis]) * share
        angle = begin + sweep * share
        point[first], point[second] = a + radius * math.cos(angle), b + radius * math.sin(angle)
        count = add_move(end if number == chords else point, r.FED_MOVE, state, moves, count)
    return count
