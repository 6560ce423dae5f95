"""A program as bytes, and where in them the lines stand that a machine is sent: `gcode.program` without the strings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, LimitError
from core.hashes import sha256_of_bytes
from gcode.bulk.compiler import compiled
from gcode.bulk.lines import Bytes
from gcode.program import MAX_BYTES, MAX_LINE_CHARS, MAX_LINES, read_bytes, sendable_line

__all__ = ["Listing", "Places", "list_program", "read_listing"]

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A program as read.

    Attributes:
        name: the file's name.
        sha256: of the file's bytes, 64 hexadecimal digits.
        data: the file's bytes.
        starts, stops: for each line that a machine is sent, where it stands without comments and outer blanks.
        numbers: for each of them its line number in the file, from 1.
        feeds_filament: whether a line that begins with G has an E in it.
    """

    name: str
    sha256: str
    data: Bytes
    starts: Places
    stops: Places
    numbers: Places
    feeds_filament: bool

    @property
    def line_count(self) -> int:
        """Lines that a machine is sent."""
        return len(self.starts)

    def text(self, index: int) -> str:
        """The line of this index as a machine is sent it."""
        start, stop = int(self.starts[index]), int(self.stops[index])
        return sendable_line(self.data[start:stop].tobytes().decode("latin-1"), self.name)


def read_listing(path: Path, *, max_bytes: int = MAX_BYTES) -> Listing:
    """Read a G-code file; raises as `gcode.program.read_program` does."""
    return list_program(read_bytes(path, max_bytes=max_bytes), name=path.name)


def list_program(data: bytes, *, name: str = "program") -> Listing:
    """Find the lines of a program in memory.

    Raises:
        InputError: it is no text (a byte 0), holds no command, or a comment is broken.
        LimitError: it has too many lines or too long ones.
    """
    if b"\0" in data:
        raise InputError("is no G-code: it holds bytes of value 0", where=name)
    lines = data.count(b"\n") + 1
    if lines > MAX_LINES:
        raise LimitError(f"{lines:,} lines are more than the {MAX_LINES:,} allowed", where=name)
    signs = np.frombuffer(data, dtype=np.uint8)
    starts, stops, numbers = (np.empty(lines, dtype=np.int32) for _ in range(3))
    count, feeds, bad_line, bad_start, bad_stop = _find_lines(signs, starts, stops, numbers)
    if bad_line:
        sendable_line(data[bad_start:bad_stop].decode("latin-1"), f"{name}:{bad_line}")
        raise InputError("a comment is broken", where=f"{name}:{bad_line}")
    if not count:
        raise InputError("holds no command", where=name)
    sha256 = sha256_of_bytes(data)
    return Listing(name, sha256, signs, starts[:count], stops[:count], numbers[:count], feeds)


@compiled
def _is_blank(sign: int) -> bool:
    """Whether Python's str.strip takes the sign (Latin-1) for a blank."""
    return sign == 32 or 9 <= sign <= 13 or 28 <= sign <= 31 or sign == 0x85 or sign == 0xA0


@compiled
def _is_message(data: Bytes, at: int, stop: int) -> bool:
    """Whether M117 or M118 stands here: signs of comments belong to their text."""
    if stop - at < 4 or (data[at] != 77 and data[at] != 109):
        return False
    message: bool = data[at + 1] == 49 and data[at + 2] == 49 and (data[at + 3] == 55 or data[at + 3] == 56)
    return message


@compiled
def _trim(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    while at < stop and _is_blank(data[at]):
        at += 1
    while stop > at and _is_blank(data[stop - 1]):
        stop -= 1
    return at, stop


@compiled
def _strip(data: Bytes, at: int, stop: int) -> tuple[int, int, bool]:
    """Where a line's code begins and ends, and whether its parentheses pair; comments at both ends are left out."""
    begin, end, open_ = -1, at, False
    while at < stop:
        sign = data[at]
        if sign == 59:
            break
        if sign == 40 or sign == 41:
            if open_ == (sign == 40):
                return 0, 0, False
            open_ = sign == 40
        elif not open_ and not _is_blank(sign):
            begin = at if begin < 0 else begin
            end = at + 1
        at += 1
    return begin, end, not open_


@compiled
def _has_e(data: Bytes, start: int, stop: int) -> bool:
    if data[start] != 71 and data[start] != 103:
        return False
    inside = False
    for at in range(start, stop):
        sign = data[at]
        if sign == 40 or sign == 41:
            inside = sign == 40
        elif (sign == 69 or sign == 101) and not inside:
            return True
    return False


@compiled
def _find_lines(data: Bytes, starts: Places, stops: Places, numbers: Places) -> tuple[int, bool, int, int, int]:
    """Fill the places.

    Returns:
        How many there are, whether filament is fed, and number, start and stop of the first bad line (or 0).
    """
    count, feeds, number, at, size = 0, False, 0, 0, len(data)
    while at <= size:
        number += 1
        end = at
        while end < size and data[end] != 10:
            end += 1
        stop = end - 1 if end < size and end > at and data[end - 1] == 13 else end
        if stop - at > MAX_LINE_CHARS:
            return 0, feeds, number, at, stop
        begin, last = _trim(data, at, stop)
        if not _is_message(data, begin, last):
            begin, last, paired = _strip(data, begin, last)
            if not paired:
                return 0, feeds, number, at, stop
        if 0 <= begin < last and not (last - begin == 1 and data[begin] == 37):
            starts[count], stops[count], numbers[count] = begin, last, number
            count += 1
            feeds = feeds or _has_e(data, begin, last)
        at = end + 1
    return count, feeds, 0, 0, 0
