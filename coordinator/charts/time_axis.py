"""Moments to pixels: the time axis of a chart, which leaves out long times without work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import TypeGuard

from core.clock import utc

__all__ = ["IDLE", "TimeAxis"]

IDLE = timedelta(hours=5)  # a longer time without work is left out
MARGIN = timedelta(hours=1)  # at most, around what is drawn
TICKS = 14  # about so many
TICK_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
GAP_PX, ALL_GAPS_PX = 18.0, 300.0  # at most, for one time that is left out and for all of them


@dataclass(frozen=True)
class TimeAxis:
    """A time axis of several spans, all to the same scale, with narrow gaps between them.

    Attributes:
        spans: (start, end) of what is drawn, in UTC and in order, without overlap.
        zone: time zone of ticks and words.
        left: pixel of the first start.
        right: pixel of the last end.
    """

    spans: tuple[tuple[datetime, datetime], ...]
    zone: tzinfo
    left: float
    right: float

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("a time axis has spans that follow each other")
        if self.right <= self.left:
            raise ValueError("a time axis runs from left to right")

    @classmethod
    def over(cls, times: Iterable[tuple[datetime, datetime]], zone: tzinfo, *, left: float, right: float) -> TimeAxis:
        """An axis that shows all these times of work, with a margin around them.

        Args:
            times: (start, end) with time zones, in any order; they may overlap.
            zone: time zone of ticks and words.
            left: pixel of the first start.
            right: pixel of the last end.

        Raises:
            ValueError: there are no times, or one has no time zone.
        """
        spans: list[tuple[datetime, datetime]] = []
        for start, end in sorted((utc(start), utc(end)) for start, end in times):
            if spans and start - spans[-1][1] <= IDLE:
                spans[-1] = spans[-1][0], max(spans[-1][1], end)
            else:
                spans.append((start, end))
        work = sum((end - start for start, end in spans), timedelta())
        margin = min(MARGIN, max(work * 0.02, timedelta(minutes=2)))
        return cls(tuple((start - margin, end + margin) for start, end in spans), zone, left, right)

    @cached_property
    def drawn(self) -> timedelta:
        """All spans together."""
        return sum((end - start for start, end in self.spans), timedelta())

    @cached_property
    def gap_px(self) -> float:
        """Width of a time that is left out."""
        return min(GAP_PX, ALL_GAPS_PX / len(self.spans))

    def x(self, moment: datetime) -> float:
        """The pixel of a moment; a time that is left out is where work goes on after it."""
        wanted, left = utc(moment), self.left
        width = self.right - self.left - self.gap_px * (len(self.spans) - 1)
        for start, end in self.spans:
            if wanted <= end:
                return left + max(0.0, (wanted - start) / self.drawn) * width
            left += (end - start) / self.drawn * width + self.gap_px
        return self.right

    def shows(self, moment: datetime | None) -> TypeGuard[datetime]:
        """Whether there is a moment and it is drawn."""
        return moment is not None and any(start <= utc(moment) <= end for start, end in self.spans)

    @property
    def step(self) -> timedelta:
        """Between two ticks: minutes or hours that divide a day, or whole days."""
        minutes = next((each for each in TICK_MINUTES if self.drawn <= TICKS * timedelta(minutes=each)), None)
        return timedelta(minutes=minutes) if minutes else timedelta(days=1 + self.drawn // timedelta(days=TICKS))

    def ticks(self) -> Iterator[datetime]:
        """Round local times, in order."""
        last, step = self.spans[0][0], self.step
        for start, end in self.spans:
            wall = start.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            while (moment := wall.replace(tzinfo=self.zone)).astimezone(UTC) <= end:
                if moment.astimezone(UTC) >= max(start, last):  # an hour that a clock change skips is not named twice
                    yield moment
                    last = moment.astimezone(UTC) + timedelta(seconds=1)
                wall += step
