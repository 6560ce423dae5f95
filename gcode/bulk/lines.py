"""The bytes of one line to words, compiled: what `gcode.words` reads, for the lines that slicers and CAM write.

Whatever is rare (several commands, inner comments, more than 15 digits, a sign out of place) is left to the plain
reader, so that both always agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gcode.bulk.compiler import compiled
from gcode.bulk.registers import HARD, NO_COMMAND, TEXT, M, T
from gcode.words import MAX_NUMBER, MIN_NUMBER

__all__ = ["Bytes", "Words", "read_line"]

Bytes = NDArray[np.uint8]
Words = NDArray[np.float64]
"""Rows: the number of each letter A to Z or nan, and 0 for absent, 1 for alone, 2 for a letter with a number."""

_MAX_DIGITS = 15  # so many are exact in a float64, and so is their division by a power of ten up to 22
_POWERS = 10.0 ** np.arange(23)
_G, _M, _T = 6, 12, 19


@compiled
def _clear(words: Words) -> None:
    for letter in range(26):
        words[0, letter], words[1, letter] = np.nan, 0.0


@compiled
def _skip_blanks(data: Bytes, at: int, stop: int) -> int:
    while at < stop and (data[at] == 32 or data[at] == 9):
        at += 1
    return at


@compiled
def _number(data: Bytes, at: int, stop: int) -> tuple[int, float, bool]:
    """Where the number ends (`at` when there is none, HARD when it is not simple), its value, whether it has a sign."""
    begin, negative, mantissa, digits, places, point, seen = at, False, 0, 0, 0, False, False
    signed = at < stop and (data[at] == 45 or data[at] == 43)
    if signed:
        negative = data[at] == 45
        at += 1
    while at < stop:
        sign = data[at]
        if 48 <= sign <= 57:
            seen = True
            mantissa = mantissa * 10 + (sign - 48)
            digits += 1 if mantissa > 0 else 0
            places += 1 if point else 0
            if digits > _MAX_DIGITS or places > 22:
                return HARD, 0.0, signed
        elif sign == 46 and not point:
            point = True
        else:
            break
        at += 1
    if not seen:
        return (HARD if at > begin else begin), 0.0, signed
    value = mantissa / _POWERS[places]
    if value < MIN_NUMBER:
        value = 0.0
    return at, (-value if negative else value), signed


_NAMING = 486.0


@compiled
def _is_text(number: float) -> bool:
    return (
        number == 117.0 or number == 118.0 or number == 16.0 or number == 20.0 or number == 23.0 or number == 28.0
        or number == 30.0 or number == 32.0 or number == 33.0 or number == 928.0 or number == 862.0
    )  # fmt: skip


@compiled
def _command(letter: int, begin: int, end: int, value: float) -> int:
    """The code of a command whose number stands from `begin` to `end`."""
    tenths = value * 10.0
    code = round(tenths)
    if code != tenths or code > 9999 or end - begin > 5:
        return HARD
    if letter == _G:
        return code
    return (M if letter == _M else T) + code


@compiled
def _opening(data: Bytes, at: int, stop: int, letter: int, value: float, end: int, first: bool) -> int:
    """The code of the G, M or T word whose number begins at `at`; TEXT when the rest of its line is text."""
    if letter == _M and value == _NAMING:
        return HARD  # an object's name may stand behind it
    if letter == _M and _is_text(np.floor(value)):
        plain = first and data[at - 1] == 77 and data[at] != 48 and value != 862.0 and value == np.floor(value)
        followed = end < stop and data[end] == 46
        dotted = data[end - 1] == 46
        return TEXT if plain and not followed and not dotted else HARD
    return _command(letter, at, end, value)


@compiled
def read_line(data: Bytes, start: int, stop: int, words: Words) -> int:
    """Read one line without comments.

    Args:
        data: of the whole program.
        start: where the line begins.
        stop: where it has ended.
        words: filled.

    Returns:
        The command's code, or NO_COMMAND, TEXT or HARD.
    """
    _clear(words)
    code = NO_COMMAND
    first = True
    at = start
    while at < stop:
        letter = int(data[at]) - 65
        if letter >= 32:
            letter -= 32
        if letter < 0 or letter > 25 or data[at] > 122:
            return HARD
        begin = _skip_blanks(data, at + 1, stop)
        end, value, signed = _number(data, begin, stop)
        if end < 0 or value > MAX_NUMBER or value < -MAX_NUMBER:
            return HARD
        if letter in (_G, _M) or (letter == _T and first):
            if code != NO_COMMAND or signed or end == begin:
                return HARD
            code = _opening(data, begin, stop, letter, value, end, first)
            if code in (HARD, TEXT):
                return code
        elif words[1, letter] != 0.0:
            return HARD
        else:
            words[1, letter] = 1.0
            if end > begin:
                words[0, letter], words[1, letter] = value, 2.0
        first = False
        at = _skip_blanks(data, end, stop)
    return code
