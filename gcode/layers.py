"""Where a print's first layer ends: by its slicer's marks, else by its moves."""

from __future__ import annotations

import re

from core.errors import InputError
from gcode.modal import Interpreter, Move
from gcode.program import Program
from gcode.words import parse_line

__all__ = ["first_layer_lines"]

_MARK = re.compile(r"\s*;\s*(?:LAYER_CHANGE|LAYER:\s*-?\d+|BEFORE_LAYER_CHANGE|layer \d+,)", re.IGNORECASE)
_RISE_MM = 0.05
_MOST_LINES = 500_000  # a first layer of more is followed no further


def first_layer_lines(program: Program) -> int | None:
    """How many of the program's lines are sent until its first layer is done.

    Returns:
        The count, or None when there is no second layer or it cannot be told where it begins.
    """
    marks = [number for number, text in enumerate(program.source, start=1) if _MARK.match(text)]
    kind = [re.split(r"[-\d]", program.source[number - 1].strip().upper())[0] for number in marks]
    same = [number for number, each in zip(marks, kind, strict=True) if each == kind[0]]
    if len(same) >= 2:  # the marks before the first and the second layer
        return sum(number < same[1] for number in program.numbers)
    return None if same else _by_moves(program)


def _by_moves(program: Program) -> int | None:
    state, lowest, last = Interpreter(), float("inf"), 0
    for index, line in enumerate(program.lines[:_MOST_LINES]):
        try:
            moves = state.advance(parse_line(line))
        except InputError:
            continue  # a macro or what else is not followed
        for move in moves:
            if not isinstance(move, Move) or not _lays(move):
                continue
            if last and move.end[2] > lowest + _RISE_MM:
                return last
            lowest, last = min(lowest, move.end[2]), index + 1
    return None


def _lays(move: Move) -> bool:
    """Whether filament is laid level."""
    return move.extruded_mm > 0 and move.start[:2] != move.end[:2] and move.start[2] == move.end[2]
