"""Numbered lines on their way: which text has which number, what is in flight, what comes next."""

from __future__ import annotations

from collections import deque

from firmware_bridge.marlin_lines import Ok, long_command, numbered

__all__ = ["NumberedLines"]

_RX_BYTES = 127  # a receive buffer of 128 bytes on the smallest boards, one kept free


class NumberedLines:
    """Lines by index; index i goes out as number i + 1, and its text never changes once it has.

    Attributes:
        cursor: index of the line to send next.
        window: how many lines may be without an answer.
        replaying: the line that a resend request named, until it is acknowledged; else None.
        lines_out: lines sent so far, repeats counted.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._marks: list[int] = []
        self._flight: deque[tuple[int, int]] = deque()  # index and bytes
        self._flight_bytes = 0
        self.cursor = 0
        self.window = 1
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
        """Give a new number to a text and send it next, whatever was due."""
        self.clear_flight()
        self.append(text, self.last_mark)
        self.cursor = len(self._texts) - 1
        self.replaying = None

    def send_next(self) -> bytes | None:
        """The next line as it goes out; None when there is none or it has to wait for answers."""
        if self.cursor >= len(self._texts) or len(self._flight) >= self.window:
            return None
        data = numbered(self.cursor + 1, self._texts[self.cursor])
        if self._flight and self._flight_bytes + len(data) > _RX_BYTES:
            return None
        self._flight.append((self.cursor, len(data)))
        self._flight_bytes += len(data)
        self.cursor += 1
        self.lines_out += 1
        return data

    def acknowledge(self, answer: Ok) -> int | None:
        """Take an answer; the mark of the last line it covers, or None when it says nothing new."""
        if not self._flight:
            return None
        last = self._flight[0][0]
        if answer.number is not None:
            named = answer.number - 1
            if named < last:
                return None  # said before
            if named <= self._flight[-1][0]:
                last = named
        while self._flight and self._flight[0][0] <= last:
            self._flight_bytes -= self._flight.popleft()[1]
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

    def waits_long(self) -> bool:
        """Whether a line in flight may take minutes."""
        return any(long_command(self._texts[index]) for index, _ in self._flight)

    def heats(self) -> bool:
        """Whether a line in flight waits for a temperature."""
        return any(self._texts[index].startswith(("M109", "M190")) for index, _ in self._flight)
