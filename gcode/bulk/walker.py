"""A program followed line by line, compiled: the modal state of `gcode.modal` for the commands that fill programs.

A line that is not among them is left to the plain interpreter by the caller, who then goes on here. So the rare
commands have one meaning, written once.
"""

from __future__ import annotations

import numpy as np

from gcode.arcs import MAX_CHORDS
from gcode.bulk import registers as r
from gcode.bulk.compiler import compiled
from gcode.bulk.lines import Bytes, Words, read_line
from gcode.bulk.listing import Places
from gcode.bulk.moves import add_arc, add_move, target
from gcode.bulk.segments import Vector

__all__ = ["MOVED", "has_axes", "obey", "walk"]

_E, _F, _P, _R, _S, _T, _X, _Y, _Z = 4, 5, 15, 17, 18, 19, 23, 24, 25
_G4, _G10, _G11, _G20, _G21, _G90, _G91, _G92 = 40, 100, 110, 200, 210, 900, 910, 920
_M3, _M4, _M5 = r.M + 30, r.M + 40, r.M + 50
_M73, _M82, _M83, _M105 = r.M + 730, r.M + 820, r.M + 830, r.M + 1050
_M106, _M107, _M204, _M400 = r.M + 1060, r.M + 1070, r.M + 2040, r.M + 4000
_IDLE, MOVED = 0, 1


@compiled
def has_axes(words: Words) -> bool:
    """Whether X, Y, Z or E stands in the line, with or without a number."""
    present: float = words[1, _X] + words[1, _Y] + words[1, _Z] + words[1, _E]
    return present != 0.0


@compiled
def _set_values(code: int, words: Words, state: Vector) -> None:
    """Feed and power, which count whatever the command."""
    tool = code in (_M3, _M4)
    feed = words[0, _F]
    if not np.isnan(feed) and (code < r.M or tool or code == _M5):
        state[r.FEED] = feed * state[r.UNIT]
    power = words[0, _S]
    if not np.isnan(power) and (tool or code < r.M) and code != _G4:
        state[r.POWER] = power


@compiled
def _shift(words: Words, state: Vector) -> None:
    """G92."""
    every = not has_axes(words)
    letters = (_X, _Y, _Z, _E)
    for axis in range(4):
        if every or words[1, letters[axis]] != 0.0:
            value = words[0, letters[axis]]
            value = 0.0 if np.isnan(value) else value * state[r.UNIT]
            state[r.SHIFT + axis] = state[r.POSITION + axis] - value


@compiled
def _accelerate(words: Words, state: Vector) -> None:
    """M204."""
    both, own = words[0, _S], words[0, _P]
    travel, retract = words[0, _T], words[0, _R]
    if own > 0.0 or both > 0.0:
        state[r.PRINT_ACC] = own if own > 0.0 else both
    if travel > 0.0 or both > 0.0:
        state[r.TRAVEL_ACC] = travel if travel > 0.0 else both
    if retract > 0.0:
        state[r.RETRACT_ACC] = retract


@compiled
def _rest(code: int, words: Words, state: Vector) -> None:
    """G4, G10, G11."""
    if code == _G4:
        pause, seconds = words[0, _P], words[0, _S]
        duration = 0.0 if np.isnan(pause) else pause * (1.0 if state[r.GRBL] != 0.0 else 0.001)
        if not np.isnan(seconds) and state[r.GRBL] == 0.0:
            duration = seconds
    else:
        duration = state[r.RETRACT_S] if code == _G10 else state[r.RECOVER_S]
        for letter in range(26):
            if letter != _S and words[1, letter] != 0.0:
                duration = 0.0
        if duration == 0.0:
            return
    state[r.DWELL_S] += duration
    state[r.STOPPED] = 1.0


