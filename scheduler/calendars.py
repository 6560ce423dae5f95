"""When a lab is open: windows on the problem's own time axis, made from weekly hours in the lab's zone.

Times are integer seconds from the problem's origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise

from core.clock import utc
from core.errors import InputError

__all__ = ["Calendar", "Window", "weekly_calendar"]

_DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which the lab is open.

    Work may start at `start_s` or later but before `end_s`, and may end at `end_s` at the latest.

    Raises:
        InputError: it starts before the origin or does not end after its start.
    """

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        if self.start_s < 0:
            raise InputError(f"a window starts {-self.start_s} s before the origin", hint="cut it at 0")
        if self.end_s <= self.start_s:
            raise InputError(f"a window from {self.start_s} s to {self.end_s} s does not end after its start")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The windows of a lab, in order.

    Raises:
        InputError: windows are out of order, overlap or touch (touching windows are one window).
    """

    windows: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        for one, other in pairwise(self.windows):
            if other.start_s <= one.end_s:
                raise InputError(
                    f"a window starts at {other.start_s} s, before or as the one before it ends at {one.end_s} s",
                    hint="sort the windows and join those that touch",
                )

    @classmethod
    def joined(cls, windows: Iterable[Window]) -> Calendar:
        """The calendar that is open whenever one of the windows is, given in any order."""
        result: list[Window] = []
        for window in sorted(windows, key=lambda each: each.start_s):
            if result and window.start_s <= result[-1].end_s:
                last = result.pop()
                window = Window(last.start_s, max(last.end_s, window.end_s))
            result.append(window)
        return cls(tuple(result))

    @classmethod
    def always(cls, horizon_s: int) -> Calendar:
        """Open from the origin to the horizon."""
        return cls((Window(0, horizon_s),))


def weekly_calendar(
    origin: datetime, zone: tzinfo, hours: Mapping[int, Sequence[tuple[time, time]]], horizon_s: int
) -> Calendar:
    """The calendar of a lab that keeps the same hours every week.

    Hours are wall times of the lab's zone, so a day of 09:00 to 17:00 stays so when the clocks change. An end at or
    before its start lies on the next day (22:00 to 02:00; 00:00 to 00:00 is the whole day). A wall time that the change
    of clocks skips or doubles never makes the lab open longer than it says: an end takes the earlier of its two
    meanings, a start in skipped time the later one.

    Args:
        origin: the problem's origin, with a time zone.
        zone: the lab's time zone.
        hours: for each weekday (0 is Monday, 6 is Sunday) the pairs of opening and closing time.
        horizon_s: the calendar is cut at this many seconds after the origin.

    Raises:
        InputError: a weekday is not 0 to 6, or the horizon is not positive.
    """
    if horizon_s <= 0:
        raise InputError(f"the horizon of {horizon_s} s is not positive")
    for weekday in hours:
        if weekday not in range(_DAYS_A_WEEK):
            raise InputError(f"weekday {weekday!r} is not 0 (Monday) to 6 (Sunday)")
    start = utc(origin)
    first = start.astimezone(zone).date() - timedelta(days=1)  # a window of yesterday may reach past midnight
    last = (start + timedelta(seconds=horizon_s)).astimezone(zone).date()
    windows: list[Window] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for opening, closing in hours.get(day.weekday(), ()):
            final = day if closing > opening else day + timedelta(days=1)
            opens_s = _seconds(datetime.combine(day, opening), zone, start, late=True)
            closes_s = _seconds(datetime.combine(final, closing), zone, start, late=False)
            opens_s, closes_s = max(opens_s, 0), min(closes_s, horizon_s)
            if opens_s < closes_s:
                windows.append(Window(opens_s, closes_s))
    return Calendar.joined(windows)


def _seconds(wall: datetime, zone: tzinfo, origin: datetime, *, late: bool) -> int:
    """Seconds from the origin to a wall time; see PEP 495 for the two meanings of a skipped or doubled one."""
    meanings = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    chosen = meanings[0] if late else min(meanings)
    return round((chosen - origin).total_seconds())
