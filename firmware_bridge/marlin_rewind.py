"""Lines that the machine refused: sent again from there, and how often is too often."""

from __future__ import annotations

from collections import Counter, deque

from firmware_bridge.marlin_window import NumberedLines
from firmware_bridge.timing import MarlinTiming

__all__ = ["Rewind"]

_WINDOW_LINES = 100
_SETTLE_LIMIT = 20  # a machine that never falls silent is not waited for longer than this many settling times


class _Refusals:
    """A count of resend requests.

    Args:
        timing: its `line_resends` and `resends_per_100` are the limits.
    """

    def __init__(self, timing: MarlinTiming) -> None:
        self._timing = timing
        self._of_line: Counter[int] = Counter()
        self._recent: deque[int] = deque()  # lines that were out at each of the last ones

    @property
    def any(self) -> bool:
        """Whether there was one: this wire damages lines."""
        return bool(self._of_line)

    def count(self, index: int | None, text: str, lines_out: int) -> str | None:
        """Note one; the reason to give up, or None.

        Args:
            index: of the line that was asked for; None when the request itself was damaged.
            text: of that line.
            lines_out: how many lines have been sent so far, repeats counted.
        """
        self._of_line[-1 if index is None else index] += 1
        self._recent.append(lines_out)
        while self._recent[0] < lines_out - _WINDOW_LINES:
            self._recent.popleft()
        if index is not None and self._of_line[index] > self._timing.line_resends:
            return f"the wire is unusable: {text!r} was refused again and again"
        if len(self._recent) > self._timing.resends_per_100:
            return f"the wire is unusable: {len(self._recent)} of the last {_WINDOW_LINES} lines were refused"
        return None


class _Hold:
    """Nothing is sent after a resend request until the answers to what was in flight are in.

    Args:
        timing: how long to wait for them.

    Attributes:
        until: when to go on although they did not come; None when there is nothing to wait for.
    """

    def __init__(self, timing: MarlinTiming) -> None:
        self._timing = timing
        self._limit = 0.0
        self._settling = False
        self.until: float | None = None

    def begin(self, now: float, *, in_flight: int) -> None:
        """Wait, or wait on: for the ok of the refused line, or for silence when several lines were in flight."""
        if self.until is None:
            self._settling = in_flight > 1
            self._limit = now + _SETTLE_LIMIT * self._timing.settle_s
        if self._settling:
            self.until = min(now + self._timing.settle_s, self._limit)
        else:
            self.until = now + self._timing.resend_ok_s

    def answered(self, now: float) -> bool:
        """An ok came; whether that was all."""
        self.until = min(now + self._timing.settle_s, self._limit) if self._settling else None
        return self.until is None


class Rewind:
    """What a resend request does to the lines on their way.

    Args:
        lines: on their way.
        timing: how long to wait, and how many refusals to bear.
        question: to ask under a new number when a request was damaged.
    """

    def __init__(self, lines: NumberedLines, timing: MarlinTiming, question: str) -> None:
        self._lines = lines
        self._question = question
        self._hold = _Hold(timing)
        self._refusals = _Refusals(timing)
        self._reason: str | None = None

    @property
    def until(self) -> float | None:
        """Nothing is sent before this moment, or an answer; None when nothing is held back."""
        return self._hold.until

    def go_on(self) -> None:
        """The answer did not come."""
        self._hold.until = None

    def answered(self, now: float) -> bool:
        """An ok came, which belongs to a refused line; whether that was all."""
        return self._hold.answered(now)

    @property
    def any(self) -> bool:
        """Whether there was a request: this wire damages lines."""
        return self._refusals.any

    def unusable(self) -> str | None:
        """Once: why the wire cannot be used."""
        reason, self._reason = self._reason, None
        return reason

    def request(self, index: int, now: float) -> bytes:
        """The machine asks for a line by its index; what to send before anything else."""
        lines, held = self._lines, self.until is not None
        if not held and lines.replaying == index:
            return b""  # a repeat while that line is on its way already
        fresh = not held or lines.replaying != index
        taken_back = lines.take_back()
        self._hold.begin(now, in_flight=lines.in_flight)
        lines.window = 1
        if not 0 <= index <= len(lines):  # damaged: never jump, ask again
            self._reason = self._refusals.count(None, "", lines.lines_out)
            lines.jump_to_new(self._question)
            return taken_back
        lines.rewind(index)
        if fresh and index < len(lines):
            self._reason = self._refusals.count(index, lines.text(index), lines.lines_out)
        return taken_back
