from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from scheduler.calendars import Calendar, Window, weekly_calendar

PARIS = ZoneInfo("Europe/Paris")
NINE_TO_FIVE = {day: [(time(9), time(17))] for day in range(5)}
HOUR_S, DAY_S = 3600, 86_400


def _told(calendar: Calendar, origin: datetime) -> list[str]:
    return [
        f"{origin + timedelta(seconds=w.start_s):%d %H:%M}-{origin + timedelta(seconds=w.end_s):%d %H:%M}"
        for w in calendar.windows
    ]


@pytest.mark.parametrize(
    ("start_s", "end_s", "reason"), [(-1, 5, "before the origin"), (5, 5, "does not end after"), (6, 5, "does not end")]
)
def test_a_window_refuses(start_s: int, end_s: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Window(start_s, end_s)


@pytest.mark.parametrize("pairs", [[(5, 9), (0, 3)], [(0, 5), (4, 9)], [(0, 5), (5, 9)]])
def test_a_calendar_refuses_windows_out_of_order_or_in_touch(pairs: list[tuple[int, int]]) -> None:
    windows = tuple(Window(*pair) for pair in pairs)
    with pytest.raises(InputError, match="a window starts at"):
        Calendar(windows)
    joined = Calendar.joined(windows)
    assert sum(w.end_s - w.start_s for w in joined.windows) == len({s for a, b in pairs for s in range(a, b)})


def test_the_same_hours_in_winter_and_in_summer_time() -> None:
    origin = datetime(2026, 3, 27, 12, tzinfo=UTC)  # a Friday; clocks go forward on Sunday the 29th
    calendar = weekly_calendar(origin, PARIS, NINE_TO_FIVE, 4 * DAY_S)
    assert _told(calendar, origin) == ["27 12:00-27 16:00", "30 07:00-30 15:00", "31 07:00-31 12:00"]
    origin = datetime(2026, 10, 23, tzinfo=UTC)  # and back on Sunday the 25th
    calendar = weekly_calendar(origin, PARIS, NINE_TO_FIVE, 4 * DAY_S)
    assert _told(calendar, origin) == ["23 07:00-23 15:00", "26 08:00-26 16:00"]


@pytest.mark.parametrize(
    ("day", "opening", "closing", "hours"),
    [
        (date(2026, 3, 29), time(0), time(0), 23),  # the whole day on which clocks go forward
        (date(2026, 10, 25), time(0), time(0), 25),  # and back
        (date(2026, 3, 29), time(1), time(4), 2),
        (date(2026, 10, 25), time(1), time(4), 4),
        (date(2026, 3, 29), time(2, 15), time(2, 45), 0),  # an hour that never was
        (date(2026, 3, 29), time(1), time(2, 30), 0.5),  # closes in it: the earlier meaning
        (date(2026, 3, 29), time(2, 30), time(5), 1.5),  # opens in it: the later meaning
        (date(2026, 10, 25), time(1), time(2, 30), 1.5),  # closes in the doubled hour: the first time
        (date(2026, 3, 28), time(22), time(6), 7),  # over night into it
    ],
)
def test_days_on_which_the_clocks_change(day: date, opening: time, closing: time, hours: float) -> None:
    origin = datetime.combine(day, time(0), PARIS)
    calendar = weekly_calendar(origin, PARIS, {day.weekday(): [(opening, closing)]}, 5 * DAY_S)
    assert sum(w.end_s - w.start_s for w in calendar.windows) == hours * HOUR_S


def test_a_window_of_yesterday_reaches_past_midnight_and_the_horizon_cuts() -> None:
    origin = datetime(2026, 3, 3, 0, tzinfo=UTC)  # a Tuesday
    calendar = weekly_calendar(origin, UTC, {0: [(time(22), time(2))], 1: [(time(9), time(12))]}, 10 * HOUR_S)
    assert calendar == Calendar((Window(0, 2 * HOUR_S), Window(9 * HOUR_S, 10 * HOUR_S)))


def test_windows_that_touch_are_joined() -> None:
    hours = {day: [(time(0), time(0))] for day in range(7)}
    assert weekly_calendar(datetime(2026, 1, 1, tzinfo=UTC), UTC, hours, 9 * DAY_S) == Calendar.always(9 * DAY_S)


def test_bad_weeks_are_refused() -> None:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InputError, match="weekday 7 is not 0"):
        weekly_calendar(origin, UTC, {7: []}, DAY_S)
    with pytest.raises(InputError, match="horizon of 0 s"):
        weekly_calendar(origin, UTC, {}, 0)


@settings(deadline=None)
@given(
    minute=st.integers(0, 2 * 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    probe=st.integers(0, 13 * 24 * 4),
)
def test_a_lab_is_open_exactly_when_its_wall_clock_says_so(minute: int, zone: str, probe: int) -> None:
    """At hours that no change of clocks skips or doubles."""
    origin = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    week = {day: [(time(8), time(12)), (time(13, 30), time(18))] for day in range(6)}
    calendar = weekly_calendar(origin, ZoneInfo(zone), week, 14 * DAY_S)
    wall = (origin + timedelta(seconds=900 * probe)).astimezone(ZoneInfo(zone))
    by_clock = any(opens <= wall.time() < closes for opens, closes in week.get(wall.weekday(), ()))
    assert any(w.start_s <= 900 * probe < w.end_s for w in calendar.windows) == by_clock