@compiled
def _set_mode(code: int, words: Words, state: Vector, seen: Vector) -> bool:
    """Commands that set something; whether this was one of them."""
    if code == _M204:
        _accelerate(words, state)
    elif code == _M106:
        fan = words[0, _S]
        seen[r.MAX_FAN] = max(seen[r.MAX_FAN], 255.0 if np.isnan(fan) else fan)
    elif code in (_M3, _M4, _M5):
        state[r.TOOL_ON] = 0.0 if code == _M5 else 1.0
        if code != _M5:
            seen[r.SPINDLE] = 1.0
    elif code in (_M82, _M83):
        state[r.ABSOLUTE_E] = 1.0 if code == _M82 else 0.0
    else:
        return code in (_M73, _M105, _M107, _M400)
    return True


@compiled
def _set_geometry(code: int, words: Words, state: Vector, seen: Vector) -> bool:
    """G20, G21, G90, G91 on their own; whether this was one of them."""
    if has_axes(words) or words[1, _F] != 0.0:
        return False
    if code in (_G90, _G91):
        state[r.ABSOLUTE] = state[r.ABSOLUTE_E] = 1.0 if code == _G90 else 0.0
    elif code in (_G20, _G21):
        state[r.UNIT] = 25.4 if code == _G20 else 1.0
        if code == _G20:
            seen[r.INCHES] = 1.0
    else:
        return False
    return True


@compiled
def _begin_move(code: int, words: Words, state: Vector) -> int:
    """G0 to G3, or none: HARD, MOVED, or IDLE where nothing is to be moved."""
    if code > 0 and code % 10 != 0:
        return r.HARD
    _set_values(code, words, state)
    if code != r.NO_COMMAND:
        state[r.MOTION] = code
    elif not has_axes(words):
        return _IDLE
    return r.HARD if state[r.MOTION] < 0.0 else MOVED


@compiled
def obey(code: int, words: Words, state: Vector, seen: Vector) -> int:
    """All but the move itself: HARD when the line is not for us, MOVED when it is a move, else IDLE."""
    if code == r.TEXT:
        return _IDLE
    if code <= 30:
        return _begin_move(code, words, state)
    special = code in (_G4, _G10, _G11, _G92)
    if code >= r.T or (code < r.M and not special and not _set_geometry(code, words, state, seen)):
        return r.HARD
    _set_values(code, words, state)
    if code == _G92:
        _shift(words, state)
    elif special:
        _rest(code, words, state)
    elif code >= r.M and not _set_mode(code, words, state, seen):
        return r.HARD
    return _IDLE


@compiled
def _move(code: int, words: Words, state: Vector, end: Vector, moves: Vector, count: int) -> int:
    """Add the moves of a line; how many there are then, or HARD."""
    motion = state[r.MOTION]
    if not has_axes(words) and code < 20:
        return count
    target(words, state, end)
    if motion >= 20.0:
        return add_arc(words, end, motion == 20.0, state, moves, count)
    return add_move(end, r.RAPID if motion == 0.0 else r.FED_MOVE, state, moves, count)


@compiled
def walk(
    data: Bytes, starts: Places, stops: Places, index: int, words: Words, state: Vector, seen: Vector,
    moves: Vector, count: int,
) -> tuple[int, int, bool]:  # fmt: skip
    """Follow lines until the program ends, a line is hard, or the array of moves might be full.

    Args:
        data: of a `Listing`.
        starts: of the same.
        stops: of the same.
        index: the first line to follow.
        words: scratch.
        state: as `gcode.bulk.registers` lays it out, and so the following.
        seen: of other commands than moves.
        moves: rows.
        count: how many moves there are.

    Returns:
        The first line that was not followed, how many moves there are, and whether that line is hard.
    """
    end = np.empty(4)
    while index < len(starts) and count < len(moves) - MAX_CHORDS:
        code = read_line(data, starts[index], stops[index], words)
        what = code if code == r.HARD else obey(code, words, state, seen)
        if what == MOVED:
            after = _move(code, words, state, end, moves, count)
            if after == r.HARD:
                what = r.HARD
            else:
                count = after
        if what == r.HARD:
            return index, count, True
        index += 1
    return index, count, False
