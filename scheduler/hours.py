"""Calendar arithmetic for the solvers: the next moment at which something may happen.

The validator has its own; the two must agree, and tests hold them together.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from scheduler.calendars import Calendar

__all__ = ["Hours"]


class Hours:
    """A calendar, made quick to ask."""

    def __init__(self, calendar: Calendar) -> None:
        self.starts = [window.start_s for window in calendar.windows]
        self.ends = [window.end_s for window in calendar.windows]
        self._open_before = [0]
        for start_s, end_s in zip(self.starts, self.ends, strict=True):
            self._open_before.append(self._open_before[-1] + end_s - start_s)

    def next_start(self, moment_s: int) -> int | None:
        """The first moment from `moment_s` on at which work may start, or None."""
        position = bisect_right(self.ends, moment_s)
        return None if position == len(self.ends) else max(moment_s, self.starts[position])

    def next_end(self, moment_s: int) -> int | None:
        """The first moment from `moment_s` on at which pieces can be taken off (closing time counts), or None."""
        position = bisect_left(self.ends, moment_s)
        return None if position == len(self.ends) else max(moment_s, self.starts[position])

    def next_whole(self, moment_s: int, duration_s: int) -> int | None:
        """The first start from `moment_s` on that leaves `duration_s` seconds before closing, or None."""
        for position in range(bisect_right(self.ends, moment_s), len(self.ends)):
            start_s = max(moment_s, self.starts[position])
            if start_s + duration_s <= self.ends[position]:
                return start_s
        return None

    def after_open(self, start_s: int, duration_s: int) -> int | None:
        """When so many open seconds from an open moment on have passed, or None."""
        left_s = duration_s
        for position in range(bisect_right(self.ends, start_s), len(self.ends)):
            begins_s = max(start_s, self.starts[position])
            if begins_s + left_s <= self.ends[position]:
                return begins_s + left_s
            left_s -= self.ends[position] - begins_s
        return None

    def longest_s(self, from_s: int = 0) -> int:
        """The longest stretch of open seconds in one window from `from_s` on; 0 when it never opens."""
        pairs = zip(self.starts, self.ends, strict=True)
        return max((end_s - max(start_s, from_s) for start_s, end_s in pairs if end_s > from_s), default=0)

    def open_seconds(self, until_s: int) -> int:
        """How many seconds before `until_s` the lab is open."""
        position = bisect_right(self.starts, until_s)
        if position == 0:
            return 0
        return self._open_before[position - 1] + min(until_s, self.ends[position - 1]) - self.starts[position - 1]
