"""How a Marlin receives: a ring of bytes, a line that grows, numbers and checksums, and what a refusal throws away.

Behaviour after Marlin 2.1.2 `queue.cpp`: the order of the checks on a line, silent repeats, backspace, and that an
error flushes what has arrived so far, but not what arrives behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import NamedTuple

from firmware_bridge.twin.firmware import LineRing

__all__ = ["Command", "MarlinInput"]

_RX_BYTES = 128
_LINE_BYTES = 95  # MAX_CMD_SIZE less the end
_NUMBERED = re.compile(rb"N(-?\d*)\s*(.*)", re.DOTALL)
_DIGITS = re.compile(rb"\s*(\d+)")
_M110_NUMBER = re.compile(rb"M110.*?N(-?\d+)", re.DOTALL)


class Command(NamedTuple):
    """A line that passed: its number, if it had one, its text, and whether nobody waits for an ok (the card's)."""

    number: int | None
    text: str
    silent: bool = False


class MarlinInput:
    """The way from bytes to commands.

    Args:
        say: takes a line for the host.
        refuse_s: how long it is busy telling an error before it flushes; boards without a buffer for what they send
            are so for as long as the wire carries the text.
        saving: whether lines are being written to a card, when those without a number are refused.
    """

    def __init__(self, say: Callable[[str], None], *, refuse_s: float, saving: Callable[[], bool]) -> None:
        self._say = say
        self._refuse_s = refuse_s
        self._saving = saving
        self._ring = LineRing(_RX_BYTES)
        self._line = b""
        self._last_number = 0
        self.flush_at: float | None = None

    def put(self, data: bytes) -> bytes:
        """Bytes arrive; what does not fit comes back."""
        return self._ring.put(data)

    def take(self, now: float) -> Command | None:
        """The next command that may be queued, or None."""
        while self.flush_at is None or now >= self.flush_at:
            if self.flush_at is not None:
                self._flush()
            if not len(self._ring):
                return None
            piece, ends = self._ring.piece()
            self._line = self._grow(self._line, piece)
            if not ends:
                return None
            raw, self._line = self._line.partition(b";")[0].strip(b" \r"), b""
            if not raw:
                continue  # a blank line gets no ok
            command = self._check(raw, now)
            if command is not None:
                return command
        return None

    @staticmethod
    def _grow(line: bytes, piece: bytes) -> bytes:
        if b"\x08" not in piece:
            return (line + piece)[:_LINE_BYTES] if line or len(piece) > _LINE_BYTES else piece
        for byte in piece:  # a backspace takes back one character
            line = line[:-1] if byte == 8 else (line + bytes([byte]))[:_LINE_BYTES]
        return line

    def _check(self, raw: bytes, now: float) -> Command | None:
        if raw[:1] == b"N":
            return self._numbered(raw, now)
        if self._saving() and not re.search(rb"M29(?!\d)", raw):
            self._refuse("No Checksum with line number", now)
            return None
        return Command(None, _text(raw))

    def _numbered(self, raw: bytes, now: float) -> Command | None:
        found = _NUMBERED.match(raw)
        number = int(found[1]) if found and found[1] not in {b"", b"-"} else 0
        renumber = _M110_NUMBER.search(raw) if b"M110" in raw else None
        if renumber:
            number = int(renumber[1])
        elif number != self._last_number + 1 and b"M110" not in raw:
            if number in {self._last_number, self._last_number - 1}:
                return None  # a repeat was on its way already: dropped in silence
            self._refuse("Line Number is not Last Line Number+1", now)
            return None
        body, star, stated = raw.rpartition(b"*")
        if not star:
            self._refuse("No Checksum with line number", now)
            return None
        digits = _DIGITS.match(stated)
        if (int(digits[1]) if digits else 0) != reduce(xor, body, 0):
            self._refuse("checksum mismatch", now)
            return None
        self._last_number = number
        text = body[found.start(2) :] if found else body
        return Command(number, _text(text))

    def _refuse(self, reason: str, now: float) -> None:
        self._say(f"Error:{reason}, Last Line: {self._last_number}")
        self.flush_at = now + self._refuse_s
        if not self._refuse_s:
            self._flush()

    def _flush(self) -> None:
        self.flush_at = None
        self._ring.clear()
        self._line = b""
        self._say(f"Resend: {self._last_number + 1}")
        self._say("ok")


def _text(raw: bytes) -> str:
    """`parser.cpp` ends a command at its first star, however many the wire made, numbered or not."""
    return raw.partition(b"*")[0].decode("latin-1").strip()
