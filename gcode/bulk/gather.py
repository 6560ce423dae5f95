"""Where moves go and what they feed, compiled: the same as `gcode.extent`, on arrays."""

from __future__ import annotations

import math

from gcode.bulk import registers as r
from gcode.bulk.compiler import compiled
from gcode.bulk.segments import Vector

__all__ = ["gather"]


@compiled
def _widen(box: Vector, low: int, known: int, point: Vector, at: int) -> None:
    for axis in range(3):
        value = point[at + axis]
        if box[known] == 0.0 or value < box[low + axis]:
            box[low + axis] = value
        if box[known] == 0.0 or value > box[low + 3 + axis]:
            box[low + 3 + axis] = value
    box[known] = 1.0


@compiled
def _gather_work(move: Vector, down: bool, level: bool, length: float, gathered: Vector, heights: Vector) -> None:
    _widen(gathered, r.WORK_LOW, r.ANY_WORK, gathered, r.FROM)
    _widen(gathered, r.WORK_LOW, r.ANY_WORK, move, r.END)
    if down:
        gathered[r.PLUNGES] = 1.0
    gathered[r.WORK_MM] += length
    gathered[r.WORK_FEED] = max(gathered[r.WORK_FEED], move[r.MOVE_FEED])
    known = int(gathered[r.HEIGHTS])
    if level and (known == 0 or heights[known - 1] != move[r.END + 2]):
        heights[known] = move[r.END + 2]
        gathered[r.HEIGHTS] += 1.0


@compiled
def _gather_move(move: Vector, gathered: Vector, heights: Vector) -> None:
    x, y, z = move[0] - gathered[r.FROM], move[1] - gathered[r.FROM + 1], move[2] - gathered[r.FROM + 2]
    fed = move[3] - gathered[r.FROM + 3]
    _widen(gathered, r.LOW, r.ANY, move, r.END)
    length = math.sqrt(x * x + y * y + z * z)
    in_space = x != 0.0 or y != 0.0 or z != 0.0
    if fed != 0.0:
        gathered[r.FILAMENT] += fed
        gathered[r.FILAMENT_MOST] = max(gathered[r.FILAMENT_MOST], gathered[r.FILAMENT])
        gathered[r.FED] = 1.0
    power = move[r.MOVE_POWER]
    if power > 0.0:
        gathered[r.MAX_POWER] = max(gathered[r.MAX_POWER], power)
    lays = fed > 0.0 and in_space
    if lays:
        gathered[r.EXTRUDES] = 1.0
    if lays or (power > 0.0 and move[r.SORT] != r.RAPID):
        _gather_work(move, fed == 0.0 and z < 0.0, lays and z == 0.0, length, gathered, heights)
    elif in_space:
        gathered[r.TRAVEL_MM] += length
        gathered[r.TRAVEL_FEED] = max(gathered[r.TRAVEL_FEED], move[r.MOVE_FEED])


@compiled
def gather(moves: Vector, first: int, last: int, gathered: Vector, heights: Vector) -> None:
    """Take the moves from `first` to before `last`.

    Args:
        moves: rows as `gcode.bulk.registers` lays them out.
        first: its index.
        last: its index, too.
        gathered: as it lays it out, too.
        heights: of layers; room for one a move behind those that `gathered` counts.
    """
    for index in range(first, last):
        move = moves[index]
        if move[r.SORT] != r.JUMP:
            _gather_move(move, gathered, heights)
        for axis in range(4):
            gathered[r.FROM + axis] = move[r.END + axis]
