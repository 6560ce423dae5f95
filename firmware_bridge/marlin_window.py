"""Numbered lines on their way: which text has which number, what is in flight, what comes next, what has begun.

A line acts when its end arrives. So all of the line to come but its end may travel while the machine still works on the
one before, if the firmware takes back characters by backspace, as Marlin does since 2.0: a firmware that refuses a line
flushes its buffer, what arrives behind the flush is a rest without its number, which would run unchecked, and
backspaces make it nothing before its end is sent. Whatever went wrong, an end alone does no harm.
"""

from __future__ import annotations

from array import array
from collections import deque
from itertools import islice

from firmware_bridge.marlin_lines import Ok, numbered
from firmware_bridge.marlin_patience import Patience, patience
from gcode.stored import StoredLines

__all__ = ["NumberedLines"]

_ANY = Ok(None, None, None)
_BREAKABLE = {Patience.HEATING, Patience.PERSON}
_BACKSPACE = b"\x08"
_SPARE_BACKSPACES = 8  # a damaged one leaves a character more, which takes one more to go


class NumberedLines:
    """Lines by index; index i goes out as number i + 1, and its text never changes once it has.

    Args:
        takes_back: whether the firmware knows backspace, so that the next line may begin before the last was answered.
        receive_bytes: what the firmware's receive buffer surely holds.

    Attributes:
        cursor: index of the line to send next.
        window: how many lines may be without an answer.
        places: free in the firmware's queue of commands: so many lines leave the receive buffer unanswered.
        replaying: the line that a resend request named, until it is acknowledged; else None.
        lines_out: lines sent so far, repeats counted.
    """

    def __init__(self, *, takes_back: bool = False, receive_bytes: int = 127) -> None:
        self._takes_back = takes_back
        self._receive_bytes = receive_bytes
        self._texts = StoredLines()  # each may be asked for again
        self._marks = array("I")
        self._flight: deque[tuple[int, int]] = deque()  # index and bytes
        self._flight_bytes = 0
        self._next: tuple[int, bytes] = (-1, b"")  # the line at the cursor, made ready
        self._begun = 0  # so many of its bytes are out
        self.cursor = 0
        self.window = 1
        self.places = 0
        self.replaying: int | None = None
        self.lines_out = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def in_flight(self) -> int:
        """How many lines are without an answer."""
        return len(self._flight)

    @property
    def last_mark(self) -> int:
        """The mark of the newest line."""
        return self._marks[-1] if self._marks else 0

    @property
    def has_begun(self) -> bool:
        """Whether a part of the line at the cursor is out."""
        return self._begun > 0

    def text(self, index: int) -> str:
        """The text of a line; "" when none has this index yet."""
        return self._texts[index] if 0 <= index < len(self._texts) else ""

    def mark_before(self, index: int) -> int:
        """The mark of the line before this one, 0 before the first."""
        return self._marks[index - 1] if index else 0

    def append(self, text: str, mark: int) -> None:
        """Give the next number to a text. `mark` says how much of the program is done with it."""
        self._texts.append(text)
        self._marks.append(mark)

    def jump_to_new(self, text: str) -> None:
        """Give a new number to a text and send it next, whatever was due. Nothing may have begun."""
        self.clear_flight()
        self.append(text, self.last_mark)
        self.cursor = len(self._texts) - 1
        self.replaying = None

    def _line(self) -> bytes:
        """The line at the cursor as it goes out."""
        cursor = self.cursor
        if self._next[0] != cursor:
            self._next = cursor, numbered(cursor + 1, self._texts[cursor])
        return self._next[1]

    def send_next(self) -> bytes | None:
        """The next line, or what is left of it, as it goes out; None when it has to wait for answers."""
        if self.cursor >= len(self._texts) or len(self._flight) >= self.window:
            return None
        data = self._line()
        size = len(data)
        if not self._fits(size):
            return None
        self._flight.append((self.cursor, size))
        self._flight_bytes += size
        self.cursor += 1
        self.lines_out += 1
        if self._begun:
            data, self._begun = data[self._begun :], 0
        return data

    def _fits(self, size: int) -> bool:
        """Whether the firmware has room for so many bytes more, behind what is in flight."""
        free = self._receive_bytes - self._flight_bytes - size
        if free >= 0 or not self._flight:
            return True
        return free + sum(size for _, size in islice(self._flight, self.places)) >= 0

    @property
    def may_begin(self) -> bool:
        """Whether a part of the next line may travel now.

        Not behind a long wait: there is nothing to be won, and what breaks that wait must find the buffer free.
        """
        if not self._takes_back or self._begun or not self._flight:
            return False
        return patience(self._texts[self._flight[-1][0]]) is Patience.QUICK

    def begin_next(self) -> bytes:
        """The line at the cursor without its end, while `may_begin`; b"" when there is no room for it."""
        begun = self._line()[:-1]
        if not self._fits(len(begun)):
            return b""
        self._begun = len(begun)
        return begun

    def take_back(self) -> bytes:
        """What makes the firmware forget the line that has begun; it gets no answer."""
        begun, self._begun = self._begun, 0
        return _BACKSPACE * (begun + _SPARE_BACKSPACES) + b"\n" if begun else b""

    def acknowledge(self, answer: Ok = _ANY) -> int | None:
        """Take an answer; the mark of the last line it covers, or None when it says nothing new."""
        if not self._flight:
            return None
        last, size = self._flight[0]
        if answer.number is not None:
            named = answer.number - 1
            if named < last:
                return None  # said before
            while len(self._flight) > 1 and last < named <= self._flight[-1][0]:
                self._flight_bytes -= size
                self._flight.popleft()
                last, size = self._flight[0]
        self._flight.popleft()
        self._flight_bytes -= size
        if self.replaying is not None and last >= self.replaying:
            self.replaying = None
        return self._marks[last]

    def rewind(self, index: int) -> None:
        """Send again from this line on."""
        self.clear_flight()
        self.cursor = index
        self.replaying = index

    def clear_flight(self) -> None:
        """Wait for no answer any more."""
        self._flight.clear()
        self._flight_bytes = 0

    @property
    def oldest(self) -> str:
        """The first line without an answer; "" when there is none."""
        return self._texts[self._flight[0][0]] if self._flight else ""

    def longest_wait(self) -> tuple[Patience, str]:
        """Of the lines in flight, the kind whose answer may take longest, and that line."""
        found = [(patience(self._texts[index]), self._texts[index]) for index, _ in self._flight]
        return max(found, key=lambda each: each[0].rank, default=(Patience.QUICK, ""))

    def can_be_broken(self) -> bool:
        """Whether a line in flight waits for a temperature or a person, which M108 ends."""
        return any(patience(self._texts[index]) in _BREAKABLE for index, _ in self._flight)
