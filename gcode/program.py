"""A G-code file: its content's hash, its lines, and the lines that a machine is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, LimitError
from core.hashes import sha256_of_bytes
from gcode.words import strip_comments

__all__ = [
    "MAX_BYTES",
    "MAX_LINES",
    "MAX_LINE_CHARS",
    "Program",
    "parse_program",
    "read_bytes",
    "read_program",
    "sendable_line",
]

MAX_BYTES = 512 * 1024 * 1024
MAX_LINES = 20_000_000
MAX_LINE_CHARS = 4096  # slicers write thumbnails and settings into long comments
_TEXT_STARTS = ("M117", "M118")  # their argument is text: signs of comments belong to it


@dataclass(frozen=True, slots=True)
class Program:
    """A program as read.

    Attributes:
        name: the file's name.
        sha256: of the file's bytes, 64 hexadecimal digits.
        source: every line of the file as it stands, without line ends.
        lines: what a machine is sent: without comments, outer blanks and empty lines.
        numbers: for each of `lines` its line number in the file, from 1.
    """

    name: str
    sha256: str
    source: tuple[str, ...]
    lines: Sequence[str]
    numbers: Sequence[int]

    def __post_init__(self) -> None:
        if len(self.lines) != len(self.numbers):
            raise InputError("each line to send needs its line number", where=self.name)


def read_program(path: Path, *, max_bytes: int = MAX_BYTES) -> Program:
    """Read a G-code file.

    Raises:
        InputError: there is no such file, it is no text, it holds no command, or a comment is broken.
        LimitError: it has more than `max_bytes`, too many lines or too long ones.
    """
    return parse_program(read_bytes(path, max_bytes=max_bytes), name=path.name)


def read_bytes(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """A file's bytes.

    Raises:
        InputError: there is no such file.
        LimitError: it has more than `max_bytes`.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise LimitError(f"{size:,} bytes are more than the {max_bytes:,} allowed", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error


def parse_program(data: bytes, *, name: str = "program") -> Program:
    """Read a program from memory.

    Raises:
        InputError: it is no text (a byte 0), holds no command, or a comment is broken.
        LimitError: it has too many lines or too long ones.
    """
    if b"\0" in data:
        raise InputError("is no G-code: it holds bytes of value 0", where=name)
    # Latin-1 maps every byte to one sign, so that the safety check can name a foreign byte and its place.
    source = tuple(data.decode("latin-1").replace("\r\n", "\n").split("\n"))
    if len(source) > MAX_LINES:
        raise LimitError(f"{len(source):,} lines are more than the {MAX_LINES:,} allowed", where=name)
    lines: list[str] = []
    numbers: list[int] = []
    for number, text in enumerate(source, start=1):
        line = sendable_line(text, f"{name}:{number}")
        if line:
            lines.append(line)
            numbers.append(number)
    if not lines:
        raise InputError("holds no command", where=name)
    return Program(name, sha256_of_bytes(data), source, tuple(lines), tuple(numbers))


def sendable_line(text: str, where: str) -> str:
    """What of a line a machine is sent; "" for nothing.

    Raises:
        InputError: a comment is broken.
        LimitError: the line is too long.
    """
    if len(text) > MAX_LINE_CHARS:
        raise LimitError(f"a line of {len(text):,} signs", where=where)
    if text.lstrip()[:4].upper() in _TEXT_STARTS:
        return text.strip()
    try:
        line = strip_comments(text)[0]
    except InputError as error:
        raise InputError(error.what, where=where) from error
    return "" if line == "%" else line
