"""A program on a small computer: its lines in one block of bytes, a tenth of what they take as texts of their own."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from core.errors import InputError, LimitError
from gcode.program import MAX_BYTES, MAX_LINE_CHARS, MAX_LINES, Program, sendable_line

__all__ = ["StoredLines", "read_stored"]


class StoredLines(Sequence[str]):
    """Lines of Latin-1 signs, only ever added to; each is made when it is asked for."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("I")

    def append(self, line: str) -> None:
        """Add a line."""
        self._data += line.encode("latin-1")
        self._ends.append(len(self._data))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return self._data[self._ends[place - 1] if place else 0 : self._ends[place]].decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        start = 0
        for end in self._ends:
            yield self._data[start:end].decode("latin-1")
            start = end


def read_stored(path: Path, *, max_bytes: int = MAX_BYTES) -> Program:
    """As `gcode.program.read_program`, a line at a time; `source` is left out.

    Raises:
        InputError: there is no such file, it is no text, it holds no command, or a comment is broken.
        LimitError: it has more than `max_bytes`, too many lines or too long ones.
    """
    lines, numbers, digest, number = StoredLines(), array("I"), hashlib.sha256(), 0
    try:
        if path.stat().st_size > max_bytes:
            raise LimitError(f"{path.stat().st_size:,} bytes are more than the {max_bytes:,} allowed", where=str(path))
        with path.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(2 * MAX_LINE_CHARS), b""), start=1):
                if number > MAX_LINES:
                    raise LimitError(f"more lines than the {MAX_LINES:,} allowed", where=path.name)
                if b"\0" in raw:
                    raise InputError("is no G-code: it holds bytes of value 0", where=path.name)
                digest.update(raw)
                text = raw.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")
                line = sendable_line(text, f"{path.name}:{number}")
                if line:
                    lines.append(line)
                    numbers.append(number)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if not lines:
        raise InputError("holds no command", where=path.name)
    return Program(path.name, digest.hexdigest(), (), lines, numbers)
